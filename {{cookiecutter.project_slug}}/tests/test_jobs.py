"""python -m jobs: every verb answers. Delete this file with jobs/."""

import pytest
from click.testing import CliRunner

from jobs.__main__ import cli, verbs


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_says_how_it_is_used(verb):
    result = CliRunner().invoke(cli, [verb, "--help"], prog_name="python -m jobs")

    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: python -m jobs {verb}")
