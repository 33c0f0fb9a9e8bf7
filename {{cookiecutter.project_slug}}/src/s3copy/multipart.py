"""Objects above 5 GiB: one multipart upload, its parts copied by S3 in parallel.

The whole upload copies one content: each part is copied only while the source has the ETag of the
HEAD that came first, so that ETag proves the copy. What fails is aborted: parts that nobody
completes would be paid for.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import comparing, deadline, messages, requests
from s3copy.part_plan import Plan, plan
from s3copy.values import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3copy.values import Transfer


def cut(transfer: Transfer, head: Mapping[str, Any]) -> Plan:
    """Return the plan for this object, by its size, the time left and the settings.

    Raises:
        RefusedError: S3's limits allow no plan.
    """
    options = transfer.options
    left = transfer.deadline.left
    try:
        return plan(head["ContentLength"], left, options.part_size, options.parts_in_flight)
    except ValueError as error:
        raise RefusedError(f"{transfer.source}: {error}") from error


def upload(
    transfer: Transfer, head: Mapping[str, Any], wanted: Mapping[str, Any], cut: Plan
) -> Mapping[str, Any]:
    """Create, fill and complete one upload; return the ETag and VersionId that it made.

    Args:
        transfer: the object on its way.
        head: the HEAD of the source.
        wanted: what the new object shall have (`preserving.new_upload`).
        cut: the parts.
    """
    created = requests.create_upload(transfer, wanted)
    try:
        parts = copy_parts(transfer, head, cut, created)
        return _complete(transfer, head, created, parts)
    except Exception as error:
        _abort(transfer, created, error)
        raise


def copy_parts(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, created: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Copy every part and return them as CompleteMultipartUpload wants them.

    Whatever fails: when this returns or raises, no part is in flight any more, but those that S3
    still works on when the time is up. All parts are watched, whatever the time left: a copy in
    parts is long, and must end with seconds to spare for its abort.

    Raises:
        RefusedError: the first parts were too slow for any function.
        TryAgainError: the source changed, the upload is gone, or the time ran out, or will.
    """
    transfer = replace(transfer, deadline=transfer.deadline.watching_all())
    started = deadline.moment()
    numbers = range(1, cut.count + 1)
    pool = ThreadPoolExecutor(cut.in_flight)
    try:
        going = [pool.submit(_copy_part, transfer, head, cut, created, part) for part in numbers]
        copied = []
        for future in as_completed(going):
            copied.append(future.result())
            if len(copied) == cut.in_flight < cut.count:
                _check_speed(transfer, cut, deadline.moment() - started)
    finally:
        # A part that lands after the abort would stay, and be paid for: wait for those in flight.
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(copied, key=lambda part: part["PartNumber"])


def _copy_part(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, created: Mapping[str, Any], part: int
) -> dict[str, Any]:
    try:
        result = requests.copy_part(transfer, created, part, cut.span(part), head["ETag"])
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            raise TryAgainError(messages.named(messages.CHANGED_IN_PARTS, transfer)) from error
        raise
    sums = {comparing.CHECKSUM + name: one for name, one in comparing.checksums(result).items()}
    return {"PartNumber": part, "ETag": result["ETag"], **sums}


def _check_speed(transfer: Transfer, cut: Plan, seconds_a_wave: float) -> None:
    """Raise when the first wave shows that the copy cannot end in the time left.

    A redrive may have more of it, because other tasks of this event used some; s3copy does not know
    the function's timeout. So this is final only for what the longest function cannot do.
    """
    left = transfer.deadline.left
    seconds = cut.seconds(seconds_a_wave)
    if seconds - seconds_a_wave <= left:
        return
    never = seconds > deadline.FUNCTION_SECONDS - deadline.ATTEMPT_SECONDS
    advice = messages.TOO_BIG if never else messages.NEXT_TIME
    values = {"size": cut.size, "seconds": seconds, "left": left, "advice": advice}
    failure = RefusedError if never else TryAgainError
    raise failure(messages.named(messages.TOO_SLOW, transfer, **values))


def _complete(
    transfer: Transfer,
    head: Mapping[str, Any],
    created: Mapping[str, Any],
    parts: Sequence[Mapping[str, Any]],
) -> Mapping[str, Any]:
    try:
        return requests.complete_upload(transfer, created, parts)
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            return _completed_before(transfer, head, parts)
        raise


def _completed_before(
    transfer: Transfer, head: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the HEAD of the destination if it is this upload: an answer was lost, or retried.

    Raises:
        RefusedError: under "never", another object is there.
        TryAgainError: nothing is there, or "always" may try again.
    """
    target = requests.head_target(transfer)
    if target is None:
        raise TryAgainError(messages.named(messages.UPLOAD_ENDED, transfer))
    # The same parts make the same ETag, whoever uploaded them: the description must be ours too.
    same = target["ETag"] == joined_etag(parts) or comparing.is_same_content(head, target)
    if same and not comparing.differing(transfer, head, target):
        return target
    if transfer.never:
        why = comparing.difference(transfer, head, target)
        raise RefusedError(messages.named(messages.OTHER_OBJECT, transfer, why=why))
    raise TryAgainError(messages.named(messages.UPLOAD_ENDED, transfer))


def joined_etag(parts: Sequence[Mapping[str, Any]]) -> str:
    """Return the ETag that S3 gives an upload of these parts: MD5 of their MD5s, dash, count.

    Opaque part ETags (SSE-KMS) make an ETag that no object has.
    """
    try:
        digests = b"".join(bytes.fromhex(part["ETag"].strip('"')) for part in parts)
    except ValueError:
        return ""
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"'


def _abort(transfer: Transfer, created: Mapping[str, Any], failed: Exception) -> None:
    """Abort, even when the time is nearly up; an upload that is gone is what was wanted.

    Raises:
        RefusedError or TryAgainError: the abort failed too: `failed`, and this besides.
    """
    try:
        requests.abort_upload(transfer, created)
    except (ClientError, BotoCoreError, TryAgainError) as error:
        if isinstance(error, ClientError) and status_of(error) == NOT_FOUND:
            return
        failure = messages.explain(failed, transfer)
        why = messages.explain(error, transfer)
        sentence = messages.STAYS_OPEN.format(failure=failure, why=why)
        raise type(failure)(sentence) from failed
