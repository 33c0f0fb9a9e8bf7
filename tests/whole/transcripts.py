"""Runs the console blocks of docs/jobs.md on the local service, and writes what they say there.

    make transcripts        renews docs/jobs.md, and what both READMEs show

A line that begins with `$ ` is a command; what follows, up to the next one, is what it said. A last
line `exit code N` stands for any but 0.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path += [
    str(ROOT / name) for name in ("tests/whole", "tests", "{{cookiecutter.project_slug}}", "")
]

import boto3  # noqa: E402 - the folders of the tests come first

import local_jobs  # noqa: E402
import readme_transcripts  # noqa: E402
from conftest import TEMPLATE, bake_into  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

PAGE = TEMPLATE / "docs" / "jobs.md"
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
BUCKET = "photos"
COUNT = 600
PREFIX = "archive/"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, on stdout and stderr together, and its exit code."""

    command: str
    text: str
    code: int


def commands(page: str) -> list[tuple[str, int]]:
    """Return each command of the page with the exit code that it records."""
    found = []
    for block in BLOCK.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, said = part.partition("\n")
            code = re.search(r"^exit code (\d+)$", said, re.MULTILINE)
            found.append((command, int(code[1]) if code else 0))
    return found


def renewed(page: str, said: Iterator[Said]) -> str:
    """Return the page with what its commands have said."""

    def block(match: re.Match[str]) -> str:
        lines = re.findall(r"^\$ .*$", match[0], re.MULTILINE)
        return "".join(_shown(next(said)) for _ in lines)

    return BLOCK.sub(block, page)


def _shown(said: Said) -> str:
    code = f"exit code {said.code}\n" if said.code else ""
    text = said.text.rstrip()
    return f"$ {said.command}\n" + (f"{text}\n" if text else "") + code


def objects() -> dict[str, bytes]:
    """Return key to content of what is in the source before the first command."""
    return {f"2025/{n:03} a+b.txt": f"object {n}".encode() for n in range(COUNT)}


def fill(s3: S3Client) -> None:
    """Put the objects into the source, each with metadata."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: put(s3, key), objects()))


def put(s3: S3Client, key: str) -> None:
    """Put one of the objects into the source."""
    s3.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=objects()[key],
        Metadata={"n": key[5:8]},
        ContentType="text/x-n",
    )


def contents(s3: S3Client) -> dict[str, tuple[bytes, dict[str, str], str]]:
    """Return key to bytes, metadata and content type of all objects."""
    found = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for each in page.get("Contents", []):
            answer = s3.get_object(Bucket=BUCKET, Key=each["Key"])
            found[each["Key"]] = (
                answer["Body"].read(),
                answer["Metadata"],
                answer["ContentType"],
            )
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A project beside a local service that runs."""

    project: Path
    variables: Mapping[str, str]
    s3: S3Client

    def run(self, command: str) -> Said:
        """Run a command as a person would, in the project and with the service's variables."""
        done = subprocess.run(
            ["/bin/sh", "-c", command.replace("python ", f"{sys.executable} ", 1)],
            cwd=self.project,
            env=os.environ | dict(self.variables) | {"COLUMNS": "110"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Said(command, done.stdout, done.returncode)


@contextmanager
def service(folder: Path) -> Iterator[Place]:
    """Give a new project whose function renames, and its local service with the objects in it."""
    answers = {"source_bucket": BUCKET, "destination_bucket": BUCKET, "operation": "rename"}
    project = bake_into(folder, answers)
    # one invocation at a time: there is time to cancel
    options = ("--concurrency", "1", "--port", "0", "--s3-port", "0")
    with local_jobs.running(project, *options, environment={}) as variables:
        s3 = boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL_S3"])
        fill(s3)
        yield Place(project, variables, s3)


def run(page: str, place: Place) -> Iterator[Said]:
    """Run the commands of a page one after the other."""
    for command, _ in commands(page):
        _take_away_and_bring_back(place.s3, command)
        yield place.run(command)


def _take_away_and_bring_back(s3: S3Client, command: str) -> None:
    """Let one object be missing while `resume` runs, and be there again for `retry`."""
    if not command.startswith(("python -m jobs resume", "python -m jobs retry")):
        return
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    there = {each["Key"] for page in pages for each in page.get("Contents", [])}
    if command.startswith("python -m jobs resume"):
        s3.delete_object(Bucket=BUCKET, Key=max(objects().keys() & there))
        return
    for key in objects():
        if key not in there and PREFIX + key not in there:
            put(s3, key)


def main() -> None:
    """Renew the page and the READMEs."""
    with tempfile.TemporaryDirectory() as folder:
        readme_transcripts.renew(bake_into(Path(folder), {}))
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder, service(Path(folder)) as place:
        PAGE.write_text(renewed(page, run(page, place)), "utf-8")


if __name__ == "__main__":
    main()
