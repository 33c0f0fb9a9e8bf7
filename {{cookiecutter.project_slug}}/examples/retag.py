"""Add tags to each object; a tag of the same name gets the new value, all others stay.

A row of the manifest, before it is URL-encoded: {"origKey": "a.txt", "tags": {"team": "blue"}}.
Here: `python -m jobs try FILE --row '{"tags": {"team": "blue"}}'`.

Sent twice, it does no harm. S3 has no condition on tags: nobody else may change them meanwhile.

Under ">>> your own permissions" of template.yaml:
        - PolicyName: retag
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:PutObjectTagging, s3:PutObjectVersionTagging]
                Resource: !Sub "arn:${AWS::Partition}:s3:::${SourceBucket}/${SourcePrefix}*"
"""

from typing import Any

import boto3

from s3batch import PermanentFailure, Task

S3 = boto3.client("s3")


def run(task: Task) -> str:
    new = task.arguments.get("tags")
    if not isinstance(new, dict) or not all(isinstance(value, str) for value in new.values()):
        raise PermanentFailure(f"The row's tags are {new!r}: give names and texts.")
    place: dict[str, Any] = {"Bucket": task.bucket, "Key": task.key}
    if task.version_id:
        place["VersionId"] = task.version_id
    old = {tag["Key"]: tag["Value"] for tag in S3.get_object_tagging(**place)["TagSet"]}
    tags: Any = [{"Key": name, "Value": value} for name, value in (old | new).items()]
    S3.put_object_tagging(**place, Tagging={"TagSet": tags})
    return f"{len(new)} tags given, {len(tags)} now there"
