"""What the verbs say, on any terminal, pipe or file: results, talk, tables and questions.

stdout is the result, stderr is the talk. Without a terminal there are no bars, colours or
questions. What a terminal cannot show is escaped, and nothing that others chose, such as a key, can
steer it. rich looks at NO_COLOR and TERM itself.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

WIDE = 10_000  # columns of what is no terminal: nothing is wrapped
PLAIN = re.compile(r"[\w./\\:=+%-]+")  # a word that PowerShell takes as it is; a bare @ or , is not


@contextmanager
def any_encoding() -> Iterator[None]:
    r"""Escape what stdout or stderr cannot show (`\u6771`), instead of ending in a traceback."""
    _open_closed()
    streams = [each for each in (sys.stdout, sys.stderr) if hasattr(each, "reconfigure")]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            stream.reconfigure(errors=errors)


def _open_closed() -> None:
    """Send to stderr what goes to a closed stdout (`>&-`); what goes to a closed stderr is lost."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open
    if sys.stdout is None:
        sys.stdout = sys.stderr


def give_up_stdout() -> None:
    """Let nothing more be written to a pipe that nobody reads, not even when Python ends."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - stays open


def out(text: str = "") -> None:
    """Print a part of the result."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """Say something to the person, beside the result; above what rich draws, too."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def shown(text: str) -> str:
    r"""Return `text` so that no terminal does more than to show it: `a\x1b[2J`, `\u202e`.

    Line ends, control characters and those that change the direction of writing are escaped.
    """
    if text.isprintable():
        return text
    escaped = (
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )
    return "".join(escaped)


def cut(text: str, most: int) -> str:
    """Return at most so many characters of `text`, as `shown` shows it."""
    text = shown(text)
    return text if len(text) <= most else f"{text[:most]}…"


def word(text: str, system: str = sys.platform) -> str:
    """Return `text` as one word of a command to type: for PowerShell on Windows, else for a shell.

    Between two ' PowerShell replaces nothing, and '' is one ' (about_Quoting_Rules).
    """
    if system != "win32":
        return shlex.quote(text)
    return text if PLAIN.fullmatch(text) else "'{}'".format(text.replace("'", "''"))


def pasted(name: str) -> str:
    """Return the name of a file as it stands in a command to type: `-x.csv` is no option there."""
    return word(f"./{name}" if name.startswith("-") else name)


def options(given: Mapping[str, object]) -> str:
    """Return options as they stand in a command to type, each after a space; `_` stands for `-`.

    None or False: not given; True: a flag; several values: the option is repeated.
    """
    words: list[str] = []
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool) or value is None:
            words += [option] * bool(value)
            continue
        for each in value if isinstance(value, tuple) else (value,):
            words += [option, word(str(each))]
    return "".join(f" {each}" for each in words)


def as_json(document: Mapping[str, Any], *, is_line: bool = False) -> str:
    """Return one JSON document, or one line of JSON Lines, that stdout can show as it is."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(document, indent=None if is_line else 2, ensure_ascii=not is_utf8)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate is no UTF-8: only its escape is
        return json.dumps(document)
    return text


def table(rows: Iterable[Sequence[str]], headers: Sequence[str] = (), right: str = "") -> str:
    """Return rows as lines in aligned columns; on a terminal, cells that are too long wrap.

    The texts of the rows were made fit to be shown. `right`: the numbers of the columns whose cells
    are set to the right, as in "02".
    """
    rows = list(rows)
    if not rows:
        return ""
    grid = Table(box=None, pad_edge=False, show_header=bool(headers), padding=(0, 2, 0, 0))
    for at in range(len(rows[0])):
        grid.add_column(
            headers[at] if headers else "",
            justify="right" if str(at) in right else "left",
            overflow="fold",
            header_style="",
        )
    for row in rows:
        grid.add_row(*row)
    screen = console(sys.stdout)
    with screen.capture() as captured:
        screen.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def count(value: int, noun: str) -> str:
    """Return `1 row` or `1,188,902 rows`."""
    return f"{value:,} {noun}{'' if value == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """Return a share in per cent with two digits: 0.0031 %, 0.37 %, 51 %; only all is 100 %."""
    percent = 100 * part / whole
    if part < whole:
        percent = min(percent, 99)
    return f"{Decimal(f'{percent:.2g}'):f} %"  # as a float it can be 1e+02 or 3e-05


def duration(seconds: float) -> str:
    """Return a time as people say it: 45 s, 19 min 44 s, 3 h 5 min, 2 d 4 h."""
    whole = max(0, round(seconds))
    units = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    for (size, name), (smaller, smaller_name) in pairwise(units):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def is_interactive() -> bool:
    """Tell whether somebody can be asked: both what is read and what is said is a terminal."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())


def confirm(question: str, word: str, *, is_given: bool, refusal: str) -> None:
    """Return once the person has typed `word`, which the question names, character for character.

    `is_given`: an option has given the answer, nobody is asked; `refusal`: the sentence where
    nobody can be asked, which names that option.

    Raises:
        Refused: nobody can be asked, or something else was typed.
    """
    if is_given:
        return
    if not is_interactive():
        raise Refused(refusal)
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != word:
        raise Refused(f"The answer was not {word!r}: nothing was done.")


def console(stream: Any) -> Console:  # noqa: ANN401 - any text stream
    """Return a console of rich that shows texts as they are."""
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
