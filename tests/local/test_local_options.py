"""Options of `python -m jobs local` that are read, or refused in a sentence."""

from __future__ import annotations

import click
import pytest

from jobs.errors import Refused
from jobs.local import command, options, services, starting
from jobs.local.engine.choices import Choices

S3 = "http://127.0.0.1:4000"
OWN = services.Services(S3, S3, lambda: None, is_own_s3=True, keys={}, region="us-east-1")


def test_choices_are_read_by_name_and_type() -> None:
    given = options.choices(["redrives=0", "redrive_delay=0.5", "strict_echo=False", "event_safe="])
    assert given == Choices(redrives=0, redrive_delay=0.5, strict_echo=False, event_safe="")
    assert options.choices(["invalid_response=TemporaryFailure"]).invalid_response != (
        Choices().invalid_response
    )


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("retries=1", "there is no 'retries', but concurrency, "),
        ("redrives", "give a whole number"),
        ("redrives=1.5", "give a whole number"),
        ("redrive_delay=soon", "give seconds"),
        ("strict_echo=maybe", "give true or false"),
        ("threshold_counts=some", "give final or all"),
    ],
)
def test_a_bad_choice_is_refused_by_what_it_takes(pair: str, said: str) -> None:
    with pytest.raises(Refused, match=f"--choice '{pair}': {said}"):
        options.choices([pair])


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("redrives=-1", "redrives is -1: give 0 to 20000000000"),
        ("redrives=99999999999999", "redrives is 99999999999999: give 0 to 20000000000"),
        ("concurrency=1001", "concurrency is 1001: give 1 to 1000"),
        ("active_jobs=0", "active_jobs is 0: give 1 to 20000000000"),
        ("report_rows=0", "report_rows is 0: give 1 to 20000000000"),
        ("redrive_delay=nan", "redrive_delay is nan: give 0 to 315360000"),
        ("throttle_delay=inf", "throttle_delay is inf: give 0 to 315360000"),
        ("kept=1e300", r"kept is 1e\+300: give 0 to 315360000"),
        ("invisible=-0.5", "invisible is -0.5: give 0 to 315360000"),
    ],
)
def test_a_choice_out_of_its_range_is_refused_with_the_range(pair: str, said: str) -> None:
    with pytest.raises(Refused, match=f"--choice {said}"):
        options.choices([pair])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--lambda-function f", "--lambda-function has no effect alone: give --lambda-endpoint"),
        ("--function a.b --lambda-endpoint http://h", "--function has no effect with --lambda-end"),
        ("--timeout 3 --lambda-endpoint http://h", "--timeout has no effect with --lambda-endpoi"),
        ("--in-process --lambda-endpoint http://h", "--in-process has no effect with --lambda"),
        ("--json --lambda-endpoint http://h", "--json has no effect with --lambda-endpoint"),
        ("--in-process --concurrency 2", "concurrency has no effect with --in-process"),
        ("--s3-port 0 --s3-endpoint http://h", "--s3-port has no effect with --s3-endpoint"),
        ("--keep /tmp/k --s3-endpoint http://h", "--keep has no effect with --s3-endpoint"),
        ("--folder / --s3-endpoint http://h", "--folder has no effect with --s3-endpoint"),
        ("--anyway", "--anyway has no effect alone: give --s3-endpoint too"),
        (
            "--anyway --s3-endpoint http://h --lambda-endpoint http://h",
            "--anyway has no effect with --lambda-endpoint",
        ),
        ("--lambda-endpoint= --json", "--json has no effect with --lambda-endpoint"),
        ("--lambda-endpoint=", "--lambda-endpoint '' is no URL"),
        ("--lambda-endpoint http://h --lambda-function=", "--lambda-function '' names no function"),
        ("--concurrency 2 --choice concurrency=3", "concurrency is given twice, give it once"),
        (
            "--in-process --choice concurrency=3",
            "concurrency has no effect with --in-process",
        ),
        (
            "--in-process --choice active_jobs=3",
            "active_jobs has no effect with --in-process",
        ),
        ("--choice redrives=1 --choice redrives=2", "redrives is given twice, give it once"),
        ("--folder / --keep /tmp/kept", "--folder '/' and --keep '/tmp/kept' are in one another"),
        ("--lambda-endpoint http://127.0.0.1:9", "No Lambda answers at 'http://127.0.0.1:9'"),
    ],
)
def test_options_that_cannot_be_followed_are_refused_in_a_sentence(
    arguments: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "begin_services", lambda *_: OWN)
    with pytest.raises(Refused) as refused:
        command.command.main(arguments.split(), standalone_mode=False)
    assert said in str(refused.value)


@pytest.mark.parametrize("arguments", ["--timeout 901", "--timeout 0", "--concurrency 1001"])
def test_a_number_out_of_its_range_is_wrong_usage(arguments: str) -> None:
    with pytest.raises(click.UsageError, match="is not in the range"):
        command.command.main(arguments.split(), standalone_mode=False)
