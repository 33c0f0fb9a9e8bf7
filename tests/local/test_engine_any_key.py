"""Any key that S3 can hold goes through manifest, event and report, and is the same at each end."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any
from urllib.parse import unquote_plus

from hypothesis import given, settings
from hypothesis import strategies as st

from job_runs import QUICK
from jobs.formats import inventory, manifest, report
from jobs.local.engine import lambda_contract
from jobs.local.engine.spool import TaskSpool

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
VERSIONS = st.none() | st.text("abcXYZ019._-", min_size=1, max_size=32)


def through_csv(row: manifest.Row) -> manifest.Row:
    text = io.StringIO(newline="")
    manifest.write([row], text)
    fields = manifest.fields(versions=row.version_id is not None)
    (read,) = manifest.read(io.BytesIO(text.getvalue().encode()), fields)
    return read


def through_inventory(row: manifest.Row) -> manifest.Row:
    data = io.BytesIO()
    inventory.write([row], data)
    assert gzip.decompress(data.getvalue()).startswith(b'"source"')
    data.seek(0)
    (read,) = inventory.read(data, manifest.fields(versions=row.version_id is not None))
    return read


def through_spool(task: lambda_contract.Task, message: str) -> tuple[lambda_contract.Task, str]:
    spool = TaskSpool()
    spool.add(task, message)
    ((read, text),) = spool
    spool.close()
    return read, text


@settings(deadline=None)
@given(key=KEYS, version=VERSIONS, message=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_key_is_the_same_in_every_form(key: str, version: str | None, message: str) -> None:
    row = manifest.row("source", key)._replace(version_id=version)
    assert through_csv(row) == through_inventory(row) == row

    task, text = through_spool(lambda_contract.Task(7, 1, 2, *row), message)
    assert (task, text) == (lambda_contract.Task(7, 1, 2, *row), message)

    event: Any = lambda_contract.event(task, "job", {"InvocationSchemaVersion": "2.0"}, "i", QUICK)
    sent = json.loads(json.dumps(event))["tasks"][0]
    assert unquote_plus(sent["s3Key"], errors="strict") == key
    assert sent["s3Key"].isascii()
    assert sent["s3VersionId"] == version

    result = report.Result("source", row.key, version or "", "succeeded", "200", "", message)
    file = io.StringIO(newline="")
    report.write([result], file)
    assert list(report.read(io.BytesIO(file.getvalue().encode()))) == [result]


@settings(deadline=None)
@given(key=KEYS, new_key=KEYS)
def test_a_json_row_is_the_same_in_every_form(key: str, new_key: str) -> None:
    arguments = {"newKey": new_key}
    encoded = manifest.encode(json.dumps({"origKey": key, **arguments}, ensure_ascii=False))
    if len(encoded) > manifest.KEY_LIMIT:
        return
    row = through_csv(manifest.row("source", key, arguments=arguments))

    event: Any = lambda_contract.event(lambda_contract.Task(0, 0, 0, *row), "job", {}, "i", QUICK)

    sent = json.loads(unquote_plus(event["tasks"][0]["s3Key"]))
    assert sent == {"origKey": key, "newKey": new_key}
