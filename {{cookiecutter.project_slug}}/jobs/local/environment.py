"""Which AWS a program sees: the local one, never the one that the user's own settings name.

`isolated` is for this process, where the handler runs; `exports` is for the programs of the user.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobs.local.api.hosts import PROXIED_HOST
from jobs.local.deployed import JOBS
from jobs.local.engine.engine import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "us-east-1"
FAKE_KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
KEYS = (*FAKE_KEYS, "AWS_SESSION_TOKEN")
DIRECT = ("127.0.0.1", "localhost")


def isolated(user: Mapping[str, str], s3_url: str, *, is_own_s3: bool) -> dict[str, str]:
    """Return the environment `user` with S3 at `s3_url` and nothing of the user's AWS settings.

    Profiles, files and roles are left out, so that no code here reaches a real account by chance.
    Keys and Region in `user` stay for an S3 that is not our own, which may ask for them.
    """
    kept = {name: value for name, value in user.items() if not name.startswith("AWS_")}
    keys = {} if is_own_s3 else {name: user[name] for name in KEYS if user.get(name)}
    region = "" if is_own_s3 else user.get("AWS_REGION") or user.get("AWS_DEFAULT_REGION")
    no_proxy = ",".join(dict.fromkeys([*_no_proxy(user), *_direct(s3_url)]))
    return {
        **kept,
        **(keys or FAKE_KEYS),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": region or REGION,
        "AWS_REGION": region or REGION,
        # moto answers for any other service too: nothing leaves this machine
        **({"AWS_ENDPOINT_URL": s3_url} if is_own_s3 else {}),
        "AWS_ENDPOINT_URL_S3": s3_url,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }


def exports(s3_url: str, service_url: str, region: str, *, is_own_s3: bool) -> dict[str, str]:
    """Return the variables that point the AWS CLI and the SDKs at the local services.

    s3control is reached with the job service as the HTTP proxy: the SDKs put the account id before
    the host, and 123456789012.localhost does not resolve everywhere. Both spellings of the proxy
    variables are set, because programs differ in which they read first. The JOBS_... variables are
    what `python -m jobs submit` asks of a stack; any role will do, since nobody takes it on.
    """
    no_proxy = ",".join(_direct(s3_url))
    return {
        **(FAKE_KEYS if is_own_s3 else {}),
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL_S3": s3_url,
        "AWS_ENDPOINT_URL_S3_CONTROL": f"http://{PROXIED_HOST}",
        "HTTP_PROXY": service_url,
        "http_proxy": service_url,
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "JOBS_FUNCTION_ARN": f"arn:aws:lambda:{region}:{ACCOUNT}:function:local:1",
        "JOBS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/local",
        **({"JOBS_BUCKET": JOBS} if is_own_s3 else {}),
    }


def _no_proxy(user: Mapping[str, str]) -> list[str]:
    listed = user.get("no_proxy") or user.get("NO_PROXY") or ""
    return [name.strip() for name in listed.split(",") if name.strip()]


def _direct(s3_url: str) -> list[str]:
    return list(dict.fromkeys([*DIRECT, urlsplit(s3_url).hostname or ""]))
