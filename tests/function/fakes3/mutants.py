"""Copies of s3copy with one condition dropped each; every one must fail some schedule."""

from __future__ import annotations

import importlib
import itertools
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import s3copy
from fakes3 import alike, refusals, schedules, world

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = Path(s3copy.__file__).parent
SEED = 1


@dataclass(frozen=True, slots=True)
class Mutant:
    """One condition that is dropped: in `module`, `old` (there exactly once) becomes `new`."""

    name: str
    module: str
    old: str
    new: str


def _drop(name: str, module: str, old: str, new: str = "") -> Mutant:
    return Mutant(name, module, old, new)


MUTANTS = (
    _drop(
        "CopyObject without IfNoneMatch",
        "protocol",
        "requests.copy_object(transfer, **requests.unless_there(transfer))",
        "requests.copy_object(transfer)",
    ),
    _drop(
        "HEADFIRST without CopySourceIfMatch",
        "protocol",
        ', "CopySourceIfMatch": head["ETag"]}',
        "}",
    ),
    _drop("delete without IfMatch", "requests", "        IfMatch=etag,\n"),
    _drop("second copy without CopySourceIfMatch", "deleting", "CopySourceIfMatch=source_etag, "),
    _drop("second copy without IfMatch", "deleting", ", IfMatch=copy_etag"),
    _drop(
        "delete without the owner",
        "requests",
        "IfMatch=etag,\n        **_from_source(transfer.options),",
        "IfMatch=etag,",
    ),
    _drop(
        "delete right after a 412",
        "deleting",
        'if by_kms or not _delete(transfer, copied["CopyObjectResult"]["ETag"]):',
        'if not _delete(transfer, copied["CopyObjectResult"]["ETag"]) and by_kms:',
    ),
    _drop(
        "unequal checksums count as proof",
        "deleting",
        'not comparing.share_checksum(head, copied["CopyObjectResult"])',
        "False",
    ),
    _drop(
        "the current version counts as the copied one",
        "deleting",
        "version_id if is_fixed else None",
        "None",
    ),
    _drop(
        "a removed version counts as a finished rename",
        "deleting",
        (
            "if status_of(error) == NOT_FOUND and is_fixed:\n"
            "            # Another program removed this very version; "
            "what is under the name now is not ours.\n"
            "            raise TryAgainError(messages.named(messages.KEPT, transfer)) from error\n"
            "        raise"
        ),
        "if status_of(error) == NOT_FOUND:\n            return\n        raise",
    ),
    _drop(
        "no look at suspended versioning after the copy",
        "deleting",
        'refuse_suspended(transfer, copied.get("CopySourceVersionId"), messages.COPIED_ONLY)',
        "pass",
    ),
    _drop(
        "no look at suspended versioning in HEADFIRST",
        "protocol",
        '    deleting.refuse_suspended(transfer, head.get("VersionId"), messages.NOTHING_COPIED)\n'
        "    conditions",
        "    conditions",
    ),
    _drop(
        "no look at suspended versioning in EXISTS",
        "protocol",
        'deleting.refuse_suspended(transfer, source.get("VersionId"), messages.NOTHING_DELETED)',
        "pass",
    ),
    _drop(
        "no look at suspended versioning above 5 GiB",
        "protocol",
        (
            "    deleting.refuse_suspended(transfer, "
            'head.get("VersionId"), messages.NOTHING_COPIED)\n'
            "    there ="
        ),
        "    there =",
    ),
    _drop("EXISTS takes any object for its own", "protocol", "    if why:\n", "    if False:\n"),
    _drop(
        "EXISTS without the size",
        "comparing",
        'if source["ContentLength"] != target["ContentLength"]:',
        "if False:",
    ),
    _drop(
        "EXISTS without ETag and checksum",
        "existing",
        '("" if is_shown else _nothing_shown(transfer, source, target))',
        '""',
    ),
    _drop(
        "EXISTS without checksums of the whole that differ",
        "comparing",
        'return f"another {min(unequal)} checksum" if unequal else ""',
        'return ""',
    ),
    _drop("EXISTS without equal ETags", "comparing", 'source["ETag"] == target["ETag"]', "False"),
    _drop(
        "EXISTS without equal checksums of the whole",
        "comparing",
        "        or share_checksum(source, target)\n",
    ),
    _drop(
        "EXISTS without equal checksums of parts",
        "comparing",
        "        or part_checksums(source).items() & part_checksums(target).items()\n",
    ),
    _drop(
        "EXISTS without CRCs put together",
        "existing",
        "if parts and part_checksums.whole(algorithm, parts) == whole:",
        "if False:",
    ),
    _drop(
        "EXISTS with CRCs of parts not compared",
        "existing",
        "if parts and part_checksums.whole(algorithm, parts) == whole:",
        "if parts:",
    ),
    _drop(
        "EXISTS without metadata",
        "comparing",
        'return said | {"Metadata": head.get("Metadata") or {}}',
        "return said",
    ),
    _drop(
        "EXISTS without content headers",
        "comparing",
        "said = {name: head.get(name) for name in CONTENT_HEADERS}",
        "said: dict[str, Any] = {}",
    ),
    _drop(
        "EXISTS without Expires",
        "comparing",
        'said["Expires"] = head.get("ExpiresString") or head.get("Expires")',
        "pass",
    ),
    _drop(
        "EXISTS without tags",
        "existing",
        "    if ours == theirs:\n",
        "    if True:\n",
    ),
    _drop(
        "EXISTS without the values of tags",
        "existing",
        "    if ours == theirs:\n",
        "    if ours.keys() == theirs.keys():\n",
    ),
    _drop(
        "EXISTS takes a copy without short tags for unfinished",
        "existing",
        "bool(theirs) or preserving.fit_into_header(ours)",
        "bool(theirs)",
    ),
    _drop(
        "EXISTS takes a copy with some of its long tags for unfinished",
        "existing",
        "bool(theirs) or preserving.fit_into_header(ours)",
        "preserving.fit_into_header(ours)",
    ),
    _drop(
        "EXISTS without annotations",
        "existing",
        "return ours - theirs, has_others",
        "return set(), False",
    ),
    _drop(
        "EXISTS without the payloads of annotations",
        "existing",
        "has_others = not theirs <= ours or any(",
        "has_others = not theirs <= ours and any(",
    ),
    _drop(
        "EXISTS without what the deployment sets",
        "existing",
        "comparing.not_as_configured(transfer.options, target)",
        '""',
    ),
    _drop(
        "EXISTS without the key", "comparing", "if key and not _is_under(key, target):", "if False:"
    ),
    _drop(
        "EXISTS with any key",
        "comparing",
        'return by_kms and (":alias/" in key or target.get("SSEKMSKeyId") == key)',
        "return by_kms",
    ),
    _drop(
        "EXISTS without the storage class",
        "comparing",
        "if options.storage_class and storage_class != options.storage_class:",
        "if False:",
    ),
    _drop(
        "EXISTS without the later second",
        "comparing",
        'return bool(target["LastModified"] > source["LastModified"])',
        "return True",
    ),
    _drop(
        "EXISTS with the same second",
        "comparing",
        'return bool(target["LastModified"] > source["LastModified"])',
        'return bool(target["LastModified"] >= source["LastModified"])',
    ),
    _drop(
        "the destination is not looked for",
        "protocol",
        "    if target is None:\n        raise error\n",
        "    target = target or {}\n",
    ),
    _drop("UploadPartCopy without CopySourceIfMatch", "requests", "CopySourceIfMatch=etag,"),
    _drop("UploadPartCopy without a range", "requests", "CopySourceRange=span,"),
    _drop(
        "CompleteMultipartUpload without IfNoneMatch",
        "requests",
        '{"IfMatch": there["ETag"]} if there else {"IfNoneMatch": "*"}',
        '{"IfMatch": there["ETag"]} if there else {}',
    ),
    _drop(
        "a retried complete fails for good",
        "multipart",
        "if not _is_overtaken(error):",
        "if True:",
    ),
    _drop(
        "any object counts as the completed upload",
        "protocol",
        'is_shown=target["ETag"] == etag',
        "is_shown=True",
    ),
    _drop(
        "a missing source bucket counts as a finished rename",
        "protocol",
        "        requests.check_source_bucket(transfer)\n",
        "        pass\n",
    ),
    _drop(
        "no abort",
        "multipart",
        "            _abort(transfer, created, error)\n",
        "",
    ),
    _drop(
        "no abort when the time is up",
        "requests",
        "transfer.deadline.for_the_abort().send_long",
        "transfer.deadline.send_long",
    ),
    _drop(
        "abort before the parts have ended", "multipart", "wait=True, cancel", "wait=False, cancel"
    ),
    _drop("annotations without ObjectIfMatch", "requests", "ObjectIfMatch=etag,"),
    _drop(
        "annotations dropped above 5 GiB",
        "protocol",
        "        preserving.add(transfer, written, preserving.after_upload(extras))\n",
        "        pass\n",
    ),
    _drop(
        "annotations not completed by a redrive",
        "protocol",
        "        existing.complete(transfer, target, lacking)\n",
        "        pass\n",
    ),
    _drop(
        "tags dropped above 5 GiB",
        "preserving",
        '        wanted["Tagging"] = urlencode(tags)\n',
        "        pass\n",
    ),
    _drop(
        "content headers dropped above 5 GiB",
        "preserving",
        'names = (*comparing.CONTENT_HEADERS, "Expires")',
        'names = ("Expires",)',
    ),
    _drop(
        "metadata dropped above 5 GiB",
        "preserving",
        'wanted["Metadata"] = dict(head.get("Metadata", {}))',
        "pass",
    ),
    _drop(
        "checksum algorithm dropped above 5 GiB",
        "preserving",
        'wanted["ChecksumAlgorithm"] = algorithm',
        "pass",
    ),
    _drop("no deadline", "deadline", "if now > self.latest:", "if False:"),
    _drop("no shortest time", "deadline", "if left < SHORTEST_SECONDS:", "if False:"),
    _drop(
        "source and destination not compared",
        "guards",
        "if (source.bucket, source.key) == (target.bucket, target.key):",
        "if False:",
    ),
    _drop("aliases allowed", "guards", "bucket.endswith(ALIASES)", "False"),
    _drop(
        "a rename's source under an alias allowed",
        "guards",
        "not transfer.deletes)",
        "True)",
    ),
    _drop("impossible bucket names allowed", "guards", "if not BUCKET.fullmatch(bucket):", "if 0:"),
    _drop("empty keys allowed", "guards", "    if not key:\n", "    if False:\n"),
    _drop("long keys allowed", "guards", "if size > KEY_BYTES:", "if False:"),
    _drop(
        "explicit old versions renamed",
        "protocol",
        'if version_id and (head.get("VersionId") or "null") != version_id:',
        "if False:",
    ),
    _drop(
        "explicit versions not looked at first",
        "protocol",
        "or (transfer.deletes and transfer.source.version_id is not None)\n",
        "\n",
    ),
    _drop("explicit versions not copied", "requests", "if source.version_id:", "if False:"),
    _drop(
        "destination owner not asked",
        "requests",
        "return wanted | _to_target(options)",
        "return wanted",
    ),
    _drop(
        "source owner not asked",
        "requests",
        '        wanted["ExpectedSourceBucketOwner"] = transfer.options.source_owner\n',
        "        pass\n",
    ),
)


