"""What check finds: one manifest for each code, and everything that the local service refuses."""

from __future__ import annotations

import gzip
import io
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY
from urllib.parse import quote

import boto3
import pytest
from moto import mock_aws

from jobs.check import byte_pass, checking, existing, source
from jobs.check.source import Opened
from jobs.errors import Refused
from jobs.formats import manifest, row_rules, rules, tables
from jobs.formats.row_rules import Work
from jobs.project import rule as project_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked

INTO_ARCHIVE = Work("rename", "never", "b12", "archive/")


def row(text: str) -> str:
    return f"b12,{quote(text, safe='/')}\n"


def pair(old: str, new: str) -> str:
    return row(f'{{"origKey": "{old}", "newKey": "{new}"}}')


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


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Checked]:
    def run(
        content: str | bytes, work: Work = INTO_ARCHIVE, fields: str = "", **more: Any
    ) -> Checked:
        path = tmp_path / "m.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        folder = tmp_path / "work"
        folder.mkdir()
        try:
            opened = source.in_file(path, source.fields(asked=fields, versioned=False))
            return checking.check(opened, work, folder, **more)
        finally:
            for each in folder.iterdir():
                each.unlink()
            folder.rmdir()

    return run


def codes(checked: Checked) -> set[str]:
    return {each.code for each in checked.findings}


@pytest.mark.parametrize(
    ("code", "content"),
    [(code, content) for code, contents in CASES.items() for content in contents],
)
def test_a_manifest_has_the_code_of_its_one_mistake(
    check: Callable[..., Checked], code: str, content: str | bytes
) -> None:
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
def test_codes_of_bucket_names_and_of_versions(
    check: Callable[..., Checked], content: str, expected: set[str]
) -> None:
    fields = "Bucket,Key,VersionId" if content.partition("\n")[0].count(",") > 1 else ""
    work = Work("copy", "always", "b13")
    assert codes(check(content, work, fields)) == expected


def test_a_plain_manifest_passes_and_is_described(check: Callable[..., Checked]) -> None:
    checked = check(row("a b+c/\u00e9.txt") + pair("x", "archive/y"))
    assert (checked.findings, checked.rows, checked.bucket) == ((), 2, "b12")
    assert (checked.json_rows, checked.named_rows, checked.versions) == (1, 1, "none")


def test_a_bucket_whose_name_could_stand_in_a_header_has_none(check: Callable[..., Checked]) -> None:
    content = "source-bucket,file\nsource-bucket,key\n"
    assert codes(check(content, Work("copy", "never", "b13", "p/"))) == set()


def test_names_are_bucket_and_key_together(check: Callable[..., Checked]) -> None:
    work = Work("rename", "never", "b13", "")
    assert codes(check(row("a") + row("b"), work)) == set()
    swap = '{"origKey": "%s", "newKey": "%s", "newBucket": "b12"}'
    assert codes(check(row(swap % ("a", "b")) + row(swap % ("b", "a")), work)) == {"E20"}


def test_lines_are_those_of_the_file_and_counts_are_complete(
    check: Callable[..., Checked],
) -> None:
    content = "bucket,key\n" + row("a") + "\n" + "b12\n" + (row("c") * 9) + pair("x", "y")
    found = {each.code: each for each in check(content + pair("y", "x")).findings}
    twice = found["W01"]
    assert (twice.count, [each.line for each in twice.examples]) == (8, [6, 7, 8])
    assert [(each.line, each.with_line) for each in found["E20"].examples] == [(14, 15), (15, 14)]
    assert [each.line for each in found["E05"].examples] == [4]


def test_the_mistake_in_a_json_row_is_named(check: Callable[..., Checked]) -> None:
    (found,) = check(CASES["E24"][0]).findings
    assert found.examples[0].detail == "'newkey' is not understood: did you mean 'newKey'?"


def test_half_of_a_character_in_a_json_row_is_called_that(check: Callable[..., Checked]) -> None:
    (found,) = check(row(r'{"origKey": "a", "newKey": "\ud83d"}'), INTO_ARCHIVE).findings
    assert (found.code, found.title) == ("E24", "JSON row")
    assert found.examples[0].detail == "'newKey' holds half of a character: give the whole one"


def test_json_that_is_not_encoded_is_called_that(check: Callable[..., Checked]) -> None:
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


def test_mixed_line_ends_are_read(check: Callable[..., Checked]) -> None:
    checked = check(b"b12,a\r\nb12,b\nb12,c\r\n")
    assert (codes(checked), checked.rows) == (set(), 3)


