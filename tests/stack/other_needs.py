"""What S3 Batch Operations asks for under the job role, and the submit verb under its policy.

AWS's own code, not ours, runs under the job role: here the proof is a table of what AWS documents.
The rows of the submitter are the requests of `jobs.submit`; a test holds them against its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam import Request
from transformed import ACCOUNT, DESTINATION, REGION, SOURCE, STACK
from transformed import FUNCTION as NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformed import Stack

GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
ROLES = f"{GUIDE}batch-ops-iam-role-policies.html"
CREATE = f"{GUIDE}batch-ops-create-job.html"
TAGS = f"{GUIDE}batch-ops-job-tags-examples.html"
ENCRYPTION = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
S3 = f"{REFERENCE}list_amazons3.html"
LAMBDA = f"{REFERENCE}list_awslambda.html"
CLOUDFORMATION = f"{REFERENCE}list_awscloudformation.html"

LAMBDA_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
JOB = f"arn:aws:s3:{REGION}:{ACCOUNT}:job/"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is asked for, and the page that says so."""

    what: str
    request: Request
    page: str


def of_a_job(stack: Stack) -> Iterator[Need]:
    """Yield what jobs ask for: with and without versions, reports and a generated manifest."""
    bucket = f"arn:aws:s3:::{stack.place.jobs_bucket}"
    manifest, report = f"{bucket}/manifests/", f"{bucket}/reports/job-1/"
    for what, arn in {
        "the function itself": FUNCTION,
        "a pinned version": f"{FUNCTION}:7",
        "the alias": f"{FUNCTION}:live",
    }.items():
        yield Need(f"invoke {what}", Request("lambda:InvokeFunction", arn), ROLES)
    yield Need("read a manifest", Request("s3:GetObject", f"{manifest}a.csv"), ROLES)
    pinned = Request("s3:GetObjectVersion", f"{manifest}a.csv")
    yield Need("read a manifest by its ObjectVersionId", pinned, ROLES)
    yield Need("write a report", Request("s3:PutObject", f"{report}results/0.csv"), ROLES)
    yield Need("find the bucket's Region", Request("s3:GetBucketLocation", bucket), ROLES)
    if key := stack.values["ManifestKmsKeyArn"]:
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            yield Need("read an inventory under a key", Request(action, key), ROLES)
    if stack.values["ManifestGenerator"] == "true":
        source = f"arn:aws:s3:::{SOURCE}"
        yield Need("list the source", Request("s3:PutInventoryConfiguration", source), CREATE)
        yield Need("store the list", Request("s3:PutObject", f"{manifest}generated/1"), CREATE)


def of_lambda(stack: Stack) -> Iterator[Need]:
    """Yield what Lambda itself asks for under the function's role."""
    kept = "/0a1b2c3d" if stack.values["KeepLogs"] == "true" else ""
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{STACK}{kept}:log-stream:1"
    for action in ("CreateLogStream", "PutLogEvents"):
        yield Need("log", Request(f"logs:{action}", logs), f"{LAMBDA_GUIDE}lambda-permissions.html")
    if stack.values["SubnetIds"]:
        for action in NETWORK:
            page = f"{LAMBDA_GUIDE}configuration-vpc.html"
            yield Need("join the network", Request(f"ec2:{action}", "*"), page)
    if stack.values["Tracing"] == "Active":
        for action in ("PutTraceSegments", "PutTelemetryRecords"):
            page = f"{LAMBDA_GUIDE}services-xray.html"
            yield Need("trace", Request(f"xray:{action}", "*"), page)
    if key := stack.values["EnvironmentKmsKeyArn"]:
        page = f"{LAMBDA_GUIDE}configuration-envvars-encryption.html"
        yield Need("decrypt the variables", Request("kms:Decrypt", key), page)


NETWORK = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)


# The boto3 calls of jobs.submit and of what it stands on that the needs below stand for.
# HeadBucket only finds a wrong Region early: the verb goes on where it is denied. `upload_file` is
# PutObject or, in parts, PutObject and AbortMultipartUpload.
CALLS = frozenset(
    {
        "create_job",
        "describe_job",
        "describe_stacks",
        "get_alias",
        "get_bucket_encryption",
        "get_function_configuration",
        "get_job_tagging",
        "get_object",
        "get_waiter",  # published_version_active: GetFunctionConfiguration
        "head_bucket",
        "head_object",
        "list_jobs",
        "publish_version",
        "put_object",
        "upload_file",
    }
)


