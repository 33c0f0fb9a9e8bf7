"""What `check` finds, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.formats.rules import Rule


@dataclass(frozen=True, slots=True)
class Hits:
    """The rows that break a rule: how many, and the first of them. Rows count from 0.

    Attributes:
        rows: of each its number and that of its partner; None: it has none.
        said: by row, what else its example says.
    """

    rule: Rule
    count: int
    rows: tuple[tuple[int, int | None], ...]
    said: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """One row that breaks a rule.

    Attributes:
        line: its line in the file; of an inventory its row.
        key: its key, decoded.
        new: its new name, where one is known.
        with_line: the line of the other row; 0: there is none.
        detail: what is wrong, where the rule's title does not say it.
    """

    line: int
    key: str = ""
    new: str = ""
    with_line: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that rows break; `count` is of all rows, `examples` are the first ones."""

    code: str
    title: str
    count: int
    advice: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What a manifest is.

    Attributes:
        rows: how many can be read.
        bucket: of its first row.
        findings: the errors first.
        json_rows: how many rows are JSON.
        named_rows: how many rows name their new key.
        versions: `all`, `none` or `some`.
        objects: what a plan says of the objects; None: S3 was not asked.
    """

    rows: int
    bucket: str
    findings: tuple[Finding, ...]
    json_rows: int = 0
    named_rows: int = 0
    versions: str = "none"
    objects: Mapping[str, Any] | None = None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse the manifest."""
        return tuple(each for each in self.findings if each.code.startswith("E"))
