"""Objects above 5 GiB: one multipart upload, its parts copied by S3 in parallel.

The whole upload copies one content: each part is copied only while the source has the ETag of the
HEAD that came first, so that ETag proves the copy. What fails is aborted: parts that nobody
completes would be paid for.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, is_retryable, status_of
from s3copy import comparing, deadline, messages, preserving, requests, s3_errors
from s3copy.part_plan import Plan, plan
from s3copy.values import RefusedError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s3copy.values import Transfer

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between two attempts of a part; our choice


def _cut(transfer: Transfer, head: Mapping[str, Any]) -> Plan:
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


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How an upload ended.

    Attributes:
        answer: the ETag and the VersionId that it made; None when S3 answered that the upload is
            gone or that something came to the destination: perhaps this very upload, by an answer
            that was lost.
        etag: the ETag that an object of these parts has; "" when that cannot be known.
    """

    answer: Mapping[str, Any] | None
    etag: str


def upload(
    transfer: Transfer,
    head: Mapping[str, Any],
    tags: Mapping[str, str],
    there: Mapping[str, Any] | None,
) -> Uploaded:
    """Create, fill and complete one upload of the source that `head` describes.

    Of its `tags`, what does not fit into a header is written later. `there` is the HEAD of what was
    at the destination before, or None.
    """
    cut = _cut(transfer, head)
    wanted = preserving.new_upload(head, tags)
    created = requests.create_upload(transfer, wanted, head.get("ExpiresString"))
    try:
        parts = copy_parts(transfer, head, cut, created)
        return Uploaded(
            requests.complete_upload(transfer, created, parts, there), joined_etag(parts)
        )
    except Exception as error:
        if not _is_overtaken(error):
            _abort(transfer, created, error)
            raise
        sentence = messages.named(messages.UPLOAD_ENDED, transfer)
        _abort(transfer, created, TryAgainError(sentence))
        return Uploaded(None, joined_etag(parts))


def _is_overtaken(error: Exception) -> bool:
    """Return True when the upload is gone, or something came to the destination meanwhile."""
    return isinstance(error, ClientError) and status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}


def copy_parts(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, created: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Copy every part and return them as CompleteMultipartUpload wants them.

    Whatever fails: when this returns or raises, no part is in flight any more, but those that S3
    still works on when the time is up. All parts are watched, whatever the time left: a copy in
    parts is long, and must end with seconds to spare for its abort.

    Raises:
        RefusedError: the parts are too slow for any function.
        TryAgainError: the source changed, the upload is gone, or the time ran out, or will.
    """
    transfer = replace(transfer, deadline=transfer.deadline.watching_all())
    numbers = range(1, cut.count + 1)
    pool = ThreadPoolExecutor(cut.in_flight)
    try:
        going = [pool.submit(_copy_part, transfer, head, cut, created, part) for part in numbers]
        copied = []
        for future in as_completed(going):
            copied.append(future.result())
            if len(copied) == 2 * cut.in_flight < cut.count:
                ended = sorted(moment for moment, _ in copied)
                # Connections are made in the first wave: it says little.
                _check_speed(transfer, cut, ended[-1] - ended[cut.in_flight - 1])
    finally:
        # A part that lands after the abort would stay, and be paid for: wait for those in flight.
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted((part for _, part in copied), key=lambda part: part["PartNumber"])


def _copy_part(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, created: Mapping[str, Any], part: int
) -> tuple[float, dict[str, Any]]:
    """Copy one part; return when it ended, and what CompleteMultipartUpload wants of it.

    A part that S3 refuses for now is tried again while there is time.

    The client's own retries share one quota for all requests, which a storm of refused parts would
    empty: the parts do without them (`s3_client`).
    """
    for attempt in itertools.count():
        try:
            result = requests.copy_part(transfer, created, part, cut.span(part), head["ETag"])
            break
        except ClientError as error:
            if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
                sentence = messages.named(messages.CHANGED_IN_PARTS, transfer)
                raise TryAgainError(sentence) from error
            _pause(transfer, attempt, error)
        except BotoCoreError as error:
            _pause(transfer, attempt, error)
    sums = {comparing.CHECKSUM + name: one for name, one in comparing.checksums(result).items()}
    return deadline.moment(), {"PartNumber": part, "ETag": result["ETag"], **sums}


def _pause(transfer: Transfer, attempt: int, error: Exception) -> None:
    """Wait before the next attempt, longer each time; raise `error` when it would not help."""
    longest = min(LONGEST_PAUSE, 2**attempt * FIRST_PAUSE)
    seconds = random.uniform(longest / 2, longest)  # noqa: S311 - so that not all come at once
    if not is_retryable(error) or seconds > transfer.deadline.left:
        raise error
    deadline.pause(seconds)


def _check_speed(transfer: Transfer, cut: Plan, seconds_a_wave: float) -> None:
    """Raise when the second wave shows that the copy cannot end in the time left.

    A redrive may have more of it, because other tasks of this event used some; s3copy does not know
    the function's timeout. So this is final only for what the longest function could not do at
    twice the speed: another delivery would say the same.
    """
    left = transfer.deadline.left
    seconds = cut.seconds(seconds_a_wave)
    if seconds - 2 * seconds_a_wave <= left:
        return
    never = seconds > 2 * (deadline.FUNCTION_SECONDS - deadline.ATTEMPT_SECONDS)
    advice = messages.TOO_BIG if never else messages.NEXT_TIME
    values = {"size": cut.size, "seconds": seconds, "left": left, "advice": advice}
    failure = RefusedError if never else TryAgainError
    raise failure(messages.named(messages.TOO_SLOW, transfer, **values))


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
        failure = s3_errors.explain(failed, transfer)
        why = s3_errors.explain(error, transfer)
        sentence = messages.STAYS_OPEN.format(failure=failure, why=why)
        raise type(failure)(sentence) from failed
