"""Whatever a function answers, its task ends in a row that a reader of CSV can read."""

from __future__ import annotations

import io
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from job_runs import QUICK
from jobs.formats import report
from jobs.local.engine import lambda_contract
from jobs.local.functions.invoke import Answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
)
CLOSE = st.fixed_dictionaries(
    {},
    optional={
        "invocationSchemaVersion": st.just("2.0") | JSON,
        "invocationId": st.just("i") | JSON,
        "treatMissingKeysAs": st.sampled_from(["Succeeded", "TemporaryFailure"]) | JSON,
        "results": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "taskId": st.just("task-000000000000") | JSON,
                    "resultCode": st.sampled_from(["Succeeded", "PermanentFailure"]) | JSON,
                    "resultString": st.text(st.characters(categories=["L", "Cs", "Cc"])) | JSON,
                },
            )
            | JSON,
            max_size=3,
        )
        | JSON,
    },
)


@given(
    body=st.binary() | (JSON | CLOSE).map(lambda value: json.dumps(value).encode()),
    error=st.booleans(),
)
@settings(deadline=None)
@example(body=b"[" * 100_000, error=False)
@example(body=b"x" * 1_000_000, error=True)
@example(body=b"1" * 5_000, error=False)
def test_any_answer_ends_as_a_row_that_can_be_read(body: bytes, error: bool) -> None:
    task = lambda_contract.Task(0, 0, 0, "source", "k", None)
    sent = lambda_contract.event(task, "j", {"InvocationSchemaVersion": "2.0"}, "i", QUICK)

    taken = lambda_contract.outcome(Answer(body, error), sent, task, QUICK)

    assert taken.code in lambda_contract.CODES
    assert taken.http_status == 200
    row = report.Result("source", "k", "", "failed", "200", taken.code, taken.message)
    file = io.StringIO(newline="")
    report.write([row], file)
    assert list(report.read(io.BytesIO(file.getvalue().encode()))) == [row]
