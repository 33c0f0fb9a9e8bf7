"""Whether the function may take a rename back, and the deploy of one that may."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from samcli.cli.types import CfnParameterOverridesType

import report_files
from ended_jobs import names, put_manifest, rename, run
from jobs import where
from jobs.again import rights
from jobs.aws.stack import Stack
from report_files import done

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@pytest.mark.parametrize("further", ["", "of the job", "of the row"])
def test_where_the_function_may_not_rename_back_the_deploy_that_may_is_printed(
    s3: S3Client,
    job: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    further: str,
) -> None:
    rename(job)
    found = {"SourceBucket": "photos", "DestinationBucket": "copies", "FunctionName": "taken"}
    key = "d"
    if further == "of the row":
        key = quote(json.dumps({"origKey": "d", "newKey": "out/d", "newBucket": "copies"}))
        put_manifest(s3, job, f"photos,{key}\n")
    else:
        job["Operation"]["LambdaInvoke"]["UserArguments"]["destinationBucket"] = "copies"
    if further:
        found["DestinationBucket"] = "photos"
    monkeypatch.setattr(where, "stack_of", lambda *_: Stack("copier", {}, found))
    report_files.in_s3(s3, [done(key, "Renamed to s3://copies/out/d (version v1)")])
    code, told, said = run("undo", "7c1fa2", "-o", "-b c.csv", "--submit", "--yes")
    assert (code, told, names(tmp_path)) == (2, "", [])
    assert said.startswith("Error: Undo without --submit first. The function of the stack may not")
    code, told, _ = run("undo", "7c1fa2", "-o", "-b c.csv", "--region", "us-east-1")
    assert (code, names(tmp_path)) == (0, ["-b c.csv"])
    assert told.partition("\n")[2] == (
        "The function of the stack may not delete where it writes. Deploy one that can:\n"
        "  sam build && sam deploy --stack-name copier-undo --parameter-overrides "
        """DestinationBucket=photos 'DestinationPrefix=""' Operation=rename Overwrite=never """
        """SourceBucket=copies 'SourcePrefix=""' --region us-east-1\n"""
        "  python -m jobs submit './-b c.csv' --versioned --stack-name copier-undo "
        "--region us-east-1\n"
    )


def test_the_deploy_that_can_undo_exchanges_the_two_sides() -> None:
    parameters = {
        "SourceBucket": "photos",
        "SourcePrefix": "in put/",
        "DestinationBucket": "copies",
        "Operation": "rename",
        "KmsKeyArn": "",
    }
    command = rights.command("stack", parameters)
    assert command == (
        "sam build && sam deploy --stack-name stack-undo --parameter-overrides "
        """DestinationBucket=photos 'DestinationPrefix="in put/"' Operation=rename """
        """Overwrite=never SourceBucket=copies 'SourcePrefix=""'"""
    )


@pytest.mark.parametrize("prefix", ["", "in/", "in put/", "it's/", '"a" b/', r"a\b/", "é&x$/"])
def test_sam_reads_the_prefixes_that_the_stack_has(prefix: str) -> None:
    """A prefix that is cut would let the function delete more than the stack's own may."""
    parameters = {"SourceBucket": "photos", "DestinationBucket": "copies"}
    command = rights.command("stack", parameters | {"DestinationPrefix": prefix})
    given = shlex.split(command.partition("--parameter-overrides ")[2])
    found = CfnParameterOverridesType().convert(tuple(given), None, None)
    assert (found["SourcePrefix"], found["DestinationPrefix"]) == (prefix, "")
    assert found["SourceBucket"] == "copies"


@pytest.mark.usefixtures("job")
def test_the_stack_that_undoes_has_a_name_and_rights_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CloudFormation takes 128 characters; a role that exists may do what it was made for."""
    role = "arn:aws:iam::123456789012:role/own"
    found = {"SourceBucket": "photos", "DestinationBucket": "copies", "FunctionRoleArn": role}
    monkeypatch.setattr(where, "stack_of", lambda *_: Stack("s" * 128, {}, found))
    place = where.place(where.Where())
    deploy, *following = rights.steps(place, where.Where(), "copies", "m.csv")
    name = "s" * 123 + "-undo"
    assert f"--stack-name {name} " in deploy
    assert following == [
        f"python -m jobs policies --stack-name {name}   # what your own roles need",
        f"python -m jobs submit m.csv --stack-name {name}",
    ]
