"""Looks at all that a job is made of, before anything is said, asked or sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.aws import uris
from jobs.check import planning, source, work
from jobs.estimate import job_plan, quantities
from jobs.formats import plan
from jobs.project import rule, rule_variables
from jobs.submit import (
    arguments,
    basis,
    generating,
    notices,
    refusing_places,
    refusing_rows,
    storing,
    subset,
)
from jobs.submit.generating import Generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs.aws.clients import Clients
    from jobs.check.findings import Finding
    from jobs.check.source import Opened
    from jobs.estimate.quantities import About
    from jobs.formats.row_rules import Work
    from jobs.submit.basis import Basis
    from jobs.submit.options import Wish
    from jobs.submit.request import Job, Manifest
    from jobs.submit.versions import Version


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that can be created.

    Attributes:
        job: what is asked of S3.
        version: of the function.
        planned: what it does with each object.
        bucket: of the objects.
        path: the manifest, a file that is still to be uploaded; None: it is in S3.
        rows: how many; None: S3 makes a list and counts them.
        cost: an estimate; None: likewise.
        of: how many the whole manifest has.
        words: which rows, for instance `first 100`; empty: all.
        examples: as of `subset.examples`.
        warnings: what check tells of the rows.
        plan: what is stored beside the manifest.
    """

    job: Job
    version: Version
    planned: Work
    bucket: str
    path: Path | None = None
    rows: int | None = None
    cost: About | None = None
    of: int = 0
    words: str = ""
    examples: Sequence[tuple[str, str, str]] = ()
    warnings: Sequence[Finding] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        """What is done to each object: rename, copy, or run, where the task is another."""
        is_known = self.planned.rule is not None or "operation" in self.job.arguments
        return self.planned.operation if is_known else "run"


def prepare(clients: Clients, wish: Wish, folder: Path) -> Prepared:
    """Return the job, its rows checked; `folder` takes what does not fit into memory.

    Raises:
        Refused: something speaks against it. Nothing was created but a version, if it was asked
            for by --publish.
    """
    found = basis.find(clients, wish)
    if wish.generate:
        return _of_a_list(clients, wish, found)
    generating.refuse_filters(wish)
    fields = source.fields(asked=wish.fields, versioned=wish.versioned)
    if wish.manifest.startswith(uris.SCHEME):
        whole = source.in_s3(clients.s3, wish.manifest, fields, folder)
    else:
        whole = source.in_file(Path(wish.manifest), fields)
    refusing_rows.refuse_header(whole, _inside(folder, "header"))
    refusing_rows.refuse_no_bucket(whole, wish, _inside(folder, "first"))
    return _of_rows(clients, wish, found, whole, folder)


def _of_rows(clients: Clients, wish: Wish, found: Basis, whole: Opened, folder: Path) -> Prepared:
    chosen = subset.chosen(clients.s3, wish, whole, folder)
    opened = chosen.opened if chosen else whole
    on = storing.place_of(opened, found.place.jobs_bucket)
    prepared = _settled(clients, wish, found, on, opened.first_bucket)
    planned, version = prepared.planned, prepared.version
    checked = refusing_rows.look(whole, planned, _inside(folder, "check"))
    refusing_rows.refuse_stale_plan(whole, planned, checked, clients.s3)
    run = refusing_rows.look(opened, planned, _inside(folder, "run")) if chosen else checked
    listed = None if chosen else (planning.known(whole, clients.s3) or {}).get("objects")
    needed: dict[str, Any] = {"memory": version.memory, "architecture": version.architecture}
    needed |= job_plan.needed(listed)
    quantity = quantities.Job(operation=prepared.verb, objects=run.rows, **needed)
    return replace(
        prepared,
        path=None if opened.bucket else Path(opened.name),
        rows=run.rows,
        cost=quantities.about(quantity, clients.s3.meta.region_name),
        of=checked.rows,
        words=chosen.words if chosen else "",
        examples=subset.examples(opened, planned, _inside(folder, "examples")),
        warnings=[each for each in checked.findings if each not in checked.errors],
        plan=planning.document(opened, planned, run, listed) | {plan.OF_JOB: needed},
    )


def _of_a_list(clients: Clients, wish: Wish, found: Basis) -> Prepared:
    place = found.place
    bucket = generating.bucket_of(wish, place.source_bucket, may_list=place.lists_source)
    generator = Generator(bucket, generating.wanted(wish), place.jobs_bucket, place.owner)
    prepared = _settled(clients, wish, found, generator, bucket)
    generating.refuse_unchecked(prepared.planned, bucket, wish.prefix)
    return prepared


def _settled(
    clients: Clients, wish: Wish, found: Basis, on: Manifest | Generator, bucket: str
) -> Prepared:
    """Return the job, its version and what it does; says what may surprise."""
    manifest = None if isinstance(on, Generator) else on
    refusing_places.check(clients, wish, found.place, bucket, manifest)
    version = basis.version(clients, wish, found)
    rule_variables.remember(version.environment or {})  # those that the rule meets there
    rule.forget()  # retry and resume have loaded it with the variables of template.yaml
    job = basis.job(wish, found, on, version)
    # The version's own values, empty ones too: samconfig.toml may say what was not deployed.
    told = {**arguments.deployed(version.environment), **job.arguments}
    planned = work.planned(told, work.deployed(), source=bucket)
    planned = replace(planned, granted=found.place.destinations)
    refusing_rows.refuse_replacing(wish, planned)
    if not (wish.function_arn or wish.like):
        notices.say_edits(version, refuse=planned.operation == "rename" and not wish.yes)
    notices.say(clients, job.arguments, version.environment or {}, found.place)
    return Prepared(job, version, planned, bucket)


def _inside(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir()
    return inner
