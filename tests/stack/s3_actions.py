"""Which IAM actions, on which ARNs, each S3 request needs: the table that the proof rests on.

Every row names the page of AWS's documentation that it comes from. The proof of the permissions is
as good as this table; what AWS does beyond its documentation no test here can know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iam import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DOCS = "https://docs.aws.amazon.com/"
API = f"{DOCS}AmazonS3/latest/API/API_"
GUIDE = f"{DOCS}AmazonS3/latest/userguide/"
REFERENCE = f"{DOCS}service-authorization/latest/reference/list_amazons3.html"
TAGGING = f"{GUIDE}object-tagging.html"
CONDITIONAL_WRITES = f"{GUIDE}conditional-writes.html"
CONDITIONAL_DELETES = f"{GUIDE}conditional-deletes.html"
MULTIPART = f"{GUIDE}mpuoverview.html"
KMS = f"{GUIDE}UsingKMSEncryption.html"
SESSIONS = f"{API}CreateSession.html"

DIRECTORY = "--x-s3"
# Of a general purpose bucket. For a directory bucket AWS does not say it; there it is a guess.
VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to S3, and what S3 itself knows when it decides.

    Attributes:
        given: the parameters as boto3 gets them.
        is_missing: the object that is read does not exist.
        has_tags: it has tags.
        source_key: ARN of the KMS key of what is read (also by a HEAD); None: no such key.
        target_key: ARN of the KMS key of what is written; None: no such key.
        account: owner of directory buckets.
    """

    operation: str
    given: Mapping[str, Any]
    is_missing: bool = False
    has_tags: bool = False
    source_key: str | None = None
    target_key: str | None = None
    account: str = "111122223333"
    region: str = "us-east-1"
    read: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", self.given.get("CopySource", self.given))


def _versioned(call: Call) -> bool:
    return "VersionId" in call.read


def _current(call: Call) -> bool:
    return not _versioned(call)


def _has_tags(call: Call) -> bool:
    return call.has_tags


def _copies_annotations(call: Call) -> bool:
    return call.given.get("AnnotationDirective") != "EXCLUDE"


def _copies_tags(call: Call) -> bool:
    return call.has_tags and call.given.get("TaggingDirective") != "REPLACE"


def _asks_checksum(call: Call) -> bool:
    return call.given.get("ChecksumMode") == "ENABLED" and call.source_key is not None


def _all(*conditions: Callable[[Call], bool]) -> Callable[[Call], bool]:
    return lambda call: all(condition(call) for condition in conditions)


def _given(name: str) -> Callable[[Call], bool]:
    return lambda call: bool(call.given.get(name))


def _reads_with_key(call: Call) -> bool:
    return call.source_key is not None


def _writes_with_key(call: Call) -> bool:
    return call.target_key is not None


def _is_missing(call: Call) -> bool:
    return call.is_missing


def _always(_call: Call) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Row:
    """`operation` needs `action` on `on` when `when` holds, as `page` says.

    Attributes:
        hides: without the action the request still succeeds, but its answer lacks this member.
    """

    operation: str
    action: str
    on: str
    page: str
    when: Callable[[Call], bool] = _always
    hides: str | None = None


READ, READ_BUCKET, READ_KEY = "object read", "bucket read", "key of object read"
WRITTEN, BUCKET, WRITTEN_KEY = "object written", "bucket", "key of object written"

