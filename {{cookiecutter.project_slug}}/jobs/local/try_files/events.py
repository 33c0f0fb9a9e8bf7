"""The requests of events/, each sent to the function on an S3 filled by events/seed.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from jobs.errors import Refused
from jobs.local import environment
from jobs.local.engine.lambda_contract import CODES
from jobs.local.functions import handlers, runtime
from jobs.local.functions.invoke import NoAnswerError
from jobs.project import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobs.local.functions.invoke import Target

EVENTS = PROJECT / "events"
AS_RECORDED = {"OPERATION": "copy", "OVERWRITE": "never"}
"""What tests/conftest.py sets where env.json does not; events/record.py runs with it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and its answer."""

    name: str
    response: Any
    """JSON; None: the function failed."""
    error: str
    expected: Any
    """What stands in NAME.expected.json; None: nothing does."""

    @property
    def results(self) -> list[tuple[str, str]]:
        """(code, text) of each task."""
        results = self.response.get("results") if isinstance(self.response, dict) else None
        if not isinstance(results, list) or not results:
            return [("function error" if self.error else "no results", self.error)]
        return [
            (str(each.get("resultCode")), str(each.get("resultString", "")))
            if isinstance(each, dict)
            else ("no result", repr(each))
            for each in results
        ]

    @property
    def is_broken(self) -> bool:
        """Whether it is no answer that S3 Batch Operations takes: a task has no result code."""
        return any(code not in CODES for code, _ in self.results)

    @property
    def is_other(self) -> bool:
        """Whether the response differs from the recorded one; False: none is recorded."""
        return self.expected is not None and self.response != self.expected


def variables() -> dict[str, str]:
    """Return what events/env.json sets for the function, without its AWS_ variables."""
    path = EVENTS / "env.json"
    whole = _read(path) if path.exists() else {"Function": {}}
    given = whole.get("Function") if isinstance(whole, dict) else None
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise Refused(
            'events/env.json cannot be used: write {"Function": {"NAME": "value"}}, every value a'
            " text."
        )
    return {name: text for name, text in given.items() if not name.startswith("AWS_")}


def requests() -> list[Path]:
    """Return the requests. Raises Refused: there is none."""
    others = ("env.json", "*.expected.json")
    found = sorted(path for path in EVENTS.glob("*.json") if not any(map(path.match, others)))
    if not found:
        raise Refused("There are no requests in events/: give files to try, or write some there.")
    return found


def answer(target: Target, request: Path, seed: Callable[[], object]) -> Answered:
    """Send one request to the function, after `seed` has filled S3 anew."""
    _read(request)
    expected = request.with_suffix(".expected.json")
    said = _read(expected) if expected.exists() else None
    seed()
    try:
        got = target(environment.function_arn(), request.read_bytes())
    except NoAnswerError as error:
        return Answered(request.stem, None, str(error), said)
    if got.is_function_error:
        return Answered(request.stem, None, runtime.message(got), said)
    try:
        return Answered(request.stem, json.loads(got.payload), "", said)
    except ValueError:  # bytes of the handler's own
        return Answered(request.stem, None, "The response is not JSON.", said)


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON of the author's
    """Return what a file of events/ says. Raises Refused: it is no JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(f"events/{path.name} is no JSON ({error}): mend it, or remove it.") from None


def seeding(s3_url: str) -> Callable[[], object]:
    """Return what fills the S3 at `s3_url` by events/seed.py; without that file it does nothing."""
    path = EVENTS / "seed.py"
    spec = spec_from_file_location("seed_of_the_events", path) if path.exists() else None
    if spec is None or spec.loader is None:
        return lambda: None
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        seed: Callable[[str], object] = module.seed
    except (Exception, SystemExit) as error:  # the author's module may raise anything
        raise _not_seeded(error) from error

    def fill() -> None:
        try:
            seed(s3_url)
        except (Exception, SystemExit) as error:
            raise _not_seeded(error) from error

    return fill


def _not_seeded(error: BaseException) -> Refused:
    what = handlers.place(error, EVENTS) + f"{type(error).__name__}: {error}"
    return Refused(f"events/seed.py cannot fill the S3: {what}. Mend it, or remove it.")
