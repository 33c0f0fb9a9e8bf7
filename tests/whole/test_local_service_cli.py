"""`python -m jobs local` as a program, from outside: the real AWS CLI, boto3 and signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from jobs.local.s3 import server as s3_server
from processes import descendants, wait_until_gone

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


@pytest.fixture(scope="module")
def local(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    with running(template, tmp_path_factory.mktemp("local")) as local:
        yield local


def test_the_aws_cli_creates_a_job_as_the_page_of_aws_shows_it(local: Local) -> None:
    """The command of "Creating a Lambda function ... using the AWS CLI" in the S3 User Guide."""
    s3 = local.client("s3")
    for key in ("a", "b c"):
        s3.put_object(Bucket=SOURCE, Key=key, Body=b"hello")
    keys = ("a", "b%20c", "missing")
    body = "".join(f"{SOURCE},{key}\n" for key in keys).encode()
    put = s3.put_object(Bucket="jobs", Key="ManifestLocation", Body=body)
    manifest = (
        '{"Spec":{"Format":"S3BatchOperations_CSV_20180820","Fields":["Bucket","Key"]},'
        '"Location":{"ObjectArn":"arn:aws:s3:::jobs/ManifestLocation","ETag":' + put["ETag"] + "}}"
    )
    report = (
        '{"Bucket":"arn:aws:s3:::jobs","Format":"Report_CSV_20180820","Enabled":true,'
        '"Prefix":"ReportPrefix","ReportScope":"AllTasks"}'
    )
    made = local.aws(
        *("s3control", "create-job"),
        *("--account-id", ACCOUNT),
        *("--operation", f'{{"LambdaInvoke": {{ "FunctionArn": "{FUNCTION}" }} }}'),
        *("--manifest", manifest),
        *("--report", report),
        *("--priority", "2"),
        *("--role-arn", ROLE),
        *("--region", "us-west-2"),
        *("--description", "Lambda Function"),
    )
    this = ("--account-id", ACCOUNT, "--job-id", made["JobId"])
    # the page's command does not say --no-confirmation-required: the job waits
    local.wait(made["JobId"], "Suspended")
    local.aws("s3control", "update-job-status", *this, "--requested-job-status", "Ready")
    job = local.wait(made["JobId"], "Complete")
    assert job["Description"] == "Lambda Function"
    progress = {k: v for k, v in job["ProgressSummary"].items() if k != "Timers"}
    assert progress == {
        "TotalNumberOfTasks": 3,
        "NumberOfTasksSucceeded": 2,
        "NumberOfTasksFailed": 1,
    }
    copies = s3.list_objects_v2(Bucket=DESTINATION, Prefix="copied/")["Contents"]
    assert {each["Key"] for each in copies} >= {"copied/a", "copied/b c"}


@pytest.mark.slow
def test_the_aws_cli_lists_confirms_cancels_and_tags(local: Local) -> None:
    job_id = local.job(["a"], ConfirmationRequired=True)
    local.wait(job_id, "Suspended")
    this = ("--account-id", ACCOUNT, "--job-id", job_id)
    suspended = local.aws(
        "s3control", "list-jobs", "--account-id", ACCOUNT, "--job-statuses", "Suspended", "Paused"
    )
    assert [job["JobId"] for job in suspended["Jobs"]] == [job_id]
    assert local.aws("s3control", "describe-job", *this)["Job"]["Status"] == "Suspended"
    priority = local.aws("s3control", "update-job-priority", *this, "--priority", "42")
    assert priority == {"JobId": job_id, "Priority": 42}
    local.aws("s3control", "put-job-tagging", *this, "--tags", "Key=team,Value=data")
    tags = local.aws("s3control", "get-job-tagging", *this)
    assert tags == {"Tags": [{"Key": "team", "Value": "data"}]}
    local.aws("s3control", "delete-job-tagging", *this)
    cancelled = local.aws(
        *("s3control", "update-job-status", *this),
        *("--requested-job-status", "Cancelled", "--status-update-reason", "No longer needed"),
    )
    assert cancelled["StatusUpdateReason"] == "No longer needed"
    local.wait(job_id, "Cancelled")


@pytest.mark.slow
def test_the_aws_cli_shows_the_code_and_the_field_of_a_refusal(local: Local) -> None:
    job_id = "00000000-0000-4000-8000-000000000000"
    unknown = local.cli("s3control", "describe-job", "--account-id", ACCOUNT, "--job-id", job_id)
    assert "(NoSuchJobException) when calling the DescribeJob" in unknown.stderr
    refused = local.cli(
        *("s3control", "create-job", "--account-id", ACCOUNT, "--priority", "1"),
        *("--operation", '{"LambdaInvoke":{"FunctionArn":"f","InvocationSchemaVersion":"9"}}'),
        *("--report", "Enabled=false", "--role-arn", ROLE),
    )
    assert "(BadRequestException) when calling the CreateJob" in refused.stderr
    assert "InvocationSchemaVersion is '9'" in refused.stderr


def test_a_shell_takes_the_printed_lines_and_boto3_needs_no_arguments(local: Local) -> None:
    lines = "\n".join(f"export {name}={value}" for name, value in local.exports.items())
    script = (
        "import boto3; s3control = boto3.client('s3control'); "
        f"print(s3control.list_jobs(AccountId='{ACCOUNT}')['ResponseMetadata']['HTTPStatusCode'], "
        f"{SOURCE!r} in [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'{lines}\n"$0" -c "$1"', sys.executable, script],
        env={**os.environ, **USER, **local.profile},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "200 True\n"


def test_the_lines_that_it_suggests_run_a_job(local: Local, template: Path, tmp_path: Path) -> None:
    hints = [
        line.removeprefix("#   ")
        for line in local.errors.read_text().splitlines()
        if line.startswith("#   ")
    ]
    *commands, listing = hints
    waiting = f"until {listing} | grep ' copied/hello.txt$'; do :; done"  # beside others' copies
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", "\n".join([*commands, waiting])],
        cwd=tmp_path,
        env={**local.env, "PYTHONPATH": str(template), "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_another_program_that_uses_it_as_a_proxy_is_told_so(local: Local) -> None:
    script = """
