"""A request that is given up when its time is over, though S3 still works on it.

What it does later is like the effect of an answer that was lost: the next delivery finds it. Its
thread sends nothing more, because botocore's retries are past `clock.LATEST` by then.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from s3copy.failures import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = TypeVar("Answer")

GIVEN_UP = (
    "S3 was still working on a request when the function's time ran out: nothing is lost, and what "
    "it did is found next time; try again"
)


def send(act: Callable[..., Answer], parameters: Mapping[str, object], seconds: float) -> Answer:
    """Return what `act(**parameters)` returns or raises within `seconds`.

    Raises:
        TryAgainError: it did neither; its thread is left alone and does not keep the process.
    """
    ended: dict[str, Any] = {}
    context = contextvars.copy_context()

    def run() -> None:
        try:
            ended["answer"] = context.run(act, **parameters)
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
