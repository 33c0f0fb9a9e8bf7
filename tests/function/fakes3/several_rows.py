"""Rows of one manifest at the same time: two or three tasks interleaved request by request.

Each task is the real code of s3copy. It is run again for every request, with the answers that it
has had so far, and stopped at the first request that has none: so any task can go on next, without
threads. What it asks next depends on its answers only, so it is kept in a tree of them.

Two promises are judged at the end (the template's docs/rename.md):
1. under `never`: every content that was there is readable under some name;
2. a row that reported success has its object under its new name.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from fakes3.checks import error
from fakes3.client import METHODS, FakeClient
from fakes3.manifests import BUCKET, Row, Setting, described, seed
from fakes3.store import GIB, Store, Version
from fakes3.world import Thread
from retryable import is_retryable

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator
    from types import ModuleType

    import pytest

DELIVERIES = 4
SECONDS = 900.0


class Asked(BaseException):
    """The task asks for what it has no answer to yet."""


@dataclass(slots=True)
class Step:
    """What a task does after some answers: a request, or its end; then by answer."""

    request: tuple[str, dict[str, Any]] | None = None
    end: tuple[str, str] | None = None
    after: dict[str, Step] = field(default_factory=dict)


class Replay:
    """Stands where a client stands: gives the answers there are, then stops the task."""

    def __init__(self, answers: list[Any]) -> None:
        self.meta, self.answers = META, iter(answers)

    def __getattr__(self, method: str) -> Any:
        def call(**given: Any) -> Any:
            for answer in self.answers:
                if isinstance(answer, Exception):
                    raise answer
                return answer
            raise Asked(method, given)

        return call


class Payload:
    """Bytes that can be read again."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __repr__(self) -> str:
        return repr(self.body)

    def read(self) -> bytes:
        return self.body


@dataclass(slots=True)
class Task:
    """One delivery of one row, and those that follow it."""

    row: Row
    step: Step
    answers: list[Any] = field(default_factory=list)
    deliveries: int = 1


class Pool:
    """Stands where a pool of one thread stands: a part is copied when its result is wanted."""

    def __init__(self, _size: int) -> None: ...

    def submit(self, act: Callable[..., Any], *given: Any) -> SimpleNamespace:
        return SimpleNamespace(result=partial(act, *given))

    def shutdown(self, **_: Any) -> None: ...


