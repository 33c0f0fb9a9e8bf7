"""examples/: each drops in as src/task.py, does no harm when sent twice, and says what it needs."""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import boto3
import cfnlint.api
import pytest
from moto import mock_aws
from moto.moto_api import state_manager

import settings
from conftest import TEMPLATE, run_in
from retryable import is_retryable
from s3batch import handler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3.client import S3Client

    from s3batch.protocol import Result

EXAMPLES = sorted((TEMPLATE / "examples").glob("*.py"))
SOURCE, DESTINATION = "source", "destination"
DEPLOYED = {"DESTINATION_BUCKET": DESTINATION, "DESTINATION_PREFIX": "out/"}


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    monkeypatch.setattr(settings, "SETTINGS", settings.read(DEPLOYED))
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in (SOURCE, DESTINATION):
            client.create_bucket(Bucket=bucket)
        yield client


def send(name: str, key: str | dict[str, object], **arguments: str) -> Result:
    """Send one object twice to the example; both times it must answer the same."""
    first, second = deliver(name, key, 2, **arguments)
    assert first["resultCode"] == second["resultCode"]
    return first


def deliver(name: str, key: str | dict[str, object], times: int, **arguments: str) -> list[Result]:
    """Run the whole function with the example as its task; return the result of each delivery."""
    path = TEMPLATE / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location("task_of_an_example", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    field = quote_plus(key if isinstance(key, str) else json.dumps(key))
    event = {
        "invocationSchemaVersion": "2.0",
        "invocationId": "i",
        "job": {"id": "j", "userArguments": arguments},
        "tasks": [{"taskId": "t", "s3Key": field, "s3VersionId": None, "s3Bucket": SOURCE}],
    }
    responses = [handler.handle(event, Context(), module.run, is_retryable) for _ in range(times)]
    return [response["results"][0] for response in responses]


def body(s3: S3Client, key: str, bucket: str = DESTINATION) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_retag_adds_the_tags_of_the_row_and_keeps_the_others(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"", Tagging="team=red&kept=yes")
    result = send("retag", {"origKey": "a", "tags": {"team": "blue", "new": "1"}})
    assert (result["resultCode"], result["resultString"]) == (
        "Succeeded",
        "2 tags given, 3 now there",
    )
    tags = s3.get_object_tagging(Bucket=SOURCE, Key="a")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "blue", "kept": "yes", "new": "1"}


@pytest.mark.parametrize("row", [{"origKey": "a"}, {"origKey": "a", "tags": {"team": 1}}])
def test_retag_refuses_a_row_without_tags_that_are_texts(
    s3: S3Client, row: dict[str, object]
) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"", Tagging="team=red")
    assert send("retag", row)["resultCode"] == "PermanentFailure"
    assert s3.get_object_tagging(Bucket=SOURCE, Key="a")["TagSet"][0]["Value"] == "red"


