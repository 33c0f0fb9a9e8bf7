"""What the job service refuses before the engine sees it: every limit, each refusal by its name."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from jobs.local.api import operations
from jobs.local.engine import api_errors, request_rules

VALID: dict[str, Any] = {
    "AccountId": "123456789012",
    "Operation": {
        "LambdaInvoke": {
            "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:copy:live",
            "InvocationSchemaVersion": "2.0",
            "UserArguments": {"operation": "copy"},
        }
    },
    "Report": {
        "Enabled": True,
        "Bucket": "arn:aws:s3:::jobs",
        "Format": "Report_CSV_20180820",
        "ReportScope": "AllTasks",
        "Prefix": "reports",
    },
    "ClientRequestToken": "token",
    "Manifest": {
        "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
        "Location": {"ObjectArn": "arn:aws:s3:::jobs/m.csv", "ETag": "abc"},
    },
    "Description": "d",
    "Priority": 10,
    "RoleArn": "arn:aws:iam::123456789012:role/path/name",
    "Tags": [{"Key": "team", "Value": "caf\u00e9 \u65e5\u672c: a/b=c+d-e@f_g.h"}],
}
GENERATED: dict[str, Any] = {
    **{name: value for name, value in VALID.items() if name != "Manifest"},
    "ManifestGenerator": {
        "S3JobManifestGenerator": {
            "SourceBucket": "arn:aws:s3:::source",
            "EnableManifestOutput": True,
            "ManifestOutputLocation": {
                "Bucket": "arn:aws:s3:::jobs",
                "ManifestFormat": "S3InventoryReport_CSV_20211130",
            },
            "Filter": {"KeyNameConstraint": {"MatchAnyPrefix": ["a/"]}},
        }
    },
}
GENERATOR = "ManifestGenerator.S3JobManifestGenerator"
MISSING = object()


def check(operation: str, asked: dict[str, Any]) -> None:
    operations.check(operations.model().operation_model(operation), asked)
    if operation == "CreateJob":
        request_rules.check(asked)


def refused(operation: str, asked: dict[str, Any]) -> api_errors.ApiError:
    with pytest.raises(api_errors.ApiError) as caught:
        check(operation, asked)
    return caught.value


def changed(asked: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy with the member at a dotted path replaced, or removed if MISSING."""
    whole = copy.deepcopy(asked)
    *parents, last = path.split(".")
    place = whole
    for parent in parents:
        place = place[parent]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return whole


