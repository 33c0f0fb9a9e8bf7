"""Modules of src/ that have the name of one which these tools use, such as click.py or jobs.py.

On Lambda src/ comes first. Here the tools' module is loaded already, and would be given to the
author's code in silence.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType


def put_aside(source: Path) -> dict[str, ModuleType]:
    """Forget the loaded modules for which `source` has its own, and return them by their names.

    Not those of the standard library: Lambda's runtime, too, has loaded them before the function.
    """
    own = {path.stem for path in source.glob("*.py")}
    own |= {path.parent.name for path in source.glob("*/__init__.py")}
    own -= {*sys.stdlib_module_names, "__main__"}
    found = {
        name: module
        for name, module in list(sys.modules.items())  # other threads may import meanwhile
        if name.partition(".")[0] in own and not is_in(source, module)
    }
    for name in found:
        del sys.modules[name]
    return found


def is_in(source: Path, module: ModuleType) -> bool:
    """Say whether a module is a file of `source`."""
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(source)
