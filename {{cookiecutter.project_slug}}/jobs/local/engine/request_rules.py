"""The rules of CreateJob and tagging that no model of the API states, only its documentation."""

from collections.abc import Iterable, Mapping
from typing import Any

from jobs.local.engine.api_errors import bad_request, too_many_tags

SCHEMAS = ("1.0", "2.0")

MOST_TAGS = 50

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
    _check_manifest(request)
    report = request["Report"]
    missing = [name for name in REPORT_MEMBERS if report["Enabled"] and not report.get(name)]
    if missing:
        raise bad_request(f"Report is enabled but lacks {', '.join(missing)}.")


def check_tags(tags: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return a copy of a tag set; ApiError if it has too many tags or a key twice."""
    copy = [dict(tag) for tag in tags]
    if len(copy) > MOST_TAGS:
        raise too_many_tags(len(copy))
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
    if spec is None:
        return
    is_csv = spec["Format"] == "S3BatchOperations_CSV_20180820"
    if is_csv and not spec.get("Fields"):
        raise bad_request(f"The manifest format {spec['Format']} needs Fields.")
    if not is_csv and spec.get("Fields"):
        raise bad_request(f"The manifest format {spec['Format']} takes no Fields.")
