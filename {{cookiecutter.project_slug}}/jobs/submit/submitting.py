"""Submits a job: it is prepared, built, checked, said, asked for and created, in this order.

Two guards keep the same work from running twice: `other_jobs.of_same_work` finds the job of an
earlier run, and the ClientRequestToken is made of the request. Should two runs overlap, or an
answer be lost, AWS answers the second CreateJob with the first one's job, or refuses it if the
manifest was uploaded again meanwhile and has another version.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from jobs import errors, where
from jobs.aws import joblist, request_limits, uris
from jobs.errors import Refused
from jobs.submit import asking, other_jobs, preparing, refusing_places, request, storing
from jobs.submit.output import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import StructureShape
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import CreateJobRequestTypeDef, JobListDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.submit.options import Wish
    from jobs.submit.preparing import Prepared


class TakenError(Refused):
    """Another request has the token: a job of the same work was created at the same time."""


def submit(clients: Clients, wish: Wish) -> Outcome:
    """Return the job that was created, or the one of the same work that exists.

    Raises:
        Refused: the wish cannot be fulfilled; no job was created. A version may have been
            published and a manifest uploaded: the next run finds them again.
    """
    if wish.dry_run and wish.publish:
        raise Refused("--dry-run changes nothing, and --publish would: give one of them.")
    if wish.generate == bool(wish.manifest):
        raise Refused("Give a MANIFEST, or --generate in its place.")
    if wish.manifest and not wish.manifest.startswith(uris.SCHEME):
        Path(wish.manifest).stat()  # before AWS is asked anything
    with tempfile.TemporaryDirectory(prefix="jobs-submit-") as folder:
        return _submit(clients, wish, preparing.prepare(clients, wish, Path(folder)))


def _submit(clients: Clients, wish: Wish, prepared: Prepared) -> Outcome:
    job, s3control = prepared.job, clients.s3control
    asked = request.build(job, request.token(job))
    shape = s3control.meta.service_model.operation_model("CreateJob").input_shape
    request_limits.check(cast("Mapping[str, object]", asked), cast("StructureShape", shape))
    outcome = Outcome(asked, prepared, s3control.meta.region_name)
    asking.say(prepared, whole=wish.dry_run)
    if wish.dry_run:
        return outcome
    refusing_places.check_not_reserved(clients, [job.arguments.get("destinationBucket")])
    known = None
    if not wish.again:
        known = other_jobs.of_same_work(s3control, asked["AccountId"], request.mark(job))
    is_further = wish.like is not None or wish.generate  # the same rows again, on purpose
    if known and (not is_further or known["Status"] not in joblist.ENDED):
        other_jobs.refuse_old_work(known)
        return replace(outcome, known=known)
    if known:
        other_jobs.say_ended(known, wish.like)
    if prepared.planned.operation == "rename" and not wish.yes:
        other_jobs.refuse_beside(s3control, job, asked["AccountId"])
    asking.ask(wish, prepared)
    # After a job that has ended its id makes another token: two runs at once still make one job.
    again = uuid4().hex if wish.again else known["JobId"] if known else ""
    return _send(clients, outcome, request.token(job, again=again), known)


def _send(
    clients: Clients, outcome: Outcome, token: str, ended: JobListDescriptorTypeDef | None
) -> Outcome:
    """Store the manifest and its plan, then create the job; or return the one of another run.

    `ended`: an earlier job of the same work, which is not meant.
    """
    job = storing.store(clients.s3, outcome.prepared)
    asked = request.build(job, token)
    try:
        return replace(outcome, request=asked, job_id=create(clients.s3control, asked))
    except TakenError:
        account, mark = asked["AccountId"], request.mark(job)
        other = other_jobs.of_same_work(clients.s3control, account, mark)
        if other is None or (ended and other["JobId"] == ended["JobId"]):
            raise
    return replace(outcome, request=asked, known=other)


def create(s3control: S3ControlClient, asked: CreateJobRequestTypeDef) -> str:
    """Send the request and return the job's id.

    Raises:
        TakenError: the token was used for another request, as for another version of the manifest.
    """
    taken = TakenError(
        "A job of the same work was created meanwhile, with another version of the manifest (token "
        f"{asked['ClientRequestToken']!r}): look for it with {where.command('list')}."
    )
    with errors.refusing(taken, {"IdempotencyException"}):
        return s3control.create_job(**asked)["JobId"]
