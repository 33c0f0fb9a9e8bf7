"""What the tools refuse, and what AWS answers, as one sentence for the person at the terminal.

It words errors; it never decides whether to try again. The exceptions of these tools (those of the
local service: `jobs/local/__init__.py`):

    Exception
    ├── errors.Refused                     an input or a state that a verb will not act on
    │   ├── aws.uploads.NotStoredError     an object could not be stored
    │   ├── submit.submitting.TakenError   a job of the same work was created at the same time
    │   └── report.ended.NotThere          a job has no report, or none yet
    ├── watch.polling.TimedOut             --timeout passed before the job had ended
    ├── ValueError
    │   ├── formats.manifest.RefusedError  a manifest that S3 Batch Operations fails the job for
    │   └── formats.report.BrokenError     a report whose bytes are not those that were promised
    └── click.ClickException
        └── __main__.Refusal               the sentence of any of these on stderr, and exit code 2
"""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from errno import ENOSPC
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProxyConnectionError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "403"})
MISSING_CODES = frozenset({"NoSuchBucket", "NoSuchKey", "404"})
NO_CREDENTIALS = (
    "No complete AWS credentials were found: run `aws configure` or `aws sso login`, or set "
    "AWS_PROFILE."
)
NO_ANSWER = (
    "Nothing answers at '{endpoint_url}': check the network, the Region and any "
    "AWS_ENDPOINT_URL... setting."
)
# What to say instead of botocore's own words, with the values that it gives.
SENTENCES: dict[type[BotoCoreError], str] = {
    NoCredentialsError: NO_CREDENTIALS,
    PartialCredentialsError: NO_CREDENTIALS,
    NoRegionError: "No AWS Region is set: give --region or set AWS_DEFAULT_REGION.",
    EndpointConnectionError: NO_ANSWER,
    ConnectTimeoutError: NO_ANSWER,
    ProxyConnectionError: "The proxy '{proxy_url}' does not answer: check HTTP_PROXY, and whether "
    "the local service still runs.",
}
DISK_FULL = (
    "The disk is full: free some of it, or let TMPDIR, and the file to write, be on a larger one."
)


class Exit(IntEnum):
    """The exit codes of every verb; 0 is done, and what a signal ends has the shells' own codes."""

    FINDINGS = 1
    """Tasks failed, or `check` found errors."""
    REFUSED = 2
    """Wrong usage, an input that cannot be used, or an error that AWS answered."""
    JOB_ENDED = 3
    """The job Failed or was Cancelled."""
    TIMED_OUT = 4
    """--timeout passed."""
    INTERRUPTED = 130
    """Ctrl-C."""
    CLOSED_PIPE = 141
    """What read the output went away, as `head` does."""


SUBMITTERS = (
    "the policy in the stack's output SubmitterPolicyArn grants that, see SubmitterPrincipals in "
    "template.yaml"
)
CONFIRMERS = (
    "the policy in the stack's output ConfirmerPolicyArn grants that, see ConfirmerPrincipals in "
    "template.yaml"
)
LISTING = "with SubmitterListsBuckets in samconfig.toml, the policy for submitters grants that"
# What a denied call needs, which its own name does not say, and who grants it.
RIGHTS = {
    "CreateJob": f"s3:CreateJob, s3:PutJobTagging and iam:PassRole on the job role: {SUBMITTERS}",
    "PublishVersion": f"lambda:PublishVersion, for --publish: {SUBMITTERS}",
    "PutObject": f"s3:PutObject; for manifests/ of the jobs bucket, {SUBMITTERS}",
    "CreateMultipartUpload": f"s3:PutObject; for manifests/ of the jobs bucket, {SUBMITTERS}",
    "ListObjectsV2": f"s3:ListBucket on the bucket: {LISTING}",
    "ListObjectVersions": f"s3:ListBucketVersions on the bucket: {LISTING}",
    "UpdateJobStatus": f"s3:UpdateJobStatus on jobs with this stack's tag: {CONFIRMERS}",
    "UpdateJobPriority": f"s3:UpdateJobPriority on jobs with this stack's tag: {CONFIRMERS}",
}


class Refused(Exception):
    """An input or a state that a verb will not act on; its text is the sentence to show."""


# What a verb may let through: __main__ prints the sentence and exits with 2.
EXPECTED = (Refused, BotoCoreError, ClientError, OSError)


def sentence(error: Exception) -> str:
    """Return `error` in one line that says what was wrong and, where that is known, what to do."""
    return " ".join(_words(error).split())


def code(error: ClientError) -> str:
    """Return the error code of an answer; HEAD requests answer the bare HTTP status instead."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def refusing(refused: Refused, codes: Collection[str] = MISSING_CODES) -> Iterator[None]:
    """Raise `refused` in place of an answer of AWS that has one of these codes."""
    try:
        yield
    except ClientError as error:
        if code(error) not in codes:
            raise
        raise refused from None


def _words(error: Exception) -> str:
    for kind, words in SENTENCES.items():
        if isinstance(error, kind):
            return words.format_map(error.kwargs)
    if isinstance(error, ClientError):
        return _answer(error)
    if isinstance(error, OSError) and error.errno == ENOSPC:
        return DISK_FULL
    if isinstance(error, OSError) and error.filename is not None:
        return f"{str(error.filename)!r} cannot be used: {error.strerror}."
    return str(error)


def _answer(error: ClientError) -> str:
    said = error.response.get("Error", {}).get("Message") or "no reason was given"
    answer = f"{error.operation_name} answered {code(error)}: {said.rstrip('.')}."
    if code(error) in EXPIRED_CODES:
        return f"{answer} Renew the credentials, for instance with `aws sso login`."
    if code(error) in DENIED_CODES:
        right = RIGHTS.get(error.operation_name, f"the right to call {error.operation_name}")
        return f"{answer} The credentials in use need {right}."
    return answer
