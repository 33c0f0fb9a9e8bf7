"""Which part may import which: the layers of the generated project, and no import back up.

A layer may import itself, the standard library and what is listed for it.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import ROOT, TEMPLATE, run_in

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMINAL = {"click", "rich"}
AWS = {"boto3", "botocore"}
# What every verb stands on.
GROUND = {
    "jobs.bars",
    "jobs.new_file",
    "jobs.where",
    "jobs.which_job",
    "jobs.terminal",
    "jobs.aws",
    "jobs.project",
    "jobs.formats",
    "jobs.errors",
}
VERB = GROUND | TERMINAL | AWS

# The first line whose folder or file holds a module is its layer.
LAYERS = {
    "src/app.py": {"task", "s3batch", "retryable", "settings"},
    "src/task.py": {"s3batch", "s3copy", "settings"},
    "src/settings.py": set[str](),
    "src/s3batch": set[str](),
    "src/retryable.py": AWS,
    # Our choice: one table of what may pass by itself, for s3copy's own sentences as well.
    "src/s3copy": {"retryable", *AWS},
    # The commands of the optional part are joined in the one place that may go without it.
    "jobs/__main__.py": {"jobs", *TERMINAL, *AWS},
    "jobs/__init__.py": set[str](),
    "jobs/errors.py": {"botocore", "click"},
    "jobs/terminal.py": {"jobs.errors", *TERMINAL},
    "jobs/bars.py": {"jobs.terminal", "rich"},
    "jobs/new_file.py": {"jobs.errors"},
    "jobs/where.py": {"jobs.terminal", "jobs.aws", "jobs.project", "jobs.errors", "click"},
    "jobs/which_job.py": {"jobs.aws", "jobs.errors"},
    "jobs/formats": {"jobs.errors", "botocore", "duckdb"},
    "jobs/project": {"jobs.errors", "click", "yaml"},
    "jobs/aws": {"jobs.project", "jobs.errors", *AWS},
    "jobs/local/functions": {
        "jobs.errors",
        "jobs.project.PROJECT",
        "jobs.project.own_modules",
        *AWS,
    },
    "jobs/local/engine": {
        "jobs.local.functions",
        "jobs.formats",
        "jobs.errors",
        "jobs.aws.request_limits",
        "jobs.aws.uploads",
        *AWS,
    },
    "jobs/local/api": {
        "jobs.local.engine",
        "jobs.local.functions.runtime",
        "jobs.errors",
        "jobs.aws.request_limits",
        "botocore",
    },
    "jobs/local/s3": {"jobs.errors", "jobs.terminal", "moto", "werkzeug", *AWS},
    "jobs/local": {
        "jobs.aws.partitions",
        "jobs.aws.request_limits",
        "jobs.errors",
        "jobs.formats",
        "jobs.project",
        "jobs.terminal",
        *TERMINAL,
        *AWS,
    },
    "jobs/policies": VERB,
    "jobs/check": VERB,
    "jobs/estimate": {*VERB, "jobs.check"},
    "jobs/manifest": {*VERB, "jobs.check"},
    "jobs/report": {*VERB, "jobs.estimate", "jinja2"},
    "jobs/watch": {*VERB, "jobs.report", "jobs.estimate"},
    "jobs/submit": {*VERB, "jobs.check", "jobs.estimate", "jobs.manifest.filters", "jobs.watch"},
    "jobs/again": {*VERB, "jobs.check", "jobs.report", "jobs.submit"},
}
MODULES = sorted(
    path.relative_to(TEMPLATE).as_posix()
    for folder in ("src", "jobs")
    for path in (TEMPLATE / folder).rglob("*.py")
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
    if name.partition(".")[0] in sys.stdlib_module_names:
        return True
    own = layer.removesuffix(".py").removeprefix("src/").replace("/", ".")
    if layer != "jobs/__main__.py" and "command" in name.split("."):
        return False  # a command joins its verb; nothing is built on it
    return any(is_within(name, package) for package in {own, *LAYERS[layer]})


# Never edited in a generated project, whose own pyproject.toml asks less: held to our rules here.
# (mypy checks them strictly, with the rest of this repository: pyproject.toml names them.)
OURS = [
    module
    for module in MODULES
    if module.startswith(("jobs/", "src/retryable.py", "src/s3batch/", "src/s3copy/"))
]


@pytest.mark.parametrize("check", [["check"], ["format", "--check"]], ids=" ".join)
def test_what_is_ours_passes_our_rules(check: list[str]) -> None:
    options = ["--config", str(ROOT / "pyproject.toml"), "--config", "src=['src', '.']"]
    # files, not folders: both pyproject.toml exclude these
    said = run_in(TEMPLATE, "ruff", *check, "--no-cache", "--verbose", *options, *OURS)
    assert f"ed {len(OURS)} files in" in said


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_layer_may(module: str) -> None:
    tree = ast.parse((TEMPLATE / module).read_text(encoding="utf-8"))
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
        ("src/app.py", "jobs.formats.manifest"),
        ("src/retryable.py", "s3copy"),
        ("jobs/formats", "jobs.aws.clients"),
        ("jobs/project", "jobs.aws.clients"),
        ("jobs/aws", "jobs.formats.manifest"),
        ("jobs/submit", "jobs.local.engine"),
        ("jobs/submit", "jobs.check.command"),
        ("jobs/submit", "s3batch"),
        ("jobs/local/functions", "jobs.local.engine.job"),
        ("jobs/local/engine", "jobs.local.api.server"),
        ("jobs/local/s3", "jobs.local.engine.job"),
        ("jobs/local", "app"),
        ("jobs/local", "jobs.submit"),
    ],
)
def test_a_crossing_of_layers_would_be_seen(layer: str, name: str) -> None:
    source = f"import {name}\nfrom {name} import thing\n"
    assert [is_allowed(found, layer) for found in imports(ast.parse(source))] == [False, False]
