"""The job of the demo: its objects, its run, and the check of what came of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.local import function, whole_job
from jobs.local.demo import samples as odd
from jobs.local.engine.lambda_contract import FUNCTION_ERROR, INVALID
from jobs.project import rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from jobs.local.demo.samples import Sample
    from jobs.local.deployed import Deployed
    from jobs.local.functions.environments import Environments
    from jobs.local.whole_job import Ended

LIMIT = 120.0
"""Seconds, of the job."""

MISTAKES = (AttributeError, NameError, TypeError)
"""What a rule raises that is wrong itself; any other exception refuses a key."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the job."""

    samples: list[Sample]
    bucket: str
    """The source bucket."""
    ended: Ended
    copies: bool
    """Whether the task copies objects; else it is work of the author's own."""
    wrong_copies: tuple[str, ...] = ()
    """Where it copies: destination keys that are not there or differ."""
    left_sources: tuple[str, ...] = ()
    """Where it renames: source keys that are still there though their row succeeded."""
    refused: frozenset[str] = frozenset()
    """Where it copies: the keys to which the rule of the author's own gives no name."""
    may_skip_missing: bool = False
    """Whether the deployment counts an object that is not there as done."""

    @property
    def is_as_expected(self) -> bool:
        """Whether the job is complete and each object ended as it should.

        Copies: all succeeded but the missing object and those that the author's own rule refuses,
        and every copy is there. Other work: each row ended as the handler said; a crash, a timeout
        or an invalid response is no such end.
        """
        if self.ended.job["Status"] != "Complete" or self.wrong_copies or self.left_sources:
            return False
        return all(self._is_expected(sample) for sample in self.samples)

    def _is_expected(self, sample: Sample) -> bool:
        result = self.ended.rows.get(sample.row(self.bucket).key)
        if result is None:
            return False
        if not self.copies:
            return not result.message.startswith((FUNCTION_ERROR, INVALID))
        if sample.key in self.refused:
            return result.status == "failed"
        if sample.body is None:
            return result.status == "failed" or self.may_skip_missing
        return result.status == "succeeded"


def run(s3: S3Client, target: Environments, project: Deployed) -> Outcome:
    """Upload the samples, run the job over them and check what came of it."""
    samples = odd.samples()
    task = function.SRC / "task.py"  # the author's own handler may need none
    copies = task.exists() and copies_objects(task.read_text("utf-8"))
    names = names_of_copies(samples, project) if copies else {}
    if copies:
        _refuse_own_names(names, samples, project)
    for sample in samples:
        if sample.body is not None:
            s3.put_object(Bucket=project.source, Key=sample.key, Body=sample.body)
    rows = [sample.row(project.source) for sample in samples]
    ended = whole_job.run(s3, target, rows, {}, LIMIT)
    done = _succeeded(samples, project.source, ended) if copies else []
    return Outcome(
        samples,
        project.source,
        ended,
        copies,
        wrong_copies=_wrong_copies(s3, done, names, _destination(project)),
        left_sources=_left_sources(s3, done, project),
        refused=refused(names),
        may_skip_missing=project.variables.get("MISSING") == "skip",
    )


def copies_objects(task: str) -> bool:
    """Say whether the source of task.py names s3copy's copy or rename: then that is its work.

    An import alone says nothing: it may be left over from the work that was there.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(task)):
        if isinstance(node, ast.Attribute):
            names.add(ast.unparse(node))
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return not names.isdisjoint({"s3copy.copy", "s3copy.rename"})


def names_of_copies(samples: list[Sample], project: Deployed) -> dict[str, str | Exception]:
    """Return the key of each sample's copy, or what the rule raises for it, by the sample's key.

    Raises Refused: the task cannot be imported here.
    """
    own = rule.load()
    prefix = project.variables.get("DESTINATION_PREFIX", "")
    names: dict[str, str | Exception] = {}
    for sample in samples:
        try:
            named = sample.new_key or (own.call(sample.key, prefix) if own else sample.key)
            names[sample.key] = str(named)
        except Exception as error:  # noqa: BLE001 - whatever an author's rule raises
            names[sample.key] = error
    return names


def _refuse_own_names(
    names: Mapping[str, str | Exception], samples: list[Sample], project: Deployed
) -> None:
    """Raise Refused where each copy would be its own source: in one bucket, under one name."""
    stay = all(names[each.key] == each.key for each in samples if each.new_key is None)
    if stay and _destination(project) == project.source:
        raise Refused(
            f"SourceBucket and DestinationBucket are one bucket, {project.source!r}, and every key"
            " would stay as it is: set DestinationPrefix in samconfig.toml, or let new_key in"
            " src/task.py return other keys."
        )


def refused(names: Mapping[str, str | Exception]) -> frozenset[str]:
    """Return the keys that the rule refuses: their rows fail. A mistake in it refuses none."""
    return frozenset(
        key
        for key, name in names.items()
        if isinstance(name, Exception) and not isinstance(name, MISTAKES)
    )


def _destination(project: Deployed) -> str:
    return project.destinations[0] or project.source


def _succeeded(samples: list[Sample], bucket: str, ended: Ended) -> list[Sample]:
    """Return the samples with a copy to look at; of those that failed the row says why."""
    rows = ((sample, ended.rows.get(sample.row(bucket).key)) for sample in samples)
    return [sample for sample, row in rows if row is not None and row.status == "succeeded"]


def _wrong_copies(
    s3: S3Client, samples: list[Sample], names: Mapping[str, str | Exception], bucket: str
) -> tuple[str, ...]:
    copies = {names[sample.key]: sample.body for sample in samples}
    return tuple(
        str(name)
        for name, body in copies.items()
        if isinstance(name, Exception) or _content(s3, bucket, name) != body
    )


def _left_sources(s3: S3Client, samples: list[Sample], project: Deployed) -> tuple[str, ...]:
    if project.variables.get("OPERATION") != "rename":
        return ()
    keys = [sample.key for sample in samples if sample.body is not None]
    return tuple(key for key in keys if _content(s3, project.source, key) is not None)


def _content(s3: S3Client, bucket: str, key: str) -> bytes | None:
    """Return what an object holds; None: there is none."""
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
