"""Write one row for each object into a DynamoDB table. Sent twice, the row is written again.

For tests uncomment the table in tests/conftest.py, and add "TABLE_NAME": "table" to events/env.json.
In template.yaml uncomment the table under ">>> your own resources", the line TABLE_NAME under
">>> your own variables", and what stands under ">>> your own permissions":
        - PolicyName: own
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: dynamodb:PutItem
                Resource: !GetAtt Table.Arn
"""

import os
from typing import Any

import boto3

from s3batch import Task

S3 = boto3.client("s3")
DYNAMODB = boto3.client("dynamodb")


def run(task: Task) -> str:
    version: dict[str, Any] = {"VersionId": task.version_id} if task.version_id else {}
    found = S3.head_object(Bucket=task.bucket, Key=task.key, **version)
    DYNAMODB.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "key": {"S": f"s3://{task.bucket}/{task.key}"},
            "bytes": {"N": str(found["ContentLength"])},
            "etag": {"S": found["ETag"]},
            "modified": {"S": found["LastModified"].isoformat()},
        },
    )
    return f"Indexed with {found['ContentLength']} bytes"
