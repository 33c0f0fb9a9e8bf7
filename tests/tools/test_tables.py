"""duckdb's reading and writing of keys is that of `jobs.formats.manifest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from jobs.errors import Refused
from jobs.formats import manifest, tables, unread_lines

if TYPE_CHECKING:
    from pathlib import Path

# every character below U+0180, and one of each kind beyond
CHARACTERS = [*map(chr, range(1, 0x180)), "東", "🪣", "\u2028", "\ufffd"]


def test_encoded_and_decoded_are_those_of_the_manifest_for_every_character() -> None:
    with tables.connect() as connection:
        for character in CHARACTERS:
            key = f"a{character}b"
            query = f"SELECT {tables.ENCODED.format('$1')}, {tables.DECODED.format('$2')}"
            written = manifest.encode(key)
            found = connection.execute(query, [key, written]).fetchone()
            assert found == (written, key)


@pytest.mark.parametrize("field", ["a+b", "a%zzb", "100%", "%41", "é+%20", "%ff", "%C3é"])
def test_a_field_that_nobody_encoded_is_decoded_alike(field: str) -> None:
    try:
        expected = manifest.decode(field)
    except UnicodeDecodeError:
        expected = None
    with tables.connect() as connection:
        query = f"SELECT {tables.DECODED.format('$1')}"
        assert connection.execute(query, [field]).fetchone() == (expected,)


def test_the_rows_of_a_manifest_and_the_lines_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_bytes(b'b,a\nb\nb,"c,""d"\nb,e,f\nb,\xff\nb,\n')
    with tables.connect(tmp_path) as connection:
        tables.manifest(connection, [file], ["Bucket", "Key"])
        rows = connection.execute("SELECT * FROM cells").fetchall()
        assert rows == [("b", "a", None), ("b", 'c,"d', None), ("b", "", None)]
        unread = [(each.line, each.kind) for each in unread_lines.of(connection)]
        assert unread == [(2, "columns"), (4, "columns"), (5, "encoding")]


@pytest.mark.parametrize(
    ("name", "other"),
    [("m[1].csv", "m1.csv"), ("m*.csv", "mm.csv"), ("m?.csv", "mm.csv"), ("[1]/m.csv", "1/m.csv")],
)
def test_the_name_of_a_file_is_no_pattern(tmp_path: Path, name: str, other: str) -> None:
    for each, key in ((name, "a"), (other, "b")):
        (tmp_path / each).parent.mkdir(exist_ok=True)
        (tmp_path / each).write_text(f"bucket,{key}\n", encoding="utf-8")
    with tables.connect() as connection:
        tables.manifest(connection, [tmp_path / name], ["Bucket", "Key"])
        assert connection.execute("SELECT key FROM cells").fetchall() == [("a",)]


@pytest.mark.parametrize("name", ["Bucket=x/m.csv", "key=x/m.csv", "m.zst", "m.bz2", "m.gz"])
def test_the_name_of_a_file_changes_no_cell(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("bucket,a\n", encoding="utf-8")
    with tables.connect() as connection:
        tables.manifest(connection, [file], ["Bucket", "Key"])
        assert connection.execute("SELECT bucket, key FROM cells").fetchall() == [("bucket", "a")]


def test_a_report_is_read_whichever_way_round_its_columns_stand(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_bytes(
        b'b,k,,failed,200,PermanentFailure,"no, never"\r\nb,k,v,failed,SlowDown,503,x\r\n'
    )
    with tables.connect(tmp_path) as connection:
        tables.report(connection, [file])
        assert connection.execute("SELECT * EXCLUDE (file) FROM results").fetchall() == [
            ("b", "k", "", "failed", "200", "PermanentFailure", "no, never"),
            ("b", "k", "v", "failed", "503", "SlowDown", "x"),
        ]


def test_what_duckdb_cannot_do_is_one_sentence(tmp_path: Path) -> None:
    def read() -> None:
        with tables.connect(tmp_path) as connection:
            tables.manifest(connection, [tmp_path / "absent.csv"], ["Bucket", "Key"])

    with pytest.raises(Refused, match=r"The rows cannot be worked through: .*absent\.csv"):
        read()


@pytest.mark.parametrize(
    "content",
    [b"b,a\r\n\nb,c\r\n", b"a\rb,c\nd,e\n", bytes(range(256)) * 10],
    ids=["a blank line in LF", "a bare CR", "no text"],
)
def test_what_is_no_csv_is_called_all_that_it_may_be(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "m.csv"
    file.write_bytes(content)

    def read() -> None:
        with tables.connect(tmp_path) as connection:
            tables.manifest(connection, [file], ["Bucket", "Key"])
            connection.execute("SELECT count(*) FROM cells").fetchall()

    with pytest.raises(Refused, match=r"its lines do not all end alike .* no text.*: write it"):
        read()


def test_a_full_disk_is_called_one() -> None:
    said = 'Async write failed: {"exception_message":"... No space left on device","errno":"28"}'
    with pytest.raises(Refused) as refused, tables.connect():
        raise duckdb.IOException(said)
    assert str(refused.value).startswith("The disk is full: free some of it, or let TMPDIR, and")
