"""The operator's loop, as docs/jobs.md shows it: run whole on the local service, and taken back.

Afterwards bytes, metadata and names are where they began, and the reports add up to the manifest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import transcripts
from readme_transcripts import shape

if TYPE_CHECKING:
    from pathlib import Path

    from transcripts import Place

PAGE = transcripts.PAGE.read_text("utf-8")


def test_every_command_of_the_page_has_said_something() -> None:
    blocks = transcripts.BLOCK.findall(PAGE)
    assert "$ python -m jobs undo" in "".join(blocks)
    for block in blocks:
        commands, said = block.count("\n$ ") + 1, block.count("\n")
        assert said > commands, block
        assert "Traceback" not in block


def report(place: Place, job_id: str) -> dict[str, Any]:
    text = place.run(f"python -m jobs report {job_id} --reconcile --json").text
    found: dict[str, Any] = json.loads(text)
    return found


def take_back(place: Place, job_id: str) -> None:
    for verb in (f"undo {job_id} --submit --yes", "confirm --yes", "watch"):
        said = place.run(f"python -m jobs {verb}")
        assert said.code == 0, said


@pytest.mark.slow
def test_the_page_runs_as_it_says_and_everything_can_be_taken_back(tmp_path: Path) -> None:
    with transcripts.service(tmp_path) as place:
        before = transcripts.contents(place.s3)
        said = list(transcripts.run(PAGE, place))
        assert [(each.command, each.code) for each in said] == transcripts.commands(PAGE), said
        now = transcripts.renewed(PAGE, iter(said))
        assert shape(now) == shape(PAGE), "`make transcripts` renews it"
        listed = json.loads(place.run("python -m jobs list --json").text)["jobs"]
        undo, retry, resume, rest, first = (each["id"] for each in listed)
        once = [report(place, each)["answered"]["once"] for each in (first, rest, resume)]
        assert sum(once) == transcripts.COUNT
        assert (report(place, resume)["failed"], report(place, retry)["failed"]) == (1, 0)
        assert report(place, undo)["done"]["now"] == 1
        for job_id in (resume, rest, first):
            take_back(place, job_id)
        assert transcripts.contents(place.s3) == before
