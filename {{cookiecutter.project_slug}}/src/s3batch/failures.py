"""The two ways in which a task may fail.

Raise one of them from `task.run`; the text reaches the job's completion report. Any exception that
carries `retryable: bool` is read in the same way.

    Exception
    ├── TemporaryFailure   S3 Batch Operations sends the task again before the job ends
    └── PermanentFailure   recorded as failed, never sent again
"""

from typing import ClassVar


class TemporaryFailure(Exception):
    """The task may succeed when it is sent again; nothing is half done.

    How often S3 Batch Operations sends a task again is not documented: never rely on a number.
    """

    retryable: ClassVar[bool] = True


class PermanentFailure(Exception):
    """The task cannot succeed, however often it is sent."""

    retryable: ClassVar[bool] = False