@pytest.mark.parametrize("asked", [VALID, GENERATED], ids=["manifest", "generator"])
def test_a_valid_job_passes(asked: dict[str, Any]) -> None:
    check("CreateJob", asked)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Description", "d" * 256),
        ("ClientRequestToken", "t" * 64),
        ("Priority", 0),
        ("Priority", 2_147_483_647),
        ("Report.Prefix", "p" * 512),
        ("Operation.LambdaInvoke.FunctionArn", "copy:$LATEST"),
        ("Operation.LambdaInvoke.UserArguments", {f"n{n}": "" for n in range(10)}),
        ("Operation.LambdaInvoke.UserArguments", {"n" * 64: "v" * 1024}),
        ("Manifest.Location.ETag", '"quoted"'),
        ("Manifest.Location.ObjectArn", "arn:aws-cn:s3:::b/a key/with: anything\n"),
        ("Tags", [{"Key": "k" * 128, "Value": "v" * 256}]),
    ],
)
def test_what_is_just_allowed_passes(path: str, value: object) -> None:
    check("CreateJob", changed(VALID, path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("AccountId", MISSING, "AccountId"),
        ("AccountId", "12345678901", "AccountId is '12345678901': an account id has 12 digits"),
        ("Operation", MISSING, "Operation"),
        ("Report", MISSING, "Report"),
        ("Report.Enabled", MISSING, "Enabled"),
        ("ClientRequestToken", MISSING, "ClientRequestToken"),
        ("ClientRequestToken", "", "ClientRequestToken"),
        ("ClientRequestToken", "t" * 65, "ClientRequestToken has 65 characters, and at most 64"),
        ("Priority", MISSING, "Priority"),
        ("Priority", -1, "Priority"),
        ("Priority", 2_147_483_648, "Priority is 2147483648, and at most 2147483647"),
        ("RoleArn", MISSING, "RoleArn"),
        ("RoleArn", "role", "RoleArn is 'role', and must match"),
        ("RoleArn", f"arn:aws:iam::123456789012:role/{'r' * 2048}", "RoleArn has"),
        ("Description", "", "Description"),
        ("Description", "d" * 257, "Description has 257 characters, and at most 256"),
        ("Report.Format", "Report_CSV", "Report.Format is 'Report_CSV', and must be one of"),
        ("Report.ReportScope", "All", "Report.ReportScope is 'All', and must be one of AllTasks"),
        ("Report.Prefix", "p" * 513, "Report.Prefix has 513"),
        ("Report.Bucket", "jobs", "Report.Bucket is 'jobs', and must match"),
        ("Report.Bucket", "arn:aws:s3:::jobs/x", "must be like arn:aws:s3:::my-bucket"),
        ("Report.ExpectedBucketOwner", "me", "Report.ExpectedBucketOwner is 'me'"),
        ("Manifest.Spec.Format", "CSV", "Manifest.Spec.Format is 'CSV'"),
        ("Manifest.Spec.Fields", ["Bucket", "key"], r"Manifest.Spec.Fields\[1\] is 'key'"),
        ("Manifest.Location.ETag", "", "ETag"),
        ("Manifest.Location.ETag", MISSING, "ETag"),
        ("Manifest.Location.ObjectArn", "s3://b/k", "ObjectArn is 's3://b/k', and must match"),
        ("Manifest.Location.ObjectArn", "arn:aws:s3:::b", "must be like arn:aws:s3:::my-bucket/"),
        ("Manifest.Location.ObjectArn", "arn:aws:s3:::" + "k" * 2000, "ObjectArn has 2013"),
        ("Operation.LambdaInvoke.FunctionArn", "", "FunctionArn"),
        ("Operation.LambdaInvoke.FunctionArn", "a b", "FunctionArn is 'a b', and must match"),
        (
            "Operation.LambdaInvoke.UserArguments",
            {f"n{n}": "" for n in range(11)},
            "Operation.LambdaInvoke.UserArguments has 11 entries, and at most 10",
        ),
        ("Operation.LambdaInvoke.UserArguments", {}, "UserArguments has 0 entries"),
        ("Operation.LambdaInvoke.UserArguments", {"n" * 65: ""}, "in Operation.LambdaInvoke.User"),
        ("Operation.LambdaInvoke.UserArguments", {"n": "v" * 1025}, "has 1025 characters"),
        ("Operation.LambdaInvoke.Retries", 3, "Retries"),
        ("Tags", [{"Key": "k"}], "Value"),
        ("Tags", [{"Key": "", "Value": ""}], "Key"),
        ("Tags", [{"Key": "k" * 129, "Value": ""}], r"Tags\[0\].Key has 129"),
        ("Tags", [{"Key": "k", "Value": "v" * 257}], r"Tags\[0\].Value has 257"),
        ("Tags", [{"Key": "k", "Value": "a,b"}], r"Tags\[0\].Value is 'a,b', and must match"),
        ("Tags", [{"Key": "k", "Value": "a\nb"}], r"Tags\[0\].Value is 'a\\nb'"),
    ],
)
def test_a_job_beyond_a_limit_is_refused_by_the_name_of_the_field(
    path: str, value: object, said: str
) -> None:
    error = refused("CreateJob", changed(VALID, path, value))
    assert (error.code, error.status) == ("BadRequestException", 400)
    assert re.search(said, error.message)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("S3JobManifestGenerator", MISSING, "ManifestGenerator: S3JobManifestGenerator.$"),
        ("S3JobManifestGenerator.SourceBucket", "arn:aws:s3:::b/k", "SourceBucket is 'arn:aws"),
        ("S3JobManifestGenerator.ManifestOutputLocation", MISSING, "ManifestOutputLocation is mis"),
        (
            "S3JobManifestGenerator.ManifestOutputLocation.Bucket",
            "arn:aws:s3:us-east-1:1:accesspoint/a",
            "ManifestOutputLocation.Bucket is 'arn:aws:s3:us-east-1:1:accesspoint/a'",
        ),
        (
            "S3JobManifestGenerator.ManifestOutputLocation.ManifestFormat",
            "CSV",
            "ManifestFormat is 'CSV', and must be one of S3InventoryReport_CSV_20211130",
        ),
        (
            "S3JobManifestGenerator.Filter.KeyNameConstraint.MatchAnyPrefix",
            ["a", "b"],
            "KeyNameConstraint.MatchAnyPrefix has 2 strings, and takes exactly one",
        ),
        (
            "S3JobManifestGenerator.Filter.KeyNameConstraint.MatchAnySuffix",
            [],
            "KeyNameConstraint.MatchAnySuffix has 0 strings",
        ),
        (
            "S3JobManifestGenerator.Filter.MatchAnyStorageClass",
            ["COLD"],
            r"MatchAnyStorageClass\[0\] is 'COLD', and must be one of STANDARD",
        ),
        (
            "S3JobManifestGenerator.Filter.MatchAnyObjectEncryption",
            [{"SSES3": {}}, {"NOTSSE": {}}],
            "MatchAnyObjectEncryption has 2 members, and at most 1",
        ),
    ],
)
def test_a_manifest_generator_beyond_its_rules_is_refused(
    path: str, value: object, said: str
) -> None:
    error = refused("CreateJob", changed(GENERATED, f"ManifestGenerator.{path}", value))
    assert error.code == "BadRequestException"
    assert re.search(said, error.message)


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        ("DescribeJob", {"JobId": "1234"}, "BadRequestException"),
        ("DescribeJob", {"JobId": "j" * 37}, "BadRequestException"),
        ("DescribeJob", {"JobId": "../../x"}, "BadRequestException"),
        ("ListJobs", {"JobStatuses": ["Running"]}, "InvalidRequestException"),
        ("ListJobs", {"MaxResults": 1001}, "InvalidRequestException"),
        ("ListJobs", {"NextToken": "white space"}, "InvalidRequestException"),
        (
            "UpdateJobStatus",
            {"JobId": "12345", "RequestedJobStatus": "Paused"},
            "BadRequestException",
        ),
        ("UpdateJobStatus", {"JobId": "12345"}, "BadRequestException"),
        ("UpdateJobPriority", {"JobId": "12345", "Priority": 2**31}, "BadRequestException"),
        ("PutJobTagging", {"JobId": "12345"}, "BadRequestException"),
    ],
)
def test_each_operation_refuses_by_the_error_that_it_documents(
    operation: str, asked: dict[str, Any], code: str
) -> None:
    assert refused(operation, {"AccountId": "123456789012", **asked}).code == code


def test_all_problems_are_told_at_once_and_values_are_cut_short() -> None:
    asked = changed(changed(VALID, "Description", "d" * 999), "RoleArn", "r" * 2000)
    message = refused("CreateJob", asked).message
    assert "Description has 999 characters" in message
    assert "RoleArn is" in message
    assert len(message) < 600
