"""Entry point of the function: joins the work, the S3 Batch protocol and the S3 classifier."""

import s3copy
import task
from s3batch import handler, protocol
from settings import SETTINGS


def lambda_handler(event: object, context: handler.Context) -> protocol.Response:
    """Answer one invocation by S3 Batch Operations."""
    return handler.handle(
        event,
        context,
        run=task.run,
        is_retryable=s3copy.is_retryable,
        expected=(s3copy.RefusedError, s3copy.TryAgainError),
        log_level=SETTINGS.log_level,
    )
