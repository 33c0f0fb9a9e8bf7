from __future__ import annotations

import json
import subprocess

from jobs.aws.cli_line import command_line

HURTFUL = 'it\'s $HOME `id` "q" \\ é 100% !x'


def words_in_a_shell(line: str) -> list[str]:
    script = f"aws() {{ printf '%s\\0' aws \"$@\"; }}\n{line}"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, text=True)
    return done.stdout.split("\0")[:-1]


def test_each_kind_of_value_is_an_option_that_a_shell_reads_back() -> None:
    line = command_line(
        "s3control",
        "CreateJob",
        {
            "AccountId": "123456789012",
            "ConfirmationRequired": True,
            "Priority": 10,
            "Description": HURTFUL,
            "Report": {"Enabled": False, "Prefix": HURTFUL},
        },
        "us-east-1",
    )
    words = words_in_a_shell(line)
    assert words[:-1] == [
        *("aws", "s3control", "create-job", "--region", "us-east-1"),
        *("--account-id", "123456789012", "--confirmation-required", "--priority", "10"),
        *("--description", HURTFUL, "--report"),
    ]
    assert json.loads(words[-1]) == {"Enabled": False, "Prefix": HURTFUL}


def test_a_flag_that_is_off_is_said() -> None:
    line = command_line("s3control", "CreateJob", {"ConfirmationRequired": False}, "us-east-1")
    assert words_in_a_shell(line)[-1] == "--no-confirmation-required"


def test_every_option_has_a_line_of_its_own() -> None:
    line = command_line("s3control", "DescribeJob", {"JobId": "1"}, "us-east-1")
    assert line == "aws s3control describe-job \\\n  --region us-east-1 \\\n  --job-id 1"
