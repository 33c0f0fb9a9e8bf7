"""A boto3 client that answers 403 unless the statements allow what each request needs.

Where S3 does not refuse but leaves a part of its answer out, so does this client.

Two botocore events do it: `provide-client-params` shows the parameters as they were given, and
`before-call` answers before anything is sent. What is allowed is answered by the S3 of
dictionaries, which knows the conditional requests that moto ignores.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

import s3_call
import s3_needs
from fakes3 import FakeClient, Store
from fakes3.checks import error
from iam import Request, Statement, is_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_s3.client import S3Client

NO_HEADERS: Any = {}


@dataclass(slots=True)
class World:
    """Objects, the keys that encrypt them, and who may do what.

    Attributes:
        operations: what S3 was asked to do, with the actions that each needed.
        keys: bucket -> ARN of the KMS key of its objects.
        before: called with each allowed operation; may raise ClientError.
        denied: what was asked for and not allowed.
        asked: everything that was asked for.
    """

    statements: Sequence[Statement]
    store: Store
    keys: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _operation: None
    denied: list[Request] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    operations: set[tuple[str, str]] = field(default_factory=set)

    def answer(self, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return S3's answer.

        Raises:
            ClientError: S3 refuses, or IAM denies.
        """
        call = self._call(operation, given)
        for alternatives in s3_needs.needed(call):
            if not self._allows(operation, *alternatives):
                raise error(operation, 403, "AccessDenied")
        hidden = {
            member
            for member, request in s3_needs.shown(call)
            if not self._allows(operation, request)
        }
        self.before(operation)
        if operation == "RenameObject":
            return self._rename(given)
        method = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation)
        answer: dict[str, Any] = getattr(FakeClient(self.store), method[1:])(**given)
        return {member: value for member, value in answer.items() if member not in hidden}

    def _allows(self, operation: str, *alternatives: Request) -> bool:
        self.asked.extend(alternatives)
        self.operations.add((operation, alternatives[0].action))
        allowed = any(is_allowed(self.statements, each) for each in alternatives)
        if not allowed:
            self.denied.append(alternatives[0])
        return allowed

    def _rename(self, given: dict[str, Any]) -> dict[str, Any]:
        """Only directory buckets can: the fake has none of them, and no such request."""
        bucket = given["Bucket"]
        key = unquote(given["RenameSource"])
        if self.store.current(bucket, key) is None:
            raise error("RenameObject", 404, "NoSuchKey")
        versions = self.store.buckets[bucket].keys
        versions[given["Key"]] = versions.pop(key)
        return {}

    def _call(self, operation: str, given: dict[str, Any]) -> s3_call.Call:
        read = given.get("CopySource", given)
        found = None
        if "Key" in read:
            found = self.store.find(read["Bucket"], read["Key"], read.get("VersionId"))
        by_kms = found is not None and found.sse == "aws:kms"
        return s3_call.Call(
            operation,
            given,
            is_missing=found is None or found.is_marker,
            has_tags=bool(found and found.tags),
            source_key=self.keys.get(read["Bucket"]) if by_kms else None,
            target_key=self._target_key(operation, given),
        )

    def _target_key(self, operation: str, given: dict[str, Any]) -> str | None:
        """Parts carry no key of their own, nor does their completion: the upload's counts."""
        if operation in {"UploadPartCopy", "CompleteMultipartUpload"}:
            given = self.store.uploads.get(given["UploadId"], given)
        return given.get("SSEKMSKeyId")


class Guard:
    """Stands between a boto3 client and whatever world it is in at the time."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.client: S3Client = boto3.Session().client("s3", region_name="us-east-1")
        self.client.meta.events.register("provide-client-params.s3", self._keep)
        answer: Any = self._answer  # the stubs know no handler that answers
        self.client.meta.events.register("before-call.s3", answer)

    def _keep(self, params: Any, context: dict[str, Any], **_: object) -> None:
        context["as given"] = copy.deepcopy(params)

    def _answer(self, model: Any, context: dict[str, Any], **_: object) -> tuple[Any, Any]:
        assert self.world is not None, "a request outside of any scenario"
        try:
            answer = self.world.answer(model.name, context["as given"])
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return AWSResponse("", status, NO_HEADERS, None), error.response
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {}}
        return AWSResponse("", 200, NO_HEADERS, None), {**answer, "ResponseMetadata": metadata}
