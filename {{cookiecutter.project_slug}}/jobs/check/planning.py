"""Writes down what a check found, and finds it again: the plan beside the manifest.

Of a local manifest it is a file, of one in S3 an object in `manifests/` of the same bucket.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs import errors, terminal
from jobs.aws import downloads
from jobs.aws.uploads import Uploads
from jobs.errors import Refused
from jobs.formats import plan
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work
    from jobs.formats.tables import Connection

PART_LIMIT = 5 * 1024**3  # bytes of one CopyObject (S3 User Guide, CopyingObjectsMPUapi)


def rule_of(work: Work, checked: Checked) -> dict[str, Any]:
    """Return what a plan says of the rule: `code` is null where every row names its new key."""
    needs_code = checked.named_rows < checked.rows
    return {
        "operation": work.operation,
        "overwrite": work.overwrite,
        "bucket": work.bucket or checked.bucket,
        "prefix": work.prefix,
        "code": project_rule.code() if needs_code and work.rule else None,
    }


def document(
    opened: Opened, work: Work, checked: Checked, objects: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the plan of a checked manifest; `objects`: what a listing knows of them."""
    found = {
        "manifest": {
            "uri": opened.name,
            "etag": opened.etag,
            "size": opened.size,
            "versionId": opened.version_id or None,
            "fields": list(opened.fields),
            "encoding": "quote",
        },
        "rows": checked.rows,
        "bucket": checked.bucket,
        "versions": checked.versions,
        "kinds": {"plain": checked.rows - checked.json_rows, "json": checked.json_rows},
        "checked": now(),
        "errors": sum(each.count for each in checked.errors),
        "warnings": {
            each.code: each.count for each in checked.findings if each not in checked.errors
        },
        "rule": rule_of(work, checked),
    }
    objects = objects or checked.objects
    return found | ({"objects": dict(objects)} if objects else {})


def now() -> str:
    """Return the time as a plan says it."""
    return iso(datetime.now(UTC))


def iso(moment: datetime) -> str:
    """Return a time in UTC as a plan says it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def described(connection: Connection, view: str, listed: str | None) -> dict[str, Any]:
    """Return what a plan says of the objects of `view` (key, size, class).

    `listed` is when they were listed; an inventory may name objects that are gone since.
    """
    sums = connection.execute(
        "SELECT coalesce(sum(size), 0), coalesce(max(size), 0),"
        f" count(*) FILTER (size > {PART_LIMIT}),"
        f" coalesce(sum(size) FILTER (size > {PART_LIMIT}), 0) FROM {view}"
    ).fetchone()
    total, largest, above, bytes_above = map(int, sums or (0, 0, 0, 0))
    classes = connection.execute(
        f"SELECT coalesce(class, 'STANDARD'), count(*) FROM {view} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {
        "bytes": total,
        "largest": largest,
        "above5GiB": above,
        "bytesAbove5GiB": bytes_above,
        "classes": dict(classes),
        "listed": listed,
    }


def keep(opened: Opened, s3: S3Client | None, found: Mapping[str, Any]) -> None:
    """Keep the plan of a local manifest, or of one in `manifests/` of its bucket.

    Where that is not possible, it says so: what was found counts without a plan, too.
    """
    try:
        if not opened.bucket:
            plan.beside(Path(opened.name)).write_text(plan.text(found), "utf-8")
        elif s3 is None or not opened.key.startswith(plan.FOLDER):
            terminal.say(
                f"The plan is not kept: the manifest is not in {plan.FOLDER} of its bucket."
            )
        else:
            key = plan.key(opened.key, opened.etag)
            Uploads(s3).put(Bucket=opened.bucket, Key=key, Body=plan.text(found).encode())
    except (OSError, Refused) as error:
        terminal.say(f"The plan is not kept: {errors.sentence(error)}")


def stored(opened: Opened, s3: S3Client | None) -> bytes | None:
    """Return the plan that is kept of a manifest, as it is; None: none, or it may not be read."""
    if not opened.bucket:
        path = plan.beside(Path(opened.name))
        return path.read_bytes() if path.exists() else None
    key = plan.key(opened.key, opened.etag)
    return downloads.read(s3, opened.bucket, key) if s3 else None


def known(opened: Opened, s3: S3Client | None) -> dict[str, Any] | None:
    """Return the plan that is kept of this very manifest; None: there is none."""
    found = plan.parse(stored(opened, s3) or b"")
    return found if found and found["manifest"]["etag"] == opened.etag else None