def test_a_rule_of_the_authors_is_called_and_may_raise(
    check: Callable[..., Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_a_task_without_a_rule_has_no_codes_of_names(check: Callable[..., Checked]) -> None:
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
def test_what_has_no_rows_is_one_sentence(
    check: Callable[..., Checked], content: str | bytes, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        check(content)


PIECES = [
    *(b"b12,a", b"b12,a", b"b12,b", b"b13,c", b"b12", b"b12,a,c", b"", b'b12,"a', b'b12,"a"'),
    *(b"b12,%ff", b"b12,a b", b"b12,a ", b"b12, a", b"b12,\0a", b"bucket,key", b'b12,"a\nb"'),
    *(b"b12,", b"B_x,a", b"b,a", b"b12,\xff", b"\xef\xbb\xbfb12,a", b"b12,%zz", b"b12,a+b"),
    *(b'b12,a"b', b'b12,"a"b', b"b12,%7B%22", b"b12,\xc2\x85", b"b12,\xe2\x80\xa8", b'b12,""'),
    *(b"b12,\xe2\x80\x8b", b"b12,\xc2\xa0", b"b12,a\rb", b"b12,\xed\xa0\x80", b"k" * 1030),
    *(b"b12," + b"k" * 1024, b"b12," + b"k" * 1025, b"b12," + b"%e3%81%82" * 121, b"arn:aws,a"),
]


def service_takes(content: bytes) -> bool:
    try:
        return bool(list(manifest.read(io.BytesIO(content), ["Bucket", "Key"])))
    except manifest.RefusedError:
        return False


def compare(check: Callable[..., Checked], seed: int) -> bool:
    """Draw a manifest; tell whether the local service takes it, after check was asked."""
    chance = random.Random(seed)  # noqa: S311 - draws manifests, no secrets
    end = chance.choice([b"\n", b"\n", b"\r\n"])
    content = end.join(chance.choices(PIECES, k=chance.randint(1, 4))) + end
    try:
        refused = bool(check(content, Work("copy", "never", "b13", "p/")).errors)
    except Refused:
        refused = True
    takes = service_takes(content)
    assert takes or refused, content
    return takes


def test_what_the_service_refuses_has_an_error(check: Callable[..., Checked]) -> None:
    assert {compare(check, seed) for seed in range(25)} == {True, False}


@pytest.mark.slow
def test_what_the_service_refuses_has_an_error_in_250_odd_manifests(
    check: Callable[..., Checked],
) -> None:
    taken = [compare(check, seed) for seed in range(250)]
    assert 25 < sum(taken) < 225


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("b12", "copies"):
            client.create_bucket(Bucket=bucket)
        yield client


def in_s3(check: Callable[..., Checked], s3: S3Client, content: str, **asked: Any) -> Checked:
    fields = "Bucket,Key,VersionId" if content.partition("\n")[0].count(",") > 1 else ""
    work = Work("rename", "always", "copies", "x/")
    return check(content, work, fields, in_s3=existing.Asked(s3, **asked))


def test_against_shows_what_is_there_under_the_new_names(
    check: Callable[..., Checked], s3: S3Client
) -> None:
    s3.put_object(Bucket="copies", Key="x/a b+é", Body=b"other")
    s3.put_object(Bucket="copies", Key="a", Body=b"not below x/")
    (found,) = in_s3(check, s3, row("a b+é") + row("a"), against="s3://copies/x/").findings
    (example,) = found.examples
    assert (found.code, found.count, example.new) == ("W10", 1, "x/a b+é")
    assert example.detail.startswith("there: 5 bytes of 20")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("s3://copies/y/", "No row has its new name in 's3://copies/y/': .* s3://copies/"),
        ("copies", "'copies' is no place in S3"),
    ],
)
def test_a_place_where_no_new_name_is_would_prove_nothing(
    check: Callable[..., Checked], s3: S3Client, place: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        in_s3(check, s3, row("a"), against=place)


def test_exists_finds_what_is_gone_or_archived(check: Callable[..., Checked], s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="2025/a b+é", Body=b"x")
    s3.put_object(Bucket="b12", Key="2025/cold", Body=b"x", StorageClass="GLACIER")
    content = row("2025/a b+é") + row("2025/cold") + row("2025/gone") + "b12,2025/a%2520b\n"
    gone, cold = in_s3(check, s3, content, exists=True).findings
    assert (gone.code, [each.key for each in gone.examples]) == ("W11", ["2025/gone", "2025/a%20b"])
    assert (cold.code, cold.examples[0].detail) == ("W12", "GLACIER, 1 byte")


def test_what_exists_found_is_in_the_plan(check: Callable[..., Checked], s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="2025/a", Body=b"12345")
    s3.put_object(Bucket="b12", Key="2025/cold", Body=b"x", StorageClass="GLACIER")
    s3.put_object(Bucket="b12", Key="2025/not in a row", Body=b"1" * 100)
    objects = in_s3(check, s3, row("2025/a") + row("2025/cold"), exists=True).objects
    assert objects == {
        "listed": ANY,
        "bytes": 6,
        "largest": 5,
        "above5GiB": 0,
        "bytesAbove5GiB": 0,
        "classes": {"GLACIER": 1, "STANDARD": 1},
    }


def test_exists_looks_for_versions(check: Callable[..., Checked], s3: S3Client) -> None:
    s3.put_object(Bucket="b12", Key="a", Body=b"x")
    s3.put_bucket_versioning(Bucket="b12", VersioningConfiguration={"Status": "Enabled"})
    second = s3.put_object(Bucket="b12", Key="b", Body=b"x")["VersionId"]
    content = f"b12,a,null\nb12,b,{second}\nb12,b,null\n"
    found = in_s3(check, s3, content, exists=True).findings
    assert [(each.code, each.examples[0].line) for each in found if each.code == "W11"] == [
        ("W11", 3)
    ]


def test_names_that_duckdb_hashes_alike_are_two(check: Callable[..., Checked]) -> None:
    keys = [f"2025/{n:03}/image {n:09}.jpg" for n in (20, 28)]
    with tables.connect() as connection:
        same = "SELECT (hash($1) = hash($2))::INT"
        assert connection.execute(same, keys).fetchone() == (1,), "the example is out of date"
    assert codes(check(pair(keys[0], "a") + pair(keys[1], "b"))) == set()
    assert codes(check(pair("a", keys[0]) + pair("b", keys[1]))) == set()
    assert codes(check(pair(keys[0], "x") + pair("b", keys[1]))) == set()
    swap = pair(keys[0], keys[1]) + pair(keys[1], keys[0])
    assert codes(check(swap)) == {"E20"}
