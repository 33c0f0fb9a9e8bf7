"""confirm, list, show, cancel and priority as a whole, on answers of the job API."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody

import ended_jobs
import watched_jobs
from ended_jobs import ACCOUNT, FUNCTION
from jobs.estimate import quantities
from jobs.formats import plan
from report_files import JOB_ID
from watched_jobs import OF_JOB, job

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

CREATED = ended_jobs.described()["CreationTime"]
Run = Any
PLANNED = {
    "manifest": {"etag": "e"},
    "bucket": "photos",
    "rows": 3,
    "warnings": {"W02": 1},
    "checked": "2026-11-25T15:00:00Z",
    "estimate": {"memory": 1024},
}
PLAN = plan.text(PLANNED).encode()


@pytest.fixture
def planned(s3_stub: Stubber) -> None:
    """What submit kept of the job."""
    body = {"Body": StreamingBody(io.BytesIO(PLAN), len(PLAN))}
    asked = {"Bucket": "jobs", "Key": "manifests/march-e.plan.json"}
    s3_stub.add_response("get_object", body, asked)


@pytest.fixture
def unplanned(s3_stub: Stubber) -> None:
    """Nothing was kept."""
    s3_stub.add_client_error("get_object", "NoSuchKey")


@pytest.fixture
def run(
    clients: Clients, s3control_stub: Stubber, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    return watched_jobs.runner(clients, s3control_stub, monkeypatch)


@pytest.mark.usefixtures("planned")
def test_a_rename_is_not_run_without_an_answer(run: Run, s3control_stub: Stubber) -> None:
    code, told, said = run("confirm", JOB_ID, answers=(job("Suspended"),))
    assert (code, told) == (2, "")
    assert said.endswith(
        "Error: This would rename 3 objects and nobody is there to confirm it: add --yes.\n"
    )
    s3control_stub.assert_no_pending_responses()


@pytest.mark.usefixtures("planned")
def test_a_job_that_waits_is_estimated_by_its_own_count(run: Run) -> None:
    # 3,000,000 tasks of 100 ms with the plan's 1,024 MB: 300,000 GB-seconds
    waits = job("Suspended", ProgressSummary={"TotalNumberOfTasks": 3_000_000})
    code, told, _ = run("estimate", JOB_ID, "--json", answers=(waits,))
    found = json.loads(told)
    assert (code, found["operation"], found["objects"]) == (0, "rename", 3_000_000)
    (seconds,) = (each for each in found["items"] if each["unit"] == "GB-second")
    assert seconds["quantity"] == "300000"


def test_a_generated_list_is_in_the_estimate_of_its_job(run: Run) -> None:
    waits = job("Suspended")
    del waits["Manifest"]
    made = {"SourceBucket": "arn:aws:s3:::photos", "EnableManifestOutput": True}
    waits["ManifestGenerator"] = {"S3JobManifestGenerator": made}
    assert "generated list" in run("estimate", JOB_ID, answers=(waits,))[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "is Preparing, and S3 has counted no object of it: python -m jobs show 7c1fa2b0"),
        (("--stack-name", "other"), "python -m jobs show 7c1fa2b0 --stack-name other says more."),
        (("--operation", "copy"), "A job says its operation and its columns itself"),
    ],
)
def test_a_job_without_a_count_is_not_estimated(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    uncounted = job("Preparing", ProgressSummary={})
    answers = () if "--operation" in words else (uncounted,)
    code, told, error = run("estimate", JOB_ID, *words, answers=answers)
    assert (code, told) == (2, "")
    assert said in error


@pytest.mark.usefixtures("planned")
def test_a_confirmed_job_is_set_to_ready(run: Run, s3control_stub: Stubber) -> None:
    waits = job("Suspended", SuspendedDate=CREATED)
    s3control_stub.add_response("describe_job", {"Job": waits}, OF_JOB)
    asked = OF_JOB | {"RequestedJobStatus": "Ready"}
    s3control_stub.add_response("update_job_status", {"JobId": JOB_ID, "Status": "Ready"}, asked)
    code, told, said = run("confirm", JOB_ID, "--yes")
    assert code == 0
    assert told == "Job 7c1fa2b0 is confirmed.   Next: python -m jobs watch 7c1fa2b0\n"
    assert said == (
        "job 7c1fa2b0 waits: rename of 3 objects in s3://photos (the service counted 3; the plan "
        f"says 3), about US$ 0.25 at 100 ms a task (prices of {quantities.prices('x').day}). It "
        "waits until 2026-12-25.\n  with operation=rename\n"
    )


@pytest.mark.parametrize(
    ("counted", "words", "sentence"),
    [
        (4, [], "The service counted 4 objects and the plan says 3: look at both before you run"),
        (3, ["--count", "4"], "The service counted 3 objects and --count says 4: look at both"),
        (4, ["--count", "3"], "The service counted 4 objects and --count says 3: look at both"),
    ],
    ids=["another plan", "another count", "neither"],
)
@pytest.mark.usefixtures("planned")
def test_other_numbers_than_were_said_are_not_confirmed(
    run: Run, counted: int, words: list[str], sentence: str
) -> None:
    waits = job("Suspended", ProgressSummary={"TotalNumberOfTasks": counted})
    code, _, said = run("confirm", JOB_ID, "--yes", *words, answers=(waits,))
    assert code == 2
    assert said.startswith(f"Error: {sentence}")


@pytest.mark.usefixtures("planned")
def test_a_number_that_was_looked_at_is_confirmed_whatever_the_plan_says(
    run: Run, s3control_stub: Stubber
) -> None:
    waits = job("Suspended", ProgressSummary={"TotalNumberOfTasks": 4})
    s3control_stub.add_response("describe_job", {"Job": waits}, OF_JOB)
    s3control_stub.add_response("update_job_status", {"JobId": JOB_ID, "Status": "Ready"})
    code, _, said = run("confirm", JOB_ID, "--yes", "--count", "4")
    assert (code, "the plan says 3" in said) == (0, True)


def test_a_job_that_runs_is_not_confirmed(run: Run) -> None:
    code, _, said = run("confirm", JOB_ID, "--yes", answers=(job("Active"),))
    assert code == 2
    assert said == "Error: Job 7c1fa2b0 is Active: only a job in Suspended is confirmed.\n"


@pytest.mark.parametrize(
    "words", [("confirm", JOB_ID, "--yes"), ("cancel", JOB_ID, "--yes"), ("priority", JOB_ID, "5")]
)
def test_a_job_of_another_function_is_not_steered(run: Run, words: tuple[str, ...]) -> None:
    other = {"LambdaInvoke": {"FunctionArn": f"{FUNCTION}-b:3"}}
    code, _, said = run(*words, answers=(job("Suspended", Operation=other),))
    assert code == 2
    assert said.startswith(f"Error: Job 7c1fa2b0 runs '{FUNCTION}-b', and this is '{FUNCTION}'")


FOUND_NOTHING = job(
    "Failed",
    FailureReasons=[
        {
            "FailureCode": "ManifestGenerationFailed",
            "FailureReason": "Manifest generation found no keys matching the filter criteria",
        }
    ],
    ManifestGenerator={
        "S3JobManifestGenerator": {
            "SourceBucket": "arn:aws:s3:::photos",
            "EnableManifestOutput": True,
        }
    },
    Manifest=None,
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("watch",), 3), (("watch", "--allow-empty"), 0), (("confirm",), 2)],
    ids=["watch", "allowed", "confirm"],
)
def test_a_list_without_objects_is_nothing_to_do(
    run: Run, words: tuple[str, ...], expected: int
) -> None:
    found = {name: value for name, value in FOUND_NOTHING.items() if value is not None}
    answers = (found,) if words == ("confirm",) else (found, found)
    code, _, said = run(words[0], JOB_ID, *words[1:], answers=answers)
    assert code == expected
    assert "No object of s3://photos passes the filters: nothing to do.\n" in said


@pytest.mark.usefixtures("unplanned")
def test_a_job_that_changed_meanwhile_is_a_sentence(run: Run, s3control_stub: Stubber) -> None:
    s3control_stub.add_response("describe_job", {"Job": job("Suspended")}, OF_JOB)
    s3control_stub.add_client_error("update_job_status", "JobStatusException")
    code, _, said = run("confirm", JOB_ID, "--yes")
    assert code == 2
    assert "Job 7c1fa2b0 cannot become Ready any more: python -m jobs show 7c1fa2b0 says" in said


def test_a_cancelled_job_names_resume(run: Run, s3control_stub: Stubber) -> None:
    s3control_stub.add_response("describe_job", {"Job": job("Active", 1)}, OF_JOB)
    s3control_stub.add_response(
        "update_job_status",
        {"JobId": JOB_ID, "Status": "Cancelling"},
        OF_JOB | {"RequestedJobStatus": "Cancelled", "StatusUpdateReason": "wrong day"},
    )
    answers = (job("Cancelling", 1), job("Cancelled", 2))
    for answer in answers:
        s3control_stub.add_response("describe_job", {"Job": answer}, OF_JOB)
    code, told, said = run("cancel", JOB_ID, "--yes", "--reason", "wrong day")
    assert code == 0
    assert said.startswith("job 7c1fa2b0 is Active: 1 of 3 tasks ended, and that stays done.\n")
    assert told == (
        "Job 7c1fa2b0 is Cancelled: 2 tasks ended.   Next: python -m jobs resume 7c1fa2b0\n"
    )


def test_a_priority_changes_the_order_and_that_is_said(run: Run, s3control_stub: Stubber) -> None:
    s3control_stub.add_response("describe_job", {"Job": job("Active")}, OF_JOB)
    s3control_stub.add_response(
        "update_job_priority", {"JobId": JOB_ID, "Priority": 50}, OF_JOB | {"Priority": 50}
    )
    code, told, _ = run("priority", JOB_ID, "50")
    assert code == 0
    assert told.startswith("Job 7c1fa2b0 had priority 7 and has 50: it changes which job runs f")


def test_a_job_that_ended_before_the_cancel_came_was_not_cancelled(
    run: Run, s3control_stub: Stubber
) -> None:
    s3control_stub.add_response("describe_job", {"Job": job("Active")}, OF_JOB)
    s3control_stub.add_response("update_job_status", {"JobId": JOB_ID, "Status": "Cancelled"})
    s3control_stub.add_response("describe_job", {"Job": job("Complete", 3)}, OF_JOB)
    code, told, said = run("cancel", JOB_ID, "--yes")
    assert (code, told) == (2, "")
    assert "Job 7c1fa2b0 was not cancelled: it ended before, and is Complete." in said


@pytest.mark.parametrize("words", [("cancel", JOB_ID, "--yes"), ("priority", JOB_ID, "5")])
def test_a_job_that_has_ended_is_not_steered(run: Run, words: tuple[str, ...]) -> None:
    code, _, said = run(*words, answers=(job("Complete", 3),))
    assert code == 2
    assert "Job 7c1fa2b0 is Complete" in said


LISTED: list[dict[str, Any]] = [
    {
        "JobId": "11111111-a",
        "Status": "Active",
        "Description": "of another tool",
        "CreationTime": datetime(2026, 11, 25, tzinfo=UTC),
    },
    {
        "JobId": "22222222-a",
        "Status": "Complete",
        "Description": "copy m.csv [0123456789ab]",
        "CreationTime": datetime(2026, 11, 24, tzinfo=UTC),
        "ProgressSummary": {
            "TotalNumberOfTasks": 1200,
            "NumberOfTasksSucceeded": 1199,
            "NumberOfTasksFailed": 1,
        },
    },
]


def test_our_jobs_are_listed_and_others_are_counted(run: Run, s3control_stub: Stubber) -> None:
    s3control_stub.add_response("list_jobs", {"Jobs": LISTED})
    code, told, said = run("list")
    header, row = told.splitlines()
    assert code == 0
    assert header.split() == ["job", "status", "done", "failed", "age", "what"]
    assert row.split()[:4] == ["22222222", "Complete", "1,200/1,200", "1"]
    assert row.endswith("copy m.csv")
    assert said == "1 job of other tools: --all shows them.\n"


def test_all_jobs_are_listed_for_a_program(run: Run, s3control_stub: Stubber) -> None:
    asked = {"AccountId": ACCOUNT, "MaxResults": 1000, "JobStatuses": ["Active", "Complete"]}
    s3control_stub.add_response("list_jobs", {"Jobs": LISTED}, asked)
    _, told, _ = run("list", "--all", "--json", "--status", "complete", "--status", "Active")
    found = json.loads(told)
    assert found["schema"] == "jobs.list/1"
    assert [(each["id"], each["ours"]) for each in found["jobs"]] == [
        ("22222222-a", True),
        ("11111111-a", False),
    ]


@pytest.mark.usefixtures("planned")
def test_a_job_is_shown_in_words(run: Run, s3control_stub: Stubber) -> None:
    # the cause stays in the answers of a job that waited once
    ended = job("Failed", 2, 1) | {"SuspendedCause": "AWAITING_CONFIRMATION"}
    s3control_stub.add_response("describe_job", {"Job": ended}, OF_JOB)
    s3control_stub.add_response("get_job_tagging", {"Tags": [{"Key": "team", "Value": "data"}]})
    code, told, _ = run("show", JOB_ID)
    lines = dict(line.split(None, 1) for line in told.splitlines())
    assert code == 0
    assert lines["status"] == "Failed 3/3  100 %  failed 1 (33 %)"
    assert lines["on"] == "s3://jobs/manifests/march.csv"
    assert lines["runs"] == f"{FUNCTION}:3"
    assert lines["report"] == f"s3://jobs/reports/job-{JOB_ID}/manifest.json"
    assert lines["tag"] == "team=data"
    assert "waits" not in lines
    assert lines["plan"] == "3 rows of photos, checked 2026-11-25T15:00:00Z; warnings W02 1"


def test_a_job_is_shown_as_commands(run: Run) -> None:
    _, told, _ = run("show", JOB_ID, "--cli", answers=(job("Suspended"),))
    assert told.count("aws s3control ") == 3
    assert "--requested-job-status Ready" in told


@pytest.mark.usefixtures("unplanned")
def test_a_job_is_shown_to_a_program_even_where_tags_may_not_be_read(
    run: Run, s3control_stub: Stubber
) -> None:
    s3control_stub.add_response("describe_job", {"Job": job("Active")}, OF_JOB)
    s3control_stub.add_client_error("get_job_tagging", "AccessDenied")
    found = json.loads(run("show", JOB_ID, "--json")[1])
    assert (found["tags"], found["job"]["CreationTime"]) == (None, "2026-11-25T15:02:00Z")
