"""Which job is meant: by its id, the beginning of one, or `@last`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.aws import joblist
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef, JobListDescriptorTypeDef

    from jobs.where import Place

LAST = "@last"
SHORTEST_PREFIX = 6  # characters of a job's id that name it, if no other job's begins so
JOB_ID = re.compile("[A-Za-z0-9_-]{5,36}")  # JobId in the API reference
ID_START = re.compile("[0-9a-f]{6,8}|[0-9a-f]{8}-[0-9a-f-]{,27}")
WHOLE_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LISTED = 5  # jobs that a sentence names


def is_named(text: str) -> bool:
    """Tell whether `text` names a job rather than a manifest: `@last`, or an id or its beginning.

    The ids of S3 are UUIDs (seen, not documented). A file of that name is taken for a manifest.
    """
    return text == LAST or (bool(ID_START.fullmatch(text)) and not Path(text).exists())


def find(place: Place, wanted: str) -> JobDescriptorTypeDef:
    """Return the job that `wanted` names, as DescribeJob answers it.

    That is an id, at least 6 characters that begin the id of one job only, or `@last`: the newest
    job of this function that these tools created.

    Raises:
        Refused: it names no job, or several.
    """
    if wanted == LAST:
        return _newest(place)
    if not JOB_ID.fullmatch(wanted):
        raise Refused(f"{wanted!r} is no job: give its id, the beginning of one, or {LAST}.")
    if WHOLE_ID.fullmatch(wanted):
        found = joblist.describe(place.clients.s3control, place.account, wanted)
    else:
        found = _by_prefix(place, wanted)
    if found is None:
        raise Refused(
            f"No job {wanted!r} is known in {place.region} of account {place.account}: S3 forgets "
            "a job 90 days after its end. Its report may still be in the jobs bucket, under "
            f"job-{wanted}."
        )
    return found


def find_open(place: Place, wanted: str | None, statuses: Collection[str]) -> JobDescriptorTypeDef:
    """Return the job to steer: the one that `wanted` names, or the only one in `statuses`.

    Raises:
        Refused: as `find`; or there is none, or more than one; or it is of another function.
    """
    if wanted is not None:
        named = find(place, wanted)
        refuse_another(place.function, named)
        return named
    listed = joblist.jobs(place.clients.s3control, place.account, statuses)
    found = [each for one in _newest_first(listed) if (each := _if_of_function(place, one))]
    if len(found) == 1:
        return found[0]
    state = min(statuses) if len(statuses) == 1 else "running or waiting"
    if not found:
        raise Refused(
            f"No job of this function is {state}: name one; python -m jobs list shows all."
        )
    ids = ", ".join(each["JobId"] for each in found[:LISTED])
    raise Refused(f"{len(found)} jobs are {state}: name the one that you mean, of {ids}.")


def refuse_another(wanted: str, found: JobDescriptorTypeDef) -> None:
    """Refuse to steer a job, or make one like it, of another function than the `wanted` ARN's.

    An id is easily taken from the wrong list.
    """
    function = joblist.function_of(found)
    if function != wanted:
        runs = function or next(iter(found.get("Operation", {})), "no function")
        raise Refused(
            f"Job {joblist.short(found)} runs {runs!r}, and this is {wanted!r}: give the "
            "--stack-name or --function-arn of the job, if that is the one that you mean."
        )


def _newest(place: Place) -> JobDescriptorTypeDef:
    for one in _newest_first(joblist.jobs(place.clients.s3control, place.account)):
        if found := _if_of_function(place, one):
            return found
    raise Refused(
        f"No job of {place.function!r} is known in {place.region}: submit one, or name a job."
    )


def _newest_first(
    listed: Iterable[JobListDescriptorTypeDef],
) -> list[JobListDescriptorTypeDef]:
    """Return the jobs that these tools created, the newest first."""
    ours = (each for each in listed if joblist.is_ours(each))
    return sorted(ours, key=lambda each: each["CreationTime"], reverse=True)


def _if_of_function(place: Place, one: JobListDescriptorTypeDef) -> JobDescriptorTypeDef | None:
    """Return the whole job if it runs this function: ListJobs does not say which one it runs."""
    found = joblist.describe(place.clients.s3control, place.account, one["JobId"])
    return found if found and joblist.function_of(found) == place.function else None


def _by_prefix(place: Place, wanted: str) -> JobDescriptorTypeDef | None:
    listed = joblist.jobs(place.clients.s3control, place.account)
    ids = [each["JobId"] for each in listed if each["JobId"].startswith(wanted)]
    if wanted in ids:
        ids = [wanted]
    if not ids:
        return None
    if len(ids) > 1:
        raise Refused(f"{wanted!r} begins {len(ids)} jobs: give more of it, of {', '.join(ids)}.")
    if len(wanted) < SHORTEST_PREFIX and wanted not in ids:
        raise Refused(
            f"{wanted!r} is short for a job: give at least {SHORTEST_PREFIX} characters of its id."
        )
    return joblist.describe(place.clients.s3control, place.account, ids[0])
