"""Jobs on a real S3 server that nobody here wrote, which holds every condition: SeaweedFS."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import seaweedfs
from jobs.formats import manifest
from jobs.local.demo import samples
from local_service import DESTINATION, FUNCTION, SOURCE, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import PythonWith
    from local_service import Local

pytestmark = pytest.mark.slow

LONGEST_NAME = 255
"""Bytes between two slashes: SeaweedFS keeps objects in folders, and takes no longer name."""


@pytest.fixture(scope="module")
def local(
    template: Path, tmp_path_factory: pytest.TempPathFactory, python_with: PythonWith
) -> Iterator[Local]:
    """The local service of a function that may rename, on SeaweedFS."""
    python = python_with("seaweedfs")
    with (
        seaweedfs.running(python, tmp_path_factory.mktemp("weed")) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("OPERATION", "rename")
        options = ("--s3-endpoint", url, "--port", "0")
        with running(template, tmp_path_factory.mktemp("local"), *options) as started:
            yield started


def invoke(**arguments: str) -> dict[str, Any]:
    """Return the Operation of a job with these userArguments."""
    invoked = {
        "FunctionArn": FUNCTION,
        "InvocationSchemaVersion": "2.0",
        "UserArguments": arguments,
    }
    return {"LambdaInvoke": invoked}


def ended(local: Local, keys: list[str], **arguments: str) -> list[list[str]]:
    """Run a job over manifest keys; return (status, message) of its rows, sorted."""
    job_id = local.job(keys, Operation=invoke(**arguments))
    job = local.wait(job_id, "Complete", "Failed")
    assert job["Status"] == "Complete", job
    rows = [line.split(",", 6) for line in local.report(job_id).splitlines()]
    return sorted([row[3], row[6].strip('"')] for row in rows)


def contents(local: Local, bucket: str, prefix: str) -> dict[str, bytes]:
    s3 = local.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in listed
    }


def test_it_is_found_to_hold_every_condition(local: Local) -> None:
    said = local.errors.read_text()
    assert "need, but takes a//b and a/b for one name." in said
    assert "the function runs with ANNOTATIONS=exclude" in said


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_the_keys_of_the_demo_arrive_with_their_bytes(local: Local, operation: str) -> None:
    s3, bodies, keys = local.client("s3"), {}, []
    for sample in samples.samples():
        if sample.body is None or len(max(sample.key.split("/"), key=len)) > LONGEST_NAME - 10:
            continue
        s3.put_object(Bucket=SOURCE, Key=sample.key, Body=sample.body)
        new_key = sample.new_key and f"{operation}/{sample.new_key}"
        arguments = {"newKey": new_key} if new_key else None
        keys.append(manifest.row(SOURCE, sample.key, arguments=arguments).key)
        # it takes two slashes for one: the only key of the demo that it cannot tell from another
        bodies[new_key or f"{operation}/{sample.key}".replace("//", "/")] = sample.body
    keys.append("odd/missing.txt")

    rows = ended(local, keys, operation=operation, destinationPrefix=f"{operation}/")

    assert [status for status, _ in rows] == ["failed", *["succeeded"] * len(bodies)]
    assert "s3://amzn-s3-demo-source-bucket/odd/missing.txt does not exist" in rows[0][1]
    assert contents(local, DESTINATION, f"{operation}/") == bodies
    left = contents(local, SOURCE, "")
    assert len(left) == (0 if operation == "rename" else len(bodies))


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_another_object_at_the_new_name_stays_and_so_does_the_source(
    local: Local, operation: str
) -> None:
    s3 = local.client("s3")
    s3.put_object(Bucket=SOURCE, Key="conflict", Body=b"ours")
    s3.put_object(Bucket=DESTINATION, Key="copied/conflict", Body=b"theirs")

    [(status, said)] = ended(local, ["conflict"], operation=operation)

    assert (status, "is not shown to be a copy of" in said) == ("failed", True), said
    assert contents(local, SOURCE, "conflict") == {"conflict": b"ours"}
    assert contents(local, DESTINATION, "copied/conflict") == {"copied/conflict": b"theirs"}


def test_a_second_rename_of_what_is_there_says_so_and_loses_nothing(local: Local) -> None:
    s3 = local.client("s3")
    s3.put_object(Bucket=SOURCE, Key="again", Body=b"once")
    [(first, said)] = ended(local, ["again"], operation="rename")
    [(second, said_again)] = ended(local, ["again"], operation="rename")
    assert (first, second) == ("succeeded", "succeeded"), (said, said_again)
    assert said.startswith("Renamed to ")
    assert said_again.startswith("Already renamed")
    assert contents(local, DESTINATION, "copied/again") == {"copied/again": b"once"}


@pytest.mark.parametrize("is_equal", [False, True], ids=["different", "equal"])
def test_swaps_that_bypass_submit_leave_every_content(local: Local, is_equal: bool) -> None:
    """rename.md, "Several rows": `a -> b, b -> a`, in one bucket without versions."""
    s3, keys, bodies = local.client("s3"), [], {}
    for number in range(12):
        for here, there in (("a", "b"), ("b", "a")):
            key = f"swap/{is_equal}/{number}{here}"
            body = f"{number}{'' if is_equal else here}".encode()
            s3.put_object(Bucket=SOURCE, Key=key, Body=body)
            bodies[key] = body
            arguments = {"newKey": f"swap/{is_equal}/{number}{there}", "newBucket": SOURCE}
            keys.append(manifest.row(SOURCE, key, arguments=arguments).key)

    rows = ended(local, keys, operation="rename")

    found = contents(local, SOURCE, f"swap/{is_equal}/")
    assert len(rows) == len(keys)
    if is_equal:
        assert set(found.values()) == set(bodies.values())
    else:
        assert found == bodies
        assert {status for status, _ in rows} == {"failed"}


def test_submit_refuses_the_swap(local: Local, template: Path, tmp_path: Path) -> None:
    s3, file = local.client("s3"), tmp_path / "swap.csv"
    rows = []
    for here, there in (("a", "b"), ("b", "a")):
        s3.put_object(Bucket=SOURCE, Key=f"refused/{here}", Body=here.encode())
        arguments = {"newKey": f"refused/{there}", "newBucket": SOURCE}
        rows.append(manifest.row(SOURCE, f"refused/{here}", arguments=arguments))
    with file.open("w", newline="") as text:
        manifest.write(rows, text)

    done = subprocess.run(
        [sys.executable, "-m", "jobs", "submit", "--no-confirmation", str(file)],
        cwd=template,
        env=local.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert "would delete objects: 2 rows change places (line 1 and 2)" in done.stderr
    assert set(contents(local, SOURCE, "refused/").values()) == {b"a", b"b"}
