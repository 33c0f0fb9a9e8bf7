"""`.ci/run` fails when anything fails, and runs the rest all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Stands in for make: writes down what it was asked for and fails where it is told to.
MAKE = """#!/bin/sh
echo "$1" >>made
[ "$1" != "$FAILING" ]
"""


@pytest.mark.parametrize(("failing", "code"), [("", 0), ("test", 1), ("slow", 1)])
def test_both_commands_run_and_either_can_fail(tmp_path: Path, failing: str, code: int) -> None:
    repository = tmp_path / "repository"  # nothing is beside it: no image is prepared
    (repository / ".ci").mkdir(parents=True)
    script = shutil.copy(ROOT / ".ci" / "run", repository / ".ci" / "run")
    make = tmp_path / "make"
    make.write_text(MAKE)
    make.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run(
        [script], env=os.environ | {"PATH": path, "FAILING": failing}, check=False
    )
    assert done.returncode == code
    assert (repository / "made").read_text().split() == ["test", "slow"]
