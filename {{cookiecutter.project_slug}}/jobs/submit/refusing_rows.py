"""Refuses a manifest whose rows would fail or lose objects: what `check` finds, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs import terminal, where
from jobs.check import checking, loading, planning, work
from jobs.errors import Refused
from jobs.formats import manifest, plan

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked, Finding
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.submit.options import Wish

# What the rows of a finding with this code do to each other.
DOINGS = {
    "E20": "change places",
    "E21": "want one new name",
    "E22": "would take a name that another row's object still has",
    "E23": "would put an object onto itself",
    "E26": "want two names for one object",
}
OTHER_NAMES = (
    "A job runs rows at the same time: give them other names, or let check --split write the jobs "
    "to run one after the other."
)


def refuse_no_bucket(opened: Opened, wish: Wish, folder: Path) -> None:
    """Refuse a first row that names no bucket, as that of a file in UTF-16, for what it is."""
    if not manifest.BUCKET.fullmatch(opened.first_bucket):
        would = work.planned(work.asked(wish), work.deployed())
        look(opened, replace(would, rule=None), folder)
        raise Refused(f"{opened.name!r} is refused: its first row names no bucket.")


def refuse_header(opened: Opened, folder: Path) -> None:
    """Refuse a first row that is a header, before its words are taken for a bucket's name."""
    if cells := loading.header_of(opened, folder):
        raise Refused(
            f"{opened.name!r} is refused: row 1 looks like a header ({','.join(cells)!r}): "
            "delete it, or let check --fix OUT write it without."
        )


def look(opened: Opened, planned: Work, folder: Path) -> Checked:
    """Return what check finds; `folder` as in `checking.check`.

    Raises:
        Refused: an error. The sentence names the first, and how many other kinds there are.
    """
    checked = checking.check(opened, planned, folder)
    if not checked.errors:
        return checked
    names = [each for each in checked.errors if each.code in DOINGS]
    worst = (names or list(checked.errors))[0]
    others = len({each.code for each in checked.errors}) - 1
    also = f" Besides: {terminal.count(others, 'more kind')} of error." if others else ""
    more = f" All: {check_command(opened, planned)}"
    raise Refused(f"{_sentence(opened.name, worst, planned)}{also}{more}")


def refuse_stale_plan(opened: Opened, planned: Work, checked: Checked, s3: S3Client) -> None:
    """Refuse a rename whose plan, beside the manifest, is of another file or another rule.

    Somebody checked something else than what would run. Without a plan, what `look` found counts;
    and so it does where an earlier job left its plan, which says what that one did.
    """
    if planned.operation != "rename" or (stored := planning.stored(opened, s3)) is None:
        return
    rule, kept = planning.rule_of(planned, checked), plan.parse(stored)
    if kept and plan.OF_JOB in kept and kept["manifest"]["etag"] == opened.etag:
        return
    if not plan.matches(kept, etag=opened.etag, size=opened.size, rule=rule):
        raise Refused(
            f"{opened.name!r} has not passed check as it is now: look at what "
            f"{check_command(opened, planned)} says of it."
        )


def check_command(opened: Opened, planned: Work) -> str:
    """Return the command that checks a manifest for that work."""
    has_columns = opened.is_inventory or opened.fields == manifest.COLUMNS[:2]
    # check takes what is not said from samconfig.toml
    deployed = work.deployed()
    says_prefix = planned.prefix or deployed.get("DestinationPrefix")
    says_overwrite = {planned.overwrite, deployed.get("Overwrite") or "never"} != {"never"}
    given = {
        "operation": planned.operation,
        "fields": None if has_columns else ",".join(opened.fields),
        "overwrite": planned.overwrite if says_overwrite else None,
        "destination_bucket": planned.bucket or None,
        "destination_prefix": planned.prefix if says_prefix else None,
    }
    return where.command(f"check {terminal.pasted(opened.name)}{terminal.options(given)}")


def refuse_replacing(wish: Wish, planned: Work) -> None:
    """Refuse a rename with overwrite=always that was not asked for twice."""
    if (planned.operation, planned.overwrite) == ("rename", "always") and not wish.allow_overwrite:
        raise Refused(
            "rename with overwrite=always replaces what is there: add --allow-overwrite once "
            "'check --against' shows what that is."
        )


def _sentence(name: str, finding: Finding, planned: Work) -> str:
    lines = " and ".join(str(each) for each in _lines(finding))
    rows = terminal.count(finding.count, "row")
    if finding.code in DOINGS:
        harm = "delete" if planned.operation == "rename" else "mix up"
        doing = f"{rows} {DOINGS[finding.code]} (line {lines})"
        advice = f"{finding.advice[:1].upper()}{finding.advice[1:]}."
        cure = OTHER_NAMES if finding.code in {"E20", "E22"} else advice
        return f"{name!r} would {harm} objects: {doing}. {cure}"
    detail = next((f" ({each.detail})" for each in finding.examples if each.detail), "")
    line = f", line {lines}" if lines else ""
    what = f"{finding.title} in {rows}{line}{detail}"
    return f"{name!r} is refused: {what}: {finding.advice}."


def _lines(finding: Finding) -> list[int]:
    first = finding.examples[0] if finding.examples else None
    if first is None:
        return []
    if first.with_line and first.with_line != first.line:
        return [first.line, first.with_line]
    return [each.line for each in finding.examples[:2]]
