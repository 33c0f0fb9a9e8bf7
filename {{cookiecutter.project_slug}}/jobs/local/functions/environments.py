"""The environments of one function: processes that each handle one invocation at a time.

As on Lambda, one starts when an invocation finds none idle (a cold start) and is kept for the next;
the timeout ends its process. A change in the function's folder makes new ones. Source:
"Understanding the Lambda execution environment lifecycle" in the Lambda Developer Guide.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.local.functions import runtime_log
from jobs.local.functions.changed_files import Folder
from jobs.local.functions.invoke import LostError, NotInvokedError
from jobs.local.functions.processes import InitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.local.functions.environment import Setup
    from jobs.local.functions.invoke import Answer
    from jobs.local.functions.processes import Process, Starter

DRAIN_SECONDS = 1.0
"""How long the end waits for the rest of the log."""


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """One environment, which works or is idle."""

    process: Process
    generation: int
    """How often the code had changed when it started."""
    log: threading.Thread
    """Reads what the process writes."""


class Environments:
    """A target: call it with an ARN and an event. Close it, after the engine."""

    def __init__(
        self,
        starter: Starter,
        setup: Setup,
        log: Callable[[bytes], None],
        say: Callable[[str], None],
    ) -> None:
        """Run the function `setup`, for which `starter` was configured.

        `log` is given each line that the function writes, `say` a sentence for its author.
        """
        self._starter = starter
        self._timeout = setup.timeout
        self._source = Folder(Path(setup.source))
        self._log = log
        self._say = say
        self._lock = threading.Lock()
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._generation = 0
        self._is_closed = False

    def __call__(self, arn: str, payload: bytes) -> Answer:
        """Invoke the function."""
        try:
            environment = self._idle_one() or self._started()
        except InitError as error:
            self._say(str(error))
            return error.answer
        except OSError as error:
            raise NotInvokedError("EnvironmentNotStarted", str(error), 500) from error
        started = time.monotonic()
        answer = environment.process.invoke(arn, payload, self._timeout)
        if self._is_closed:
            environment.process.channel.close()
            raise LostError("EnvironmentEnded", "The local service ended meanwhile.", 504)
        if environment.process.exit_code is not None:
            self._log(runtime_log.ended(payload, answer, time.monotonic() - started))
        self._give_back(environment)
        return answer

    def warm(self) -> None:
        """Start one environment. Raises InitError: the function cannot be loaded."""
        self._give_back(self._started())

    def close(self) -> None:
        """Kill every environment; invocations that run have no answer then."""
        with self._lock:
            self._is_closed = True
            every, idle, self._idle = tuple(self._all), self._idle, []
        for environment in every:
            environment.process.kill()
        self._starter.close()
        for environment in idle:
            environment.process.channel.close()
        for environment in every:
            environment.log.join(DRAIN_SECONDS)

    def _idle_one(self) -> Environment | None:
        """Return an idle environment of the code as it is now, the one that worked last."""
        with self._lock:
            if changed := self._source.changed():
                self._generation += 1
                names = ", ".join(changed[:3]) + (", ..." if changed[3:] else "")
                self._say(f"{names} changed: the function starts anew.")
            old = [each for each in self._idle if each.generation != self._generation]
            self._idle = [each for each in self._idle if each.generation == self._generation]
            found = self._idle.pop() if self._idle else None
        for each in old:
            self._forget(each)
        return found

    def _started(self) -> Environment:
        """Start an environment and wait until it has loaded the function."""
        with self._lock:
            generation = self._generation
        process = self._starter.start()
        thread = threading.Thread(target=self._read, args=(process,), daemon=True)
        environment = Environment(process, generation, thread)
        thread.start()
        with self._lock:
            self._all.add(environment)
        try:
            process.load(self._timeout)
        except InitError:
            self._forget(environment)
            raise
        return environment

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            is_of_now = environment.generation == self._generation
            if is_of_now and environment.process.exit_code is None:
                self._idle.append(environment)
                return
        self._forget(environment)

    def _forget(self, environment: Environment) -> None:
        with self._lock:
            self._all.discard(environment)
        environment.process.end()

    def _read(self, process: Process) -> None:
        with process.log as lines:
            for line in lines:
                self._log(line)
