"""Your task: change these tests with the work in src/task.py."""

import json

import pytest

import task
from conftest import DESTINATION, SOURCE
from support import event, invoke
from support import task as a_task


def put(s3, key, body=b"content"):
    s3.put_object(Bucket=SOURCE, Key=key, Body=body)


def body(s3, key, bucket=DESTINATION):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_the_rename_rule_puts_the_prefix_before_the_key():
    assert task.new_key("a b.txt", "copies/") == "copies/a b.txt"


def test_the_object_is_copied_and_the_report_says_where(s3):
    put(s3, "a b.txt")

    said = task.run(a_task("a b.txt"))

    assert f"s3://{DESTINATION}/copies/a b.txt" in said
    assert body(s3, "copies/a b.txt") == body(s3, "a b.txt", SOURCE) == b"content"


def test_doing_it_again_does_no_harm(s3):
    put(s3, "a b.txt")

    task.run(a_task("a b.txt"))
    task.run(a_task("a b.txt"))

    assert body(s3, "copies/a b.txt") == b"content"


def test_a_row_names_the_new_key_itself(s3):
    put(s3, "a b.txt")

    task.run(a_task("a b.txt", row={"origKey": "a b.txt", "newKey": "other.txt"}))

    assert body(s3, "other.txt") == b"content"


def test_a_job_may_say_where_its_copies_go(s3):
    put(s3, "a b.txt")

    task.run(a_task("a b.txt", destinationPrefix="2026/"))

    assert body(s3, "2026/a b.txt") == b"content"


def test_a_name_that_the_task_does_not_know_is_refused():
    with pytest.raises(Exception, match="destinationPrefx"):
        task.run(a_task("a b.txt", destinationPrefx="2026/"))


def test_the_whole_function_answers_for_every_object(s3):
    put(s3, "there.txt")
    row = json.dumps({"origKey": "there.txt", "newKey": "by row.txt"})

    response = invoke(event("there.txt", row, "not there.txt"))

    codes = [result["resultCode"] for result in response["results"]]
    assert codes == ["Succeeded", "Succeeded", "PermanentFailure"]
    assert body(s3, "by row.txt") == b"content"
