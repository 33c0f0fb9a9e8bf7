"""The rename rule of this project: `new_key` of src/task.py, read and called in this one place.

A rule that only puts the prefix before the key is recognised by its source text, so that SQL can
apply it to millions of keys. Any other is imported and called, with the function's variables: also
one that task.py imports or assigns. A task that uses no name `new_key` has no rule.
"""

from __future__ import annotations

import ast
import hashlib
import symtable
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.project import PROJECT, own_modules, rule_variables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    NewKey = Callable[[str, str], object]

SOURCE = PROJECT / "src"
TASK = "task.py"
NAME = "new_key"
ADVICE: dict[type[Exception], str] = {
    ModuleNotFoundError: "install src/requirements.txt",
    KeyError: "set the variables that it reads and that template.yaml does not say",
}

_own_modules = set[str]()  # of src/, that `load` imported


@dataclass(frozen=True, slots=True)
class Rule:
    """How a row without a name of its own gets one.

    Attributes:
        is_prefix: it returns `prefix + key` and does nothing else.
        call: the function: key and prefix to the new key. It may raise what it likes.
    """

    is_prefix: bool
    call: NewKey


def load(source: Path = SOURCE) -> Rule | None:
    """Return the rule of the task in `source`; None: it has none.

    Raises:
        Refused: src/task.py cannot be read or imported.
    """
    try:
        text = (source / TASK).read_text("utf-8")
        tree, names = ast.parse(text, TASK), symtable.symtable(text, TASK, "exec").get_identifiers()
    except FileNotFoundError:
        return None
    except (SyntaxError, ValueError) as error:
        raise Refused(f"src/{TASK} cannot be read ({error}): mend it first.") from None
    # After `run` was rewritten, an old rule may be left that nobody uses. An imported one counts as
    # used: `run` may have been moved to another module, too.
    if NAME not in names or not _names_it(tree, ast.Load):
        return None
    if _is_prefix(tree):
        return Rule(is_prefix=True, call=lambda key, prefix: prefix + key)
    return Rule(is_prefix=False, call=_imported(source))


def forget() -> None:
    """Let the next `load` import the task anew: what it read while it was imported may differ."""
    for name in _own_modules:
        sys.modules.pop(name, None)
    _own_modules.clear()


def code(source: Path = SOURCE) -> str:
    """Return the SHA-256 of all files in src/: a plan keeps it to tell when the rule may differ."""
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(source).as_posix()
            digest.update(f"{name}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_prefix(tree: ast.Module) -> bool:
    """Tell whether the rule is one function, alone of its name, that only adds the prefix."""
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    found = [each for each in functions if each.name == NAME]
    if len(found) != 1 or found[0] not in tree.body or _names_it(tree, ast.Store):
        return False
    function = found[0]
    body = function.body[1:] if ast.get_docstring(function) else function.body
    names = [each.arg for each in function.args.args]
    if len(body) != 1 or len(names) != 2 or function.decorator_list:  # noqa: PLR2004 - key, prefix
        return False
    key, prefix = names
    return ast.unparse(body[0]) in {f"return {prefix} + {key}", f"return f'{{{prefix}}}{{{key}}}'"}


def _names_it(tree: ast.Module, context: type[ast.expr_context]) -> bool:
    """Tell whether the task imports the rule, or has its name in this context."""
    return any(
        (isinstance(each, ast.Name) and each.id == NAME and isinstance(each.ctx, context))
        or (isinstance(each, ast.alias) and NAME in {each.name, each.asname})
        for each in ast.walk(tree)
    )


def _imported(source: Path) -> NewKey:
    """Import the task as the function does: with src/ first on the path."""
    rule_variables.set_for_this_verb()
    before, aside = {*sys.modules}, own_modules.put_aside(source)
    sys.path.insert(0, str(source))
    try:
        found: NewKey = getattr(import_module("task"), NAME)
    except Exception as error:  # noqa: BLE001 - an author's module may raise anything
        raise Refused(
            f"src/{TASK} cannot be imported for its rule {NAME} ({type(error).__name__}: {error}): "
            f"{ADVICE.get(type(error), 'mend it first')}."
        ) from None
    finally:
        sys.path.remove(str(source))
        # no other survives a second import for sure
        new = {*sys.modules} - before
        _own_modules.update(name for name in new if own_modules.is_in(source, sys.modules[name]))
        sys.modules.update(aside)
    return found
