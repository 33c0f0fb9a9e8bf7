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

from jobs.local.functions import frames, runtime, runtime_log
from jobs.local.functions.changed_files import Folder
from jobs.local.functions.invoke import Answer, LostError, NotInvokedError, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.local.functions.environment import Setup
    from jobs.local.functions.processes import Process, Starter

INIT_SECONDS = 10.0
"""How long a handler may load at least, as on Lambda; the function's timeout, if longer."""

DRAIN_SECONDS = 1.0
"""How long the end waits for the rest of the log."""


@dataclass(slots=True, eq=False)
class Environment:
    """One process and whether it may be used again."""

    process: Process
    generation: int
    """How often the code had changed when it started."""
    log: threading.Thread
    """Reads what the process writes."""

    def invoke(self, arn: str, payload: bytes, timeout: float) -> tuple[Answer, bool]:
        """Return the answer to an event, and whether the process is still there.

        `timeout` in seconds; where it passes, the process is ended.
        """
        request_id = new_id()
        head = {"id": request_id, "arn": arn, "seconds": timeout}
        channel = self.process.channel
        channel.settimeout(timeout)
        try:
            frames.send(channel, head, payload)
            frame = frames.receive(channel)
        except TimeoutError:
            self.process.kill()
            self.end()
            return runtime.timed_out(request_id, timeout), False
        except ConnectionError:
            frame = None
        if frame is None:
            return runtime.exited(request_id, self.end()), False
        return Answer(frame.body, frame.head["is_function_error"]), True

    def end(self) -> int:
        """Let the process end; return its exit code, negative: the signal."""
        self.process.channel.close()
        try:
            return self.process.wait()
        except OSError:  # the fork server has ended, and has killed the process
            return -9


class InitError(Exception):
    """An environment could not load the function."""

    def __init__(self, answer: Answer, sentence: str) -> None:
        """Keep the answer to the invocation, and the sentence for the author."""
        super().__init__(sentence)
        self.answer = answer


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
        answer, is_there = environment.invoke(arn, payload, self._timeout)
        if not (is_there or self._is_closed):
            self._log(runtime_log.ended(payload, answer, time.monotonic() - started))
        if self._is_closed:
            environment.process.channel.close()
            raise LostError("EnvironmentEnded", "The local service ended meanwhile.", 504)
        self._give_back(environment, is_there=is_there)
        return answer

    def warm(self) -> None:
        """Start one environment. Raises InitError: the function cannot be loaded."""
        self._give_back(self._started(), is_there=True)

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
        process.channel.settimeout(max(INIT_SECONDS, self._timeout))
        try:
            frame = frames.receive(process.channel)
        except TimeoutError:
            process.kill()
            self._forget(environment)
            raise _init_timed_out(self._timeout) from None
        if frame is None or "error" in frame.head:
            raise _init_failed(frame, self._forget(environment))
        return environment

    def _give_back(self, environment: Environment, *, is_there: bool) -> None:
        with self._lock:
            is_kept = is_there and environment.generation == self._generation
            if is_kept:
                self._idle.append(environment)
            elif not is_there:
                self._all.discard(environment)
        if is_there and not is_kept:
            self._forget(environment)

    def _forget(self, environment: Environment) -> int:
        with self._lock:
            self._all.discard(environment)
        return environment.end()

    def _read(self, process: Process) -> None:
        with process.log as lines:
            for line in lines:
                self._log(line)


def _init_failed(frame: frames.Frame | None, status: int) -> InitError:
    """Return why an environment ended before it was ready."""
    request_id = new_id()
    if frame is None:
        answer = runtime.exited(request_id, status)
        return InitError(answer, f"The function could not start: {runtime.message(answer)}.")
    error = frame.head["error"]
    return InitError(
        runtime.failed(error["message"], error["kind"], request_id, []), error["sentence"]
    )


def _init_timed_out(timeout: float) -> InitError:
    seconds = max(INIT_SECONDS, timeout)
    return InitError(
        runtime.timed_out(new_id(), seconds),
        f"The function was not loaded after {seconds:.0f} seconds: look at what its modules do"
        " while they are imported.",
    )
