"""kill -9 of `report` and `watch`: nothing half is taken for whole, and the next run goes on.

`report` reads a report of a folder and kills itself at a chosen moment: a module that Python loads
by itself (`sitecustomize`) ends the process where that moment is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3
import pytest

import local_jobs
import report_files
from conftest import bake_into
from ministack import ACCOUNT
from report_files import done, failed

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [*(done(f"k{n}") for n in range(200)), *(failed(f"f{n}", "no") for n in range(50))]
DIE = "os.kill(os.getpid(), 9)\n"
MOMENTS = {
    "while a file of the report is proven": f"""
import hashlib, os
def file_digest(*_):
    {DIE}
hashlib.file_digest = file_digest
""",
    "when the failed rows are written": f"""
import os, pathlib
def replace(*_):
    {DIE}
pathlib.Path.replace = replace
""",
    "in the middle of the page": f"""
import os, pathlib
def write_text(self, text, **_):
    with open(self, "w") as file:
        file.write(text[:1000])
    {DIE}
pathlib.Path.write_text = write_text
""",
}


def report(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs", "report", str(folder / "report"), *words]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_report_leaves_nothing_that_looks_whole_and_runs_again(
    tmp_path: Path, moment: str
) -> None:
    report_files.in_folder(tmp_path / "report", ROWS)
    (tmp_path / "killing").mkdir()
    (tmp_path / "killing" / "sitecustomize.py").write_text(MOMENTS[moment])
    path = os.pathsep.join([str(tmp_path / "killing"), *sys.path])
    words = ("--html", "page.html", "--csv", "failed.csv")
    killed = report(tmp_path, *words, PYTHONPATH=path)
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "")
    assert not (tmp_path / "page.html").exists()
    rows = tmp_path / "failed.csv"
    assert not rows.exists() or len(rows.read_text().splitlines()) == 51

    again = report(tmp_path, *words, "--force")
    assert again.returncode == 1, again.stderr  # rows failed
    assert "250 rows" in again.stdout
    assert len(rows.read_text().splitlines()) == 51
    assert (tmp_path / "page.html").read_text().rstrip().endswith("</html>")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
def test_a_killed_watch_does_not_touch_the_job_and_the_next_one_goes_on(tmp_path: Path) -> None:
    project = bake_into(tmp_path, {"source_bucket": "photos", "destination_bucket": "copies"})
    options = ("--concurrency", "1", "--port", "0", "--s3-port", "0")
    with local_jobs.running(project, *options, environment={}) as variables:
        s3 = boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL_S3"])
        keys = [f"{n} a+b" for n in range(150)]
        for key in keys:
            s3.put_object(Bucket="photos", Key=key, Body=key.encode())
        (project / "m.csv").write_text("".join(f"photos,{quote(key)}\n" for key in keys))
        # The job waits for its confirmation: so the watch is killed before it ends on any machine.
        local_jobs.submit(project, variables, project / "m.csv")
        watch = [sys.executable, "-m", "jobs", "watch"]
        with subprocess.Popen(
            watch, cwd=project, env=os.environ | variables, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr
            assert next(line for line in process.stderr if " Suspended" in line)
            process.kill()
        [job] = local_jobs.client(variables).list_jobs(AccountId=ACCOUNT)["Jobs"]
        assert job["Status"] == "Suspended"
        local_jobs.call(project, variables, sys.executable, "-m", "jobs", "confirm", "--yes")
        said = local_jobs.call(project, variables, *watch)
    assert "150 rows, all answered once" in said
    assert "150 copied, none failed." in said


AGAIN = {
    "when half of the manifest is written": f"""
import glob, hashlib, os
real = hashlib.md5
def md5(*asked, **options):
    for part in glob.glob("*.part"):
        os.truncate(part, os.path.getsize(part) // 2)
        {DIE}
    return real(*asked, **options)
hashlib.md5 = md5
""",
    "when the manifest gets its name": MOMENTS["when the failed rows are written"],
    "after S3 has created the job": f"""
import os
from botocore.client import BaseClient
real = BaseClient._make_api_call
def call(self, name, asked):
    answer = real(self, name, asked)
    if name == "CreateJob":
        {DIE}
    return answer
BaseClient._make_api_call = call
""",
}


@pytest.mark.slow
def test_a_killed_retry_or_resume_leaves_no_half_manifest_and_makes_one_job(tmp_path: Path) -> None:
    project = bake_into(tmp_path, {"source_bucket": "photos", "destination_bucket": "copies"})
    with local_jobs.running(project, "--port", "0", "--s3-port", "0", environment={}) as variables:
        s3control = local_jobs.client(variables)
        boto3.client("s3", endpoint_url=variables["AWS_ENDPOINT_URL_S3"]).put_object(
            Bucket="photos", Key="there", Body=b"x"
        )
        for words in (["retry"], ["resume", "--failed"]):
            gone = [f"photos,{words[0]}%20{n}\n" for n in range(20)]
            (project / "m.csv").write_text("".join(["photos,there\n", *gone]))
            local_jobs.submit(project, variables, project / "m.csv", "--no-confirmation")
            jobs = s3control.list_jobs(AccountId=ACCOUNT)["Jobs"]
            first = max(jobs, key=lambda job: job["CreationTime"])["JobId"]
            local_jobs.wait(s3control, first)
            path = project / f"{words[0]}-{first[:8]}.csv"
            verb = [sys.executable, "-m", "jobs", *words, first, "--submit", "--yes"]
            for moment, code in AGAIN.items():
                assert kill(verb, project, code, variables) == -signal.SIGKILL
                assert path.exists() == (moment == "after S3 has created the job")
            local_jobs.call(project, variables, *verb, "--force")
            assert sorted(path.read_text().splitlines(keepends=True)) == sorted(gone)
            jobs = s3control.list_jobs(AccountId=ACCOUNT)["Jobs"]
            assert len([job for job in jobs if f"{words[0]} of" in job["Description"]]) == 1
    assert not list(project.glob("*.part"))


def kill(verb: list[str], project: Path, code: str, variables: dict[str, str]) -> int:
    """Run a verb that `code` kills; return how it ended."""
    (project / "killing").mkdir(exist_ok=True)
    (project / "killing" / "sitecustomize.py").write_text(code)
    paths = os.pathsep.join([str(project / "killing"), *sys.path])
    environment = os.environ | variables | {"PYTHONPATH": paths}
    return subprocess.run(
        verb, cwd=project, env=environment, capture_output=True, check=False
    ).returncode
