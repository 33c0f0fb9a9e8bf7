"""The exceptions of each package stand as a tree in one docstring: all of them, and no other."""

from __future__ import annotations

import ast
import re

import pytest

from conftest import TEMPLATE

# The file that holds the tree, and the folder that it is of.
TREES = {
    "jobs/errors.py": "jobs",
    "jobs/local/__init__.py": "jobs/local",
    "src/s3batch/failures.py": "src/s3batch",
    "src/s3copy/values.py": "src/s3copy",
}
RAISED = ("Error", "Exception", "Failure", "Refused")


def exceptions(folder: str) -> set[str]:
    found = set()
    for path in (TEMPLATE / folder).rglob("*.py"):
        inside = path.relative_to(TEMPLATE / folder)
        if folder == "jobs" and inside.parts[0] == "local":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and any(
                ast.unparse(base).endswith(RAISED) for base in node.bases
            ):
                found.add(node.name)
    return found


@pytest.mark.parametrize(("file", "folder"), TREES.items())
def test_the_tree_names_every_exception_of_its_package(file: str, folder: str) -> None:
    said = ast.get_docstring(ast.parse((TEMPLATE / file).read_text("utf-8"))) or ""
    lines = re.findall(r"[├└]── (?:\w+\.)*(\w+)", said)
    named = {name for name in lines if name not in ("ClickException", "ValueError", "moto")}
    assert named == exceptions(folder)