def without_threads(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package run in this thread alone, outside of time.

    One part is in flight: so the order is the same, and a tenth of the time is enough.
    """
    deadline, multipart = (sys.modules[f"{package}.{each}"] for each in ("deadline", "multipart"))
    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _seconds: None)
    monkeypatch.setattr(deadline, "time", clock)
    monkeypatch.setattr(deadline, "threading", SimpleNamespace(Thread=Thread))
    monkeypatch.setattr(multipart, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(multipart, "as_completed", iter)


META = FakeClient(Store()).meta
TREES: dict[tuple[Any, ...], dict[Row, Step]] = {}


class Explorer:
    """Interleaves the tasks of one setting in many orders."""

    def __init__(self, s3copy: ModuleType, setting: Setting) -> None:
        self.s3copy, self.setting, self.store = s3copy, setting, seed(setting)
        # What a task asks depends on these and its answers only: the trees serve other settings.
        way = (setting.operation, setting.overwrite, setting.head_first, setting.is_big)
        self.roots = TREES.setdefault((s3copy.__name__, *way), {})

    def run(self, rng: random.Random) -> Run:
        """Run one interleaving to its end."""
        run = Run(self, rng)
        run.play()
        return run

    def begin(self, row: Row) -> Step:
        """Return the first step of a row."""
        if row not in self.roots:
            self.roots[row] = self.step(row, [])
        return self.roots[row]

    def step(self, row: Row, answers: list[Any]) -> Step:
        """Run the real code with these answers; return what it does next."""
        setting = self.setting
        act = self.s3copy.rename if setting.operation == "rename" else self.s3copy.copy
        options = self.s3copy.Options(
            overwrite=setting.overwrite,
            head_first=setting.head_first,
            **({"part_size": 2 * GIB, "parts_in_flight": 1} if setting.is_big else {}),
        )
        source, target = self.s3copy.Source(BUCKET, row[0]), self.s3copy.Target(BUCKET, row[1])
        client: Any = Replay(answers)
        try:
            return Step(end=("succeeded", act(client, source, target, options, SECONDS)))
        except Asked as asked:
            return Step(request=asked.args)
        except self.s3copy.RefusedError as failure:
            return Step(end=("refused", str(failure)))
        except (self.s3copy.TryAgainError, BotoCoreError) as failure:
            return Step(end=("again", str(failure)))
        except ClientError as failure:
            return Step(end=("again" if is_retryable(failure) else "refused", str(failure)))


class Run:
    """One interleaving: the store, the tasks, what was late, and how each row ended."""

    def __init__(self, explorer: Explorer, rng: random.Random) -> None:
        self.explorer, self.rng, self.setting = explorer, rng, explorer.setting
        self.store = explorer.store.copy()
        self.before = {
            name: versions[-1] for name, versions in self.store.buckets[BUCKET].keys.items()
        }
        self.tasks = [Task(row, explorer.begin(row)) for row in self.setting.rows]
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.faults = self.setting.faults
        self.succeeded: set[Row] = set()
        self.failed: list[Row] = []
        self.said: list[str] = []

    def play(self) -> None:
        """Let the tasks go on in turns until all have ended, and then what was late."""
        while running := [task for task in self.tasks if not self._has_ended(task)]:
            self.store.now += self.setting.tick
            choice = self.rng.randrange(len(running) + len(self.late))
            if choice < len(running):
                self._go_on(running[choice])
            else:
                self._happen(self.late.pop(choice - len(running)))
        for request in self.late:
            self._happen(request)

    def _has_ended(self, task: Task) -> bool:
        if task.step.end is None:
            return False
        outcome, sentence = task.step.end
        if outcome == "again" and task.deliveries < DELIVERIES:
            task.step, task.answers = self.explorer.begin(task.row), []
            task.deliveries += 1
            return False
        if outcome == "succeeded":
            self.succeeded.add(task.row)
        else:
            self.failed.append(task.row)
        self.said.append(f"{task.row}: {outcome}: {sentence}")
        return True

    def _go_on(self, task: Task) -> None:
        method, given = task.step.request or ("", {})
        answer = self._answer(method, given)
        if isinstance(answer, dict) and "AnnotationPayload" in answer:
            answer["AnnotationPayload"] = Payload(answer["AnnotationPayload"].read())
        task.answers = [*task.answers, answer]
        after = repr(answer.response) if isinstance(answer, ClientError) else repr(answer)
        if after not in task.step.after:
            task.step.after[after] = self.explorer.step(task.row, task.answers)
        task.step = task.step.after[after]

    def _answer(self, method: str, given: dict[str, Any]) -> Any:
        """Send a request, or let it fail: its answer lost, late, or refused."""
        fault = ""
        if self.faults and self.rng.random() < 0.25:
            self.faults -= 1
            fault = self.rng.choice(("lost", "late", "refused"))
        if fault == "late":
            self.late.append((method, given))
        if fault == "refused":
            return error(method, 503, "SlowDown")
        answer = self._happen((method, given)) if fault != "late" else None
        return ReadTimeoutError(endpoint_url="https://fake") if fault else answer

    def _happen(self, request: tuple[str, dict[str, Any]]) -> Any:
        method, given = request
        try:
            return METHODS[method](self.store, given)
        except ClientError as refusal:
            return refusal

    # -- the promises ------------------------------------------------------------------------

    def lost(self) -> list[str]:
        """Promise 1: return the names of the contents that are under no name any more."""
        there = {described(one) for one in self._current()}
        return [name for name, one in self.before.items() if described(one) not in there]

    def false_successes(self) -> list[Row]:
        """Promise 2: return the rows that reported success without their object at the new name."""
        false = []
        for old, new in sorted(self.succeeded):
            there = self.store.current(BUCKET, new)
            wanted = self.before.get(old)
            if there is None or (wanted and described(there) != described(wanted)):
                false.append((old, new))
        return false

    def false_failures(self) -> list[Row]:
        """Return the rows that failed although nobody else is there and nothing is in doubt.

        In doubt is an object that has no checksum, when its copy is there already; a bucket whose
        versioning is suspended; and, under `never`, what has the new name.
        """
        setting = self.setting
        is_suspended = setting.operation == "rename" and setting.versioning == "Suspended"
        in_doubt = setting.overwrite == "never" and (
            not setting.kind.endswith("checksum") or len(self.before) > 1
        )
        return [] if is_suspended or in_doubt else self.failed

    def _current(self) -> Iterator[Version]:
        for name in self.store.buckets[BUCKET].keys:
            found = self.store.current(BUCKET, name)
            if found:
                yield found
