"""What a job would do with the rows, as far as this project's own files and the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.formats.row_rules import Work
from jobs.project import parameters, rule, template

if TYPE_CHECKING:
    from collections.abc import Mapping

# Arguments of a job to the options of the verbs.
OPTIONS = {
    "operation": "operation",
    "overwrite": "overwrite",
    "destinationBucket": "destination_bucket",
    "destinationPrefix": "destination_prefix",
}


def deployed() -> dict[str, str]:
    """Return the parameters of the deployment: those of samconfig.toml, the rest by default.

    Raises:
        Refused: a file cannot be read, or a parameter is unknown or has a value that AWS refuses.
    """
    return parameters.of_this_project(template.load(template.PATH))


def asked(wish: object) -> dict[str, str | None]:
    """Return what a job would be told of copies by these options of a verb; None: not given."""
    return {name: getattr(wish, option, None) for name, option in OPTIONS.items()}


def planned(
    asked: Mapping[str, str | None], stated: Mapping[str, str], *, source: str = ""
) -> Work:
    """Return the work of a job.

    Args:
        asked: the arguments of a job that `OPTIONS` names; None or absent: as deployed.
        stated: the parameters of the deployment.
        source: the bucket of the objects, which an empty destination means.
    """
    bucket = asked.get("destinationBucket")
    if bucket is None:
        bucket = stated.get("DestinationBucket", "")
    prefix = asked.get("destinationPrefix")
    granted = parameters.destinations(stated) if "DestinationBucket" in stated else None
    found = rule.load()
    named = None if found is None else "prefix" if found.is_prefix else "names"
    return Work(
        asked.get("operation") or stated.get("Operation", "") or "copy",
        asked.get("overwrite") or stated.get("Overwrite", "") or "never",
        bucket or source,
        stated.get("DestinationPrefix", "") if prefix is None else prefix,
        frozenset(filter(None, granted)) if granted else None,
        named,
    )
