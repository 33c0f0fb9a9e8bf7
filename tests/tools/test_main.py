from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProxyConnectionError,
)
from click.testing import CliRunner

from conftest import TEMPLATE
from jobs import __main__ as main
from jobs import errors
from jobs.errors import Refused
from jobs.local import whole_job

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = TEMPLATE


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main.cli, words)
    return result.exit_code, result.output


def test_help_lists_the_verbs_in_a_sentence_each() -> None:
    code, shown = run("--help")
    assert code == 0
    assert "submit    Create the job that runs the function on a manifest." in shown


@pytest.mark.parametrize("verb", main.verbs())
def test_every_verb_has_help(verb: str) -> None:
    code, shown = run(verb, "--help")
    assert code == 0
    assert shown.startswith(f"Usage: cli {verb}")


@pytest.mark.parametrize("verb", main.verbs())
def test_every_verb_understands_the_environments_of_samconfig(verb: str) -> None:
    _, shown = run(verb, "--help")
    assert "--config-env NAME" in shown
    assert "SAM_CONFIG_ENV" in shown


def test_an_unknown_verb_is_wrong_usage() -> None:
    code, shown = run("sbumit")
    assert code == 2
    assert "No such command 'sbumit'" in shown


@pytest.mark.parametrize("words", [["check", "\udcff.csv"], ["submit", "m.csv", "--tag=a=\udcff"]])
def test_a_word_that_is_not_utf_8_is_one_sentence(words: list[str]) -> None:
    code, shown = run(*words)
    assert (code, shown.startswith("Error: b'"), "' is not UTF-8: " in shown) == (2, True, True)


def test_a_missing_file_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    options = ["--function-arn", "arn:aws:lambda:us-east-1:123456789012:function:f:1"]
    options += ["--role-arn", "arn:aws:iam::123456789012:role/r", "--jobs-bucket", "jobs"]
    path = str(tmp_path / "missing.csv")
    code, shown = run("submit", path, *options)
    assert (code, shown) == (2, f"Error: {path!r} cannot be used: No such file or directory.\n")


def test_a_service_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    path = tmp_path / "m.csv"
    path.write_text("photos,a\n")
    options = ["--function-arn", "arn:aws:lambda:us-east-1:123456789012:function:f:1"]
    options += ["--role-arn", "arn:aws:iam::123456789012:role/r", "--jobs-bucket", "jobs"]
    code, shown = run("submit", str(path), "--yes", *options)
    assert code == 2
    assert shown.startswith("Error: Nothing answers at 'http://127.0.0.1:1/")
    assert shown.count("\n") == 1


def answer(code: str, message: str = "Not today") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateJob")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Refused("Too\nmuch."), "Too much."),
        (answer("BadRequest"), "CreateJob answered BadRequest: Not today."),
        (
            answer("AccessDenied"),
            "CreateJob answered AccessDenied: Not today. The credentials in use need s3:",
        ),
        (
            answer("ExpiredToken", "It expired."),
            "CreateJob answered ExpiredToken: It expired. Renew the credentials, for instance with",
        ),
        (answer("403", ""), "CreateJob answered 403: no reason was given. The credentials in use"),
        (NoCredentialsError(), "No complete AWS credentials were found: run `aws configure`"),
        (NoRegionError(), "No AWS Region is set: give --region or set AWS_DEFAULT_REGION."),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
            "Nothing answers at 'http://127.0.0.1:1/': check the network, the Region and any",
        ),
        (
            ProxyConnectionError(proxy_url="http://127.0.0.1:1"),
            "The proxy 'http://127.0.0.1:1' does not answer: check HTTP_PROXY",
        ),
        (FileNotFoundError(2, "No such file", "m.csv"), "'m.csv' cannot be used: No such file."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_may_be_expected_is_one_sentence(error: Exception, sentence: str) -> None:
    assert isinstance(error, errors.EXPECTED)
    said = errors.sentence(error)
    assert said.startswith(sentence)
    assert "\n" not in said


def test_a_dependency_that_is_not_installed_is_one_sentence_with_the_command(
    tmp_path: Path,
) -> None:
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError(name='click')")
    done = subprocess.run(
        [sys.executable, "-m", "jobs"],
        cwd=PROJECT,
        env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"The tools need 'click', which is not installed: run {sys.executable} -m pip install "
        "--group dev (pip 25.1 or newer)\n"
    )


def test_a_pattern_for_keys_is_never_taken_for_the_files_of_a_folder_on_windows(
    tmp_path: Path,
) -> None:
    """There click itself expands `*`, also within quotes: a job would get other objects."""
    (tmp_path / "b.jpg").touch()
    windows = (
        "import os, runpy, sys, types, click.core\n"
        "click.core.os = types.SimpleNamespace(**(vars(os) | {'name': 'nt'}))\n"
        "sys.argv = ['jobs', 'estimate', '*.jpg']\n"
        "runpy.run_module('jobs', run_name='__main__')"
    )
    where = {**os.environ, "PYTHONPATH": str(PROJECT), "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-c", windows]
    done = subprocess.run(
        command, cwd=tmp_path, env=where, capture_output=True, text=True, check=False
    )
    assert done.stderr == "Error: '*.jpg' cannot be used: No such file or directory.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no process there sends itself Ctrl-C")
def test_ctrl_c_while_the_libraries_load_ends_without_a_traceback(tmp_path: Path) -> None:
    text = "import os, time\nos.kill(os.getpid(), 2)\ntime.sleep(60)\n"
    (tmp_path / "click.py").write_text(text)
    where = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "jobs", "list"]
    with whole_job.interruptible():  # these tests may run where SIGINT is ignored
        done = subprocess.run(command, cwd=PROJECT, env=where, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
