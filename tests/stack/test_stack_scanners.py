"""What scanners say of the stack, by default and with all that a company may set.

HARDENING.md gives each finding that stays its reason. Conditions hide resources from a scanner: it
gets the resolved ones.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from conftest import TEMPLATE
from stack_variants import LINTED
from transformed import stack, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import PythonWith

pytestmark = pytest.mark.slow

CONTROL_TOWER_RULES = 237  # of this version
# cdk-nag looks at an application of the CDK: this one includes templates of CloudFormation.
CDK_APPLICATION = """
import sys

from aws_cdk import App, Stack
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

outdir, *templates = sys.argv[1:]
packs = [AwsSolutionsChecks(), ServerlessChecks()]
app = App(analytics_reporting=False, outdir=outdir, policy_validation_beta1=packs)
app.node.set_context("@aws-cdk/core:validationReportJson", True)
for number, template in enumerate(templates):
    CfnInclude(Stack(app, f"stack{number}"), "included", template_file=template)
app.synth()
"""
DOCUMENT = re.compile(r"^\}?(?=\{$)", re.MULTILINE)


@pytest.mark.parametrize("name", ["defaults", "company, everything"])
def test_checkov_finds_only_what_hardening_md_gives_a_reason_for(
    name: str, python_with: PythonWith, tmp_path: Path
) -> None:
    path = written(stack(**LINTED[name]), tmp_path)
    program = python_with("checkov").with_name("checkov")
    options = ["--framework", "cloudformation", "--skip-download", "--output", "json"]
    done = subprocess.run(
        [program, "--file", path, *options], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)
    suppressed = {
        (each["check_id"], each["resource"].rpartition(".")[2])
        for each in report["results"]["skipped_checks"]
    }
    reasons = explained(r"CKV_\w+")

    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 30
    assert report["results"]["failed_checks"] == []
    assert suppressed <= reasons
    in_template = (TEMPLATE / "template.yaml").read_text("utf-8")
    assert {check for check, _ in reasons} == set(re.findall(r"CKV_\w+", in_template))


@pytest.mark.parametrize("name", ["defaults", "everything", "company", "company, everything"])
def test_cfn_guard_finds_only_what_hardening_md_gives_a_reason_for(
    name: str, guard: Path, tmp_path: Path
) -> None:
    path = written(stack(**LINTED[name]), tmp_path)
    rules = guard.parents[3] / "rules" / "control-tower" / "cfn-guard"
    done = subprocess.run(
        [guard, "validate", "--rules", rules, "--data", path, "--output-format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    answers = list(documents(done.stdout))
    found = {
        (control, resource)
        for answer in answers
        for rule in answer["not_compliant"]
        for control in re.findall(r"\[(CT\.[A-Z0-9.]+)\]", json.dumps(rule))
        for resource in re.findall(r"/Resources/(\w+)", json.dumps(rule))
    }

    assert len(answers) == CONTROL_TOWER_RULES
    assert len([each for each in answers if each["compliant"]]) > 10
    assert found <= explained(r"CT\.[\w.]+")
    if name == "defaults":  # where most stays: every row of the page is one that is found
        kept = {(control, "KeptLogGroup") for control, _ in found}
        assert explained(r"CT\.[\w.]+") - kept == found


def test_cdk_nag_finds_what_hardening_md_gives_a_reason_for_and_no_more(
    python_with: PythonWith, tmp_path: Path
) -> None:
    if not shutil.which("node"):
        pytest.skip("no node on PATH: the CDK runs on it")
    templates = []
    for name in ("defaults", "company, everything"):
        (tmp_path / name).mkdir()
        templates.append(written(stack(**LINTED[name]), tmp_path / name))
    python = python_with("cdk-nag")
    command: list[str | Path] = [python, "-c", CDK_APPLICATION, tmp_path / "out", *templates]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = tmp_path / "out" / "policy-validation-report.json"
    assert report.is_file(), done.stderr  # with findings, which there are, synth fails after it
    packs = {
        each["summary"]["pluginName"]: {rule["ruleName"] for rule in each["violations"]}
        for each in json.loads(report.read_text())["pluginReports"]
    }
    # A rule about a part of a resource has it in brackets after its name.
    found = {
        rule.partition("[")[0] for pack in ("AwsSolutions", "Serverless") for rule in packs[pack]
    }
    page = (TEMPLATE / "HARDENING.md").read_text("utf-8")

    assert found == set(re.findall(r"(?<=[|,] )(?:AwsSolutions|Serverless)-\w+", page))


def explained(check: str) -> set[tuple[str, str]]:
    """Return the findings that HARDENING.md gives a reason for, as check and resource."""
    page = (TEMPLATE / "HARDENING.md").read_text("utf-8")
    rows = re.findall(rf"^\| ({check}) [^|]*\| ([\w, ]+) \|", page, re.MULTILINE)
    return {(check, each) for check, resources in rows for each in resources.split(", ")}


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Yield the answer for each file of rules: cfn-guard writes them one behind the other."""
    for start in DOCUMENT.finditer(text):
        answer: dict[str, Any] = json.JSONDecoder().raw_decode(text, start.end())[0]
        yield answer


@pytest.fixture(scope="module")
def guard(python_with: PythonWith, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program cfn-guard, with the rules of AWS Control Tower: a plugin for CDK brings both."""
    environment = python_with("cfn-guard", options=("--no-deps",)).parents[1]
    [archive] = environment.rglob("cdk-validator-cfnguard@*.jsii.tgz")
    folder = tmp_path_factory.mktemp("cfn-guard")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    program = folder / "package" / "bin" / "ubuntu" / "x86_64" / "cfn-guard"
    program.chmod(0o755)
    return program
