"""The peer: what the function of AWS's current documentation does, step for step, in our words.

Amazon S3 User Guide, "Invoke AWS Lambda function" (2023 to now): looks whether the version that the
task names is a delete marker, removes it, and logs three lines on the way. One client for all.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib import parse

import boto3
from botocore.exceptions import ClientError

logger = logging.getLogger(__name__)
logger.setLevel("INFO")

s3 = boto3.client("s3")


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    task = event["tasks"][0]
    code, text = "PermanentFailure", ""
    try:
        key = parse.unquote_plus(task["s3Key"], encoding="utf-8")
        version = task["s3VersionId"]
        named = {"Bucket": task["s3BucketArn"].split(":")[-1], "Key": key, "VersionId": version}
        logger.info("Asked to remove delete marker %s from object %s.", version, key)
        try:
            s3.head_object(**named)
            text = f"Version {version} of object {key} is not a delete marker."
            logger.warning(text)
        except ClientError as error:
            headers = error.response["ResponseMetadata"]["HTTPHeaders"]
            if headers.get("x-amz-delete-marker", "false") != "true":
                raise
            logger.info("Version %s of object %s is a delete marker.", version, key)
            s3.delete_object(**named)
            code, text = "Succeeded", f"Removed delete marker {version} from object {key}."
            logger.info(text)
    except Exception as error:
        code, text = "PermanentFailure", str(error)
        logger.exception(text)
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": event["invocationId"],
        "results": [{"taskId": task["taskId"], "resultCode": code, "resultString": text}],
    }
