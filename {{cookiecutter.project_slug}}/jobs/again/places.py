"""Where each object of a job should be now, by its row or by the rename rule; SQL over a report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from jobs.errors import Refused
from jobs.formats import row_rules, tables
from jobs.project import rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.formats.tables import Connection

BATCH = 10_000  # rows


def create(connection: Connection, arguments: Mapping[str, str], folder: Path) -> None:
    """Create `placed`: the succeeded rows with `old`, `new_bucket`, `names_bucket` and `new`.

    `new` is NULL where neither the row nor the rule gives a name.

    Args:
        connection: with the view `results`.
        arguments: the job's userArguments, as it recorded them.
        folder: for the names that the rule of task.py gives.

    Raises:
        Refused: rows need the rule of src/task.py, and it has none.
    """
    job_bucket = tables.literal(arguments.get("destinationBucket", ""))
    succeeded = "(SELECT * FROM results WHERE status = 'succeeded')"
    connection.execute(
        f"""CREATE TABLE done AS SELECT bucket, key, version_id, message,
          coalesce(told[1], text) AS old,
          CASE WHEN is_json THEN told[2] END AS named,
          coalesce(is_json AND told[3] IS NOT NULL, false) AS names_bucket,
          coalesce(nullif(CASE WHEN names_bucket THEN told[3] ELSE {job_bucket} END, ''), bucket)
            AS new_bucket
        FROM (SELECT *, told[1] IS NOT NULL AS is_json FROM ({row_rules.texts(succeeded)}))"""
    )
    _apply_rule(connection, arguments.get("destinationPrefix", ""), folder)


def _apply_rule(connection: Connection, prefix: str, folder: Path) -> None:
    needs_rule = tables.scalar(connection, "SELECT count(*) FROM done WHERE named IS NULL")
    found = rule.load() if needs_rule else None
    if needs_rule and found is None:
        raise Refused(
            "The rows name no new keys, and src/task.py has no rule new_key: where the objects are "
            "is not known."
        )
    if found is None or found.is_prefix:
        new = f"coalesce(named, {tables.literal(prefix)} || old)"
        connection.execute(f"CREATE VIEW placed AS SELECT *, {new} AS new FROM done")
        return
    names = folder / "names.csv"
    with names.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows = connection.execute("SELECT DISTINCT old FROM done WHERE named IS NULL")
        while batch := rows.fetchmany(BATCH):
            writer.writerows((old, _called(found, old, prefix)) for (old,) in batch)
    view = tables.own_rows(connection, names, ["old", "new"])
    connection.execute(f"CREATE TABLE pair AS SELECT * FROM {view}")
    connection.execute(
        "CREATE VIEW placed AS SELECT done.*, coalesce(named, nullif(pair.new, '')) AS new"
        " FROM done LEFT JOIN pair ON done.old = pair.old AND named IS NULL"
    )


def _called(found: rule.Rule, old: str, prefix: str) -> str:
    """Return the new key; empty where the rule has none, which leaves the row out."""
    try:
        return str(found.call(old, prefix))
    except Exception:  # noqa: BLE001 - whatever an author's rule raises
        return ""
