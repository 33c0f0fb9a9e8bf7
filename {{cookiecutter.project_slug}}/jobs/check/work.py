"""What a job would do with the rows, as far as this project's own files and the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.formats.row_rules import Work
from jobs.project import rule, samconfig, template

if TYPE_CHECKING:
    from collections.abc import Mapping


def deployed(config_env: str | None = None) -> dict[str, str]:
    """Return the parameters of the deployment: those of samconfig.toml, the rest by default.

    Raises:
        Refused: a file cannot be read, or what decides of deletes has a value that AWS refuses.
    """
    given = samconfig.parameters(samconfig.PATH, config_env)
    rules = template.load(template.PATH)["Parameters"]
    said = {name: value for name, value in given.items() if "{{" not in value}
    template.refuse_unknown(rules, said)
    deciding = rules.keys() & said.keys() & {"Operation", "Overwrite"}
    template.parameters(
        {"Parameters": {name: rules[name] for name in deciding}},
        {name: said[name] for name in deciding},
    )
    defaults = {name: str(each["Default"]) for name, each in rules.items() if "Default" in each}
    # a placeholder that no answer of Cookiecutter has replaced yet says nothing
    return template.EXAMPLES | defaults | said


def planned(
    asked: Mapping[str, str | None], parameters: Mapping[str, str], *, source: str = ""
) -> Work:
    """Return the work of a job.

    Args:
        asked: `operation`, `overwrite`, `destinationBucket`, `destinationPrefix` as a job would
            say them; None or absent: as deployed.
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
