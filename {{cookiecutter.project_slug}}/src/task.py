"""The work that is done on every object of the manifest. THE file to edit.

`run` receives one `Task` and returns a text: the task Succeeded, and the text stands in the job's
report. Anything else that it returns is a failure. Your own work goes into `run`, instead of what
is there; `examples/` has more. It may fail in two ways:

    raise TemporaryFailure("why")   S3 Batch Operations sends the task again
    raise PermanentFailure("why")   recorded as failed

Of any other exception `retryable.py` says whether the task is sent again. The same task may be sent
twice, so doing it again must do no harm. Keep no state outside `run`: a container runs many tasks.
"""

import s3copy
from s3batch import Task
from s3copy import arguments
from settings import SETTINGS

S3 = s3copy.client(arguments.options(SETTINGS))  # made once, while the container starts


def new_key(key: str, prefix: str) -> str:
    """Return the key of the copy: the rename rule. A row with a newKey does without it."""
    return prefix + key


def run(task: Task) -> str:
    """Copy or rename one object; return what happened and where the copy is."""
    row, job = task.arguments.maps
    source = s3copy.Source(task.bucket, task.key, task.version_id)
    operation, target, options = arguments.read(row, job, source, SETTINGS, new_key)
    act = s3copy.rename if operation == "rename" else s3copy.copy
    return act(S3, source, target, options, task.deadline)