def build(folder: Path, name: str, *mutants: Mutant) -> ModuleType:
    """Write the package under another name, these conditions dropped, and import it."""
    home = folder / name
    home.mkdir()
    for path in PACKAGE.glob("*.py"):
        text = path.read_text()
        for mutant in mutants:
            if path.stem != mutant.module:
                continue
            if text.count(mutant.old) != 1:
                raise AssertionError(f"{mutant.name}: {mutant.old!r} is not there exactly once")
            text = text.replace(mutant.old, mutant.new)
        (home / path.name).write_text(text.replace("s3copy", name))
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def first_problem(package: ModuleType, most: int) -> str | None:
    """Return the first thing wrong in refusals, pairs and so many schedules, the directed first.

    These run in a mixed order: most mutants are then found in a tenth of the time.
    """
    for refusal in refusals.REFUSALS:
        for problem in refusals.run(package, refusal):
            return problem
    for operation, pair in alike.ALL:
        for problem in alike.run(package, operation, pair):
            return problem
    directed = list(schedules.directed())
    random.Random(SEED).shuffle(directed)  # noqa: S311 - the same order each time, no secret
    every = itertools.chain(directed, schedules.draw(most, SEED))
    for schedule in itertools.islice(every, most):
        for problem in world.run(package, schedule):
            return problem
    return None
