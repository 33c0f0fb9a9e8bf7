"""The parts of one multipart copy: in parallel threads, ended together, given up early."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from retryable import NOT_FOUND, PRECONDITION_FAILED, status_of
from s3copy import clock, kept
from s3copy.failures import RefusedError, TryAgainError
from s3copy.plan import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s3copy.values import Transfer

CHANGED = "{source} or the upload of {target} changed while the parts were copied: try again"
TOO_SLOW = (
    "{source} has {size} bytes: at the speed of its first parts the copy takes {seconds:.0f} s, "
    "and {left:.0f} s are left of the function's time; "
)
TOO_BIG = "raise the parts in flight, or copy this object elsewhere"
NEXT_TIME = "try again with more time; if it comes to this each time, raise the function's timeout"


def cut(transfer: Transfer, head: Mapping[str, Any]) -> Plan:
    """Return the plan for this object, by its size, the time left and the settings.

    Raises:
        RefusedError: S3's limits allow no plan.
    """
    options = transfer.options
    left = transfer.latest - time.monotonic()
    try:
        return plan(head["ContentLength"], left, options.part_size, options.parts_in_flight)
    except ValueError as error:
        raise RefusedError(f"{transfer.source}: {error}") from error


def copy_all(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, upload: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Copy every part and return them as CompleteMultipartUpload wants them.

    Whatever fails: when this returns or raises, no part is in flight any more, but those that S3
    still works on when the time is up. All parts are watched, whatever the time left: a copy in
    parts is long, and must end with seconds to spare for its abort.

    Raises:
        RefusedError: the first parts were too slow for any function.
        TryAgainError: the source changed, the upload is gone, or the time ran out, or will.
    """
    transfer = replace(transfer, watched=math.inf)
    started = time.monotonic()
    numbers = range(1, cut.count + 1)
    pool = ThreadPoolExecutor(cut.in_flight)
    try:
        going = [pool.submit(_copy_part, transfer, head, cut, upload, part) for part in numbers]
        copied = []
        for future in as_completed(going):
            copied.append(future.result())
            if len(copied) == cut.in_flight < cut.count:
                _check_speed(transfer, cut, time.monotonic() - started)
    finally:
        # A part that lands after the abort would stay, and be paid for: wait for those in flight.
        pool.shutdown(wait=True, cancel_futures=True)
    return sorted(copied, key=lambda part: part["PartNumber"])


def _copy_part(
    transfer: Transfer, head: Mapping[str, Any], cut: Plan, upload: Mapping[str, Any], part: int
) -> dict[str, Any]:
    try:
        answer = transfer.ask_long(
            transfer.s3.upload_part_copy,
            **upload,
            **kept.copy_source(transfer),
            PartNumber=part,
            CopySourceRange=cut.span(part),
            CopySourceIfMatch=head["ETag"],
        )
    except ClientError as error:
        if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:
            sentence = CHANGED.format(source=transfer.source, target=transfer.target)
            raise TryAgainError(sentence) from error
        raise
    result = answer["CopyPartResult"]
    sums = {kept.CHECKSUM + name: value for name, value in kept.checksums(result).items()}
    return {"PartNumber": part, "ETag": result["ETag"], **sums}


def _check_speed(transfer: Transfer, cut: Plan, seconds_a_wave: float) -> None:
    """Raise when the first wave shows that the copy cannot end in the time left.

    A redrive may have more of it, because other tasks of this event used some; s3copy does not know
    the function's timeout. So this is final only for what the longest function cannot do.
    """
    left = transfer.latest - time.monotonic()
    seconds = cut.seconds(seconds_a_wave)
    if seconds - seconds_a_wave <= left:
        return
    said = TOO_SLOW.format(source=transfer.source, size=cut.size, seconds=seconds, left=left)
    if seconds > clock.FUNCTION_SECONDS - clock.ATTEMPT_SECONDS:
        raise RefusedError(said + TOO_BIG)
    raise TryAgainError(said + NEXT_TIME)
