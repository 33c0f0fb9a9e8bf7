"""Submits a job: it is prepared, built, checked, said, asked for and created, in this order."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.submit import asking, create, manifest_source, plans, preparing, request
from jobs.submit.output import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import StructureShape
    from mypy_boto3_s3control.type_defs import JobListDescriptorTypeDef

    from jobs.aws.clients import Clients
    from jobs.submit.options import Wish
    from jobs.submit.preparing import Prepared


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
    if wish.manifest and not wish.manifest.startswith(manifest_source.SCHEME):
        Path(wish.manifest).stat()  # before AWS is asked anything
    with tempfile.TemporaryDirectory(prefix="jobs-submit-") as folder:
        return _submit(clients, wish, preparing.prepare(clients, wish, Path(folder)))


def _submit(clients: Clients, wish: Wish, prepared: Prepared) -> Outcome:
    job, s3control = prepared.job, clients.s3control
    asked = request.build(job, request.token(job))
    shape = s3control.meta.service_model.operation_model("CreateJob").input_shape
    request_limits.check(cast("Mapping[str, object]", asked), cast("StructureShape", shape))
    outcome = Outcome(asked, prepared, s3control.meta.region_name)
    asking.say(prepared, examples=plans.EXAMPLES if wish.dry_run else asking.SHOWN)
    if wish.dry_run:
        return outcome
    preparing.check_destination_is_real(clients, job)
    known = None if wish.again else create.known(s3control, asked["AccountId"], request.mark(job))
    is_further = wish.like is not None or wish.generate  # the same rows again, on purpose
    if known and (not is_further or create.is_open(known)):
        asking.refuse_old_work(known["JobId"], known["Status"])
        return replace(outcome, known=known)
    if prepared.planned.operation == "rename":
        asking.refuse_beside_another(s3control, job, asked["AccountId"], wish)
    asking.ask(wish, prepared)
    again = create.again(known, is_new=wish.again)
    return _send(clients, outcome, request.token(job, again=again), known)


def _send(
    clients: Clients, outcome: Outcome, token: str, ended: JobListDescriptorTypeDef | None
) -> Outcome:
    """Store the manifest and its plan, then create the job; or return the one of another run.

    `ended`: an earlier job of the same work, which is not meant.
    """
    job = preparing.store(clients.s3, outcome.prepared)
    asked = request.build(job, token)
    try:
        return replace(outcome, request=asked, job_id=create.create(clients.s3control, asked))
    except create.TakenError:
        other = create.known(clients.s3control, asked["AccountId"], request.mark(job))
        if other is None or (ended and other["JobId"] == ended["JobId"]):
            raise
    return replace(outcome, request=asked, known=other)
