"""Looks at all that a job is made of, before anything is said, asked or sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jobs import where, which_job
from jobs.aws import partitions
from jobs.estimate import about, quantities
from jobs.project import rule, rule_variables
from jobs.submit import (
    arguments,
    basis,
    edits,
    function_arn,
    generating,
    guards,
    manifest_source,
    notices,
    plans,
    refusing,
    subset,
)
from jobs.submit.generating import Generator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.aws.clients import Clients
    from jobs.check.findings import Finding
    from jobs.check.source import Opened
    from jobs.estimate.about import About
    from jobs.formats.row_rules import Work
    from jobs.submit.basis import Basis
    from jobs.submit.manifest_source import Source
    from jobs.submit.options import Wish
    from jobs.submit.request import Job, Manifest
    from jobs.submit.subset import Subset
    from jobs.submit.versions import Version
    from jobs.where import Deployment


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that can be created.

    Attributes:
        job: what is asked of S3.
        version: of the function.
        planned: what it does with each object.
        bucket: of the objects.
        cost: an estimate; of a list that S3 makes, without its objects.
        source: the manifest; None: S3 makes a list.
        rows: how many; None: S3 counts them.
        of: how many the whole manifest has.
        words: which rows, for instance `first 100`; empty: all.
        examples: old and new name of a few rows, and the bucket where a row names another.
        warnings: what check tells of the rows.
        plan: what is stored beside the manifest; None: nothing.
    """

    job: Job
    version: Version
    planned: Work
    bucket: str
    cost: About
    source: Source | None = None
    rows: int | None = None
    of: int = 0
    words: str = ""
    examples: Sequence[tuple[str, str, str]] = ()
    warnings: Sequence[Finding] = ()
    plan: dict[str, Any] | None = None

    @property
    def verb(self) -> str:
        """What is done to each object: rename, copy, or run, where the task is another."""
        return _verb(self.planned, self.job)


def _verb(planned: Work, job: Job) -> str:
    is_known = planned.rule is not None or "operation" in job.arguments
    return planned.operation if is_known else "run"


def prepare(clients: Clients, wish: Wish, folder: Path) -> Prepared:
    """Return the job, its rows checked.

    Raises:
        Refused: something speaks against it. Nothing was created but a version, if it was asked
            for by --publish.
    """
    found = basis.find(clients, wish)
    if wish.generate:
        return _of_a_list(clients, wish, found)
    generating.refuse_filters(wish)
    whole = manifest_source.find(clients.s3, wish, folder)
    refusing.refuse_header(whole, _inside(folder, "header"))
    refusing.refuse_no_bucket(whole, wish, _inside(folder, "first"))
    chosen = _chosen(clients, wish, whole, folder)
    return _of_rows(clients, wish, found, (whole, chosen), folder)


def _of_rows(
    clients: Clients, wish: Wish, found: Basis, rows: tuple[Opened, Subset | None], folder: Path
) -> Prepared:
    whole, chosen = rows
    opened = chosen.opened if chosen else whole
    source = manifest_source.of(opened, found.place.jobs_bucket)
    _check(clients, wish, found.place, source.buckets, source.manifest)
    job, version, planned = _settled(clients, wish, found, source.manifest, opened.first_bucket)
    checked = refusing.look(whole, planned, _inside(folder, "check"))
    refusing.refuse_stale_plan(whole, planned, checked, clients.s3)
    few = subset.first(opened, plans.EXAMPLES, _inside(folder, "examples"))
    run = refusing.look(opened, planned, _inside(folder, "run")) if chosen else checked
    listed = None if chosen else plans.listed(whole, clients.s3)
    estimate = plans.estimate(version, listed)
    quantity = quantities.Job(operation=_verb(planned, job), objects=run.rows, **estimate)
    return Prepared(
        job=job,
        version=version,
        planned=planned,
        bucket=opened.first_bucket,
        cost=about.cost(quantity, clients.s3.meta.region_name),
        source=source,
        rows=run.rows,
        of=checked.rows,
        words=chosen.words if chosen else "",
        examples=plans.examples(few.opened, planned, _inside(folder, "names")),
        warnings=[each for each in checked.findings if each not in checked.errors],
        plan=plans.document(opened, planned, run, listed, estimate),
    )


