"""What `python -m jobs local` makes of its options and of its user's environment."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.utils import get_environ_proxies

environment = pytest.importorskip("jobs.local.environment")

from jobs.errors import Refused  # noqa: E402 - after the skip
from jobs.local import chosen, progress, targets  # noqa: E402
from jobs.local.choices import Choices  # noqa: E402

S3 = "http://127.0.0.1:4000"
SERVICE = "http://127.0.0.1:5000"
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
    assert environment.isolated({}, S3, is_own_s3=True)["DESTINATION_BUCKET"] == "destination"


def test_an_s3_of_the_user_is_given_the_keys_in_the_environment_and_no_more() -> None:
    isolated = environment.isolated(USER, "https://minio.internal", is_own_s3=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert isolated[name] == USER[name]
    assert "AWS_PROFILE" not in isolated
    assert "AWS_ENDPOINT_URL" not in isolated
    assert isolated["AWS_REGION"] == "eu-west-1"
    exports = environment.exports("https://minio.internal", SERVICE, "eu-west-1", is_own_s3=False)
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "JOBS_BUCKET"} & exports.keys()


def test_an_s3_of_the_user_without_keys_is_given_made_up_ones() -> None:
    isolated = environment.isolated({}, S3, is_own_s3=False)
    assert isolated["AWS_ACCESS_KEY_ID"] == "local"


def test_the_local_s3_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert isolated["no_proxy"] == isolated["NO_PROXY"] == "internal,127.0.0.1,localhost"
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, environment.exports(S3, SERVICE, "r", is_own_s3=True)[name])
    assert get_environ_proxies(f"{S3}/bucket") == {}
    assert get_environ_proxies("http://123456789012.s3-control.local")["http"] == SERVICE


def test_choices_are_read_by_name_and_type() -> None:
    given = chosen.choices(["redrives=0", "redrive_delay=0.5", "strict_echo=False", "event_safe="])
    assert given == Choices(redrives=0, redrive_delay=0.5, strict_echo=False, event_safe="")
    assert chosen.choices(["invalid_response=TemporaryFailure"]).invalid_response != (
        Choices().invalid_response
    )


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("retries=1", "there is no 'retries', but concurrency, "),
        ("redrives", "give a whole number"),
        ("redrives=-1", "give a whole number"),
        ("redrives=1.5", "give a whole number"),
        ("redrive_delay=nan", "give seconds"),
        ("redrive_delay=soon", "give seconds"),
        ("strict_echo=maybe", "give true or false"),
        ("threshold_counts=some", "give final or all"),
    ],
)
def test_a_bad_choice_is_refused_by_what_it_takes(pair: str, said: str) -> None:
    with pytest.raises(Refused, match=f"--choice '{pair}': {said}"):
        chosen.choices([pair])


@pytest.mark.parametrize("url", ["", "127.0.0.1:3001", "ftp://host", "http://", "http://h:99999"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Refused, match=r"--lambda-endpoint .* is no URL: give one like http"):
        targets.check_url("--lambda-endpoint", url)


def test_only_aws_itself_is_given_real_credentials() -> None:
    assert targets.is_aws("https://lambda.eu-west-1.amazonaws.com")
    assert targets.is_aws("https://lambda.cn-north-1.amazonaws.com.cn")
    assert not targets.is_aws("http://127.0.0.1:3001")
    assert not targets.is_aws("https://lambda.amazonaws.com.example.org")


@pytest.mark.parametrize(
    ("dotted", "said"),
    [
        ("handler", "names no module"),
        ("nowhere.handler", "can not be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("json.nothing", "has no 'nothing'"),
    ],
)
def test_a_handler_that_is_not_there_is_refused(dotted: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        targets.handler(dotted, 1.0)


def test_a_line_says_what_is_known_of_a_job() -> None:
    assert progress.line({**JOB, "Status": "Preparing"}) == "job 1 Preparing"
    assert progress.line(counted(2)) == "job 1 Active: 3 of 9 tasks, 1 failed"


def test_a_line_is_written_when_a_job_changes_and_not_more_than_once_a_second() -> None:
    stream = io.StringIO()
    lines = progress.display(stream)
    for job in (JOB, JOB, counted(1), counted(2), counted(8, Status="Complete")):
        lines.show([job])
    assert stream.getvalue().splitlines() == [
        "job 1 Active",
        "job 1 Complete: 9 of 9 tasks, 1 failed",
    ]


def test_a_terminal_gets_a_bar_for_each_job() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    bars = progress.display(stream)
    bars.show([JOB, counted(2, JobId="2")])
    bars.show([counted(8, Status="Complete")])
    bars.close()
    assert "job 1 Complete" in stream.getvalue()
    assert "9/9" in stream.getvalue()
    assert "job 2 Active" in stream.getvalue()
