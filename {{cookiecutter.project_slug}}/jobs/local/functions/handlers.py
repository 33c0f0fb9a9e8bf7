"""Finds and imports a handler as Lambda's Python runtime does, and words what goes wrong.

Source: awslambdaric (`bootstrap.py`, AWS's own runtime client) for the errors.
"""

from __future__ import annotations

import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.local.functions.runtime import Handler


class HandlerError(Exception):
    """There is no such handler, or its import failed."""

    def __init__(self, kind: str, message: str, sentence: str, trace: list[str]) -> None:
        """Keep Lambda's error type and message, and the sentence for the author."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.sentence = sentence
        self.trace = trace


def find(dotted: str, source: Path) -> Handler:
    """Return the function that `module.function` names, importing the module.

    Raises HandlerError; its sentence names the line of `source` (the folder of the author's code)
    at which an import failed.
    """
    module, _, name = dotted.rpartition(".")
    if not module:
        why = f"The handler {dotted!r} names no module: write it as app.lambda_handler."
        raise HandlerError("Runtime.MalformedHandlerName", f"Bad handler {dotted!r}", why, [])
    try:
        handler: Handler | None = getattr(import_module(module), name, None)
    except (Exception, SystemExit) as error:  # the author's module may raise anything
        raise _import_failed(dotted, module, error, source) from error
    if callable(handler):
        return handler
    why = f"The module {module!r} has no function {name!r}: name the handler function."
    message = f"Handler '{name}' missing on module '{module}'"
    raise HandlerError("Runtime.HandlerNotFound", message, why, [])


def _import_failed(dotted: str, module: str, error: BaseException, source: Path) -> HandlerError:
    kind, message, trace = type(error).__name__, str(error), _author_s(error, source)
    if isinstance(error, SyntaxError):
        kind, trace = "Runtime.UserCodeSyntaxError", []
        message = f"Syntax error in module '{module}': {error}"
    elif isinstance(error, ImportError):
        kind, trace = "Runtime.ImportModuleError", []
        message = f"Unable to import module '{module}': {error}"
    sentence = (
        f"The handler {dotted!r} cannot be imported: {place(error, source)}"
        f"{type(error).__name__}: {error}.{_advice(error)}"
    )
    return HandlerError(kind, message, sentence, trace)


def _author_s(error: BaseException, source: Path) -> list[str]:
    """Return the traceback from the author's first line on."""
    frames = traceback.extract_tb(error.__traceback__)
    while frames and not Path(frames[0].filename).is_relative_to(source):
        del frames[0]
    return traceback.format_list(frames)


def place(error: BaseException, source: Path) -> str:
    """Return `src/task.py, line 3: `, the last line in `source` that ran; empty: none did."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((error.filename, error.lineno))
    for name, line in reversed(frames):
        if Path(name).is_relative_to(source):
            return f"{Path(name).relative_to(source.parent).as_posix()}, line {line}: "
    return ""


def _advice(error: BaseException) -> str:
    if not isinstance(error, ModuleNotFoundError):
        return ""
    return (
        " If that is a package, name it in src/requirements.txt and run"
        " `pip install -r src/requirements.txt`."
    )
