"""Entry point of the function: joins your work, the protocol and what may be tried again."""

import retryable
import task
from s3batch import handler, protocol
from settings import SETTINGS


def lambda_handler(event: object, context: handler.Context) -> protocol.Response:
    """Answer one invocation by S3 Batch Operations."""
    return handler.handle(event, context, task.run, retryable.is_retryable, SETTINGS.log_level)
