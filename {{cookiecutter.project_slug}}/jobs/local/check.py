"""What a request must keep to: the limits of botocore's model, and documented ones beyond it.

It changes nothing and runs before the engine sees the request, so a refused request has no effect.
Rules that AWS checks when a job runs (the manifest's fields, its ETag) belong to the engine.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from jobs import limits
from jobs.errors import Refused
from jobs.local import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from botocore.model import OperationModel, StructureShape

    from jobs.local.errors import ApiError

SCHEMA_VERSIONS = ("1.0", "2.0")  # LambdaInvokeOperation in the S3 API reference
TAGS_PER_JOB = 50  # PutJobTagging in the S3 API reference
NAMES_PER_CONSTRAINT = 1  # KeyNameConstraint: each list takes exactly one string
OBJECT_ARN = re.compile(r"arn:[^:]+:s3:::[^/]+/.+", re.DOTALL)
BUCKET_ARN = re.compile(r"arn:[^:]+:s3:::[^/:]+")


def check(operation: OperationModel, asked: Mapping[str, Any]) -> None:
    """Raise the ApiError that the operation documents, unless the request keeps every limit."""
    try:
        limits.check(asked, cast("StructureShape", operation.input_shape))
    except Refused as error:
        raise refusal(operation, str(error)) from None
    if len(asked.get("Tags", ())) > TAGS_PER_JOB and operation.name == "PutJobTagging":
        raise errors.too_many_tags(len(asked["Tags"]))
    if problems := list(RULES.get(operation.name, _no_problems)(asked)):
        raise refusal(operation, "; ".join(problems) + ".")


def refusal(operation: OperationModel, sentence: str) -> ApiError:
    """Return the error by which the operation refuses a request that is not valid."""
    refuse = errors.invalid_request if operation.name == "ListJobs" else errors.bad_request
    return refuse(" ".join(sentence.split()))


def _create_job(asked: Mapping[str, Any]) -> Iterator[str]:
    yield from _one_of(asked, "Manifest", "ManifestGenerator")
    yield from _operation(asked["Operation"])
    yield from _report(asked["Report"])
    if manifest := asked.get("Manifest"):
        yield from _object_arn(manifest["Location"]["ObjectArn"])
    if generator := asked.get("ManifestGenerator"):
        yield from _generator(generator)
    yield from _job_tags(asked)


def _one_of(asked: Mapping[str, Any], *names: str) -> Iterator[str]:
    """Jobs need a manifest or a generator, not both (CreateJob in the S3 API reference)."""
    given = [name for name in names if name in asked]
    if len(given) != 1:
        said = " and ".join(given) or "neither"
        yield f"Give exactly one of {' and '.join(names)}, not {said}"


def _operation(operation: Mapping[str, Any]) -> Iterator[str]:
    """Check the operation: one member, and LambdaInvoke is the one that runs here."""
    if list(operation) != ["LambdaInvoke"]:
        given = ", ".join(operation) or "nothing"
        yield f"Operation has {given}; the local service runs LambdaInvoke, and only that"
        return
    invoke = operation["LambdaInvoke"]
    version = invoke.get("InvocationSchemaVersion", "1.0")
    where = "Operation.LambdaInvoke"
    if "FunctionArn" not in invoke:
        yield f"{where}.FunctionArn is missing"
    if version not in SCHEMA_VERSIONS:
        yield f"{where}.InvocationSchemaVersion is {version!r}, and must be 1.0 or 2.0"
    if "UserArguments" in invoke and version != "2.0":
        yield f"{where}.UserArguments needs InvocationSchemaVersion 2.0, not {version!r}"


def _report(report: Mapping[str, Any]) -> Iterator[str]:
    """An enabled report says where and what; AWS names no default for the three members."""
    if not report["Enabled"]:
        return
    for name in ("Bucket", "Format", "ReportScope"):
        if name not in report:
            yield f"Report.{name} is missing, and Report.Enabled is true"
    yield from _bucket_arn("Report.Bucket", report.get("Bucket"))


def _generator(generator: Mapping[str, Any]) -> Iterator[str]:
    where = "ManifestGenerator.S3JobManifestGenerator"
    if "S3JobManifestGenerator" not in generator:
        yield f"{where} is missing"
        return
    asked = generator["S3JobManifestGenerator"]
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


def _object_arn(arn: str) -> Iterator[str]:
    if not OBJECT_ARN.fullmatch(arn):
        where = "Manifest.Location.ObjectArn"
        yield f"{where} is {arn!r}, and must be like arn:aws:s3:::my-bucket/my-key"


def _job_tags(asked: Mapping[str, Any]) -> Iterator[str]:
    """Check the tags: 50 at most, and keys that differ (job tags in the S3 User Guide)."""
    tags: list[dict[str, str]] = asked.get("Tags", [])
    if len(tags) > TAGS_PER_JOB:
        yield f"Tags has {len(tags)} tags, and at most {TAGS_PER_JOB} are allowed"
    for key, count in Counter(tag["Key"] for tag in tags).items():
        if count > 1:
            yield f"Tags has the key {key!r} {count} times, and a key may be there once"


def _no_problems(_asked: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "CreateJob": _create_job,
    "PutJobTagging": _job_tags,
}
