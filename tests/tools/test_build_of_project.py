"""`jobs.project.build`: is what was edited also what is deployed?"""

from __future__ import annotations

import hashlib
import os
import shutil
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from aws_lambda_builders.workflows.python_pip.workflow import PythonPipWorkflow
from samcli.lib.package.utils import make_zip_with_lambda_permissions
from samcli.lib.utils.resources import RESOURCES_WITH_LOCAL_PATHS

from conftest import TEMPLATE
from jobs.project import build, template

BUILT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BEFORE, AFTER = (
    (BUILT + timedelta(minutes=each)).isoformat(timespec="milliseconds") for each in (-5, 5)
)
OTHER = "of another build"


def dated(path: Path, when: datetime) -> None:
    os.utime(path, (when.timestamp(), when.timestamp()))


@pytest.fixture(scope="module")
def built_template() -> str:
    """template.yaml as sam build writes it; read once, since that takes longer than a test."""
    written = template.load(TEMPLATE / "template.yaml")
    function = written["Resources"]["Function"]
    function["Metadata"] = {"SamResourceId": "Function"}
    function["Properties"]["CodeUri"] = "Function"
    return yaml.safe_dump(written)


@pytest.fixture
def project(tmp_path: Path, built_template: str) -> Path:
    """A project after sam build, with the function's code in its folder."""
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TEMPLATE / "src", tmp_path / "src", ignore=unwanted)
    shutil.copy(TEMPLATE / "template.yaml", tmp_path)
    folder = tmp_path / ".aws-sam" / "build"
    shutil.copytree(TEMPLATE / "src", folder / "Function", ignore=unwanted)
    installed = folder / "Function" / "dependency-1.0.dist-info"
    installed.mkdir()
    (folder / "Function" / "dependency.py").touch()
    (folder / "Function" / "native.py").touch()
    moved = "dependency-1.0.data/purelib/native.py,,\n"
    (installed / "RECORD").write_text(f"dependency.py,sha256=x,0\n{moved}")
    (folder / "template.yaml").write_text(built_template)
    dated(folder / "template.yaml", BUILT)
    dated(tmp_path / "template.yaml", BUILT - timedelta(minutes=1))
    return tmp_path


def code(project: Path) -> str:
    return build.sha256_of_zip(project / ".aws-sam" / "build" / "Function")


def edit(project: Path, name: str) -> None:
    path = project / name
    text = path.read_text() if path.exists() else ""
    path.write_text(text.replace("Default: INFO", "Default: DEBUG") + "\n# edited\n")


def test_the_hash_is_that_of_the_archive_which_sam_uploads(project: Path, tmp_path: Path) -> None:
    folder = project / ".aws-sam" / "build" / "Function"
    (folder / "app.py").chmod(0o600)
    archive = make_zip_with_lambda_permissions(str(tmp_path / "code"), str(folder))

    digest = hashlib.sha256(Path(archive).read_bytes()).digest()
    assert build.sha256_of_zip(folder) == b64encode(digest).decode()


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_what_is_deployed_as_it_is_now_is_no_news(project: Path, when: str) -> None:
    """Built again without a change, the build is newer than the function."""
    assert build.outdated(project, code(project), when) == ""


@pytest.mark.parametrize("name", ["src/task.py", "src/new.py", "src/s3copy/new.py"])
@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_file_that_was_edited_after_the_build_is_named(
    project: Path, name: str, when: str
) -> None:
    edit(project, name)

    said = build.outdated(project, code(project), when)
    assert said.startswith(f"{name} was edited after the last sam build, and is not deployed")
    assert said.endswith("run sam build && sam deploy.")


def test_a_file_that_was_deleted_after_the_build_is_named(project: Path) -> None:
    (project / "src" / "s3copy" / "guards.py").unlink()

    said = build.outdated(project, code(project), AFTER)
    assert said.startswith("src/s3copy/guards.py was deleted after the last sam build, which still")


def test_an_edit_that_was_taken_back_is_no_news(project: Path) -> None:
    before = (project / "src" / "task.py").read_bytes()
    edit(project, "src/task.py")
    (project / "src" / "task.py").write_bytes(before)

    assert build.outdated(project, code(project), AFTER) == ""


def test_a_function_of_another_logical_id_is_found_by_its_code(project: Path) -> None:
    folder = project / ".aws-sam" / "build"
    digest = code(project)
    (folder / "Function").rename(folder / "Copier")

    assert build.outdated(project, digest, AFTER) == ""


