"""What a handler in this process needs around it: an S3 of its own and an environment of its own.

Nothing of the user's AWS configuration is read or changed.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCE = Path(__file__).parents[2] / "src"
"""Where the handler's modules are."""

FUNCTION_VARIABLES = (
    "DESTINATION_BUCKET",
    "DESTINATION_PREFIX",
    "OPERATION",
    "OVERWRITE",
    "HEAD_FIRST",
    "ANNOTATIONS",
    "KMS_KEY_ARN",
    "STORAGE_CLASS",
    "SOURCE_OWNER",
    "DESTINATION_OWNER",
    "MULTIPART_THRESHOLD_MIB",
    "PART_SIZE_MIB",
    "PARTS_IN_FLIGHT",
    "LOG_LEVEL",
)
"""What template.yaml sets for the function: unset here unless it is given."""


@contextmanager
def s3_server() -> Iterator[str]:
    """Start moto's S3 server on a free port of 127.0.0.1; yield its URL, and stop it."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - it takes a second to import

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def sdk_environment(s3_url: str, region: str = "us-east-1") -> dict[str, str]:
    """Return the variables that point an AWS SDK at a local S3, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL_S3": s3_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Give this process `variables` and, until the end of the block, no AWS setting beside them.

    `src/` can be imported meanwhile. Modules that were imported before keep what they read.
    """
    before, path = dict(os.environ), list(sys.path)
    for name in before:
        if name.startswith("AWS_") or name in FUNCTION_VARIABLES or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(variables)
    sys.path.insert(0, str(SOURCE))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        sys.path[:] = path
