"""Every behaviour of the local service that AWS does not document, as a named parameter.

What AWS documents is fixed in the code. What it leaves open is decided here, strictly by default
where it can be strict, so that a handler that passes relies on little that AWS has not promised.
Never rely on one of these values.

Where a parameter would be of no use, the code says "our choice": what is taken for a header,
spaces and odd version ids (manifest.py, lambda_contract.py), MaxResults=0 and account ids
(engine.py), the cancelling of a job that is Failing and FailureCodes (job.py), what a row says of
an answer that never came (endpoint.py), where a generated manifest is (manifest_generator.py).
"""

from dataclasses import dataclass, fields
from typing import Literal

MOST_CONCURRENCY = 1000
"""Invocations in flight: Lambda's default for a whole account, and a thread each here."""

MOST = 20_000_000_000
"""The largest of any other whole number: as many as a job may have tasks."""

LONGEST = 10 * 365 * 24 * 3600.0
"""The longest of any duration, in seconds: ten years. A longer one is a mistake."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How the service behaves where AWS says nothing. Durations are in seconds."""

    # not documented by AWS: our choice. How many invocations of a job are in flight at once; each
    # is a process here
    concurrency: int = 8
    # not documented by AWS: our choice. How many jobs are Active at once; the others wait
    active_jobs: int = 1
    # not documented by AWS: our choice. How often a TemporaryFailure is tried again
    redrives: int = 3
    # not documented by AWS: our choice. The pause before a round of redrives
    redrive_delay: float = 1.0
    # not documented by AWS: our choice. How often a function error or a timeout is tried again
    # before it is the PermanentFailure that AWS shows
    function_error_redrives: int = 0
    # not documented by AWS: our choice. How often an invocation that Lambda throttles (429) or
    # cannot take (5xx) is repeated before the task counts as a TemporaryFailure
    throttle_retries: int = 8
    # not documented by AWS: our choice. The first pause after a throttled invocation; doubles
    # each time up to 20 seconds
    throttle_delay: float = 0.1
    # not documented by AWS: our choice. The code of a task whose invocation was sent, but whose
    # answer was lost (connection closed, read timeout): a TemporaryFailure is redriven as any other
    lost_answer: Literal["TemporaryFailure", "PermanentFailure"] = "TemporaryFailure"
    # not documented by AWS: our choice. The code of a task whose invocation Lambda refuses (no
    # such function, access denied)
    refused_invocation: Literal["TemporaryFailure", "PermanentFailure"] = "PermanentFailure"
    # not documented by AWS: our choice. A response that breaks the contract (a resultCode that
    # does not exist, a resultString that is no string) fails the task with this code
    invalid_response: Literal["TemporaryFailure", "PermanentFailure"] = "PermanentFailure"
    # not documented by AWS: our choice. An invocationId or invocationSchemaVersion that is
    # missing or not the one that was sent makes the response invalid
    strict_echo: bool = True
    # not documented by AWS: our choice. A result for a task that was not sent, or a second result
    # for one that was, makes the response invalid; else the first result counts
    strict_task_ids: bool = True
    # not documented by AWS: our choice. The longest ResultMessage of the report, in characters
    # (1,024 in a sample of AWS's; the guide gives no limit)
    message_limit: int = 1024
    # not documented by AWS: our choice. The code of a report row for a last TemporaryFailure
    last_redrive_code: str = "TemporaryFailure"
    # not documented by AWS: our choice. What counts in the 50 % rule: final outcomes only, or
    # each TemporaryFailure too
    threshold_counts: Literal["final", "all"] = "final"
    # not documented by AWS: our choice. Which characters an event's key keeps unencoded
    event_safe: str = "/"
    # not documented by AWS: our choice. A bare + in a manifest key is a space, as in a form
    bare_plus_is_space: bool = True
    # not documented by AWS: our choice. The 1,024 characters of a CSV manifest's key field are
    # counted before decoding; after it, if true
    limit_decoded: bool = False
    # not documented by AWS: our choice. Refuse a manifest whose rows name more than one bucket
    one_bucket: bool = False
    # AWS: the order of tasks is not the manifest's. Our choice: how many rows at a time are put
    # into a random order; 1 keeps the manifest's order, so that a run can be repeated
    shuffle_window: int = 1
    # not documented by AWS: our choice. How many rows a file of the completion report holds
    report_rows: int = 1_000_000
    # AWS: a job has at most 20 billion tasks (LambdaInvoke). A parameter so that a test can see it
    most_tasks: int = 20_000_000_000
    # AWS: a new job may not be found at once. Our choice: for how long
    invisible: float = 0.0
    # AWS contradicts itself: the API reference has only jobs of the console wait for confirmation,
    # the S3 User Guide (batch-ops-job-status) those too whose request did not say. Our choice:
    # the strict one, they wait
    unsaid_confirmation: bool = True
    # AWS: a job that nobody confirms for 30 days fails. A parameter so that a test can see it
    suspended_limit: float = 30 * 24 * 3600.0
    # AWS: a job is gone 90 days after it ended. A parameter so that a test can see it
    kept: float = 90 * 24 * 3600.0

    def __post_init__(self) -> None:
        """Raise ValueError for a number with which no job could run."""
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str | bool):
                continue
            least = 1 if each.name in {"concurrency", "active_jobs", "report_rows"} else 0
            most = MOST if isinstance(value, int) else LONGEST
            most = MOST_CONCURRENCY if each.name == "concurrency" else most
            if not least <= value <= most:  # nan is never
                raise ValueError(f"{each.name} is {value!r}: give {least} to {most:.0f}.")
