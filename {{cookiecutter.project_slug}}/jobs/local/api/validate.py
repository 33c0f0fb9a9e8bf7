"""What a request must keep to before the engine sees it: the limits of botocore's model, and forms.

It changes nothing, so a refused request has no effect. What members mean together is the business
of `request_rules`; what AWS finds out only when the job runs (the manifest's fields, its ETag) is
the engine's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.local.engine import api_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel

    from jobs.local.engine.api_errors import ApiError

NAMES_PER_CONSTRAINT = 1  # KeyNameConstraint: each list takes exactly one string
OBJECT_ARN = re.compile(r"arn:[^:]+:s3:::[^/]+/.+", re.DOTALL)
BUCKET_ARN = re.compile(r"arn:[^:]+:s3:::[^/:]+")


def check(operation: OperationModel, asked: Mapping[str, Any]) -> None:
    """Raise the ApiError that the operation documents, unless the request keeps every limit."""
    shape = operation.input_shape
    if shape is None:  # every operation of jobs has one
        return
    try:
        request_limits.check(asked, shape)
    except Refused as error:
        raise refusal(operation, str(error)) from None
    problems = list(_forms(asked)) if operation.name == "CreateJob" else []
    if problems:
        raise refusal(operation, f"The request is not valid: {'; '.join(problems)}.")


def refusal(operation: OperationModel, sentence: str) -> ApiError:
    """Return the error by which the operation refuses a request that is not valid."""
    if operation.name != "ListJobs":
        return api_errors.bad_request(sentence)
    return api_errors.invalid_request(sentence)


def _forms(asked: Mapping[str, Any]) -> Iterator[str]:
    """Check the forms that the patterns of the model leave open: its `arn:[^:]+:s3:.*` is wide."""
    if manifest := asked.get("Manifest"):
        arn = manifest["Location"]["ObjectArn"]
        if not OBJECT_ARN.fullmatch(arn):
            where = "Manifest.Location.ObjectArn"
            yield f"{where} is {arn!r}, and must be like arn:aws:s3:::my-bucket/my-key"
    yield from _bucket_arn("Report.Bucket", asked["Report"].get("Bucket"))
    if generator := asked.get("ManifestGenerator"):
        yield from _generator(generator["S3JobManifestGenerator"])


def _generator(asked: Mapping[str, Any]) -> Iterator[str]:
    where = "ManifestGenerator.S3JobManifestGenerator"
    output = asked.get("ManifestOutputLocation", {})
    if asked["EnableManifestOutput"] and not output:
        yield f"{where}.ManifestOutputLocation is missing, and EnableManifestOutput is true"
    yield from _bucket_arn(f"{where}.SourceBucket", asked["SourceBucket"])
    yield from _bucket_arn(f"{where}.ManifestOutputLocation.Bucket", output.get("Bucket"))
    for name, values in asked.get("Filter", {}).get("KeyNameConstraint", {}).items():
        if len(values) != NAMES_PER_CONSTRAINT:
            member = f"{where}.Filter.KeyNameConstraint.{name}"
            yield f"{member} has {len(values)} strings, and takes exactly one"


def _bucket_arn(where: str, arn: str | None) -> Iterator[str]:
    if arn is not None and not BUCKET_ARN.fullmatch(arn):
        yield f"{where} is {arn!r}, and must be like arn:aws:s3:::my-bucket"
