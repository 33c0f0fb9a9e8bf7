"""Functions behind Lambda's Invoke over HTTP: `sam local start-lambda`, an emulator, AWS itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name: no request was sent
    HTTPClientError,
    IncompleteReadError,
)

from jobs.local.functions.invoke import (
    Answer,
    LostError,
    NoAnswerError,
    NotInvokedError,
    ThrottledError,
)

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from jobs.local.functions.invoke import Target

THROTTLED = frozenset({429, 500, 502, 503, 504})
"""Answers of Invoke that are worth a repetition: throttling and the service's own failures."""

# Our choice: what a row shows where there was no answer that has a status
UNREACHABLE = 503
LOST = 504
UNSENDABLE = 400


def endpoint(client: LambdaClient, function_name: str | None = None) -> Target:
    """Return a target that calls Invoke with the job's ARN, or always with `function_name`.

    Give the client as many connections as there are invocations in flight, no retries of its own
    and a read timeout above the function's: see `other_services.lambda_client`.
    """

    def invoke(arn: str, payload: bytes) -> Answer:
        try:
            answer = client.invoke(FunctionName=function_name or arn, Payload=payload)
            body = answer["Payload"].read()  # here too a connection can break
        except ClientError as error:
            raise _not_taken(error) from error
        except BotoCoreError as error:
            raise _no_answer(error) from error
        return Answer(body, "FunctionError" in answer or _is_emulator_error(body))

    return invoke


def _is_emulator_error(body: bytes) -> bool:
    """Say whether a runtime emulator answered an error: it does so without Lambda's header."""
    if body.startswith(b"Task timed out after "):
        return True
    if b'"errorMessage"' not in body:
        return False
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and "errorMessage" in answer and "results" not in answer


def _no_answer(error: BotoCoreError) -> NoAnswerError:
    """Tell by botocore's own error how far the invocation came; its name is the row's code."""
    code = type(error).__name__
    if isinstance(error, ConnectionError):
        return ThrottledError(code, str(error), UNREACHABLE)
    if isinstance(error, HTTPClientError | IncompleteReadError):
        return LostError(code, str(error), LOST)
    return NotInvokedError(code, str(error), UNSENDABLE)  # credentials, parameters


def _not_taken(error: ClientError) -> NoAnswerError:
    status, said = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    kind = ThrottledError if status in THROTTLED else NotInvokedError
    return kind(said.get("Code", ""), said.get("Message") or "", status)
