"""The rules of CreateJob and tagging that no model of the API states, only its documentation."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs.formats import manifest
from jobs.local.engine.api_errors import ApiError, bad_request

SCHEMAS = ("1.0", "2.0")

MOST_TAGS = 50

NAMES_PER_CONSTRAINT = 1  # KeyNameConstraint: each list takes exactly one string
OBJECT_ARN = re.compile(r"arn:[^:]+:s3:::[^/]+/.+", re.DOTALL)
BUCKET_ARN = re.compile(r"arn:[^:]+:s3:::[^/:]+")

REPORT_MEMBERS = ("Bucket", "Format", "ReportScope")


def check(request: Mapping[str, Any]) -> None:
    """Raise ApiError if CreateJob's request breaks a rule; it is valid by the model already."""
    operation = request["Operation"]
    if set(operation) != {"LambdaInvoke"}:
        names = ", ".join(sorted(operation)) or "none"
        raise bad_request(f"Operation is {names}: this local service runs LambdaInvoke only.")
    _check_invoke(operation["LambdaInvoke"])
    if (request.get("Manifest") is None) == (request.get("ManifestGenerator") is None):
        raise bad_request("Give either Manifest or ManifestGenerator.")
    if problems := list(_forms(request)):
        raise bad_request(f"The request is not valid: {'; '.join(problems)}.")
    _check_manifest(request)
    report = request["Report"]
    missing = [name for name in REPORT_MEMBERS if report["Enabled"] and not report.get(name)]
    if missing:
        raise bad_request(f"Report is enabled but lacks {', '.join(missing)}.")


def check_tags(tags: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return a copy of a tag set; ApiError if it has too many tags or a key twice."""
    copy = [dict(tag) for tag in tags]
    if len(copy) > MOST_TAGS:
        message = f"A job has at most {MOST_TAGS} tags, not {len(copy)}."
        raise ApiError("TooManyTagsException", message)
    keys = [tag["Key"] for tag in copy]
    for key in keys:
        if keys.count(key) > 1:
            raise bad_request(f"The tag {key!r} is given twice.")
    return copy


def _check_invoke(invoke: Mapping[str, Any]) -> None:
    if not invoke.get("FunctionArn"):
        raise bad_request("LambdaInvoke lacks FunctionArn.")
    schema = invoke.get("InvocationSchemaVersion", "1.0")
    if schema not in SCHEMAS:
        known = " and ".join(SCHEMAS)
        raise bad_request(f"InvocationSchemaVersion is {schema!r}: there are {known}.")
    if invoke.get("UserArguments") and schema == "1.0":
        raise bad_request("UserArguments need InvocationSchemaVersion '2.0'.")


def _check_manifest(request: Mapping[str, Any]) -> None:
    spec = (request.get("Manifest") or {}).get("Spec")
    if spec is not None and (spec["Format"] == manifest.CSV_FORMAT) != bool(spec.get("Fields")):
        takes = "takes no" if spec.get("Fields") else "needs"
        raise bad_request(f"The manifest format {spec['Format']} {takes} Fields.")


def _forms(asked: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong though the model allows it: its `arn:[^:]+:s3:.*` takes any ARN of S3."""
    if given := asked.get("Manifest"):
        arn = given["Location"]["ObjectArn"]
        if not OBJECT_ARN.fullmatch(arn):
            where = "Manifest.Location.ObjectArn"
            yield f"{where} is {arn!r}, and must be like arn:aws:s3:::my-bucket/my-key"
    yield from _bucket_arn("Report.Bucket", asked["Report"].get("Bucket"))
    if generator := asked.get("ManifestGenerator"):
        yield from _generator(generator["S3JobManifestGenerator"])


def _generator(asked: Mapping[str, Any]) -> Iterator[str]:
    where = "ManifestGenerator.S3JobManifestGenerator"
    output = asked.get("ManifestOutputLocation") or {}
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
