"""The operator's command line: `python -m jobs VERB`.

Exit code: 0 done, or one of `jobs.errors.Exit`. What a verb refuses, and what AWS answers, is one
sentence on stderr.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec

INTERRUPTED = 130
"""As `errors.Exit.INTERRUPTED`, which is not loaded yet when this is needed."""


def _leave(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    # What the libraries load stays: to look through it again and again takes an eighth of `try`.
    gc.set_threshold(50_000)

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl-C while the libraries load: nothing has begun, and a traceback would help nobody.
    signal.signal(signal.SIGINT, _leave)

MISSING = (
    "The tools need {!r}, which is not installed: "
    "run {} -m pip install --group dev (pip 25.1 or newer)"
)

try:
    import click

    from jobs import errors, terminal
except ModuleNotFoundError as error:
    sys.stderr.write(MISSING.format(error.name, sys.executable) + "\n")
    raise SystemExit(2) from None

# Verb to the module that holds its `command`. A verb whose module was deleted, as all of jobs.local
# may be, is not there; each module is loaded when it is called for.
VERBS = {
    "try": "jobs.local.try_files.command",
    "demo": "jobs.local.demo.command",
    "manifest": "jobs.manifest.command",
    "local": "jobs.local.command",
    "check": "jobs.check.command",
    "estimate": "jobs.estimate.command",
    "submit": "jobs.submit.command",
    "confirm": "jobs.watch.confirm",
    "watch": "jobs.watch.command",
    "list": "jobs.watch.list",
    "show": "jobs.watch.show",
    "cancel": "jobs.watch.cancel",
    "priority": "jobs.watch.priority",
    "report": "jobs.report.command",
    "retry": "jobs.again.retry",
    "resume": "jobs.again.resume",
    "undo": "jobs.again.undo",
    "policies": "jobs.policies.command",
}


class Refusal(click.ClickException):
    """A sentence on stderr and exit code 2."""

    exit_code = errors.Exit.REFUSED


class Verbs(click.Group):
    """The verbs that are there, and the one place where errors become sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs that are there."""
        return verbs()

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Return the command of a verb; None: there is no such verb."""
        if cmd_name not in verbs():
            return None
        try:
            command: click.Command = import_module(VERBS[cmd_name]).command
        except ModuleNotFoundError as error:
            raise Refusal(MISSING.format(error.name, sys.executable)) from None
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a word that is not UTF-8, whatever verb it is for: S3 has no such names."""
        for word in args:
            try:
                word.encode()
            except UnicodeEncodeError:
                raise Refusal(
                    f"{os.fsencode(word)!r} is not UTF-8: type it as UTF-8, or rename the file."
                ) from None
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb."""
        if signal.getsignal(signal.SIGINT) is _leave:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with terminal.any_encoding():
                result = super().invoke(ctx)
                sys.stdout.flush()
        except BrokenPipeError:
            terminal.give_up_stdout()
            raise click.exceptions.Exit(errors.Exit.CLOSED_PIPE) from None
        except errors.EXPECTED as error:
            raise Refusal(errors.sentence(error)) from None
        except KeyboardInterrupt:
            click.echo("Aborted!", err=True)
            raise click.exceptions.Exit(errors.Exit.INTERRUPTED) from None
        return result


def verbs() -> list[str]:
    """Return the verbs whose modules are there, in the order of the table."""
    return [verb for verb, module in VERBS.items() if _is_there(module)]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its package is not there
        return False


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def cli() -> None:
    """Run and watch S3 Batch Operations jobs of this project, on AWS or on this machine.

    Credentials and endpoints come from the standard AWS settings, and so does the Region where
    samconfig.toml names none.
    """


if __name__ == "__main__":
    # On Windows click would replace `--match *.jpg` by the names of files in this folder.
    cli(prog_name="python -m jobs", windows_expand_args=False)
