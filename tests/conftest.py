"""What every test here may ask for: the template and a way to render it.

It also keeps the caches of all tools out of the template folder, and AWS out of reach.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from cookiecutter.main import cookiecutter

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
QUESTIONS = frozenset(
    name
    for name in json.loads((ROOT / "cookiecutter.json").read_text())
    if not name.startswith("_")
)

# Whatever a tool caches inside the template folder would be copied into every generated project,
# also when pytest was started by hand and not by `make`.
CACHES = Path(tempfile.gettempdir()) / f"template-caches-{os.getuid()}"
OWN_PLACES = {
    "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHES / "hypothesis"),
    "MYPY_CACHE_DIR": str(CACHES / "mypy"),
    "PYTHONDONTWRITEBYTECODE": "1",
    "RUFF_CACHE_DIR": str(CACHES / "ruff"),
}
# No test may reach AWS, nor read what this machine's user keeps for it.
NO_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "SAM_CLI_TELEMETRY": "0",
}
sys.dont_write_bytecode = True
for name, value in OWN_PLACES.items():
    os.environ.setdefault(name, value)
os.environ.update(NO_AWS)
os.environ.pop("AWS_PROFILE", None)


class Bake(Protocol):
    """Renders the template with these answers, the rest by default; gives the project's folder."""

    def __call__(self, *, accept_hooks: bool = True, **answers: str) -> Path: ...


@pytest.fixture(scope="session")
def template() -> Path:
    return TEMPLATE


@pytest.fixture
def bake(tmp_path_factory: pytest.TempPathFactory) -> Bake:
    def render(*, accept_hooks: bool = True, **answers: str) -> Path:
        unknown = answers.keys() - QUESTIONS
        assert not unknown, f"cookiecutter.json asks no {unknown}: cookiecutter would ignore it"
        return bake_into(tmp_path_factory.mktemp("bake"), answers, accept_hooks=accept_hooks)

    return render


@pytest.fixture(scope="session")
def default_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project of the default answers, rendered once: look at it, do not write into it."""
    folder = bake_into(tmp_path_factory.mktemp("default"), {}, accept_hooks=True)
    before = sorted(folder.rglob("*"))
    yield folder
    assert sorted(folder.rglob("*")) == before, "a test wrote into the shared default project"


def bake_into(folder: Path, answers: dict[str, str], *, accept_hooks: bool) -> Path:
    # default_config: the answers of this machine's user (~/.cookiecutterrc) stay out.
    return Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context=answers,
            output_dir=str(folder),
            accept_hooks=accept_hooks,
            default_config=True,
        )
    )
