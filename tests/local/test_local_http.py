"""The job service asked as no SDK would: other hosts, odd requests, broken connections."""

from __future__ import annotations

import http.client
import socket
import struct
from typing import NamedTuple

import pytest

from jobs.local.api.request import check_host
from jobs.local.engine.api_errors import ApiError
from service_runs import ACCOUNT, HEADERS, ask, engine, port, s3

__all__ = ["engine", "port", "s3"]

OWN_HOSTS = [
    "s3-control.local",
    "S3-Control.LOCAL:80",
    f"{ACCOUNT}.s3-control.local",
    f"{ACCOUNT}.localhost:PORT",
    f"{ACCOUNT}.127.0.0.1:PORT",
    "127.0.0.1:PORT",
    "localhost:PORT",
    "s3-control.local:PORT",
]
OTHER_HOSTS = [
    "",
    "example.com",
    "example.com:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost:0PORT:80",
    "s3-control.local:22",
    "s3-control.local.example.com",
    "12345.s3-control.local",
    "evil.123456789012.localhost:PORT",
    "123456789012.s3-control.us-east-1.amazonaws.com",
    "169.254.169.254",
    "user@127.0.0.1:PORT",
    "[::1]:PORT",
    "\u0661\u0662\u0663456789012.localhost:PORT",
]


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_its_own_hosts_are_answered(host: str) -> None:
    check_host(host.replace("PORT", "5058"), 5058)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_any_other_host_is_not_its_own(host: str) -> None:
    with pytest.raises(ApiError):
        check_host(host.replace("PORT", "5058"), 5058)


def test_it_answers_a_proxy_request_for_its_own_host_only(port: int) -> None:
    jobs = "/v20180820/jobs"
    assert (
        ask(port, "GET", f"http://{ACCOUNT}.s3-control.local{jobs}", Host="example.com")[0] == 200
    )
    assert ask(port, "GET", jobs)[0] == 200
    for target, host in [
        (f"http://example.com{jobs}", "s3-control.local"),
        (f"https://s3-control.local{jobs}", "s3-control.local"),
        (f"ftp://s3-control.local{jobs}", "s3-control.local"),
        ("http://[broken", "s3-control.local"),
        (jobs, "example.com"),
        ("*", "s3-control.local"),
    ]:
        status, body = ask(port, "GET", target, Host=host)
        assert (status, "<Code>AccessDenied</Code>" in body) == (403, True), target
        assert "not a proxy" in body


