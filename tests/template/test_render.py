"""What is generated: every file of the template, plain ones byte for byte, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, TEMPLATE, bake_into, files_of, run_in

if TYPE_CHECKING:
    from conftest import Bake

WITH_JINJA = {"README.md", "pyproject.toml", "samconfig.toml"}
ANOTHER_PROJECT = {
    "project_name": "Another Project",
    "project_slug": "another-project",
    "source_bucket": "another-source",
    "destination_bucket": "another-destination",
    "operation": "rename",
    "python_runtime": "python3.14",
    "architecture": "arm64",
}
# What Jinja would act on. GitHub's ${{ }} and CloudFormation's {{resolve:}} live in plain files.
JINJA = re.compile(r"\{\{|\}\}|\{%|%\}|\{#")


@pytest.fixture(scope="session")
def tracked() -> set[str]:
    """The files of the template that git knows, relative to its folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", "."], cwd=TEMPLATE, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the template is not known")
    return set(listed.stdout.decode().strip("\0").split("\0"))


def test_the_template_folder_holds_only_tracked_files(tracked: set[str]) -> None:
    assert set(files_of(TEMPLATE)) == tracked
    folders = {str(path.relative_to(TEMPLATE)) for path in TEMPLATE.rglob("*") if path.is_dir()}
    assert folders | {"."} == {str(folder) for name in tracked for folder in Path(name).parents}


def test_every_tracked_file_is_generated_and_nothing_else(
    default_project: Path, tracked: set[str]
) -> None:
    assert set(files_of(default_project)) == tracked


def test_jinja_reads_exactly_three_files_and_each_has_some() -> None:
    plain = json.loads((ROOT / "cookiecutter.json").read_text())["_copy_without_render"]
    rendered = {
        name: content
        for name, content in files_of(TEMPLATE).items()
        if not any(fnmatch(name, pattern) for pattern in plain)
    }
    assert rendered.keys() == WITH_JINJA
    assert all(b"{{ cookiecutter." in content for content in rendered.values())


@pytest.fixture(scope="session")
def another_project(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files_of(bake_into(tmp_path_factory.mktemp("another"), ANOTHER_PROJECT))


def test_every_other_file_is_copied_byte_for_byte(another_project: dict[str, bytes]) -> None:
    template = files_of(TEMPLATE)
    assert {name for name in template if another_project[name] != template[name]} == WITH_JINJA


@pytest.mark.parametrize("name", sorted(WITH_JINJA))
def test_no_jinja_is_left(default_project: Path, name: str) -> None:
    assert JINJA.findall((default_project / name).read_text(encoding="utf-8")) == []


def test_the_template_has_no_jinja_blocks() -> None:
    for name in WITH_JINJA:
        assert "{%" not in (TEMPLATE / name).read_text(encoding="utf-8"), name


def test_every_answer_arrives(another_project: dict[str, bytes]) -> None:
    text = "\n".join(another_project[name].decode() for name in WITH_JINJA)
    assert [answer for answer in ANOTHER_PROJECT.values() if answer not in text] == []


def test_the_output_is_the_same_with_hooks_off(
    another_project: dict[str, bytes], tmp_path: Path
) -> None:
    without = bake_into(tmp_path, ANOTHER_PROJECT, accept_hooks=False)
    assert files_of(without) == another_project


@pytest.mark.usefixtures("tracked")  # in a git checkout only
def test_git_ignores_what_the_commands_of_the_readme_write_and_no_event() -> None:
    written = ("manifest.csv", "march.csv", "march.csv.plan.json", "report.html")
    named = (*written, "events/env.json", "tests/rows.csv")
    ignored = run_in(TEMPLATE, "git", "check-ignore", *named)
    assert tuple(ignored.split()) == written


def test_the_project_knows_the_version_of_its_template(default_project: Path) -> None:
    version = json.loads((ROOT / "cookiecutter.json").read_text())["_version"]
    pyproject = tomllib.loads((default_project / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["template"]["version"] == version
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_folder_bears_the_slug(bake: Bake) -> None:
    assert bake(project_slug="my-slug").name == "my-slug"


def test_a_misspelt_question_is_refused_by_the_fixture(bake: Bake) -> None:
    with pytest.raises(AssertionError, match="projekt_name"):
        bake(projekt_name="x")


def test_executable_files_stay_executable(bake: Bake) -> None:
    project = bake()
    for path in TEMPLATE.rglob("*"):
        copy = project / path.relative_to(TEMPLATE)
        if path.is_file():
            assert path.stat().st_mode & 0o111 == copy.stat().st_mode & 0o111, path


# What one workplace or one registry would leave behind.
FOREIGN = re.compile(
    r"/(?:root|home|Users|work|tmp/\w+)/|[\w.-]*(?:pythonhosted|artifactory|nexus)[\w.-]*"
    r"|https?://[\w.-]+/simple\b|extra-index-url\s*=|^\[\[package\]\]",
    re.MULTILINE,
)


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {
        name: FOREIGN.findall((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        for name in listed.stdout.strip("\0").split("\0")
        if name != "tests/template/test_render.py" and (ROOT / name).is_file()
    }
    assert {name: words for name, words in found.items() if words} == {}
