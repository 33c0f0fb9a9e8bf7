"""The one owner of time: when a request may begin, how long it is watched, what the SDK may repeat.

S3 keeps a long copy's connection alive with white space, so 60 s of silence is a dead connection.
A request that starts when ATTEMPT_SECONDS are left and is never answered therefore ends in time,
and botocore's own retries are held to the same moment. But each byte starts the 60 s anew: a
request that S3 is working on may outlive the function. With less than WATCHED_SECONDS left such a
request is sent by a thread of its own and given up in time. What it does later is like the effect
of an answer that was lost: the next delivery finds it.
"""

from __future__ import annotations

import contextvars
import math
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from s3copy.values import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = TypeVar("Answer")

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
GIVEN_UP = (
    "S3 was still working on a request when the function's time ran out: nothing is lost, and what "
    "it did is found next time; try again"
)


class TooLateError(TryAgainError):
    """A request was not sent: its last moment is over."""


# Set while a request of ours is sent, in the thread that sends it; botocore's retries read it.
LATEST: ContextVar[float] = ContextVar("latest", default=math.inf)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The time of one object, in seconds of `time.monotonic()`.

    Attributes:
        ends: when the function ends.
        latest: the last moment at which a request may begin.
        watched: seconds left below which a long request is sent by a thread of its own; such a
            thread costs a tenth of a millisecond.
    """

    ends: float
    latest: float
    watched: float = WATCHED_SECONDS

    @property
    def left(self) -> float:
        """Seconds in which a request may begin."""
        return self.latest - time.monotonic()

    def send(self, act: Callable[..., Answer], **parameters: object) -> Answer:
        """Send one request, or raise TryAgainError when it could not end before the deadline."""
        self._check(time.monotonic())
        return _within(self.latest, act, parameters)

    def send_long(self, act: Callable[..., Answer], **parameters: object) -> Answer:
        """Send one that S3 may work on for minutes; raise TryAgainError also when it does so.

        These are the copies and the end of an upload: S3 answers at once and sends white space.
        Nothing else is given up, so nothing else, above all no delete, can take effect late.
        """
        unwatched_until = min(self.latest, self.ends - self.watched)
        now = time.monotonic()
        if now <= unwatched_until:
            try:
                return _within(unwatched_until, act, parameters)
            except TooLateError:
                # The SDK was about to send it again: from here on it is watched.
                now = time.monotonic()
        self._check(now)
        return self._watch(act, parameters, latest_answer(self.latest, self.ends) - now)

    def _check(self, now: float) -> None:
        if now > self.latest:
            raise TooLateError(TOO_LATE)

    def _watch(
        self, act: Callable[..., Answer], parameters: Mapping[str, object], seconds: float
    ) -> Answer:
        """Return what the request returns or raises within `seconds`, else raise TryAgainError.

        The thread of what is given up is left alone, does not keep the process, and sends nothing
        more: botocore's retries are past `latest` by then.
        """
        ended: dict[str, Any] = {}
        context = contextvars.copy_context()

        def run() -> None:
            try:
                ended["answer"] = context.run(_within, self.latest, act, parameters)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                ended["error"] = error

        thread = threading.Thread(target=run, name="s3copy-request", daemon=True)
        thread.start()
        thread.join(max(0.0, seconds))
        if "error" in ended:
            raise ended["error"]
        if "answer" not in ended:
            raise TryAgainError(GIVEN_UP)
        answer: Answer = ended["answer"]
        return answer

    def watching_all(self) -> Deadline:
        """Return the same, every long request watched, whatever the time left."""
        return replace(self, watched=math.inf)

    def for_the_abort(self) -> Deadline:
        """Return the same for one last request, begun at any time and given up as late as can be.

        What was given up in time leaves it SPARE_SECONDS; an answer that came late, ABORT_SECONDS.
        """
        ends = max(self.ends, time.monotonic() + ABORT_SECONDS)
        return replace(self, latest=ends - 2, ends=ends)


def starting(ends: float) -> Deadline:
    """Return the time of an object that begins now, when the function ends at `ends`."""
    return Deadline(ends, latest_start(time.monotonic(), ends))


def latest_start(now: float, ends: float) -> float:
    """Return the last moment at which a request may begin.

    A function with less than two ATTEMPT_SECONDS cannot wait for a dead connection anyway: it may
    use the first half of its time.
    """
    return ends - min(ATTEMPT_SECONDS, (ends - now) / 2)


def check_enough(deadline: Deadline) -> None:
    """Raise TryAgainError when too little time is left to begin with an object."""
    left = deadline.ends - time.monotonic()
    if left < SHORTEST_SECONDS:
        raise TryAgainError(f"Only {left:.1f} s are left of the function's time: nothing was begun")


def moment() -> float:
    """Return the time, to measure how long something takes."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def latest_answer(latest: float, ends: float) -> float:
    """Return the moment at which an unanswered request is given up; it is after `latest`."""
    return ends - min(SPARE_SECONDS, (ends - latest) / 2)


def stop_retries(**_: object) -> None:
    """Raise TooLateError when botocore is about to send (again) what cannot end in time."""
    if time.monotonic() > LATEST.get():
        raise TooLateError(TOO_LATE)


def _within(latest: float, act: Callable[..., Answer], parameters: Mapping[str, object]) -> Answer:
    """Send with `latest` in force, and only while it is sent: the author's calls have no limit."""
    token = LATEST.set(latest)
    try:
        return act(**parameters)
    finally:
        LATEST.reset(token)
