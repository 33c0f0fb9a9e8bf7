"""What retry, resume and undo have in common: their options, and how they begin and end."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from jobs import terminal, where, which_job
from jobs.again import rights
from jobs.report import fetch
from jobs.submit import output, submitting
from jobs.submit.options import Wish as SubmitWish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.again.writing import Written
    from jobs.where import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(where.Where):
    """What was asked; the options' help says more."""

    job: str
    output: Path | None
    force: bool
    does_submit: bool
    latest: bool
    yes: bool
    as_json: bool


OPTIONS = (
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The manifest to write.  [default: the verb and the job in its name, here]",
    ),
    click.option("--force", is_flag=True, help="Replace the file."),
    click.option(
        "--submit", "does_submit", is_flag=True, help="Create the job, which waits for confirm."
    ),
    click.option(
        "--latest", is_flag=True, help="Run the version that is deployed now, not that of the job."
    ),
    click.option("--yes", is_flag=True, help="Answer the question of --submit; scripts need it."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)

Command = TypeVar("Command", bound="Callable[..., None]")


def options(command: Command) -> Command:
    """Give `command` the options that the three verbs share."""
    decorate = reduce(lambda function, each: each(function), reversed(OPTIONS), command)
    return where.options(decorate)


def begin(wish: Wish) -> tuple[Place, JobDescriptorTypeDef]:
    """Return where the jobs are, and the job, which has ended.

    Raises:
        Refused: it is unknown or still runs.
    """
    place = where.place(wish)
    job = which_job.find(place, wish.job)
    fetch.check_ended(job)
    return place, job


def path(wish: Wish, verb: str, job: JobDescriptorTypeDef) -> Path:
    """Return the file to write."""
    return wish.output or Path(f"{verb}-{fetch.short(job)}.csv")


def end(  # noqa: PLR0913, PLR0917 - what is said
    wish: Wish,
    verb: str,
    place: Place,
    job: JobDescriptorTypeDef,
    written: Written,
    told: str,
    arguments: Mapping[str, str] | None = None,
    elsewhere: Sequence[str] = (),
) -> None:
    """Say what was written; create the job where that was asked for, and say how to go on.

    `elsewhere`: the commands that deploy what can run the rows, and run them, where the stack's own
    function may not.
    """
    name, file = fetch.short(job), terminal.pasted(str(written.path))
    said = f"{told} {terminal.shown(file)}: {terminal.count(written.rows, 'row')}, checked."
    document = _document(verb, job, written)
    if not wish.does_submit:
        versioned = " --versioned" * ("VersionId" in written.fields)
        following = list(elsewhere) or [
            _following(wish, verb, name, file + versioned * (not arguments), other=bool(arguments))
        ]
        document["next"] = following
        if elsewhere:
            said = "\n  ".join([f"{said}\n{rights.WHY}", *following])
        else:
            said = f"{said}   Next: {following[0]}"
        terminal.out(terminal.as_json(document) if wish.as_json else said)
        return
    terminal.say(said)
    description = f"{verb} of {name}, {terminal.count(written.rows, 'row')}"
    outcome = submitting.submit(place.clients, _like(wish, job, written, description, arguments))
    if not wish.as_json:
        output.tell(outcome, as_json=False, has_again=False)
        return
    document |= {"jobId": outcome.known_or_new, "exists": outcome.known is not None}
    terminal.out(terminal.as_json(document))


def say_nothing_to_do(wish: Wish, verb: str, job: JobDescriptorTypeDef, why: str) -> None:
    """Say that no row is to run; no manifest was written."""
    told = f"job {fetch.short(job)}: {why}"
    if wish.as_json:
        terminal.say(told)
    terminal.out(terminal.as_json(_document(verb, job, None)) if wish.as_json else told)


def _document(verb: str, job: JobDescriptorTypeDef, written: Written | None) -> dict[str, Any]:
    return {
        "schema": f"jobs.{verb}/1",
        "job": job["JobId"],
        "manifest": str(written.path) if written else None,
        "fields": list(written.fields) if written else [],
        "rows": written.rows if written else 0,
        "jobId": None,
        "exists": False,
        "next": [],
    }


def _following(wish: Wish, verb: str, name: str, file: str, *, other: bool) -> str:
    """Return what to type next; `other`: the job has other arguments, which only the verb gives."""
    latest = ["--latest"] * wish.latest
    if not other:
        return where.command(" ".join([f"submit {file} --like {name}", *latest]))
    given = [f"-o {file}"] * (wish.output is not None)
    if bucket := getattr(wish, "bucket", None):
        given += [f"--bucket {terminal.word(bucket)}"]
    given += ["--already"] * getattr(wish, "already", False)
    return where.command(" ".join([f"{verb} {name}", *given, *latest, "--force --submit"]))


def _like(
    wish: Wish,
    job: JobDescriptorTypeDef,
    written: Written,
    description: str,
    arguments: Mapping[str, str] | None,
) -> SubmitWish:
    """Return what `submit --like` would be asked."""
    given = {each.name: getattr(wish, each.name) for each in fields(where.Where)}
    return SubmitWish(
        **given,
        manifest=str(written.path),
        fields=",".join(written.fields),
        like=job["JobId"],
        latest=wish.latest,
        instead=arguments,
        description=description,
        yes=wish.yes,
        allow_overwrite=True,  # it was said for the job that this one is like
    )
