"""Why rows failed: the sentences of our own function are known, others are grouped by masking."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
import string
from typing import TYPE_CHECKING

import pytest

import report_files
import s3copy
from conftest import TEMPLATE
from jobs.formats import tables
from jobs.project import template
from jobs.report import causes, failures, fetch, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jobs.formats.report import Result
    from jobs.report.failures import Cause

SOURCE, TARGET = "s3://photos/2025/a b (1).jpg", "s3://copies/moved/2025/a b (1).jpg"
FILLED = {
    "source": SOURCE,
    "target": TARGET,
    "name": SOURCE,
    "operation": "CopyObject",
    "code": "SlowDown",
    "status": "503",
    "message": "Please reduce your request rate",
    "failure": "S3 answered SlowDown (503) to DeleteObject: busy; try again",
    "why": "ETag a, not b",
    "bucket": "photos",
    "done": "Copied, not deleted",
}


def sentences() -> Iterator[tuple[str, str]]:
    """Yield each sentence about a failure that src/s3copy has, by its name."""
    for module in pkgutil.iter_modules(s3copy.__path__):
        found = vars(importlib.import_module(f"s3copy.{module.name}"))
        for name, value in {**found, **found.get("SENTENCES", {})}.items():
            if isinstance(value, str) and re.search(r"{(source|target|name|operation)}", value):
                yield name, value


def filled(sentence: str) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
    values = {name: FILLED.get(name, 7) for name in names}
    return sentence.format(**values)


# Sentences that carry S3's own words, which say more than a title of ours could.
OWN_WORDS = {
    "OTHER",
    "InvalidArgument",
    "InvalidTag",
    "InvalidStorageClass",
    "KeyTooLongError",
    "NotImplemented",
    "PreconditionFailed",
    "CONDITIONAL_501",
    "NOT_COMPARABLE",  # a part of another sentence
}


@pytest.mark.parametrize(
    ("name", "sentence"), sorted(set(sentences())), ids=lambda each: str(each)[:30]
)
def test_every_sentence_of_the_copy_has_a_cause_with_advice(name: str, sentence: str) -> None:
    found = causes.known("PermanentFailure", filled(sentence))
    if name in OWN_WORDS:
        return
    assert found.title != filled(sentence), "no cause in jobs/report/causes.py knows it"
    assert found.advice


def causes_of(rows: Sequence[Result], folder: Path, examples: int = 2) -> tuple[Cause, ...]:
    fetched = fetch.in_folder(report_files.in_folder(folder / "report", rows))
    with tables.connect(folder) as connection:
        return summary.read(connection, fetched, examples).causes


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("KeyError: {key!r} of {n}", "KeyError: '…' of …"),
        ("cannot open s3://photos/{key}", "cannot open …"),
        ("at 2026-11-25T15:02:{n:02}Z it broke", "at … it broke"),
        ("request 7c1fa2b{n:03}-1111-2222-3333-444444444444 ended", "request … ended"),
        ("line {n}: bad", "line …: bad"),
    ],
)
def test_what_differs_between_rows_is_masked(message: str, masked: str, tmp_path: Path) -> None:
    rows = [
        report_files.failed(f"2025/{n}.jpg", message.format(key=f"2025/{n}.jpg", n=n))
        for n in range(50)
    ]
    (cause,) = causes_of(rows, tmp_path)
    assert (cause.message, cause.count) == (masked, 50)


def test_a_short_key_is_no_word_of_the_message(tmp_path: Path) -> None:
    rows = [report_files.failed(key, f"no data at 'a' in {key}") for key in ("a", "t", "no")]
    assert {cause.message for cause in causes_of(rows, tmp_path)} >= {"no data at 'a' in t"}


def test_one_sentence_of_ours_is_one_cause_whatever_the_names(tmp_path: Path) -> None:
    keys = ["a", "b c", "%C3%A9%0A", "x/" * 400]
    rows = [
        report_files.failed(key, f"s3://photos/{key} is archived: restore it first (s3 restore-o")
        for key in keys
    ]
    (cause,) = causes_of(rows, tmp_path)
    assert (cause.id, cause.count, cause.message) == ("C1", 4, "archived: restore it first")


def test_the_same_message_under_two_codes_is_two_causes(tmp_path: Path) -> None:
    rows = [report_files.failed("a"), report_files.failed("b", code="TemporaryFailure")]
    found = {cause.code: cause.retryable for cause in causes_of(rows, tmp_path)}
    assert found == {"PermanentFailure": False, "TemporaryFailure": True}


def test_counts_are_whole_however_many_messages_there_are(tmp_path: Path) -> None:
    words = ["alpha", "beta", "gamma", "delta", "kappa", "omega", "sigma", "theta"]
    rows = [
        report_files.failed(f"k{n}", f"{words[n % 8]} {words[n // 8 % 8]} {words[n // 64 % 8]}")
        for n in range(512)
    ]
    found = causes_of(rows, tmp_path)
    assert sum(cause.count for cause in found) == 512
    assert len(found) == failures.CAUSES_KEPT + 1
    assert (found[-1].message, found[-1].count) == ("(other messages)", 512 - failures.CAUSES_KEPT)
    assert all(len(cause.examples) <= 2 for cause in found)


def test_an_advice_names_settings_that_are_there_and_where() -> None:
    """The values of parameters stand in samconfig.toml: another Default would change nothing."""
    stack = template.load(TEMPLATE / "template.yaml")
    variables = stack["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    advice = [kind.advice for kind in causes.KINDS]
    named = {each: PARAMETER.findall(each) for each in advice}
    set_there = {each: VARIABLE.findall(each) for each in advice}
    assert stack["Parameters"].keys() >= set(itertools.chain(*named.values()))
    assert variables.keys() >= set(itertools.chain(*set_there.values()))
    assert [each for each in advice if named[each] and "samconfig.toml" not in each] == []
    assert [each for each in advice if set_there[each] and "template.yaml" not in each] == []


PARAMETER = re.compile(r"(?<!:)\b(?:[A-Z][a-z]+(?:[A-Z][a-z]+)+|Timeout|Annotations)\b")
VARIABLE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b|ANNOTATIONS")
