"""What the tests need that run the function in containers, through `sam local`."""

from __future__ import annotations

import shutil
import subprocess

import pytest

BRIDGE = "172.17.0.1"
"""Where containers reach this machine: the address of Docker's default bridge."""

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"

SAM_OPTIONS = ("--skip-pull-image", "--add-host", f"host.docker.internal:{BRIDGE}")


def skip_without_engine() -> None:
    """Skip the test, and say why, unless a container engine answers and has the image."""
    if not shutil.which("docker"):
        pytest.skip("no docker command: sam local needs a container engine")
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker engine answers: sam local needs one")
    inspected = ["docker", "image", "inspect", IMAGE]
    if subprocess.run(inspected, capture_output=True, check=False).returncode:
        pytest.skip(f"the image {IMAGE} is not here: pull it first")
