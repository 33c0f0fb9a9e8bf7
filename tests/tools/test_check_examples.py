"""What check says of the rows that it finds: their lines, and what is wrong with each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from check_runs import check, pair, row
from jobs.formats.row_rules import Work


def test_lines_are_those_of_the_file_and_counts_are_complete() -> None:
    content = "bucket,key\n" + row("a") + "\n" + "b12\n" + (row("c") * 9) + pair("x", "y")
    checked = check(content + pair("y", "x"))
    assert checked.rows == 12
    found = {each.code: each for each in checked.findings}
    twice = found["W01"]
    assert (twice.count, [each.line for each in twice.examples]) == (8, [6, 7, 8])
    assert [(each.line, each.with_line) for each in found["E20"].examples] == [(14, 15), (15, 14)]
    assert [each.line for each in found["E05"].examples] == [4]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('{"origKey": "a", "newkey": "b"}', "'newkey' is not understood: did you mean 'newKey'?"),
        ('{"origKey": "a", "size": "b"}', "'size' is not understood"),
        ('{"origKey": "a", "origKey": "b"}', "'origKey' stands there twice"),
        ('{"origKey": "a", "newKey": 1}', "'newKey' is 1: give a text"),
        (r'{"origKey": "\ud83d"}', "'origKey' holds half of a character: give the whole one"),
        ('{"newKey": "a"}', "no 'origKey': the key of the object"),
        ('{"origKey": "a"', "no JSON: Expecting ',' delimiter: line 1 column 16 (char 15)"),
    ],
)
def test_the_mistake_in_a_json_row_is_named(text: str, detail: str) -> None:
    (found,) = check(row(text)).findings
    assert (found.title, found.examples[0].detail) == ("JSON row", detail)


def test_json_that_is_not_encoded_is_called_that() -> None:
    granted = Work("rename", "never", "b12", "", frozenset({"b12", "b13"}))
    raw = 'b12,"{""origKey"": ""a"", ""newKey"": ""b"", ""newBucket"": ""b13""}"\n'
    (found,) = check(raw, granted).findings
    assert (found.title, found.examples[0].detail) == ("JSON that is not encoded", "")
    (found,) = check(raw, replace(granted, granted=frozenset({"b12"}))).findings[1:]
    assert found.examples[0].detail == "the function may not write to 'b13'"


@pytest.mark.parametrize(
    ("key", "detail"),
    [
        ("archive/a", "it begins with the prefix already: it was moved before"),
        ("k" * 1020, "the new key would have 1028 bytes, and S3 takes 1024"),
    ],
    ids=["moved before", "too long"],
)
def test_why_the_rule_gives_no_new_name_is_said(key: str, detail: str) -> None:
    (found,) = check(row(key)).findings
    assert (found.code, found.examples[0].detail) == ("E25", detail)
