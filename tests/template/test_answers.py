"""The questions: bad answers are refused, odd ones arrive as they are."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cookiecutter.environment import StrictEnvironment
from cookiecutter.exceptions import FailedHookException
from samcli.yamlhelper import yaml_parse as load_yaml

from conftest import QUESTIONS, ROOT, TEMPLATE, bake_into

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Bake

HOOK = ROOT / "hooks" / "pre_gen_project.py"

GOOD_BUCKETS = [
    "abc",
    "a" * 63,
    "0-1",
    "my.example.bucket",
    "my-bucket-123456789012-us-east-1-an",
    "1.2.3",
    "1.2.3.4.5",
    "xn-bucket",
    "s3alias",
    "logs--use1-az4--x-s3",
    "logs--usw2-lax1-az1--x-s3",
]
BAD_BUCKETS = {
    "": "3 to 63",
    "ab": "3 to 63",
    "a" * 64: "3 to 63",
    "My-bucket": "lower-case",
    "my_bucket": "lower-case",
    "bücket": "lower-case",
    "bucket\n": "lower-case",
    "-bucket": "begin with",
    ".bucket": "begin with",
    "bucket-": "end with",
    "bucket.": "end with",
    "my..bucket": "two dots",
    "192.168.5.4": "IP address",
    "xn--bucket": "reserved",
    "sthree-bucket": "reserved",
    "bucket-s3alias": "access point",
    "bucket--ol-s3": "Object Lambda",
    "bucket.mrap": "Multi-Region",
    "bucket--table-s3": "table buckets",
    "bucket--x-s3": "directory bucket",
    "my.logs--use1-az4--x-s3": "directory bucket",
    "--use1-az4--x-s3": "directory bucket",
    "s3://bucket": "lower-case",
    "arn:aws:s3:::bucket": "lower-case",
}
GOOD_SLUGS = ["abc", "s3-batch-copy", "a" * 40, "x--2"]
BAD_SLUGS = ["", "ab", "a" * 41, "1abc", "-abc", "abc-", "a_b", "Abc", "a.b", "a b", "abc\n", "ábc"]
GOOD_NAMES = ["S3 Batch Copy", "Zoë's “archive” 📦", '"; drop {% raw %} {{ x }} \\', "<b>&amp;</b>"]
BAD_NAMES = {
    "": "give a name",
    " ": "give a name",
    " x": "white space",
    "a\nb": "one line",
    "\x1b[2J": "one line",
}
GOOD = {
    "project_name": "Name",
    "project_slug": "a-slug",
    "source_bucket": "a-source",
    "destination_bucket": "a-destination",
    "operation": "copy",
    "python_runtime": "python3.13",
    "architecture": "x86_64",
}
# The question, the parameter of the stack with the same choices.
CHOICES = {"operation": "Operation", "python_runtime": "Runtime", "architecture": "Architecture"}
BAD_CHOICES = {
    "operation": ["", "move", "Copy", "copy ", "1", "delete"],
    "python_runtime": ["", "python3.11", "python3.15", "3.13", "nodejs22.x"],
    "architecture": ["", "arm", "aarch64", "X86_64"],
}


STRANGE_ANSWERS = [
    '"',
    "'",
    '"""',
    "'''",
    "\\",
    '\\"',
    '""" + __import__("pathlib").Path("owned").touch() + """',
    '"), __import__("pathlib").Path("owned").touch(), ("',
    "\n__import__('pathlib').Path('owned').touch()\n",
    "$(touch owned)",
    "`touch owned`",
    "%s %(x)s {0}",
    "\r\n\t\x00\x1b",
    "日本語 📦 \u202e",
    "</script>",
]


@pytest.fixture
def problems_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Render the hook as cookiecutter does and run its check in an empty folder."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)

    def run(**answers: str) -> str:
        context = {"cookiecutter": {**GOOD, **answers}}
        hook = StrictEnvironment(context=context).from_string(HOOK.read_text()).render(context)
        names: dict[str, Any] = {"__name__": "hook"}
        exec(compile(hook, "hook", "exec"), names)  # noqa: S102 - the hook is what is tested
        assert list(empty.iterdir()) == [], "the hook wrote something"
        return str(names["main"]() or "")

    return run


@pytest.mark.parametrize("bucket", GOOD_BUCKETS)
def test_a_bucket_name_within_the_rules_passes(
    problems_of: Callable[..., str], bucket: str
) -> None:
    assert problems_of(source_bucket=bucket, destination_bucket=bucket) == ""


@pytest.mark.parametrize(("bucket", "advice"), BAD_BUCKETS.items())
@pytest.mark.parametrize("question", ["source_bucket", "destination_bucket"])
def test_a_bucket_name_against_the_rules_is_refused(
    problems_of: Callable[..., str], question: str, bucket: str, advice: str
) -> None:
    (line,) = problems_of(**{question: bucket}).splitlines()[1:]
    assert line.startswith(f"  {question} {bucket!r}: ")
    assert advice in line


@pytest.mark.parametrize("bucket", [*GOOD_BUCKETS, *BAD_BUCKETS])
@pytest.mark.parametrize("parameter", ["SourceBucket", "DestinationBucket"])
def test_the_stack_holds_to_the_same_rules_without_the_hook(parameter: str, bucket: str) -> None:
    passes = re.fullmatch(parameters()[parameter]["AllowedPattern"], bucket)
    assert bool(passes) == (bucket in GOOD_BUCKETS)


@pytest.mark.parametrize("slug", GOOD_SLUGS)
def test_a_slug_within_the_rule_passes(problems_of: Callable[..., str], slug: str) -> None:
    assert problems_of(project_slug=slug) == ""


