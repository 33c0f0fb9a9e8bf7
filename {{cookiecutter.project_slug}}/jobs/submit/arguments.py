"""Decides the `userArguments` of a job; pure functions, no call to AWS.

A job may only narrow what its deployment does: the function's role was made for the deployment, and
a wider job would be refused object by object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What the default task understands, and the variable that holds the deployment's own value.
VARIABLES = {
    "operation": "OPERATION",
    "overwrite": "OVERWRITE",
    "destinationBucket": "DESTINATION_BUCKET",
    "destinationPrefix": "DESTINATION_PREFIX",
}
# From narrow to wide; the first is also what an empty variable means.
CHOICES = {"operation": ("copy", "rename"), "overwrite": ("never", "always")}


def decide(asked: Mapping[str, str], environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return the job's `userArguments`: what was asked, and the deployment's value for the rest.

    These are written out so that the job's own record says what it does. `environment`: the
    variables of the version that the job runs; None: not known.

    Raises:
        Refused: the job asks for more than the deployment does.
    """
    values = deployed(environment)
    for name in CHOICES.keys() & asked.keys() & values.keys():
        _check_narrowed(name, asked[name], values[name])
    _check_prefix(asked, values)
    # An empty value that was asked for stays: it undoes a prefix of the deployment.
    return {name: value for name, value in values.items() if value} | dict(asked)


def deployed(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Return what the function does with an object where a job says nothing; None: not known."""
    environment = environment or {}
    return {
        name: environment[variable] or CHOICES.get(name, ("",))[0]
        for name, variable in VARIABLES.items()
        if variable in environment
    }


def as_before(recorded: Mapping[str, str]) -> dict[str, str]:
    """Return a job's arguments with what `decide` left out since it was empty.

    For another version of the function, which is known and may have a value there: the copies
    would go elsewhere. A job whose deployment was not known recorded no operation or no overwrite,
    but those that were asked for; nor does one whose task makes no copies: of those nothing is
    known.
    """
    if not CHOICES.keys() <= recorded.keys():
        return dict(recorded)
    return dict.fromkeys(VARIABLES.keys() - CHOICES.keys(), "") | dict(recorded)


def own(given: Iterable[str]) -> dict[str, str]:
    """Return the arguments of an author's own task, given as NAME=VALUE."""
    found = _pairs(given, "argument")
    for name in VARIABLES.keys() & found.keys():
        raise Refused(f"The argument {name!r} has an option of its own: see --help.")
    return found


def tags(given: Iterable[str]) -> dict[str, str]:
    """Return the tags of a job, given as NAME=VALUE."""
    found = _pairs(given, "tag")
    for name in found:
        if name.lower().startswith("aws:"):
            raise Refused(f"The tag {name!r} begins with aws:, as only AWS's own do: rename it.")
    return found


def _pairs(given: Iterable[str], what: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise Refused(f"The {what} {text!r} is not understood: write NAME=VALUE.")
        if name in found:
            raise Refused(f"The {what} {name!r} is given twice: give it once.")
        found[name] = value
    return found


def _check_narrowed(name: str, asked: str, deployed: str) -> None:
    choices = CHOICES[name]
    if asked == choices[0] or asked == deployed:
        return
    raise Refused(
        f"{name} {asked!r} is more than this deployment does, which is {deployed!r}: change "
        f"{name.capitalize()} in samconfig.toml and deploy, or leave the option out."
    )


def _check_prefix(asked: Mapping[str, str], deployed: Mapping[str, str]) -> None:
    """Refuse a prefix that the role may not write to; of other buckets it writes everywhere."""
    bucket, prefix = deployed.get("destinationBucket"), deployed.get("destinationPrefix", "")
    elsewhere = asked.get("destinationBucket", bucket) != bucket
    if elsewhere or asked.get("destinationPrefix", prefix).startswith(prefix):
        return
    raise Refused(
        f"destinationPrefix {asked['destinationPrefix']!r} is outside of {prefix!r}, where this "
        "deployment writes: begin with that, or change DestinationPrefix in samconfig.toml and "
        "deploy."
    )
