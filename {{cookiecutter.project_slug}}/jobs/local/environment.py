"""Which AWS a program sees: the local one, never the one that the user's own settings name.

`isolated` is for this process, where the handler runs; `exports` is for the programs of the user.
"""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jobs.local.api.request import PROXIED_HOST
from jobs.local.engine.engine import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.local.services import Services

REGION = "us-east-1"
FAKE_KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
KEYS = (*FAKE_KEYS, "AWS_SESSION_TOKEN")
LOOPBACK = "127.0.0.1"

# Stand-ins for S3 know no CreateSession: a directory bucket is asked as any other is (AWS SDKs and
# Tools Reference Guide, "S3 Express One Zone session authentication").
NO_SESSIONS = {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true"}


def function_arn(region: str = REGION) -> str:
    """Return the ARN of the function that runs here, as jobs name it."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:local:1"


def isolated(
    user: Mapping[str, str], s3_url: str, *, is_own_s3: bool, services_url: str | None = None
) -> dict[str, str]:
    """Return the environment `user` with S3 at `s3_url` and nothing of the user's AWS settings.

    Profiles, files and roles are left out, so that no code here reaches a real account by chance.
    Keys and Region in `user` stay for an S3 that is not our own, which may ask for them.
    """
    kept = {name: value for name, value in user.items() if not name.startswith("AWS_")}
    keys = {} if is_own_s3 else {name: user[name] for name in KEYS if user.get(name)}
    region = "" if is_own_s3 else user.get("AWS_REGION") or user.get("AWS_DEFAULT_REGION")
    return {
        **kept,
        **(keys or FAKE_KEYS),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": region or REGION,
        "AWS_REGION": region or REGION,
        # moto answers for any other service: nothing leaves this machine
        "AWS_ENDPOINT_URL": services_url or s3_url,
        "AWS_ENDPOINT_URL_S3": s3_url,
        **NO_SESSIONS,
        **_no_proxy(s3_url, user.get("no_proxy") or user.get("NO_PROXY") or ""),
    }


def isolate(s3_url: str, *, is_own_s3: bool, services_url: str | None = None) -> None:
    """Leave nothing of the user's AWS settings to the code that runs here."""
    new = isolated(os.environ, s3_url, is_own_s3=is_own_s3, services_url=services_url)
    os.environ.clear()
    os.environ.update(new)


@contextmanager
def isolation(s3_url: str) -> Iterator[None]:
    """Keep the user's AWS settings from this process until the end of the block."""
    before = dict(os.environ)
    isolate(s3_url, is_own_s3=True)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def exports(
    services: Services, jobs_url: str, lambda_url: str, function_arn: str | None
) -> dict[str, str]:
    """Return the variables that point the AWS CLI and the SDKs at the local services.

    `lambda_url` is of what knows the function, as far as Lambda's GetFunctionConfiguration tells
    it; without `function_arn` nobody knows which of those behind --lambda-endpoint is meant. The
    JOBS_... variables are what `python -m jobs submit` asks of a stack; any role of the function's
    account will do, since nobody assumes it.
    """
    function = {"JOBS_FUNCTION_ARN": function_arn} if function_arn else {}
    _, partition, _, _, account, *_ = (function_arn or f"arn:aws:lambda::{ACCOUNT}").split(":")
    return {
        **services.keys,
        "AWS_DEFAULT_REGION": services.region,
        "AWS_REGION": services.region,
        "AWS_ENDPOINT_URL": services.url,
        "AWS_ENDPOINT_URL_LAMBDA": lambda_url,
        "AWS_ENDPOINT_URL_S3": services.s3_url,
        **NO_SESSIONS,
        **_job_api(jobs_url),
        **_no_proxy(services.s3_url),
        **function,
        "JOBS_ROLE_ARN": f"arn:{partition}:iam::{account}:role/local",
    }


def _job_api(url: str) -> dict[str, str]:
    """Return the variables for s3control: the SDKs put the account id before the host.

    Where 123456789012.localhost resolves, as systemd makes it, that is all. Elsewhere the job
    service is named as the HTTP proxy, and no name is looked up; both spellings are set, because
    programs differ in which they read first. The SDK for JavaScript reads neither.
    """
    if _resolves(f"{ACCOUNT}.localhost"):
        return {"AWS_ENDPOINT_URL_S3_CONTROL": f"http://localhost:{urlsplit(url).port}"}
    proxied = {"AWS_ENDPOINT_URL_S3_CONTROL": f"http://{PROXIED_HOST}"}
    return {**proxied, "HTTP_PROXY": url, "http_proxy": url}


def _resolves(host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET)
    except OSError:
        return False
    return any(address[0] == LOOPBACK for *_, address in found)


def _no_proxy(s3_url: str, listed: str = "") -> dict[str, str]:
    """Return the variables that keep S3, and what the user `listed`, away from any proxy."""
    names = [*listed.split(","), LOOPBACK, "localhost", urlsplit(s3_url).hostname or ""]
    text = ",".join(dict.fromkeys(filter(None, map(str.strip, names))))
    return {"NO_PROXY": text, "no_proxy": text}
