"""What check finds: one manifest for each code, and what is said of its rows."""

from __future__ import annotations

import pytest

from check_runs import check, codes, pair, row
from jobs.check import checking, existing, loading
from jobs.errors import Refused
from jobs.formats import row_rules, rules, tables
from jobs.formats.row_rules import Work
from jobs.project import rule as project_rule


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
    "E10": ["b12," + "%e3%81%82" * 113 + "k" * 8 + "\n"],  # 1,025
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
    "E25": [row("k" * 1020), row("archive/a"), row('{"origKey": "archive/a"}')],
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
        ("b12,a\nB x,b\n", {"E08", "E12"}),
        ("b12,a%2520b\nb12,c\n", set()),  # not most of them: such a key may be right
        ("b12," + "%e3%81%82" * 113 + "k" * 7 + "\n", set()),
        ('b12,a,"v\t1"\n', {"E14"}),
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


@pytest.mark.parametrize(
    "content", ["source-bucket,file\n", "source-bucket,file\nsource-bucket,key\n"]
)
def test_a_bucket_whose_name_could_stand_in_a_header_has_none(content: str) -> None:
    assert codes(check(content, Work("copy", "never", "b13", "p/"))) == set()


def test_names_are_bucket_and_key_together() -> None:
    work = Work("rename", "never", "b13", "")
    assert codes(check(row("a") + row("b"), work)) == set()
    into = Work("copy", "never", "b13", "archive/")
    assert codes(check(row("archive/a"), into)) == set(), "it was not moved within one bucket"
    swap = '{"origKey": "%s", "newKey": "%s", "newBucket": "b12"}'
    assert codes(check(row(swap % ("a", "b")) + row(swap % ("b", "a")), work)) == {"E20"}


@pytest.mark.parametrize("piece", [1, 6, 100])
def test_mixed_line_ends_are_read(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(loading, "PIECE", piece)
    checked = check(b"b12,a\r\nb12,b\nb12,c\r\n")
    assert (codes(checked), checked.rows) == (set(), 3)


def test_a_rule_of_the_authors_is_called_and_may_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    def new_key(key: str, prefix: str) -> str:
        if key.startswith("bad"):
            raise ValueError("no date in it")
        return prefix + key.replace("-", "/")

    found = project_rule.Rule(is_prefix=False, call=new_key)
    monkeypatch.setattr(project_rule, "load", lambda: found)
    work = Work("rename", "never", "b12", "p/", None, "names")
    (raised,) = check(
        row("a-b") + row("bad") + row("bad 2") + pair("a-b/c", "named"), work
    ).findings
    assert (raised.code, raised.count, raised.examples[0].line) == ("E25", 2, 2)
    assert raised.examples[0].detail == "the rule raised ValueError: no date in it"
    assert codes(check(row("a-b") + row("a/b"), work)) == {"E21"}


@pytest.mark.parametrize(
    ("end", "content", "expected"),
    [
        ("", row("a\r\nb") + row("c"), set[str]()),
        ("\ud83d", row("a"), {"E25"}),
        ("", row("k" * 200_000), {"E10", "E25"}),
    ],
    ids=["CR LF in a key", "half of a character", "more than csv reads"],
)
def test_odd_keys_and_names_pass_through_a_rule_of_the_authors(
    monkeypatch: pytest.MonkeyPatch, end: str, content: str, expected: set[str]
) -> None:
    found = project_rule.Rule(is_prefix=False, call=lambda key, prefix: prefix + key + end)
    monkeypatch.setattr(project_rule, "load", lambda: found)
    work = Work("rename", "never", "b12", "p/", None, "names")
    assert codes(check(content, work)) == expected


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
