"""The peer: what the copy function of AWS's documentation does, step for step, in our words.

Amazon S3 User Guide, "Invoking a Lambda function from Amazon S3 Batch Operations" (2019 to 2023):
a client for every invocation, one task, `str(response)` as the result. It logs nothing.
"""

from __future__ import annotations

import os
from typing import Any
from urllib import parse

import boto3
from botocore.exceptions import ClientError


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    client = boto3.client("s3")
    [task] = event["tasks"]
    key = parse.unquote_plus(task["s3Key"], encoding="utf-8")
    source: Any = {"Bucket": task["s3BucketArn"].split(":::")[-1], "Key": key}
    if task["s3VersionId"] is not None:
        source["VersionId"] = task["s3VersionId"]
    try:
        response = client.copy_object(
            CopySource=source, Bucket=os.environ["DESTINATION_BUCKET"], Key=f"{key}_new"
        )
        code, text = "Succeeded", str(response)
    except ClientError as error:
        name = error.response["Error"]["Code"]
        code = "TemporaryFailure" if name == "RequestTimeout" else "PermanentFailure"
        text = f"{name}: {error.response['Error']['Message']}"
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": event["invocationId"],
        "results": [{"taskId": task["taskId"], "resultCode": code, "resultString": text}],
    }
