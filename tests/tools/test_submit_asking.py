"""submit asks before it acts, and says how to go on."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from jobs import terminal, where
from jobs.errors import Refused
from jobs.estimate import quantities
from jobs.formats.row_rules import Work
from jobs.project import rule
from jobs.submit import asking, basis, other_jobs, output, refusing_rows, request
from jobs.submit.deployment import Deployment
from jobs.submit.generating import Generator
from jobs.submit.options import Wish
from jobs.submit.output import Outcome
from jobs.submit.preparing import Prepared
from jobs.submit.request import Job, Manifest
from jobs.submit.versions import Version

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

RENAME = Work("rename", "never", "copies", "")
COPY = Work("copy", "never", "copies", "")
OTHER = replace(COPY, rule=None)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier"
JOB = Job(
    function_arn=f"{FUNCTION}:3",
    role_arn="arn:aws:iam::123456789012:role/copier-job",
    manifest=Manifest("jobs", "manifests/m.csv", "00", ("Bucket", "Key")),
    arguments={},
    report_bucket="jobs",
    report_prefix="reports",
    report_scope="AllTasks",
    report_owner=None,
    description="",
    priority=10,
    tags={},
    needs_confirmation=True,
)


PREPARED = Prepared(
    JOB,
    Version(JOB.function_arn, None),
    RENAME,
    "photos",
    rows=2,
    cost=quantities.about(quantities.Job(operation="rename", objects=2), "us-east-1"),
    of=2,
)
LISTED = replace(
    PREPARED, rows=None, cost=None, job=replace(JOB, manifest=Generator("photos", {}, "jobs", None))
)


@pytest.mark.parametrize(
    ("prepared", "words"),
    [
        (PREPARED, "This would rename 2 objects"),
        (replace(PREPARED, planned=COPY), "This would copy 2 objects"),
        (LISTED, "This would rename what S3 lists of s3://photos"),
        (replace(PREPARED, planned=OTHER), "This would run the function on 2 objects"),
    ],
    ids=["rename", "copy", "list", "other work"],
)
def test_what_nobody_can_confirm_is_refused(prepared: Prepared, words: str) -> None:
    sentence = f"^{words} and nobody is there to confirm it: add --yes\\.$"
    with pytest.raises(Refused, match=sentence):
        asking.ask(Wish(manifest="m.csv"), prepared)
    asking.ask(Wish(manifest="m.csv", yes=True), prepared)


@pytest.mark.parametrize(
    ("prepared", "word"),
    [(PREPARED, "rename"), (replace(PREPARED, planned=COPY), "y"), (LISTED, "photos")],
    ids=["rename", "copy", "list"],
)
def test_the_word_is_asked_for_and_no_other_is_taken(
    prepared: Prepared, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "is_interactive", lambda: True)
    for typed in (word, f" {word} "):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        asking.ask(Wish(), prepared)
    for typed in ("", "yes", "RENAME", "Y", "photo"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        with pytest.raises(Refused, match="nothing was done"):
            asking.ask(Wish(), prepared)


def test_of_a_rename_whose_new_names_are_not_known_that_is_said_and_of_other_work_it_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = replace(PREPARED, planned=replace(RENAME, rule=None))
    renames = replace(other, job=replace(JOB, arguments={"operation": "rename"}))
    asking.say(renames)
    assert (
        "  function  copier version 3, with operation=rename\n            src/task.py uses no rule "
        "new_key, so which objects it writes is not known: make sure that no two rows write the "
        "same one.\n"
    ) in capsys.readouterr().err
    for quiet in (other, PREPARED):
        asking.say(quiet)
        assert "new_key" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("prefix", "place"),
    [("reports", "jobs/reports/"), ("reports/a/", "jobs/reports/a/"), ("", "jobs/")],
)
def test_the_place_of_the_report_is_said_as_it_will_be(
    prefix: str, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asking.say(replace(PREPARED, job=replace(JOB, report_prefix=prefix)))
    assert f"  report    s3://{place}\n" in capsys.readouterr().err


def test_a_rename_that_replaces_is_asked_for_twice() -> None:
    always = Work("rename", "always", "copies", "")
    with pytest.raises(Refused, match="add --allow-overwrite once 'check --against' shows"):
        refusing_rows.refuse_replacing(Wish(manifest="m.csv"), always)
    refusing_rows.refuse_replacing(Wish(manifest="m.csv", allow_overwrite=True), always)
    refusing_rows.refuse_replacing(Wish(manifest="m.csv"), RENAME)


@pytest.mark.parametrize(
    ("status", "also"),
    [
        ("Cancelled", "; --again does all of it"),
        ("Failed", "; --again does all of it"),
        ("Cancelling", " once it has ended"),
        ("Failing", " once it has ended"),
    ],
)
def test_work_whose_job_ended_before_its_end_is_resumed(status: str, also: str) -> None:
    ended: Any = {"JobId": "00000000-1111-2222-3333-444444444444"}
    sentence = f"python -m jobs resume 00000000 makes the manifest of what is left{also}"
    with pytest.raises(Refused, match=sentence):
        other_jobs.refuse_old_work(ended | {"Status": status})
    other_jobs.refuse_old_work(ended | {"Status": "Complete"})


def test_a_rename_beside_another_job_of_the_function_is_refused(
    clients: Clients, s3control_stub: Stubber
) -> None:
    listed = {"JobId": "91ab0000-1111-2222-3333-444444444444", "Status": "Active"}
    runs = {"Operation": {"LambdaInvoke": {"FunctionArn": f"{FUNCTION}:2"}}}
    # all that S3 Control's API model knows but the three of jobs that have ended
    at_work = "Active Cancelling Completing Failing New Paused Pausing Preparing Ready Suspended"
    asked = {"AccountId": "123456789012", "MaxResults": 1000, "JobStatuses": at_work.split()}
    s3control_stub.add_response("list_jobs", {"Jobs": [listed]}, asked)
    s3control_stub.add_response("describe_job", {"Job": listed | runs})
    with pytest.raises(Refused, match="Job 91ab0000 of this function is Active: two jobs at once"):
        other_jobs.refuse_beside(clients.s3control, JOB, "123456789012")
    s3control_stub.add_response("list_jobs", {"Jobs": [listed]})
    other = {"Operation": {"LambdaInvoke": {"FunctionArn": f"{FUNCTION}-b:2"}}}
    s3control_stub.add_response("describe_job", {"Job": listed | other})
    other_jobs.refuse_beside(clients.s3control, JOB, "123456789012")


OUTCOME = Outcome(request.build(JOB, "t"), PREPARED, "us-east-1", job_id=f"8aaaaaaa-{'1' * 27}")


def test_a_trial_names_the_command_of_the_rest_with_the_same_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trial = replace(OUTCOME, prepared=replace(PREPARED, rows=2, of=1_188_902))
    wish = Wish(
        manifest="it's march.csv",
        operation="rename",
        destination_prefix="",
        first=2,
        versioned=True,
        tag=("a=b c",),
        priority=0,
        report_prefix="reports/x",
        allow_overwrite=True,
    )
    monkeypatch.setattr(where, "command", lambda words: f"python -m jobs {words} --role-arn r")
    assert output.rest(trial, wish) == (
        """Next: python -m jobs submit 'it'"'"'s march.csv' --operation rename """
        "--destination-prefix '' --versioned --priority 0 --tag 'a=b c' --report-prefix reports/x "
        "--allow-overwrite --after 8aaaaaaa --role-arn r   (the other 1,188,900)"
    )
    assert output.rest(OUTCOME, wish) == ""  # all of the rows
    assert output.rest(trial, replace(wish, first=None)) == ""


def test_the_id_of_a_job_is_told_even_where_stdout_is_closed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(_: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(terminal, "out", closed)
    with pytest.raises(BrokenPipeError):
        output.tell(OUTCOME, as_json=True)
    assert capsys.readouterr().err == f"Job {OUTCOME.job_id} is created.\n"


@pytest.mark.parametrize("is_copy", [True, False])
def test_a_task_that_is_no_copy_says_nothing_of_copies(
    is_copy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = rule.Rule(is_prefix=True, call=lambda key, prefix: prefix + key) if is_copy else None
    monkeypatch.setattr(rule, "load", lambda: own)
    place = Deployment(function_arn=f"{FUNCTION}:live", role_arn=JOB.role_arn, jobs_bucket="jobs")
    version = Version(f"{FUNCTION}:3", {"OPERATION": "copy", "TABLE": "own"})
    job = basis.job(Wish(manifest="m.csv"), basis.Basis(place), JOB.manifest, version)
    assert dict(job.arguments) == ({"operation": "copy"} if is_copy else {})
