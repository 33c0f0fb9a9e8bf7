"""Functions behind Lambda's Invoke over HTTP: what its answers, and their absence, become."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.config import Config

from job_runs import ARN, EVENT, PAYLOAD, response
from jobs.aws import arns
from jobs.local import other_services
from jobs.local.functions.endpoint import endpoint
from jobs.local.functions.invoke import Answer, LostError, NotInvokedError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_lambda import LambdaClient

UNQUALIFIED = "arn:aws:lambda:eu-west-1:111122223333:function:Function"
OF_THE_WORD = "arn:aws:lambda:eu-west-1:111122223333:function:my-function:7"


class Lambda(ThreadingHTTPServer):
    """An Invoke endpoint that answers what it is told and remembers the functions asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Invoke)
        self.functions: list[str] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []


class Invoke(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        server.functions.append(unquote(self.path.split("/")[3]))
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        status, headers, body = (
            server.answers.pop(0) if server.answers else (200, {}, response(json.loads(payload)))
        )
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        server: Any = self.server
        status, _, body = server.answers.pop(0) if server.answers else (404, {}, b"{}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Lambda]:
    with Lambda() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server: Lambda) -> Iterator[LambdaClient]:
    client = lambda_client(server.server_port)
    yield client
    client.close()


def lambda_client(port: int, read_timeout: float = 60) -> LambdaClient:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", config=config)


def test_the_arn_is_passed_on_with_its_version_or_a_fixed_name_instead(
    server: Lambda, client: LambdaClient
) -> None:
    assert endpoint(client)(ARN, PAYLOAD).payload == response(EVENT)
    endpoint(client, "Function")(ARN, PAYLOAD)

    assert server.functions == [ARN, "Function"]


def test_a_function_error_is_known_by_its_header(server: Lambda, client: LambdaClient) -> None:
    server.answers.append((200, {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage":"boom"}'))

    answer = endpoint(client)(ARN, PAYLOAD)

    assert answer.is_function_error
    assert json.loads(answer.payload) == {"errorMessage": "boom"}


@pytest.mark.parametrize(
    ("body", "is_error"),
    [
        (b'{"errorMessage":"boom","errorType":"ValueError"}', True),
        (b"Task timed out after 3.00 seconds", True),
        (b'{"results":[{"resultString":"\\"errorMessage\\""}]}', False),
        (b'"errorMessage"', False),
        (b'"errorMessage', False),
    ],
)
def test_an_emulators_error_is_known_without_the_header(
    server: Lambda,
    client: LambdaClient,
    body: bytes,
    is_error: bool,
) -> None:
    server.answers.append((200, {}, body))

    assert endpoint(client)(ARN, PAYLOAD) == Answer(body, is_error)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_throttling_and_faults_of_lambda_can_be_tried_again(
    server: Lambda, client: LambdaClient, status: int
) -> None:
    headers = {"X-Amzn-ErrorType": "TooManyRequestsException"}
    server.answers.append((status, headers, b'{"Message":"Rate Exceeded."}'))

    with pytest.raises(ThrottledError):
        endpoint(client)(ARN, PAYLOAD)


def test_a_refusal_keeps_the_code_and_status_of_lambda(
    server: Lambda, client: LambdaClient
) -> None:
    headers = {"X-Amzn-ErrorType": "ResourceNotFoundException"}
    server.answers.append((404, headers, b'{"Message":"Function not found"}'))

    with pytest.raises(NotInvokedError) as refused:
        endpoint(client)(ARN, PAYLOAD)

    assert (refused.value.code, refused.value.status) == ("ResourceNotFoundException", 404)


def test_an_endpoint_that_nobody_listens_on_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = lambda_client(port)

    with pytest.raises(ThrottledError, match="Could not connect") as unreachable:
        endpoint(client)(ARN, PAYLOAD)

    assert (unreachable.value.code, unreachable.value.status) == ("EndpointConnectionError", 503)


def test_a_connection_that_breaks_in_the_middle_of_an_answer_loses_it(
    server: Lambda, client: LambdaClient
) -> None:
    server.answers.append((200, {"Content-Length": "99", "Connection": "close"}, b'{"results":'))

    with pytest.raises(LostError) as lost:
        endpoint(client)(ARN, PAYLOAD)

    assert lost.value.status == 504


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_answer_that_does_not_come_in_time_is_lost(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        thread = threading.Thread(target=answer_and_stay, args=(silent, head))
        thread.start()
        client = lambda_client(silent.getsockname()[1], read_timeout=0.2)
        with pytest.raises(LostError) as lost:
            endpoint(client)(ARN, PAYLOAD)
        client.close()
        thread.join()

    assert lost.value.code == "ReadTimeoutError"


def answer_and_stay(server: socket.socket, head: bytes) -> None:
    """Take one connection, send `head` and wait until the client goes away."""
    connection, _ = server.accept()
    with connection:
        connection.sendall(head)
        while connection.recv(1 << 16):
            pass


def test_a_request_that_cannot_be_made_is_refused_at_once(client: LambdaClient) -> None:
    with pytest.raises(NotInvokedError) as refused:
        endpoint(client)("", PAYLOAD)
    assert refused.value.code == "ParamValidationError"

    without_keys: Any = boto3.client("lambda", endpoint_url="http://127.0.0.1:9")
    without_keys._request_signer._credentials = None
    with pytest.raises(NotInvokedError) as refused:
        endpoint(without_keys)(ARN, PAYLOAD)
    assert refused.value.code == "NoCredentialsError"


@pytest.mark.parametrize(
    ("name", "made_up"),
    [
        ("Function", "123456789012:function:Function:1"),
        ("Function:live", "123456789012:function:Function:live"),
        ("Function:$LATEST", "123456789012:function:Function:1"),
        ("111122223333:function:Function", "111122223333:function:Function:1"),
        (UNQUALIFIED, "111122223333:function:Function:1"),
        (f"{UNQUALIFIED}:live", "111122223333:function:Function:live"),
        (f"{UNQUALIFIED}:$LATEST", "111122223333:function:Function:1"),
        ("my-function:7", "123456789012:function:my-function:7"),
        (OF_THE_WORD, "111122223333:function:my-function:7"),
    ],
)
@pytest.mark.parametrize("is_known", [False, True])
def test_a_function_that_is_named_gets_an_arn_that_submit_takes(
    server: Lambda, client: LambdaClient, name: str, made_up: str, *, is_known: bool
) -> None:
    if is_known:  # Lambda answers with the qualifier that was asked for, and without one if none
        known = made_up.removesuffix(":1")
        answer = json.dumps({"FunctionArn": f"arn:aws:lambda:eu-west-1:{known}"}).encode()
        server.answers.append((200, {}, answer))

    found = other_services.function_arn(client, name, "us-east-1")

    assert found == f"arn:aws:lambda:us-east-1:{made_up}"
    assert all(arns.split(found))


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["$LATEST", "9", "10"], f"{UNQUALIFIED}:10"),
        (["$LATEST"], UNQUALIFIED),  # submit says then what to do
    ],
)
def test_of_the_only_function_of_a_lambda_the_newest_version_is_named(
    server: Lambda, client: LambdaClient, versions: list[str], expected: str
) -> None:
    listed = {"Functions": [{"FunctionArn": UNQUALIFIED}]}
    numbers = {"Versions": [{"Version": each} for each in versions]}
    server.answers += [(200, {}, json.dumps(each).encode()) for each in (listed, numbers)]

    assert other_services.function_arn(client, None, "us-east-1") == expected


@pytest.mark.parametrize("names", [[], ["one", "two"], None])
def test_that_nobody_knows_which_function_is_meant_is_said_with_what_to_do(
    server: Lambda,
    client: LambdaClient,
    capsys: pytest.CaptureFixture[str],
    names: list[str] | None,
) -> None:
    if names is not None:  # else an emulator that only takes Invoke
        listed = {"Functions": [{"FunctionArn": f"{UNQUALIFIED}{name}"} for name in names]}
        server.answers.append((200, {}, json.dumps(listed).encode()))
    assert other_services.function_arn(client, None, "us-east-1") is None
    url = f"http://127.0.0.1:{server.server_port}"
    assert f"behind {url!r} is meant is not known: name it with --lambda-function" in (
        capsys.readouterr().err
    )
