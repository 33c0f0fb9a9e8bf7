"""`python -m jobs local` as a program of its own, for the tests that look at it from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
AWS = str(BIN / "aws")
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/BatchOperationsRole"
SOURCE, DESTINATION = "amzn-s3-demo-source-bucket", "amzn-s3-demo-destination-bucket"
FUNCTION = f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:LambdaFunctionName"
# A user with a profile, a proxy and credentials of their own: none of it may count.
PROFILE = """
[profile production]
region = eu-west-1
aws_access_key_id = AKIAPROFILEKEY000000
aws_secret_access_key = another real secret
endpoint_url = http://127.0.0.1:9
"""
USER = {
    "AWS_ACCESS_KEY_ID": "AKIAREALKEYREALKEY00",
    "AWS_SECRET_ACCESS_KEY": "a real secret",
    "AWS_SESSION_TOKEN": "a real token",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "DESTINATION_PREFIX": "copied/",
}
HANDLERS = """
import json, os, time
import boto3

boto3.client("s3").head_bucket(Bucket="amzn-s3-demo-source-bucket")  # there while this loads

def slow(event, context):
    time.sleep(0.2)
    return answer(event, "slept")

def asleep(event, context):
    while True:
        pass

def pdb(event, context):
    breakpoint()
    return answer(event, "after")

def probe(event, context):
    session = boto3.Session()
    print("a line that the handler prints")
    keys = session.get_credentials()
    return answer(event, json.dumps({
        "endpoint": session.client("s3").meta.endpoint_url,
        "elsewhere": session.client("sts").meta.endpoint_url,
        "key": keys.access_key, "token": keys.token, "profile": session.profile_name,
        "files": [os.environ["AWS_CONFIG_FILE"], os.environ["AWS_SHARED_CREDENTIALS_FILE"]],
    }))

def answer(event, text):
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "invocationId": event["invocationId"],
        "results": [
            {"taskId": task["taskId"], "resultCode": "Succeeded", "resultString": text}
            for task in event["tasks"]
        ],
    }
"""


@dataclass
class Local:
    """A running `python -m jobs local`."""

    process: subprocess.Popen[str]
    exports: dict[str, str]
    ready: str
    errors: Path
    profile: dict[str, str]
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """The environment of a user who has run the printed lines."""
        return {**os.environ, **USER, **self.profile, **self.exports}

    @property
    def url(self) -> str:
        return self.ready.split()[1]

    def aws(self, *arguments: str) -> Any:
        """Return what the AWS CLI prints, as JSON."""
        done = self.cli(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AWS, *arguments], env=self.env, capture_output=True, text=True, timeout=60, check=False
        )

    def client(self, service: str) -> Any:
        """Return a boto3 client that is told the exports by hand."""
        if service not in self.clients:  # to make one takes longer than most requests
            self.clients[service] = self._new_client(service)
        return self.clients[service]

    def _new_client(self, service: str) -> Any:
        endpoint = self.exports[
            "AWS_ENDPOINT_URL_S3" if service == "s3" else "AWS_ENDPOINT_URL_S3_CONTROL"
        ]
        proxies = {} if service == "s3" else {"http": self.url}
        return boto3.client(
            service,  # type: ignore[call-overload] # one of two
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - made up
            config=Config(proxies=proxies),
        )

    def job(self, keys: list[str], **changes: Any) -> str:
        """Make a manifest of keys in `source` and a job of it; return its id."""
        body = "".join(f"{SOURCE},{key}\n" for key in keys).encode()
        etag = self.client("s3").put_object(Bucket="jobs", Key="m.csv", Body=body)["ETag"]
        asked = {
            "AccountId": ACCOUNT,
            "ConfirmationRequired": False,
            "Operation": {"LambdaInvoke": {"FunctionArn": FUNCTION}},
            "Manifest": {
                "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
                "Location": {"ObjectArn": "arn:aws:s3:::jobs/m.csv", "ETag": etag},
            },
            "Report": {
                "Enabled": True,
                "Bucket": "arn:aws:s3:::jobs",
                "Format": "Report_CSV_20180820",
                "ReportScope": "AllTasks",
            },
            "Priority": 1,
            "RoleArn": ROLE,
        }
        job_id: str = self.client("s3control").create_job(**(asked | changes))["JobId"]
        return job_id

    def described(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.client("s3control").describe_job(
            AccountId=ACCOUNT, JobId=job_id
        )["Job"]
        return job

    def wait(self, job_id: str, *statuses: str) -> dict[str, Any]:
        """Return the job once it is in one of the statuses."""
        limit = time.monotonic() + 120
        while (job := self.described(job_id))["Status"] not in statuses:
            assert time.monotonic() < limit, job
            time.sleep(0.05)
        return job

    def report(self, job_id: str) -> str:
        """Return the rows of the job's report."""
        return report_rows(self.client("s3"), job_id)


def report_rows(s3: Any, job_id: str) -> str:
    manifest = s3.get_object(Bucket="jobs", Key=f"job-{job_id}/manifest.json")["Body"].read()
    keys = [result["Key"] for result in json.loads(manifest)["Results"]]
    return "".join(s3.get_object(Bucket="jobs", Key=key)["Body"].read().decode() for key in keys)


@contextmanager
def running(template: Path, tmp_path: Path, *arguments: str) -> Iterator[Local]:
    """Start the program as a user would; it is killed at the end if it still runs."""
    (tmp_path / "handlers_of_the_test.py").write_text(HANDLERS)
    (tmp_path / "config").write_text(PROFILE)
    profile = {"AWS_PROFILE": "production", "AWS_CONFIG_FILE": str(tmp_path / "config")}
    errors = tmp_path / "errors"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs", "local", *arguments],
            cwd=template,
            env={**os.environ, **USER, **profile, "PYTHONPATH": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        exports: dict[str, str] = {}
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready"):
                yield Local(process, exports, line, errors, profile)
                return
            name, _, value = line.strip().removeprefix("export ").partition("=")
            assert line.startswith("export "), line
            exports[name] = value
        pytest.fail(f"never ready: {errors.read_text()}")
    finally:
        process.kill()
        process.communicate(timeout=60)
