"""Creates the job of a manifest that `retry`, `resume` or `undo` wrote; it waits for confirmation.

Nothing runs before `confirm` has said how many objects S3 counted and was answered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from jobs import terminal, where
from jobs.again import likeness
from jobs.aws import request_limits
from jobs.check import source
from jobs.submit import asking, create, manifest_source, request, versions
from jobs.submit.options import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import StructureShape
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.again.writing import Written
    from jobs.submit.request import Job
    from jobs.where import Place, Where


def create_like(  # noqa: PLR0913 - a job is made of these
    place: Place,
    given: Where,
    old: JobDescriptorTypeDef,
    written: Written,
    description: str,
    *,
    latest: bool,
    yes: bool,
    arguments: Mapping[str, str] | None = None,
) -> tuple[str, bool]:
    """Return the id of the job like `old` on a written manifest, and whether it was there before.

    Args:
        place: where the jobs are.
        given: the options of the command line.
        old: the job.
        written: the manifest, a local file.
        description: what the list of jobs shows.
        latest: run the version that is deployed now, not that of the old job.
        yes: an option has answered the question of a rename.
        arguments: in place of the old ones.

    Raises:
        Refused: the old job, its tags, the deployed version or the person do not allow it.
    """
    bucket = old["Report"]["Bucket"].partition(":::")[2]
    found = manifest_source.of(source.in_file(written.path, written.fields), bucket)
    tags = likeness.tags_of(place, old["JobId"])
    arn = None
    if latest:
        deployed = where.find(place.clients, given).function_arn
        arn = versions.choose(place.clients.lambda_, deployed, publish=False).arn
    job = likeness.like(old, found.manifest, description, tags, arguments, function_arn=arn)
    s3control = place.clients.s3control
    if known := create.existing(s3control, place.account, request.mark(job)):
        return known["JobId"], True
    if job.arguments.get("operation") == "rename":
        _ask(place, job, written, yes=yes)
    asked = request.build(job, request.token(job))
    shape = s3control.meta.service_model.operation_model("CreateJob").input_shape
    request_limits.check(cast("Mapping[str, object]", asked), cast("StructureShape", shape))
    owner = old["Report"].get("ExpectedBucketOwner")
    stored = manifest_source.upload(place.clients.s3, written.path, found.manifest, owner)
    pinned = request.build(replace(job, manifest=stored), asked["ClientRequestToken"])
    return create.create(s3control, pinned), False


def _ask(place: Place, job: Job, written: Written, *, yes: bool) -> None:
    """Refuse a rename beside another job of the function, and one that nobody agreed to."""
    wish = Wish(manifest=str(written.path), yes=yes)
    asking.refuse_beside_another(place.clients.s3control, job, place.account, wish)
    terminal.confirm(
        "Create it (it waits for confirm)? Rename deletes the sources. Type rename:",
        "rename",
        is_given=yes,
        refusal=f"This would rename {terminal.count(written.rows, 'object')} and nobody is there "
        "to confirm it: add --yes.",
    )
