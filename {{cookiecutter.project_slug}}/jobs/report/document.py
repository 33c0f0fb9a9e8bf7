"""A report as one JSON document, schema `jobs.report/1`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobs.report.result import Result
    from jobs.report.summary import Cause, Done

SCHEMA = "jobs.report/1"


def document(result: Result) -> dict[str, Any]:
    """Return the document; `done` is null where the succeeded rows were not read."""
    summary = result.summary
    return {
        "schema": SCHEMA,
        "job": _job(result),
        "report": result.fetched.uri,
        "rows": summary.rows,
        "isWhole": not result.is_failed_only,
        "answered": _answered(result),
        "done": None if result.is_failed_only else _done(summary.done),
        "failed": summary.failed,
        "causes": [_cause(cause) for cause in summary.causes],
        "files": [
            {
                "uri": part.uri,
                "md5": part.md5,
                "ok": True,
                "status": part.status,
                "rows": summary.rows_of.get(str(part.path), 0),
            }
            for part in result.fetched.parts
        ],
        "seconds": round(summary.seconds, 3),
    }


def _answered(result: Result) -> dict[str, int] | None:
    """Return how the rows answer the manifest; None: not compared, or not all of them are there."""
    answered = result.summary.answered
    return asdict(answered) if answered and not result.is_failed_only else None


def _done(done: Done) -> dict[str, int]:
    return {
        "now": done.now,
        "already": done.already_there + done.already_renamed,
        "alreadyRenamed": done.already_renamed,
        "merged": done.merged,
        "skipped": done.skipped,
    }


def _job(result: Result) -> dict[str, Any] | None:
    job = result.job
    if job is None:
        return {"id": result.job_id} if result.job_id else None
    ended, counts = job.get("TerminationDate"), job.get("ProgressSummary", {})
    return {
        "id": job["JobId"],
        "status": job["Status"],
        "operation": result.operation,
        "description": job.get("Description", ""),
        "created": _iso(job["CreationTime"]),
        "ended": _iso(ended) if ended else None,
        "total": result.total,
        "countedByS3": {
            "succeeded": counts.get("NumberOfTasksSucceeded"),
            "failed": counts.get("NumberOfTasksFailed"),
        },
    }


def _iso(when: Any) -> str:  # noqa: ANN401 - a datetime of botocore
    return str(when.isoformat(timespec="seconds").replace("+00:00", "Z"))


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "code": cause.code,
        "message": cause.message,
        "count": cause.count,
        "retryable": cause.retryable,
        "advice": cause.advice,
        "examples": [
            {
                "bucket": each.bucket,
                "key": each.key,
                "versionId": each.version_id or None,
                "message": each.message,
            }
            for each in cause.examples
        ],
    }
