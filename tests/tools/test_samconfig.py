from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import Refused
from jobs.project import samconfig

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[default.global.parameters]\nstack_name = "a"\n', "a"),
        ('[default.deploy.parameters]\nstack_name = "b"\n', "b"),
        (
            '[default]\nglobal.parameters.stack_name = "a"\ndeploy.parameters.stack_name = "b"\n',
            "b",
        ),
        ('[default.global.parameters]\nstack_name = "{{ not generated }}"\n', None),
        ('[prod.global.parameters]\nstack_name = "a"\n', None),
        ("version = 0.1\n", None),
        ("", None),
    ],
    ids=["global", "deploy", "both", "unrendered", "another environment", "no name", "empty"],
)
def test_the_name_is_found_where_sam_finds_it(tmp_path: Path, text: str, name: str | None) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(text)
    assert samconfig.setting(path, "stack_name") == name


@pytest.mark.parametrize("value", ["5", "0", "false", "[]"])
def test_a_setting_that_is_no_text_is_refused_and_never_taken_for_none(
    tmp_path: Path, value: str
) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(f"[default.deploy.parameters]\nstack_name = {value}\n")
    with pytest.raises(Refused, match=r"samconfig.toml' stack_name is .*: write a text, in quotes"):
        samconfig.setting(path, "stack_name")


def test_no_samconfig_sets_nothing(tmp_path: Path) -> None:
    assert samconfig.setting(tmp_path / "samconfig.toml", "stack_name") is None


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_settings_that_sam_alone_would_read_are_refused(tmp_path: Path, suffix: str) -> None:
    toml = tmp_path / "samconfig.toml"
    toml.with_suffix(suffix).write_text("default: {}")
    with pytest.raises(Refused, match=rf"samconfig{suffix}' is read by sam alone"):
        samconfig.setting(toml, "stack_name")
    toml.write_text("")  # where there are both, sam reads this one
    assert samconfig.setting(toml, "stack_name") is None


def test_a_samconfig_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text("stack_name =")
    with pytest.raises(Refused, match=r"samconfig.toml' is not valid TOML"):
        samconfig.setting(path, "stack_name")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('A="b c"', ("A", "b c")),
        ('A=""', ("A", "")),
        ("A='b c'", ("A", "b c")),
        ("A=", ("A", "")),
        ("A=b", ("A", "b")),
        ("A=b=c", ("A", "b=c")),
    ],
)
def test_an_override_is_a_name_and_a_value(entry: str, expected: tuple[str, str]) -> None:
    assert samconfig.override(entry) == expected


def test_an_override_without_a_value_is_refused() -> None:
    with pytest.raises(Refused, match="'Name' has no value: write Name=value"):
        samconfig.override("Name")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[default.deploy.parameters]\nconfirm_changeset = true",
        """[default.global.parameters]\nparameter_overrides = ['A="b c"', 'D=""']""",
        """[default.deploy.parameters]\nparameter_overrides = 'A="b c" D=""'""",
        # What was saved by `sam deploy --guided` is what sam deploys with.
        """[default.global.parameters]\nparameter_overrides = ['A="old"']
[default.deploy.parameters]\nparameter_overrides = "A=\\"b c\\" D=\\"\\""
""",
    ],
    ids=["empty", "without", "a list", "one text", "guided"],
)
def test_the_values_are_those_that_sam_deploy_takes(text: str, tmp_path: Path) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_text(text)

    expected = {"A": "b c", "D": ""} if "overrides" in text else {}
    assert samconfig.parameters(path) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ("\"A='b c' D='it\\\\'s'\"", {"A": "b c", "D": "it's"}),
        ("'A=b D=e'", {"A": "b", "D": "e"}),
        ("['A=it D=e', 'F=g']", {"A": "it", "D": "e", "F": "g"}),
        ("""['A=it\\ is', 'D="say \\"x\\""']""", {"A": "it is", "D": 'say "x"'}),
        ('{A = "b c", D = "", F = 3}', {"A": "b c", "D": "", "F": "3"}),
    ],
    ids=["single quotes", "bare", "several in one", "escaped", "a table"],
)
def test_each_way_to_write_the_values_is_read_as_sam_reads_it(
    overrides: str, expected: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "samconfig.toml"
    if overrides.startswith("["):
        overrides = overrides.replace("\\\\", "\\")
    path.write_text(f"[default.deploy.parameters]\nparameter_overrides = {overrides}\n")
    assert samconfig.parameters(path) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"default = 3", "'default' is 3: make it a table"),
        (b"[default]\ndeploy = []", r"'deploy' is \[\]: make it a table"),
        (b'[default.deploy]\nparameters = "A=b"', "'parameters' is 'A=b': make it a table"),
        (b"[default.deploy.parameters]\nx = '\xe4'", "is not UTF-8: save it as that"),
        (b"[default.deploy.parameters]\nparameter_overrides = [1]", "parameter 1 of samconfig"),
        (b"[default.deploy.parameters]\nparameter_overrides = 0", "parameter 0 of samconfig"),
        (b"[default.deploy.parameters]\nparameter_overrides = {A = []}", r"'A' is \[\]: give it"),
        (
            b"[default.deploy.parameters]\nparameter_overrides = ['A=\"b']",
            "parameter 'A=\"b' of samconfig.toml is not understood",
        ),
        (
            b"[default.deploy.parameters]\nparameter_overrides = 'A=b D'",
            "parameter 'D' of samconfig.toml is not understood",
        ),
        (
            b"[default.deploy.parameters]\nparameter_overrides = 'ParameterKey=A,ParameterValue=b'",
            "'ParameterKey=A,ParameterValue=b': write each parameter as Name=\"value\"",
        ),
        (
            b"[default.deploy.parameters]\nparameter_overrides = 'file://more.yaml'",
            "'file://more.yaml' of samconfig.toml is not understood",
        ),
    ],
    ids=[
        "a number for all",
        "a list for a table",
        "a text for a table",
        "not UTF-8",
        "a number",
        "no overrides",
        "a list of values",
        "an open quote",
        "no value",
        "the long form",
        "another file",
    ],
)
def test_what_sam_would_trip_over_or_leave_out_is_refused_in_one_sentence(
    text: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "samconfig.toml"
    path.write_bytes(text)
    with pytest.raises(Refused, match=sentence):
        samconfig.parameters(path)
