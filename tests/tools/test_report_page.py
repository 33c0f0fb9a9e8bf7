"""The HTML page of a report: understood at a glance, harmless whatever the keys, always small."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import report_files
from jobs.formats import tables
from jobs.report import fetch, page, summary
from jobs.report.failures import Cause, Example
from jobs.report.reconcile import Answered
from jobs.report.result import Result
from jobs.report.summary import Done, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = [
    "<script>alert(1)</script>",
    "2025/\u202egpj.exe",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} & ' \x1b[2J",
]
FETCHED = fetch.Fetched(
    f"s3://jobs/reports/job-{report_files.JOB_ID}/manifest.json",
    "2026-11-25T15:22:00.000Z",
    report_files.JOB_ID,
    (fetch.Part("failed", "s3://jobs/<b>.csv", "0" * 32, Path("x")),),
)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier:14"
LIMIT = 300_000  # bytes


def job(**changed: Any) -> Any:
    arguments = {"operation": "rename", "destinationPrefix": HOSTILE[0]}
    return {
        "JobId": report_files.JOB_ID,
        "Status": "Complete",
        "CreationTime": datetime(2026, 11, 25, 15, 2, tzinfo=UTC),
        "TerminationDate": datetime(2026, 11, 25, 15, 22, tzinfo=UTC),
        "Description": HOSTILE[2],
        "Operation": {"LambdaInvoke": {"FunctionArn": FUNCTION, "UserArguments": arguments}},
        "ProgressSummary": {
            "TotalNumberOfTasks": 1_188_802,
            "NumberOfTasksSucceeded": 1_188_765,
            "NumberOfTasksFailed": 37,
            "Timers": {"ElapsedTimeInActiveSeconds": 1184},
        },
        **changed,
    }


def cause(at: int, count: int, text: str = "archived: restore it first") -> Cause:
    examples = tuple(Example("photos", key, "", f"{key} is archived") for key in HOSTILE[at % 2 :])
    return Cause(f"C{at}", "PermanentFailure", text, count, False, "restore", examples)


def result(failed: int = 37, causes: tuple[Cause, ...] = ()) -> Result:
    found = Summary(
        1_188_802,
        Done(now=1_188_553, already_renamed=212),
        failed,
        causes or (cause(1, 30), cause(2, 7, HOSTILE[0])),
        Answered(1_188_802, 0, 0, 0),
    )
    return Result(job(), FETCHED, found)


def test_the_page_says_at_once_what_came_of_the_job() -> None:
    html = page.html(result())
    text = " ".join(re.sub("<style>.*</style>|<[^>]+>", " ", html, flags=re.DOTALL).split())
    assert "<title>job 7c1fa2b0: 37 of 1,188,802 failed</title>" in html
    for words in (
        "Complete, 37 failed",
        "renamed 1,188,553",
        "done before 212",
        "Why 37 failed",
        "C1 30 archived: restore it first",
        "19 min 44 s",
        "1,004 /s",
        "all answered once, MD5 of 1 file right",
        "python -m jobs retry 7c1fa2b0 --cause C1",
    ):
        assert words in text


def test_nothing_of_a_key_or_a_message_is_markup() -> None:
    html = page.html(result())
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert "{{ 7*7 }}" in html
    assert "default-src &#39;none&#39;" not in html
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'http-equiv="Content-Security-Policy" content="{policy}"' in html
    assert not re.search(
        r"(?:src|href|url)\s*[=(]", re.sub("&[^;]+;", "", html).replace("src=x", "")
    )


@pytest.mark.parametrize("failed", [0, 1, 100_000])
def test_what_is_there_can_be_seen_in_the_bar(failed: int) -> None:
    html = page.html(result(failed, (cause(1, max(1, failed)),)))
    widths = [
        float(each) for each in re.findall(r'<rect class="\w+" x="[\d.]+" width="([\d.]+)"', html)
    ]
    assert sum(widths) == pytest.approx(1000, abs=0.1)
    assert min(widths) >= 3


def test_the_page_stays_small_with_the_longest_names_and_many_causes() -> None:
    long = "&<>\"'🪣" * 170
    examples = tuple(Example("b", long, long, long) for _ in range(100))
    many = tuple(Cause(f"C{at}", "x", long, 1, False, long[:100], examples) for at in range(51))
    html = page.html(result(51, many))
    assert len(html.encode()) < LIMIT
    assert "21 more causes with 21 rows: report --csv lists them." in html
    others = Cause("other", "", "(other messages)", 99_950, False, "see them with --csv")
    html = page.html(result(100_000, (*many[:50], others)))
    assert "(other messages)" in html
    assert "21 more causes with 21 rows: report --csv lists them." in html
    assert "--cause other" not in html


def test_a_key_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    odd = Cause("C1", "x", "\udcff", 1, False, "", (Example("b", "\udcff", "", "\udcff"),))
    page.write(result(1, (odd,)), tmp_path / "p.html")
    assert "\\udcff" in (tmp_path / "p.html").read_text("utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["p.html"]


@pytest.mark.slow
def test_a_million_rows_with_100_000_messages_are_one_small_page(tmp_path: Path) -> None:
    def rows() -> Iterator[bytes]:
        for n in range(1_000_000):
            word = "".join(chr(97 + n // 26**at % 26) for at in range(4)) if n < 100_000 else "done"
            yield b"photos,k%d,,failed,200,PermanentFailure,it broke at %s\r\n" % (n, word.encode())

    path = tmp_path / "rows.csv"
    path.write_bytes(b"".join(rows()))
    part = fetch.Part("failed", "s3://jobs/x.csv", "", path)
    fetched = fetch.Fetched("s3://jobs/manifest.json", "", None, (part,))
    with tables.connect(tmp_path) as connection:
        found = summary.read(connection, fetched, 3)
    assert found.failed == 1_000_000
    assert sum(each.count for each in found.causes) == 1_000_000
    assert len(page.html(Result(None, fetched, found)).encode()) < LIMIT
