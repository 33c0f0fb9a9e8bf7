"""What `python -m jobs local` makes of its options and of its user's environment."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import click
import pytest
from botocore.utils import get_environ_proxies

from jobs.errors import Refused
from jobs.local import (
    command,
    deployed,
    environment,
    function,
    function_log,
    options,
    other_services,
    progress,
    services,
    starting,
)
from jobs.local.engine.choices import Choices
from jobs.local.functions import runtime_log
from jobs.local.s3 import kept
from jobs.project import samconfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

S3 = "http://127.0.0.1:4000"
SERVICE = "http://127.0.0.1:5000"
MOTO = "http://127.0.0.1:6000"
ARN = "arn:aws-cn:lambda:eu-west-1:111122223333:function:f:1"
HERE = services.Services(S3, MOTO, lambda: None, is_own_s3=False, keys={}, region="eu-west-1")
OWN = services.Services(S3, S3, lambda: None, is_own_s3=True, keys={}, region="us-east-1")
USER = {
    "PATH": "/bin",
    "DESTINATION_BUCKET": "copies",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/admin",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "no_proxy": "internal, 127.0.0.1",
}
NO_REPORT = {"Enabled": False}
JOB: dict[str, Any] = {"JobId": "1", "Status": "Active", "CreationTime": datetime.now(UTC)}


def counted(done: int, **changes: Any) -> dict[str, Any]:
    summary = {
        "TotalNumberOfTasks": 9,
        "NumberOfTasksSucceeded": done,
        "NumberOfTasksFailed": 1,
    }
    return {**JOB, "ProgressSummary": summary, **changes}


def test_the_code_here_sees_nothing_of_the_user_s_aws_settings() -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert not set(USER.values()) & {v for k, v in isolated.items() if k.startswith("AWS_")}
    assert "AWS_PROFILE" not in isolated
    assert isolated["AWS_CONFIG_FILE"] == isolated["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert isolated["AWS_ENDPOINT_URL_S3"] == isolated["AWS_ENDPOINT_URL"] == S3


def test_the_function_s_own_settings_stay() -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert (isolated["PATH"], isolated["DESTINATION_BUCKET"]) == ("/bin", "copies")


def test_an_s3_of_the_user_is_given_the_keys_in_the_environment_and_no_more() -> None:
    isolated = environment.isolated(USER, "https://minio.internal", is_own_s3=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert isolated[name] == USER[name]
    assert "AWS_PROFILE" not in isolated
    assert isolated["AWS_REGION"] == "eu-west-1"


def test_all_other_services_are_those_that_run_here() -> None:
    isolated = environment.isolated({}, S3, is_own_s3=False, services_url=MOTO)
    assert (isolated["AWS_ENDPOINT_URL"], isolated["AWS_ENDPOINT_URL_S3"]) == (MOTO, S3)
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert (exports["AWS_ENDPOINT_URL"], exports["AWS_ENDPOINT_URL_S3"]) == (MOTO, S3)
    assert exports["AWS_ENDPOINT_URL_LAMBDA"] == SERVICE


def test_function_and_role_are_of_one_account_as_submit_wants_them() -> None:
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert exports["JOBS_FUNCTION_ARN"] == ARN
    assert exports["JOBS_ROLE_ARN"] == "arn:aws-cn:iam::111122223333:role/local"
    unknown = environment.exports(HERE, SERVICE, SERVICE, None)
    assert "JOBS_FUNCTION_ARN" not in unknown
    assert unknown["JOBS_ROLE_ARN"] == "arn:aws:iam::123456789012:role/local"


def addresses(*found: str) -> Any:
    def look_up(host: str, *_: object) -> list[Any]:
        assert host == "123456789012.localhost"
        if not found:
            raise OSError(-2, "Name or service not known")
        return [(2, 1, 6, "", (address, 0)) for address in found]

    return look_up


def test_where_the_account_s_host_name_resolves_no_proxy_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", addresses("127.0.0.1"))
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert exports["AWS_ENDPOINT_URL_S3_CONTROL"] == "http://localhost:5000"
    assert not {"HTTP_PROXY", "http_proxy"} & exports.keys()
    monkeypatch.setattr("socket.getaddrinfo", addresses("10.0.0.1"))  # of a search domain
    assert environment.exports(HERE, SERVICE, SERVICE, ARN)["HTTP_PROXY"] == SERVICE


def test_an_s3_of_the_user_without_keys_is_given_made_up_ones() -> None:
    isolated = environment.isolated({}, S3, is_own_s3=False)
    assert isolated["AWS_ACCESS_KEY_ID"] == "local"


def test_the_local_s3_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert isolated["no_proxy"] == isolated["NO_PROXY"] == "internal,127.0.0.1,localhost"
    monkeypatch.setattr("socket.getaddrinfo", addresses())
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, environment.exports(HERE, SERVICE, SERVICE, ARN)[name])
    assert get_environ_proxies(f"{S3}/bucket") == {}
    assert get_environ_proxies("http://123456789012.s3-control.local")["http"] == SERVICE


@pytest.mark.parametrize(
    ("system", "line"),
    [
        pytest.param("linux", "export NAME='it'\"'\"'s'", id="a shell"),
        pytest.param("win32", "$env:NAME = 'it''s'", id="PowerShell"),
    ],
)
def test_a_variable_can_be_pasted_into_the_shell_of_the_system(system: str, line: str) -> None:
    assert command.for_shell("NAME", "it's", system) == line


def test_choices_are_read_by_name_and_type() -> None:
    given = options.choices(["redrives=0", "redrive_delay=0.5", "strict_echo=False", "event_safe="])
    assert given == Choices(redrives=0, redrive_delay=0.5, strict_echo=False, event_safe="")
    assert options.choices(["invalid_response=TemporaryFailure"]).invalid_response != (
        Choices().invalid_response
    )


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("retries=1", "there is no 'retries', but concurrency, "),
        ("redrives", "give a whole number"),
        ("redrives=1.5", "give a whole number"),
        ("redrive_delay=soon", "give seconds"),
        ("strict_echo=maybe", "give true or false"),
        ("threshold_counts=some", "give final or all"),
    ],
)
def test_a_bad_choice_is_refused_by_what_it_takes(pair: str, said: str) -> None:
    with pytest.raises(Refused, match=f"--choice '{pair}': {said}"):
        options.choices([pair])


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("redrives=-1", "redrives is -1: give 0 to 20000000000"),
        ("redrives=99999999999999", "redrives is 99999999999999: give 0 to 20000000000"),
        ("concurrency=1001", "concurrency is 1001: give 1 to 1000"),
        ("active_jobs=0", "active_jobs is 0: give 1 to 20000000000"),
        ("report_rows=0", "report_rows is 0: give 1 to 20000000000"),
        ("redrive_delay=nan", "redrive_delay is nan: give 0 to 315360000"),
        ("throttle_delay=inf", "throttle_delay is inf: give 0 to 315360000"),
        ("kept=1e300", r"kept is 1e\+300: give 0 to 315360000"),
        ("invisible=-0.5", "invisible is -0.5: give 0 to 315360000"),
    ],
)
def test_a_choice_out_of_its_range_is_refused_with_the_range(pair: str, said: str) -> None:
    with pytest.raises(Refused, match=f"--choice {said}"):
        options.choices([pair])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--lambda-function f", "--lambda-function has no effect alone: give --lambda-endpoint"),
        ("--function a.b --lambda-endpoint http://h", "--function has no effect with --lambda-end"),
        ("--timeout 3 --lambda-endpoint http://h", "--timeout has no effect with --lambda-endpoi"),
        ("--in-process --lambda-endpoint http://h", "--in-process has no effect with --lambda"),
        ("--json --lambda-endpoint http://h", "--json has no effect with --lambda-endpoint"),
        ("--in-process --concurrency 2", "concurrency has no effect with --in-process"),
        ("--s3-port 0 --s3-endpoint http://h", "--s3-port has no effect with --s3-endpoint"),
        ("--keep /tmp/k --s3-endpoint http://h", "--keep has no effect with --s3-endpoint"),
        ("--folder / --s3-endpoint http://h", "--folder has no effect with --s3-endpoint"),
        ("--anyway", "--anyway has no effect alone: give --s3-endpoint too"),
        (
            "--anyway --s3-endpoint http://h --lambda-endpoint http://h",
            "--anyway has no effect with --lambda-endpoint",
        ),
        ("--lambda-endpoint= --json", "--json has no effect with --lambda-endpoint"),
        ("--lambda-endpoint=", "--lambda-endpoint '' is no URL"),
        ("--lambda-endpoint http://h --lambda-function=", "--lambda-function '' names no function"),
        ("--concurrency 2 --choice concurrency=3", "concurrency is given twice, give it once"),
        (
            "--in-process --choice concurrency=3",
            "concurrency has no effect with --in-process",
        ),
        (
            "--in-process --choice active_jobs=3",
            "active_jobs has no effect with --in-process",
        ),
        ("--choice redrives=1 --choice redrives=2", "redrives is given twice, give it once"),
        ("--folder / --keep /tmp/kept", "--folder '/' and --keep '/tmp/kept' are in one another"),
        ("--lambda-endpoint http://127.0.0.1:9", "No Lambda answers at 'http://127.0.0.1:9'"),
    ],
)
def test_options_that_cannot_be_followed_are_refused_in_a_sentence(
    arguments: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "begin_services", lambda *_: OWN)
    with pytest.raises(Refused) as refused:
        command.command.main(arguments.split(), standalone_mode=False)
    assert said in str(refused.value)


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


@pytest.mark.parametrize("arguments", ["--timeout 901", "--timeout 0", "--concurrency 1001"])
def test_a_number_out_of_its_range_is_wrong_usage(arguments: str) -> None:
    with pytest.raises(click.UsageError, match="is not in the range"):
        command.command.main(arguments.split(), standalone_mode=False)


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


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("printed", "printed"),
        ("{not json", "{not json"),
        ('{"a": 1}', '{"a": 1}'),
        ('no end: {"timestamp": "t", "level": "INFO", "message": "m"}', "no end: \nINFO  m"),
        ('{"mine": {"timestamp": "t", "level": "INFO"}}',) * 2,
        ('{"level": "INFO", "logger": "mine", "message": "said"}', "INFO  said"),
        ('{"level": "INFO", "logger": "botocore.credentials", "message": "Found"}', None),
        ('{"level": "WARNING", "logger": "botocore.x", "message": "w"}', "WARNING  w"),
    ],
)
def test_a_line_of_the_log_is_shown_for_a_person(line: str, shown: str | None) -> None:
    assert function_log.short(line) == shown


def logged(**fields: object) -> str | None:
    return function_log.short(json.dumps(fields))


def test_a_task_is_one_short_line_with_what_went_wrong() -> None:
    task = {"level": "INFO", "resultCode": "Succeeded", "key": "a\x1b b", "milliseconds": 12.3}
    assert logged(**task, message="Copied") == r"Succeeded  a\x1b b  12 ms"
    assert logged(**task | {"key": "k" * 900}) == f"Succeeded  {'k' * 59}…  12 ms"
    failed = task | {"resultCode": "PermanentFailure", "key": "k", "message": "KeyError: 1"}
    trace = "Traceback:\n  line\n"
    assert logged(**failed, traceback=trace) == (
        "PermanentFailure  k  12 ms  KeyError: 1\nTraceback:\n  line"
    )


TRACE = """\
Traceback (most recent call last):
  File "/p/src/task.py", line 2, in run
    S3.get_object(Bucket=task.bucket)
    ~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^
  File "{packages}botocore{slash}client.py", line 602, in _api_call
    return self._make_api_call(operation_name, kwargs)
           ~~~~~~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^
  File "{packages}botocore{slash}client.py", line 9, in _make_api_call
    raise error_class(parsed_response, operation_name)
