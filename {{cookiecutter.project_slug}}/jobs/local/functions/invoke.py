"""What a local job sees of Lambda's Invoke: a payload goes out, an answer or an error comes back.

A target is one of three: `environments` (processes of our own, as on Lambda), `in_process` (for
a debugger), `endpoint` (Lambda's Invoke over HTTP).
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """What Invoke gives back for a call that Lambda took (HTTP 200)."""

    payload: bytes
    is_function_error: bool = False
    """X-Amz-Function-Error: the function failed, timed out or could not start."""


class NoAnswerError(Exception):
    """Lambda gave no answer to an invocation; raised as one of the three kinds below."""

    def __init__(self, code: str, message: str, status: int) -> None:
        """Keep what the report's row says: Lambda's code and HTTP status, if it gave any."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ThrottledError(NoAnswerError):
    """The invocation was not taken now: it may be tried again."""


class LostError(NoAnswerError):
    """The invocation was sent, but its answer did not arrive: the function may have run."""


class NotInvokedError(NoAnswerError):
    """The invocation was refused, here or by Lambda: a repetition would be refused too."""


Target = Callable[[str, bytes], Answer]
"""(FunctionArn with its version or alias, event) -> answer; raises the three errors above."""


def new_id() -> str:
    """Return the id of an invocation.

    Not uuid4: its system call releases the GIL, and the threads of a job would switch at each task,
    which costs more than the task.
    """
    return str(uuid.UUID(int=random.getrandbits(128), version=4))
