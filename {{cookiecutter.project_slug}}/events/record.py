"""Write the expected response of every request in this folder.

    python events/record.py

Run it after the work in src/task.py changed, and read what it changed (git diff). The whole
function answers each request, with the variables of env.json, on moto: an S3 that holds the objects
of seed.py, and what tests/conftest.py makes for you. Nothing leaves this machine. A response that
is another each time, such as one with the time of day in it, is not recorded.
"""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / folder) for folder in ("src", "tests", "events")]

import conftest  # noqa: E402, F401 - first: it keeps AWS out of reach
import support  # noqa: E402


def say(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:  # `| head` has read enough: the rest is written all the same
        sys.stdout = open(os.devnull, "w")


try:
    for request in support.requests():
        support.sent(request)
except ValueError as error:
    sys.exit(f"Nothing was recorded. {error}")

for request in support.requests():
    recorded = support.expected(request)
    with contextlib.redirect_stdout(io.StringIO()):  # the function's log
        response, again = support.response(request), support.response(request)
    if response != again:
        recorded.unlink(missing_ok=True)
        say(f"{request.name}: another response each time, so none is recorded")
        continue
    text = json.dumps(response, indent=2, ensure_ascii=False) + "\n"
    recorded.write_text(text, "utf-8", newline="\n")
    said = []
    for result in response["results"]:
        code, text = result["resultCode"], result["resultString"]
        said.append(code if code == "Succeeded" else f"{code}: {text}")
    say(f"{request.name}: {', '.join(said) or 'no results'}")
