"""What has to be known of an S3 that is not our own before the function works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.aws import partitions
from jobs.errors import Refused
from jobs.local.s3 import probe
from jobs.terminal import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

NEEDS_CONDITIONS = (("OPERATION", "rename"), ("OVERWRITE", "never"))
"""Settings of the function that leave the safety of objects to S3's conditions."""


def check(
    s3: S3Client, url: str, settings: Mapping[str, str], *, is_accepted: bool
) -> dict[str, str]:
    """Say which conditions the S3 at `url` ignores; return the settings that it needs instead.

    Raises Refused: `settings` need a condition that it ignores, and nobody accepted that.
    """
    if partitions.is_aws(url):
        return {}
    found = probe.find(s3)
    say(found.sentence(url))
    needing = [f"{name}={value}" for name, value in NEEDS_CONDITIONS if settings.get(name) == value]
    if needing and not found.is_safe and not is_accepted:
        raise Refused(
            f"With {' and '.join(needing)} objects could be replaced or lost at {url!r}: use"
            " another server, or give --anyway for objects that may be lost."
        )
    if found.merges_names and _replaces_by_rename(settings) and not is_accepted:
        raise Refused(
            f"With OPERATION=rename and OVERWRITE=always a rename of a//b to a/b would lose its"
            f" object at {url!r}, where both are one name: set OVERWRITE=never, or give --anyway"
            " for objects that may be lost."
        )
    if found.knows_annotations or settings.get("ANNOTATIONS", "exclude") == "exclude":
        return {}
    say(f"{url} knows no annotations of objects: the function runs with ANNOTATIONS=exclude.")
    return {"ANNOTATIONS": "exclude"}


def _replaces_by_rename(settings: Mapping[str, str]) -> bool:
    return (settings.get("OPERATION"), settings.get("OVERWRITE")) == ("rename", "always")
