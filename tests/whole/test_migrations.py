"""Migrations on the local service, by the real command line: a list of new names, a renumbering.

The list has 100,000 lines where it is read and checked; moto is too slow to run more than COUNT.
A renumbering of 1,000 objects ran once, as that of RENUMBERED does here.
"""

from __future__ import annotations

import csv
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
import pytest

import local_jobs
from conftest import bake_into
from transcripts import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BUCKET = "photos"
LINES = 100_000
COUNT = 200
RENUMBERED = 300
# All that a migration takes; it fits on one screen.
MIGRATION = """\
python -m jobs manifest names.csv --map --bucket photos -o march.csv
python -m jobs check march.csv --operation rename
python -m jobs submit march.csv --operation rename --first 100 --watch --yes
python -m jobs submit march.csv --operation rename --after @last --watch --yes
python -m jobs report --reconcile
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    answers = {"source_bucket": BUCKET, "destination_bucket": BUCKET, "operation": "rename"}
    project = bake_into(tmp_path_factory.mktemp("migration"), answers)
    options = ("--concurrency", "8", "--port", "0", "--s3-port", "0")
    with local_jobs.running(project, *options, environment={}) as variables:
        s3 = boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL_S3"])
        yield Place(project, variables, s3)


def put(place: Place, objects: Mapping[str, bytes]) -> None:
    with ThreadPoolExecutor(8) as pool:
        for key in objects:
            pool.submit(place.s3.put_object, Bucket=BUCKET, Key=key, Body=objects[key])


def contents(place: Place, prefix: str) -> dict[str, bytes]:
    found = {}
    for page in place.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for each in page.get("Contents", []):
            found[each["Key"]] = place.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
    return found


def run(place: Place, command: str) -> str:
    said = place.run(command)
    assert said.code == 0, said
    return said.text


def old_name(number: int) -> str:
    return f"m/{number:08x}-id"


def new_name(number: int) -> str:
    return f"m/Größe, Maß + {number % 7}/Bild {number:06} (50 %).jpg"


def write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("old name", "new name"))
        writer.writerows((old_name(number), new_name(number)) for number in range(count))


@pytest.mark.slow
def test_a_list_of_100_000_new_names_is_a_manifest_that_passes(place: Place) -> None:
    write(place.project / "names.csv", LINES)
    manifest, check, *_ = MIGRATION.splitlines()
    assert "100,000 rows" in run(place, f"{manifest} --force")
    assert re.search(r"100,000 rows .*\nNo findings\.", run(place, check))


@pytest.mark.slow
def test_a_migration_is_a_canary_of_100_then_the_rest_and_a_report_that_says_so(
    place: Place,
) -> None:
    write(place.project / "names.csv", COUNT)
    put(place, {old_name(number): b"%d" % number for number in range(COUNT)})
    manifest, *others = MIGRATION.splitlines()
    said = [run(place, f"{manifest} --force"), *(run(place, command) for command in others)]
    assert "100 renamed, none failed." in said[2]
    assert f"{COUNT - 100} renamed, none failed." in said[3]
    assert f"{COUNT - 100} rows, all answered once" in said[4]
    assert contents(place, "m/") == {new_name(number): b"%d" % number for number in range(COUNT)}


@pytest.mark.slow
def test_the_jobs_of_a_split_end_with_every_object_at_its_new_name(place: Place) -> None:
    names = [f"s/{number:04}" for number in range(RENUMBERED)]
    links = dict(zip(names, [*names[1:], f"s/{RENUMBERED:04}"], strict=True))
    links |= {"s/swap a": "s/swap b", "s/swap b": "s/swap a"}
    links |= {"s/1": "s/2", "s/2": "s/3", "s/3": "s/1"}
    put(place, {old: old.encode() for old in links})
    with (place.project / "links.csv").open("w", newline="") as file:
        csv.writer(file).writerows(links.items())
    place.run("python -m jobs manifest links.csv --map --bucket photos -o renumber.csv")
    refused = place.run("python -m jobs submit renumber.csv --operation rename --yes")
    assert (refused.code, "let check --split write the jobs" in refused.text) == (2, True)
    said = run(place, "python -m jobs check renumber.csv --operation rename --split parts")
    paths = re.findall(r"^parts/\S+$", said, re.MULTILINE)
    assert len(paths) == 2
    for path in paths:
        run(place, f"python -m jobs submit {path} --operation rename --watch --yes")
    assert contents(place, "s/") == {new: old.encode() for old, new in links.items()}
    report = json.loads(run(place, "python -m jobs report --json"))
    assert (report["failed"], report["done"]["merged"]) == (0, 0)
