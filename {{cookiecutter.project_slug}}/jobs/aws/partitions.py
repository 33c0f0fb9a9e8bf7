"""The partitions of AWS, from botocore's own data: aws, aws-cn, aws-us-gov, aws-eusc, aws-iso..."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import boto3
import botocore.session


@cache
def of_region(region: str) -> str:
    """Return the partition of a Region, for instance aws-cn.

    Raises:
        UnknownRegionError: botocore knows no partition with such a Region.
    """
    return boto3.Session().get_partition_for_region(region)


def dns_suffix(partition: str) -> str:
    """Return what `AWS::URLSuffix` is there, for instance amazonaws.com.

    Raises:
        KeyError: botocore knows no such partition.
    """
    return _outputs()[partition]["dnsSuffix"]


def dns_suffixes() -> frozenset[str]:
    """Return the ends of the host names of all AWS services, dual-stack ones too."""
    kinds = ("dnsSuffix", "dualStackDnsSuffix")
    return frozenset(outputs[kind] for outputs in _outputs().values() for kind in kinds)


def is_aws(endpoint: str) -> bool:
    """Tell whether a client's endpoint is AWS itself, and not a service on this machine."""
    host = urlsplit(endpoint).hostname or ""
    return any(host.endswith(f".{suffix}") for suffix in dns_suffixes())


@cache
def _outputs() -> Mapping[str, Mapping[str, str]]:
    """Return partition -> its part of the rules by which botocore makes endpoints."""
    known = botocore.session.get_session().get_data("partitions")["partitions"]
    return {each["id"]: each["outputs"] for each in known}