def test_it_never_connects_to_anybody(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        there = f"127.0.0.1:{other.getsockname()[1]}"
        assert ask(port, "GET", f"http://{there}/", Host=there)[0] == 403
        assert ask(port, "CONNECT", there, Host=there)[0] == 403
        assert ask(port, "CONNECT", "s3-control.local:443")[0] == 403
        with pytest.raises(TimeoutError):
            other.accept()


BOMB = (
    b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<CreateJobRequest><Description>&b;</Description></CreateJobRequest>"
)


class Odd(NamedTuple):
    """A request that no SDK sends, and its answer."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]
    status: int
    code: str


ODD = [
    Odd("POST", "jobs", b"", {}, 400, "BadRequestException"),
    Odd("POST", "jobs", b"{}", {}, 400, "BadRequestException"),
    Odd("POST", "jobs", b"\xff\xfe\x00", {}, 400, "BadRequestException"),
    Odd("POST", "jobs", BOMB, {}, 400, "BadRequestException"),
    Odd("POST", "jobs", b"<a>" * 1000, {}, 400, "BadRequestException"),
    Odd("POST", "jobs", b" " * (1024 * 1024 + 1), {}, 400, "MaxMessageLengthExceeded"),
    Odd("POST", "jobs", b"", {"Content_Length": "-1"}, 411, "MissingContentLength"),
    Odd("POST", "jobs", b"", {"Content_Length": "ten"}, 411, "MissingContentLength"),
    Odd("POST", "jobs", b"", {"Content_Length": "9" * 5000}, 411, "MissingContentLength"),
    Odd("POST", "jobs", b"", {"Transfer_Encoding": "chunked"}, 411, "MissingContentLength"),
    Odd("POST", "jobs/12345/priority", None, {}, 400, "BadRequestException"),
    Odd("POST", "jobs/12345/priority?priority=x", None, {}, 400, "BadRequestException"),
    Odd("GET", "jobs/..%2f..%2fetc", None, {}, 400, "BadRequestException"),
    Odd("GET", "jobs/%00%01%02%03%04", None, {}, 400, "BadRequestException"),
    Odd("GET", "jobs?maxResults=many", None, {}, 400, "InvalidRequestException"),
    Odd("GET", "jobs", None, {"x_amz_account_id": "me"}, 400, "InvalidRequestException"),
    Odd("DELETE", "jobs", None, {}, 405, "MethodNotAllowed"),
    Odd("PATCH", "jobs/12345", None, {}, 405, "MethodNotAllowed"),
    Odd("BREW", "jobs/12345/tagging", None, {}, 405, "MethodNotAllowed"),
    Odd("OPTIONS", "jobs", None, {}, 405, "MethodNotAllowed"),
    Odd("GET", "pots", None, {}, 400, "InvalidURI"),
    Odd("GET", "accesspoint", None, {}, 501, "NotImplemented"),
    Odd(
        "GET", "tags/arn:aws:s3:us-east-1:1:access-grants/default", None, {}, 501, "NotImplemented"
    ),
    Odd("GET", "jobs", None, {"Host": "1234.s3-control.local"}, 400, "BadRequestException"),
]


@pytest.mark.parametrize("odd", ODD, ids=[f"{odd.method} {odd.path} {odd.code}" for odd in ODD])
def test_an_odd_request_is_refused_and_the_next_one_answered(port: int, odd: Odd) -> None:
    status, text = ask(port, odd.method, f"/v20180820/{odd.path}", odd.body, **odd.headers)
    assert (status, f"<Code>{odd.code}</Code>" in text) == (odd.status, True), text
    assert ask(port, "GET", "/v20180820/jobs?jobStatuses=Paused") == (
        200,
        "<?xml version='1.0' encoding='UTF-8'?>\n<ListJobsResult><Jobs /></ListJobsResult>",
    )


def test_a_request_without_an_account_is_refused(port: int) -> None:
    """A web page can send any simple request to this machine, but no header of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/v20180820/jobs", headers={"Host": f"{ACCOUNT}.localhost:{port}"})
    response = connection.getresponse()
    assert (response.status, b"AccountId" in response.read()) == (400, True)
    connection.close()


def test_what_is_not_http_is_refused_in_xml(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(b"HELO there friend of mine\r\n\r\n")
        answer = raw.makefile("rb").read()
    assert b"<Code>InvalidRequest</Code>" in answer


def test_a_body_that_ends_early_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(b"POST /v20180820/jobs HTTP/1.1\r\nHost: s3-control.local\r\n")
        raw.sendall(b"x-amz-account-id: 123456789012\r\nContent-Length: 9\r\n\r\n<a")
        raw.shutdown(socket.SHUT_WR)
        answer = raw.makefile("rb").read()
    assert b"<Code>IncompleteBody</Code>" in answer


def test_a_client_that_goes_away_is_nobody_s_error(
    port: int, capfd: pytest.CaptureFixture[str]
) -> None:
    reset_on_close = struct.pack("ii", 1, 0)
    for at in range(20):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
            raw.sendall(
                b"GET /v20180820/jobs HTTP/1.1\r\nHost: s3-control.local\r\n\r\n"[: 80 - at]
            )
    assert ask(port, "GET", "/v20180820/jobs")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_connection_takes_many_requests(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(3):
        connection.request("GET", "/v20180820/jobs", headers=HEADERS)
        response = connection.getresponse()
        assert (response.status, response.headers["Connection"]) == (200, None)
        response.read()
    connection.close()
