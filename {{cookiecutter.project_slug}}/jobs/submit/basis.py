"""What a job is based on: what is deployed, or another job (`--like`).

Of that it has function version, arguments, role, report place, priority and tags, where no option
says another. `retry`, `resume` and `undo` create their jobs so, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from jobs import terminal, where, which_job
from jobs.aws import joblist, partitions
from jobs.check import work
from jobs.errors import Refused
from jobs.project import rule
from jobs.submit import arguments, deployment, versions
from jobs.submit.refusing_places import REPORTS
from jobs.submit.request import STACK_TAG, Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.submit.deployment import Deployment
    from jobs.submit.generating import Generator
    from jobs.submit.options import Wish
    from jobs.submit.request import Manifest
    from jobs.submit.versions import Version
    from jobs.where import Place

PRIORITY = 10  # leaves room below, too


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a job runs, and what it has of the one that it is like.

    Attributes:
        place: the function, the role and the buckets.
        arguments: of that job; None: it is like none.
        tags: of that job.
        report_prefix: of that job; else the usual one.
        priority: likewise.
    """

    place: Deployment
    arguments: Mapping[str, str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    report_prefix: str = REPORTS
    priority: int = PRIORITY


def find(clients: Clients, wish: Wish) -> Basis:
    """Return what the job is based on.

    Raises:
        Refused: there is no such stack or job, or no job can be made like that one.
    """
    if wish.like is None:
        if wish.latest:
            raise Refused("--latest belongs to --like: without it the deployed version runs.")
        return Basis(deployment.of_stack(clients, wish))
    there = where.place(wish)
    old = which_job.find(there, wish.like)
    tags = _tags_of(there, old["JobId"])
    latest = deployment.of_stack(clients, wish).function_arn if wish.latest else None
    place = deployment.of_job(old, wish, latest, there.function)
    _say_scope(old, wish)
    # whoever made the old job may have left the tag out
    stack = tags.get(STACK_TAG) or where.stack_name(clients, wish)
    return Basis(
        replace(place, stack=stack),
        joblist.arguments(old) if wish.instead is None else wish.instead,
        tags,
        old["Report"].get("Prefix", ""),
        old.get("Priority", 0),
    )


def version(clients: Clients, wish: Wish, basis: Basis) -> Version:
    """Return the version that runs; refuse one of which nothing says what it does."""
    is_local = not partitions.is_aws(clients.s3control.meta.endpoint_url)
    found = versions.choose(
        clients.lambda_, basis.place.function_arn, publish=wish.publish, is_local=is_local
    )
    if found.environment is None and not (is_local or wish.like or wish.operation):
        raise Refused(
            f"What {found.arn} does is not known, since GetFunctionConfiguration is denied: say "
            "with --operation what the job is to do."
        )
    return found


def job(wish: Wish, basis: Basis, on: Manifest | Generator, found: Version) -> Job:
    """Return the job: what was asked, and of the rest what is deployed or the other job says."""
    place = basis.place
    return Job(
        function_arn=found.arn,
        role_arn=place.role_arn,
        manifest=on,
        arguments=_arguments(wish, basis, found) | arguments.own(wish.argument),
        report_bucket=place.jobs_bucket,
        report_prefix=basis.report_prefix if wish.report_prefix is None else wish.report_prefix,
        report_scope=wish.report_scope or "AllTasks",
        report_owner=place.owner,
        description=wish.description,
        priority=basis.priority if wish.priority is None else wish.priority,
        tags={**basis.tags, **arguments.tags(wish.tag)},
        needs_confirmation=wish.confirmation,
        stack=place.stack,
    )


def _arguments(wish: Wish, basis: Basis, found: Version) -> dict[str, str]:
    """Return what the job says of copies: what was asked, and the rest as deployed or as before."""
    asked = {name: value for name, value in work.asked(wish).items() if value is not None}
    if wish.destination_bucket == "" and basis.place.source_bucket:
        # Empty means the bucket of the objects: said by its name where that is known.
        asked["destinationBucket"] = basis.place.source_bucket
    decided = arguments.decide(asked, found.environment)
    if basis.arguments is None:
        # A task without a rename rule does other work: of it the deployed values say nothing true.
        return decided if rule.load() else asked
    kept = basis.arguments
    # of a way back the report has proven what the job had
    if wish.latest and (found.environment is not None or wish.instead is not None):
        kept = arguments.as_before(kept)
    return {**kept, **asked}


def _tags_of(place: Place, job_id: str) -> dict[str, str]:
    """Return the tags of a job: without them the stack's policies might not reach the new one."""
    found = joblist.tags(place.clients.s3control, place.account, job_id)
    if found is None:
        raise Refused(
            f"The tags of job {job_id} may not be read, and the new job needs the same: allow "
            "s3:GetJobTagging, or submit the file with `submit`."
        )
    return found


def _say_scope(old: JobDescriptorTypeDef, wish: Wish) -> None:
    """Say that the report lists all tasks, where that of the old job did not."""
    if old["Report"].get("ReportScope") == "FailedTasksOnly" and not wish.report_scope:
        terminal.say(
            "The report will list all tasks, though that job's listed the failed ones only: resume "
            "and undo need the others. submit --report-scope FailedTasksOnly leaves them out."
        )
