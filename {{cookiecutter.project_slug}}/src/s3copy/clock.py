"""How close to Lambda's deadline a request may begin, so that none outlives the function.

S3 keeps a long copy's connection alive with white space, so 60 s of silence is a dead connection.
A request that starts when ATTEMPT_SECONDS are left and is never answered therefore ends in time.
botocore's own retries are held to the same moment by `sdk.stop_retries`. But each byte starts the
60 s anew: a request that S3 is working on may outlive the function, so with less than
WATCHED_SECONDS left such a request is sent by a thread that is given up in time (`watch`).
"""

from __future__ import annotations

import math
from contextvars import ContextVar

CONNECT_SECONDS = 5
READ_SECONDS = 60  # botocore's default
SPARE_SECONDS = 5  # to abort an upload and to answer
ABORT_SECONDS = 3  # what an abort gets at least; the last second of these is for the answer
ATTEMPT_SECONDS = CONNECT_SECONDS + READ_SECONDS + SPARE_SECONDS
# S3 copies 5 GiB in a few minutes at the worst: with more left than this, a request ends in time.
WATCHED_SECONDS = 600
FUNCTION_SECONDS = 900  # the longest timeout of a function (Lambda quotas)
SHORTEST_SECONDS = 5  # with less than this left nothing is begun
TOO_LATE = "The function's time ran out before the next request; nothing is lost, try again"

# Set before each request, in the thread that sends it; botocore's retries read it.
LATEST: ContextVar[float] = ContextVar("latest", default=math.inf)


def latest_start(now: float, deadline: float) -> float:
    """Return the last moment at which a request may begin (all in seconds of one clock).

    A function with less than two ATTEMPT_SECONDS cannot wait for a dead connection anyway: it may
    use the first half of its time.
    """
    left = deadline - now
    return deadline - min(ATTEMPT_SECONDS, left / 2)


def latest_answer(latest: float, deadline: float) -> float:
    """Return the moment at which an unanswered request is given up; it is after `latest`."""
    return deadline - min(SPARE_SECONDS, (deadline - latest) / 2)