botocore.errorfactory.NoSuchKey: not there
"""


@pytest.mark.parametrize(
    ("packages", "slash"),
    [("/v/lib/python3.13/site-packages/", "/"), ("C:\\v\\Lib\\site-packages\\", "\\")],
)
def test_a_traceback_shows_the_author_s_lines_and_not_those_of_packages(
    packages: str, slash: str
) -> None:
    trace = TRACE.format(packages=packages, slash=slash)
    line = {"resultCode": "PermanentFailure", "key": "k", "milliseconds": 1, "message": "m"}
    assert str(logged(**line, traceback=trace)).splitlines()[1:] == [
        *trace.splitlines()[:4],
        "  ... in installed packages",
        "botocore.errorfactory.NoSuchKey: not there",
    ]


def test_a_record_with_an_exception_shows_its_traceback() -> None:
    record = {"level": "ERROR", "message": "caught", "errorType": "E", "errorMessage": "m"}
    assert logged(**record, stackTrace=["  one\n", "  two\n"]) == (
        "ERROR  caught  E: m\n  one\n  two"
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_the_log_can_be_had_as_on_lambda(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    line = '{"level": "INFO", "logger": "mine", "message": "said"}\n'
    function_log.writer(as_json=as_json)(line.encode())
    assert capsys.readouterr().err == (line if as_json else "INFO  said\n")


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


def test_what_a_handler_in_this_process_writes_is_shortened_but_a_prompt_passes_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stdout = function_log.Stdout(function_log.writer())
    print("(Pdb) ", end="", file=stdout)
    assert capsys.readouterr().err == "(Pdb) "
    line = {"resultCode": "Succeeded", "key": "a", "milliseconds": 1.2}
    print(json.dumps(line), file=stdout)
    print("plain", file=stdout)
    assert capsys.readouterr().err == "Succeeded  a  1 ms\nplain\n"


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
