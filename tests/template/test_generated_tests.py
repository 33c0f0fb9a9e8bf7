"""The tests of a generated project: in any order, each file alone, and never on a network."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import TEMPLATE, run_in

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

FILES = sorted(f"tests/{path.name}" for path in (TEMPLATE / "tests").glob("test_*.py"))
LIMIT = 1200  # lines that an author may be asked to own

# What a user's shell may hold, and no test may see.
SHELL = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_ENDPOINT_URL": "http://192.0.2.1",
    "AWS_PROFILE": "company",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "OPERATION": "rename",
    "DESTINATION_BUCKET": "company-bucket",
}
# A plugin: pytest runs the tests in an order that nobody chose.
SHUFFLE = """
import random


def pytest_collection_modifyitems(items):
    seed = random.randrange(10**6)
    print(f"shuffled with {seed}")
    random.Random(seed).shuffle(items)
"""
# An author's own tests, in a file that is collected first.
OWN_TESTS = """
import boto3

QUEUES = boto3.client("sqs")  # made before any test begins

import socket
import urllib.request
import app
import pytest

REFUSED = pytest.raises(pytest.fail.Exception, match="A test tried to reach")


def test_a_client_of_any_service_is_answered_by_moto():
    assert QUEUES.create_queue(QueueName="mine")["QueueUrl"]
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []


def test_what_one_test_made_is_gone_in_the_next():
    assert "QueueUrls" not in QUEUES.list_queues()


def test_a_name_is_not_looked_up():
    with REFUSED:
        socket.create_connection(("s3.amazonaws.com", 443))
    with REFUSED:
        urllib.request.urlopen("https://s3.amazonaws.com/")


def test_an_address_is_not_connected_to():
    with socket.socket() as stream, REFUSED:
        stream.connect(("192.0.2.1", 443))
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, REFUSED:
        datagram.sendto(b"x", ("192.0.2.1", 53))


def test_this_machine_may_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
"""


def run(project: Path, *arguments: str, **environment: str) -> str:
    """Run pytest in the project; return what it says. All must pass."""
    pytest_quiet = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    return run_in(project, *pytest_quiet, *arguments, environ=environment)


@pytest.mark.slow
def test_they_pass_in_any_order_whatever_the_shell_holds(
    default_project: Path, tmp_path: Path
) -> None:
    (tmp_path / "shuffle.py").write_text(SHUFFLE)
    assert "passed" in run(default_project, "-p", "shuffle", PYTHONPATH=str(tmp_path), **SHELL)


# Runs each file in a process of its own, which begins with the packages that are slow to import.
EACH_ALONE = """
import os, sys
import boto3, moto, pytest

for file in sys.argv[1:]:
    if os.fork() == 0:
        os._exit(pytest.main(["-q", "-p", "no:cacheprovider", file]))
    _, status = os.wait()
    assert status == 0, file
"""


@pytest.mark.slow
def test_each_file_passes_alone(default_project: Path) -> None:
    said = run_in(default_project, sys.executable, "-c", EACH_ALONE, *FILES)
    assert len(re.findall("[1-9][0-9]* passed", said)) == len(FILES)


def test_an_authors_test_reaches_no_network(bake: Bake) -> None:
    project = bake()
    (project / "tests" / "test_aaa.py").write_text(OWN_TESTS)
    assert "5 passed" in run(project, "tests/test_aaa.py", **SHELL)


def test_an_author_can_own_them(default_project: Path) -> None:
    texts = [path.read_text("utf-8") for path in (default_project / "tests").glob("*.py")]
    assert sum(len(text.splitlines()) for text in texts) <= LIMIT
