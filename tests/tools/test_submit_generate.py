"""submit --generate: S3 makes the list; what it may do without a look at the rows, and its filters.

The members are those of S3JobManifestGenerator in the API reference; botocore validates them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from jobs.aws import request_limits
from jobs.errors import Refused
from jobs.formats.row_rules import Work
from jobs.submit import generating, preparing, request, submitting
from jobs.submit.generating import Generator
from jobs.submit.options import Wish
from test_submit_asking import JOB

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

WISH = Wish(
    generate=True,
    function_arn=JOB.function_arn,
    role_arn=JOB.role_arn,
    jobs_bucket="jobs",
    source_bucket="photos",
)
FILTERS: dict[str, Any] = {
    "prefix": "2025/",
    "match": "*.jpg",
    "larger": "5GiB",
    "smaller": "10 GB",
    "newer": "2026-01-31",
    "older": "2026-02-01T10:00:00+02:00",
    "classes": ("standard", "GLACIER_IR"),
}


@pytest.fixture
def looked_at(s3_stub: Stubber, lambda_stub: Stubber) -> None:
    """The bucket is in the Region, and version 3 renames below out/."""
    s3_stub.add_response("head_bucket", {"BucketRegion": "us-east-1"}, {"Bucket": "photos"})
    variables = {"OPERATION": "rename", "OVERWRITE": "never", "DESTINATION_PREFIX": "out/"}
    answer = {"Version": "3", "Environment": {"Variables": variables}}
    lambda_stub.add_response("get_function_configuration", answer)


def test_every_filter_becomes_a_member_of_the_request_that_the_service_takes(
    clients: Clients,
) -> None:
    wanted = generating.wanted(replace(WISH, **FILTERS))
    assert wanted == {
        "KeyNameConstraint": {"MatchAnyPrefix": ["2025/"], "MatchAnySuffix": [".jpg"]},
        "ObjectSizeGreaterThanBytes": 5 * 1024**3,
        "ObjectSizeLessThanBytes": 10 * 1000**3,
        "CreatedAfter": "2026-01-31T00:00:00Z",
        "CreatedBefore": "2026-02-01T08:00:00Z",
        "MatchAnyStorageClass": ["STANDARD", "GLACIER_IR"],
    }
    asked = request.build(replace(JOB, manifest=Generator("photos", wanted, "jobs", "1" * 12)), "t")
    shape: Any = clients.s3control.meta.service_model.operation_model("CreateJob").input_shape
    request_limits.check(dict(asked), shape)
    made = asked["ManifestGenerator"]["S3JobManifestGenerator"]
    assert made["ManifestOutputLocation"]["ManifestPrefix"].startswith("manifests/")
    assert "Manifest" not in asked


@pytest.mark.parametrize("match", ["*.jp?", "2025/*.jpg", "*", "[ab]*", "a"])
def test_a_glob_that_s3_cannot_match_is_refused(match: str) -> None:
    with pytest.raises(Refused, match=r"is none of S3's filters: write '\*END' or '\*PART\*'"):
        generating.wanted(replace(WISH, match=match))


def test_a_part_of_a_key_is_matched() -> None:
    found = generating.wanted(replace(WISH, match="*raw*"))
    assert found == {"KeyNameConstraint": {"MatchAnySubstring": ["raw"]}}


@pytest.mark.parametrize(
    ("planned", "is_refused"),
    [
        (Work("rename", "never", "photos", "out/", None, "prefix"), True),
        (Work("rename", "never", "copies", "", None, "prefix"), False),
        (Work("rename", "never", "photos", "", None, "prefix"), True),
        (Work("rename", "never", "copies", "out/", None, "names"), True),
        (Work("rename", "never", "copies", "", None, None), True),
        (Work("copy", "always", "copies", "", None, "names"), True),
        (Work("copy", "always", "copies", "", None, "prefix"), False),
        (Work("copy", "never", "copies", "", None, "names"), False),
        (Work("copy", "never", "", "", None, None), False),
    ],
)
def test_what_only_a_look_at_the_rows_can_prove_harmless_is_refused(
    planned: Work, is_refused: bool
) -> None:
    if is_refused:
        with pytest.raises(Refused, match=r"cannot be checked before, and .* make a manifest with"):
            generating.refuse_unchecked(planned, "photos")
    else:
        generating.refuse_unchecked(planned, "photos")


@pytest.mark.parametrize(
    ("prefix", "listed", "is_refused"),
    [
        ("archive/", "2025/", False),
        ("archive/", "archive/2025/", False),  # the function refuses such a key: it has the prefix
        ("2025/old/", "2025/", True),
        ("a", "aa", True),
    ],
)
def test_a_prefix_whose_names_may_be_listed_too_is_refused(
    prefix: str, listed: str, is_refused: bool
) -> None:
    planned = Work("rename", "never", "photos", prefix, None, "prefix")
    if is_refused:
        with pytest.raises(Refused, match="may be one of the list, too: make a manifest"):
            generating.refuse_unchecked(planned, "photos", listed)
    else:
        generating.refuse_unchecked(planned, "photos", listed)


@pytest.mark.usefixtures("looked_at")
def test_a_list_whose_new_names_may_be_listed_too_is_not_made(
    clients: Clients, s3_stub: Stubber
) -> None:
    s3_stub.add_client_error("get_bucket_encryption", "AccessDenied")
    with pytest.raises(Refused, match="may be one of the list, too: make a manifest"):
        submitting.submit(clients, replace(WISH, destination_bucket="photos", yes=True))


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"confirmation": False}, "so the job waits for confirm. Leave out --no-confirmation and"),
        ({"source_bucket": "photos--use1-az4--x-s3"}, "is a directory bucket, which S3 cannot"),
        ({"source_bucket": None}, "which is not known: give --source-bucket"),
        ({"first": 10}, "choose rows of a manifest: make one first"),
        ({"manifest": "m.csv"}, "Give a MANIFEST, or --generate in its place"),
        ({"generate": False}, "Give a MANIFEST, or --generate in its place"),
    ],
)
def test_what_contradicts_a_generated_list_is_refused(
    clients: Clients, wish: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        submitting.submit(clients, replace(WISH, **wish))


def test_a_role_that_may_not_list_is_refused_before_a_job_fails() -> None:
    with pytest.raises(Refused, match=r"ManifestGenerator=true into samconfig\.toml and deploy"):
        generating.bucket_of(WISH, "photos", may_list=False)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_beside_a_manifest_is_refused(name: str, clients: Clients, tmp_path: Path) -> None:
    """The job would run on every row, as if none had been given."""
    (path := tmp_path / "m.csv").write_text("photos,a\n")
    wish = replace(WISH, generate=False, manifest=str(path), **{name: FILTERS[name]})
    with pytest.raises(Refused, match="belongs to --generate"):
        submitting.submit(clients, wish)


@pytest.mark.usefixtures("looked_at")
def test_the_same_list_again_is_another_job_unless_the_first_has_not_ended(
    clients: Clients, s3control_stub: Stubber, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = replace(WISH, yes=True)
    prepared = preparing.prepare(clients, wish, tmp_path)
    monkeypatch.setattr(preparing, "prepare", lambda *_: prepared)
    known: dict[str, Any] = {
        "JobId": "8aaaaaaa-1",
        "Description": f"x {request.mark(prepared.job)}",
    }
    known |= {"CreationTime": datetime(2026, 11, 25, tzinfo=UTC)}
    s3control_stub.add_response("list_jobs", {"Jobs": [known | {"Status": "Suspended"}]})
    found = submitting.submit(clients, wish)
    assert (found.known or {}).get("JobId") == "8aaaaaaa-1"
    tokens = {found.request["ClientRequestToken"]}
    for _ in range(2):  # two runs at once would make one job: their tokens are one
        s3control_stub.add_response("list_jobs", {"Jobs": [known | {"Status": "Complete"}]})
        s3control_stub.add_response("create_job", {"JobId": "8bbbbbbb-1"})
        made = submitting.submit(clients, wish)
        assert made.job_id == "8bbbbbbb-1"
        tokens.add(made.request["ClientRequestToken"])
    assert len(tokens) == 2
