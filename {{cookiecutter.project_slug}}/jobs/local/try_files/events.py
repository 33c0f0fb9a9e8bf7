"""The requests of events/, each sent to the function on an S3 filled by events/seed.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from jobs.errors import Refused
from jobs.local.function import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jobs.local.functions.invoke import Target

EVENTS = PROJECT / "events"
AS_RECORDED = {"OPERATION": "copy", "OVERWRITE": "never"}
"""What tests/conftest.py sets where env.json does not; events/record.py runs with it."""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:local:1"


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
        if not isinstance(self.response, dict) or not isinstance(
            self.response.get("results"), list
        ):
            return [("function error" if self.error else "no results", self.error)]
        return [
            (str(each.get("resultCode")), str(each.get("resultString", "")))
            if isinstance(each, dict)
            else ("no result", repr(each))
            for each in self.response["results"]
        ]

    @property
    def is_other(self) -> bool:
        """Whether the response differs from the recorded one; False: none is recorded."""
        return self.expected is not None and self.response != self.expected


def variables() -> dict[str, str]:
    """Return what events/env.json sets for the function, without its AWS_ variables."""
    try:
        given: Mapping[str, str] = json.loads((EVENTS / "env.json").read_text("utf-8"))["Function"]
    except FileNotFoundError:
        return {}
    except (KeyError, ValueError) as error:
        raise Refused(f"events/env.json is not what sam takes ({error}): mend it.") from None
    return {name: value for name, value in given.items() if not name.startswith("AWS_")}


def requests() -> list[Path]:
    """Return the requests. Raises Refused: there is none."""
    others = ("env.json", "*.expected.json")
    found = sorted(path for path in EVENTS.glob("*.json") if not any(map(path.match, others)))
    if not found:
        raise Refused("There are no requests in events/: give files to try, or write some there.")
    return found


def answer(target: Target, request: Path, seed: Callable[[], object]) -> Answered:
    """Send one request to the function, after `seed` has filled S3 anew."""
    seed()
    got = target(ARN, request.read_bytes())
    expected = request.with_suffix(".expected.json")
    said = json.loads(expected.read_text("utf-8")) if expected.exists() else None
    whole = json.loads(got.payload)
    if got.is_function_error:
        return Answered(request.stem, None, str(whole.get("errorMessage")), said)
    return Answered(request.stem, whole, "", said)


def seeding(s3_url: str) -> Callable[[], object]:
    """Return what fills the S3 at `s3_url` by events/seed.py; without that file it does nothing."""
    path = EVENTS / "seed.py"
    spec = spec_from_file_location("seed_of_the_events", path) if path.exists() else None
    if spec is None or spec.loader is None:
        return lambda: None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    seed: Callable[[str], object] = module.seed
    return lambda: seed(s3_url)
