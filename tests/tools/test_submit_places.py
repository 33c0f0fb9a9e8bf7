from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

import s3copy.guards
from jobs.aws import partitions
from jobs.errors import Refused
from jobs.submit import refusing_places
from jobs.submit.request import Manifest

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from jobs.aws.clients import Clients

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:copier"
ROLE = "arn:aws:iam::123456789012:role/job"
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


def test_the_names_that_aws_keeps_for_examples_are_refused(clients: Clients) -> None:
    refusing_places.check_not_reserved(clients, ["photos", None])
    with pytest.raises(Refused, match="'amzn-s3-demo-source-bucket' is a name that AWS keeps"):
        refusing_places.check_not_reserved(clients, ["amzn-s3-demo-source-bucket"])


@pytest.mark.parametrize("name", ["s3://photos", "arn:aws:s3:::photos", "photos/", "", "a"])
def test_what_is_no_name_of_a_bucket_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="is not the name of a bucket"):
        refusing_places.check_names({name})


def test_rows_of_another_bucket_than_the_function_reads_are_refused() -> None:
    refusing_places.check_source("photos", "photos")
    refusing_places.check_source("videos", None)
    with pytest.raises(Refused, match="names the bucket 'videos', but the function reads 'photos'"):
        refusing_places.check_source("videos", "photos")


def test_a_bucket_in_another_region_is_refused(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_response("head_bucket", {"BucketRegion": "eu-west-1"}, {"Bucket": "photos"})
    with pytest.raises(Refused, match=r"is in eu-west-1, .* give --region eu-west-1"):
        refusing_places.check_region(clients.s3, "photos")


def test_a_bucket_in_the_region_of_the_job_passes(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    refusing_places.check_region(clients.s3, "photos")


def test_a_bucket_whose_region_may_not_be_asked_for_passes(
    clients: Clients, s3_stub: Stubber
) -> None:
    s3_stub.add_client_error(
        "head_bucket", "403", http_status_code=403, response_meta={"HTTPHeaders": {}}
    )
    refusing_places.check_region(clients.s3, "photos")


def test_a_bucket_that_may_not_be_looked_at_still_names_its_region(
    clients: Clients, s3_stub: Stubber
) -> None:
    headers = {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}
    s3_stub.add_client_error("head_bucket", "403", http_status_code=403, response_meta=headers)
    with pytest.raises(Refused, match="is in eu-west-1"):
        refusing_places.check_region(clients.s3, "photos")


def test_a_directory_bucket_is_not_asked_for_its_region(clients: Clients, s3_stub: Stubber) -> None:
    assert s3_stub
    refusing_places.check_region(clients.s3, "photos--use1-az4--x-s3")


def test_a_bucket_that_does_not_exist_is_refused(clients: Clients, s3_stub: Stubber) -> None:
    s3_stub.add_client_error("head_bucket", "404", http_status_code=404)
    with pytest.raises(Refused, match="The bucket 'photos' does not exist"):
        refusing_places.check_region(clients.s3, "photos")


@pytest.mark.parametrize("prefix", ["reports", "reports/2026/march"])
def test_the_folders_of_the_jobs_bucket_are_in_reach_of_the_role(prefix: str) -> None:
    refusing_places.check_reach(PLACE, "jobs")
    refusing_places.check_report(prefix)


@pytest.mark.parametrize(
    "place",
    [Manifest("other", "manifests/m.csv", "e", ("Bucket",)), Manifest("jobs", "m", "e", ("Key",))],
    ids=["another bucket", "another folder"],
)
def test_a_manifest_that_the_role_may_not_read_is_refused(place: Manifest) -> None:
    with pytest.raises(Refused, match="reads manifests in 's3://jobs/manifests/' only: copy it"):
        refusing_places.check_reach(place, "jobs")


def test_a_copy_of_an_inventorys_manifest_is_not_advised_since_its_data_files_stay() -> None:
    inventory = Manifest("other", "inventory/manifest.json", "e", ())
    with pytest.raises(Refused) as refused:
        refusing_places.check_reach(inventory, "jobs")
    assert "aws s3 cp" not in str(refused.value)
    assert str(refused.value).endswith(
        "give --role-arn of one that may read the inventory with its data files."
    )


@pytest.mark.parametrize("granted", [frozenset({"copies", "more"}), None], ids=["known", "unknown"])
@pytest.mark.parametrize("asked", [None, "copies", "more"])
def test_a_destination_that_the_stack_grants_passes(
    asked: str | None, granted: frozenset[str] | None
) -> None:
    refusing_places.check_destination(asked, "photos", granted)


@pytest.mark.parametrize(("asked", "named"), [("other", "other"), ("", "photos")])
def test_a_destination_that_the_stack_does_not_grant_is_refused(asked: str, named: str) -> None:
    with pytest.raises(Refused, match=f"may not write to '{named}', only to copies, more: put its"):
        refusing_places.check_destination(asked, "photos", frozenset({"copies", "more"}))


def test_the_bucket_of_the_objects_passes_where_it_is_granted_or_nothing_is_known() -> None:
    refusing_places.check_destination("", "photos", frozenset({"photos"}))
    refusing_places.check_destination("", "photos", None)
    refusing_places.check_destination("", None, frozenset({"copies"}))


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
        refusing_places.check_destination(asked, "photos", None)


@pytest.mark.parametrize("prefix", ["", "reports2", "march"])
def test_a_report_that_the_role_may_not_write_is_refused(prefix: str) -> None:
    with pytest.raises(Refused, match="begin --report-prefix with reports/"):
        refusing_places.check_report(prefix)


def test_submit_and_the_function_refuse_the_same_aliases() -> None:
    # two lists, since neither side may import the other; S3 User Guide, bucketnamingrules
    assert refusing_places.ALIASES == s3copy.guards.ALIASES


def test_a_function_of_the_roles_account_in_the_jobs_region_passes() -> None:
    refusing_places.check_function(f"{FUNCTION}:1", ROLE, "us-east-1")


@pytest.mark.parametrize(
    ("arn", "role", "sentence"),
    [
        (FUNCTION.replace("us-east-1", "eu-west-1"), ROLE, "is in eu-west-1, and the job would"),
        (FUNCTION, ROLE.replace("12:role", "13:role"), "are of different accounts or partitions"),
        (FUNCTION, ROLE.replace("aws", "aws-cn"), "are of different accounts or partitions"),
        (FUNCTION, "copier", "is not the ARN of a role"),
    ],
    ids=["Region", "account", "partition", "no role"],
)
def test_a_function_that_the_job_could_not_run_is_refused(
    arn: str, role: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        refusing_places.check_function(f"{arn}:1", role, "us-east-1")
