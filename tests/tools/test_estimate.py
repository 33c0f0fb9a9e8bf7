"""estimate: the arithmetic of quantities and prices, by hand, and what is said of them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import jobs.__main__ as main
from jobs.check import work
from jobs.estimate import job_plan, quantities
from jobs.estimate.quantities import Job
from jobs.project import rule, samconfig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_rename_of_a_million_objects_is_the_sum_of_its_lines() -> None:
    job = Job(operation="rename", objects=1_000_000, ms=96, log_bytes=900)
    at = quantities.prices("us-east-1")
    costs = {each.name: each.cost for each in quantities.items(job, at)}
    # 1,000,000 * 0.096 s * 0.5 GB = 48,000 GB-seconds; 0.9 GB of logs
    assert costs == {
        "job": Decimal("0.25"),
        "objects": Decimal("1.00"),
        "CopyObject": Decimal("5.00"),
        "DeleteObject": Decimal(0),
        "requests": Decimal("0.20"),
        "96 ms * 512 MB": Decimal(48_000) * Decimal("0.0000166667"),
        "900 B a task, 541 B of it our line": Decimal("0.45"),
    }
    assert quantities.total(quantities.items(job, at)) == sum(costs.values())
    assert quantities.seconds(job) == (960.0, 1_000_000 / 3500)


def test_what_fails_is_not_copied_and_a_generated_list_is_paid_for() -> None:
    job = Job(operation="copy", objects=1_000_000, failing=400_000, generated=2_000_000)
    costs = {each.name: each.cost for each in quantities.items(job, quantities.prices("x"))}
    assert (costs["CopyObject"], costs["generated list"]) == (Decimal("3.00"), Decimal("0.03"))
    assert "DeleteObject" not in costs


def test_prices_are_dated_and_have_sources_in_every_region() -> None:
    text = (main.__file__ or "").replace("__main__.py", "estimate/prices.json")
    with open(text, encoding="utf-8") as file:  # noqa: PTH123 - beside a module
        table = json.load(file)
    names = {frozenset(prices) for prices in table["regions"].values()}
    assert len(names) == 1
    for prices in table["regions"].values():
        for each in prices.values():
            assert each.keys() == {"price", "unit", "source"}
            assert each["source"] in table["sources"]
            assert Decimal(each["price"]) >= 0
    at = quantities.prices("eu-west-1")
    assert at.region == "eu-west-1"
    assert quantities.prices("nowhere-1").region == "us-east-1"
    assert not at.is_old(date(2027, 6, 1))
    assert at.is_old(date(2027, 7, 1))


@pytest.fixture
def estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the verb on a manifest of two rows."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    path = tmp_path / "m.csv"
    path.write_text("photos,a\nphotos,b\n")
    return lambda *words: CliRunner().invoke(main.cli, ["estimate", str(path), *words]).output


def test_the_verb_says_quantities_prices_and_what_is_not_counted(
    estimate: Callable[..., str],
) -> None:
    said = estimate("--operation", "rename")
    assert said.startswith("rename of 2 objects, us-east-1, prices of 2026-06-24")
    assert "the time of a task is assumed" in said
    assert "Not counted: KMS" in said
    document = json.loads(estimate("--operation", "rename", "--json"))
    assert (document["schema"], document["totalUsd"]) == ("jobs.estimate/1", "0.25")


def test_what_is_above_5_gib_is_copied_in_parts_and_what_is_archived_is_not_copied() -> None:
    # 3 objects of 6 GiB are 72 parts of 256 MiB; each may have a smaller last one, and is begun
    # and completed with a request of its own
    objects = {
        "above5GiB": 3,
        "bytesAbove5GiB": 18 * 1024**3,
        "classes": {"STANDARD": 8, "GLACIER": 1, "DEEP_ARCHIVE": 1},
    }
    job = Job(operation="copy", objects=10, **job_plan.needed(objects))
    assert (job.failing, job.parts) == (2, 72 + 3 + 6)
    (line,) = (
        each
        for each in quantities.items(job, quantities.prices("us-east-1"))
        if each.name.startswith("UploadPartCopy")
    )
    assert line.is_assumed
    assert line.cost == Decimal(81) / 1_000_000 * 5


def test_the_list_that_s3_makes_is_added_on_request(estimate: Callable[..., str]) -> None:
    said = estimate("--generate")
    assert "generated list" in said
    assert "S3 charges all objects of the bucket" in said
    assert "No listing says sizes and storage classes" in said


@pytest.mark.parametrize("verb", ["estimate", "check"])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("MemorySize=big", "The parameter MemorySize is 'big': it must be a number."),
        ("Timeout=long", "The parameter Timeout is 'long': it must be a number."),
        ("MemorySize=nan", "The parameter MemorySize is 'nan': it must be a number."),
        ("MemorySize=inf", "The parameter MemorySize is 'inf': it must be a number."),
    ],
)
def test_a_parameter_that_aws_would_refuse_is_no_base_of_an_estimate_or_a_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, given: str, sentence: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    path = tmp_path / "samconfig.toml"
    path.write_text(f"[default.global.parameters]\nparameter_overrides = ['{given}']\n")
    monkeypatch.setattr(samconfig, "PATH", path)
    (tmp_path / "m.csv").write_text("photos,a\n")
    result = CliRunner().invoke(main.cli, [verb, str(tmp_path / "m.csv")])
    assert (result.exit_code, result.output) == (2, f"Error: {sentence}\n")


def test_a_memory_that_cloudformation_looks_up_is_taken_to_be_the_usual_one(
    estimate: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "deployed", lambda: {"MemorySize": "/copier/memory"})
    assert "100 ms * 512 MB" in estimate()


def test_a_task_of_other_work_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(rule, "load", lambda: None)
    path = tmp_path / "m.csv"
    path.write_text("photos,a\nphotos,b\n")
    said = CliRunner().invoke(main.cli, ["check", str(path)]).output
    assert f"Next: python -m jobs submit {path}\n" in said
    assert said.count("make sure that no two rows write the same one.\n") == 1
    said = CliRunner().invoke(main.cli, ["estimate", str(path)]).output
    assert said.startswith("run of 2 objects")
    assert "CopyObject" not in said
