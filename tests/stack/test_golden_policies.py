"""Every document of `python -m jobs policies`, whole, for a reader to review: one file a variant.

After a change that is meant, write them again with UPDATE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.policies.command import command

GOLDEN = Path(__file__).parent / "golden"
SOURCE = "SourceBucket=amzn-s3-demo-source-bucket"
DESTINATION = "DestinationBucket=amzn-s3-demo-destination-bucket"
# In place, samconfig.toml holds no answers yet: every value that it leaves open is given.
ANSWERS = (SOURCE, DESTINATION, "Operation=copy", "Runtime=python3.13", "Architecture=x86_64")
KEY = "key/1234abcd-12ab-34cd-56ef-1234567890ab"

VARIANTS: dict[str, tuple[str, ...]] = {
    "copy": (),
    "rename": ("Operation=rename",),
    "prefixes": ("Operation=rename", "SourcePrefix=in/", "DestinationPrefix=out/"),
    "further-buckets": (
        "FurtherDestinationBuckets=arn:aws:s3:::amzn-s3-demo-bucket1,arn:aws:s3:::amzn-s3-demo-bucket2",
    ),
    "kms": (
        f"SourceKmsKeyArn=arn:aws:kms:us-east-1:111122223333:{KEY}",
        f"DestinationKmsKeyArn=arn:aws:kms:eu-west-1:111122223333:{KEY}",
    ),
    "cross-account": (
        "Operation=rename",
        "SourceOwner=444455556666",
        f"SourceKmsKeyArn=arn:aws:kms:us-east-1:444455556666:{KEY}",
        "DestinationOwner=777788889999",
        f"DestinationKmsKeyArn=arn:aws:kms:us-east-1:777788889999:{KEY}",
        "ManifestGenerator=true",
    ),
    "directory-buckets": (
        "SourceBucket=amzn-s3-demo-source--use1-az4--x-s3",
        "DestinationBucket=amzn-s3-demo-target--use1-az4--x-s3",
        "SourceOwner=444455556666",
    ),
    # Not proven: AWS does not say which kms:ViaService a directory bucket has.
    "directory-bucket-kms": (
        "DestinationBucket=amzn-s3-demo-target--use1-az4--x-s3",
        f"DestinationKmsKeyArn=arn:aws:kms:us-east-1:111122223333:{KEY}",
    ),
    "topic": ("AlarmTopicArn=arn:aws:sns:us-east-1:111122223333:alarms",),
    "cross-account-further": (
        "DestinationOwner=777788889999",
        "DestinationPrefix=out/",
        "FurtherDestinationBuckets=arn:aws:s3:::amzn-s3-demo-bucket1,arn:aws:s3:::amzn-s3-demo-bucket2",
    ),
    "existing-roles": (
        "FunctionRoleArn=arn:aws:iam::111122223333:role/platform/function",
        "JobRoleArn=arn:aws:iam::111122223333:role/platform/job",
        "FunctionName=copier",
        "ExistingJobsBucket=amzn-s3-demo-jobs",
        "TrustConditions=true",
    ),
}
REGIONS = {"china": "cn-north-1", "us-gov": "us-gov-west-1", "sovereign": "eusc-de-east-1"}


def run(*parameters: str, region: str = "us-east-1") -> str:
    given = [text for each in (*ANSWERS, *parameters) for text in ("--parameter", each)]
    place = ["--account", "111122223333", "--region", region, "--stack-name", "s3-batch-copy"]
    result = CliRunner().invoke(command, [*place, *given, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", [*VARIANTS, *REGIONS])
def test_the_documents_are_those_that_were_reviewed(name: str) -> None:
    printed = run(*VARIANTS.get(name, ()), region=REGIONS.get(name, "us-east-1"))

    golden = GOLDEN / f"policies-{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(printed)
    assert json.loads(printed) == json.loads(golden.read_text())


def test_every_golden_file_has_its_variant() -> None:
    names = {f"policies-{name}.json" for name in (*VARIANTS, *REGIONS)}

    assert {each.name for each in GOLDEN.glob("policies-*.json")} == names


@pytest.mark.parametrize("name", VARIANTS)
def test_the_transformed_template_holds_the_same_policies(name: str) -> None:
    """The printed documents come from template.yaml itself; SAM's transform must change none."""
    import transformed  # noqa: PLC0415 - slow to import, and only needed here

    given = dict(each.split("=", 1) for each in (*ANSWERS, *VARIANTS[name]))
    resources = transformed.stack(**given).resources
    printed = {each["title"]: each["document"] for each in json.loads(run(*VARIANTS[name]))}

    if "FurtherDestinationsPolicy" in resources:
        ours = printed["FunctionRole: FurtherDestinationsPolicy"]
        assert ours == resources["FurtherDestinationsPolicy"]["Properties"]["PolicyDocument"]
    for logical_id in {"FunctionRole", "JobRole"} & resources.keys():
        for policy in resources[logical_id]["Properties"]["Policies"]:
            ours = json.dumps(printed[f"{logical_id}: {policy['PolicyName']}"])
            named = ours.replace("s3-batch-copy", transformed.STACK)
            assert json.loads(named) == policy["PolicyDocument"]
