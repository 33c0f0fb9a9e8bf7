"""Restore each object from an archive (Glacier classes), and copy it once it can be read.

Run what fails meanwhile once more after 48 hours. Sent twice, it restores once and copies once.
Under ">>> your own permissions" of template.yaml:
        - PolicyName: restore
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: s3:RestoreObject
                Resource: !Sub "arn:${AWS::Partition}:s3:::${SourceBucket}/${SourcePrefix}*"
"""

from typing import Any

import s3copy
from s3batch import Task, TemporaryFailure
from s3copy import arguments
from settings import SETTINGS

S3 = s3copy.client(arguments.options(SETTINGS))
WISH: Any = {"Days": 7, "GlacierJobParameters": {"Tier": "Bulk"}}  # for how long, how fast


def new_key(key: str, prefix: str) -> str:
    return prefix + key


def run(task: Task) -> str:
    source = s3copy.Source(task.bucket, task.key, task.version_id)
    row, job = task.arguments.maps
    _, target, options = arguments.read(row, job, source, SETTINGS, new_key)
    version: dict[str, Any] = {"VersionId": task.version_id} if task.version_id else {}
    found = S3.head_object(Bucket=task.bucket, Key=task.key, **version)
    restored = found.get("Restore", "")  # ongoing-request="true", or "false" (S3 API, HeadObject)
    if found.get("StorageClass") in ("GLACIER", "DEEP_ARCHIVE") and not restored:
        S3.restore_object(Bucket=task.bucket, Key=task.key, RestoreRequest=WISH, **version)
        restored = "true"
    if "true" in restored:
        raise TemporaryFailure(f"The restore has begun and not ended: run it again later: {source}")
    return s3copy.copy(S3, source, target, options, task.deadline)
