"""The plan file: what check and manifest found out about a manifest, for the verbs that come after.

It stands beside a local manifest as NAME.plan.json; `submit` stores the one of each job that it
creates in the jobs bucket, where `confirm` reads it. It counts only while the manifest's ETag and
size and the rule equal those of what would run, and while its own hash is right: a plan that was
edited by hand is none.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SCHEMA = "jobs.plan/1"
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
"""A copy needs such an object to be restored first (S3 User Guide, restoring-objects)."""
OF_JOB = "estimate"
"""The member that only a plan has which `submit` kept of a job that it created."""
FOLDER = "manifests/"
"""Of the jobs bucket: template.yaml lets those who submit write manifests and plans there."""


def beside(manifest: Path) -> Path:
    """Return where the plan of a manifest is."""
    return manifest.with_name(f"{manifest.name}.plan.json")


def key(manifest_key: str, etag: str) -> str:
    """Return the key of a manifest's plan in the jobs bucket: manifests/NAME-ETAG.plan.json."""
    name = manifest_key.rpartition("/")[2].removesuffix(".csv").removesuffix(f"-{etag}")
    return f"{FOLDER}{name}-{etag}.plan.json"


def text(document: Mapping[str, Any]) -> str:
    """Return the plan as it is stored, with its hash."""
    whole = {"schema": SCHEMA, **document}
    return json.dumps(whole | {"sha256": _hash(whole)}, indent=2) + "\n"


def parse(stored: bytes) -> dict[str, Any] | None:
    """Return the plan; None: it is none, of another schema, or was edited."""
    try:
        whole: dict[str, Any] = json.loads(stored)
        told = whole.pop("sha256")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    return whole if whole.get("schema") == SCHEMA and told == _hash(whole) else None


def matches(
    plan: Mapping[str, Any] | None, *, etag: str, size: int, rule: Mapping[str, Any]
) -> bool:
    """Tell whether a plan is that of this manifest, for this rule, and found no error."""
    if plan is None:
        return False
    manifest = plan["manifest"]
    is_same = (manifest["etag"], manifest["size"], plan["rule"]) == (etag, size, dict(rule))
    return is_same and plan["errors"] == 0


def _hash(whole: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
