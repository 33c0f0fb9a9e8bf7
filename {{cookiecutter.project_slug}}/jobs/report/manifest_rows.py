"""Fetches the manifest that a job ran on, in the very version that it ran on.

A job names its manifest by ETag: an object of another ETag is another manifest, and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs import bars, errors
from jobs.aws import downloads
from jobs.errors import Refused
from jobs.formats import inventory, manifest

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

GONE_CODES = errors.MISSING_CODES | {"NoSuchVersion", "PreconditionFailed", "412"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a manifest on this machine.

    Attributes:
        fields: what each column holds, as a job's `Fields`.
        paths: CSV files, gzipped where their names end so.
    """

    fields: tuple[str, ...]
    paths: tuple[Path, ...]


def fetch(s3: S3Client, job: JobDescriptorTypeDef, folder: Path) -> Rows:
    """Return the manifest of `job`, fetched into `folder`; a generated list too, if it was kept.

    Raises:
        Refused: it is gone or was replaced, or the job kept no list of its own objects.
    """
    spec, location = _named(job)
    bucket, _, key = location["ObjectArn"].partition(":::")[2].partition("/")
    uri, target = f"s3://{bucket}/{key}", folder / "manifest"
    very = {"IfMatch": '"{}"'.format(location["ETag"].strip('"'))}
    if version := location.get("ObjectVersionId"):
        very["VersionId"] = version
    gone = Refused(
        f"The manifest {uri!r} of job {job['JobId']} is gone or was replaced since: its rows are "
        "not known any more."
    )
    with errors.refusing(gone, GONE_CODES):
        _download(s3, target, Bucket=bucket, Key=key, **very)
    if "Fields" in spec:
        return Rows(tuple(spec["Fields"]), (target,))
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
        digest = _download(s3, path, Bucket=bucket, Key=file.key)
        if digest != file.md5.lower():
            raise Refused(
                f"'s3://{bucket}/{file.key}' is not what {uri!r} promises (MD5 {digest}, not "
                f"{file.md5}): the manifest is incomplete."
            )
        paths.append(path)
    return Rows(found.fields, tuple(paths))


def _download(s3: S3Client, path: Path, **asked: Any) -> str:  # noqa: ANN401 - of GetObject
    """Fetch an object and return its MD5 in hex."""
    answer = s3.get_object(**asked)
    with bars.progress("fetching the manifest (bytes)", answer["ContentLength"]) as counter:
        return downloads.save(answer["Body"], path, counter.add)
