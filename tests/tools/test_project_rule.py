"""The rename rule of src/task.py, in whatever way the author gives it its name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
import pytest

from jobs.project import rule, rule_variables

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "def new_key(key, prefix):\n    return prefix + key\n"
RUN = "\n\ndef run(task):\n    return new_key(task.key, '')\n"
UPPER = "def upper(key, prefix):\n    return prefix + key.upper()\n\n\n"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("task", "own_names"):  # those of this test alone, and as it was afterwards
        monkeypatch.setitem(sys.modules, name, sys)
        del sys.modules[name]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


def test_a_rule_of_a_prefix_is_known_by_its_text(source: Path) -> None:
    (source / "task.py").write_text(PREFIX + RUN)
    found = rule.load(source)
    assert found is not None
    assert found.is_prefix


@pytest.mark.parametrize(
    "text",
    [
        UPPER.replace("def upper", "def new_key"),
        f"{UPPER}new_key = upper\n",
        "new_key = lambda key, prefix: prefix + key.upper()\n",
        "from own_names import upper as new_key\n",
        f"{UPPER}if True:\n    new_key = upper\n",
        f"{PREFIX}\n\n{UPPER}new_key = upper\n",
        f"{PREFIX}\n\n{UPPER.replace('def upper', 'def new_key')}",
        (
            f"{PREFIX}\n\nif True:\n    def new_key(key, prefix):\n"
            "        return prefix + key.upper()\n"
        ),
    ],
    ids=["def", "name", "lambda", "import", "if", "named anew", "defined anew", "defined in an if"],
)
def test_any_other_rule_is_called(source: Path, text: str) -> None:
    (source / "own_names.py").write_text(UPPER)
    (source / "task.py").write_text(text + RUN)
    found = rule.load(source)
    assert found is not None
    assert not found.is_prefix
    assert found.call("a", "x/") == "x/A"


def test_a_rule_has_its_own_module_though_the_tools_use_one_of_that_name(source: Path) -> None:
    (source / "click.py").write_text(UPPER)
    (source / "jobs.py").write_text("END = '!'\n")
    (source / "task.py").write_text(
        "import click\nimport jobs\n\n"
        "def new_key(key, prefix):\n    return click.upper(key, prefix) + jobs.END\n" + RUN
    )
    found = rule.load(source)
    assert found is not None
    assert found.call("a", "x/") == "x/A!"
    assert (sys.modules["click"], sys.modules["jobs.project.rule"]) == (click, rule)


@pytest.mark.parametrize(
    "text",
    [
        "def run(task):\n    return task.key\n",
        PREFIX + "\n\ndef run(task):\n    return 'done'\n",  # as after the README's first edit
    ],
)
def test_a_task_that_uses_no_such_name_has_no_rule(source: Path, text: str) -> None:
    (source / "task.py").write_text(text)
    assert rule.load(source) is None


RULE = "import os\n\n\ndef new_key(key, prefix):\n    return os.environ['{}'] + key\n"


def test_a_rule_reads_the_variables_of_template_yaml(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OVERWRITE", raising=False)
    (source / "task.py").write_text(RULE.format("OVERWRITE") + RUN)
    with click.Context(click.Command("check")):
        found = rule.load(source)
        assert found is not None
        assert found.call("a", "") == "nevera"
    assert "OVERWRITE" not in os.environ


def test_the_shell_counts_more_than_the_files_and_the_deployed_function_more_than_the_shell(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YEAR", "2026")
    monkeypatch.setenv("OVERWRITE", "shell")
    monkeypatch.delenv("MISSING", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    (source / "task.py").write_text(RULE.format("YEAR") + RUN)
    with click.Context(click.Command("submit")):
        told = {"YEAR": "2031", "AWS_ENDPOINT_URL_S3": "http://there", "https_proxy": "http://p"}
        told["HOME"] = "/function"
        rule_variables.remember(told)
        found = rule.load(source)
        assert found is not None
        assert found.call("a", "") == "2031a"
        assert os.environ["OVERWRITE"] == "shell"
        assert "MISSING" not in os.environ  # template.yaml has it, what is deployed does not
        assert "AWS_ENDPOINT_URL_S3" not in os.environ
        assert os.environ.get("https_proxy") != "http://p"
        assert os.environ.get("HOME") != "/function"
    assert os.environ["YEAR"] == "2026"


def test_a_rule_that_was_loaded_before_reads_the_variables_of_the_deployed_function(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YEAR", "2026")
    (source / "own_names.py").write_text("import os\n\nYEAR = os.environ['YEAR']\n")
    text = "import own_names\n\n\ndef new_key(key, prefix):\n    return own_names.YEAR + key\n"
    (source / "task.py").write_text(text + RUN)
    assert called(source) == "2026a"
    with click.Context(click.Command("submit")):
        rule_variables.remember({"YEAR": "2031"})
        rule.forget()
        assert called(source) == "2031a"


def called(source: Path) -> object:
    found = rule.load(source)
    assert found is not None
    return found.call("a", "")


def test_the_files_of_the_project_are_read_once_for_a_verb(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = list[str]()

    def variables() -> dict[str, str]:
        read.append("template.yaml")
        return {}

    monkeypatch.setattr(rule_variables, "of_this_project", variables)
    (source / "task.py").write_text(UPPER.replace("def upper", "def new_key") + RUN)
    for _ in range(2):
        with click.Context(click.Command("demo")):
            assert called(source) == called(source) == "A"
    assert len(read) == 2, "each verb reads them anew"
