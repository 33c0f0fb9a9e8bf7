"""A list that S3 makes of a bucket, in place of a manifest: `submit --generate`.

S3 takes one prefix, one suffix or part of a key, sizes, dates and storage classes; not tags, not
new names. Nobody can check the rows before: so the rename rule must be one that cannot bring two
objects to one name, and the job always waits until `confirm` has said how many objects S3 found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from jobs.errors import Refused
from jobs.manifest import filters
from jobs.submit.refusing_places import DIRECTORY_BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3control.type_defs import (
        JobManifestGeneratorFilterTypeDef,
        JobManifestGeneratorTypeDef,
        S3JobManifestGeneratorTypeDef,
        S3ManifestOutputLocationTypeDef,
    )

    from jobs.formats.row_rules import Work
    from jobs.submit.options import Wish

PREFIX = "manifests/generated"  # in the jobs bucket, where the job role may write


@dataclass(frozen=True, slots=True)
class Generator:
    """What S3 is to list.

    Attributes:
        bucket: that is listed.
        filters: as `JobManifestGeneratorFilter` of the API; empty: every object.
        output_bucket: where the list is kept.
        owner: the account that must own that bucket; None: not checked.
    """

    bucket: str
    filters: Mapping[str, Any]
    output_bucket: str
    owner: str | None


def member(given: Generator, partition: str) -> JobManifestGeneratorTypeDef:
    """Return the member of CreateJob; the list is kept: without it nothing could be retried."""
    output: S3ManifestOutputLocationTypeDef = {
        "Bucket": f"arn:{partition}:s3:::{given.output_bucket}",
        "ManifestPrefix": PREFIX,
        "ManifestEncryption": {"SSES3": {}},
        "ManifestFormat": "S3InventoryReport_CSV_20211130",
    }
    whole: S3JobManifestGeneratorTypeDef = {
        "SourceBucket": f"arn:{partition}:s3:::{given.bucket}",
        "EnableManifestOutput": True,
        "ManifestOutputLocation": output,
    }
    if given.owner:
        output["ExpectedManifestBucketOwner"] = given.owner
    if given.filters:
        whole["Filter"] = cast("JobManifestGeneratorFilterTypeDef", given.filters)
    return {"S3JobManifestGenerator": whole}


def wanted(wish: Wish) -> dict[str, Any]:
    """Return the filters that were asked for, as the API takes them.

    Raises:
        Refused: one is not understood, or S3 has no such filter.
    """
    given = {
        "KeyNameConstraint": {name: [text] for name, text in _names(wish)},
        "ObjectSizeGreaterThanBytes": filters.size(wish.larger) if wish.larger else None,
        "ObjectSizeLessThanBytes": filters.size(wish.smaller) if wish.smaller else None,
        "CreatedAfter": _iso(wish.newer) if wish.newer else None,
        "CreatedBefore": _iso(wish.older) if wish.older else None,
        "MatchAnyStorageClass": [each.upper() for each in wish.classes],
    }
    return {name: value for name, value in given.items() if value not in (None, [], {})}


def bucket_of(wish: Wish, bucket: str | None, *, may_list: bool) -> str:
    """Return the bucket to list, once nothing speaks against it.

    Args:
        wish: what was asked.
        bucket: the source bucket; None: not known.
        may_list: as far as is known, the job role may let S3 list it.
    """
    if any(each is not None for each in (wish.first, wish.sample, wish.after)):
        raise Refused("--first, --sample and --after choose rows of a manifest: make one first.")
    if bucket is None:
        raise Refused(
            "--generate lists the source bucket, which is not known: give --source-bucket."
        )
    if bucket.endswith(DIRECTORY_BUCKET):
        raise Refused(
            f"{bucket!r} is a directory bucket, which S3 cannot list for a job: make a manifest "
            f"with python -m jobs manifest s3://{bucket}."
        )
    if not wish.confirmation:
        raise Refused(
            "--generate makes the list first: how many objects it has is known only then, so the "
            "job waits for confirm. Leave out --no-confirmation and --watch."
        )
    if not may_list:
        raise Refused(
            "The stack's job role may not list the source bucket: put ManifestGenerator=true into "
            "samconfig.toml and deploy, or make a manifest with python -m jobs manifest."
        )
    return bucket


def refuse_filters(wish: Wish) -> None:
    """Refuse filters beside a manifest, which would choose nothing."""
    for name in ("prefix", "match", "larger", "smaller", "newer", "older", "classes"):
        if getattr(wish, name):
            option = "class" if name == "classes" else name
            raise Refused(
                f"--{option} belongs to --generate: of a manifest, python -m jobs manifest makes "
                "another one with fewer rows."
            )


def refuse_unchecked(planned: Work, bucket: str, listed: str = "") -> None:
    """Refuse work of which only a look at all rows could say that it loses nothing.

    A prefix before each key gives each object a name of its own. In one bucket that name must not
    be one that is listed, too. Of any other rule that is not known.

    Args:
        planned: what is done with each object.
        bucket: of the objects.
        listed: how the keys of the list begin.
    """
    is_careful = (planned.operation, planned.overwrite) == ("copy", "never")
    is_task = planned.rule is None and planned.operation == "copy"  # of an author's own
    is_inside = planned.bucket in {"", bucket}
    meets = is_inside and f"{planned.prefix}{listed}".startswith(listed)
    if is_careful or is_task or (planned.rule == "prefix" and not meets):
        return
    if planned.rule != "prefix":
        why = "its rule new_key may give two objects one name"
    elif not planned.prefix:
        why = "each object would be put onto itself"
    else:
        why = f"a new name such as {f'{planned.prefix}{listed}...'!r} may be one of the list, too"
    raise Refused(
        f"A {planned.operation} of a list that S3 makes cannot be checked before, and {why}: make "
        f"a manifest with python -m jobs manifest s3://{bucket}, which check looks at."
    )


def _names(wish: Wish) -> Iterator[tuple[str, str]]:
    """Yield the constraint of keys: a prefix, and of a glob its end or middle."""
    if wish.prefix:
        yield "MatchAnyPrefix", wish.prefix
    if not wish.match:
        return
    text = wish.match.removeprefix("*").removesuffix("*")
    if not wish.match.startswith("*") or not text or any(sign in text for sign in "*?["):
        raise Refused(
            f"--match {wish.match!r} is none of S3's filters: write '*END' or '*PART*', with "
            "--prefix for a beginning, or make a manifest with python -m jobs manifest."
        )
    yield ("MatchAnySubstring" if wish.match.endswith("*") else "MatchAnySuffix"), text


def _iso(text: str) -> str:
    return filters.moment(text).replace(" ", "T") + "Z"
