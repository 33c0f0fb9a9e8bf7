"""What is found out about another S3 server before objects depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from jobs.errors import Refused
from jobs.local import other_services
from jobs.local.s3 import probe, server
from jobs.local.s3.probe import Findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

# What moto 5.2.5 alone ignores: measured, and the reason for jobs/local/s3/promises.py.
IGNORED_BY_MOTO = {
    "If-None-Match of CopyObject",
    "If-Match of CopyObject",
    "x-amz-copy-source-if-match of CopyObject",
    "x-amz-copy-source-if-match of UploadPartCopy",
}


@pytest.fixture
def moto_alone() -> Iterator[S3Client]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    yield client
    client.close()
    running.stop()


def test_a_server_that_ignores_conditions_is_found_out(moto_alone: S3Client) -> None:
    found = probe.find(moto_alone)
    assert set(found.broken) == IGNORED_BY_MOTO
    assert not found.is_safe
    assert not found.knows_annotations  # moto replaces the object by its annotation
    assert "http://x does not enforce If-None-Match of CopyObject, " in found.sentence("http://x")
    assert moto_alone.list_buckets()["Buckets"] == []  # nothing is left behind


def test_our_own_server_holds_all() -> None:
    with server.running() as url:
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1")
        found = probe.find(client)
        client.close()
    assert found == Findings(broken=(), knows_annotations=True)
    assert found.is_safe
    assert found.sentence(url) == f"{url} enforces every condition that a copy and a rename need."


def test_a_server_that_makes_no_bucket_is_said_not_to_be_tried() -> None:
    once = Config(retries={"total_max_attempts": 1})
    nobody = "http://127.0.0.1:9"
    client = boto3.client("s3", endpoint_url=nobody, region_name="us-east-1", config=once)
    found = probe.find(client)
    assert not found.is_safe
    assert "was not tried, and may ignore conditions" in found.sentence(nobody)


@pytest.mark.parametrize("setting", ["never", "always"])
def test_where_two_names_are_one_a_rename_that_replaces_is_refused(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SeaweedFS 4.48: the rename of a//b to a/b said Renamed, and nothing was left (tried)."""
    monkeypatch.setattr(probe, "find", lambda _s3: Findings(merges_names=True))
    asked = {"OPERATION": "rename", "OVERWRITE": setting}
    client = cast("S3Client", None)
    if setting == "never":
        other_services.check_s3(client, "http://x", asked, is_accepted=False)
        return
    with pytest.raises(Refused, match="where both are one name: set OVERWRITE=never"):
        other_services.check_s3(client, "http://x", asked, is_accepted=False)
    other_services.check_s3(client, "http://x", asked, is_accepted=True)


@pytest.mark.parametrize(
    ("operation", "overwrite", "named"),
    [
        ("copy", "never", "With OVERWRITE=never a copy"),
        ("rename", "always", "With OPERATION=rename a copy"),
        ("rename", "never", "With OPERATION=rename and OVERWRITE=never a copy"),
        ("copy", "always", None),
    ],
)
def test_what_needs_a_condition_that_is_ignored_is_refused_unless_accepted(
    operation: str, overwrite: str, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "find", lambda _s3: Findings(broken=("If-Match of CopyObject",)))
    asked = {"OPERATION": operation, "OVERWRITE": overwrite}
    client = cast("S3Client", None)
    other_services.check_s3(client, "http://x", asked, is_accepted=True)
    if named is None:
        other_services.check_s3(client, "http://x", asked, is_accepted=False)
        return
    with pytest.raises(Refused, match=f"^{named} or rename of src/s3copy could replace or lose"):
        other_services.check_s3(client, "http://x", asked, is_accepted=False)
