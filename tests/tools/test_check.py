"""What check finds: one manifest for each code, and what is said of its rows."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from check_runs import INTO_ARCHIVE, check, codes, pair, row
from jobs.check import byte_pass, checking, existing
from jobs.check.source import Opened
from jobs.errors import Refused
from jobs.formats import row_rules, rules, tables
from jobs.formats.row_rules import Work
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from pathlib import Path


def at_home(old: str, new: str) -> str:
    """Return a row whose empty bucket means that of the object, as docs/copy.md says."""
    return row(f'{{"origKey": "{old}", "newKey": "{new}", "newBucket": ""}}')


BY_RULE = row('{"origKey": "a"}')  # the rule of the prefix names it

# code -> manifests that have it and no other code
CASES: dict[str, list[str | bytes]] = {
    "E01": ["b12,a\nb12,b\n".encode("utf-16"), "b12,a\n".encode("utf-16-le")],
    "E02": ["\ufeffb12,a\n"],
    "E03": ["bucket,key\nb12,a\n", "Bucket_Name,Key Name\nb12,a\n", "key,bucket\nb12,a\n"],
    "E04": ["b12,a\n\nb12,b\n", "\r\nb12,a\r\n"],
    "E05": ["b12,a\nb12\n", "b12,a\nb12,b,c\n"],
    "E06": ['b12,a\nb12,"b\n', 'b12, "a"\n', 'b12,"a" \n', '"b12" ,a\n'],
    "E07": ["b12,a\nb12,\n", 'b12,""\n'],
    "E09": ["b12,a\rb12,b\r"],
    "E10": ["b12," + "%e3%81%82" * 121 + "\n"],
    "E11": ["b12,a\nb12,%ff\n"],
    "E12": ["b12,a\nb13,b\n"],
    "E14": ['b12,"a\nb"\n'],
    "E20": [pair("a", "b") + pair("b", "a"), at_home("a", "b") + at_home("b", "a")],
    "E21": [pair("a", "c") + pair("b", "c"), BY_RULE + pair("b", "archive/a")],
    "E22": [
        pair("a", "b") + pair("b", "c"),
        row("a") + pair("archive/a", "z"),
        BY_RULE + pair("archive/a", "z"),
    ],
    "E23": [pair("a", "a")],
    "E24": [
        row('{"origKey": "a", "newkey": "b"}'),
        row('{"origKey": "a", "newKey": "b", "newKey": "c"}'),
        row('{"origKey": "a", "newKey": "b",}'),
        row('{"origKey": "a", "newKey": 1}'),
        row('{"origKey": "a", "newKey": ""}'),
        row('{"newKey": "a"}'),
        row('{"origKey": "a"'),
        row('{"origKey": "a", "newBucket": "elsewhere"}'),
        'b12,"{""origKey"": ""a""}"\n',
    ],
    "E25": [row("archive/a"), row('{"origKey": "archive/a"}')],
    "E26": [pair("a", "b") + pair("a", "c")],
    "W01": [row("a") + row("a")],
    "W02": ['b12," ,a"\nb12,"a, b"\n', "b12,a b\n", "b12,a+b\n", "b12,100%\n", "b12,\u00e9\n"],
    "W03": ["b12,a%2520b\nb12,c%2520d\n"],
    "W04": [row("a") + row("A")],
    "W05": [row("/a"), row("a//b"), row("a/../b")],
}
# E08 comes with E12 unless it is the first row's; E13 needs a third column; W06 needs always;
# W10 to W12 need S3
ELSEWHERE = {"E08", "E13", "W06", "W10", "W11", "W12"}


@pytest.mark.parametrize(
    ("code", "content"),
    [(code, content) for code, contents in CASES.items() for content in contents],
)
def test_a_manifest_has_the_code_of_its_one_mistake(code: str, content: str | bytes) -> None:
    work = Work("rename", "never", "b12", "archive/", frozenset({"b12", "b13"}))
    assert codes(check(content, work)) == {code}


def test_every_rule_has_a_case() -> None:
    known = [*row_rules.RULES, *row_rules.NAME_RULES, *rules.RULES, row_rules.TWINS]
    known += existing.RULES
    lines = {code for code, _, _ in checking.LINES.values()}
    assert {rule.code for rule in known} | lines == CASES.keys() | ELSEWHERE


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("b12,a\nb12,\0b\n", {"E01", "E14"}),
        ("b12,a \n", {"E14", "W02"}),
        ("b,a\n", {"E08"}),
        ("s3://b12,a\n", {"E08"}),
        ("b12,a,1\nb12,b,\n", {"E13"}),
        ("b12,a,1\nb12,a,2\n", {"W06"}),
        ("b12,a,null\nb12,b,null\n", set()),
    ],
)
def test_codes_of_bucket_names_and_of_versions(content: str, expected: set[str]) -> None:
    fields = "Bucket,Key,VersionId" if content.partition("\n")[0].count(",") > 1 else ""
    work = Work("copy", "always", "b13")
    assert codes(check(content, work, fields)) == expected


def test_a_plain_manifest_passes_and_is_described() -> None:
    checked = check(row("a b+c/\u00e9.txt") + pair("x", "archive/y"))
    assert (checked.findings, checked.rows, checked.bucket) == ((), 2, "b12")
    assert (checked.json_rows, checked.named_rows, checked.versions) == (1, 1, "none")


def test_a_bucket_whose_name_could_stand_in_a_header_has_none() -> None:
    content = "source-bucket,file\nsource-bucket,key\n"
    assert codes(check(content, Work("copy", "never", "b13", "p/"))) == set()


def test_names_are_bucket_and_key_together() -> None:
    work = Work("rename", "never", "b13", "")
    assert codes(check(row("a") + row("b"), work)) == set()
    swap = '{"origKey": "%s", "newKey": "%s", "newBucket": "b12"}'
    assert codes(check(row(swap % ("a", "b")) + row(swap % ("b", "a")), work)) == {"E20"}


def test_lines_are_those_of_the_file_and_counts_are_complete() -> None:
    content = "bucket,key\n" + row("a") + "\n" + "b12\n" + (row("c") * 9) + pair("x", "y")
    found = {each.code: each for each in check(content + pair("y", "x")).findings}
    twice = found["W01"]
    assert (twice.count, [each.line for each in twice.examples]) == (8, [6, 7, 8])
    assert [(each.line, each.with_line) for each in found["E20"].examples] == [(14, 15), (15, 14)]
    assert [each.line for each in found["E05"].examples] == [4]


def test_the_mistake_in_a_json_row_is_named() -> None:
    (found,) = check(CASES["E24"][0]).findings
    assert found.examples[0].detail == "'newkey' is not understood: did you mean 'newKey'?"


def test_half_of_a_character_in_a_json_row_is_called_that() -> None:
    (found,) = check(row(r'{"origKey": "a", "newKey": "\ud83d"}'), INTO_ARCHIVE).findings
    assert (found.code, found.title) == ("E24", "JSON row")
    assert found.examples[0].detail == "'newKey' holds half of a character: give the whole one"


def test_json_that_is_not_encoded_is_called_that() -> None:
    granted = Work("rename", "never", "b12", "", frozenset({"b12", "b13"}))
    raw = 'b12,"{""origKey"": ""a"", ""newKey"": ""b"", ""newBucket"": ""b13""}"\n'
    (found,) = check(raw, granted).findings
    assert (found.title, found.examples[0].detail) == ("JSON that is not encoded", "")
    (found,) = check(raw, replace(granted, granted=frozenset({"b12"}))).findings[1:]
    assert found.examples[0].detail == "the function may not write to 'b13'"


def test_an_object_that_is_called_like_a_row_is_no_row(tmp_path: Path) -> None:
    # whoever names objects in the bucket could say what the job does with others
    data = tmp_path / "data.csv.gz"
    data.write_bytes(gzip.compress((row("a") + pair("secret", "public/x")).encode()))
    looked = (byte_pass.look_into_gzip(data, "m.json"),)
    names = ("Bucket", "Key")
    opened = Opened(
        "m.json", (data,), names, "e", 1, first_bucket="b12", is_inventory=True, looked=looked
    )
    (found,) = checking.check(opened, INTO_ARCHIVE, tmp_path).findings
    assert (found.code, found.title, found.count) == ("E24", "key like a JSON row", 1)
    assert found.examples[0].key == '{"origKey": "secret", "newKey": "public/x"}'


def test_mixed_line_ends_are_read() -> None:
    checked = check(b"b12,a\r\nb12,b\nb12,c\r\n")
    assert (codes(checked), checked.rows) == (set(), 3)


def test_a_rule_of_the_authors_is_called_and_may_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    def new_key(key: str, prefix: str) -> str:
        if key == "bad":
            raise ValueError("no date in it")
        return prefix + key.replace("-", "/")

    found = project_rule.Rule(is_prefix=False, call=new_key)
    monkeypatch.setattr(project_rule, "load", lambda: found)
    work = Work("rename", "never", "b12", "p/", None, "names")
    (raised,) = check(row("a-b") + row("bad") + pair("a-b/c", "named"), work).findings
    assert (raised.code, raised.examples[0].line) == ("E25", 2)
    assert raised.examples[0].detail == "the rule raised ValueError: no date in it"
    assert codes(check(row("a-b") + row("a/b"), work)) == {"E21"}


def test_a_task_without_a_rule_has_no_codes_of_names() -> None:
    work = Work("rename", "never", "b12", "", None, None)
    own = row('{"origKey": "a", "size": "300"}')
    assert codes(check(own + row("a") + row("archive/a"), work)) == set()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty: write a row"),
        ("b12\ta\n", "separated by tabs"),
        ("b12;a\n", "separated by semicolons"),
        ("s3://b12/a\n", "has one column, of s3:// places"),
        (b"\x1f\x8b\x08\0\0", "a compressed file: give the inventory's manifest.json"),
        (b"PK\x03\x04\x14", "a ZIP or Excel file: save it as CSV"),
        ("b12,a,c\n", "has 3 columns: give --versioned"),
        ("b12,a\n".encode("utf-32"), "a text in UTF-32"),
    ],
)
def test_what_has_no_rows_is_one_sentence(content: str | bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        check(content)


def test_names_that_duckdb_hashes_alike_are_two() -> None:
    keys = [f"2025/{n:03}/image {n:09}.jpg" for n in (20, 28)]
    with tables.connect() as connection:
        same = "SELECT (hash($1) = hash($2))::INT"
        assert connection.execute(same, keys).fetchone() == (1,), "the example is out of date"
    assert codes(check(pair(keys[0], "a") + pair(keys[1], "b"))) == set()
    assert codes(check(pair("a", keys[0]) + pair("b", keys[1]))) == set()
    assert codes(check(pair(keys[0], "x") + pair("b", keys[1]))) == set()
    swap = pair(keys[0], keys[1]) + pair(keys[1], keys[0])
    assert codes(check(swap)) == {"E20"}
