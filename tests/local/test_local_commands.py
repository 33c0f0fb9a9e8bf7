"""What `python -m jobs local` starts, with which settings, and what it shows of the jobs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest

from jobs.errors import Refused
from jobs.local import (
    command,
    deployed,
    function,
    other_services,
    progress,
    services,
    starting,
)
from jobs.local.functions import runtime_log
from jobs.local.s3 import kept
from jobs.project import samconfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

S3 = "http://127.0.0.1:4000"
OWN = services.Services(S3, S3, lambda: None, is_own_s3=True, keys={}, region="us-east-1")
NO_REPORT = {"Enabled": False}
JOB: dict[str, Any] = {"JobId": "1", "Status": "Active", "CreationTime": datetime.now(UTC)}


def counted(done: int, **changes: Any) -> dict[str, Any]:
    summary = {
        "TotalNumberOfTasks": 9,
        "NumberOfTasksSucceeded": done,
        "NumberOfTasksFailed": 1,
    }
    return {**JOB, "ProgressSummary": summary, **changes}


@pytest.mark.parametrize(
    ("system", "line"),
    [
        pytest.param("linux", "export NAME='it'\"'\"'s'", id="a shell"),
        pytest.param("win32", "$env:NAME = 'it''s'", id="PowerShell"),
    ],
)
def test_a_variable_can_be_pasted_into_the_shell_of_the_system(system: str, line: str) -> None:
    assert command.for_shell("NAME", "it's", system) == line


@pytest.mark.parametrize("objects", ["", "--folder .", "--keep kept"])
def test_the_function_loads_while_s3_starts_unless_objects_are_put_there_first(
    objects: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def load(*_: object) -> str:
        order.append("function")
        return "loaded"

    def serve(*_: object) -> None:
        raise Refused("It would serve now.")

    monkeypatch.setattr(starting, "begin_services", lambda *_: OWN)
    monkeypatch.setattr(function, "starter", lambda: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(starting, "_here", load)
    monkeypatch.setattr(starting, "_s3", lambda *_: order.append("files"))
    monkeypatch.setattr(starting, "_serve", serve)
    with pytest.raises(Refused, match="It would serve now"):
        command.command.main(objects.split(), standalone_mode=False)
    assert order == (["files", "function"] if objects else ["function", "files"])


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_start_at_once_and_later_asks_for_the_end(number: signal.Signals) -> None:
    with command._stopped_by_signals() as (stopped, started):
        started.set()
        os.kill(os.getpid(), number)
        assert stopped.wait(60)
    with pytest.raises(KeyboardInterrupt), command._stopped_by_signals():  # noqa: PT012 - both
        os.kill(os.getpid(), number)
        time.sleep(60)


class NoS3:
    """An S3 that makes any bucket, and remembers how it was asked."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []

    def create_bucket(self, **asked: Any) -> None:
        self.made.append(asked)

    def list_buckets(self) -> dict[str, Any]:
        return {"Buckets": [{"Name": "there"}]}


