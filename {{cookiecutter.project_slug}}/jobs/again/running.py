"""What retry, resume and undo do alike: some rows of a job become a manifest of their own."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs import new_file, terminal
from jobs.again import ending, rows, writing
from jobs.aws import joblist
from jobs.report import failed_rows, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jobs.again.options import Begun
    from jobs.again.rows import Chosen
    from jobs.report.reading import Open

LEFT_OUT = ".left-out.csv"


def run(begun: Begun, choose: Callable[[Open], Chosen], *, needs_successes: bool = True) -> None:
    """Write the chosen rows, and create a job of them if asked for.

    Args:
        begun: the job, and what was asked.
        choose: gives the rows.
        needs_successes: as in `opened`.

    Raises:
        Refused: the job, its report or its manifest do not tell which rows these are.
    """
    path, wish = begun.path, begun.wish
    left_out = path.with_name(path.name.removesuffix(".csv") + LEFT_OUT)
    for each in (path, left_out):
        new_file.refuse(each, force=True)  # where none can be; one that is there may be this one
    with opened(begun, path, needs_successes=needs_successes) as found:
        chosen = choose(found)
        for why, number in chosen.left_out.items():
            terminal.say(f"left out {number:,}: {why}")
        listed = _listed(found, chosen)
        new_file.refuse_another(left_out, listed, force=wish.force)
        written = None
        if chosen.count:
            doing = writing.doing(chosen.arguments or joblist.arguments(begun.job))
            written = writing.write(found, chosen, path, doing, force=wish.force)
        else:
            new_file.refuse_another(path, None, force=wish.force)
        _list(listed, left_out)
    if written:
        ending.end(begun, chosen, written)
    else:
        ending.say_nothing_to_do(begun, chosen.nothing)


@contextmanager
def opened(begun: Begun, path: Path, *, needs_successes: bool = True) -> Iterator[Open]:
    """Give the report of a job, compared with its manifest; what it needs is beside `path`.

    `needs_successes`: rows without an answer are wanted, or those that succeeded.

    Raises:
        Refused: there is none, or it does not tell enough.
    """
    source = reading.Source(begun.place.clients.s3, begun.job, beside=path.resolve().parent)
    is_resume = begun.verb == "resume"  # a job that ran no task wrote no report
    with reading.opened(source, does_reconcile=True, no_report_is_empty=is_resume) as found:
        rows.check_whole(found, needs_successes=needs_successes)
        yield found


def _listed(found: Open, chosen: Chosen) -> Path | None:
    """Return a file of the rows that are left out, which goes with the report; None: of none."""
    if not chosen.left_out:
        return None
    path = found.folder / "left-out.csv"
    failed_rows.copy(found.connection, chosen.left_out_query, path, "HEADER")
    return path


def _list(listed: Path | None, path: Path) -> None:
    """Write the rows that are left out to `path`."""
    if listed is None:
        path.unlink(missing_ok=True)  # that of an earlier run, which --force replaces
        return
    with new_file.whole(path) as part:
        shutil.copyfile(listed, part)
    terminal.say(f"{terminal.shown(str(path))} lists what is left out.")
