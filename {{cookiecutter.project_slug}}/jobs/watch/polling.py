"""Asks for a job again and again until it has ended, whatever the network does meanwhile.

"Poll no more than every 30 seconds" is AWS's own advice; a service on this machine is asked each
second. A lost connection, an error of the service and an expired token do not end the watch.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from jobs import errors, terminal, where
from jobs.aws import joblist, partitions
from jobs.aws.clients import connect
from jobs.errors import Refused
from jobs.watch.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from jobs.where import Place

ON_AWS, HERE = 30.0, 1.0  # seconds between two polls
SLOWEST = 300.0
KEPT = 400  # states: hours of them, for why a job stands still
SERVER_ERROR = 500
SLOW_CODES = frozenset(
    {"SlowDown", "TooManyRequestsException", "ThrottlingException", "Throttling"}
)


class TimedOut(Exception):
    """--timeout passed before the job had ended."""


@dataclass(slots=True)
class Poller:
    """Asks for a job; `place` gets new clients when its credentials expire.

    `deadline` is in seconds of the clock; None: there is none.
    """

    place: Place
    job_id: str
    deadline: float | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _lost: bool = False
    _slower: float = 1.0
    _states: list[State] = field(default_factory=list)

    def states(self) -> Iterator[list[State]]:
        """Yield what was seen so far, the latest last, after each poll; ends with the job.

        Raises:
            Refused: S3 does not know the job.
            TimedOut: the deadline passed.
            ClientError, BotoCoreError: the very first request failed, or access is denied.
        """
        while True:
            if state := self._poll():
                self._states = [*self._states[-KEPT:], state]
                yield self._states
                if state.has_ended:
                    return
            self.wait(self.interval * self._slower)

    @property
    def last(self) -> JobDescriptorTypeDef:
        """The job as it was last seen."""
        return self._states[-1].job

    @property
    def goes_on(self) -> str:
        """What to say of the job when it is not watched any more."""
        name = joblist.short(self.job_id)
        if self._states and self._states[-1].has_ended:
            told = f"job {name} has ended, and its report is not there yet"
            return f"{told}: {where.command(f'report {name}')}"
        return f"the job goes on: {where.command(f'watch {name}')}"

    @property
    def interval(self) -> float:
        """Seconds between two polls."""
        endpoint = self.place.clients.s3control.meta.endpoint_url
        return ON_AWS if partitions.is_aws(endpoint) else HERE

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the deadline; TimedOut: it has passed."""
        if self.deadline is not None:
            left = self.deadline - self.clock()
            if left <= 0:
                raise TimedOut
            seconds = min(seconds, left)
        self.sleep(seconds)

    def endure(self, error: ClientError | BotoCoreError) -> None:
        """Say once that watching goes on where asking again can help, else raise the error."""
        if not (self._states and self._passes(error)):
            raise error
        if not self._lost:
            terminal.say(f"{errors.sentence(error).removesuffix('.')}. Watching goes on.")
        self._lost = True

    def _poll(self) -> State | None:
        """Return the job as it is; None: it could not be asked for, which was said."""
        try:
            s3control = self.place.clients.s3control
            job = joblist.describe(
                s3control, self.place.account, self.job_id, is_new=not self._states
            )
        except (ClientError, BotoCoreError) as error:
            self.endure(error)
            return None
        if job is None:
            raise Refused(f"No job {self.job_id!r} is known any more: S3 forgets it after 90 days.")
        if self._lost:
            terminal.say("S3 answers again.")
        self._lost, self._slower = False, 1.0
        return State(job, self.clock())

    def _passes(self, error: ClientError | BotoCoreError) -> bool:
        """Tell whether asking again can help; make new clients where old ones no longer serve."""
        if not isinstance(error, ClientError):
            self._reconnect()
            return True
        if errors.code(error) in errors.EXPIRED_CODES:
            self._reconnect()
            return True
        if errors.code(error) in SLOW_CODES:
            self._slower = min(self._slower * 2, SLOWEST / self.interval)
            return True
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= SERVER_ERROR

    def _reconnect(self) -> None:
        """Read the credentials from where they come: a new login has written new ones."""
        try:
            clients = connect(self.place.region)
        except (Refused, BotoCoreError):
            return
        self.place = replace(self.place, clients=clients)
