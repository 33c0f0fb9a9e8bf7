"""From a request to its answer: which operation it is, what it asks of the engine, what it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.local.api import rest_xml, routes, validate
from jobs.local.api.safe_xml import MalformedError
from jobs.local.engine.api_errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobs.local.api.rest_xml import Request
    from jobs.local.engine.engine import Engine


def answer(engine: Engine, request: Request) -> bytes:
    """Return the body of the answer to a request for this host. Raises ApiError: refused."""
    found = routes.find(request.method, request.path)
    if found is None:
        raise _unknown(request)
    operation, labels = found
    if operation.name not in ANSWERS:
        message = f"{operation.name} is not an operation of jobs."
        raise ApiError("NotImplemented", message, status=501)
    try:
        asked = rest_xml.read(operation, labels, request)
    except MalformedError as error:
        raise validate.refusal(operation, str(error)) from error
    validate.check(operation, asked)
    return rest_xml.write(operation, ANSWERS[operation.name](engine, asked))


def _unknown(request: Request) -> ApiError:
    if known := routes.methods(request.path):
        message = f"{request.path!r} answers {', '.join(known)}, not {request.method!r}."
        return ApiError("MethodNotAllowed", message, status=405)
    return ApiError("InvalidURI", f"{request.path!r} is not a path of s3control.")


def _create_job(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"JobId": engine.create_job(asked)}


def _describe_job(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"Job": engine.describe_job(asked["JobId"])}


def _list_jobs(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return engine.list_jobs(
        asked.get("JobStatuses", ()), asked.get("MaxResults"), asked.get("NextToken")
    )


def _update_job_status(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return engine.update_job_status(
        asked["JobId"], asked["RequestedJobStatus"], asked.get("StatusUpdateReason")
    )


def _update_job_priority(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return engine.update_job_priority(asked["JobId"], asked["Priority"])


def _put_job_tagging(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    engine.put_job_tagging(asked["JobId"], asked["Tags"])
    return {}


def _get_job_tagging(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"Tags": engine.get_job_tagging(asked["JobId"])}


def _delete_job_tagging(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    engine.delete_job_tagging(asked["JobId"])
    return {}


ANSWERS: Mapping[str, Callable[[Engine, Mapping[str, Any]], dict[str, Any]]] = {
    "CreateJob": _create_job,
    "DescribeJob": _describe_job,
    "ListJobs": _list_jobs,
    "UpdateJobStatus": _update_job_status,
    "UpdateJobPriority": _update_job_priority,
    "PutJobTagging": _put_job_tagging,
    "GetJobTagging": _get_job_tagging,
    "DeleteJobTagging": _delete_job_tagging,
}
