"""What a request to S3 must be allowed, by the table of actions; directory buckets by session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam import Request
from s3_actions import BUCKET, DIRECTORY, READ, READ_BUCKET, TABLE, WRITTEN, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s3_call import Call

# Of a general purpose bucket. For a directory bucket AWS does not say it; there it is a guess.
VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}

# In a directory bucket a session stands for all of these; the SDK opens it, ReadWrite if the role
# may, else ReadOnly (page SESSIONS). A copy needs one on each directory bucket that it touches.
READING = frozenset({"HeadObject"})


def needed(call: Call) -> Iterator[tuple[Request, ...]]:
    """Yield what the call needs to succeed; of each tuple one request must be allowed.

    Raises:
        LookupError: the table has no row for the operation.
    """
    if call.operation not in {row.operation for row in TABLE} | {"RenameObject"}:
        raise LookupError(f"{call.operation}: no row in the table")
    yield from ((request,) for row, request in _requests(call) if row.hides is None)
    yield from _sessions(call)


def shown(call: Call) -> Iterator[tuple[str, Request]]:
    """Yield the members that the answer has only if the request beside them is allowed, too."""
    yield from ((row.hides, request) for row, request in _requests(call) if row.hides)


def _requests(call: Call) -> Iterator[tuple[Row, Request]]:
    for row in TABLE:
        if row.operation == call.operation and row.when(call):
            context = VIA_S3 if row.action.startswith("kms:") else {}
            if not _named(row, call).endswith(DIRECTORY):
                yield row, Request(row.action, _arn(row, call), context)


def _named(row: Row, call: Call) -> str:
    """Return the bucket that the row is about; for a KMS key, nothing."""
    if row.on in {READ, READ_BUCKET}:
        return str(call.read["Bucket"])
    return str(call.given["Bucket"]) if row.on in {WRITTEN, BUCKET} else ""


def _arn(row: Row, call: Call) -> str:
    match row.on:
        case "object read":
            return f"arn:aws:s3:::{call.read['Bucket']}/{call.read['Key']}"
        case "object written":
            return f"arn:aws:s3:::{call.given['Bucket']}/{call.given['Key']}"
        case "key of object read":
            return str(call.source_key)
        case "key of object written":
            return str(call.target_key)
    return f"arn:aws:s3:::{_named(row, call)}"


def _sessions(call: Call) -> Iterator[tuple[Request, ...]]:
    modes: dict[str, tuple[str, ...]] = {str(call.read["Bucket"]): ("ReadWrite", "ReadOnly")}
    if call.operation not in READING:
        modes[str(call.given["Bucket"])] = ("ReadWrite",)
    for bucket, allowed in modes.items():
        if bucket.endswith(DIRECTORY):
            arn = f"arn:aws:s3express:{call.region}:{call.account}:bucket/{bucket}"
            yield tuple(
                Request("s3express:CreateSession", arn, {"s3express:SessionMode": mode})
                for mode in allowed
            )
