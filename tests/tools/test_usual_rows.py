"""What the patterns of usual rows take for granted is what the rules say of each row."""

from __future__ import annotations

import csv
import json
import random
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from jobs.formats import manifest, row_table, tables, usual_rows
from jobs.formats.row_rules import Work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jobs.formats.tables import Connection

# What makes a name hostile, besides letters of both cases.
PIECES = [
    *("a", "B", "7", "_", "~", "-", ".", "..", "/", "//", " ", "+", "%", "%25", "%41", "%2b", '"'),
    *("\\", "{", "}", '{"', ", ", ": ", "origKey", "newKey", "newBucket", "\t", "\x7f", "\x80"),
    *("é", "É", "ß", "\u0130", "\u1e9e", "東", "🪣", "\u2028", "\ufffd", "e\u0301", "*", "'"),
    *("p/", "%ff"),
    *("%ed%a0%80", "%C3%28", "%F4%90%80%80", "\\u0041", "%22%2C%20%22newKey%22%3A%20%22", "%7B%22"),
]
MANY = 50
WORKS = [
    Work("rename", "never", "b12", "p/"),
    Work("copy", "always", "", ""),
    Work("copy", "never", "b13", "é /", frozenset({"b13"})),
    Work("rename", "never", "b12", "", None, None),
]


def name(chance: random.Random) -> str:
    if chance.random() < 0.05:
        return "k" * chance.randint(470, 1030)
    if chance.random() < 0.5:
        return f"{chance.choice('abAB')}/{chance.choice(['x y', 'é', 'K', '.hidden', 'a:b'])}.jpg"
    return "".join(chance.choices(PIECES, k=chance.choice([0, 1, 1, 2, 3, 6, 40, 400])))


def field(chance: random.Random) -> str:
    """Return a key field: of a key or of a JSON row, encoded in one way or another, or not."""
    text = name(chance)
    if chance.random() < 0.5:
        said = {"origKey": text, "newKey": name(chance), "newBucket": chance.choice(["", "b13"])}
        names = chance.choice(
            [["origKey", "newKey"]] * 12 + [["newKey", "origKey"], [*said], [*said][::-1], []]
        )
        separators = chance.choice([None] * 5 + [(",", ":"), (" ,", " :")])
        row = {each: said[each] for each in names} | chance.choice([{}] * 8 + [{"x": "y"}])
        text = json.dumps(row, ensure_ascii=chance.random() < 0.2, separators=separators)
    ways = [quote(text)] * 3 + [quote_plus(text), quote(text, safe="'()*!"), text]
    found = chance.choice(ways)
    if chance.random() < 0.7:
        return found
    small = re.sub("%..", lambda escape: escape[0].lower(), found)
    at = chance.choice([chance.randint(0, len(found)), max(0, len(found) - 6)])
    no_text = chance.choice(["%ED%A0%80", "%E0%80%80", "%F4%90%80%80", "%C0%80", "%7F", "%41"])
    return chance.choice([small, found.lower(), found[:at], found[:at] + no_text + found[at:]])


def rows(chance: random.Random, count: int) -> list[tuple[str, str, str]]:
    buckets, versions = ["b12"] * 30 + ["b13", "B x", ""], ["v1"] * 30 + ["", "null", "v\t1", "é"]
    fields = [field(chance) for _ in range(count // 2)]
    fields += [chance.choice(fields) for _ in range(count - len(fields))]
    return [("b12", "first", "v1")] + [
        (chance.choice(buckets), each, chance.choice(versions)) for each in fields
    ]


def checked(
    file: Path, fields: list[str], work: Work, *, is_inventory: bool = False
) -> Sequence[object]:
    with tables.connect(file.parent) as connection:
        tables.manifest(connection, [file], fields)
        row_table.create(connection, work, "b12", is_inventory=is_inventory)
        return connection.execute("SELECT rowid, * FROM checked ORDER BY rowid").fetchall()


def usual(file: Path, fields: list[str], work: Work) -> list[int]:
    """Return how many rows are of each kind."""
    with tables.connect(file.parent) as connection:
        tables.manifest(connection, [file], fields)
        apart = usual_rows.apart("cells", work, "b12", is_inventory=False)
        query = f"SELECT count(*) FILTER (kind = $1) FROM {apart}"
        return [
            connection.execute(query, [kind]).fetchall()[0][0]
            for kind in (usual_rows.PLAIN, usual_rows.JSON)
        ]


@pytest.mark.parametrize("has_versions", [False, True], ids=["no versions", "versions"])
@pytest.mark.parametrize("work", WORKS, ids=["prefix", "no prefix", "granted", "no rule"])
def test_the_rules_say_of_every_row_what_its_pattern_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Work, *, has_versions: bool
) -> None:
    file = written(tmp_path)
    fields = ["Bucket", "Key", "VersionId" if has_versions else "Ignore"]
    quick = checked(file, fields, work)
    assert min(usual(file, fields, work)) > MANY
    let_no_row_be_usual(monkeypatch)
    assert quick == checked(file, fields, work)


def test_of_an_inventory_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, fields = written(tmp_path), ["Bucket", "Key", "Ignore"]
    quick = checked(file, fields, WORKS[0], is_inventory=True)
    let_no_row_be_usual(monkeypatch)
    assert quick == checked(file, fields, WORKS[0], is_inventory=True)


def written(folder: Path) -> Path:
    file = folder / "m.csv"
    chance = random.Random(12)  # noqa: S311 - no secrets
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows(rows(chance, 2000))
    return file


def let_no_row_be_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    none = "(SELECT *, key AS field, 0 AS kind, '' AS orig_key, '' AS new_key FROM {})"
    monkeypatch.setattr(usual_rows, "apart", lambda source, *_, **__: none.format(source))


def kinds(connection: Connection, keys: list[str]) -> list[int]:
    rows = "(SELECT 'b12' AS bucket, NULL AS version, unnest($1) AS key)"
    query = f"SELECT kind FROM {usual_rows.apart(rows, WORKS[0], 'b12', is_inventory=False)}"
    return [found for (found,) in connection.execute(query, [keys]).fetchall()]


def test_what_manifest_writes_is_usual() -> None:
    keys = ["a", "2025/001/image 1.jpg", "a b+c/é.txt", "东/🪣/.hidden", "A(1)&'!*.tar.gz", "x/"]
    plain = [manifest.encode(key) for key in keys]
    said = [manifest.row("b12", key, arguments={"newKey": f"//{key}"}).key for key in keys]
    with tables.connect() as connection:
        assert kinds(connection, plain) == [usual_rows.PLAIN] * len(keys)
        assert kinds(connection, said) == [usual_rows.JSON] * len(keys)


@pytest.mark.parametrize(
    "text", ["p/a", "/a", "a//b", "a/..", "..", "", "a%20", "a\nb", '{"a', "k" * 1023]
)
def test_what_a_rule_looks_at_is_not_usual(text: str) -> None:
    with tables.connect() as connection:
        assert kinds(connection, [manifest.encode(text)]) == [0]


@pytest.mark.parametrize("text", ['{"origKey": "a", "newKey": "}', '{"origKey": ", "newKey": "b"}'])
def test_a_quote_is_no_end_and_beginning_at_once(text: str) -> None:
    with tables.connect() as connection:
        assert kinds(connection, [manifest.encode(text)]) == [0]
