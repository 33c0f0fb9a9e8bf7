"""Active: runs the tasks of one job, each in an invocation of its own, and redrives them."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING

from jobs.formats.report import Result
from jobs.local.engine import lambda_contract
from jobs.local.engine.lambda_contract import Outcome, Task
from jobs.local.engine.spool import TaskSpool
from jobs.local.functions.invoke import LostError, NotInvokedError, ThrottledError, new_id

if TYPE_CHECKING:
    from jobs.local.engine.choices import Choices
    from jobs.local.engine.job import Job
    from jobs.local.engine.spool import ReportSpool
    from jobs.local.functions.invoke import NoAnswerError, Target

THRESHOLD_TASKS = 1000
"""Tasks that must have run before a job can fail for its rate of failures."""

THRESHOLD_RATE = 0.5

LONGEST_THROTTLE_DELAY = 20.0
"""Seconds."""

NO_VERSION = r"\N"
"""What a report shows for an empty VersionId field."""


class Run:
    """The tasks of one job. `burst` runs them until they are done or the job must stop."""

    def __init__(
        self, job: Job, tasks: TaskSpool, results: ReportSpool, target: Target, choices: Choices
    ) -> None:
        """Prepare to run `tasks` on `target`, writing rows to `results`."""
        self._job = job
        self._target = target
        self._choices = choices
        self._results = results
        self._operation = job.request["Operation"]["LambdaInvoke"]
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._round = tasks
        self._again = TaskSpool()
        self._left = tasks.shuffled(choices.shuffle_window)
        self._seen = self._bad = 0
        self._is_broken = self._is_redrive = self._is_round_over = False
        self.is_over_threshold = False
        self.is_done = False

    def stop(self) -> None:
        """End pauses between attempts: the job was paused or cancelled."""
        self._wake.set()

    def burst(self) -> None:
        """Run tasks until none is left or the job is paused, cancelled or over the threshold."""
        self._wake.clear()
        while not self._must_stop():
            self._run_round()
            if not self._is_round_over:
                continue  # stopped on the way, if only for a moment: the rest is still to run
            if not self._again.count:
                self.is_done = True
                return
            self._is_redrive, self._is_round_over = True, False
            self._round.close()
            self._round, self._again = self._again, TaskSpool()
            self._left = self._round.shuffled(self._choices.shuffle_window)
            self._wake.clear()
            if not self._must_stop():
                self._wake.wait(self._choices.redrive_delay)

    def close(self) -> None:
        """Report the tasks that ran but wait for a redrive that will not come, and clean up.

        Tasks that Lambda never took are left out: the report is one of what ran.
        """
        for task, message in chain(self._again, self._left if self._is_redrive else ()):
            if task.is_taken:
                self._record(task, Outcome("TemporaryFailure", message))
        self._again.close()
        self._round.close()

    def _must_stop(self) -> bool:
        job = self._job
        return job.is_cancelled or not job.may_run or self.is_over_threshold or self._is_broken

    def _run_round(self) -> None:
        workers = min(self._choices.concurrency, self._round.count)
        with ThreadPoolExecutor(workers, thread_name_prefix=f"job-{self._job.id}") as pool:
            running = [pool.submit(self._work) for _ in range(workers)]
        for each in running:
            each.result()

    def _work(self) -> None:
        try:
            ended: tuple[Task, str, Outcome | None] | None = None
            while True:
                must_stop = self._must_stop()
                with self._lock:  # once a task: threads that wait for it cost more than the task
                    if ended:
                        self._settle(*ended)
                    must_stop |= self.is_over_threshold
                    entry = None if must_stop else next(self._left, None)
                if entry is None:
                    self._is_round_over |= not must_stop
                    return
                ended = *entry, self._attempt(entry[0])
        except BaseException:
            self._is_broken = True  # the other workers stop too; the job fails with this error
            raise

    def _attempt(self, task: Task) -> Outcome | None:
        """Return how the task ended; None if the job must stop while Lambda takes no invocation."""
        if task.version_id == "":
            text = "Task failed due to missing VersionId"
            return Outcome("PermanentFailure", text, 400, "InvalidRequest")
        delay, tries = self._choices.throttle_delay, self._choices.throttle_retries
        while True:
            try:
                return self._invoke(task)
            except ThrottledError as error:
                if not tries:
                    return _unanswered("TemporaryFailure", error)
            except LostError as error:
                return _unanswered(self._choices.lost_answer, error)
            except NotInvokedError as error:
                return _unanswered(self._choices.refused_invocation, error)
            self._wake.wait(delay)
            if self._must_stop():
                return None
            delay, tries = min(delay * 2, LONGEST_THROTTLE_DELAY), tries - 1

    def _invoke(self, task: Task) -> Outcome:
        sent = lambda_contract.event(task, self._job.id, self._operation, new_id(), self._choices)
        payload = json.dumps(sent).encode()
        answer = self._target(self._operation["FunctionArn"], payload)
        return lambda_contract.outcome(answer, sent, task, self._choices)

    def _settle(self, task: Task, message: str, outcome: Outcome | None) -> None:
        """Record how a task ended, or keep it for the next round."""
        if outcome is None:
            self._again.add(task, message)
            return
        for problem in outcome.problems:
            self._job.note(*problem)
        again = _again(task, outcome, self._choices)
        if again is None:
            self._record(task, outcome)
        else:
            self._again.add(again, outcome.message)
        if again is None or self._choices.threshold_counts == "all":
            self._seen += 1
            self._bad += outcome.code != "Succeeded"
            if self._seen >= THRESHOLD_TASKS and self._bad > self._seen * THRESHOLD_RATE:
                self.is_over_threshold = True

    def _record(self, task: Task, outcome: Outcome) -> None:
        is_success = outcome.code == "Succeeded"
        self._job.succeeded += is_success
        self._job.failed += not is_success
        self._job.is_invoked |= task.version_id != ""
        code = outcome.error_code or outcome.code
        if code == "TemporaryFailure":
            code = self._choices.last_redrive_code
        self._results.add(
            Result(
                task.bucket,
                task.key,
                NO_VERSION if task.version_id == "" else task.version_id or "",
                "succeeded" if is_success else "failed",
                str(outcome.http_status),
                "" if is_success else code,
                outcome.message,
            )
        )


def _unanswered(code: str, error: NoAnswerError) -> Outcome:
    is_taken = isinstance(error, LostError)
    return Outcome(code, error.message, error.status, error.code, is_taken=is_taken)


def _again(task: Task, outcome: Outcome, choices: Choices) -> Task | None:
    """Return the task as it is tried again, or None if the outcome is its last."""
    is_taken = task.is_taken or outcome.is_taken
    if outcome.is_function_error:
        if task.function_errors < choices.function_error_redrives:
            return task._replace(function_errors=task.function_errors + 1, is_taken=is_taken)
    elif outcome.code == "TemporaryFailure" and task.redrives < choices.redrives:
        return task._replace(redrives=task.redrives + 1, is_taken=is_taken)
    return None
