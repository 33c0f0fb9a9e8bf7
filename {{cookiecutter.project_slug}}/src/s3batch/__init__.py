"""Speaks the invocation protocol of S3 Batch Operations; standard library only."""

from s3batch.failures import PermanentFailure, TemporaryFailure
from s3batch.protocol import Task

__all__ = ["PermanentFailure", "Task", "TemporaryFailure"]
