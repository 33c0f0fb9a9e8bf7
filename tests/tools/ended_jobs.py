"""A job that has ended, its manifest in an S3 of moto, and the verbs that are run on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from click.testing import CliRunner

from jobs import __main__ as main
from jobs import where, which_job
from jobs.where import Place
from report_files import JOB_ID, ROWS

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"
JSON_ROW = quote(json.dumps({"origKey": "b", "newKey": "new b"}), safe="/")
MANIFEST = f"photos,a%20b\nphotos,{JSON_ROW}\nphotos,%C3%A9%2Bc\nphotos,d\n"
ARGUMENTS = {
    "operation": "copy",
    "overwrite": "never",
    "destinationBucket": "copies",
    "mine": "1",
}


def described(**changed: Any) -> dict[str, Any]:
    """Return a job as DescribeJob answers it."""
    return {
        "JobId": JOB_ID,
        "Status": "Complete",
        "Priority": 7,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
        "CreationTime": datetime(2026, 11, 25, 15, 2, tzinfo=UTC),
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": f"{FUNCTION}:14",
                "InvocationSchemaVersion": "2.0",
                "UserArguments": dict(ARGUMENTS),
            }
        },
        "Report": {
            "Enabled": True,
            "Bucket": "arn:aws:s3:::jobs",
            "Prefix": "reports",
            "ReportScope": "AllTasks",
        },
        **changed,
    }


def known(
    job: dict[str, Any], s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """Let every name of a job mean this one, and its report be in `s3`."""
    with_s3 = type(clients)(clients.cloudformation, clients.lambda_, s3, clients.s3control)
    monkeypatch.setattr(where, "place", lambda _: Place(with_s3, ACCOUNT, FUNCTION))
    monkeypatch.setattr(which_job, "find", lambda *_: job)
    return job


def put_manifest(
    s3: S3Client, job: dict[str, Any], text: str = MANIFEST, *, versions: bool = False
) -> None:
    etag = s3.put_object(Bucket="jobs", Key="manifests/m.csv", Body=text.encode())["ETag"]
    fields = ["Bucket", "Key", *(["VersionId"] if versions else [])]
    job["Manifest"] = {
        "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": fields},
        "Location": {"ObjectArn": "arn:aws:s3:::jobs/manifests/m.csv", "ETag": etag.strip('"')},
    }


def reported(s3: S3Client, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Let every name mean a rename whose report has `ROWS`."""
    found = described(
        TerminationDate=datetime(2026, 11, 25, 15, 22, tzinfo=UTC),
        Operation={"LambdaInvoke": {"UserArguments": {"operation": "rename"}}},
        ProgressSummary={
            "TotalNumberOfTasks": 6,
            "NumberOfTasksSucceeded": 4,
            "NumberOfTasksFailed": 2,
        },
    )
    put_manifest(s3, found, "".join(f"photos,{row.key}\n" for row in ROWS))
    return known(found, s3, clients, monkeypatch)


def rename(job: dict[str, Any]) -> None:
    arguments = {"operation": "rename", "overwrite": "always", "destinationPrefix": "out/"}
    job["Operation"]["LambdaInvoke"]["UserArguments"] = arguments


def run(*words: str) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr."""
    result = CliRunner(mix_stderr=False).invoke(main.cli, words)
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lines(path: Path) -> list[str]:
    return sorted(path.read_text("utf-8").splitlines())
