from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.submit import request
from jobs.submit.request import Job, Manifest

if TYPE_CHECKING:
    from jobs.aws.clients import Clients

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier:3"
ROLE = "arn:aws:iam::123456789012:role/service/copier-JobRole"
MANIFEST = Manifest("jobs-bucket", "manifests/march.csv", "d41d8", ("Bucket", "Key"))
JOB = Job(
    function_arn=FUNCTION,
    role_arn=ROLE,
    manifest=MANIFEST,
    arguments={"operation": "copy", "destinationPrefix": "new/"},
    report_bucket="jobs-bucket",
    report_prefix="reports/",
    report_scope="AllTasks",
    report_owner="123456789012",
    description="March",
    priority=10,
    tags={"team": "data"},
    needs_confirmation=True,
)


def test_the_request_says_everything_that_a_job_needs() -> None:
    assert request.build(JOB, "token") == {
        "AccountId": "123456789012",
        "ConfirmationRequired": True,
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": FUNCTION,
                "InvocationSchemaVersion": "2.0",
                "UserArguments": {"operation": "copy", "destinationPrefix": "new/"},
            }
        },
        "Manifest": {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": {
                "ObjectArn": "arn:aws:s3:::jobs-bucket/manifests/march.csv",
                "ETag": "d41d8",
            },
        },
        "Report": {
            "Bucket": "arn:aws:s3:::jobs-bucket",
            "Format": "Report_CSV_20180820",
            "Enabled": True,
            "Prefix": "reports",
            "ReportScope": "AllTasks",
            "ExpectedBucketOwner": "123456789012",
        },
        "Priority": 10,
        "RoleArn": ROLE,
        "Description": f"March {request.mark(JOB)}",
        "ClientRequestToken": "token",
        "Tags": [{"Key": "Application", "Value": "copier"}, {"Key": "team", "Value": "data"}],
    }


def test_an_inventory_has_no_fields() -> None:
    job = replace(JOB, manifest=Manifest("inventory", "a/manifest.json", "d41d8", ()))
    assert request.build(job, "token")["Manifest"]["Spec"] == {
        "Format": "S3InventoryReport_CSV_20161130"
    }


def test_nothing_is_sent_for_what_was_not_given() -> None:
    job = replace(JOB, arguments={}, tags={}, report_prefix="", report_owner=None)
    built = request.build(job, "token")
    assert built["Tags"] == [{"Key": "Application", "Value": "copier"}]
    assert "UserArguments" not in built["Operation"]["LambdaInvoke"]
    assert built["Report"].keys() == {"Bucket", "Format", "Enabled", "ReportScope"}


def test_another_partition_is_kept_in_every_arn() -> None:
    built = request.build(replace(JOB, role_arn="arn:aws-cn:iam::123456789012:role/r"), "token")
    assert built["Manifest"]["Location"]["ObjectArn"].startswith("arn:aws-cn:s3:::")
    assert built["Report"]["Bucket"] == "arn:aws-cn:s3:::jobs-bucket"


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, function_arn=FUNCTION.replace(":3", ":4")),
        replace(JOB, arguments={"operation": "rename"}),
        replace(JOB, manifest=replace(MANIFEST, etag="other")),
        replace(JOB, manifest=replace(MANIFEST, fields=("Bucket", "Key", "VersionId"))),
    ],
    ids=["version", "arguments", "content", "columns"],
)
def test_other_work_has_another_mark_and_another_token(other: Job) -> None:
    assert request.mark(other) != request.mark(JOB)
    assert request.token(other) != request.token(JOB)


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, priority=11),
        replace(JOB, description="April"),
        replace(JOB, needs_confirmation=False),
        replace(JOB, report_scope="FailedTasksOnly"),
    ],
    ids=["priority", "description", "confirmation", "report"],
)
def test_the_same_work_asked_for_in_another_way_has_the_same_mark_and_another_token(
    other: Job,
) -> None:
    assert request.mark(other) == request.mark(JOB)
    assert request.token(other) != request.token(JOB)


def test_the_order_of_the_arguments_does_not_matter_to_the_mark() -> None:
    other = replace(JOB, arguments=dict(reversed(list(JOB.arguments.items()))))
    assert request.mark(other) == request.mark(JOB)


def test_a_token_is_as_long_as_the_service_takes_and_new_for_a_job_again() -> None:
    assert len(request.token(JOB)) == 64
    assert request.token(JOB) == request.token(JOB) != request.token(JOB, again="1")


def test_without_a_description_the_operation_and_the_manifest_are_named() -> None:
    words = request.build(replace(JOB, description=""), "token")["Description"]
    assert words == f"copy manifests/march.csv {request.mark(JOB)}"


def test_the_longest_description_still_carries_the_mark() -> None:
    longest = request.build(replace(JOB, description="x" * 241), "token")["Description"]
    assert len(longest) == 256
    assert longest.endswith(request.mark(JOB))
    with pytest.raises(Refused, match="has 242 characters: at most 241"):
        request.build(replace(JOB, description="x" * 242), "token")


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        (replace(JOB, tags={"x": "y" * 257}), "Tags.1..Value has 257 characters"),
        (replace(JOB, arguments={f"a{n}": "" for n in range(11)}), "UserArguments has 11 entries"),
        (replace(JOB, arguments={"a": "b" * 1025}), "has 1025 characters, and at most 1024"),
        (replace(JOB, report_prefix="p" * 513), "Report.Prefix has 513 characters"),
        (replace(JOB, priority=2**31), "Priority is 2147483648, and at most 2147483647"),
    ],
    ids=["tag", "arguments", "argument", "prefix", "priority"],
)
def test_limits_that_botocore_does_not_check_are_checked(
    clients: Clients, job: Job, sentence: str
) -> None:
    shape = clients.s3control.meta.service_model.operation_model("CreateJob").input_shape
    assert shape
    request_limits.check(dict(request.build(JOB, request.token(JOB))), shape)
    with pytest.raises(Refused, match=sentence):
        request_limits.check(dict(request.build(job, "token")), shape)


def test_the_request_is_json_for_the_dry_run() -> None:
    built = request.build(JOB, "token")
    assert json.loads(json.dumps(built)) == built


def test_the_tag_that_names_the_stack_is_not_another_stacks() -> None:
    ours = replace(JOB, stack="copies")
    tag = {"Key": "Application", "Value": "copies"}
    assert request.build(replace(ours, tags={"Application": "copies"}), "token")["Tags"] == [tag]
    assert tag in request.build(ours, "token")["Tags"], "of the stack, not of its function"
    with pytest.raises(Refused, match="tag Application is 'payroll', but it names the stack, 'co"):
        request.build(replace(ours, tags={"Application": "payroll"}), "token")
