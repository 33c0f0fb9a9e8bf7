"""What every test here may ask for: the template and a way to render it.

It also keeps the caches of all tools out of the template folder, and AWS out of reach.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import boto3
import pytest
from botocore.stub import Stubber
from cookiecutter.main import cookiecutter
from moto import mock_aws

import bootstrap
from jobs.aws.clients import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.client import BaseClient
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
QUESTIONS = frozenset(
    name
    for name in json.loads((ROOT / "cookiecutter.json").read_text())
    if not name.startswith("_")
)

# Whatever a tool caches inside the template folder would be copied into every generated project,
# also when pytest was started by hand and not by `make`.
USER = "" if sys.platform == "win32" else os.getuid()  # there each user has a folder of their own
CACHES = Path(tempfile.gettempdir()) / f"template-caches-{USER}"
OWN_PLACES = {
    "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHES / "hypothesis"),
    "MYPY_CACHE_DIR": str(CACHES / "mypy"),
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
if sys.pycache_prefix is None:  # `make` points it elsewhere, which is faster than writing none
    sys.dont_write_bytecode = True
    OWN_PLACES["PYTHONDONTWRITEBYTECODE"] = "1"
for name, value in OWN_PLACES.items():
    os.environ.setdefault(name, value)
os.environ.update(NO_AWS)
# A `make` inside the tests is not a part of the `make` that runs them.
for name in ("AWS_PROFILE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)


class Bake(Protocol):
    """Renders the template with these answers, the rest by default; gives the project's folder."""

    def __call__(self, **answers: str) -> Path: ...


class PythonWith(Protocol):
    """Gives the Python of an environment that has the packages of this group and no others.

    `options` are pip's.
    """

    def __call__(
        self, group: str, python: str = sys.executable, options: tuple[str, ...] = ()
    ) -> Path: ...


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures that tests recorded; what they print, the workers of xdist swallow."""
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.write_line(f"{name}: {figure}")


@pytest.fixture(scope="session")
def template() -> Path:
    return TEMPLATE


@pytest.fixture
def bake(tmp_path_factory: pytest.TempPathFactory, default_project: Path) -> Bake:
    def render(**answers: str) -> Path:
        folder = tmp_path_factory.mktemp("bake")
        if answers:
            return bake_into(folder, answers)
        return Path(shutil.copytree(default_project, folder / default_project.name))

    return render


@pytest.fixture(scope="session")
def default_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The project of the default answers, rendered once: look at it, do not write into it."""
    folder = bake_into(tmp_path_factory.mktemp("default"), {})
    before = files_of(folder)
    yield folder
    assert files_of(folder) == before, "a test wrote into the shared default project"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return what every file below the folder holds, by its place there."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def run_in(
    folder: Path,
    *command: str | Path,
    environ: Mapping[str, str] | None = None,
    code: int = 0,
    installs: bool = False,
) -> str:
    """Run a program there; return what it said on both channels. Its exit code must be `code`.

    One that installs packages is skipped where there is no network.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if installs and done.returncode and any(each in done.stdout for each in bootstrap.NO_NETWORK):
        pytest.skip(f"no network: {command[0]} cannot install what it needs")
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.fixture(scope="session")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default project after `sam build`, as on the machine of someone who deploys it."""
    folder = bake_into(tmp_path_factory.mktemp("built"), {})
    runtime = bootstrap.runtime_folder()
    if not runtime:
        pytest.skip(f"no {bootstrap.RUNTIME} that answers: sam build needs the function's runtime")
    path = os.pathsep.join([*runtime, os.environ["PATH"]])
    subprocess.run(["sam", "build"], cwd=folder, env=os.environ | {"PATH": path}, check=True)
    return folder


@pytest.fixture(scope="session")
def built(built_project: Path) -> Path:
    """What `sam build` made of src/: the folder that Lambda runs."""
    return built_project / ".aws-sam" / "build" / "Function"


@pytest.fixture(scope="session")
def python_with() -> PythonWith:
    """Make an environment of its own, once, from a dependency group of pyproject.toml."""

    import fcntl  # noqa: PLC0415 - Windows has none

    def make(group: str, python: str = sys.executable, options: tuple[str, ...] = ()) -> Path:
        if not shutil.which("uv"):
            pytest.skip("no uv on PATH: `make slow` brings it")
        folder = ROOT / ".tools" / f"env-{group}"
        folder.parent.mkdir(exist_ok=True)
        with folder.with_suffix(".lock").open("w") as lock:  # the workers of a run share it
            fcntl.flock(lock, fcntl.LOCK_EX)
            for command in (
                ["venv", "--allow-existing", "--python", python, str(folder)],
                [
                    "pip",
                    "install",
                    *options,
                    "--python",
                    str(folder),
                    "--group",
                    f"{ROOT}/pyproject.toml:{group}",
                ],
            ):
                done = subprocess.run(["uv", *command], capture_output=True, text=True, check=False)
                if any(words in done.stderr for words in bootstrap.NO_NETWORK):
                    pytest.skip(f"no network: the environment {group!r} cannot be made")
                assert done.returncode == 0, done.stderr
        return folder / "bin" / "python"

    return make


def bake_into(folder: Path, answers: dict[str, str], *, accept_hooks: bool = True) -> Path:
    unknown = answers.keys() - QUESTIONS
    assert not unknown, f"cookiecutter.json asks no {unknown}: cookiecutter would ignore it"
    # A configuration of our own: this machine's user has answers and folders, which stay out of it.
    places = {"replay_dir": str(CACHES / "replay"), "cookiecutters_dir": str(CACHES / "templates")}
    return Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            extra_context=answers,
            output_dir=str(folder),
            accept_hooks=accept_hooks,
            default_config=places,
        )
    )


@pytest.fixture(scope="session")
def clients() -> Clients:
    """The `jobs.aws.clients.Clients` of the tools; making one takes longer than most tests."""
    return connect("us-east-1")


@pytest.fixture
def s3() -> Iterator[S3Client]:
    """An S3 on this machine, of moto, with the buckets `jobs` and `photos`."""
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("jobs", "photos"):
            client.create_bucket(Bucket=bucket)
        yield client


@pytest.fixture
def job(
    s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> dict[str, Any]:
    """A job that has ended, which every name means; files are written in `tmp_path`."""
    import ended_jobs  # noqa: PLC0415 - other programs read this file, which have not all paths

    monkeypatch.chdir(tmp_path)
    found = ended_jobs.known(ended_jobs.described(), s3, clients, monkeypatch)
    ended_jobs.put_manifest(s3, found)
    return found


@pytest.fixture
def lambda_stub(clients: Clients) -> Iterator[Stubber]:
    yield from stubbed(clients.lambda_)


@pytest.fixture
def s3_stub(clients: Clients) -> Iterator[Stubber]:
    yield from stubbed(clients.s3)


@pytest.fixture
def s3control_stub(clients: Clients) -> Iterator[Stubber]:
    yield from stubbed(clients.s3control)


@pytest.fixture
def cloudformation_stub(clients: Clients) -> Iterator[Stubber]:
    yield from stubbed(clients.cloudformation)


def stubbed(client: BaseClient) -> Iterator[Stubber]:
    """Answer the calls of `client` in the order that the test says; all of them must be made."""
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()
