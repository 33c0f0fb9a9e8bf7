"""Stores manifests and reports, which S3 Batch Operations wants with SSE-S3.

On AWS it is always asked for: the default of a bucket may be KMS, and S3 Batch Operations reads no
CSV manifest, and writes no report, that is encrypted so. A server that does not know the header
(SeaweedFS, Ceph without TLS) gets the object without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from jobs import errors
from jobs.aws import partitions
from jobs.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

SSE_S3 = {"ServerSideEncryption": "AES256"}
PART = 64 * 1024**2  # bytes; 10,000 of them make 625 GiB
NOT_TAKEN = frozenset({400, 500, 501})
"""HTTP statuses of servers that do not take the header; SeaweedFS 4.48 answers 500."""


class NotStoredError(Refused):
    """An object could not be stored. The message says which request failed, and S3's words."""


class Stored(NamedTuple):
    """An object that was stored: its ETag without quotes, its version or an empty text."""

    etag: str
    version_id: str


class Uploads:
    """Stores objects in one S3 and remembers whether it takes the header."""

    def __init__(self, s3: S3Client) -> None:
        """Ask for SSE-S3 until the server refuses it."""
        self._s3 = s3
        self._encryption: dict[str, Any] = dict(SSE_S3)

    def put(self, **request: Any) -> Stored:  # noqa: ANN401 - the members of PutObject
        """Store an object by the members of PutObject.

        Raises:
            NotStoredError: S3 refused it or did not answer.
        """
        asked = self._encryption | request
        try:
            try:
                return self._store(asked)
            except ClientError as error:
                if not self._is_not_taken(error, asked):
                    raise
            if not isinstance(body := request["Body"], bytes):
                body.seek(0)
            del asked["ServerSideEncryption"]
            stored = self._store(asked)
        except (BotoCoreError, ClientError) as error:
            where = f"s3://{request['Bucket']}/{request['Key']}"
            said = errors.sentence(error)
            raise NotStoredError(f"{where} could not be stored: {said}") from error
        self._encryption = {}
        return stored

    def put_in_parts(self, path: Path, bucket: str, key: str, more: Mapping[str, str]) -> None:
        """Store a file that is too large for one request; `more`: other members of the request.

        Raises:
            NotStoredError: S3 refused it or did not answer.
        """
        try:
            try:
                self._send(path, bucket, key, {**self._encryption, **more})
            except S3UploadFailedError as error:
                refused = error.__context__  # boto3 keeps S3's answer there only
                if not isinstance(refused, ClientError):
                    raise
                if not self._is_not_taken(refused, self._encryption):
                    raise
                self._send(path, bucket, key, dict(more))
        except (BotoCoreError, S3UploadFailedError) as error:
            said = errors.sentence(error)
            raise NotStoredError(f"s3://{bucket}/{key} could not be stored: {said}") from error

    def _send(self, path: Path, bucket: str, key: str, asked: dict[str, Any]) -> None:
        config = TransferConfig(multipart_chunksize=PART)
        self._s3.upload_file(str(path), bucket, key, ExtraArgs=asked, Config=config)

    def _store(self, asked: dict[str, Any]) -> Stored:
        answer = self._s3.put_object(**asked)
        return Stored(answer["ETag"].strip('"'), answer.get("VersionId", ""))

    def _is_not_taken(self, error: ClientError, asked: dict[str, Any]) -> bool:
        is_sse_s3 = asked.get("ServerSideEncryption") == SSE_S3["ServerSideEncryption"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        is_aws = partitions.is_aws(self._s3.meta.endpoint_url)
        return is_sse_s3 and not is_aws and status in NOT_TAKEN
