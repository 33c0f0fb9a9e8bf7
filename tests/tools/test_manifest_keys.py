"""manifest -: keys from standard input, one a line or ended by NUL."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import jobs.__main__ as main
from jobs.errors import Refused
from jobs.manifest import sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Gives the key fields of the manifest that is made of what is piped in."""
    monkeypatch.chdir(tmp_path)

    def run(given: bytes, *words: str) -> list[str]:
        options = ("manifest", "-", "--bucket", "photos", "--destination-bucket", "copies", *words)
        done = CliRunner().invoke(main.cli, options, input=given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        rows = (tmp_path / "manifest.csv").read_text().splitlines()
        return [row.removeprefix("photos,") for row in rows]

    return run


@pytest.mark.parametrize(
    ("words", "given", "keys"),
    [
        ((), b"a b\nc\n", ["a%20b", "c"]),
        ((), b"a", ["a"]),
        ((), b"\xef\xbb\xbfa\r\n\r\nb \r\n", ["a", "b%20"]),
        ((), b"a\r\nb", ["a", "b"]),
        (("-0",), b"a b\0c\0", ["a%20b", "c"]),
        (("-0",), b"a\r\n\0b\nc\0d\re\0f", ["a%0D%0A", "b%0Ac", "d%0De", "f"]),
    ],
    ids=["lines", "no end", "a mark and CR LF", "CR LF and no end", "NUL", "line ends in keys"],
)
def test_keys_are_read_without_their_ends(
    written: Callable[..., list[str]], words: tuple[str, ...], given: bytes, keys: list[str]
) -> None:
    assert written(given, *words) == keys


def test_a_list_keeps_its_order(written: Callable[..., list[str]]) -> None:
    names = [f"{n * 7919 % 3000}" for n in range(3000)]
    given = "\n".join(names).encode()
    assert written(given) == names
    assert written(given, "--limit", "2", "--force") == names[:2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"a\r\nb\nc\r\n", r"The line b'b' ends in another way than the first"),
        (b"a\nb\r\n", "ends in another way than the first"),
        (b"a\0\n", "has a NUL: pipe UTF-8 text, or give -0"),
        (b"\xff\n", "is not UTF-8"),
        (b"a" * 3_000_000, "is too long for a key"),
    ],
)
def test_keys_of_standard_input_that_leave_a_doubt(tmp_path: Path, given: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        sources.keys(None, io.BytesIO(given), "b", tmp_path, is_nul=False)  # type: ignore[arg-type]
