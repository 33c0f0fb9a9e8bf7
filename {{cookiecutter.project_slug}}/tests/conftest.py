"""What every test here may count on: AWS is out of reach."""

from __future__ import annotations

import os

NO_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
os.environ.update(NO_AWS)
os.environ.pop("AWS_PROFILE", None)