def test_compress_converts_the_text_of_a_job(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a b.txt", Body="café\n".encode("cp1252"))
    result = send("compress", "a b.txt", encoding="cp1252")
    assert result["resultCode"] == "Succeeded"
    assert gzip.decompress(body(s3, "out/a b.txt.gz")).decode() == "café\n"


def test_compress_refuses_text_that_is_in_another_encoding(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a.txt", Body="café".encode("cp1252"))
    result = send("compress", "a.txt")
    assert result["resultCode"] == "PermanentFailure"
    assert "UnicodeDecodeError" in result["resultString"]


@pytest.mark.parametrize("name", ["compress", "thumbnail"])
def test_what_makes_an_object_never_replaces_another(s3: S3Client, name: str) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=picture())
    for key in ("out/a.gz", "out/a.jpg"):
        s3.put_object(Bucket=DESTINATION, Key=key, Body=b"another's")
    result = send(name, "a", encoding="latin-1")
    assert "Another object is at 'out/a." in result["resultString"]
    assert body(s3, "out/a.gz") == body(s3, "out/a.jpg") == b"another's"


def picture() -> bytes:
    image = pytest.importorskip("PIL.Image", reason="no Pillow in this environment")
    file = io.BytesIO()
    image.new("RGBA", (1000, 500), "red").save(file, "PNG")
    return file.getvalue()


def test_thumbnail_makes_a_small_picture(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a.png", Body=picture())
    assert send("thumbnail", "a.png")["resultString"] == "256 x 128 pixels at out/a.png.jpg"
    assert body(s3, "out/a.png.jpg").startswith(b"\xff\xd8")


def test_a_picture_that_a_camera_took_on_its_side_is_upright(s3: S3Client) -> None:
    image = pytest.importorskip("PIL.Image", reason="no Pillow in this environment")
    exif = image.Exif()
    exif[0x0112] = 6  # the tag Orientation: turned by a quarter (Exif 2.3)
    file = io.BytesIO()
    image.new("RGB", (1000, 500)).save(file, "JPEG", exif=exif)
    s3.put_object(Bucket=SOURCE, Key="a.jpg", Body=file.getvalue())
    assert send("thumbnail", "a.jpg")["resultString"] == "128 x 256 pixels at out/a.jpg.jpg"


def test_thumbnail_says_what_is_no_picture(s3: S3Client) -> None:
    picture()
    s3.put_object(Bucket=SOURCE, Key="a.txt", Body=b"text")
    assert "UnidentifiedImageError" in send("thumbnail", "a.txt")["resultString"]


def test_index_writes_one_row(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TABLE_NAME", "table")
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"12345")
    assert send("index", "a")["resultString"] == "Indexed with 5 bytes"
    [row] = dynamodb.scan(TableName="table")["Items"]
    assert (row["key"], row["bytes"]) == ({"S": "s3://source/a"}, {"N": "5"})


def test_restore_asks_once_and_copies_what_can_be_read(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"content", StorageClass="DEEP_ARCHIVE")
    takes_one_look = {"progression": "manual", "times": 2}
    state_manager.set_transition("s3::keyrestore", takes_one_look)
    try:
        results = deliver("restore", "a", 3)
    finally:
        state_manager.unset_transition("s3::keyrestore")
    assert [result["resultCode"] for result in results] == [
        "TemporaryFailure",
        "TemporaryFailure",
        "Succeeded",
    ]
    assert body(s3, "out/a") == b"content"


def test_restore_copies_at_once_what_was_never_archived(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"content")
    assert deliver("restore", "a", 1)[0]["resultString"] == "Copied to s3://destination/out/a"


def test_count_word_writes_its_result_into_the_report(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="app.log", Body=b"ERROR one\nfine\nERROR two\n")
    of_a_row = send("count_word", {"origKey": "app.log", "word": "fine"}, word="ERROR")
    assert of_a_row["resultString"] == "1 of 3 lines hold 'fine'"
    assert send("count_word", "app.log", word="ERROR")["resultString"] == (
        "2 of 3 lines hold 'ERROR'"
    )


def test_count_word_needs_a_word(s3: S3Client) -> None:
    s3.put_object(Bucket=SOURCE, Key="a", Body=b"")
    assert "The argument word is None" in send("count_word", "a")["resultString"]


def paste(example: Path) -> Any:
    """Return the permission that stands at the top of an example, or None."""
    found = re.search(r"(?ms)^ {8}- PolicyName:.*?(?=^\S|^$)", example.read_text("utf-8"))
    return found and found[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_what_it_needs(example: Path) -> None:
    text = example.read_text("utf-8")
    assert 15 <= len(text.split('"""', 2)[2].strip().splitlines()) <= 40
    assert paste(example) or "Needs no permissions but those of the copy." in text


@pytest.mark.slow
def test_the_permissions_can_be_pasted_into_the_template(tmp_path: Path) -> None:
    """All at once at the marked place, the table at its own: the template stays a right one."""
    template = (TEMPLATE / "template.yaml").read_text("utf-8")
    mark = "        # >>> your own permissions"
    assert template.count(mark) == 1
    policies = "".join(filter(None, map(paste, EXAMPLES)))
    table = template[template.index("  # Table:") :].split("\n\n")[0]
    written = template.replace(mark, policies + mark).replace(table, table.replace("  # ", "  "))
    file = tmp_path / "template.yaml"
    file.write_text(written, "utf-8")
    assert written.count("PolicyName: retag") == 1
    assert [str(match) for match in cfnlint.api.lint_file(file)] == []


@pytest.mark.slow
def test_an_author_who_takes_one_has_quiet_tools() -> None:
    """Ruff reads the folder in every project; mypy only what was put into src/."""
    run_in(TEMPLATE, "mypy", "examples")
