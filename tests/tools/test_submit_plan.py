"""The plan that is kept of a manifest: a rename of anything else than what it says is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs import where
from jobs.check import checking, planning, source, work
from jobs.errors import Refused
from jobs.formats import plan
from jobs.formats.row_rules import Work
from jobs.submit import refusing_rows

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.check.findings import Checked
    from jobs.check.source import Opened

RENAME = Work("rename", "never", "copies", "a/")
URI = "s3://jobs/manifests/m.csv"


@pytest.fixture(params=["a file", "in S3"])
def opened(request: pytest.FixtureRequest, s3: S3Client, tmp_path: Path) -> Opened:
    body = b"photos,a\nphotos,b\n"
    if request.param == "a file":
        path = tmp_path / "m.csv"
        path.write_bytes(body)
        return source.in_file(path, ())
    s3.put_object(Bucket="jobs", Key="manifests/m.csv", Body=body, ServerSideEncryption="AES256")
    return source.in_s3(s3, URI, (), _folder(tmp_path, "m"))


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


def keep(opened: Opened, s3: S3Client, text: str) -> None:
    if opened.bucket:
        key = plan.key(opened.key, opened.etag)
        s3.put_object(Bucket=opened.bucket, Key=key, Body=text.encode())
    else:
        plan.beside(Path(opened.name)).write_text(text, "utf-8")


@pytest.fixture
def checked(opened: Opened, tmp_path: Path) -> Checked:
    return checking.check(opened, RENAME, _folder(tmp_path, "check"))


@pytest.mark.parametrize(
    ("of", "change", "is_refused"),
    [
        (RENAME, None, False),
        (replace(RENAME, operation="copy"), None, True),
        (replace(RENAME, prefix="b/"), None, True),
        (replace(RENAME, overwrite="always"), None, True),
        (RENAME, ('"rows": 2', '"rows": 3'), True),
        (RENAME, ("{", ""), True),
    ],
    ids=["the same", "of a copy", "another prefix", "always", "edited", "no plan"],
)
def test_a_rename_of_something_else_than_was_checked_is_refused(  # noqa: PLR0913, PLR0917 - the table
    opened: Opened,
    checked: Checked,
    s3: S3Client,
    of: Work,
    change: tuple[str, str] | None,
    is_refused: bool,
) -> None:
    text = plan.text(planning.document(opened, of, checked))
    keep(opened, s3, text.replace(*change) if change else text)
    if not is_refused:
        refusing_rows.refuse_stale_plan(opened, RENAME, checked, s3)
        return
    with pytest.raises(Refused) as refused:
        refusing_rows.refuse_stale_plan(opened, RENAME, checked, s3)
    assert str(refused.value) == (
        f"{opened.name!r} has not passed check as it is now: look at what python -m jobs check "
        f"{opened.name} --operation rename --destination-bucket copies --destination-prefix a/ "
        "says of it."
    )
    refusing_rows.refuse_stale_plan(opened, replace(RENAME, operation="copy"), checked, s3)


def test_a_file_that_was_edited_after_its_check_is_refused(tmp_path: Path, s3: S3Client) -> None:
    path = tmp_path / "m.csv"
    path.write_text("photos,a\n")
    before = source.in_file(path, ())
    found = checking.check(before, RENAME, _folder(tmp_path, "before"))
    keep(before, s3, plan.text(planning.document(before, RENAME, found)))
    path.write_text("photos,b\n")
    now = source.in_file(path, ())
    with pytest.raises(Refused, match="has not passed check as it is now"):
        refusing_rows.refuse_stale_plan(now, RENAME, found, s3)


def test_a_plan_that_an_earlier_job_left_says_nothing_of_this_one(
    opened: Opened, checked: Checked, s3: S3Client
) -> None:
    """A copy of the same manifest keeps its plan under the same name."""
    copied = planning.document(opened, replace(RENAME, operation="copy"), checked)
    keep(opened, s3, plan.text(copied | {plan.OF_JOB: {}}))
    refusing_rows.refuse_stale_plan(opened, RENAME, checked, s3)


def test_without_a_plan_what_was_found_now_counts(
    opened: Opened, checked: Checked, s3: S3Client
) -> None:
    refusing_rows.refuse_stale_plan(opened, RENAME, checked, s3)


def test_the_command_that_checks_names_the_columns_and_no_option_by_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-m x.csv").write_text("photos,a,v1\n")
    found = source.in_file(Path("-m x.csv"), ("Bucket", "Key", "VersionId"))
    assert refusing_rows.check_command(found, replace(RENAME, bucket="", prefix="")) == (
        "python -m jobs check './-m x.csv' --operation rename --fields Bucket,Key,VersionId"
    )


@pytest.mark.parametrize("said", ["never", "always"])
def test_the_command_that_checks_has_the_environment_and_says_never_where_samconfig_says_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Otherwise it would find other errors than those of the job that was refused."""
    monkeypatch.setattr(where, "command", lambda words: f"{words} --config-env prod")
    (tmp_path / "m.csv").write_text("photos,a\n")
    found = source.in_file(tmp_path / "m.csv", ())
    monkeypatch.setattr(work, "deployed", lambda: {"Overwrite": said})
    command = refusing_rows.check_command(found, RENAME)
    assert command.endswith(" --config-env prod")
    assert ("--overwrite never" in command) is (said == "always")
    assert "--overwrite always" in refusing_rows.check_command(
        found, replace(RENAME, overwrite="always")
    )
