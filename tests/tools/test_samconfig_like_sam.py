"""The tools read parameter values as sam's own code does, or refuse them; they never differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samcli.cli.types import CfnParameterOverridesType

from jobs.errors import Refused
from jobs.project import samconfig

if TYPE_CHECKING:
    from pathlib import Path

PIECES = st.sampled_from([*"ABab1 =,\\\"'/:.-", "A=", "B=", '="', '" ', "='", "' ", "\\'", '\\"'])
TEXTS = st.lists(PIECES, max_size=12).map("".join)
VALUES = st.text("ab ,=/:.-'_", max_size=6)
SENSIBLE = st.builds('{}="{}"'.format, st.sampled_from(["A", "B", "C9"]), VALUES)
OVERRIDES = st.one_of(
    TEXTS,
    st.lists(st.one_of(SENSIBLE, TEXTS), max_size=3),
    st.lists(SENSIBLE, min_size=1, max_size=3).map(" ".join),
    st.dictionaries(st.sampled_from(["A", "B"]), st.one_of(TEXTS, st.integers(), st.booleans())),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project") / "samconfig.toml"


def toml(value: object) -> str:
    """Return a value in TOML, which differs from JSON in tables alone."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {toml(each)}" for name, each in value.items()) + "}"
    return json.dumps(value)


@settings(max_examples=500, deadline=None)
@given(overrides=OVERRIDES)
def test_what_is_read_is_what_sam_reads(path: Path, overrides: object) -> None:
    path.write_text(f"[default.deploy.parameters]\nparameter_overrides = {toml(overrides)}\n")
    try:
        ours = samconfig.parameters(path)
    except Refused:
        return
    assert ours == CfnParameterOverridesType().convert(overrides, None, None)


@given(values=st.dictionaries(st.sampled_from(["A", "B", "C9"]), VALUES, min_size=1))
def test_a_value_in_double_quotes_is_never_refused(path: Path, values: dict[str, str]) -> None:
    entries = [f'{name}="{value}"' for name, value in values.items()]
    path.write_text(f"[default.deploy.parameters]\nparameter_overrides = {toml(entries)}\n")
    assert samconfig.parameters(path) == values
