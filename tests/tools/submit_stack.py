"""A deployed stack as submit looks at it: what AWS answers, request by request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.stub import ANY

if TYPE_CHECKING:
    from botocore.stub import Stubber

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:copier"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/copier-job"
OUTPUTS = {
    "FunctionAliasArn": f"{FUNCTION}:live",
    "JobRoleArn": ROLE,
    "JobsBucketName": "jobs",
    "SourceBucketName": "photos",
}
PARAMETERS = {
    "DestinationBucket": "copies",
    "FurtherDestinationBuckets": "arn:aws:s3:::more,arn:aws:s3:::even-more",
    "JobRoleArn": "",
}
DESCRIBED = {
    "StackName": "copier",
    "CreationTime": datetime(2026, 11, 1, tzinfo=UTC),
    "StackStatus": "CREATE_COMPLETE",
    "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()],
    "Parameters": [
        {"ParameterKey": key, "ParameterValue": each} for key, each in PARAMETERS.items()
    ],
}
ENVIRONMENT = {"OPERATION": "copy", "OVERWRITE": "never", "DESTINATION_BUCKET": "copies"}
ETAG = "5ae452a867365c20daf0ec756fd5553e"  # MD5 of the manifest
JOB_ID = "00000000-1111-2222-3333-444444444444"


@dataclass(frozen=True)
class Deployed:
    """A stack whose version 3 is what was deployed last, as submit looks at it."""

    cloudformation: Stubber
    lambda_: Stubber
    s3: Stubber
    s3control: Stubber

    def expect_looks(self, *, code: str = "abc=", **environment: str) -> None:
        self.cloudformation.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
        self.s3.add_response("head_bucket", {"BucketRegion": "us-east-1"}, {"Bucket": "photos"})
        self.lambda_.add_response("get_alias", {"FunctionVersion": "3"})
        for version in ("3", "$LATEST"):
            answer = {
                "Version": version,
                "CodeSha256": code,
                "LastModified": "2026-11-25T12:00:00.000+0000",
                "Environment": {"Variables": ENVIRONMENT | environment},
            }
            self.lambda_.add_response("get_function_configuration", answer)

    def expect_upload(self) -> None:
        self.s3.add_response(
            "put_object",
            {"ETag": f'"{ETAG}"'},
            {
                "Bucket": "jobs",
                "Key": f"manifests/march-{ETAG}.csv",
                "Body": ANY,
                "ServerSideEncryption": "AES256",
                "ContentMD5": ANY,
                "ExpectedBucketOwner": ACCOUNT,
            },
        )
        self.expect_plan()

    def expect_plan(self) -> None:
        asked = {
            "Bucket": "jobs",
            "Key": f"manifests/march-{ETAG}.plan.json",
            "Body": ANY,
            "ServerSideEncryption": "AES256",
            "ExpectedBucketOwner": ACCOUNT,
        }
        self.s3.add_response("put_object", {"ETag": '"0"'}, asked)

    def expect_create(self) -> None:
        self.s3control.add_response("create_job", {"JobId": JOB_ID})
