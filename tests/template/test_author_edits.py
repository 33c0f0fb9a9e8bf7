"""An author's ordinary edits break nothing but what the README names for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest

import batch_events
import bootstrap
from conftest import TEMPLATE, bake_into, files_of, run_in
from jobs.policies import names
from jobs.policies.documents import documents
from jobs.project import parameters, samconfig
from jobs.project import template as stack_template
from template import author_edits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Bake

ACCOUNT = "111122223333"
PLACE = ("--account", ACCOUNT, "--region", "us-east-1")
TARGET = (
    "--function-arn",
    f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:1",
    "--role-arn",
    f"arn:aws:iam::{ACCOUNT}:role/r",
    "--jobs-bucket",
    "the-jobs-bucket",
)
# What an author's own task turns red. The README's table says it in these words.
README = (TEMPLATE / "README.md").read_text("utf-8")
OF_THE_TASK = {"test_task.py"}
RECORDED = {"test_events.py::test_every_response_is_the_recorded_one"}


def run(project: Path, *command: str, code: int = 0, endpoint: str = "") -> str:
    # The cache that the checks of the default project fill, too.
    cache = f"{os.environ['MYPY_CACHE_DIR']}-{project.name}"
    environ = {"AWS_ENDPOINT_URL": endpoint, "MYPY_CACHE_DIR": cache}
    return run_in(project, *command, code=code, environ=environ)


def red(project: Path, *files: str) -> set[str]:
    """Return the tests that fail, without their parameters; files that cannot be collected too."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    named = re.findall(r"^(?:FAILED|ERROR) tests/([^\s\[]+)", done.stdout, re.MULTILINE)
    assert done.returncode == bool(named), done.stdout + done.stderr
    return set(named)


def jobs(project: Path, *words: str, endpoint: str = "") -> str:
    return run(project, sys.executable, "-m", "jobs", *words, endpoint=endpoint)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a task of its own and every edit of the stack: do not write into it."""
    project = bake_into(tmp_path_factory.mktemp("edited"), {})
    for edit in (author_edits.own_task, *author_edits.STACK_EDITS):
        edit(project)
    return project


def test_the_readme_names_what_is_red_and_every_marked_place() -> None:
    assert "`tests/test_task.py`, which tests the work that was there" in README
    assert f"`{next(iter(RECORDED)).partition('::')[2]}`" in README
    stack = (TEMPLATE / "template.yaml").read_text("utf-8")
    places = set(re.findall(">>> your own [a-z]+", stack))
    assert places == set(re.findall(">>> your own [a-z]+", README))
    assert len(places) == 3
    tests = (TEMPLATE / "tests" / "conftest.py").read_text("utf-8")
    [place] = re.findall(">>> your own [a-z]+", tests)
    assert f"`{place}` of `tests/conftest.py`" in README


def lines_to_write(own: str) -> list[str]:
    """Return what the README's table names in backticks for an own task, test, event, ..."""
    [row] = re.findall(rf"^\| {own} \| (.*?) \|", README, re.MULTILINE)
    return re.findall(r"`( *[^`]+?)`", row)


def insert(path: Path, before: str, text: str) -> None:
    author_edits.replace(path, before, text + before)


@pytest.mark.slow
def test_the_lines_of_the_readme_are_all_that_has_to_be_written(bake: Bake) -> None:
    project = bake()
    name, _, signature, result = lines_to_write("task")
    task = project / name
    head, _, _ = task.read_text("utf-8").partition(signature)
    task.write_text(f"{head}{signature}\n{result}\n", "utf-8")

    name, *imports, test, assertion = lines_to_write("test")
    text = "\n".join([*imports, "", "", test, assertion])
    (project / name).write_text(f"{text}\n", "utf-8")

    name, place, variable, name_for_tests, value = lines_to_write("variable")
    insert(project / name, f"          # {place}", f"          {variable}\n")
    author_edits.replace(project / name_for_tests, '"Function": {\n', f'"Function": {{\n{value}\n')

    name, place, action, of = lines_to_write("permission")
    author_edits.take_example(project, "permissions")
    author_edits.take_example(project, "resources")
    assert all(each in (project / name).read_text("utf-8") for each in (place, action, of))

    name, package, install = lines_to_write("dependency")
    with (project / name).open("a", encoding="utf-8") as requirements:
        requirements.write(f"{package}\n")
    assert install.endswith(f"install -r {name}")

    copy, record = lines_to_write("event")
    for command in (copy, record.replace("python", sys.executable)):
        run(project, "sh", "-c", command)
    assert "Did versioned.txt" in (project / "events/mine.expected.json").read_text("utf-8")
    assert red(project) == set()
    for check in (("ruff", "check", "--no-cache"), ("ruff", "format", "--check"), ("mypy",)):
        run(project, *check)
    assert "Job Complete" in jobs(project, "demo")
    assert "<!GetAtt Table.Arn>" in jobs(project, "policies", *PLACE)


@pytest.mark.slow
def test_an_own_task_turns_only_its_own_test_and_the_recorded_responses_red(bake: Bake) -> None:
    project = bake()
    for edit in (author_edits.own_task, author_edits.own_table):
        edit(project)
    found = red(project)
    assert {each.partition("::")[0] for each in found - RECORDED} == OF_THE_TASK
    assert found >= RECORDED

    said = run(project, sys.executable, "events/record.py")
    assert "\nversioned.json: Succeeded\n" in said  # its table is there
    assert "\nschema-2.0.json: PermanentFailure: not a text: photos/" in said
    (project / "tests" / "test_task.py").unlink()
    assert red(project, "tests/test_events.py", "tests/test_aa_task.py") == set()


@pytest.mark.slow
def test_an_own_task_passes_the_linters_as_people_write_it(edited: Path) -> None:
    run(edited, "ruff", "check", "--no-cache")
    run(edited, "mypy")


@pytest.mark.parametrize("length", [50, 88, 120])
def test_ruff_itself_brings_the_authors_files_to_the_authors_line_length_and_leaves_ours(
    length: int, bake: Bake, default_project: Path
) -> None:
    project = bake()
    config = project / "pyproject.toml"
    author_edits.replace(config, "line-length = 100", f"line-length = {length}")
    for command in ("format", "check --fix", "format --check"):
        run(project, "ruff", *command.split(), "--no-cache", ".")
    ours = [project / each for each in ("jobs", "src/s3batch", "src/s3copy")]
    for folder in ours:
        assert files_of(folder) == files_of(default_project / folder.relative_to(project))


@pytest.mark.parametrize("edit", author_edits.STACK_EDITS)
def test_policies_prints_the_documents_of_an_edited_stack(
    edit: Callable[[Path], None], bake: Bake
) -> None:
    project = bake()
    edit(project)
    edited = stack_template.load(project / "template.yaml")
    given = samconfig.parameters(project / "samconfig.toml") | {"DestinationOwner": "444455556666"}
    values = parameters.values(edited, given)
    place = names.planned(ACCOUNT, "us-east-1", "demo", values)
    printed = documents(edited, values, place)
    text = json.dumps([each.document for each in printed])
    unfinal = " ".join(each.note for each in printed)
    assert [each for each in re.findall(r"<![^>]+>", text) if each not in unfinal] == []


def test_the_verbs_work_after_all_edits(edited: Path, tmp_path: Path) -> None:
    policies = jobs(edited, "policies", *PLACE)
    for name in ("<!GetAtt Table.Arn>", "<!ImportValue shared-topic-arn>", "<!GetAtt Queue.Arn>"):
        assert name in policies
        assert re.search(f"NOT FINAL: only CloudFormation knows what .*{name}", policies)
    assert "AmazonRekognitionReadOnlyAccess" in policies

    manifest = tmp_path / "manifest.csv"
    manifest.write_text("the-source,a.txt\nthe-source,b.txt\n")
    with batch_events.local_s3() as url:
        s3 = boto3.client("s3", endpoint_url=url)
        for bucket in ("the-source", "the-jobs-bucket"):
            s3.create_bucket(Bucket=bucket)
        command = ("submit", str(manifest), "--dry-run", "--no-confirmation", *TARGET)
        said = jobs(edited, *command, endpoint=url)
    assert "aws s3control create-job" in said


@pytest.mark.slow
def test_the_demo_and_try_run_an_own_task(edited: Path, tmp_path: Path) -> None:
    said = jobs(edited, "demo")
    assert "Job Complete" in said
    assert "byte for byte" not in said  # the task does not copy
    (tmp_path / "a.txt").write_text("hello")
    said = jobs(edited, "try", str(tmp_path / "a.txt"))
    assert "Made here, as template.yaml says: Table (own-resources-Table-" in said
    assert "a.txt   succeeded  Wrote 12 characters" in said


def test_the_edits_of_the_stack_turn_no_test_red(bake: Bake) -> None:
    project = bake()
    for edit in author_edits.STACK_EDITS:
        edit(project)
    assert red(project, "tests/test_template.py", "tests/test_settings.py") == set()


def without_samples(project: Path) -> str:
    """Delete of events/ what may go; return the name of the request that stays."""
    config = (project / "samconfig.toml").read_text("utf-8")
    [named] = re.findall(r'^event = "events/(.*)"$', config, re.MULTILINE)
    for path in (project / "events").iterdir():
        if path.name not in {"env.json", "record.py", named}:
            path.unlink()
    return str(named)


def test_of_events_only_what_the_readme_names_has_to_stay(bake: Bake) -> None:
    assert "(of `events/`, `env.json`, `record.py` and what `samconfig.toml` names stay)" in README
    project = bake()
    named = without_samples(project)
    assert red(project) == set()

    author_edits.replace(project / "samconfig.toml", f'event = "events/{named}"\n', "")
    (project / "events" / named).unlink()
    (project / "tests" / "test_template.py").unlink()
    assert red(project, "tests/test_events.py", "tests/test_settings.py") == set()


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{", '{"Function": {"A": 5}}'])
def test_variables_that_cannot_be_used_are_one_sentence(text: str, bake: Bake) -> None:
    project = bake()
    (project / "events/env.json").write_text(text)
    for command in ("-m pytest", "events/record.py"):
        said = run(project, sys.executable, *command.split(), code=1)
        assert said.startswith("events/env.json cannot be used (")
        assert len(said.splitlines()) == 1


@pytest.mark.slow
def test_a_package_that_another_file_of_requirements_names_is_named(bake: Bake) -> None:
    project = bake()
    author_edits.replace(
        project / "src/task.py", "import s3copy\n", "import jinja2\nimport s3copy\n"
    )
    named = project / "src/most.txt"
    named.write_text("# nothing yet\n")
    (project / "src/more.txt").write_text("--requirement most.txt\n")
    (project / "src/requirements.txt").write_text("-r more.txt # of another project, too\n")
    missing = {"test_imports.py::test_what_is_imported_is_there_on_lambda"}
    assert red(project, "tests/test_imports.py") == missing
    named.write_text("Jinja2==3.1.6\n")
    assert red(project, "tests/test_imports.py") == set()


def test_nothing_is_recorded_while_a_request_is_no_json(bake: Bake) -> None:
    project = bake()
    (project / "events/mine.json").write_text('{"tasks": [}')
    before = files_of(project / "events")
    said = run(project, sys.executable, "events/record.py", code=1)
    assert said.startswith("Nothing was recorded. events/mine.json is no JSON (")
    assert len(said.splitlines()) == 1
    assert files_of(project / "events") == before


@pytest.mark.slow
def test_mypy_finds_nothing_without_the_samples_of_events(bake: Bake) -> None:
    project = bake()
    without_samples(project)
    run(project, "mypy")


def test_rights_that_sam_would_drop_are_refused_with_the_place_for_them(bake: Bake) -> None:
    project = bake()
    role = "      Role: !If [CreatesFunctionRole"
    dropped = f"      Policies: [AmazonDynamoDBFullAccess]\n{role}"
    author_edits.replace(project / "template.yaml", role, dropped)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    said = run(project, *command, "tests/test_template.py", code=1)
    assert "SAM leaves out the Policies of a function that has a Role: write them in" in said
    assert "your own permissions" in said


@pytest.mark.slow
def test_jobs_is_replaced_as_its_readme_says(bake: Bake, default_project: Path) -> None:
    project = bake()
    [replace] = re.findall(
        r"^```sh\n(rm -r jobs\ncp .*?)```",
        (project / "jobs" / "README.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    shutil.copytree(default_project, project.parent / "newer")
    (project / "jobs" / "of_an_older_version.py").touch()
    run(project, "sh", "-e", "-c", replace)
    assert files_of(project / "jobs") == files_of(default_project / "jobs")
    assert red(project, "tests/test_jobs.py") == set()


@pytest.mark.slow
def test_sam_takes_the_edited_stack_and_builds_it(edited: Path, tmp_path: Path) -> None:
    runtime = bootstrap.runtime_folder()
    if not runtime:
        pytest.skip(f"no {bootstrap.RUNTIME} that answers: sam build needs the function's runtime")
    run(edited, "sam", "validate", "--lint")
    environ = {
        "PATH": os.pathsep.join([*runtime, os.environ["PATH"]]),
        "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",  # for the loop, as docs/deploy.md says
    }
    command = ("sam", "build", "--build-dir", str(tmp_path), "--no-cached")
    run_in(edited, *command, installs=True, environ=environ)
    assert {"texts", "jinja2"} <= {each.name for each in (tmp_path / "Function").iterdir()}
