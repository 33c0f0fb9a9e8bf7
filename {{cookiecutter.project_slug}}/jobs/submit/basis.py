"""What a job is based on: what is deployed, or another job (`--like`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobs import where, which_job
from jobs.aws import joblist, partitions
from jobs.errors import Refused
from jobs.project import rule
from jobs.submit import arguments, likeness, versions
from jobs.submit.request import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.submit.generating import Generator
    from jobs.submit.options import Wish
    from jobs.submit.request import Manifest
    from jobs.submit.versions import Version
    from jobs.where import Deployment

PRIORITY = 10  # leaves room below, too
REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a job is based on.

    Attributes:
        place: the function, the role and the buckets.
        like: the job that the new one is like; None: none.
        tags: of that job.
    """

    place: Deployment
    like: JobDescriptorTypeDef | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def find(clients: Clients, wish: Wish) -> Basis:
    """Return what the job is based on.

    Raises:
        Refused: there is no such stack or job, or no job can be made like that one.
    """
    if wish.like is None:
        if wish.latest:
            raise Refused("--latest belongs to --like: without it the deployed version runs.")
        return Basis(where.find(clients, wish))
    there = where.place(wish)
    old = which_job.find(there, wish.like)
    tags = likeness.tags_of(there, old["JobId"])
    latest = where.find(clients, wish).function_arn if wish.latest else None
    place = likeness.deployment(old, wish, latest, there.function)
    return Basis(replace(place, stack=where.stack_name(clients, wish)), old, tags)


def version(clients: Clients, wish: Wish, basis: Basis) -> Version:
    """Return the version that runs.

    Raises:
        Refused: as `versions.choose`; or what it does is not known.
    """
    is_local = not partitions.is_aws(clients.s3control.meta.endpoint_url)
    found = versions.choose(
        clients.lambda_, basis.place.function_arn, publish=wish.publish, is_local=is_local
    )
    if found.environment is None and not (is_local or basis.like or wish.operation):
        raise Refused(
            f"What {found.arn} does is not known, since GetFunctionConfiguration is denied: say "
            "with --operation what the job is to do."
        )
    return found


def job(wish: Wish, basis: Basis, on: Manifest | Generator, found: Version) -> Job:
    """Return the job: what was asked, and of the rest what is deployed or the other job says."""
    place = basis.place
    asked = _asked(wish, place)
    if basis.like:
        given = arguments.decide(asked, found.environment) if asked else {}
        kept = joblist.arguments(basis.like) if wish.instead is None else wish.instead
        # of a way back the report has proven what the job had
        if wish.latest and (found.environment is not None or wish.instead is not None):
            kept = arguments.as_before(kept)
        chosen = {**kept, **{name: given[name] for name in asked}, **arguments.own(wish.argument)}
        return likeness.like(
            basis.like,
            on,
            wish,
            tags=basis.tags,
            place=place,
            version_arn=found.arn,
            arguments=chosen,
        )
    return Job(
        function_arn=found.arn,
        role_arn=place.role_arn,
        manifest=on,
        arguments=_pinned(asked, found) | arguments.own(wish.argument),
        report_bucket=place.jobs_bucket,
        report_prefix=REPORTS if wish.report_prefix is None else wish.report_prefix,
        report_scope=wish.report_scope or "AllTasks",
        report_owner=place.owner,
        description=wish.description,
        priority=PRIORITY if wish.priority is None else wish.priority,
        tags=arguments.tags(wish.tag),
        needs_confirmation=wish.confirmation,
        stack=place.stack,
    )


def _pinned(asked: Mapping[str, str], found: Version) -> dict[str, str]:
    """Return what the job says of copies: what was asked, and the rest as it is deployed.

    A task without a rename rule does other work: the deployed values would say nothing true of it.
    """
    given = arguments.decide(asked, found.environment)
    return given if rule.load() else {name: given[name] for name in asked}


def _asked(wish: Wish, place: Deployment) -> dict[str, str]:
    given = {
        "operation": wish.operation,
        "overwrite": wish.overwrite,
        # Empty means the bucket of the objects: said by its name where that is known.
        "destinationBucket": place.source_bucket
        if wish.destination_bucket == "" and place.source_bucket
        else wish.destination_bucket,
        "destinationPrefix": wish.destination_prefix,
    }
    return {name: value for name, value in given.items() if value is not None}
