"""The settings of this deployment: the function's environment, read once, in this one place.

`template.yaml` sets the variables. An empty variable counts as unset. Reading never raises: what is
not understood is listed in `Settings.problems`, and the default task fails every object with it,
so that a mistake is read in the job's report and nothing is copied meanwhile. The SDK reads its own
variables (`AWS_...`) by itself.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

MIB = 1024 * 1024

PART_MIB = (5, 5 * 1024)
"""A part is 5 MiB to 5 GiB (S3 User Guide, multipart upload limits)."""

PARTS_IN_FLIGHT = (1, 400)
"""A part has a connection and, near the end of the time, two threads. Lambda gives a function
1,024 threads and 1,024 file descriptors (Lambda quotas); the rest stays for your own work."""

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True, eq=False)  # looked up as one object, whatever types you add
class Settings:
    """What `template.yaml` says of this deployment.

    Attributes:
        destination_bucket: where copies go; empty: the source's own bucket.
        destination_prefix: put before the key by the rename rule.
        operation: `copy`, or `rename` (copy, prove the copy, delete the source).
        overwrite: `never` (a different object under the new name is kept) or `always`.
        missing: `fail`, or `skip`: a source that is not there counts as Succeeded, and says so.
        head_first: look at the source before copying: always 3 requests a rename, and no second
            copy of a source that is under KMS or came in parts.
        kms_key_arn: the key that encrypts copies; None: the destination bucket's default applies.
        storage_class: the storage class of copies; None: STANDARD.
        annotations: `copy` (needs boto3's support and the permissions) or `exclude`.
        source_owner: the account, 12 digits, that must own the source bucket; None: not checked.
        destination_owner: the account that must own the destination bucket; None: not checked.
        multipart_threshold: bytes; larger objects are copied in parts.
        part_size: bytes of one part; None: computed for each object.
        requester_pays: pay for requests and transfer of buckets that have Requester Pays.
        parts_in_flight: parts copied at once; None: computed for each object.
        log_level: the least severe level that is logged.
        problems: one sentence for each variable that was not understood.
    """

    destination_bucket: str
    destination_prefix: str
    operation: str
    overwrite: str
    missing: str
    head_first: bool
    kms_key_arn: str | None
    storage_class: str | None
    annotations: Literal["copy", "exclude"]
    source_owner: str | None
    destination_owner: str | None
    multipart_threshold: int
    part_size: int | None
    parts_in_flight: int | None
    requester_pays: bool
    log_level: str
    problems: tuple[str, ...] = ()


def read(environ: Mapping[str, str]) -> Settings:
    """Return the settings in `environ`, with a sentence in `problems` for each bad value."""
    problems: list[str] = []
    variables = _Variables(environ, problems)
    part_size = variables.number("PART_SIZE_MIB", *PART_MIB)
    threshold = variables.number("MULTIPART_THRESHOLD_MIB", *PART_MIB) or PART_MIB[1]
    settings = Settings(
        destination_bucket=environ.get("DESTINATION_BUCKET", ""),
        destination_prefix=environ.get("DESTINATION_PREFIX", ""),
        operation=variables.choice("OPERATION", "copy", "rename"),
        overwrite=variables.choice("OVERWRITE", "never", "always"),
        missing=variables.choice("MISSING", "fail", "skip"),
        head_first=variables.choice("HEAD_FIRST", "false", "true") == "true",
        kms_key_arn=variables.match("KMS_KEY_ARN", "arn:[^:]+:kms:.+", "the ARN of a KMS key"),
        storage_class=variables.match("STORAGE_CLASS", "[A-Z_]+", "a class such as STANDARD_IA"),
        annotations=variables.choice("ANNOTATIONS", "copy", "exclude"),
        source_owner=variables.match("SOURCE_OWNER", "[0-9]{12}", "an account id of 12 digits"),
        destination_owner=variables.match(
            "DESTINATION_OWNER", "[0-9]{12}", "an account id of 12 digits"
        ),
        multipart_threshold=threshold * MIB,
        part_size=part_size and part_size * MIB,
        parts_in_flight=variables.number("PARTS_IN_FLIGHT", *PARTS_IN_FLIGHT),
        requester_pays=variables.choice("REQUESTER_PAYS", "false", "true") == "true",
        log_level=variables.choice("LOG_LEVEL", "INFO", "DEBUG", "WARN", "ERROR"),
    )
    return replace(settings, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class _Variables:
    """Reads variables one by one and collects what is wrong with them."""

    environ: Mapping[str, str]
    problems: list[str]

    def choice(self, name: str, default: Choice, *others: Choice) -> Choice:
        value = self.environ.get(name) or default
        for allowed in (default, *others):
            if value == allowed:
                return allowed
        self._refuse(name, value, " or ".join((default, *others)))
        return default

    def match(self, name: str, pattern: str, what: str) -> str | None:
        value = self.environ.get(name) or None
        if value is None or re.fullmatch(pattern, value):
            return value
        self._refuse(name, value, what)
        return None

    def number(self, name: str, least: int, most: int) -> int | None:
        value = self.environ.get(name)
        if not value:
            return None
        if re.fullmatch("[0-9]{1,7}", value) and least <= int(value) <= most:
            return int(value)
        self._refuse(name, value, f"a whole number from {least} to {most}")
        return None

    def _refuse(self, name: str, value: str, instead: str) -> None:
        self.problems.append(f"The setting {name} is {value!r}: use {instead}.")


SETTINGS = read(os.environ)
