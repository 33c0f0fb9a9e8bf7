"""src/ is all that runs on Lambda: it may import only what is there."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

from conftest import PROJECT

SRC = PROJECT / "src"
MODULES = sorted(SRC.rglob("*.py"))
# Lambda brings these; name them in src/requirements.txt for a version of your own.
RUNTIME = {"boto3", "botocore", "s3transfer", "urllib3", "dateutil", "jmespath"}


def imported(module):
    """Return the top-level names that a module imports, but for those of a type checker."""
    skipped = set()
    names = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {id(inner) for each in node.body for inner in ast.walk(each)}
        elif id(node) in skipped:
            continue
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:  # `from .` stays in its package
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


IMPORTED = {str(path): imported(path) for path in MODULES}
OTHER_FILE = re.compile(r"^ *(?:-r|--requirement)[ =]*(.+?) *(?: #.*)?$", re.MULTILINE)


def required(file=SRC / "requirements.txt"):
    """Return the distributions that src/requirements.txt names, spelt alike; `-r FILE` is read."""
    text = file.read_text("utf-8")
    lines = [line.strip() for line in text.splitlines()]
    others = OTHER_FILE.findall(text)
    names = {plain_name(line) for line in lines if line and not line.startswith(("#", "-"))}
    return names.union(*(required(file.parent / other) for other in others))


def plain_name(requirement):
    """Return the name alone: "Pillow[xmp]>=11 # thumbnails" to "pillow"."""
    name = requirement.partition("#")[0].strip()
    for end in "[<>=!~; @":
        name = name.partition(end)[0]
    return name.lower().replace("_", "-").replace(".", "-")


def distributions(name):
    """Return the packages of an index that bring this module, spelt alike."""
    installed = packages_distributions()
    return {plain_name(each) for each in installed.get(name, [name])}


def test_what_is_imported_is_there_on_lambda():
    own = {path.name.removesuffix(".py") for path in SRC.iterdir()}
    there = own | RUNTIME | set(sys.stdlib_module_names)
    others = set().union(*IMPORTED.values()) - there
    unknown = sorted(name for name in others if not distributions(name) & required())
    assert unknown == [], "name the packages of these in src/requirements.txt"


def test_nothing_of_jobs_is_imported_by_the_function():
    assert [path for path, names in IMPORTED.items() if "jobs" in names] == []
