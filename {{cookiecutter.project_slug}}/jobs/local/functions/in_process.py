"""A handler in this process: for `breakpoint()`, and for measurements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobs.local.functions import runtime
from jobs.local.functions.invoke import Answer, new_id

if TYPE_CHECKING:
    from jobs.local.functions.invoke import Target
    from jobs.local.functions.runtime import Handler


def in_process(handler: Handler, timeout: float = 900.0) -> Target:
    """Return a target that calls `handler` in this process, whatever the ARN says.

    Events and responses pass through JSON both ways. `timeout` is in seconds: a call that took
    longer is answered as Lambda answers a timeout, but it is not stopped in the middle. Give the
    engine a concurrency of 1, unless the handler may run in several threads at once.
    """

    def invoke(arn: str, payload: bytes) -> Answer:
        request_id = new_id()
        started = time.monotonic()
        context = runtime.Context(request_id, arn, started + timeout)
        answer = _call(handler, payload, context)
        if time.monotonic() - started > timeout:
            return runtime.timed_out(request_id, timeout)
        return answer

    return invoke


def _call(handler: Handler, payload: bytes, context: runtime.Context) -> Answer:
    """Call the handler; what would end the runtime's process must not end this one."""
    try:
        return runtime.call(handler, payload, context)
    except SystemExit as error:
        return runtime.exited(context.aws_request_id, runtime.exit_code(error))
    except BaseException:  # noqa: BLE001 - a KeyboardInterrupt of the handler's own
        return runtime.exited(context.aws_request_id, 1)
