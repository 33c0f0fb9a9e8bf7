"""S3 requests for each object, counted on the wire, beside what people use today.

    python bench/requests_per_object.py

The fake S3 of tests/function/fakes3 answers over HTTP. Peers: boto3's `client.copy`, the AWS CLI's
`aws s3 cp` and `aws s3 mv`, and the copy example of AWS's Lambda documentation (one CopyObject).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [
    str(ROOT / "tests" / "function"),
    str(ROOT / "{{cookiecutter.project_slug}}" / "src"),
]

import boto3  # noqa: E402 after the paths
from botocore.exceptions import ClientError  # noqa: E402

import no_aws  # noqa: E402 beside this file
import s3copy  # noqa: E402 from the template
from fakes3 import Bucket, Store, Version  # noqa: E402 from tests/function/
from fakes3.server import Server  # noqa: E402
from fakes3.store import whole_checksum  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3.client import S3Client

MIB = 1024**2  # one byte in the fake stands for this many
SIZES = {"1 MiB": 1, "100 MiB": 100, "6 GiB": 6 * 1024}
# what -> (requests that the protocol names, versioning, source, KMS, HEAD_FIRST)
RENAMES: dict[str, tuple[int, str | None, dict[str, Any], bool, bool]] = {
    "plain": (2, None, {}, False, False),
    "plain, versioned": (2, "Enabled", {}, False, False),
    "into KMS, with a checksum": (3, None, {"checksum": True}, True, False),
    "multipart source, versioned": (4, "Enabled", {"parts": 3}, False, False),
    "multipart source, with a checksum": (4, None, {"parts": 3, "checksum": True}, False, False),
    "multipart source, neither": (5, None, {"parts": 3}, False, False),
    "multipart source, HEAD_FIRST": (3, None, {"parts": 3}, False, True),
}


def store_with(versioning: str | None, source: dict[str, Any], *, kms: bool, size: int) -> Store:
    """Return a store with one source object, and a bucket for the copy."""
    store = Store(scale=MIB)
    store.add_bucket(Bucket("from", versioning))
    store.add_bucket(Bucket("to", kms=kms))
    body = b"x" * size
    values: dict[str, Any] = {"tags": (("a", "b"),), "metadata": (("colour", "blue"),)}
    if "parts" in source:
        values["etag"] = store.etag(body, parts=source["parts"])
    if "checksum" in source:
        values["checksum"] = whole_checksum("CRC64NVME", body)
    store.put_body("from", "key", body, **values)
    return store


def ours(operation: str, *, head_first: bool = False) -> Callable[[S3Client, str], None]:
    """Return a run of this template's copy or rename."""

    def run(client: S3Client, _url: str) -> None:
        act = s3copy.rename if operation == "rename" else s3copy.copy
        options = s3copy.Options(head_first=head_first)
        source, target = s3copy.Source("from", "key"), s3copy.Target("to", "key")
        act(client, source, target, options, time.monotonic() + 900)

    return run


def client_copy(client: S3Client, _url: str) -> None:
    """Run boto3's own managed copy at its defaults."""
    client.copy({"Bucket": "from", "Key": "key"}, "to", "key")


def documentation(client: S3Client, _url: str) -> None:
    """Run what the documentation's function does with an object."""
    str(client.copy_object(Bucket="to", Key="key", CopySource={"Bucket": "from", "Key": "key"}))


def cli(verb: str) -> Callable[[S3Client, str], None]:
    """Return a run of `aws s3 cp` or `aws s3 mv`."""
    aws = str(Path(sys.executable).with_name("aws"))

    def run(_client: S3Client, url: str) -> None:
        command = [aws, "--endpoint-url", url, "s3", verb, "s3://from/key", "s3://to/key"]
        subprocess.run(command, check=True, capture_output=True)

    return run


def count(store: Store, act: Callable[[S3Client, str], None]) -> tuple[int | None, bool]:
    """Return the requests of one object (None: it failed), and whether nothing was lost."""
    source = store.buckets["from"].keys["key"][-1]
    with Server(store) as server:
        client = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1")
        try:
            act(client, server.url)
        except ClientError:
            return None, False
        finally:
            client.close()
        copied = store.current("to", "key")
        # Whether a bucket has versioning is asked once a process, not for each object.
        server.seen.pop("GetBucketVersioning", 0)
        return server.seen.total(), copied is not None and described(copied) == described(source)


def described(version: Version) -> tuple[Any, ...]:
    """Return what a copy should keep."""
    return version.body, version.metadata, version.tags


def main() -> None:
    """Print both tables; fail when this template needs more than the protocol names."""
    os.environ |= no_aws.ENVIRONMENT
    wrong = copies() + renames()
    if wrong:
        raise SystemExit(f"more requests than the protocol names, or something lost: {wrong}")


def copies() -> list[str]:
    """Print the requests of one copy by size and by peer; return what is wrong."""
    peers = {
        "this template": ours("copy"),
        "client.copy": client_copy,
        "aws s3 cp": cli("cp"),
        "documentation": documentation,
    }
    print(f"{'a copy of':34}" + "".join(f"{name:>22}" for name in peers))
    wrong = []
    for name, size in SIZES.items():
        found = [count(store_with(None, {}, kms=False, size=size), act) for act in peers.values()]
        print(f"{name:34}" + "".join(f"{shown(*one, first=found[0][0]):>22}" for one in found))
        if not found[0][1] or (size < SIZES["6 GiB"] and found[0][0] != 1):
            wrong.append(name)
    return wrong


def renames() -> list[str]:
    """Print the requests of one rename by kind of object; return what is wrong."""
    print(f"\n{'a rename of an object that is':34}{'this template':>22}{'aws s3 mv':>22}")
    wrong = []
    for name, (named, versioning, source, kms, head_first) in RENAMES.items():
        runs = (ours("rename", head_first=head_first), cli("mv"))
        found = [count(store_with(versioning, source, kms=kms, size=1), act) for act in runs]
        print(f"{name:34}" + "".join(f"{shown(*one, first=found[0][0]):>22}" for one in found))
        if found[0] != (named, True):
            wrong.append(name)
    print("`aws s3 mv` deletes without a condition and without proof of the copy; lossy: no tags.")
    return wrong


def shown(requests: int | None, is_whole: bool, *, first: int | None) -> str:  # noqa: FBT001 one row
    """Return one cell: the requests, their ratio to ours, and what was lost."""
    if requests is None:
        return "refused by S3"
    ratio = f" ({requests / first:.1f} x)" if first else ""
    return f"{requests}{ratio}{'' if is_whole else ', lossy'}"


if __name__ == "__main__":
    main()
