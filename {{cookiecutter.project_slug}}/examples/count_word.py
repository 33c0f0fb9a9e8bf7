"""Count the lines that hold a word, and write the result into the job's report. Changes nothing.

The word may differ for each object: a row of the manifest, before it is URL-encoded, is
{"origKey": "app.log", "word": "ERROR"}. A job may give one for all rows: --argument word=ERROR.
Needs no permissions but those of the copy.
"""

from typing import Any

import boto3

from s3batch import PermanentFailure, Task

S3 = boto3.client("s3")


def run(task: Task) -> str:
    word = task.arguments.get("word")  # the row first, then the job
    if not isinstance(word, str) or not word:
        raise PermanentFailure(f"The argument word is {word!r}: give a text.")
    version: dict[str, Any] = {"VersionId": task.version_id} if task.version_id else {}
    body = S3.get_object(Bucket=task.bucket, Key=task.key, **version)["Body"]
    lines = found = 0
    for line in body.iter_lines():
        lines += 1
        found += word.encode() in line
    return f"{found} of {lines} lines hold {word!r}"
