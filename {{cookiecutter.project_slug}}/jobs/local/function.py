"""Starts the project's function: in environments of its own, or in this process."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs import terminal
from jobs.errors import Refused
from jobs.local import function_log
from jobs.local.functions import environment, handlers, in_process, runtime_log
from jobs.local.functions.environments import Environments
from jobs.local.functions.processes import InitError
from jobs.local.functions.spawning import Spawner
from jobs.project import PROJECT, own_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jobs.local.deployed import Deployed
    from jobs.local.functions.invoke import Target
    from jobs.local.functions.processes import Starter

SRC = PROJECT / "src"

SHARED_TMP = (
    "The function's environments share /tmp: this system gives a process none of its own. Use"
    " tempfile, or one file name for each object."
)


def starter() -> Starter:
    """Return what starts environments on this system; the process of a fork server starts at once.

    Not a fork on macOS: its system libraries start threads, which a child does not have
    (docs.python.org, multiprocessing, "Contexts and start methods").
    """
    if sys.platform != "win32" and sys.platform != "darwin":
        from jobs.local.functions.forking import ForkServer  # noqa: PLC0415 - not there

        return ForkServer()
    return Spawner()


@contextmanager
def in_environments(
    starter: Starter,
    setup: environment.Setup,
    environ: Mapping[str, str],
    log: Callable[[bytes], None],
) -> Iterator[Environments]:
    """Give a target that runs the function in environments; they end with the context.

    `log` is given the function's lines. Raises Refused: the function cannot be loaded.
    """
    starter.configure(setup, environ)
    if not starter.is_tmp_private:
        terminal.say(SHARED_TMP)
    function = Environments(starter, setup, log, terminal.say)
    try:
        function.warm()
        yield function
    except InitError as error:
        raise Refused(str(error)) from error
    finally:
        function.close()


def settings(project: Deployed, user: Mapping[str, str]) -> dict[str, str]:
    """Return the function's environment, and say what the author should know of it.

    It is this process's, which is isolated, with the variables that a deployment would set; those
    that the user's own environment `user` sets win, and are named.
    """
    own = {name: user[name] for name in project.own_variables if name in user}
    if other := sorted(name for name in own if own[name] != project.variables[name]):
        pairs = ", ".join(f"{name}={own[name]!r}" for name in other)
        terminal.say(f"From this shell, in the place of what is deployed: {pairs}.")
    if unknown := [name for name in project.unknown if name not in own]:
        terminal.say(
            f"Known only to a deployment: {', '.join(unknown)}. Set what the function needs in this"
            " shell before the start."
        )
    return {**project.variables, **os.environ, **own}


def setup(handler: str, log_level: str, timeout: float) -> environment.Setup:
    """Return what the environments of a handler in `src/` have in common; `timeout` in seconds."""
    return environment.Setup(handler, timeout, log_level, source=str(SRC), hidden=str(PROJECT))


def in_this_process(dotted: str, environ: Mapping[str, str], timeout: float, level: str) -> Target:
    """Return a target that calls the handler in this process, whose environment becomes `environ`.

    `logging` of this process writes as Lambda's runtime does; `level` is Lambda's name of one.
    Raises Refused: the handler cannot be loaded.
    """
    runtime_log.install(level)
    for name in function_log.QUIET_LOGGERS:  # the clients of this service write there, too
        logging.getLogger(name).setLevel(logging.WARNING)
    os.environ.clear()
    os.environ.update(environ)
    sys.path.insert(0, str(SRC))
    aside = own_modules.put_aside(SRC)
    try:
        return in_process.in_process(handlers.find(dotted, SRC), timeout)
    except handlers.HandlerError as error:
        raise Refused(error.sentence) from error
    finally:
        sys.modules.update(aside)