def _of_a_list(clients: Clients, wish: Wish, found: Basis) -> Prepared:
    place = found.place
    bucket = generating.bucket_of(wish, place.source_bucket, may_list=place.lists_source)
    generator = Generator(bucket, generating.wanted(wish), place.jobs_bucket, place.owner)
    _check(clients, wish, place, {bucket}, None)
    job, version, planned = _settled(clients, wish, found, generator, bucket)
    generating.refuse_unchecked(planned, bucket, wish.prefix)
    nothing = quantities.Job(operation=_verb(planned, job), objects=0)
    cost = about.cost(nothing, clients.s3.meta.region_name)
    return Prepared(job, version, planned, bucket, cost)


def _settled(
    clients: Clients, wish: Wish, found: Basis, on: Manifest | Generator, bucket: str
) -> tuple[Job, Version, Work]:
    """Return the job, its version and what it does; says what may surprise."""
    version = basis.version(clients, wish, found)
    rule_variables.remember(version.environment or {})  # those that the rule meets there
    rule.forget()  # retry and resume have loaded it with the variables of template.yaml
    job = basis.job(wish, found, on, version)
    # The version's own values, empty ones too: samconfig.toml may say what was not deployed.
    told = {**arguments.deployed(version.environment), **job.arguments}
    planned = refusing.planned(told, found.place, bucket, wish.config_env)
    refusing.refuse_replacing(wish, planned)
    if not (wish.function_arn or wish.like):
        edits.check(version, refuse=planned.operation == "rename" and not wish.yes)
    if partitions.is_aws(clients.s3control.meta.endpoint_url):
        notices.say(clients.s3, job.arguments, version.environment or {}, found.place)
    return job, version, planned


def _chosen(clients: Clients, wish: Wish, whole: Opened, folder: Path) -> Subset | None:
    """Return the rows that were asked for as a manifest of their own; None: all of them."""
    subset.refuse_several(wish)
    if wish.first is not None:
        return subset.first(whole, wish.first, folder)
    if wish.sample is not None:
        return subset.sample(whole, wish.sample, folder)
    if wish.after is not None:
        job = which_job.find(where.place(wish), wish.after)
        return subset.after(whole, job, clients.s3, folder)
    return None


def _check(
    clients: Clients,
    wish: Wish,
    place: Deployment,
    buckets: AbstractSet[str],
    manifest: Manifest | None,
) -> None:
    region = clients.s3control.meta.region_name
    function_arn.check_place(place.function_arn, place.role_arn, region)
    named = {place.jobs_bucket, *buckets, *filter(None, [wish.destination_bucket])}
    guards.check_names(named)
    guards.check_destination(wish.destination_bucket, place.source_bucket, place.destinations)
    guards.check_source(buckets, place.source_bucket)
    if place.has_stack_role:
        if manifest:
            guards.check_reach(manifest, place.jobs_bucket)
        guards.check_report(basis.REPORTS if wish.report_prefix is None else wish.report_prefix)
    if not wish.dry_run and partitions.is_aws(clients.s3control.meta.endpoint_url):
        guards.check_not_reserved(named)
    guards.check_region(clients.s3, buckets)


def check_destination_is_real(clients: Clients, job: Job) -> None:
    """Refuse copies to a bucket that AWS keeps for examples, if the deployment still names it."""
    if partitions.is_aws(clients.s3control.meta.endpoint_url):
        guards.check_not_reserved(filter(None, [job.arguments.get("destinationBucket")]))


def store(s3: S3Client, prepared: Prepared) -> Job:
    """Store the manifest, if it is a local file, and its plan; return the job with its version."""
    job, source = prepared.job, prepared.source
    if source is None:
        return job
    if source.path:
        stored = manifest_source.upload(s3, source.path, source.manifest, job.report_owner)
        job = replace(job, manifest=stored)
    if prepared.plan:
        plans.store(s3, job, prepared.plan)
    return job


def _inside(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir()
    return inner
