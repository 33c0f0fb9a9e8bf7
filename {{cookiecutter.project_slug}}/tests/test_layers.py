"""Which part may import which. A layer may import itself, the standard library and what is listed.

Parts that were deleted (jobs/, or jobs/local/ alone) have no files, so nothing is asked of them.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[1]

# The first line whose folder or file holds a module is its layer.
LAYERS = {
    "src/app.py": {"task", "s3batch", "s3copy", "settings"},
    "src/task.py": {"s3batch", "s3copy", "settings"},  # and the libraries that your task needs
    "src/settings.py": set[str](),
    "src/s3batch": set[str](),
    "src/s3copy": {"boto3", "botocore"},
    "src": None,  # the author's own modules
    # The commands of the optional part are joined in the one place that may go without it.
    "jobs/__main__.py": {"jobs", "boto3", "botocore", "click", "rich"},
    "jobs/local": {
        "jobs.errors",
        "jobs.inventory",
        "jobs.limits",
        "jobs.manifest",
        "jobs.report",
        "boto3",
        "botocore",
        "click",
        "moto",
        "rich",
        "werkzeug",
    },
    "jobs": {"boto3", "botocore", "click", "rich", "yaml"},
}
MODULES = sorted(
    str(path.relative_to(PROJECT))
    for folder in ("src", "jobs")
    for path in (PROJECT / folder).rglob("*.py")
)


def layer_of(module: str) -> str:
    return next(layer for layer in LAYERS if module == layer or module.startswith(f"{layer}/"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that run at run time: what only a type checker reads is left out."""
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a name comes from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def is_allowed(name: str, layer: str) -> bool:
    allowed = LAYERS[layer]
    own = Path(layer).stem if layer.startswith("src") else layer.replace("/", ".")
    if allowed is None or name.partition(".")[0] in sys.stdlib_module_names:
        return True
    if layer == "jobs" and is_within(name, "jobs.local"):
        return False
    return any(is_within(name, package) for package in {own, *allowed})


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    tree = ast.parse((PROJECT / module).read_text(encoding="utf-8"))
    layer = layer_of(module)
    assert [name for name in imports(tree) if not is_allowed(name, layer)] == []


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        ("src/s3batch", "boto3"),
        ("src/s3batch", "s3copy"),
        ("src/s3copy", "s3batch.failures"),
        ("src/s3copy", "settings"),
        ("src/settings.py", "boto3"),
        ("src/task.py", "botocore.exceptions"),
        ("src/app.py", "jobs.manifest"),
        ("jobs", "jobs.local.engine"),
        ("jobs", "s3batch"),
        ("jobs/local", "app"),
        ("jobs/local", "jobs.submit"),
    ],
)
def test_a_crossing_of_layers_would_be_seen(layer: str, name: str) -> None:
    source = f"import {name}\nfrom {name} import thing\n"
    assert [is_allowed(found, layer) for found in imports(ast.parse(source))] == [False, False]
