"""What the local service refuses, as AWS does, has an error of the check."""

from __future__ import annotations

import io
import random

import pytest

from check_runs import check
from jobs.errors import Refused
from jobs.formats import manifest
from jobs.formats.row_rules import Work

PIECES = [
    *(b"b12,a", b"b12,a", b"b12,b", b"b13,c", b"b12", b"b12,a,c", b"", b'b12,"a', b'b12,"a"'),
    *(b"b12,%ff", b"b12,a b", b"b12,a ", b"b12, a", b"b12,\0a", b"bucket,key", b'b12,"a\nb"'),
    *(b"b12,", b"B_x,a", b"b,a", b"b12,\xff", b"\xef\xbb\xbfb12,a", b"b12,%zz", b"b12,a+b"),
    *(b'b12,a"b', b'b12,"a"b', b"b12,%7B%22", b"b12,\xc2\x85", b"b12,\xe2\x80\xa8", b'b12,""'),
    *(b"b12,\xe2\x80\x8b", b"b12,\xc2\xa0", b"b12,a\rb", b"b12,\xed\xa0\x80", b"k" * 1030),
    *(b"b12," + b"k" * 1024, b"b12," + b"k" * 1025, b"b12," + b"%e3%81%82" * 121, b"arn:aws,a"),
]


def service_takes(content: bytes) -> bool:
    try:
        return bool(list(manifest.read(io.BytesIO(content), ["Bucket", "Key"])))
    except manifest.RefusedError:
        return False


def compare(seed: int) -> bool:
    """Draw a manifest; tell whether the local service takes it, after check was asked."""
    chance = random.Random(seed)  # noqa: S311 - draws manifests, no secrets
    end = chance.choice([b"\n", b"\n", b"\r\n"])
    content = end.join(chance.choices(PIECES, k=chance.randint(1, 4))) + end
    try:
        refused = bool(check(content, Work("copy", "never", "b13", "p/")).errors)
    except Refused:
        refused = True
    takes = service_takes(content)
    assert takes or refused, content
    return takes


def test_what_the_service_refuses_has_an_error() -> None:
    assert {compare(seed) for seed in range(25)} == {True, False}


@pytest.mark.slow
def test_what_the_service_refuses_has_an_error_in_250_odd_manifests() -> None:
    taken = [compare(seed) for seed in range(250)]
    assert 25 < sum(taken) < 225
