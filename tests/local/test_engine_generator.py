"""S3JobManifestGenerator: the filters, the manifest that it writes, and what fails the job."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from job_runs import JOBS, QUICK, Recorder, request, run, s3
from jobs.formats import inventory, manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["s3"]

KEYS = {"a/one.jpg": 10, "a/two words+é.jpg": 20, "a/three.txt": 30, "b/four.jpg": 40}
NOW = datetime.now(UTC)


@pytest.fixture(scope="module", autouse=True)
def objects(s3: S3Client) -> None:
    for key, size in KEYS.items():
        s3.put_object(Bucket="source", Key=key, Body=b"x" * size)
    s3.put_object(Bucket="source", Key="c/cold.bin", Body=b"x" * 50, StorageClass="GLACIER_IR")
    s3.put_object(Bucket="source", Key="c/kms.bin", Body=b"x" * 60, ServerSideEncryption="aws:kms")


def generated(s3: S3Client, *, output: bool = False, **given: Any) -> dict[str, Any]:
    generator: dict[str, Any] = {
        "SourceBucket": "arn:aws:s3:::source",
        "EnableManifestOutput": output,
        "ManifestOutputLocation": {
            "Bucket": f"arn:aws:s3:::{JOBS}",
            "ManifestPrefix": "generated",
            "ManifestFormat": "S3InventoryReport_CSV_20211130",
        },
    } | given
    asked = request(s3, "")
    del asked["Manifest"]
    return {**asked, "ManifestGenerator": {"S3JobManifestGenerator": generator}}


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        pytest.param({}, {*KEYS, "c/cold.bin", "c/kms.bin"}, id="none"),
        pytest.param(
            {"KeyNameConstraint": {"MatchAnyPrefix": ["a/"]}},
            {"a/one.jpg", "a/two words+é.jpg", "a/three.txt"},
            id="prefix",
        ),
        pytest.param(
            {"KeyNameConstraint": {"MatchAnySuffix": [".jpg"]}},
            {"a/one.jpg", "a/two words+é.jpg", "b/four.jpg"},
            id="suffix",
        ),
        pytest.param(
            {"KeyNameConstraint": {"MatchAnySubstring": ["words+"]}},
            {"a/two words+é.jpg"},
            id="substring",
        ),
        pytest.param(
            {"KeyNameConstraint": {"MatchAnyPrefix": ["a/"], "MatchAnySuffix": [".jpg"]}},
            {"a/one.jpg", "a/two words+é.jpg"},
            id="prefix and suffix",
        ),
        pytest.param(
            {"ObjectSizeGreaterThanBytes": 10, "ObjectSizeLessThanBytes": 40},
            {"a/two words+é.jpg", "a/three.txt"},
            id="size, both ends excluded",
        ),
        pytest.param({"MatchAnyStorageClass": ["GLACIER_IR"]}, {"c/cold.bin"}, id="class"),
        pytest.param(
            {"MatchAnyObjectEncryption": [{"SSEKMS": {}}]}, {"c/kms.bin"}, id="encryption"
        ),
        pytest.param(
            {
                "CreatedAfter": NOW - timedelta(days=1),
                "KeyNameConstraint": {"MatchAnyPrefix": ["b"]},
            },
            {"b/four.jpg"},
            id="date",
        ),
    ],
)
def test_a_job_runs_on_the_objects_that_pass_every_filter(
    s3: S3Client, filters: dict[str, Any], keys: set[str]
) -> None:
    function = Recorder()

    job, results = run(s3, function, generated(s3, Filter=filters))

    assert job["Status"] == "Complete"
    assert {manifest.decode(row.key) for row in results} == keys
    assert "GeneratedManifestDescriptor" not in job


def test_the_generated_manifest_is_an_inventory_that_another_job_can_run(s3: S3Client) -> None:
    job, results = run(s3, Recorder(), generated(s3, output=True))

    descriptor = job["GeneratedManifestDescriptor"]
    assert descriptor["Format"] == "S3InventoryReport_CSV_20211130"
    arn = descriptor["Location"]["ObjectArn"]
    assert arn == f"arn:aws:s3:::{JOBS}/generated/job-{job['JobId']}/manifest.json"
    whole = s3.get_object(Bucket=JOBS, Key=arn.partition("/")[2])
    assert whole["ETag"].strip('"') == descriptor["Location"]["ETag"]
    assert inventory.parse(whole["Body"].read()).source_bucket == "source"

    again = request(s3, "", form=manifest.INVENTORY_FORMAT)
    again["Manifest"]["Location"] = descriptor["Location"]
    assert run(s3, Recorder(), again)[1] == results


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"Filter": {"KeyNameConstraint": {"MatchAnyPrefix": ["nothing"]}}},
            "Manifest generation found no keys matching the filter criteria",
        ),
        ({"Filter": {"CreatedBefore": NOW - timedelta(days=1)}}, "found no keys"),
        ({"SourceBucket": "arn:aws:s3:::no-such-bucket"}, "Listing 'no-such-bucket' failed"),
        ({"ExpectedBucketOwner": "999999999999"}, "not owned by 999999999999"),
        ({"Filter": {"EligibleForReplication": True}}, "nothing is replicated locally"),
    ],
)
def test_a_generator_that_finds_or_may_do_nothing_fails_the_job(
    s3: S3Client, given: dict[str, Any], reason: str
) -> None:
    function = Recorder()

    job, _ = run(s3, function, generated(s3, output=True, **given))

    assert job["Status"] == "Failed"
    assert reason in job["FailureReasons"][0]["FailureReason"]
    assert function.events == []


def test_a_generated_job_waits_for_its_confirmation_too(s3: S3Client) -> None:
    asked = generated(s3) | {"ConfirmationRequired": True}

    job, _ = run(s3, Recorder(), asked, replace(QUICK, suspended_limit=0.01))

    assert job["ProgressSummary"]["TotalNumberOfTasks"] == len(KEYS) + 2
    assert job["Status"] == "Failed"
