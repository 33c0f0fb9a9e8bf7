"""A report as one JSON document, schema `jobs.report/1`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Any

from jobs.aws import joblist

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.report.failures import Cause
    from jobs.report.result import Result
    from jobs.report.summary import Done

SCHEMA = "jobs.report/1"


def document(result: Result) -> dict[str, Any]:
    """Return the document.

    `done` and `answered` are null where the succeeded rows were not read, `answered` also where the
    rows were not compared with the manifest.
    """
    summary, answered = result.summary, result.summary.answered
    return {
        "schema": SCHEMA,
        "job": _job(result),
        "report": result.fetched.uri,
        "rows": summary.rows,
        "isWhole": not result.is_failed_only,
        "answered": asdict(answered) if answered and not result.is_failed_only else None,
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
    ended, (succeeded, failed) = job.get("TerminationDate"), result.counted or (None, None)
    return {
        "id": job["JobId"],
        "status": job["Status"],
        "operation": result.operation,
        "description": job.get("Description", ""),
        "created": iso(job["CreationTime"]),
        "ended": iso(ended) if ended else None,
        "reasons": joblist.reasons(job),
        "total": result.total,
        "countedByS3": {"succeeded": succeeded, "failed": failed},
    }


def iso(when: datetime) -> str:
    """Return a time as documents say it: in UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
