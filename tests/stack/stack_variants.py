"""The variants of the stack that the permissions are proven for, and ways to weaken a policy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from iam import Statement, listed
from transformed import SOURCE, Stack, stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEY = "arn:aws:kms:us-east-1:111122223333:key/"
ONE, TWO = "arn:aws:s3:::further-one", "arn:aws:s3:::further-two"
DIRECTORY, OTHER_DIRECTORY = "source--use1-az4--x-s3", "target--use1-az4--x-s3"
KEYS = {"SourceKmsKeyArn": f"{KEY}source", "DestinationKmsKeyArn": f"{KEY}destination"}
PREFIXES = {"SourcePrefix": "in/", "DestinationPrefix": "out/"}

COMPANY = {
    "MemorySize": "1769",
    "Timeout": "600",
    "LogRetentionDays": "365",
    "KeepLogs": "true",
    "FailureAlarmThreshold": "100",
    "SubmitterPrincipals": "data-team,pipeline",
    "ConfirmerPrincipals": "approvers",
    "SubmitterListsBuckets": "true",
    "RequestJobOperation": "LambdaInvoke",
    "PermissionsBoundary": "arn:aws:iam::111122223333:policy/edge",
    "RolePath": "/teams/data/",
    "AccessLogsBucket": "company-access-logs",
    "ManifestKmsKeyArn": f"{KEY}manifests",
    "SubnetIds": "subnet-0a1b2c3d,subnet-0a1b2c3e",
    "SecurityGroupIds": "sg-0a1b2c3d",
    "EnvironmentKmsKeyArn": f"{KEY}variables",
    "LogKmsKeyArn": f"{KEY}log",
    "CodeSigningConfigArn": (
        "arn:aws:lambda:us-east-1:111122223333:code-signing-config:csc-0123456789abcdefg"
    ),
    "Tracing": "Active",
}

ROLE = "arn:aws:iam::111122223333:role/made-elsewhere"

EVERYTHING = {
    "Operation": "rename",
    "SourceKmsKeyArn": f"{KEY}source",
    "DestinationKmsKeyArn": f"{KEY}destination",
    "FurtherDestinationBuckets": "arn:aws:s3:::further-one,arn:aws:s3:::further-two",
    "ReservedConcurrency": "50",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:111122223333:topic",
    "ManifestGenerator": "true",
    "TrustConditions": "true",
}
# The sets of parameters that linters and scanners look at.
LINTED: dict[str, dict[str, str]] = {
    "defaults": {},
    "everything": EVERYTHING,
    "existing roles": {"FunctionRoleArn": ROLE, "JobRoleArn": ROLE},
    "company": COMPANY,
    "company, everything": {**EVERYTHING, **COMPANY},
    "existing jobs bucket": {"ExistingJobsBucket": "company-jobs"},
    "named function": {"FunctionName": "company-copier"},
    "odd prefixes": {"SourcePrefix": "données/", "DestinationPrefix": "a&b/"},
    "directory buckets": {
        "SourceBucket": "source--use1-az4--x-s3",
        "DestinationBucket": "target--use1-az4--x-s3",
        "SourceKmsKeyArn": f"{KEY}source",
        "DestinationKmsKeyArn": f"{KEY}destination",
    },
}

# Those in which the function's own role or settings differ.
OF_THE_FUNCTION: dict[str, dict[str, str]] = {
    "copy": {},
    "rename": {"Operation": "rename"},
    "copy, always": {"Overwrite": "always"},
    "rename, always": {"Overwrite": "always", "Operation": "rename"},
    "copy, prefixes": PREFIXES,
    "rename, prefixes": {**PREFIXES, "Operation": "rename"},
    "copy, KMS": KEYS,
    "rename, KMS": {**KEYS, "Operation": "rename"},
    "copy, KMS source": {"SourceKmsKeyArn": f"{KEY}source"},
    "copy, KMS destination": {"DestinationKmsKeyArn": f"{KEY}destination"},
    "copy, further buckets": {"FurtherDestinationBuckets": f"{ONE},{TWO}"},
    "rename, further buckets": {"FurtherDestinationBuckets": ONE, "Operation": "rename"},
    "copy from a directory bucket": {"SourceBucket": DIRECTORY},
    "rename from a directory bucket": {"SourceBucket": DIRECTORY, "Operation": "rename"},
    "copy into a directory bucket": {"DestinationBucket": OTHER_DIRECTORY},
    # As if KMS were asked by s3.REGION there too, which AWS does not say: see s3_needs.VIA_S3.
    "copy into a directory bucket, KMS": {**KEYS, "DestinationBucket": OTHER_DIRECTORY},
    "rename in a directory bucket": {
        "SourceBucket": DIRECTORY,
        "DestinationBucket": DIRECTORY,
        "DestinationPrefix": "out/",
        "Operation": "rename",
    },
    "rename in one bucket": {**PREFIXES, "DestinationBucket": SOURCE, "Operation": "rename"},
}
VARIANTS = {
    **OF_THE_FUNCTION,
    "generator": {"ManifestGenerator": "true"},
    "submitters list": {"SubmitterListsBuckets": "true"},
}


@cache
def variant(name: str) -> Stack:
    return stack(**VARIANTS[name])


def mutants(role: Sequence[Statement]) -> Iterator[tuple[tuple[str, ...], list[Statement]]]:
    """Yield each role that lacks one action, or one resource, of one statement."""
    for index, statement in enumerate(role):
        for element in ("Action", "Resource"):
            values = listed(statement[element])
            for number, value in enumerate(values):
                left = [each for each in values if each != value]
                mutated = [{**statement, element: left}] if left else []
                # A resource is called by its place: its text differs between variants.
                what = value if element == "Action" else f"resource {number + 1}"
                name = (statement["Sid"], what)
                yield name, [*role[:index], *mutated, *role[index + 1 :]]


def shortened(statements: Sequence[Statement]) -> Iterator[tuple[str, list[Statement]]]:
    """Yield each policy in which one ARN lost a character: of bucket/in/* remains bucket/in*."""
    for index, statement in enumerate(statements):
        for arn in set(listed(statement["Resource"])) - {"*"}:
            cut = f"{arn.removesuffix('*')[:-1]}*"
            mutated = {**statement, "Resource": cut}
            yield cut, [*statements[:index], mutated, *statements[index + 1 :]]
