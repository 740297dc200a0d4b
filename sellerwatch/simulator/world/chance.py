"""Randomness that depends on names only: the same parts always give the same numbers, in any order of calls."""

from __future__ import annotations

import hashlib
import struct

_NUMBERS = struct.Struct("<16I")
_ONE = 2.0**-32


def draws(*parts: object) -> tuple[float, ...]:
    """Return sixteen independent numbers from 0 up to 1 (not included) for these parts.

    Plain arithmetic on a hash: no call to a maths library whose last digit may differ between machines.
    """
    text = "\x1f".join(map(str, parts))
    digest = hashlib.blake2b(text.encode(), digest_size=64).digest()
    return tuple([number * _ONE for number in _NUMBERS.unpack(digest)])
