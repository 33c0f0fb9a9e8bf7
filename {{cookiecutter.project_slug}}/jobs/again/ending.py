"""How retry, resume and undo end: what was written is said, and runs if that was asked for."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from jobs import terminal, where
from jobs.again import rights
from jobs.submit import output, submitting
from jobs.submit.options import Wish as SubmitWish

if TYPE_CHECKING:
    from jobs.again.options import Begun
    from jobs.again.rows import Chosen
    from jobs.again.writing import Written


def say_nothing_to_do(begun: Begun, why: str) -> None:
    """Say that no row is to run; no manifest was written."""
    said = f"job {begun.name}: {why}"
    if begun.wish.as_json:
        terminal.say(said)
    _tell(begun, said, _document(begun, None))


def end(begun: Begun, chosen: Chosen, written: Written) -> None:
    """Say what was written; create the job where that was asked for, and say how to go on."""
    file = terminal.pasted(str(written.path))
    rows = terminal.count(written.rows, "row")
    said = f"{chosen.told} {terminal.shown(file)}: {rows}, checked."
    document = _document(begun, written)
    if begun.wish.does_submit:
        terminal.say(said)
        _submit(begun, chosen, written, document)
        return
    document["next"] = list(chosen.elsewhere) or [_following(begun, chosen, written, file)]
    if chosen.elsewhere:
        said = "\n  ".join([f"{said}\n{rights.WHY}", *chosen.elsewhere])
    else:
        said = f"{said}   Next: {document['next'][0]}"
    _tell(begun, said, document)


def _tell(begun: Begun, said: str, document: dict[str, Any]) -> None:
    terminal.out(terminal.as_json(document) if begun.wish.as_json else said)


def _document(begun: Begun, written: Written | None) -> dict[str, Any]:
    return {
        "schema": f"jobs.{begun.verb}/1",
        "job": begun.job["JobId"],
        "manifest": str(written.path) if written else None,
        "fields": list(written.fields) if written else [],
        "rows": written.rows if written else 0,
        "jobId": None,
        "exists": False,
        "next": [],
    }


def _following(begun: Begun, chosen: Chosen, written: Written, file: str) -> str:
    """Return what to type next: `submit`, or the verb itself where the job has other arguments."""
    wish, latest = begun.wish, ["--latest"] * begun.wish.latest
    if not chosen.arguments:
        versioned = ["--versioned"] * ("VersionId" in written.fields)
        return where.command(" ".join(["submit", file, *versioned, "--like", begun.name, *latest]))
    given = [f"-o {file}"] * (wish.output is not None)
    return where.command(
        " ".join([begun.verb, begun.name, *given, *chosen.options, *latest, "--submit"])
    )


def _submit(begun: Begun, chosen: Chosen, written: Written, document: dict[str, Any]) -> None:
    """Do what `submit --like` does."""
    wish = begun.wish
    asked = SubmitWish(
        **{each.name: getattr(wish, each.name) for each in fields(where.Where)},
        manifest=str(written.path),
        fields=",".join(written.fields),
        like=begun.job["JobId"],
        latest=wish.latest,
        instead=chosen.arguments,
        description=f"{begun.verb} of {begun.name}, {terminal.count(written.rows, 'row')}",
        yes=wish.yes,
        allow_overwrite=True,  # it was said for the job that this one is like
    )
    outcome = submitting.submit(begun.place.clients, asked)
    if not wish.as_json:
        output.tell(outcome, as_json=False, has_again=False)
        return
    document |= {"jobId": outcome.known_or_new, "exists": outcome.known is not None}
    terminal.out(terminal.as_json(document))
