"""Says what a job will do to how many objects, for how much; asks before it is created."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.check.output import NO_RULE
from jobs.submit.generating import Generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.submit.options import Wish
    from jobs.submit.preparing import Prepared

LONGEST = 100  # characters of a key that are shown
SHOWN = 2  # examples before a question
COST_OF_A_LIST = (
    "US$ 0.25, and 0.015 for a million objects of the bucket, to make the list; confirm says the "
    "rest"
)


def say(prepared: Prepared, *, whole: bool = False) -> None:
    """Say what the job will do; with all examples of new names, or the first and the last."""
    terminal.say("\n".join(map(terminal.shown, _lines(prepared, whole=whole))))


def ask(wish: Wish, prepared: Prepared) -> None:
    """Return once the person has agreed: to a copy by y, to a rename by its word.

    A list that S3 makes is agreed to by the name of its bucket: nobody has seen its rows.

    Raises:
        Refused: the answer was another, or nobody can be asked.
    """
    job = prepared.job
    is_rename = prepared.planned.operation == "rename"
    word = "rename" if is_rename else "y"
    if isinstance(job.manifest, Generator):
        word = job.manifest.bucket
    act = "Create it (it waits for confirm)" if job.needs_confirmation else "Run it"
    does = "run the function on" if prepared.verb == "run" else prepared.verb
    why = " Rename deletes the sources." if is_rename else ""
    terminal.confirm(
        f"{act}?{why} Type {word}:",
        word,
        is_given=wish.yes,
        refusal=f"This would {does} {_objects(prepared)} and nobody is there to confirm it: add "
        "--yes.",
    )


def _objects(prepared: Prepared) -> str:
    if prepared.rows is None:
        return f"what S3 lists of s3://{prepared.bucket}"
    return terminal.count(prepared.rows, "object")


def _lines(prepared: Prepared, *, whole: bool) -> Iterator[str]:
    job, planned = prepared.job, prepared.planned
    of = f" of {prepared.of:,}, {prepared.words}" if prepared.words else ""
    yield f"{prepared.verb} of {_objects(prepared)}{of}"
    if isinstance(job.manifest, Generator):
        filters = dict(job.manifest.filters)
        yield f"  filters   {json.dumps(filters) if filters else 'none: every object'}"
    place = f"     to  s3://{planned.bucket or prepared.bucket}/{planned.prefix}"
    yield f"  from      s3://{prepared.bucket}/{place if planned.rule else ''}"
    yield from _examples(prepared, whole=whole)
    name, _, number = job.function_arn.rpartition(":function:")[2].rpartition(":")
    deployed = f" (deployed {prepared.version.modified[:10]})" if prepared.version.modified else ""
    said = " ".join(f"{name}={value}" for name, value in job.arguments.items())
    yield f"  function  {name} version {number}{deployed}, with {said or 'no arguments'}"
    if planned.rule is None and prepared.rows is not None and prepared.verb != "run":
        yield f"            {NO_RULE}"
    yield f"  cost      {prepared.cost or COST_OF_A_LIST}"
    yield f"  report    s3://{f'{job.report_bucket}/{job.report_prefix}'.rstrip('/')}/"
    for each in prepared.warnings:
        line = f", line {each.examples[0].line}" if each.examples else ""
        rows = terminal.count(each.count, "row")
        yield f"  {each.code}       {each.title} in {rows}{line}: {each.advice}"


def _examples(prepared: Prepared, *, whole: bool) -> Iterator[str]:
    few = prepared.examples
    shown = few if whole or len(few) <= SHOWN else [few[0], few[-1]]
    for old, new, bucket in shown:
        there = f"s3://{bucket}/" if bucket else ""
        to = f"  ->  {there}{terminal.cut(new, LONGEST)}" if new else ""
        yield f"            {terminal.cut(old, LONGEST)}{to}"
    if (rest := (prepared.rows or 0) - len(shown)) > 0 and shown:
        yield f"            … and {rest:,} more"