def of_a_submitter(stack: Stack) -> Iterator[Need]:
    """Yield what making a manifest, submitting and reading a job asks for."""
    place = stack.place
    bucket = f"arn:aws:s3:::{place.jobs_bucket}"
    yield from _of_looking(stack)
    # Documented for the function; a request that names an alias or a version carries it in the ARN.
    for arn in (FUNCTION, f"{FUNCTION}:live"):
        yield Need("look up the alias", Request("lambda:GetAlias", arn), LAMBDA)
    for arn in (FUNCTION, f"{FUNCTION}:7"):
        yield Need("compare", Request("lambda:GetFunctionConfiguration", arn), LAMBDA)
    yield Need("publish", Request("lambda:PublishVersion", FUNCTION), LAMBDA)
    yield Need("upload", Request("s3:PutObject", f"{bucket}/manifests/a.csv"), S3)
    for action in ("GetObject", "GetObjectVersion", "AbortMultipartUpload"):
        what = "read its ETag, pin its version, give up a long upload"
        yield Need(what, Request(f"s3:{action}", f"{bucket}/manifests/a.csv"), S3)
    yield Need("create", creating(STACK), TAGS)
    yield Need("tag", tagging(STACK, STACK), TAGS)
    yield Need("hand over the role", Request("iam:PassRole", place.job_role), ROLES)
    destination = f"arn:aws:s3:::{DESTINATION}"
    yield Need("see the key", Request("s3:GetEncryptionConfiguration", destination), ENCRYPTION)
    if key := stack.values["ManifestKmsKeyArn"]:
        through = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
        yield Need("read an inventory", Request("kms:Decrypt", key, through), S3)
    if key := stack.values["EnvironmentKmsKeyArn"]:
        through = {"kms:ViaService": f"lambda.{REGION}.amazonaws.com"}
        page = f"{LAMBDA_GUIDE}configuration-envvars-encryption.html"
        yield Need("see what was deployed", Request("kms:Decrypt", key, through), page)
    if stack.values["SubmitterListsBuckets"] == "true":
        source = f"arn:aws:s3:::{SOURCE}"
        yield Need("list versions", Request("s3:ListBucketVersions", source), S3)
        for arn in (source, destination):
            yield Need("list", Request("s3:ListBucket", arn), S3)


def of_a_confirmer(stack: Stack) -> Iterator[Need]:
    """Yield what confirming, stopping and reading a job asks for."""
    yield from _of_looking(stack)
    manifest = f"arn:aws:s3:::{stack.place.jobs_bucket}/manifests/a.csv"
    yield Need("see what will run", Request("s3:GetObject", manifest), S3)
    for action in STEERING:
        yield Need("steer", steering(action, STACK), TAGS)


# Who may do these is decided by tags: of the request, or of the job.
STEERING = ("s3:UpdateJobStatus", "s3:UpdateJobPriority")


def creating(tag: str, **more: str) -> Request:
    """Return the request for a job that gets this value of the tag Application."""
    operation = {"s3:RequestJobOperation": "LambdaInvoke"}  # our guess: no page says its values
    context = {**operation, "aws:RequestTag/Application": tag, **more}
    return Request("s3:CreateJob", f"{JOB}*", context)


def tagging(given: str, there: str) -> Request:
    """Return the request that sets the tag of a job which has another one there."""
    context = {"aws:RequestTag/Application": given, "aws:ResourceTag/Application": there}
    return Request("s3:PutJobTagging", f"{JOB}1", context)


def steering(action: str, tag: str) -> Request:
    """Return the request that changes a job with this tag."""
    return Request(action, f"{JOB}1", {"aws:ResourceTag/Application": tag})


def _of_looking(stack: Stack) -> Iterator[Need]:
    bucket = f"arn:aws:s3:::{stack.place.jobs_bucket}"
    for identifier in ("*", "0a1b2c3d"):
        arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/{identifier}"
        yield Need("find", Request("cloudformation:DescribeStacks", arn), CLOUDFORMATION)
    # The reference lists no resource type for ListJobs: it is asked for on nothing in particular.
    yield Need("find jobs", Request("s3:ListJobs", "*"), S3)
    for action in ("DescribeJob", "GetJobTagging"):
        yield Need("watch", Request(f"s3:{action}", f"{JOB}1"), S3)
    yield Need("read the report", Request("s3:GetObject", f"{bucket}/reports/1"), S3)
    yield Need("tell missing from forbidden", Request("s3:ListBucket", bucket), S3)
