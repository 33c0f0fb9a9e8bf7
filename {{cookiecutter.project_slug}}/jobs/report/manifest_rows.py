"""Fetches the manifest that a job ran on, in the very version that it ran on.

A job names its manifest by ETag: an object of another ETag is another manifest, and is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from jobs import bars, errors
from jobs.errors import Refused
from jobs.formats import inventory, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

CHUNK = 1 << 20
GONE_CODES = errors.MISSING_CODES | {"NoSuchVersion", "PreconditionFailed", "412"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a manifest on this machine.

    Attributes:
        uri: where the manifest is.
        fields: what each column holds, as a job's `Fields`.
        paths: CSV files, gzipped where their names end so.
    """

    uri: str
    fields: tuple[str, ...]
    paths: tuple[Path, ...]

    @property
    def has_versions(self) -> bool:
        """Whether each row names a version."""
        return "VersionId" in self.fields


def fetch(s3: S3Client, job: JobDescriptorTypeDef, folder: Path) -> Rows:
    """Return the manifest of `job`, fetched into `folder`; a generated list too, if it was kept.

    Raises:
        Refused: it is gone or was replaced, or the job kept no list of its own objects.
    """
    spec, location = _named(job)
    bucket, _, key = location["ObjectArn"].partition(":::")[2].partition("/")
    uri, target = f"s3://{bucket}/{key}", folder / "manifest"
    version = location.get("ObjectVersionId")
    try:
        _download(s3, bucket, key, target, etag=location["ETag"], version=version)
    except ClientError as error:
        if errors.code(error) not in GONE_CODES:
            raise
        raise Refused(
            f"The manifest {uri!r} of job {job['JobId']} is gone or was replaced since: its rows "
            "are not known any more."
        ) from None
    if "Fields" in spec:
        return Rows(uri, tuple(spec["Fields"]), (target,))
    return _inventory(s3, uri, bucket, target, folder)


def _named(job: JobDescriptorTypeDef) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return Spec and Location of the manifest that was given, or that S3 generated."""
    if given := job.get("Manifest"):
        return dict(given["Spec"]), dict(given["Location"])  # type: ignore[arg-type]
    made = job.get("GeneratedManifestDescriptor", {})
    if "Location" not in made:
        raise Refused(
            f"Job {job['JobId']} ran on a list that S3 generated and did not keep: which rows it "
            "had is not known. Make a manifest of what is left: python -m jobs manifest."
        )
    return {}, dict(made["Location"])  # type: ignore[arg-type]


def _inventory(s3: S3Client, uri: str, bucket: str, document: Path, folder: Path) -> Rows:
    try:
        found = inventory.parse(document.read_bytes())
    except manifest.RefusedError as error:
        raise Refused(f"{uri!r} cannot be read: {error}.") from None
    paths = []
    for at, file in enumerate(found.files):
        path = folder / f"manifest-{at}.csv.gz"
        digest = _download(s3, bucket, file.key, path)
        if digest != file.md5.lower():
            raise Refused(
                f"'s3://{bucket}/{file.key}' is not what {uri!r} promises (MD5 {digest}, not "
                f"{file.md5}): the manifest is incomplete."
            )
        paths.append(path)
    return Rows(uri, found.fields, tuple(paths))


def _download(  # noqa: PLR0913 - an object, and which one of its name
    s3: S3Client, bucket: str, key: str, path: Path, *, etag: str = "", version: str | None = None
) -> str:
    """Fetch an object and return its MD5 in hex."""
    conditions = {"IfMatch": f'"{etag}"' if etag else None, "VersionId": version}
    given = {name: value for name, value in conditions.items() if value}
    answer = s3.get_object(Bucket=bucket, Key=key, **given)  # type: ignore[arg-type]
    digest = hashlib.md5(usedforsecurity=False)
    with (
        bars.progress("fetching the manifest (bytes)", answer["ContentLength"]) as counter,
        path.open("wb") as out,
    ):
        for chunk in answer["Body"].iter_chunks(CHUNK):
            digest.update(chunk)
            out.write(chunk)
            counter.add(len(chunk))
    return digest.hexdigest()
