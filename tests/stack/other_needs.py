"""What S3 Batch Operations asks for under the job role, and the submit verb under its policy.

AWS's own code, not ours, runs under the job role: here the proof is a table of what AWS documents.
The rows of the submitter are the requests of `jobs.submit`; a test holds them against its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam import Request
from transformed import ACCOUNT, REGION, SOURCE, STACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformed import Stack

GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
ROLES = f"{GUIDE}batch-ops-iam-role-policies.html"
CREATE = f"{GUIDE}batch-ops-create-job.html"
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
S3 = f"{REFERENCE}list_amazons3.html"
LAMBDA = f"{REFERENCE}list_awslambda.html"
CLOUDFORMATION = f"{REFERENCE}list_awscloudformation.html"

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}"
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
    if stack.values["ManifestGenerator"] == "true":
        source = f"arn:aws:s3:::{SOURCE}"
        yield Need("list the source", Request("s3:PutInventoryConfiguration", source), CREATE)
        yield Need("store the list", Request("s3:PutObject", f"{manifest}generated/1"), CREATE)


# The boto3 calls of jobs.submit that the needs below stand for. HeadBucket only finds a
# wrong Region early: the verb goes on where it is denied.
CALLS = frozenset(
    {
        "create_job",
        "describe_stacks",
        "get_alias",
        "get_function_configuration",
        "get_object",
        "get_waiter",  # published_version_active: GetFunctionConfiguration
        "head_bucket",
        "head_object",
        "list_jobs",
        "publish_version",
        "put_object",
    }
)


def of_a_submitter(stack: Stack) -> Iterator[Need]:
    """Yield what submitting, confirming and reading a job asks for."""
    place = stack.place
    bucket = f"arn:aws:s3:::{place.jobs_bucket}"
    for identifier in ("*", "0a1b2c3d"):
        arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/{identifier}"
        yield Need("find", Request("cloudformation:DescribeStacks", arn), CLOUDFORMATION)
    # Documented for the function; a request that names an alias or a version carries it in the ARN.
    for arn in (FUNCTION, f"{FUNCTION}:live"):
        yield Need("look up the alias", Request("lambda:GetAlias", arn), LAMBDA)
    for arn in (FUNCTION, f"{FUNCTION}:7"):
        yield Need("compare", Request("lambda:GetFunctionConfiguration", arn), LAMBDA)
    yield Need("publish", Request("lambda:PublishVersion", FUNCTION), LAMBDA)
    yield Need("upload", Request("s3:PutObject", f"{bucket}/manifests/a.csv"), S3)
    yield Need("read its ETag", Request("s3:GetObject", f"{bucket}/manifests/a.csv"), S3)
    yield Need("tell missing from forbidden", Request("s3:ListBucket", bucket), S3)
    # The reference lists no resource type for these two. Real jobs showed that CreateJob is checked
    # against job/*; for ListJobs nobody published what it is checked against.
    yield Need("create", Request("s3:CreateJob", f"{JOB}*"), S3)
    yield Need("find the same work", Request("s3:ListJobs", f"{JOB}*"), S3)
    yield Need("hand over the role", Request("iam:PassRole", place.job_role), ROLES)
    for action in ("DescribeJob", "UpdateJobStatus", "UpdateJobPriority"):
        yield Need("watch and steer", Request(f"s3:{action}", f"{JOB}1"), S3)
    for action in ("PutJobTagging", "GetJobTagging"):
        yield Need("tag", Request(f"s3:{action}", f"{JOB}1"), S3)
    yield Need("read the report", Request("s3:GetObject", f"{bucket}/reports/1"), S3)
