"""What is said of a job that runs, waits or stands still."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.errors import Refused
from jobs.watch import display, explaining, states, times
from jobs.watch.states import State

JOB_ID = "7c1fa2b0-1111-2222-3333-444444444444"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def job(status: str, succeeded: int = 0, failed: int = 0, total: int = 1000) -> Any:
    counts = {
        "TotalNumberOfTasks": total,
        "NumberOfTasksSucceeded": succeeded,
        "NumberOfTasksFailed": failed,
    }
    return {"JobId": JOB_ID, "Status": status, "Priority": 10, "ProgressSummary": counts}


def seen(*polls: tuple[str, int, int]) -> list[State]:
    """Return states 30 seconds apart, of (status, succeeded, failed)."""
    return [State(job(*poll), 30.0 * at) for at, poll in enumerate(polls)]


@pytest.mark.parametrize(
    ("polls", "words"),
    [
        ([("Active", 0, 0)], "0/1,000  0 %  failed 0"),
        (
            [("Active", 0, 0), ("Active", 300, 0)],
            "300/1,000  30 %  10/s  1 min 10 s left  failed 0",
        ),
        ([("Active", 0, 0), ("Active", 3, 3)], "6/1,000  0.6 %  0/s  failed 3 (50 %)"),
        ([("Complete", 999, 1)], "1,000/1,000  100 %  failed 1 (0.1 %)"),
        ([("Complete", 2, 998)], "1,000/1,000  100 %  failed 998 (99 %)"),
    ],
    ids=["begun", "runs", "below one in a hundred", "ended", "most failed"],
)
def test_progress_is_one_line(polls: list[tuple[str, int, int]], words: str) -> None:
    assert states.words(seen(*polls)) == words


def test_the_rate_is_that_of_the_last_five_polls() -> None:
    polls = [("Active", 100 * n, 0) for n in range(5)] + [("Active", 400, 0)] * 5
    assert states.rate(seen(*polls)) == 0
    assert states.seconds_left(seen(*polls)) is None


def test_a_job_that_was_not_counted_yet_has_no_progress() -> None:
    assert states.words([State(job("Preparing", total=0), 0.0)]) == ""


@pytest.mark.parametrize(
    ("polls", "sentence"),
    [
        ([("Paused", 5, 0)], "It gives way to job 91ab02cc, priority 50, and goes on by itself."),
        ([("Ready", 0, 0)] * 21, "Ready for 10 min: S3 starts it when it has room;"),
        ([("Active", 5, 0)] * 11, "No task has ended for 5 min: look at the function's throttles"),
        ([("Active", 4, 0)] * 11 + [("Active", 5, 0)], None),
        ([("Ready", 0, 0)] * 3, None),
        ([("Complete", 5, 0)] * 100, None),
    ],
    ids=["paused", "ready long", "stands", "moves", "ready", "ended"],
)
def test_why_nothing_moves_is_said(polls: list[tuple[str, int, int]], sentence: str | None) -> None:
    others: Any = [
        {"JobId": "91ab02cc-1", "Priority": 50},
        {"JobId": "11111111-1", "Priority": 1},
        {"JobId": JOB_ID, "Priority": 99},
    ]
    said = explaining.why(seen(*polls), others)
    assert (said or "").startswith(sentence or "")
    assert (said is None) == (sentence is None)


def test_a_waiting_job_says_until_when_and_what_to_type() -> None:
    waits = job("Suspended") | {"SuspendedDate": datetime(2026, 11, 25, tzinfo=UTC)}
    assert explaining.why([State(waits, 0.0)], []) == (
        "It waits until 2026-12-25 for somebody to confirm it: python -m jobs confirm 7c1fa2b0"
    )


@pytest.mark.parametrize(
    ("failed", "succeeded", "is_said"), [(400, 600, True), (399, 601, False), (900, 99, False)]
)
def test_the_rule_of_half_failed_is_told_before_it_strikes(
    failed: int, succeeded: int, is_said: bool
) -> None:
    said = explaining.near_threshold(State(job("Active", succeeded, failed), 0.0))
    assert (said is not None) == is_said
    assert explaining.near_threshold(State(job("Failed", succeeded, failed), 0.0)) is None


def test_json_lines_are_one_a_poll(capsys: pytest.CaptureFixture[str]) -> None:
    polls = seen(("Preparing", 0, 0), ("Active", 10, 0), ("Active", 310, 2))
    for at in range(1, 4):
        display.json_line(polls[:at])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["status"] for each in told] == ["Preparing", "Active", "Active"]
    assert (
        told[2].items()
        >= {
            "schema": "jobs.watch/1",
            "total": 1000,
            "succeeded": 310,
            "failed": 2,
            "perSecond": 10.1,
            "secondsLeft": 68,
        }.items()
    )
    assert datetime.fromisoformat(told[0]["time"]) - datetime.now(UTC) < timedelta(minutes=1)


def test_without_a_terminal_a_line_is_written_where_there_is_news(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = display.Lines()
    polls = seen(("Ready", 0, 0), ("Ready", 0, 0), ("Active", 10, 0), ("Complete", 1000, 0))
    for at in range(1, 5):
        lines.show(polls[:at])
    assert capsys.readouterr().err.splitlines() == [
        "7c1fa2b0 Ready  0/1,000  0 %  failed 0",
        "7c1fa2b0 Active  10/1,000  1 %  failed 0",
        "7c1fa2b0 Complete  1,000/1,000  100 %  failed 0",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("1.5 h", 5400), ("2d", 172_800)]
)
def test_a_time_has_a_unit(text: str, seconds: float) -> None:
    assert times.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5s", "5 weeks", "1h30m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no time: write 90s, 15m or 2h"):
        times.seconds(text)


@pytest.mark.parametrize("text", ["", "x", "-1%", "101%", "5 %%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    assert times.share("5%") == 0.05
    with pytest.raises(Refused, match="is no share: write 5%"):
        times.share(text)
