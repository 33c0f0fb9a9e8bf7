"""The operations of the job API: which one a request means, what it asks of the engine, its answer.

Methods, paths, members and limits are those of botocore's own model of s3control. One more is
Lambda's: GetFunctionConfiguration tells the variables of the function that runs here. `submit`
reads them, as on AWS, to know what a job will do and to write it into the job's record.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.local.api import rest_xml
from jobs.local.api.request import ACCOUNT_ID, bad_account
from jobs.local.api.safe_xml import MalformedError
from jobs.local.engine.api_errors import ApiError, bad_request
from jobs.local.functions.runtime import split_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.model import OperationModel, Shape

    from jobs.local.api.request import Request
    from jobs.local.engine.engine import Engine

CONFIGURATION = re.compile("/2015-03-31/functions/([^/]+)/configuration")


def answer(
    engine: Engine, function_arn: str | None, variables: Mapping[str, str], request: Request
) -> bytes:
    """Return the body of the answer to a request for this host. Raises ApiError: refused.

    `function_arn` and `variables` are those of the function that runs here, if one does.
    """
    if function_arn is not None and _is_configuration(request, function_arn):
        return _configuration(function_arn, variables)
    found = find(request.method, request.path)
    if found is None:
        raise _unknown(request)
    operation, labels = found
    if operation.name not in ANSWERS:
        message = f"{operation.name} is not an operation of jobs."
        raise ApiError("NotImplemented", message, status=501)
    try:
        asked = rest_xml.read(operation, labels, request)
    except MalformedError as error:
        raise _refusal(operation, str(error)) from error
    check(operation, asked)
    return rest_xml.write(operation, ANSWERS[operation.name](engine, asked) or {})


def _is_configuration(request: Request, arn: str) -> bool:
    asked = CONFIGURATION.fullmatch(request.path)
    if not asked or request.method != "GET":
        return False
    return split_function(unquote(asked[1]))[0] == split_function(arn)[0]


def _configuration(arn: str, variables: Mapping[str, str]) -> bytes:
    name, version = split_function(arn)
    told = {
        "FunctionName": name,
        "FunctionArn": arn,
        "Version": version,
        "Environment": {"Variables": dict(variables)},
    }
    return json.dumps(told).encode()


def check(operation: OperationModel, asked: Mapping[str, Any]) -> None:
    """Raise the ApiError that the operation documents, unless the request keeps every limit.

    What only the documentation states is the business of `request_rules`; what AWS finds out when
    the job runs (the manifest's fields, its ETag) that of the engine.
    """
    account = asked.get("AccountId")
    if account is not None and not ACCOUNT_ID.fullmatch(account):
        raise _refusal(operation, bad_account(account))
    try:
        request_limits.check(asked, cast("Shape", operation.input_shape))
    except Refused as error:
        raise _refusal(operation, str(error)) from None


def _refusal(operation: OperationModel, sentence: str) -> ApiError:
    """Return the error by which the operation refuses a request that is not valid."""
    if operation.name == "ListJobs":
        return ApiError("InvalidRequestException", sentence)  # its own name for a bad request
    return bad_request(sentence)


@cache
def model() -> ServiceModel:
    """Return the s3control model that is installed with botocore."""
    return ServiceModel(Loader().load_service_model("s3control", "service-2"), "s3control")


def find(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that a method and a path (percent-encoded) mean, and its labels."""
    for verb, pattern, operation in _routes():
        if verb == method and (match := pattern.fullmatch(path)):
            return operation, {label: unquote(text) for label, text in match.groupdict().items()}
    return None


def methods(path: str) -> list[str]:
    """Return the methods that a path (percent-encoded) answers, in alphabetical order."""
    return sorted({verb for verb, pattern, _ in _routes() if pattern.fullmatch(path)})


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    """Return (method, pattern of the path, operation) for each operation of s3control."""
    operations = [model().operation_model(name) for name in model().operation_names]
    return tuple(
        (str(operation.http["method"]), _pattern(operation.http["requestUri"]), operation)
        for operation in operations
    )


def _pattern(request_uri: str) -> re.Pattern[str]:
    """Return the pattern of a path such as /v20180820/jobs/{id}/status or .../tags/{arn+}."""
    path = re.escape(request_uri.partition("?")[0])
    labels = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", path)
    return re.compile(re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", labels))


def _unknown(request: Request) -> ApiError:
    if known := methods(request.path):
        message = f"{request.path!r} answers {', '.join(known)}, not {request.method!r}."
        return ApiError("MethodNotAllowed", message, status=405)
    return ApiError("InvalidURI", f"{request.path!r} is not a path of s3control.")


ANSWERS: Mapping[str, Callable[[Engine, Mapping[str, Any]], dict[str, Any] | None]] = {
    "CreateJob": lambda engine, asked: {"JobId": engine.create_job(asked)},
    "DescribeJob": lambda engine, asked: {"Job": engine.describe_job(asked["JobId"])},
    "ListJobs": lambda engine, asked: engine.list_jobs(
        asked.get("JobStatuses", ()), asked.get("MaxResults"), asked.get("NextToken")
    ),
    "UpdateJobStatus": lambda engine, asked: engine.update_job_status(
        asked["JobId"], asked["RequestedJobStatus"], asked.get("StatusUpdateReason")
    ),
    "UpdateJobPriority": lambda engine, asked: engine.update_job_priority(
        asked["JobId"], asked["Priority"]
    ),
    "PutJobTagging": lambda engine, asked: engine.put_job_tagging(asked["JobId"], asked["Tags"]),
    "GetJobTagging": lambda engine, asked: {"Tags": engine.get_job_tagging(asked["JobId"])},
    "DeleteJobTagging": lambda engine, asked: engine.delete_job_tagging(asked["JobId"]),
}
"""By operation, what gives its answer; None: the answer has no members."""
