"""s3copy: what a copy and a rename come to. Delete this file with src/s3copy."""

import time

import pytest

import s3copy
from conftest import DESTINATION, SOURCE

HERE = s3copy.Source(SOURCE, "a b.txt", None)
THERE = s3copy.Target(DESTINATION, "copies/a b.txt")
NEVER = s3copy.Options()
ALWAYS = s3copy.Options(overwrite="always")


@pytest.fixture(autouse=True)
def there(s3):
    s3.put_object(
        Bucket=SOURCE,
        Key=HERE.key,
        Body=b"content",
        ContentType="text/plain",
        Metadata={"colour": "blue"},
        Tagging="size=10",
    )


def run(act, s3, options=NEVER):
    return act(s3, HERE, THERE, options, time.monotonic() + 900)


def keys(s3, bucket):
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_copy_keeps_content_headers_metadata_and_tags(s3):
    run(s3copy.copy, s3)

    copied = s3.get_object(Bucket=DESTINATION, Key=THERE.key)
    assert copied["Body"].read() == b"content"
    assert (copied["ContentType"], copied["Metadata"]) == ("text/plain", {"colour": "blue"})
    tags = s3.get_object_tagging(Bucket=DESTINATION, Key=THERE.key)["TagSet"]
    assert tags == [{"Key": "size", "Value": "10"}]
    assert keys(s3, SOURCE) == [HERE.key]


def test_a_rename_leaves_the_copy_only(s3):
    run(s3copy.rename, s3)

    assert (keys(s3, SOURCE), keys(s3, DESTINATION)) == ([], [THERE.key])


def test_a_rename_that_is_asked_for_again_is_done_already(s3):
    run(s3copy.rename, s3)
    run(s3copy.rename, s3)

    assert (keys(s3, SOURCE), keys(s3, DESTINATION)) == ([], [THERE.key])


def test_always_replaces_what_is_there(s3):
    s3.put_object(Bucket=DESTINATION, Key=THERE.key, Body=b"other")

    run(s3copy.copy, s3, ALWAYS)

    assert s3.get_object(Bucket=DESTINATION, Key=THERE.key)["Body"].read() == b"content"


def test_an_object_that_is_not_there_is_refused(s3):
    s3.delete_object(Bucket=SOURCE, Key=HERE.key)

    with pytest.raises(s3copy.RefusedError):
        run(s3copy.copy, s3)
