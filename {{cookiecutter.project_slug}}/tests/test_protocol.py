"""s3batch.protocol: how a request becomes a task."""

import json

import pytest

from s3batch import PermanentFailure, protocol
from support import event


def parsed(request):
    return protocol.task(request, request["tasks"][0], deadline=900.0)


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("a+b.txt", "a b.txt"),
        ("a%20b.txt", "a b.txt"),
        ("a%2Bb.txt", "a+b.txt"),
        ("100%25", "100%"),
        ("%C3%A9/%E6%97%A5%E6%9C%AC", "é/日本"),
        ("a%2Cb%22c%0Ad", 'a,b"c\nd'),
        ("%7Bnot+json", "{not json"),
    ],
)
def test_a_key_is_decoded_once(encoded, key):
    request = event("")
    request["tasks"][0]["s3Key"] = encoded

    assert parsed(request).key == key


def test_a_json_row_names_the_object_and_carries_arguments():
    row = {"origKey": "a b+%2B.txt", "size": 10}
    task = parsed(event(json.dumps(row), colour="job"))

    assert task.key == "a b+%2B.txt"
    assert task.arguments.maps == [row, {"colour": "job"}]


def test_the_row_is_nearer_than_the_job():
    task = parsed(event('{"origKey": "a", "size": "row"}', size="job", colour="job"))

    assert (task.arguments["size"], task.arguments["colour"]) == ("row", "job")


@pytest.mark.parametrize("version", [None, "null", "3HL4kqtJlcpXroDTDmJ"])
def test_the_version_passes_through(version):
    request = event("a")
    request["tasks"][0]["s3VersionId"] = version

    assert parsed(request).version_id == version


def test_schema_1_0_names_the_bucket_by_its_arn():
    request = event("a") | {"invocationSchemaVersion": "1.0"}
    del request["tasks"][0]["s3Bucket"]
    request["tasks"][0]["s3BucketArn"] = "arn:aws:s3:::my-bucket"

    assert parsed(request).bucket == "my-bucket"


@pytest.mark.parametrize(
    ("field", "value"), [("s3Key", "%FF"), ("s3Key", None), ("s3Bucket", ""), ("taskId", 1)]
)
def test_a_field_that_is_not_understood_is_refused_by_name(field, value):
    request = event("a")
    request["tasks"][0][field] = value

    with pytest.raises(PermanentFailure, match=field):
        parsed(request)
