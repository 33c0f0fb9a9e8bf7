"""What the verbs say, whatever shows it: terminals, pipes, files, encodings, 40 columns."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import TEMPLATE
from jobs import terminal
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


def python(
    code: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=TEMPLATE,
        env=os.environ | dict(environment or {}),
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2025/zürich b.jpg", "2025/zürich b.jpg"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\u202egpj.exe", r"a\u202egpj.exe"),
        ("a\nb\tc", r"a\nb\tc"),
        ("a\udcffb", r"a\udcffb"),
    ],
    ids=["plain", "escape sequence", "direction", "line end", "lone surrogate"],
)
def test_a_key_can_not_steer_a_terminal(text: str, shown: str) -> None:
    assert terminal.shown(text) == shown


@pytest.mark.parametrize(
    ("text", "shell", "powershell"),
    [
        ("march.csv", "march.csv", "march.csv"),
        ("a b's.csv", "'a b'\"'\"'s.csv'", "'a b''s.csv'"),
        ("@last", "@last", "'@last'"),
        ("tag=a,b;c$d", "'tag=a,b;c$d'", "'tag=a,b;c$d'"),
        (r"C:\jobs\m.csv", r"'C:\jobs\m.csv'", r"C:\jobs\m.csv"),
        ("", "''", "''"),
    ],
    ids=["plain", "space and quote", "at sign", "operators", "path of Windows", "empty"],
)
def test_a_word_of_a_command_can_be_pasted(text: str, shell: str, powershell: str) -> None:
    """The rules of PowerShell: about_Quoting_Rules, about_Splatting, about_Parsing."""
    assert terminal.word(text, "linux") == shell
    assert terminal.word(text, "win32") == powershell


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_a_file_can_not_show_is_escaped(encoding: str) -> None:
    code = (
        "from jobs import terminal\n"
        "with terminal.any_encoding(): terminal.out('東京 é'); terminal.say('東京')"
    )
    done = python(code, {"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0)
    told = done.stdout.decode(encoding)
    assert told.startswith("東京" if encoding == "utf-8" else "\\u6771\\u4eac")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
@pytest.mark.parametrize("text", ["東京", "é", "🪣", "\udcff"])
def test_json_is_json_in_every_encoding(encoding: str, text: str) -> None:
    code = (
        "from jobs import terminal\n"
        f"with terminal.any_encoding(): terminal.out(terminal.as_json({{'key': {text!a}}}))"
    )
    done = python(code, {"PYTHONIOENCODING": encoding})
    assert json.loads(done.stdout.decode(encoding)) == {"key": text}


def test_rows_stand_below_one_another_without_spaces_at_their_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    told = terminal.table([("a", "12"), ("日本", "3")], ("name", "count"), right="1")
    assert told.splitlines() == ["name  count", "a        12", "日本      3"]
    assert terminal.table([]) == ""


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 20, "0 %"),
        (3, 10_000_000, "0.00003 %"),
        (37, 1_188_802, "0.0031 %"),
        (1, 269, "0.37 %"),
        (2, 3, "67 %"),
        (9_999, 10_000, "99 %"),
        (20, 20, "100 %"),
        (100_002, 100_000, "100 %"),
    ],
)
def test_a_share_has_two_digits_and_is_100_only_where_it_is_all(
    part: int, whole: int, words: str
) -> None:
    assert terminal.share(part, whole) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.6, "1 min"),
        (1184, "19 min 44 s"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, words: str) -> None:
    assert terminal.duration(seconds) == words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "is_taken"), [("rename\n", True), ("y\n", False), ("", False)])
def test_only_the_word_itself_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, typed: str, is_taken: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", Terminal())
    if is_taken:
        terminal.confirm("Type rename:", "rename", is_given=False, refusal="no")
        return
    with pytest.raises(Refused, match="The answer was not 'rename': nothing was done"):
        terminal.confirm("Type rename:", "rename", is_given=False, refusal="no")


def test_nobody_is_asked_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("rename\n"))
    with pytest.raises(Refused, match="add --yes"):
        terminal.confirm("?", "rename", is_given=False, refusal="add --yes.")
    terminal.confirm("?", "rename", is_given=True, refusal="add --yes.")


@pytest.mark.parametrize(
    ("name", "pasted"),
    [("m.csv", "m.csv"), ("it's a b.csv", """'it'"'"'s a b.csv'"""), ("-x.csv", "./-x.csv")],
)
def test_a_name_is_pasted_as_one_word_and_never_as_an_option(name: str, pasted: str) -> None:
    assert terminal.pasted(name) == pasted


def test_a_closed_pipe_ends_quietly_with_141() -> None:
    code = (
        "import sys, click\n"
        "from jobs import __main__ as main, terminal\n"
        "main.VERBS = {'many': 'many'}\n"
        "many = type(sys)('many')\n"
        "many.__spec__ = object()\n"
        "@click.command('many')\n"
        "def command():\n"
        "    for n in range(100000): terminal.out(str(n))\n"
        "many.command = command\n"
        "sys.modules['many'] = many\n"
        "main.cli(['many'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=TEMPLATE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline() == b"0\n"
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (141, b"")


def test_what_a_closed_stdout_cannot_take_goes_to_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with terminal.any_encoding():
        terminal.out("Job 7c1fa2 is created.")
    assert capsys.readouterr().err == "Job 7c1fa2 is created.\n"
