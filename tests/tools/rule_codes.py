"""What the rules of `check` say of a few rows, without a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.formats import rules, tables

if TYPE_CHECKING:
    from collections.abc import Iterable


def of(
    pairs: Iterable[tuple[str, str] | tuple[str, str, str]], *, operation: str, overwrite: str
) -> set[str]:
    """Old and new name of each row, and its version where the manifest has them -> the codes."""
    rows = ", ".join(
        f"({at}, {tables.literal(old)}, {tables.literal('/'.join([old, *version]))},"
        f" {tables.literal(new)})"
        for at, (old, new, *version) in enumerate(pairs, start=1)
    )
    with tables.connect() as connection:
        connection.execute(
            f"CREATE TABLE pairs AS FROM (VALUES {rows}) AS t(row, old, object, new)"
        )
        rules.prepare(connection)
        return {
            rule.code
            for rule in rules.applying(rules.RULES, operation, overwrite)
            if tables.scalar(connection, f"SELECT count(*) FROM ({rule.sql})")
        }
