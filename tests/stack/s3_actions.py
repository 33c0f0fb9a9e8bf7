"""Which IAM actions, on which ARNs, each S3 request needs: the table that the proof rests on.

Every row names the page of AWS's documentation that it comes from. The proof of the permissions is
as good as this table; what AWS does beyond its documentation no test here can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s3_call import (
    Call,
    all_of,
    always,
    asks_checksum,
    copies_annotations,
    copies_tags,
    current,
    has,
    has_tags,
    is_missing,
    reads_with_key,
    versioned,
    writes_with_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
    when: Callable[[Call], bool] = always
    hides: str | None = None


READ, READ_BUCKET, READ_KEY = "object read", "bucket read", "key of object read"
WRITTEN, BUCKET, WRITTEN_KEY = "object written", "bucket", "key of object written"

TABLE = (
    Row("HeadObject", "s3:GetObject", READ, f"{API}HeadObject.html", current),
    Row("HeadObject", "s3:GetObjectVersion", READ, f"{API}HeadObject.html", versioned),
    Row("HeadObject", "s3:ListBucket", READ_BUCKET, f"{API}HeadObject.html", is_missing),
    Row("HeadObject", "kms:Decrypt", READ_KEY, f"{API}HeadObject.html", asks_checksum),
    Row("HeadObject", "kms:GenerateDataKey", READ_KEY, f"{API}HeadObject.html", asks_checksum),
    # TagCount is there "when you have the relevant permission to read object tags", says the page.
    Row(
        "HeadObject",
        "s3:GetObjectTagging",
        READ,
        f"{API}HeadObject.html",
        all_of(has_tags, current),
        hides="TagCount",
    ),
    Row(
        "HeadObject",
        "s3:GetObjectVersionTagging",
        READ,
        f"{API}HeadObject.html",
        all_of(has_tags, versioned),
        hides="TagCount",
    ),
    Row("CopyObject", "s3:GetObject", READ, f"{API}CopyObject.html", current),
    Row("CopyObject", "s3:GetObjectVersion", READ, REFERENCE, versioned),
    Row("CopyObject", "s3:ListBucket", READ_BUCKET, f"{API}GetObject.html", is_missing),
    Row("CopyObject", "s3:PutObject", WRITTEN, f"{API}CopyObject.html"),
    Row("CopyObject", "s3:GetObject", WRITTEN, CONDITIONAL_WRITES, has("IfMatch")),
    Row("CopyObject", "s3:GetObjectTagging", READ, TAGGING, all_of(copies_tags, current)),
    Row("CopyObject", "s3:GetObjectVersionTagging", READ, TAGGING, all_of(copies_tags, versioned)),
    Row("CopyObject", "s3:PutObjectTagging", WRITTEN, TAGGING, copies_tags),
    Row(
        "CopyObject",
        "s3:GetObjectAnnotation",
        READ,
        f"{API}CopyObject.html#AmazonS3-CopyObject-request-header-AnnotationDirective",
        all_of(copies_annotations, current),
    ),
    # The page names GetObjectAnnotation only; the reference has this action for explicit versions.
    Row(
        "CopyObject",
        "s3:GetObjectVersionAnnotation",
        READ,
        REFERENCE,
        all_of(copies_annotations, versioned),
    ),
    Row(
        "CopyObject",
        "s3:PutObjectAnnotation",
        WRITTEN,
        f"{API}CopyObject.html#AmazonS3-CopyObject-request-header-AnnotationDirective",
        copies_annotations,
    ),
    Row("CopyObject", "kms:Decrypt", READ_KEY, KMS, reads_with_key),
    Row("CopyObject", "kms:GenerateDataKey", WRITTEN_KEY, KMS, writes_with_key),
    Row("DeleteObject", "s3:DeleteObject", WRITTEN, f"{API}DeleteObject.html", current),
    Row("DeleteObject", "s3:DeleteObjectVersion", WRITTEN, f"{API}DeleteObject.html", versioned),
    Row("DeleteObject", "s3:GetObject", WRITTEN, CONDITIONAL_DELETES, has("IfMatch")),
    Row(
        "GetBucketVersioning",
        "s3:GetBucketVersioning",
        BUCKET,
        f"{API}GetBucketVersioning.html",
    ),
    Row("ListObjectsV2", "s3:ListBucket", BUCKET, f"{API}ListObjectsV2.html"),
    Row("GetObjectTagging", "s3:GetObjectTagging", READ, f"{API}GetObjectTagging.html", current),
    Row(
        "GetObjectTagging",
        "s3:GetObjectVersionTagging",
        READ,
        f"{API}GetObjectTagging.html",
        versioned,
    ),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectAttributes",
        READ,
        f"{API}GetObjectAttributes.html",
        current,
    ),
    Row("GetObjectAttributes", "s3:GetObject", READ, f"{API}GetObjectAttributes.html", current),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
        READ,
        f"{API}GetObjectAttributes.html",
        versioned,
    ),
    Row(
        "GetObjectAttributes",
        "s3:GetObjectVersion",
        READ,
        f"{API}GetObjectAttributes.html",
        versioned,
    ),
    Row("PutObjectTagging", "s3:PutObjectTagging", WRITTEN, f"{API}PutObjectTagging.html", current),
    Row(
        "PutObjectTagging",
        "s3:PutObjectVersionTagging",
        WRITTEN,
        f"{API}PutObjectTagging.html",
        versioned,
    ),
    Row(
        "ListObjectAnnotations",
        "s3:ListObjectAnnotations",
        READ,
        f"{API}ListObjectAnnotations.html",
        current,
    ),
    Row(
        "ListObjectAnnotations",
        "s3:ListObjectVersionAnnotations",
        READ,
        REFERENCE,
        versioned,
    ),
    Row(
        "GetObjectAnnotation",
        "s3:GetObjectAnnotation",
        READ,
        f"{API}GetObjectAnnotation.html",
        current,
    ),
    Row("GetObjectAnnotation", "s3:GetObjectVersionAnnotation", READ, REFERENCE, versioned),
    Row(
        "PutObjectAnnotation",
        "s3:PutObjectAnnotation",
        WRITTEN,
        f"{API}PutObjectAnnotation.html",
        current,
    ),
    Row("PutObjectAnnotation", "s3:PutObjectVersionAnnotation", WRITTEN, REFERENCE, versioned),
    Row("CreateMultipartUpload", "s3:PutObject", WRITTEN, MULTIPART),
    Row("CreateMultipartUpload", "s3:PutObjectTagging", WRITTEN, TAGGING, has("Tagging")),
    Row(
        "CreateMultipartUpload",
        "kms:GenerateDataKey",
        WRITTEN_KEY,
        f"{API}CreateMultipartUpload.html",
        writes_with_key,
    ),
    Row("UploadPartCopy", "s3:GetObject", READ, f"{API}UploadPartCopy.html", current),
    Row("UploadPartCopy", "s3:GetObjectVersion", READ, REFERENCE, versioned),
    Row("UploadPartCopy", "s3:PutObject", WRITTEN, f"{API}UploadPartCopy.html"),
    Row("UploadPartCopy", "kms:Decrypt", READ_KEY, KMS, reads_with_key),
    Row(
        "UploadPartCopy",
        "kms:Decrypt",
        WRITTEN_KEY,
        f"{API}UploadPartCopy.html",
        writes_with_key,
    ),
    Row("CompleteMultipartUpload", "s3:PutObject", WRITTEN, MULTIPART),
    # The page asks for it when the upload has a checksum; here every upload with a key needs it.
    Row(
        "CompleteMultipartUpload",
        "kms:Decrypt",
        WRITTEN_KEY,
        f"{API}CompleteMultipartUpload.html",
        writes_with_key,
    ),
    Row("AbortMultipartUpload", "s3:AbortMultipartUpload", WRITTEN, MULTIPART),
)