@pytest.mark.parametrize("slug", BAD_SLUGS)
def test_a_slug_against_the_rule_is_refused(problems_of: Callable[..., str], slug: str) -> None:
    assert f"project_slug {slug!r}: use 3 to 40" in problems_of(project_slug=slug)


@cache
def parameters() -> dict[str, Any]:
    text = (TEMPLATE / "template.yaml").read_text(encoding="utf-8")
    return dict(load_yaml(text)["Parameters"])


@pytest.mark.parametrize(("question", "parameter"), CHOICES.items())
def test_every_choice_of_the_stack_passes_and_is_named_by_the_prompt(
    problems_of: Callable[..., str], question: str, parameter: str
) -> None:
    prompt = json.loads((ROOT / "cookiecutter.json").read_text("utf-8"))["__prompts__"][question]
    for choice in parameters()[parameter]["AllowedValues"]:
        assert problems_of(**{question: choice}) == ""
        assert choice in prompt


@pytest.mark.parametrize(
    ("question", "answer"), [(each, bad) for each, words in BAD_CHOICES.items() for bad in words]
)
def test_another_choice_is_refused_with_those_there_are(
    problems_of: Callable[..., str], question: str, answer: str
) -> None:
    message = problems_of(**{question: answer})
    assert f"  {question} {answer!r}: use " in message
    assert all(word in message for word in parameters()[CHOICES[question]]["AllowedValues"])


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_project_name_may_be_any_line_of_text(problems_of: Callable[..., str], name: str) -> None:
    assert problems_of(project_name=name) == ""


@pytest.mark.parametrize(("name", "advice"), BAD_NAMES.items())
def test_a_project_name_that_is_no_line_of_text_is_refused(
    problems_of: Callable[..., str], name: str, advice: str
) -> None:
    assert advice in problems_of(project_name=name)


def test_the_default_answers_pass(problems_of: Callable[..., str]) -> None:
    assert problems_of(source_bucket="amzn-s3-demo-source-bucket") == ""


def test_every_problem_is_in_the_one_message(problems_of: Callable[..., str]) -> None:
    bad = {
        "project_name": "",
        "project_slug": "X",
        "source_bucket": "A..",
        "destination_bucket": "b",
        "operation": "move",
        "python_runtime": "python3.9",
        "architecture": "arm",
    }
    message = problems_of(**bad)
    assert [line.split()[0] for line in message.splitlines()[1:]] == list(bad)
    assert all(word in message for word in ("lower-case", "two dots", "end with", "3 to 63"))


@pytest.mark.parametrize("answer", STRANGE_ANSWERS)
@pytest.mark.parametrize("question", list(GOOD))
def test_an_answer_is_data_to_the_hook(
    problems_of: Callable[..., str], question: str, answer: str
) -> None:
    message = problems_of(**{question: answer})
    assert message == "" or repr(answer) in message


def test_a_refusal_is_one_message_and_leaves_no_project(tmp_path: Path) -> None:
    answers = ["project_slug=Bad_Slug", "source_bucket=192.168.5.4", "operation=move"]
    program = Path(sys.executable).with_name("cookiecutter")
    done = subprocess.run(
        [program, "--no-input", "--default-config", "--output-dir", tmp_path, ROOT, *answers],
        env={**os.environ, "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.count("Nothing was generated") == 1
    assert all(answer.partition("=")[2] in done.stderr for answer in answers)
    assert (
        "Traceback" not in done.stderr
    )  # cookiecutter logs one on stdout for any hook that refuses
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


@pytest.mark.parametrize("slug", ["", ".", "..", "a/b", "../b", "a\\b", "a:b", "b" * 300, "-"])
def test_a_slug_that_names_no_folder_is_refused_as_it_was_answered_and_makes_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], slug: str
) -> None:
    out = tmp_path / "out"
    with pytest.raises(FailedHookException):
        bake_into(out, {"project_slug": slug, "operation": "move"})
    said = capfd.readouterr().err
    assert f"  project_slug {slug!r}: " in said
    assert "  operation 'move': " in said
    assert list(tmp_path.rglob("*")) == [out]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_strange_project_name_reaches_the_readme_unchanged(bake: Bake, name: str) -> None:
    # An answer given on the command line is itself a template to cookiecutter: spell it as text.
    spelt = "{{ " + json.dumps(name, ensure_ascii=False) + " }}"
    project = bake(project_name=spelt, project_slug="strange")
    assert (project / "README.md").read_text(encoding="utf-8").splitlines()[0] == f"# {name}"
    for toml in ("pyproject.toml", "samconfig.toml"):
        tomllib.loads((project / toml).read_text(encoding="utf-8"))


def test_the_default_slug_of_a_common_name_passes(bake: Bake) -> None:
    assert (
        bake(project_name="Rename *every* Object, 2nd try!").name == "rename-every-object-2nd-try"
    )


@pytest.mark.parametrize("name", ["!!!", "📦", "“”"])
def test_a_name_without_a_letter_gets_a_slug_of_our_own(bake: Bake, name: str) -> None:
    assert bake(project_name=name).name == "s3-batch-copy"


def test_the_slug_of_a_long_name_is_short_enough(bake: Bake) -> None:
    assert len(bake(project_name="Says very much" * 9).name) == 40


def test_a_name_that_gives_no_slug_is_refused_with_the_rule(bake: Bake) -> None:
    with pytest.raises(FailedHookException):
        bake(project_name="2026 archive")


def test_the_questions_are_at_most_seven_with_a_prompt_each() -> None:
    prompts = json.loads((ROOT / "cookiecutter.json").read_text())["__prompts__"]
    assert prompts.keys() == QUESTIONS
    assert len(QUESTIONS) <= 7