def test_a_bucket_is_made_in_the_region_in_use() -> None:
    s3: Any = NoS3()
    other_services.prepare_s3(s3, S3, ["more", "there"], "us-east-1")
    other_services.prepare_s3(s3, S3, ["more"], "eu-west-1")
    assert s3.made == [
        {"Bucket": "more"},
        {"Bucket": "more", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
    ]


def test_an_s3_that_does_not_answer_is_refused() -> None:
    with pytest.raises(
        Refused, match=r"No S3 answers at 'http://127\.0\.0\.1:9' .*: is it running"
    ):
        other_services.prepare_s3(
            boto3.client("s3", endpoint_url="http://127.0.0.1:9"), "http://127.0.0.1:9", (), "x"
        )


@pytest.mark.parametrize("url", ["", "127.0.0.1:3001", "ftp://host", "http://", "http://h:99999"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"--lambda-endpoint .* is no URL: give one like http"):
        other_services.check_url("--lambda-endpoint", url)


@pytest.mark.parametrize("dotted", ["handler", "nowhere_to_be_found.handler", "json.nothing"])
def test_a_handler_in_this_process_that_is_not_there_is_refused(
    dotted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(runtime_log, "install", lambda _: None)
    with pytest.raises(Refused, match=repr(dotted.partition(".")[2] or dotted)[1:-1]):
        function.in_this_process(dotted, {}, 1.0, "INFO")


SAMCONFIG = """
[default.global.parameters]
parameter_overrides = [
  'SourceBucket="mine"',
  'DestinationBucket="yours"',
  'DestinationPrefix="copies/"',
  'FurtherDestinationBuckets="arn:aws:s3:::theirs"',
  'Operation="rename"',
  'LogLevel="DEBUG"',
]
"""


def test_the_function_gets_what_a_deployment_would_give_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samconfig.toml").write_text(SAMCONFIG)
    monkeypatch.setattr(samconfig, "PATH", tmp_path / "samconfig.toml")

    project = deployed.read()

    assert (project.handler, project.timeout, project.log_level) == (
        "app.lambda_handler",
        900.0,
        "DEBUG",
    )
    assert project.buckets == ("mine", "yours", "theirs", "jobs")
    given = {"OPERATION": "rename", "DESTINATION_BUCKET": "yours", "DESTINATION_PREFIX": "copies/"}
    assert given.items() <= project.variables.items()


def test_a_project_without_answers_has_the_bucket_names_of_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samconfig, "PATH", tmp_path / "none.toml")
    assert deployed.read().source == "amzn-s3-demo-source-bucket"


def test_a_variable_of_the_shell_wins_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": "/bin", "AWS_ENDPOINT_URL_S3": S3})
    variables = {"OPERATION": "copy", "TABLE": "<!Ref Table>", "AWS_ENDPOINT_URL_S3": ""}
    project = deployed.Deployed("app.f", 3.0, "INFO", variables, "a", ("b",))

    environ = function.settings(project, {"OPERATION": "rename", "AWS_ENDPOINT_URL_S3": "x"})

    assert environ == {
        "OPERATION": "rename",
        "TABLE": "<!Ref Table>",
        "AWS_ENDPOINT_URL_S3": S3,
        "PATH": "/bin",
    }
    assert capsys.readouterr().err.splitlines() == [
        "From this shell, in the place of what is deployed: OPERATION='rename'.",
        (
            "Known only to a deployment: TABLE. Set what the function needs in this shell before"
            " the start."
        ),
    ]
    function.settings(project, {"OPERATION": "copy", "TABLE": "t"})
    assert capsys.readouterr().err.splitlines() == [
        "From this shell, in the place of what is deployed: TABLE='t'."
    ]


def test_a_line_says_what_is_known_of_a_job() -> None:
    assert progress.line({**JOB, "Status": "Preparing"}) == "job 1 Preparing"
    assert progress.line(counted(2)) == "job 1 Active: 3 of 9 tasks, 1 failed"


def test_a_line_is_written_when_a_job_changes_and_not_more_than_once_a_second(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = [JOB, JOB, counted(1), counted(2), counted(8, Status="Complete", Report=NO_REPORT)]
    now: list[dict[str, Any]] = []
    engine: Any = SimpleNamespace(
        list_jobs=lambda: {"Jobs": now},
        describe_job=lambda _: now[0],
        problems=lambda _: {"odd": 2},
        report_of=lambda _: None,
    )
    shown = progress.Progress(engine)
    for job in [*seen, seen[-1]]:
        now[:] = [job]
        shown.show()
    assert capsys.readouterr().err.splitlines() == [
        "job 1 Active",
        "job 1 Complete: 9 of 9 tasks, 1 failed",
        "job 1 odd (2 x)",
        "job 1 no report: the job asks for none",
    ]


def test_a_port_that_was_asked_for_and_is_taken_is_refused() -> None:
    with (
        services.listening("--port", 0, 0) as taken,
        pytest.raises(Refused, match=r"--port \d+ cannot be used \(.*in use.*\): 0 finds a free"),
    ):
        services.listening("--port", taken.getsockname()[1], 0)


def test_of_two_services_that_start_at_once_each_has_its_own_ports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with services.listening("--port", 0, 0) as free:
        usual = free.getsockname()[1]
    monkeypatch.setattr(services, "S3_PORT", usual)
    others: list[int] = []

    @contextlib.contextmanager
    def another_starts_meanwhile(_keep: Path) -> Iterator[None]:
        """Choose the port of another service while the first has one, and does not serve yet."""
        with services.listening("--s3-port", None, usual) as other:
            others.append(other.getsockname()[1])
            yield

    monkeypatch.setattr(kept, "objects", another_starts_meanwhile)
    options: Any = {"s3_endpoint": None, "s3_port": None, "keep": tmp_path}
    project: Any = SimpleNamespace(buckets=())
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with contextlib.ExitStack() as running:
        started = services.begin_services(options, project, running)
        started.wait()
        assert urlsplit(started.s3_url).port not in [None, *others]
    assert len(others) == 1
