"""Creates the job of a manifest that `retry`, `resume` or `undo` wrote; it waits for confirmation.

Nothing runs before `confirm` has said how many objects S3 counted and was answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jobs import where
from jobs.again import likeness
from jobs.aws import request_limits
from jobs.submit import create, manifest_source, request, versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import StructureShape
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.again.writing import Written
    from jobs.where import Place, Where


def create_like(  # noqa: PLR0913 - a job is made of these
    place: Place,
    given: Where,
    old: JobDescriptorTypeDef,
    written: Written,
    description: str,
    *,
    latest: bool,
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
        arguments: in place of the old ones.

    Raises:
        Refused: the old job, its tags or the deployed version do not allow it.
    """
    bucket = old["Report"]["Bucket"].partition(":::")[2]
    source = manifest_source.in_file(written.path, bucket, written.fields)
    tags = likeness.tags_of(place, old["JobId"])
    arn = None
    if latest:
        deployed = where.find(place.clients, given).function_arn
        arn = versions.choose(place.clients.lambda_, deployed, publish=False).arn
    job = likeness.like(old, source.manifest, description, tags, arguments, function_arn=arn)
    s3control = place.clients.s3control
    if known := create.existing(s3control, place.account, request.mark(job)):
        return known["JobId"], True
    asked = request.build(job, request.token(job))
    shape = s3control.meta.service_model.operation_model("CreateJob").input_shape
    request_limits.check(cast("Mapping[str, object]", asked), cast("StructureShape", shape))
    owner = old["Report"].get("ExpectedBucketOwner")
    manifest_source.upload(place.clients.s3, written.path, source.manifest, owner)
    return create.create(s3control, asked), False
