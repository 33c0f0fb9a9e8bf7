"""Writes down what a check found: the plan beside the manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.formats import plan
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.check.findings import Checked
    from jobs.check.source import Opened
    from jobs.formats.row_rules import Work


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
    place = f"s3://{opened.bucket}/{opened.key}" if opened.bucket else opened.name
    found = {
        "manifest": {
            "uri": place,
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
        "checked": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "errors": sum(each.count for each in checked.errors),
        "warnings": {
            each.code: each.count for each in checked.findings if each not in checked.errors
        },
        "rule": rule_of(work, checked),
    }
    return found | ({"objects": dict(objects)} if objects else {})


def write(path: Path, found: Mapping[str, Any]) -> Path:
    """Write the plan beside the manifest `path`; return its place."""
    place = plan.beside(path)
    place.write_text(plan.text(found), "utf-8")
    return place