def test_an_edited_template_is_named(project: Path) -> None:
    edit(project, "template.yaml")

    assert build.outdated(project, code(project), AFTER).startswith("template.yaml was edited")


def test_a_template_that_only_has_a_later_time_is_no_news(project: Path) -> None:
    dated(project / "template.yaml", BUILT + timedelta(days=1))

    assert build.outdated(project, code(project), AFTER) == ""


def test_a_build_that_was_never_deployed_is_said(project: Path) -> None:
    assert build.outdated(project, OTHER, BEFORE) == (
        "The last sam build, of 2026-11-25 12:00 UTC, is not deployed: run sam build && sam deploy."
    )


def test_a_deployment_from_elsewhere_is_not_compared(project: Path) -> None:
    edit(project, "src/task.py")

    assert build.outdated(project, OTHER, AFTER) == ""


def test_without_a_build_there_is_no_word(project: Path) -> None:
    edit(project, "src/task.py")
    shutil.rmtree(project / ".aws-sam")

    assert build.outdated(project, OTHER, BEFORE) == ""


def test_what_sam_writes_into_the_template_is_known() -> None:
    paths = {path for each in RESOURCES_WITH_LOCAL_PATHS.values() for path in each}

    assert {path.rpartition(".")[2] for path in paths} | {"Location"} == build.CHANGED_BY_BUILD


def test_a_place_of_code_that_sam_build_wrote_is_no_edit(project: Path) -> None:
    for path, place in (("template.yaml", "layer/"), (".aws-sam/build/template.yaml", "../layer")):
        into = project / path
        layer = (
            f"  Layer:\n    Type: AWS::Lambda::LayerVersion\n    Properties: {{Content: {place}}}\n"
        )
        text = into.read_text()
        into.write_text(text.replace("Resources:\n", f"Resources:\n{layer}", 1))
    dated(project / "template.yaml", BUILT + timedelta(days=1))
    dated(project / ".aws-sam/build/template.yaml", BUILT)

    assert build.outdated(project, code(project), AFTER) == ""


def test_what_sam_leaves_out_of_a_build_is_known() -> None:
    assert list(PythonPipWorkflow.EXCLUDED_FILES) == build.NOT_BUILT


@pytest.mark.parametrize("folder", ["__pycache__", ".mypy_cache/3.13", ".vscode", "s3copy/.idea"])
def test_what_no_build_holds_is_no_edit(project: Path, folder: str) -> None:
    (project / "src" / folder).mkdir(parents=True)
    (project / "src" / folder / "task.json").touch()

    assert build.outdated(project, code(project), AFTER) == ""


def rename_the_function(project: Path, name: str) -> None:
    """As sam builds it after the author has given the function another logical id."""
    folder = project / ".aws-sam" / "build"
    (folder / "Function").rename(folder / name)
    built = template.load(folder / "template.yaml")
    function = built["Resources"].pop("Function")
    function["Properties"]["CodeUri"] = name
    built["Resources"][name] = function
    (folder / "template.yaml").write_text(yaml.safe_dump(built))
    dated(folder / "template.yaml", BUILT)


def test_a_build_of_another_logical_id_that_is_not_deployed_is_no_edit(project: Path) -> None:
    rename_the_function(project, "Copier")

    assert build.outdated(project, OTHER, BEFORE).startswith("The last sam build, of 2026-11-25")
    edit(project, "src/task.py")
    assert build.outdated(project, OTHER, BEFORE).startswith("src/task.py was edited")


def test_of_a_build_by_a_makefile_only_what_is_newer_counts(project: Path) -> None:
    """It may leave files out, and make others."""
    source, code_ = project / "src", project / ".aws-sam" / "build" / "Function"
    (source / "Makefile").write_text("build-Function:\n\tcp -r . $(ARTIFACTS_DIR)\n")
    (code_ / "made.py").touch()
    (code_ / "settings.py").unlink()
    for path in (source / "Makefile", source / "settings.py"):
        dated(path, BUILT - timedelta(minutes=1))
    digest = code(project)
    assert build.outdated(project, digest, AFTER) != ""  # no function is built by it yet

    path = project / "template.yaml"
    before, metadata = path.stat().st_mtime, "    Metadata: # HARDENING.md says more\n"
    assert metadata in path.read_text()
    path.write_text(path.read_text().replace(metadata, f"{metadata}      BuildMethod: makefile\n"))
    os.utime(path, (before, before))
    assert build.outdated(project, digest, AFTER) == ""
    edit(project, "src/settings.py")
    assert build.outdated(project, digest, AFTER).startswith("src/settings.py was edited")
