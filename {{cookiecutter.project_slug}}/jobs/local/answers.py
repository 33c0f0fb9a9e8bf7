"""What each operation of the job API asks of the engine, and the shape of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobs.local.engine import Engine


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
