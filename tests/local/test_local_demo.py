"""What the demo uploads, expects and shows; tests/whole/test_demo.py runs it whole."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.errors import Refused
from jobs.formats import manifest
from jobs.formats.report import Result
from jobs.local.demo import job, samples, table
from jobs.local.demo.job import Outcome, copies_objects
from jobs.local.demo.samples import Sample
from jobs.local.whole_job import Ended
from jobs.project import rule

SOURCE = "source"
COPIED = Sample("a space", "a b", b"body")
MISSING = Sample("not in the bucket", "missing", None)
JOB: dict[str, Any] = {
    "JobId": "1",
    "Status": "Complete",
    "ProgressSummary": {"NumberOfTasksSucceeded": 1, "NumberOfTasksFailed": 1},
}
ROWS = {
    "a%20b": Result(SOURCE, "a%20b", "", "succeeded", "200", "", "Copied"),
    "missing": Result(SOURCE, "missing", "", "failed", "200", "PermanentFailure", "gone [bold]"),
}
ENDED = Ended(JOB, ROWS, 1.25)
GOOD = Outcome([COPIED, MISSING], SOURCE, ENDED, copies=True)


def ended(**changes: Any) -> Outcome:
    return replace(GOOD, ended=replace(ENDED, **changes))


def shown(outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> str:
    table.show(outcome, None)
    return capsys.readouterr().out


def test_every_sample_fits_a_manifest_and_has_a_key_of_its_own() -> None:
    rows = [sample.row(SOURCE) for sample in samples.samples()]

    assert len({row.key for row in rows}) == len(rows)
    assert max(len(row.key) for row in rows) <= manifest.KEY_LIMIT


def test_the_keys_that_hurt_are_among_the_samples() -> None:
    keys = [sample.key for sample in samples.samples()]

    for part in (" ", "+", "%2B", "%", "é", "🪣", "//", ",", '"'):
        assert any(part in key for key in keys), part
    assert sum(len(key.encode()) == 900 for key in keys) == 2
    assert sum(sample.body is None for sample in samples.samples()) == 1
    assert any(key.startswith("project/") for key in keys)


def test_the_expected_outcome_is_all_copied_but_the_missing_object() -> None:
    assert GOOD.is_as_expected


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(replace(GOOD, wrong_copies=("copied/a b",)), id="a copy is wrong"),
        pytest.param(replace(GOOD, left_sources=("a b",)), id="a source is still there"),
        pytest.param(ended(rows={"a%20b": ROWS["a%20b"]}), id="a row is not there"),
        pytest.param(ended(rows={**ROWS, "a%20b": ROWS["missing"]}), id="a copy did not succeed"),
        pytest.param(ended(rows={**ROWS, "missing": ROWS["a%20b"]}), id="nothing was copied well"),
        pytest.param(ended(job={**JOB, "Status": "Cancelled"}), id="the job did not end"),
    ],
)
def test_anything_else_is_not_the_expected_outcome(
    outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not outcome.is_as_expected
    assert "This is not the expected outcome." in shown(outcome, capsys)


def test_the_table_shows_each_row_and_why_it_failed(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(GOOD, capsys)

    assert "a b      succeeded  a space" in text
    assert "missing  failed     PermanentFailure: gone [bold]" in text  # no markup of a message
    assert "Job Complete in 1.2 s: 1 succeeded, 1 failed." in text
    assert "The one copy is there, byte for byte." in text
    assert "s3://jobs/reports/job-1/manifest.json" in text
    assert "\x1b" not in text


def test_a_failed_job_shows_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [{"FailureCode": "c", "FailureReason": "why it failed"}]
    failed = ended(job={**JOB, "Status": "Failed", "FailureReasons": reasons}, rows={})

    text = shown(failed, capsys)

    assert "why it failed" in text
    assert "Completion report: none was written" in text


def test_an_object_that_is_not_there_may_be_skipped_where_the_deployment_says_so() -> None:
    skipped = ended(rows={**ROWS, "missing": ROWS["a%20b"]})
    assert replace(skipped, may_skip_missing=True).is_as_expected


def test_a_key_that_the_rule_of_the_author_refuses_is_expected_to_fail() -> None:
    both_failed = ended(rows={**ROWS, "a%20b": ROWS["missing"]})
    assert replace(both_failed, refused=frozenset({"a b"})).is_as_expected
    assert not replace(GOOD, refused=frozenset({"a b"})).is_as_expected  # it must not succeed


@pytest.mark.parametrize(
    ("raised", "refused"),
    [
        (ValueError("not below photos/"), {"a b"}),
        (KeyError("photos"), {"a b"}),
        (NameError("name 'kye' is not defined"), set()),
        (TypeError("unsupported operand"), set()),
        (AttributeError("no attribute 'group'"), set()),
    ],
)
def test_a_mistake_in_the_rule_refuses_no_key(
    raised: Exception, refused: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def new_key(_key: str, _prefix: str) -> str:
        raise raised

    project: Any = SimpleNamespace(variables={})
    monkeypatch.setattr(rule, "load", lambda: rule.Rule(is_prefix=False, call=new_key))
    names = job.names_of_copies([COPIED, replace(MISSING, new_key="its own")], project)
    assert job.refused(names) == refused


def test_a_task_that_cannot_be_imported_here_is_said_and_refuses_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load() -> rule.Rule:
        raise Refused("src/task.py cannot be imported")

    project: Any = SimpleNamespace(variables={})
    monkeypatch.setattr(rule, "load", load)
    with pytest.raises(Refused, match="cannot be imported"):
        job.names_of_copies([COPIED], project)


@pytest.mark.parametrize(
    ("source", "copies"),
    [
        ("import s3copy\ns3copy.copy(1, 2, 3, 4, 5)\n", True),
        ("from s3copy import rename\n", True),
        ("import s3copy\nfrom s3copy import arguments\nS3 = s3copy.client()\n", False),
        ("import boto3\nfrom s3batch import Task\n# s3copy.copy\n", False),
    ],
)
def test_a_task_that_names_the_copy_or_the_rename_copies(source: str, copies: bool) -> None:
    assert copies_objects(source) is copies


LONG = "width 640, height 480, " * 20
OTHER_ROWS = {
    "a%20b": Result(SOURCE, "a%20b", "", "succeeded", "200", "", LONG),
    "k1": Result(SOURCE, "k1", "", "succeeded", "200", "", "nothing to do for k1"),
    "k2": Result(SOURCE, "k2", "", "succeeded", "200", "", "nothing to do for k2"),
    "d": Result(SOURCE, "d", "", "failed", "200", "PermanentFailure", "no picture"),
}
OTHER = replace(
    ended(rows=OTHER_ROWS),
    copies=False,
    samples=[COPIED, Sample("b", "k1", b""), Sample("c", "k2", b""), Sample("d", "d", b"")],
)


def test_other_work_is_shown_by_equal_results_and_may_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shown(OTHER, capsys)

    assert OTHER.is_as_expected
    assert "2 objects  succeeded  nothing to do for …" in text
    assert "d          failed     PermanentFailure: no picture" in text
    assert LONG[:30] in text
    assert len(" ".join(text.split())) < len(LONG) + 300
    assert "byte for byte" not in text


@pytest.mark.parametrize(
    "message",
    [
        'Lambda returned function error: {"errorMessage": "boom"}',
        "Invalid JSON returned in Lambda payload",
    ],
)
def test_a_crash_of_other_work_is_not_the_expected_outcome(message: str) -> None:
    crashed = OTHER_ROWS["d"]._replace(message=message)
    after = replace(ENDED, rows={**OTHER_ROWS, "d": crashed})
    assert not replace(OTHER, ended=after).is_as_expected
