"""Copy or rename one S3 object so that nothing is lost. Knows nothing of S3 Batch Operations.

    s3 = client(options)                           # once per process
    copy(s3, source, target, options, deadline)    # "Copied to s3://bucket/key (version 3sL4)"
    rename(s3, source, target, options, deadline)  # copy, prove the copy, delete the source

Both return one sentence, or raise with one: `RefusedError` when running again cannot help,
`TryAgainError` when it can. A source is deleted only when the copy is proven to be its content,
and a crash between any two requests leaves the content readable under one of the two names.
Every other exception that boto3 raises comes out as it is.
"""

from s3copy.failures import RefusedError, TryAgainError
from s3copy.sdk import client
from s3copy.transfer import copy, rename
from s3copy.values import Options, Source, Target

__all__ = [
    "Options",
    "RefusedError",
    "Source",
    "Target",
    "TryAgainError",
    "client",
    "copy",
    "rename",
]
