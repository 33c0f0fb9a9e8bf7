"""Copies of s3copy with one condition dropped each; every one must fail some schedule."""

from __future__ import annotations

import importlib
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import s3copy
from fakes3 import refusals, schedules, world

if TYPE_CHECKING:
    from types import ModuleType

PACKAGE = Path(s3copy.__file__).parent


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
        "transfer",
        'return {"IfNoneMatch": "*"} if transfer.never else {}',
        "return {}",
    ),
    _drop(
        "HEADFIRST without CopySourceIfMatch",
        "transfer",
        'CopySourceIfMatch=head["ETag"],',
    ),
    _drop("delete without IfMatch", "prove", "IfMatch=etag,"),
    _drop("second copy without CopySourceIfMatch", "prove", "CopySourceIfMatch=source_etag,"),
    _drop("second copy without IfMatch", "prove", "IfMatch=copy_etag,"),
    _drop("delete without the owner", "prove", "**kept.source_owner(transfer.options),"),
    _drop(
        "delete right after a 412",
        "prove",
        'if by_kms or not _delete(transfer, result["ETag"]):',
        'if not _delete(transfer, result["ETag"]) and by_kms:',
    ),
    _drop(
        "unequal checksums count as proof",
        "prove",
        'not kept.share_checksum(head, copied["CopyObjectResult"])',
        "False",
    ),
    _drop(
        "the current version counts as the copied one",
        "prove",
        "version_id if is_fixed else None",
        "None",
    ),
    _drop(
        "a removed version counts as a finished rename",
        "prove",
        "        if is_fixed:\n",
        "        if False:\n",
    ),
    _drop(
        "no look at suspended versioning after the copy",
        "prove",
        'look.refuse_suspended(transfer, copied.get("CopySourceVersionId"), COPIED_ONLY)',
        "pass",
    ),
    _drop(
        "no look at suspended versioning in HEADFIRST",
        "transfer",
        'look.refuse_suspended(transfer, head.get("VersionId"), "Nothing was copied")',
        "pass",
    ),
    _drop(
        "no look at suspended versioning in EXISTS",
        "exists",
        'look.refuse_suspended(transfer, source.get("VersionId"), "Nothing was deleted")',
        "pass",
    ),
    _drop(
        "no look at suspended versioning above 5 GiB",
        "multipart",
        'look.refuse_suspended(transfer, head.get("VersionId"), "Nothing was copied")',
        "pass",
    ),
    _drop(
        "EXISTS takes any object for its own",
        "exists",
        "if not kept.is_same_content(source, target) or kept.differing(transfer, source, target):",
        "if False:",
    ),
    _drop(
        "EXISTS without the size",
        "kept",
        'source["ContentLength"] == target["ContentLength"]\n        and ',
        "",
    ),
    _drop(
        "EXISTS without ETag and checksum",
        "kept",
        'source["ETag"] == target["ETag"] or share_checksum(source, target)',
        "True",
    ),
    _drop(
        "EXISTS without metadata",
        "kept",
        "return [name for name in ours if ours[name] != theirs[name]]",
        "return []",
    ),
    _drop(
        "the destination is not looked for",
        "exists",
        "    if target is None:\n        raise error\n",
        "    target = target or {}\n",
    ),
    _drop("UploadPartCopy without CopySourceIfMatch", "parts", 'CopySourceIfMatch=head["ETag"],'),
    _drop("UploadPartCopy without a range", "parts", "CopySourceRange=cut.span(part),"),
    _drop(
        "CompleteMultipartUpload without IfNoneMatch",
        "multipart",
        'condition = {"IfNoneMatch": "*"} if transfer.never else {}',
        "condition: dict[str, str] = {}",
    ),
    _drop(
        "a retried complete fails for good",
        "multipart",
        "if status_of(error) in {NOT_FOUND, PRECONDITION_FAILED}:\n            return _comp",
        "if status_of(error) in set():\n            return _comp",
    ),
    _drop(
        "any object counts as the completed upload",
        "multipart",
        "if same and not kept.differing(transfer, head, target):",
        "if True:",
    ),
    _drop(
        "another's upload of the same parts counts as the completed one",
        "multipart",
        "if same and not kept.differing(transfer, head, target):",
        "if same:",
    ),
    _drop(
        "a missing source bucket counts as a finished rename",
        "exists",
        "    look.check_source_bucket(transfer, error)\n",
        "",
    ),
    _drop(
        "no abort",
        "multipart",
        "        _abort(transfer, upload, error)\n",
        "",
    ),
    _drop(
        "no abort when the time is up",
        "multipart",
        "transfer.for_the_abort().ask_long",
        "transfer.ask_long",
    ),
    _drop("abort before the parts have ended", "parts", "wait=True, cancel", "wait=False, cancel"),
    _drop("annotations without ObjectIfMatch", "annotation", 'ObjectIfMatch=target["ETag"],'),
    _drop(
        "annotations dropped above 5 GiB",
        "multipart",
        "        annotation.carry(transfer, head, written)\n",
        "",
    ),
    _drop(
        "annotations not completed by a redrive",
        "exists",
        "        annotation.carry(transfer, source, target)\n",
        "",
    ),
    _drop("tags dropped above 5 GiB", "multipart", "tags = _tags(transfer)", "tags = []"),
    _drop(
        "content headers dropped above 5 GiB",
        "kept",
        'for name in (*CONTENT_HEADERS, "Expires") if head.get(name)}',
        'for name in ("Expires",) if head.get(name)}',
    ),
    _drop(
        "metadata dropped above 5 GiB",
        "kept",
        'wanted["Metadata"] = dict(head.get("Metadata", {}))',
        "pass",
    ),
    _drop(
        "checksum algorithm dropped above 5 GiB",
        "kept",
        'wanted["ChecksumAlgorithm"] = algorithm',
        "pass",
    ),
    _drop("no deadline", "values", "if now > self.latest:", "if False:"),
    _drop("no shortest time", "guard", "if left < clock.SHORTEST_SECONDS:", "if False:"),
    _drop(
        "source and destination not compared",
        "guard",
        "if (source.bucket, source.key) == (target.bucket, target.key):",
        "if False:",
    ),
    _drop("aliases allowed", "guard", "bucket.endswith(ALIASES)", "False"),
    _drop(
        "a rename's source under an alias allowed",
        "guard",
        "not transfer.deletes)",
        "True)",
    ),
    _drop("impossible bucket names allowed", "guard", "if not BUCKET.fullmatch(bucket):", "if 0:"),
    _drop("empty keys allowed", "guard", "    if not key:\n", "    if False:\n"),
    _drop("long keys allowed", "guard", "if size > KEY_BYTES:", "if False:"),
    _drop(
        "explicit old versions renamed",
        "transfer",
        'if version_id and (head.get("VersionId") or "null") != version_id:',
        "if False:",
    ),
    _drop(
        "explicit versions not looked at first",
        "transfer",
        "or (transfer.deletes and transfer.source.version_id is not None)\n",
        "\n",
    ),
    _drop("explicit versions not copied", "kept", "if source.version_id:", "if False:"),
    _drop(
        "destination owner not asked",
        "kept",
        '        wanted["ExpectedBucketOwner"] = options.destination_owner\n',
        "        pass\n",
    ),
    _drop(
        "source owner not asked",
        "kept",
        '        wanted["ExpectedSourceBucketOwner"] = transfer.options.source_owner\n',
        "        pass\n",
    ),
)


def build(mutant: Mutant | None, folder: Path, name: str) -> ModuleType:
    """Write the package under another name, one condition dropped, and import it."""
    home = folder / name
    home.mkdir()
    for path in PACKAGE.glob("*.py"):
        text = path.read_text()
        if mutant and path.stem == mutant.module:
            if text.count(mutant.old) != 1:
                raise AssertionError(f"{mutant.name}: {mutant.old!r} is not there exactly once")
            text = text.replace(mutant.old, mutant.new)
        (home / path.name).write_text(text.replace("s3copy", name))
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module(name)


def first_problem(package: ModuleType, count: int, seed: int) -> str | None:
    """Return the first thing wrong in the refusals, the directed and `count` drawn schedules."""
    for refusal in refusals.REFUSALS:
        for problem in refusals.run(package, refusal):
            return problem
    for schedule in itertools.chain(schedules.directed(), schedules.draw(count, seed)):
        for problem in world.run(package, schedule):
            return problem
    return None
