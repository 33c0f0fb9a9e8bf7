from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import NoRegionError

from jobs.aws import clients
from jobs.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def samconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "samconfig.toml"
    monkeypatch.setattr("jobs.project.samconfig.PATH", path)
    return path


def test_the_region_is_that_of_the_option_samconfig_or_the_sdk_in_this_order(
    samconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in sam, which deployed the stack: one of the same name elsewhere is another stack."""
    assert clients.connect(None).s3control.meta.region_name == "us-east-1"
    samconfig.write_text(
        '[default.deploy.parameters]\nregion = "eu-west-1"\n'
        '[prod.deploy.parameters]\nregion = "eu-west-2"\n'
    )
    assert clients.connect(None).s3control.meta.region_name == "eu-west-1"
    assert clients.connect("eu-north-1").s3control.meta.region_name == "eu-north-1"
    monkeypatch.setenv("SAM_CONFIG_ENV", "prod")
    assert clients.connect(None).s3control.meta.region_name == "eu-west-2"


def test_the_region_of_the_local_service_is_that_which_it_prints(
    samconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samconfig.write_text('[default.deploy.parameters]\nregion = "eu-west-1"\n')
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3_CONTROL", "http://s3-control.local")
    assert clients.connect(None).s3control.meta.region_name == "us-east-1"
    assert clients.connect("eu-north-1").s3control.meta.region_name == "eu-north-1"


def test_no_region_anywhere_is_an_error_with_a_sentence(
    samconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not samconfig.exists()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    with pytest.raises(NoRegionError):
        clients.connect(None)


def test_an_endpoint_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost")
    with pytest.raises(
        Refused, match=r"An AWS setting cannot be used: Invalid endpoint: localhost\.$"
    ):
        clients.connect(None)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(Refused, match=r"cannot be used: .*'us east' doesn't match .* format\.$"):
        clients.connect("us east")
