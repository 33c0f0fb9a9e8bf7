"""What a job would do with the rows, as far as this project's own files and the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.formats.row_rules import Work
from jobs.project import rule, samconfig, template

if TYPE_CHECKING:
    from collections.abc import Mapping

# Arguments of a job to the options of the verbs.
OPTIONS = {
    "operation": "operation",
    "overwrite": "overwrite",
    "destinationBucket": "destination_bucket",
    "destinationPrefix": "destination_prefix",
}


def deployed(config_env: str | None = None) -> dict[str, str]:
    """Return the parameters of the deployment: those of samconfig.toml, the rest by default.

    Raises:
        Refused: a file cannot be read, or a parameter is unknown or has a value that AWS refuses.
    """
    given = samconfig.parameters(samconfig.PATH, config_env)
    whole = template.load(template.PATH)
    rules = whole["Parameters"]
    template.refuse_unknown(rules, given)
    said = template.stated(whole, given)
    known = {name: said[name] for name in rules if name in said}
    template.parameters({"Parameters": {name: rules[name] for name in known}}, known)
    return said


def asked(wish: object) -> dict[str, str | None]:
    """Return what a job would be told of copies by these options of a verb; None: not given."""
    return {name: getattr(wish, option, None) for name, option in OPTIONS.items()}


def planned(
    asked: Mapping[str, str | None], parameters: Mapping[str, str], *, source: str = ""
) -> Work:
    """Return the work of a job.

    Args:
        asked: the arguments of a job that `OPTIONS` names; None or absent: as deployed.
        parameters: those of the deployment.
        source: the bucket of the objects, which an empty destination means.
    """
    bucket = asked.get("destinationBucket")
    if bucket is None:
        bucket = parameters.get("DestinationBucket", "")
    prefix = asked.get("destinationPrefix")
    granted = template.destinations(parameters) if "DestinationBucket" in parameters else None
    found = rule.load()
    named = None if found is None else "prefix" if found.is_prefix else "names"
    return Work(
        asked.get("operation") or parameters.get("Operation", "") or "copy",
        asked.get("overwrite") or parameters.get("Overwrite", "") or "never",
        bucket or source,
        parameters.get("DestinationPrefix", "") if prefix is None else prefix,
        frozenset(filter(None, granted)) if granted else None,
        named,
    )
