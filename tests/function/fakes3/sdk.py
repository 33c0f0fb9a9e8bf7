"""What the boto3 of this run knows of S3.

The oldest that is supported, 1.40.61, does not know annotations. There the objects of all tests
have none, and copies leave them out, as its deployments must (`ANNOTATIONS=exclude`).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import botocore.session


@cache
def service_model() -> Any:
    return botocore.session.get_session().get_service_model("s3")


KNOWS_ANNOTATIONS = "ListObjectAnnotations" in service_model().operation_names
ANNOTATIONS: Literal["copy", "exclude"] = "copy" if KNOWS_ANNOTATIONS else "exclude"  # the option


def annotated(**payloads: bytes) -> dict[str, Any]:
    """Return the attribute of an object that has these annotations, if there can be any."""
    return {"annotations": tuple(payloads.items())} if KNOWS_ANNOTATIONS else {}
