"""A project that is generated, built and deployed on an AWS of this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

import bootstrap

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Bake

RESOURCE = re.compile(r"^  [A-Za-z]+:\n(?:(?:    .*)?\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Stack:
    """A project that was generated, built and deployed."""

    project: Path
    cloud: str
    environment: dict[str, str]

    @property
    def name(self) -> str:
        return self.project.name

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def call(self, *command: str, **variables: str) -> str:
        done = self.run(*command, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def deploy(self, **parameters: str) -> None:
        """Build and deploy with these parameters, written into samconfig.toml as people do."""
        config = self.project / "samconfig.toml"
        text = config.read_text()
        for name, value in parameters.items():
            text, count = re.subn(f"""'{name}=".*"'""", f"""'{name}="{value}"'""", text)
            assert count == 1, name
        config.write_text(text)
        self.call("sam", "build")
        self.call("sam", "deploy", "--no-confirm-changeset")

    def submit(self, manifest: Path, *options: str, **variables: str) -> dict[str, Any]:
        command = [
            sys.executable,
            "-m",
            "jobs",
            "submit",
            str(manifest),
            "--json",
            "--yes",
            *options,
        ]
        text = self.call(*command, **variables)  # what submit tells on stderr comes before
        said: dict[str, Any] = json.loads(text[text.index("{") :])
        return said

    def client(self, service: str, region: str = "us-east-1") -> Any:
        connect: Any = boto3.client  # its stubs know each service by a literal only
        return connect(service, region, endpoint_url=self.cloud)

    def outputs(self) -> dict[str, str]:
        stacks = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}

    def alias_version(self) -> str:
        name = self.outputs()["FunctionName"]
        alias = self.client("lambda").get_alias(FunctionName=name, Name="live")
        return str(alias["FunctionVersion"])


def generated(bake: Bake, slug: str, cloud: str) -> Stack:
    project = bake(project_slug=slug)
    leave_out_metric_math(project / "template.yaml")
    path = os.pathsep.join([*bootstrap.runtime_folder(), os.environ["PATH"]])
    environment = os.environ | {"AWS_ENDPOINT_URL": cloud, "PATH": path}
    return Stack(project, cloud, dict(environment))


def leave_out_metric_math(template: Path) -> None:
    """Leave out the alarms on an expression: ministack 1.5.33 cannot make them, as it says itself.

    cfn-lint and test_stack_signals look at them.
    """
    text = template.read_text(encoding="utf-8")
    with_math = [each for each in RESOURCE.findall(text) if "\n      Metrics:\n" in each]
    assert [each.split(":")[0].strip() for each in with_math] == ["ThrottlesAlarm", "DurationAlarm"]
    for each in with_math:
        text = text.replace(each, "")
    template.write_text(text, encoding="utf-8")


def add_environment(stack: Stack, region: str, parameters: dict[str, str]) -> None:
    """Add `prod` to samconfig.toml: the values of `default`, and these."""
    config = stack.project / "samconfig.toml"
    default = tomllib.loads(config.read_text())["default"]["global"]["parameters"]
    given = dict(entry.split("=", 1) for entry in default["parameter_overrides"])
    given |= {name: f'"{value}"' for name, value in parameters.items()}
    overrides = json.dumps([f"{name}={value}" for name, value in given.items()])
    with config.open("a") as file:
        file.write(
            f"[prod.global.parameters]\nstack_name = '{stack.name}'\nregion = '{region}'\n"
            f"parameter_overrides = {overrides}\n"
            "[prod.deploy.parameters]\nresolve_s3 = true\ncapabilities = 'CAPABILITY_IAM'\n"
        )
