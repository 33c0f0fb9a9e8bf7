"""The verb: the order in which a job is looked at, built, checked and created."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import click
from botocore.exceptions import ClientError

from jobs import errors, terminal, where
from jobs.aws import partitions, request_limits
from jobs.aws.clients import connect
from jobs.errors import Refused
from jobs.submit import (
    arguments,
    asking,
    create,
    edits,
    function_arn,
    guards,
    manifest_source,
    notices,
    output,
    refusing,
    request,
    subset,
    versions,
)
from jobs.submit.options import Wish, options
from jobs.submit.output import Outcome
from jobs.submit.request import Job
from jobs.watch import following
from jobs.watch.following import How

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import StructureShape
    from mypy_boto3_s3control.type_defs import JobListDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.check.source import Opened
    from jobs.submit.manifest_source import Source
    from jobs.submit.subset import Subset
    from jobs.submit.versions import Version
    from jobs.where import Deployment


@click.command("submit", short_help="Create the job that runs the function on a manifest.")
@click.argument("manifest")
@options
@click.pass_context
def command(context: click.Context, /, **_: object) -> None:
    """Create the job that runs the deployed function on every object of MANIFEST.

    MANIFEST is a CSV file, or the s3:// place of one or of an inventory's manifest.json. A file is
    checked to its end and uploaded to the jobs bucket.

    The job runs the version that the alias stands for, pinned. It waits for confirmation unless
    --no-confirmation is given. Submitting the same work again shows the job that exists.
    """
    wish = Wish(**context.params)
    if wish.watch:
        wish = replace(wish, confirmation=False)
    clients = connect(wish.region, wish.config_env)
    outcome = submit(clients, wish)
    terminal.out(output.as_json(outcome) if wish.as_json else output.as_text(outcome))
    if wish.watch and (job_id := outcome.job_id or (outcome.known or {}).get("JobId")):
        context.exit(following.follow(where.place(wish), wish, job_id, How(as_json=wish.as_json)))


def submit(clients: Clients, wish: Wish) -> Outcome:
    """Return the job that was created, or the one of the same work that exists.

    Raises:
        Refused: the wish can not be fulfilled; no job was created. A version may have been
            published and a manifest uploaded: the next run finds them again.
    """
    if wish.dry_run and wish.publish:
        raise Refused("--dry-run changes nothing, and --publish would: give one of them.")
    if not wish.manifest.startswith(manifest_source.SCHEME):
        Path(wish.manifest).stat()  # before AWS is asked anything
    place = where.find(clients, wish)
    with tempfile.TemporaryDirectory(prefix="jobs-submit-") as folder:
        return _submit(clients, wish, place, Path(folder))


def _submit(clients: Clients, wish: Wish, place: Deployment, folder: Path) -> Outcome:
    whole = manifest_source.find(clients.s3, wish, folder)
    refusing.refuse_header(whole)
    chosen = _chosen(clients, wish, whole, folder)
    opened = chosen.opened if chosen else whole
    found = manifest_source.of(opened, place.jobs_bucket)
    _check(clients, wish, place, found)
    is_local = not partitions.is_aws(clients.s3control.meta.endpoint_url)
    version = versions.choose(
        clients.lambda_, place.function_arn, publish=wish.publish, is_local=is_local
    )
    job = _job(wish, place, found, version)
    planned = refusing.planned(job.arguments, place, opened.first_bucket)
    checked = refusing.look(whole, planned, folder)
    refusing.refuse_stale_plan(whole, planned, checked)
    asking.refuse_replacing(wish, planned)
    if not wish.function_arn:
        renames = job.arguments.get("operation") == "rename"
        edits.check(version, refuse=renames and not wish.yes)
    if not is_local:
        notices.say(clients.s3, job.arguments, version.environment or {}, place)
    token = request.token(job, again=uuid4().hex if wish.again else "")
    asked = request.build(job, token)
    model = clients.s3control.meta.service_model.operation_model("CreateJob")
    request_limits.check(
        cast("Mapping[str, object]", asked), cast("StructureShape", model.input_shape)
    )
    outcome = Outcome(asked, found, clients.s3control.meta.region_name)
    rows = chosen.rows if chosen else checked.rows
    of = f" of {checked.rows:,}" if chosen else ""
    asking.say(job, planned, opened.first_bucket, f"{rows:,}{of} objects")
    if wish.dry_run:
        return outcome
    if known := _existing(clients, wish, job, outcome):
        return replace(outcome, known=known)
    if planned.operation == "rename":
        asking.refuse_beside_another(clients.s3control, job, asked["AccountId"], wish)
    asking.ask(wish, planned, rows)
    return _send(clients, job, outcome)


def _chosen(clients: Clients, wish: Wish, whole: Opened, folder: Path) -> Subset | None:
    """Return the rows that were asked for as a manifest of their own; None: all of them."""
    given = [name for name in ("first", "sample", "after") if getattr(wish, name) is not None]
    if len(given) > 1:
        raise Refused(f"--{given[0]} and --{given[1]} both choose rows: give one of them.")
    if wish.first is not None:
        return subset.first(whole, wish.first, folder)
    if wish.sample is not None:
        return subset.sample(whole, wish.sample, folder)
    if wish.after is not None:
        job = where.job(where.place(wish), wish.after)
        return subset.after(whole, job, clients.s3, folder)
    return None


def _check(clients: Clients, wish: Wish, place: Deployment, found: Source) -> None:
    region = clients.s3control.meta.region_name
    function_arn.check_place(place.function_arn, place.role_arn, region)
    named = {place.jobs_bucket, *found.buckets, *filter(None, [wish.destination_bucket])}
    guards.check_names(named)
    guards.check_destination(wish.destination_bucket, place.source_bucket, place.destinations)
    guards.check_source(found.buckets, place.source_bucket)
    if place.has_stack_role:
        guards.check_reach(found.manifest, place.jobs_bucket, wish.report_prefix)
    if not wish.dry_run and partitions.is_aws(clients.s3control.meta.endpoint_url):
        guards.check_not_reserved(named)
    guards.check_region(clients.s3, found.buckets)


def _job(wish: Wish, place: Deployment, found: Source, version: Version) -> Job:
    given = {
        "operation": wish.operation,
        "overwrite": wish.overwrite,
        # Empty means the bucket of the objects: said by its name where that is known.
        "destinationBucket": place.source_bucket
        if wish.destination_bucket == "" and place.source_bucket
        else wish.destination_bucket,
        "destinationPrefix": wish.destination_prefix,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    return Job(
        function_arn=version.arn,
        role_arn=place.role_arn,
        manifest=found.manifest,
        arguments=arguments.decide(asked, version.environment) | arguments.own(wish.argument),
        report_bucket=place.jobs_bucket,
        report_prefix=wish.report_prefix,
        report_scope=wish.report_scope,
        report_owner=place.owner,
        description=wish.description,
        priority=wish.priority,
        tags=arguments.tags(wish.tag),
        needs_confirmation=wish.confirmation,
    )


def _existing(
    clients: Clients, wish: Wish, job: Job, outcome: Outcome
) -> JobListDescriptorTypeDef | None:
    if partitions.is_aws(clients.s3control.meta.endpoint_url):
        guards.check_not_reserved(filter(None, [job.arguments.get("destinationBucket")]))
    known = None if wish.again else _known(clients, outcome, request.mark(job))
    if known:
        asking.refuse_old_work(known["JobId"], known["Status"])
    return known


def _send(clients: Clients, job: Job, outcome: Outcome) -> Outcome:
    asked = outcome.request
    if outcome.source.path:
        stored = manifest_source.upload(
            clients.s3, outcome.source.path, job.manifest, outcome.owner
        )
        asked = request.build(replace(job, manifest=stored), asked["ClientRequestToken"])
    job_id = create.create(clients.s3control, asked)
    terminal.say(f"job {job_id}")  # at once: whatever happens next, its id is known
    return replace(outcome, request=asked, job_id=job_id)


def _known(clients: Clients, outcome: Outcome, mark: str) -> JobListDescriptorTypeDef | None:
    """Return the job of the same work; None: there is none, or it may not be looked for."""
    try:
        return create.existing(clients.s3control, outcome.request["AccountId"], mark)
    except ClientError as error:
        if errors.code(error) not in errors.DENIED_CODES:
            raise
    terminal.say(
        "ListJobs is denied, so a job of the same work is not looked for: only the very same "
        "request still gives the same job."
    )
    return None
