"""Where functions run: in this process, or behind Lambda's Invoke over HTTP."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.config import Config

from job_runs import ARN, response
from jobs.local.functions import invoke
from jobs.local.functions.invoke import LostError, NotInvokedError, ThrottledError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_lambda import LambdaClient

EVENT: dict[str, Any] = {
    "invocationSchemaVersion": "2.0",
    "invocationId": "i",
    "job": {"id": "j"},
    "tasks": [{"taskId": "t", "s3Key": "é", "s3VersionId": None, "s3Bucket": "b"}],
}
PAYLOAD = json.dumps(EVENT).encode()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("handler_of_this_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def call(module: ModuleType, handler: Callable[..., Any], **options: Any) -> invoke.Answer:
    module.handler = handler  # type: ignore[attr-defined]
    return invoke.in_process("handler_of_this_test.handler", **options)(ARN, PAYLOAD)


def error(answer: invoke.Answer) -> dict[str, Any]:
    assert answer.is_function_error
    whole: dict[str, Any] = json.loads(answer.payload)
    return whole


def test_events_and_responses_pass_through_json(module: ModuleType) -> None:
    seen: list[Any] = []

    def handler(event: Any, _context: object) -> dict[str, Any]:
        seen.append(event)
        return {"results": ("a tuple", "é")}

    answer = call(module, handler)

    assert seen == [EVENT]
    assert answer == invoke.Answer('{"results": ["a tuple", "é"]}'.encode())


def test_a_handler_sees_the_context_that_lambda_gives(module: ModuleType) -> None:
    def handler(_event: object, context: Any) -> list[Any]:
        return [
            context.function_name,
            context.function_version,
            context.invoked_function_arn,
            context.get_remaining_time_in_millis(),
            context.aws_request_id,
        ]

    name, version, arn, left, request_id = json.loads(call(module, handler, timeout=30.0).payload)

    assert (name, version, arn) == ("copy", "7", ARN)
    assert 29_000 < left <= 30_000
    assert len(request_id) == 36


@pytest.mark.parametrize(
    ("arn", "name", "version"),
    [
        (ARN, "copy", "7"),
        (ARN.removesuffix(":7"), "copy", "$LATEST"),
        (ARN.removesuffix("7") + "live", "copy", "live"),
        ("function:copy:live", "copy", "live"),
        ("copy", "copy", "$LATEST"),
    ],
)
def test_a_function_is_named_by_its_arn_in_every_form(arn: str, name: str, version: str) -> None:
    assert invoke.split_function(arn) == (name, version)


def test_an_exception_is_a_function_error_as_the_python_runtime_writes_it(
    module: ModuleType,
) -> None:
    def handler(*_: object) -> None:
        raise KeyError("tasks")

    written = error(call(module, handler))

    assert written["errorType"] == "KeyError"
    assert written["errorMessage"] == "'tasks'"
    assert list(written) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert 'raise KeyError("tasks")' in written["stackTrace"][-1]


def test_the_error_has_the_fields_of_the_real_runtime(module: ModuleType) -> None:
    bootstrap = pytest.importorskip("awslambdaric.bootstrap")

    def handler(*_: object) -> None:
        raise ValueError("x")

    real = bootstrap.make_error("x", "ValueError", [], "id")
    assert list(error(call(module, handler))) == list(real)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [(SystemExit(3), "Runtime.ExitError"), (KeyboardInterrupt(), "KeyboardInterrupt")],
)
def test_a_handler_that_leaves_the_process_fails_its_task_only(
    module: ModuleType, raised: BaseException, kind: str
) -> None:
    def handler(*_: object) -> None:
        raise raised

    assert error(call(module, handler))["errorType"] == kind


def test_a_response_that_is_no_json_is_a_marshal_error(module: ModuleType) -> None:
    written = error(call(module, lambda *_: {"results": {1, 2}}))

    assert written["errorType"] == "Runtime.MarshalError"
    assert "set is not JSON serializable" in written["errorMessage"]


@pytest.mark.parametrize("over", [0, 1])
def test_a_response_over_six_megabytes_is_not_passed_on(module: ModuleType, over: int) -> None:
    text = "x" * (6 * 1024 * 1024 + 100 - len('""') + over)

    answer = call(module, lambda *_: text)

    if not over:
        assert (len(answer.payload), answer.is_function_error) == (6_291_556, False)
        return
    assert error(answer) == {
        "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload"
        " size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_a_call_that_took_too_long_is_answered_as_a_timeout(module: ModuleType) -> None:
    def handler(*_: object) -> str:
        time.sleep(0.03)
        return "done, but too late"

    written = error(call(module, handler, timeout=0.01))

    assert list(written) == ["errorMessage"]
    assert written["errorMessage"].endswith(" Task timed out after 0.01 seconds")


@pytest.mark.parametrize(
    ("dotted", "reason"),
    [
        ("handler", "names no module"),
        ("handler_of_this_test.other", "has no 'other'"),
        ("handler_of_this_test.__name__", "is no function but of type 'str'"),
    ],
)
def test_a_handler_that_is_not_there_is_named_at_once(
    module: ModuleType, dotted: str, reason: str
) -> None:
    assert module
    with pytest.raises(ValueError, match=reason):
        invoke.in_process(dotted)


class Lambda(ThreadingHTTPServer):
    """An Invoke endpoint that answers what it is told and counts what is in flight."""

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


def lambda_client(port: int, read_timeout: float = 10) -> LambdaClient:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", config=config)


def test_the_arn_is_passed_on_with_its_version_or_a_fixed_name_instead(
    server: Lambda, client: LambdaClient
) -> None:
    assert invoke.endpoint(client)(ARN, PAYLOAD).payload == response(EVENT)
    invoke.endpoint(client, "Function")(ARN, PAYLOAD)

    assert server.functions == [ARN, "Function"]


def test_a_function_error_is_known_by_its_header(server: Lambda, client: LambdaClient) -> None:
    server.answers.append((200, {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage":"boom"}'))

    assert error(invoke.endpoint(client)(ARN, PAYLOAD)) == {"errorMessage": "boom"}


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

    assert invoke.endpoint(client)(ARN, PAYLOAD) == invoke.Answer(body, is_error)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_throttling_and_faults_of_lambda_can_be_tried_again(
    server: Lambda, client: LambdaClient, status: int
) -> None:
    headers = {"X-Amzn-ErrorType": "TooManyRequestsException"}
    server.answers.append((status, headers, b'{"Message":"Rate Exceeded."}'))

    with pytest.raises(ThrottledError):
        invoke.endpoint(client)(ARN, PAYLOAD)


def test_a_refusal_keeps_the_code_and_status_of_lambda(
    server: Lambda, client: LambdaClient
) -> None:
    headers = {"X-Amzn-ErrorType": "ResourceNotFoundException"}
    server.answers.append((404, headers, b'{"Message":"Function not found"}'))

    with pytest.raises(NotInvokedError) as refused:
        invoke.endpoint(client)(ARN, PAYLOAD)

    assert (refused.value.code, refused.value.status) == ("ResourceNotFoundException", 404)


def test_an_endpoint_that_nobody_listens_on_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = lambda_client(port)

    with pytest.raises(ThrottledError, match="Could not connect") as unreachable:
        invoke.endpoint(client)(ARN, PAYLOAD)

    assert (unreachable.value.code, unreachable.value.status) == ("EndpointConnectionError", 503)


def test_a_connection_that_breaks_in_the_middle_of_an_answer_loses_it(
    server: Lambda, client: LambdaClient
) -> None:
    server.answers.append((200, {"Content-Length": "99", "Connection": "close"}, b'{"results":'))

    with pytest.raises(LostError) as lost:
        invoke.endpoint(client)(ARN, PAYLOAD)

    assert lost.value.status == 504


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_an_answer_that_does_not_come_in_time_is_lost(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        thread = threading.Thread(target=answer_and_stay, args=(silent, head))
        thread.start()
        client = lambda_client(silent.getsockname()[1], read_timeout=0.2)
        with pytest.raises(LostError) as lost:
            invoke.endpoint(client)(ARN, PAYLOAD)
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


def test_a_request_that_can_not_be_made_is_refused_at_once(client: LambdaClient) -> None:
    with pytest.raises(NotInvokedError) as refused:
        invoke.endpoint(client)("", PAYLOAD)
    assert refused.value.code == "ParamValidationError"

    without_keys: Any = boto3.client("lambda", endpoint_url="http://127.0.0.1:9")
    without_keys._request_signer._credentials = None
    with pytest.raises(NotInvokedError) as refused:
        invoke.endpoint(without_keys)(ARN, PAYLOAD)
    assert refused.value.code == "NoCredentialsError"
