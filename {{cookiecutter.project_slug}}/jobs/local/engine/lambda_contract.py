"""What goes to the function and what comes back: the Lambda contract of S3 Batch Operations.

Pure functions. Source: "Invoking a Lambda function from Amazon S3 Batch Operations" in the S3 User
Guide; what it leaves open is a `Choices` parameter.
"""

import json
import reprlib
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import quote_plus

from jobs.formats import manifest

if TYPE_CHECKING:
    from jobs.local.engine.choices import Choices
    from jobs.local.functions.invoke import Answer

CODES = ("Succeeded", "TemporaryFailure", "PermanentFailure")

INVALID = "Invalid JSON returned in Lambda payload"
"""The documented message for a response that is not of the expected shape."""

LONGEST_MESSAGE = 1 << 16
"""Characters of a function error in the report; readers of CSV stop at twice as many."""

FUNCTION_ERROR = "Lambda returned function error: "
"""The documented message for a function that failed or timed out, before its payload."""


class Task(NamedTuple):
    """One task of a job, and how often it was tried already."""

    number: int
    redrives: int
    function_errors: int
    bucket: str
    key: str
    """As it stands in the manifest."""
    version_id: str | None
    is_taken: bool = False
    """Whether Lambda took an invocation of it before."""


class Problem(NamedTuple):
    """What the author of a handler should know, though the report does not say it."""

    kind: str
    """The same for every task, so that it can be counted. Where a choice of ours makes it count,
    it ends in the option that sets that choice."""
    example: str
    """What it was this time."""


ANY = " (--choice invalid_response=... says what the task then is)"
"""The end of a remark about what makes any response invalid."""

SLIP = Problem(
    "The response has treatMissingKeyAs, which S3 Batch Operations does not know:"
    " write treatMissingKeysAs",
    "",
)
"""A misspelling in one of AWS's own tutorials; S3 Batch Operations then uses the default."""


class Outcome(NamedTuple):
    """How one attempt at a task ended."""

    code: str
    """One of `CODES`."""
    message: str
    http_status: int = 200
    """Of the Invoke call: 200 for function errors too."""
    error_code: str = ""
    """The report's code, where it is not `code`."""
    is_function_error: bool = False
    is_taken: bool = True
    """Whether Lambda took the invocation."""
    problems: tuple[Problem, ...] = ()


def event(
    task: Task,
    job_id: str,
    operation: dict[str, Any],
    invocation_id: str,
    choices: "Choices",
) -> dict[str, object]:
    """Return the request for one task; `operation` is the job's LambdaInvoke."""
    key = manifest.decode(task.key, bare_plus_is_space=choices.bare_plus_is_space)
    sent: dict[str, object] = {
        "taskId": task_id(task),
        "s3Key": quote_plus(key, safe=choices.event_safe),
        # not documented by AWS: our choice. `\N`, which reports show for an empty field, is no
        # empty field in a manifest: it goes out as a version id, and S3 will not know it
        "s3VersionId": task.version_id,
    }
    job: dict[str, object] = {"id": job_id}
    schema = operation.get("InvocationSchemaVersion", "1.0")
    if schema == "1.0":
        sent["s3BucketArn"] = f"arn:aws:s3:::{task.bucket}"
    else:
        sent["s3Bucket"] = task.bucket
        if operation.get("UserArguments"):
            job["userArguments"] = operation["UserArguments"]
    return {
        "invocationSchemaVersion": schema,
        "invocationId": invocation_id,
        "job": job,
        "tasks": [sent],
    }


def task_id(task: Task) -> str:
    """Return the task's id: the same whenever the task is sent again."""
    return f"task-{task.number:012x}"


def outcome(answer: "Answer", sent: dict[str, object], task: Task, choices: "Choices") -> Outcome:
    """Return how the task ended by the function's answer to the event `sent`."""
    if answer.is_function_error:
        text = FUNCTION_ERROR + answer.payload.decode("utf-8", errors="replace")
        return Outcome("PermanentFailure", text[:LONGEST_MESSAGE], is_function_error=True)
    try:
        response = json.loads(answer.payload, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return _invalid(Problem(f"The response is not JSON{ANY}", str(error)), choices)
    if not isinstance(response, dict) or not isinstance(response.get("results"), list):
        return _invalid(_seen(f"The response has no list of results{ANY}", response), choices)
    problem = _wrong_response(response, sent, task_id(task), choices)
    if problem:
        return _invalid(problem, choices)
    own = _own_result(response, task_id(task), choices)
    if "treatMissingKeyAs" in response:
        return own._replace(problems=(*own.problems, SLIP))
    return own


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity: Lambda passes them on as Python wrote them, and JSON has none."""
    raise ValueError(f"{name} is no JSON")


def _own_result(response: dict[str, Any], own_id: str, choices: "Choices") -> Outcome:
    own = next((r for r in response["results"] if r["taskId"] == own_id), None)
    if own is None:
        code = response.get("treatMissingKeysAs", "TemporaryFailure")
        said = "says" if "treatMissingKeysAs" in response else "is by default"
        problem = Problem(f"A task has no result: it is {code}, as treatMissingKeysAs {said}", "")
        return Outcome(code, "The response has no result for this task.", problems=(problem,))
    message = own.get("resultString", "")
    problems: tuple[Problem, ...] = ()
    if len(message) > choices.message_limit:
        kind = f"A resultString was cut (--choice message_limit={choices.message_limit})"
        problems = (Problem(kind, f"one of {len(message)} characters"),)
    if not message.isascii():  # half a surrogate pair is valid JSON, but no text
        message = message.encode("utf-8", errors="replace").decode()
    return Outcome(own["resultCode"], message[: choices.message_limit], problems=problems)


def _wrong_response(
    response: dict[str, Any], sent: dict[str, object], own_id: str, choices: "Choices"
) -> Problem | None:
    """Return what breaks the contract, or None."""
    treat = response.get("treatMissingKeysAs", "TemporaryFailure")
    if treat not in CODES:
        return _seen(f"treatMissingKeysAs is not one of {', '.join(CODES)}{ANY}", treat)
    for name in ("invocationId", "invocationSchemaVersion"):
        if choices.strict_echo and response.get(name) != sent[name]:
            kind = f"{name} is not as it was sent (--choice strict_echo=false allows it)"
            return _seen(kind, response.get(name))
    seen = set()
    for result in response["results"]:
        problem = _wrong_result(result)
        if problem:
            return problem
        if choices.strict_task_ids and (result["taskId"] != own_id or own_id in seen):
            kind = "A taskId was not sent, or is answered twice"
            return _seen(f"{kind} (--choice strict_task_ids=false allows it)", result["taskId"])
        seen.add(result["taskId"])
    return None


def _wrong_result(result: object) -> Problem | None:
    if not isinstance(result, dict) or not isinstance(result.get("taskId"), str):
        return _seen(f"A result has no taskId{ANY}", result)
    if result.get("resultCode") not in CODES:
        kind = f"A resultCode is not one of {', '.join(CODES)}{ANY}"
        return _seen(kind, result.get("resultCode"))
    if not isinstance(result.get("resultString", ""), str):
        return _seen(f"A resultString is not a string{ANY}", result["resultString"])
    return None


def _seen(kind: str, value: object) -> Problem:
    return Problem(kind, reprlib.repr(value))  # short, however long or deep the value is


def _invalid(problem: Problem, choices: "Choices") -> Outcome:
    return Outcome(choices.invalid_response, INVALID, problems=(problem,))
