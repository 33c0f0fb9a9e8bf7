"""Ctrl-C and SIGTERM to `python -m jobs local`: what runs is cancelled, and nothing is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from jobs.local.s3 import server as s3_server
from local_service import report_rows, running
from processes import descendants, wait_until_gone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_cancels_what_runs_with_a_report_and_ends_everything(
    template: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with ExitStack() as stack:
        s3_url = stack.enter_context(s3_server.running())
        arguments = ("--function", "handlers_of_the_test.slow", "--concurrency", "2")
        local = stack.enter_context(
            running(template, tmp_path, "--s3-endpoint", s3_url, *arguments)
        )
        assert local.exports["AWS_ENDPOINT_URL_S3"] == s3_url
        assert "AWS_ACCESS_KEY_ID" not in local.exports  # the user has keys for this S3
        s3 = local.client("s3")
        s3.create_bucket(Bucket="jobs")
        job_id = local.job([f"key-{at}" for at in range(200)])
        while not local.described(job_id).get("ProgressSummary", {}).get("NumberOfTasksSucceeded"):
            time.sleep(0.05)
        local.process.send_signal(number)
        assert local.process.wait(timeout=60) == 0
        rows = report_rows(s3, job_id).splitlines()
        s3.close()
    assert 0 < len(rows) < 200
    assert f"job {job_id} Cancelled: {len(rows)} of 200 tasks" in local.errors.read_text()
    assert "Traceback" not in local.errors.read_text()
    with socket.create_server(("127.0.0.1", int(local.url.rpartition(":")[2]))):
        """The port is free again."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_an_endless_handler_does_not_hang_the_end(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.asleep")
    with running(template, tmp_path, *handler) as local:
        job_id = local.job(["a"])
        local.wait(job_id, "Active")
        started = descendants(local.process)
        local.process.send_signal(signal.SIGINT)
        assert local.process.wait(timeout=60) == 0
    assert len(started) == 2  # the fork server and one environment
    wait_until_gone(*started)
    assert f"job {job_id} Cancelled" in local.errors.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.slow
def test_a_second_signal_leaves_at_once(template: Path, tmp_path: Path) -> None:
    handler = ("--function", "handlers_of_the_test.asleep")
    with running(template, tmp_path, *handler) as local:
        local.wait(local.job(["a"]), "Active")
        started = descendants(local.process)
        local.process.send_signal(signal.SIGINT)
        limit = time.monotonic() + 60
        while "Ending: " not in local.errors.read_text():
            assert time.monotonic() < limit, "the first signal was lost"
            time.sleep(0.01)
        assert local.process.poll() is None  # it waits for the invocation in flight
        local.process.send_signal(signal.SIGINT)
        assert local.process.wait(timeout=60) == 130
    wait_until_gone(*started)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_signal_while_the_function_hangs_in_its_import_ends_all_at_once(
    template: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "hangs_of_the_test.py").write_text("import time\nprint('here')\ntime.sleep(600)\n")
    (tmp_path / "tmp").mkdir()
    handler = ("--function", "hangs_of_the_test.handler", "--timeout", "600")
    with subprocess.Popen(
        [sys.executable, "-m", "jobs", "local", *handler],
        cwd=template,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "here\n" in iter(process.stderr.readline, "")
        started = descendants(process)
        process.send_signal(number)
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, output, errors) == (130, "", "Aborted!\n")
    assert len(started) == 2  # the fork server and one environment
    wait_until_gone(*started)
    assert not list((tmp_path / "tmp").iterdir())