TABLE = (
    Row("HeadObject", "s3:GetObject", READ, f"{API}HeadObject.html", _current),
    Row("HeadObject", "s3:GetObjectVersion", READ, f"{API}HeadObject.html", _versioned),
    Row("HeadObject", "s3:ListBucket", READ_BUCKET, f"{API}HeadObject.html", _is_missing),
    Row("HeadObject", "kms:Decrypt", READ_KEY, f"{API}HeadObject.html", _asks_checksum),
    Row("HeadObject", "kms:GenerateDataKey", READ_KEY, f"{API}HeadObject.html", _asks_checksum),
    # TagCount is there "when you have the relevant permission to read object tags", says the page.
    Row(
        "HeadObject",
        "s3:GetObjectTagging",
        READ,
        f"{API}HeadObject.html",
        _all(_has_tags, _current),
        hides="TagCount",
    ),
    Row(
        "HeadObject",
        "s3:GetObjectVersionTagging",
        READ,
        f"{API}HeadObject.html",
        _all(_has_tags, _versioned),
        hides="TagCount",
    ),
    Row("CopyObject", "s3:GetObject", READ, f"{API}CopyObject.html", _current),
    Row("CopyObject", "s3:GetObjectVersion", READ, REFERENCE, _versioned),
    Row("CopyObject", "s3:ListBucket", READ_BUCKET, f"{API}GetObject.html", _is_missing),
    Row("CopyObject", "s3:PutObject", WRITTEN, f"{API}CopyObject.html"),
    Row("CopyObject", "s3:GetObject", WRITTEN, CONDITIONAL_WRITES, _given("IfMatch")),
    Row("CopyObject", "s3:GetObjectTagging", READ, TAGGING, _all(_copies_tags, _current)),
    Row("CopyObject", "s3:GetObjectVersionTagging", READ, TAGGING, _all(_copies_tags, _versioned)),
    Row("CopyObject", "s3:PutObjectTagging", WRITTEN, TAGGING, _copies_tags),
    Row(
        "CopyObject",
        "s3:GetObjectAnnotation",
        READ,
        f"{API}CopyObject.html#AmazonS3-CopyObject-request-header-AnnotationDirective",
        _all(_copies_annotations, _current),
    ),
    # The page names GetObjectAnnotation only; the reference has this action for explicit versions.
    Row(
        "CopyObject",
        "s3:GetObjectVersionAnnotation",
        READ,
        REFERENCE,
        _all(_copies_annotations, _versioned),
    ),
    Row(
        "CopyObject",
        "s3:PutObjectAnnotation",
        WRITTEN,
        f"{API}CopyObject.html#AmazonS3-CopyObject-request-header-AnnotationDirective",
        _copies_annotations,
    ),
    Row("CopyObject", "kms:Decrypt", READ_KEY, KMS, _reads_with_key),
    Row("CopyObject", "kms:GenerateDataKey", WRITTEN_KEY, KMS, _writes_with_key),
    Row("DeleteObject", "s3:DeleteObject", WRITTEN, f"{API}DeleteObject.html", _current),
    Row("DeleteObject", "s3:DeleteObjectVersion", WRITTEN, f"{API}DeleteObject.html", _versioned),
    Row("DeleteObject", "s3:GetObject", WRITTEN, CONDITIONAL_DELETES, _given("IfMatch")),
    Row(
        "GetBucketVersioning",
        "s3:GetBucketVersioning",
        BUCKET,
        f"{API}GetBucketVersioning.html",
    ),
    Row("ListObjectsV2", "s3:ListBucket", BUCKET, f"{API}ListObjectsV2.html"),
    Row("GetObjectTagging", "s3:GetObjectTagging", READ, f"{API}GetObjectTagging.html", _current),
    Row(
        "GetObjectTagging",
        "s3:GetObjectVersionTagging",
        READ,
        f"{API}GetObjectTagging.html",
        _versioned,
    ),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectAttributes",
        READ,
        f"{API}GetObjectAttributes.html",
        _current,
    ),
    Row("GetObjectAttributes", "s3:GetObject", READ, f"{API}GetObjectAttributes.html", _current),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
        READ,
        f"{API}GetObjectAttributes.html",
        _versioned,
    ),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectVersion",
        READ,
        f"{API}GetObjectAttributes.html",
        _versioned,
    ),
    Row(
        "PutObjectTagging", "s3:PutObjectTagging", WRITTEN, f"{API}PutObjectTagging.html", _current
    ),
    Row(
        "PutObjectTagging",
        "s3:PutObjectVersionTagging",
        WRITTEN,
        f"{API}PutObjectTagging.html",
        _versioned,
    ),
    Row(
        "ListObjectAnnotations",
        "s3:ListObjectAnnotations",
        READ,
        f"{API}ListObjectAnnotations.html",
        _current,
    ),
    Row(
        "ListObjectAnnotations",
        "s3:ListObjectVersionAnnotations",
        READ,
        REFERENCE,
        _versioned,
    ),
    Row(
        "GetObjectAnnotation",
        "s3:GetObjectAnnotation",
        READ,
        f"{API}GetObjectAnnotation.html",
        _current,
    ),
    Row("GetObjectAnnotation", "s3:GetObjectVersionAnnotation", READ, REFERENCE, _versioned),
    Row(
        "PutObjectAnnotation",
        "s3:PutObjectAnnotation",
        WRITTEN,
        f"{API}PutObjectAnnotation.html",
        _current,
    ),
    Row("PutObjectAnnotation", "s3:PutObjectVersionAnnotation", WRITTEN, REFERENCE, _versioned),
    Row("CreateMultipartUpload", "s3:PutObject", WRITTEN, MULTIPART),
    Row("CreateMultipartUpload", "s3:PutObjectTagging", WRITTEN, TAGGING, _given("Tagging")),
    Row(
        "CreateMultipartUpload",
        "kms:GenerateDataKey",
        WRITTEN_KEY,
        f"{API}CreateMultipartUpload.html",
        _writes_with_key,
    ),
    Row("UploadPartCopy", "s3:GetObject", READ, f"{API}UploadPartCopy.html", _current),
    Row("UploadPartCopy", "s3:GetObjectVersion", READ, REFERENCE, _versioned),
    Row("UploadPartCopy", "s3:PutObject", WRITTEN, f"{API}UploadPartCopy.html"),
    Row("UploadPartCopy", "kms:Decrypt", READ_KEY, KMS, _reads_with_key),
    Row(
        "UploadPartCopy",
        "kms:Decrypt",
        WRITTEN_KEY,
        f"{API}UploadPartCopy.html",
        _writes_with_key,
    ),
    Row("CompleteMultipartUpload", "s3:PutObject", WRITTEN, MULTIPART),
    # The page asks for it when the upload has a checksum; here every upload with a key needs it.
    Row(
        "CompleteMultipartUpload",
        "kms:Decrypt",
        WRITTEN_KEY,
        f"{API}CompleteMultipartUpload.html",
        _writes_with_key,
    ),
    Row("AbortMultipartUpload", "s3:AbortMultipartUpload", WRITTEN, MULTIPART),
)

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
