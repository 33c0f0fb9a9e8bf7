"""Refuses answers that AWS would refuse later: all problems at once, on stderr.

It writes nothing, so a project generated with hooks switched off is the same. The parameters of
template.yaml repeat the rules for buckets and the choices.

Cookiecutter makes the folder before it runs this. So that it is never made elsewhere or without a
name, cookiecutter.json replaces a slug that names no folder, and keeps what was answered. The
choices are plain questions, not lists: an answer that is not in a list ends in a traceback before
any hook runs, and the other problems are not named.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Cookiecutter renders this file. The answers come in as JSON inside a raw string, where no quote
# and no backslash can end it: an answer is data, whatever it spells.
ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
if ANSWERS["project_slug"] == "Refused-slug":
    ANSWERS["project_slug"] = ANSWERS["__slug_as_answered"]

CHOICES = {
    "operation": ("copy", "rename"),
    "python_runtime": ("python3.14", "python3.13", "python3.12"),
    "architecture": ("x86_64", "arm64"),
}

SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
SLUG_RULE = (
    "use 3 to 40 lower-case letters, digits and hyphens, a letter first, no hyphen last"
    " (it names the folder and the CloudFormation stack)"
)

# What a name must match, and how to say it. "General purpose bucket naming rules" and "Directory
# bucket naming rules", Amazon S3 User Guide. The prefix amzn-s3-demo- is reserved as well, for
# AWS's documentation, and let through: the default answers use it until the author has buckets.
# So is the suffix -an (account regional namespaces), which real buckets carry.
BUCKET_RULES = (
    (r".{3,63}", "use 3 to 63 characters"),
    (r"[a-z0-9.-]*", "use only lower-case letters, digits, dots and hyphens"),
    (r"([a-z0-9].*)?", "begin with a lower-case letter or a digit"),
    (r"(.*[a-z0-9])?", "end with a lower-case letter or a digit"),
    (r"(?!.*\.\.).*", "leave out the two dots in a row"),
    (r"(?![0-9]+(\.[0-9]+){3}$).*", "give a name, not an IP address"),
    (r"(?!xn--|sthree-).*", "the beginnings xn-- and sthree- are reserved by S3"),
    (r"(?!.*-s3alias$).*", "give the bucket, not the alias of an access point (-s3alias)"),
    (r"(?!.*--ol-s3$).*", "give the bucket, not an Object Lambda access point (--ol-s3)"),
    (r"(?!.*\.mrap$).*", "give the bucket, not a Multi-Region access point (.mrap)"),
    (r"(?!.*--table-s3$).*", "table buckets hold no objects of their own (--table-s3)"),
    (
        r"(?!.*--x-s3$).*|[a-z0-9]([a-z0-9-]*[a-z0-9])?--[a-z0-9]+(-[a-z0-9]+)*-az[0-9]+--x-s3",
        "a directory bucket is named base--zone--x-s3, such as logs--use1-az4--x-s3, without dots",
    ),
)

FOLDER_IN_USE = (
    "Nothing was generated. {!r} has files already, and they would be overwritten, edited or not:"
    " generate into another folder and compare, or let `cruft update` merge."
)

# Control characters, halves of surrogate pairs, line and paragraph separators.
UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def name_problems(name: str) -> Iterator[str]:
    """Say what makes `name` no heading for people: it goes into README.md and nowhere else."""
    if not name.strip():
        yield "give a name"
    elif name != name.strip():
        yield "leave out the white space around it"
    if any(unicodedata.category(character) in UNPRINTABLE for character in name):
        yield "use one line without control characters"


def slug_problems(slug: str) -> Iterator[str]:
    """Say why `slug` names no folder and stack, if so."""
    if not SLUG.fullmatch(slug):
        yield SLUG_RULE


def bucket_problems(bucket: str) -> Iterator[str]:
    """Say each S3 naming rule that `bucket` breaks."""
    for pattern, advice in BUCKET_RULES:
        if not re.fullmatch(pattern, bucket, re.DOTALL):
            yield advice


def choice_problems(choices: tuple[str, ...], answer: str) -> Iterator[str]:
    """Say which choices there are, if `answer` is none of them."""
    if answer not in choices:
        yield "use {} or {}".format(", ".join(choices[:-1]), choices[-1])


CHECKS: dict[str, Callable[[str], Iterator[str]]] = {
    "project_name": name_problems,
    "project_slug": slug_problems,
    "source_bucket": bucket_problems,
    "destination_bucket": bucket_problems,
    **{question: partial(choice_problems, choices) for question, choices in CHOICES.items()},
}


def main() -> str | None:
    """Return the text to exit with: every problem of every answer, or None."""
    if any(Path().iterdir()):  # cookiecutter runs this in the folder of the project
        return FOLDER_IN_USE.format(str(Path.cwd()))
    lines = [
        "  {} {!r}: {}".format(question, ANSWERS[question], "; ".join(problems))
        for question, check in CHECKS.items()
        for problems in [list(check(ANSWERS[question]))]
        if problems
    ]
    return "\n".join(["Nothing was generated. Please correct:", *lines]) if lines else None


if __name__ == "__main__":
    sys.exit(main())
