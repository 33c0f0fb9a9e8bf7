"""`python -m jobs demo`: a whole job on this machine, from the manifest to the checked copies."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import click

from jobs.local import deployed, environment, function, whole_job
from jobs.local.demo import job, table
from jobs.local.s3 import server as s3_server
from jobs.project import config_env

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TIMEOUT = 60.0
"""Seconds that an invocation may take at most: the demo's objects are small."""


@click.command(name="demo")
@config_env.option(expose=False)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the manifest, the completion report and the handler's log in this folder.",
)
def command(save: Path | None) -> None:
    """Run a whole job on this machine and show what came of it.

    Starts an S3 in memory with the buckets of samconfig.toml, uploads files of this project and
    objects with difficult keys, and runs the function on each as S3 Batch Operations would, with
    the settings that template.yaml and samconfig.toml give it. Copies are compared byte for byte.
    """
    log: list[str] = []
    with ExitStack() as running:
        running.enter_context(whole_job.interruptible())
        starter = running.enter_context(closing(function.starter()))
        project = deployed.read()
        url, wait = running.enter_context(s3_server.beginning(buckets=project.buckets))
        running.enter_context(environment.isolation(url))
        project = deployed.with_own_resources(project, wait)
        target = running.enter_context(
            function.in_environments(
                starter,
                function.setup(project.handler, project.log_level, min(project.timeout, TIMEOUT)),
                os.environ | project.own_variables,
                lambda line: log.append(line.decode("utf-8", errors="replace")),
            )
        )
        wait()
        s3 = boto3.client("s3")
        outcome = job.run(s3, target, project)
        target.close()  # the rest of the log has come then
        if save is not None:
            _save(s3, "".join(log), save)
    table.show(outcome, save)
    if not outcome.is_as_expected:
        raise SystemExit(1)


def _save(s3: S3Client, log: str, folder: Path) -> None:
    """Write the manifest, the report as it lies in S3, and the log."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handler.log").write_text(log, encoding="utf-8")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=deployed.JOBS):
        for each in page.get("Contents", ()):
            path = folder / each["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            body = s3.get_object(Bucket=deployed.JOBS, Key=each["Key"])["Body"]
            path.write_bytes(body.read())
