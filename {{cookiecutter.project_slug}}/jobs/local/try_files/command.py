"""`python -m jobs try`: your files become objects, and a job runs the project's task on them."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import click

from jobs import terminal
from jobs.errors import Exit, Refused
from jobs.local import (
    deployed,
    environment,
    files,
    function,
    function_log,
    whole_job,
)
from jobs.local.s3 import server as s3_server
from jobs.local.try_files import arguments, changes, events
from jobs.project import config_env

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.formats import manifest
    from jobs.local.deployed import Deployed
    from jobs.local.functions.environments import Environments
    from jobs.local.whole_job import Ended

LONGEST_TEXT = 300
"""Characters of what a task says, in the table."""


@click.command(name="try")
@click.argument(
    "given", metavar="[FILE|FOLDER]...", nargs=-1, type=click.Path(path_type=Path, exists=True)
)
@click.option(
    "--argument",
    metavar="NAME=VALUE",
    multiple=True,
    help="Give the job this userArgument. Repeatable.",
)
@click.option(
    "--row",
    metavar="JSON",
    help='Give each row these arguments, such as {"tags": {"team": "blue"}}.',
)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help="Save what the task wrote in this folder, which is new or empty.",
)
@config_env.option(expose=False)
def command(
    given: tuple[Path, ...],
    argument: tuple[str, ...],
    row: str | None,
    save: Path | None,
) -> None:
    """Run the task of this project on your own files, as a job on this machine.

    Each file becomes an object in a source bucket in memory: a file by its name, a folder with what
    is in it. Shows how each task ended and which objects were written or deleted. Without files the
    requests of events/ are sent to the function.
    """
    if not given and (argument or row is not None or save):
        raise Refused(
            "--argument, --row and --save need files: the requests of events/ are as they are."
        )
    asked = arguments.of_job(argument)
    told = None if row is None else arguments.of_row(row)
    found = files.find(given) if given else []
    if save:
        changes.check_folder(save)
    user = dict(os.environ)
    with ExitStack() as running:
        running.enter_context(whole_job.interruptible())
        project = deployed.read()
        rows = {file: arguments.row(project.source, file.key, told) for file in found}
        starter = running.enter_context(closing(function.starter()))
        url, wait = running.enter_context(s3_server.beginning(buckets=project.buckets))
        running.enter_context(environment.isolation(url))
        planned, project = project, deployed.with_own_resources(project, wait)
        environ = function.settings(project, user)
        setup = function.setup(project.handler, project.log_level, project.timeout)
        log = function_log.writer(shows_tasks=False)  # the table has them
        made = {name: environ[name] for name in planned.unknown if name not in project.unknown}
        own = environ if given else environ | events.variables() | made
        target = running.enter_context(function.in_environments(starter, setup, own, log))
        wait()
        code = _files(target, project, rows, asked, save) if given else _events(target, url, own)
    raise SystemExit(code)


def _files(
    target: Environments,
    project: Deployed,
    rows: Mapping[files.File, manifest.Row],
    asked: Mapping[str, str],
    save: Path | None,
) -> int:
    """Run the job over the files, show what came of it, and return the exit code."""
    s3 = boto3.client("s3")
    files.upload(s3, project.source, rows)
    before = changes.objects(s3, without=deployed.JOBS)
    ended = whole_job.run(s3, target, rows.values(), asked)
    terminal.out(terminal.table(_results(rows, ended), ("object", "result", "what it says")))
    written = _written(before, changes.objects(s3, without=deployed.JOBS))
    for reason in ended.job.get("FailureReasons", ()):
        terminal.out(f"The job failed: {reason['FailureReason']}")
    if save:
        changes.save(s3, written, save)
        terminal.out(
            f"Saved {terminal.count(len(written), 'object')} in {save}, listed in index.csv."
        )
    good = [row for row in ended.rows.values() if row.status == "succeeded"]
    failed = len(rows) - len(good)
    terminal.out(f"{len(good)} succeeded, {failed} failed, in {ended.seconds:.1f} s.")
    return Exit.FINDINGS if failed else 0


def _written(before: set[changes.Object], after: set[changes.Object]) -> list[changes.Object]:
    """Show which objects were written and deleted; return those that were written."""
    written = sorted(after - before)
    for each in written:
        terminal.out(f"written  {terminal.shown(each.url)}  {each.size:,} bytes")
    there = {each.url for each in after}
    for each in sorted(each for each in before if each.url not in there):
        terminal.out(f"deleted  {terminal.shown(each.url)}")
    return written


def _results(rows: Mapping[files.File, manifest.Row], ended: Ended) -> list[tuple[str, str, str]]:
    """Return the lines of the table, in the order of the files."""
    lines = []
    for file, row in rows.items():
        result = ended.rows.get(row.key)
        status = "not run" if result is None else result.status
        text = "" if result is None else result.message
        if result is not None and result.status == "failed":
            text = f"{result.code}: {text}"
        lines.append((terminal.shown(file.key), status, terminal.cut(text, LONGEST_TEXT)))
    return lines


def _events(target: Environments, url: str, variables: Mapping[str, str]) -> int:
    """Send each request of events/ to the function, show its results, and return the exit code."""
    seed = events.seeding(url)
    answers = [events.answer(target, request, seed) for request in events.requests()]
    lines = [
        (answer.name, code, terminal.cut(text, LONGEST_TEXT))
        for answer in answers
        for code, text in answer.results
    ]
    terminal.out(terminal.table(lines, ("request", "result", "what it says")))
    other = [answer.name for answer in answers if answer.is_other]
    if other:
        terminal.out(f"Not as in events/NAME.expected.json: {', '.join(other)}. {_why(variables)}")
    return Exit.FINDINGS if any(answer.is_broken for answer in answers) else 0


def _why(variables: Mapping[str, str]) -> str:
    """Return why responses may differ from the recorded ones."""
    stated = events.variables()
    differing = [
        f"{name}={variables[name]} here, {value} there"
        for name, value in events.AS_RECORDED.items()
        if name not in stated and variables.get(name, value) != value
    ]
    if differing:
        return f"Those were recorded with the variables of the tests: {', '.join(differing)}."
    return "If that is what your task should answer, `python events/record.py` writes it down."
