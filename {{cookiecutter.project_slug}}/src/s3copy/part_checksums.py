"""The CRC of a whole object from those of its parts: pure arithmetic.

boto3's `upload_file` leaves a checksum of checksums of parts; the copy that CopyObject makes of
such an object has a checksum of the whole. A CRC is linear, so the second follows from the parts'
own: crc(A + B) = crc(A) * x^(8 * len(B)) + crc(B), modulo the CRC's polynomial (as crc32_combine of
zlib does). Other algorithms have no such rule.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bits in reflected order: the lowest power is the highest bit.
POLYNOMIALS = {"CRC32": 0xEDB88320, "CRC32C": 0x82F63B78}
ONE, X_TO_8 = 1 << 31, 1 << 23


def whole(algorithm: str, parts: Iterable[tuple[int, str]]) -> str:
    """Return the checksum of parts put together, in base64 as S3 writes it.

    Args:
        algorithm: "CRC32" or "CRC32C".
        parts: the bytes and the checksum (base64) of each part, in order.
    """
    polynomial, total = POLYNOMIALS[algorithm], 0
    for size, text in parts:
        crc = int.from_bytes(base64.b64decode(text), "big")
        total = _times(_shift(size, polynomial), total, polynomial) ^ crc
    return base64.b64encode(total.to_bytes(4, "big")).decode()


@lru_cache(maxsize=64)  # all parts but the last have one size
def _shift(size: int, polynomial: int) -> int:
    """Return x^(8 * size) modulo the polynomial."""
    power, square = ONE, X_TO_8
    while size:
        if size & 1:
            power = _times(square, power, polynomial)
        square = _times(square, square, polynomial)
        size >>= 1
    return power


def _times(one: int, other: int, polynomial: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if one >> bit & 1:
            product ^= other
        other = other >> 1 ^ (polynomial if other & 1 else 0)
    return product