import urllib.error, urllib.request
try:
    urllib.request.urlopen("http://example.com/")
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=local.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith("403 ")
    assert "not a proxy: nothing is passed on to 'example.com'" in done.stdout


def test_it_says_ready_with_its_address_and_shows_the_jobs(local: Local) -> None:
    assert local.ready == f"ready: {local.url}\n"
    job_id = local.job(["nothing"])
    local.wait(job_id, "Complete")
    limit = time.monotonic() + 60
    expected = (
        f"job {job_id} Complete: 1 of 1 tasks, 1 failed\n"
        f"job {job_id} report: s3://jobs/job-{job_id}/manifest.json\n"
    )
    while expected not in local.errors.read_text():
        assert time.monotonic() < limit, local.errors.read_text()
        time.sleep(0.1)


def test_the_handler_sees_the_local_aws_and_nothing_of_its_user(
    template: Path, tmp_path: Path
) -> None:
    handler = ("--function", "handlers_of_the_test.probe")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Complete")
        message = local.report(job_id).strip().split(",", 6)[6].strip('"').replace('""', '"')
        local.process.send_signal(signal.SIGINT)
        stdout, _ = local.process.communicate(timeout=60)
    url = local.exports["AWS_ENDPOINT_URL_S3"]
    assert json.loads(message) == {
        "endpoint": url,
        "elsewhere": url,
        "key": "local",
        "token": None,
        "profile": "default",
        "files": [os.devnull, os.devnull],
    }
    assert stdout == ""  # what a handler prints goes to stderr
    assert "a line that the handler prints" in local.errors.read_text()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_cancels_what_runs_with_a_report_and_ends_everything(
    template: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with ExitStack() as stack:
        s3_url = stack.enter_context(s3_server.running())
        arguments = ("--function", "handlers_of_the_test.slow", "--concurrency", "2")
        local = stack.enter_context(
            running(template, tmp_path, "--s3-endpoint", s3_url, *arguments)
        )
        assert local.exports["AWS_ENDPOINT_URL_S3"] == s3_url
        assert "AWS_ACCESS_KEY_ID" not in local.exports  # the user has keys for this S3
        s3 = local.client("s3")
        s3.create_bucket(Bucket="jobs")
        job_id = local.job([f"key-{at}" for at in range(200)])
        while not local.described(job_id).get("ProgressSummary", {}).get("NumberOfTasksSucceeded"):
            time.sleep(0.05)
        local.process.send_signal(number)
        assert local.process.wait(timeout=60) == 0
        rows = report_rows(s3, job_id).splitlines()
        s3.close()
    assert 0 < len(rows) < 200
    assert f"job {job_id} Cancelled: {len(rows)} of 200 tasks" in local.errors.read_text()
    assert "Traceback" not in local.errors.read_text()
    with socket.create_server(("127.0.0.1", int(local.url.rpartition(":")[2]))):
        """The port is free again."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_an_endless_handler_does_not_hang_the_end(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.asleep")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Active")
        started = descendants(local.process)
        local.process.send_signal(signal.SIGINT)
        assert local.process.wait(timeout=60) == 0
    assert len(started) == 2  # the fork server and one environment
    wait_until_gone(*started)
    assert f"job {job_id} Cancelled" in local.errors.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.slow
def test_a_second_signal_leaves_at_once(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.asleep")
    with running(template, tmp_path, *handler) as local:
        local.wait(local.job(["a"]), "Active")
        started = descendants(local.process)
        local.process.send_signal(signal.SIGINT)
        limit = time.monotonic() + 60
        while "Ending: " not in local.errors.read_text():
            assert time.monotonic() < limit, "the first signal was lost"
            time.sleep(0.01)
        assert local.process.poll() is None  # it waits for the invocation in flight
        local.process.send_signal(signal.SIGINT)
        assert local.process.wait(timeout=60) == 130
    wait_until_gone(*started)


def test_the_timeout_of_an_endless_handler_is_the_row_s_message(
    template: Path, tmp_path: Path
) -> None:
    handler = ("--function", "handlers_of_the_test.asleep", "--timeout", "2")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Complete")
        assert " Task timed out after 2.00 seconds" in local.report(job_id)


def test_a_breakpoint_stops_in_this_process(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.pdb", "--in-process")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        assert local.process.stdin is not None
        local.process.stdin.write("event['tasks'][0]['s3Key']\ncontinue\n")
        local.process.stdin.flush()
        local.wait(job_id, "Complete")
        assert "after" in local.report(job_id)
    assert "(Pdb) 'a'" in local.errors.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--function", "broken_of_the_test.handler"], "cannot be imported: SyntaxError"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (  # test_local_commands.py has them in one process
                (["--port", "TAKEN"], "--port TAKEN cannot be used"),
                (["--s3-endpoint", "http://127.0.0.1:9"], "No S3 answers at 'http://127.0.0.1:9'"),
                (["--choice", "retries=1"], "there is no 'retries'"),
                (["--lambda-endpoint", "http://127.0.0.1:9"], "No Lambda answers at"),
                (["--lambda-function", "f"], "give --lambda-endpoint too"),
            )
        ),
    ],
)
def test_what_cannot_start_says_why_in_a_sentence(
    template: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "broken_of_the_test.py").write_text("def handler(:\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "jobs", "local"]
            + [argument.replace("TAKEN", port) for argument in arguments],
            cwd=template,
            env={**os.environ, **USER, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2, done.stderr
    assert said.replace("TAKEN", port) in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


class Lambda(ThreadingHTTPServer):
    """A Lambda Invoke endpoint that counts what is in flight."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Invoke)
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.functions: set[str] = set()


class Invoke(BaseHTTPRequestHandler):
    server: Lambda
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
            self.server.functions.add(self.path)
        time.sleep(0.1)
        with self.server.lock:
            self.server.now -= 1
        results = [{"taskId": task["taskId"], "resultCode": "Succeeded"} for task in event["tasks"]]
        names = ("invocationSchemaVersion", "invocationId")
        body = json.dumps({**{name: event[name] for name in names}, "results": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@pytest.mark.slow
def test_an_http_lambda_has_as_many_invocations_in_flight_as_configured(
    template: Path, tmp_path: Path
) -> None:
    with Lambda() as function:
        threading.Thread(target=function.serve_forever, args=(0.02,), daemon=True).start()
        endpoint = ("--lambda-endpoint", f"http://127.0.0.1:{function.server_port}")
        arguments = (*endpoint, "--concurrency", "20")
        with running(template, tmp_path, *arguments) as local:
            job = local.wait(local.job([f"key-{at}" for at in range(400)]), "Complete")
        function.shutdown()
    assert job["ProgressSummary"]["NumberOfTasksSucceeded"] == 400
    assert function.most == 20
    assert function.functions == {
        f"/2015-03-31/functions/{FUNCTION.replace(':', '%3A')}/invocations"
    }
