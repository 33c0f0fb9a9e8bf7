from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

import s3copy.guards
from jobs.aws import partitions
from jobs.errors import Refused
from jobs.submit import guards
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

PLACE = Manifest("jobs", "manifests/m.csv", "d41d8", ("Bucket", "Key"))


@pytest.mark.parametrize(
    ("endpoint", "is_aws"),
    [
        ("https://s3-control.us-east-1.amazonaws.com", True),
        ("https://control.vpce-1-a.s3.us-east-1.vpce.amazonaws.com", True),
        ("https://s3.dualstack.us-east-1.api.aws", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://s3.cn-north-1.api.amazonwebservices.com.cn", True),
        ("https://s3-control.eusc-de-east-1.amazonaws.eu", True),
        ("https://s3.us-iso-east-1.c2s.ic.gov", True),
        ("http://notamazonaws.com", False),
        ("http://s3-control.local", False),
        ("http://127.0.0.1:4566", False),
    ],
)
def test_aws_is_known_by_its_host(endpoint: str, is_aws: bool) -> None:
    assert partitions.is_aws(endpoint) is is_aws


def test_the_names_that_aws_keeps_for_examples_are_refused() -> None:
    guards.check_not_reserved({"photos"})
    with pytest.raises(Refused, match="'amzn-s3-demo-source-bucket' is a name that AWS keeps"):
        guards.check_not_reserved({"amzn-s3-demo-source-bucket"})


@pytest.mark.parametrize("name", ["s3://photos", "arn:aws:s3:::photos", "photos/", "", "a"])
def test_what_is_no_name_of_a_bucket_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="is not the name of a bucket"):
        guards.check_names({name})


def test_rows_of_another_bucket_than_the_function_reads_are_refused() -> None:
    guards.check_source({"photos"}, "photos")
    guards.check_source({"photos", "videos"}, None)
    with pytest.raises(Refused, match="names the bucket 'videos', but the function reads 'photos'"):
        guards.check_source({"photos", "videos"}, "photos")


def test_a_bucket_in_another_region_is_refused(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_response("head_bucket", {"BucketRegion": "eu-west-1"}, {"Bucket": "photos"})
    with pytest.raises(Refused, match=r"is in eu-west-1, .* give --region eu-west-1"):
        guards.check_region(clients.s3, {"photos"})


def test_a_bucket_in_the_region_of_the_job_passes(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    guards.check_region(clients.s3, {"photos"})


def test_a_bucket_whose_region_may_not_be_asked_for_passes(
    clients: Clients, s3_stub: Stubber
) -> None:
    s3_stub.add_client_error(
        "head_bucket", "403", http_status_code=403, response_meta={"HTTPHeaders": {}}
    )
    guards.check_region(clients.s3, {"photos"})


def test_a_bucket_that_may_not_be_looked_at_still_names_its_region(
    clients: Clients, s3_stub: Stubber
) -> None:
    headers = {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}
    s3_stub.add_client_error("head_bucket", "403", http_status_code=403, response_meta=headers)
    with pytest.raises(Refused, match="is in eu-west-1"):
        guards.check_region(clients.s3, {"photos"})


def test_a_directory_bucket_is_not_asked_for_its_region(clients: Clients, s3_stub: Stubber) -> None:
    assert s3_stub
    guards.check_region(clients.s3, {"photos--use1-az4--x-s3"})


def test_a_bucket_that_does_not_exist_is_refused(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_client_error("head_bucket", "404", http_status_code=404)
    with pytest.raises(Refused, match="The bucket 'photos' does not exist"):
        guards.check_region(clients.s3, {"photos"})


@pytest.mark.parametrize("prefix", ["reports", "reports/2026/march"])
def test_the_folders_of_the_jobs_bucket_are_in_reach_of_the_role(prefix: str) -> None:
    guards.check_reach(PLACE, "jobs")
    guards.check_report(prefix)


@pytest.mark.parametrize(
    "place",
    [Manifest("other", "manifests/m.csv", "e", ("Bucket",)), Manifest("jobs", "m", "e", ("Key",))],
    ids=["another bucket", "another folder"],
)
def test_a_manifest_that_the_role_may_not_read_is_refused(place: Manifest) -> None:
    with pytest.raises(Refused, match="reads manifests in 's3://jobs/manifests/' only: copy it"):
        guards.check_reach(place, "jobs")


def test_a_copy_of_an_inventorys_manifest_is_not_advised_since_its_data_files_stay() -> None:
    inventory = Manifest("other", "inventory/manifest.json", "e", ())
    with pytest.raises(Refused) as refused:
        guards.check_reach(inventory, "jobs")
    assert "aws s3 cp" not in str(refused.value)
    assert str(refused.value).endswith(
        "give --role-arn of one that may read the inventory with its data files."
    )


@pytest.mark.parametrize("granted", [frozenset({"copies", "more"}), None], ids=["known", "unknown"])
@pytest.mark.parametrize("asked", [None, "copies", "more"])
def test_a_destination_that_the_stack_grants_passes(
    asked: str | None, granted: frozenset[str] | None
) -> None:
    guards.check_destination(asked, "photos", granted)


@pytest.mark.parametrize(("asked", "named"), [("other", "other"), ("", "photos")])
def test_a_destination_that_the_stack_does_not_grant_is_refused(asked: str, named: str) -> None:
    with pytest.raises(Refused, match=f"may not write to '{named}', only to copies, more: put its"):
        guards.check_destination(asked, "photos", frozenset({"copies", "more"}))


def test_the_bucket_of_the_objects_passes_where_it_is_granted_or_nothing_is_known() -> None:
    guards.check_destination("", "photos", frozenset({"photos"}))
    guards.check_destination("", "photos", None)
    guards.check_destination("", None, frozenset({"copies"}))


@pytest.mark.parametrize(
    "asked",
    [
        "arn:aws:s3:::copies",
        "s3://copies",
        "Copies",
        "my_copies",
        "copies-1a2b3c-s3alias",
        "copies--ol-s3",
        "abc.mrap",
        "copies--table-s3",
        "ab",
    ],
)
def test_a_destination_that_is_no_plain_name_of_a_bucket_is_refused(asked: str) -> None:
    with pytest.raises(Refused, match="give the bare name, no alias"):
        guards.check_destination(asked, "photos", None)


@pytest.mark.parametrize("prefix", ["", "reports2", "march"])
def test_a_report_that_the_role_may_not_write_is_refused(prefix: str) -> None:
    with pytest.raises(Refused, match="begin --report-prefix with reports/"):
        guards.check_report(prefix)


def test_submit_and_the_function_refuse_the_same_aliases() -> None:
    # two lists, since neither side may import the other; S3 User Guide, bucketnamingrules
    assert guards.ALIASES == s3copy.guards.ALIASES
