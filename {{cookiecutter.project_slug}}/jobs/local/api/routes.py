"""Which s3control operation a request means: its method and path, from botocore's own model."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from botocore.model import OperationModel

JOB_OPERATIONS = frozenset(
    {
        "CreateJob",
        "DescribeJob",
        "ListJobs",
        "UpdateJobStatus",
        "UpdateJobPriority",
        "PutJobTagging",
        "GetJobTagging",
        "DeleteJobTagging",
    }
)


@cache
def model() -> ServiceModel:
    """Return the s3control model that is installed with botocore."""
    return ServiceModel(Loader().load_service_model("s3control", "service-2"), "s3control")


def find(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation that a method and a path (percent-encoded) mean, and its labels."""
    for verb, pattern, operation in _routes():
        if verb == method and (match := pattern.fullmatch(path)):
            return operation, {label: unquote(text) for label, text in match.groupdict().items()}
    return None


def methods(path: str) -> list[str]:
    """Return the methods that a path (percent-encoded) answers, in alphabetical order."""
    return sorted({verb for verb, pattern, _ in _routes() if pattern.fullmatch(path)})


@cache
def _routes() -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    """Return (method, pattern of the path, operation) for each operation of s3control."""
    operations = [model().operation_model(name) for name in model().operation_names]
    return tuple(
        (str(operation.http["method"]), _pattern(operation.http["requestUri"]), operation)
        for operation in operations
    )


def _pattern(request_uri: str) -> re.Pattern[str]:
    """Return the pattern of a path such as /v20180820/jobs/{id}/status."""
    parts = re.split(r"\{(\w+)\+?\}", request_uri.partition("?")[0])
    return re.compile(
        "".join(
            f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)
        )
    )
