"""Which AWS the code here and the programs of the user see: the local one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from botocore.utils import get_environ_proxies

from jobs.local import environment, services

if TYPE_CHECKING:
    import pytest

S3 = "http://127.0.0.1:4000"
SERVICE = "http://127.0.0.1:5000"
MOTO = "http://127.0.0.1:6000"
ARN = "arn:aws-cn:lambda:eu-west-1:111122223333:function:f:1"
HERE = services.Services(S3, MOTO, lambda: None, is_own_s3=False, keys={}, region="eu-west-1")
USER = {
    "PATH": "/bin",
    "DESTINATION_BUCKET": "copies",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/admin",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "no_proxy": "internal, 127.0.0.1",
}


def test_the_code_here_sees_nothing_of_the_user_s_aws_settings() -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert not set(USER.values()) & {v for k, v in isolated.items() if k.startswith("AWS_")}
    assert "AWS_PROFILE" not in isolated
    assert isolated["AWS_CONFIG_FILE"] == isolated["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert isolated["AWS_ENDPOINT_URL_S3"] == isolated["AWS_ENDPOINT_URL"] == S3


def test_the_function_s_own_settings_stay() -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert (isolated["PATH"], isolated["DESTINATION_BUCKET"]) == ("/bin", "copies")


def test_an_s3_of_the_user_is_given_the_keys_in_the_environment_and_no_more() -> None:
    isolated = environment.isolated(USER, "https://minio.internal", is_own_s3=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        assert isolated[name] == USER[name]
    assert "AWS_PROFILE" not in isolated
    assert isolated["AWS_REGION"] == "eu-west-1"


def test_all_other_services_are_those_that_run_here() -> None:
    isolated = environment.isolated({}, S3, is_own_s3=False, services_url=MOTO)
    assert (isolated["AWS_ENDPOINT_URL"], isolated["AWS_ENDPOINT_URL_S3"]) == (MOTO, S3)
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert (exports["AWS_ENDPOINT_URL"], exports["AWS_ENDPOINT_URL_S3"]) == (MOTO, S3)
    assert exports["AWS_ENDPOINT_URL_LAMBDA"] == SERVICE


def test_function_and_role_are_of_one_account_as_submit_wants_them() -> None:
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert exports["JOBS_FUNCTION_ARN"] == ARN
    assert exports["JOBS_ROLE_ARN"] == "arn:aws-cn:iam::111122223333:role/local"
    unknown = environment.exports(HERE, SERVICE, SERVICE, None)
    assert "JOBS_FUNCTION_ARN" not in unknown
    assert unknown["JOBS_ROLE_ARN"] == "arn:aws:iam::123456789012:role/local"


def addresses(*found: str) -> Any:
    def look_up(host: str, *_: object) -> list[Any]:
        assert host == "123456789012.localhost"
        if not found:
            raise OSError(-2, "Name or service not known")
        return [(2, 1, 6, "", (address, 0)) for address in found]

    return look_up


def test_where_the_account_s_host_name_resolves_no_proxy_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", addresses("127.0.0.1"))
    exports = environment.exports(HERE, SERVICE, SERVICE, ARN)
    assert exports["AWS_ENDPOINT_URL_S3_CONTROL"] == "http://localhost:5000"
    assert not {"HTTP_PROXY", "http_proxy"} & exports.keys()
    monkeypatch.setattr("socket.getaddrinfo", addresses("10.0.0.1"))  # of a search domain
    assert environment.exports(HERE, SERVICE, SERVICE, ARN)["HTTP_PROXY"] == SERVICE


def test_an_s3_of_the_user_without_keys_is_given_made_up_ones() -> None:
    isolated = environment.isolated({}, S3, is_own_s3=False)
    assert isolated["AWS_ACCESS_KEY_ID"] == "local"


def test_the_local_s3_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    isolated = environment.isolated(USER, S3, is_own_s3=True)
    assert isolated["no_proxy"] == isolated["NO_PROXY"] == "internal,127.0.0.1,localhost"
    monkeypatch.setattr("socket.getaddrinfo", addresses())
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, environment.exports(HERE, SERVICE, SERVICE, ARN)[name])
    assert get_environ_proxies(f"{S3}/bucket") == {}
    assert get_environ_proxies("http://123456789012.s3-control.local")["http"] == SERVICE
