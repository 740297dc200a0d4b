"""Numbers as countries write them: ``1,234.56``, ``1.234,56``, ``1 234,56``, and which of them a column's cells prove."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import EXPECTED, Plain
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.words import Words, mask


class Mark(Enum):
    """The character between the whole units and the fraction."""

    POINT = "."
    COMMA = ","


_OTHER: Final = {Mark.POINT: Mark.COMMA, Mark.COMMA: Mark.POINT}
_GROUP: Final = {Mark.POINT: "[, \u00a0\u202f']", Mark.COMMA: "[. \u00a0\u202f']"}
"""What may stand between thousands."""

_READABLE: Final = {mark: rf"^[+-]?(?:\d+|[1-9]\d{{0,2}}(?:{_GROUP[mark]}\d{{3}})+)?(?:[{mark.value}]\d+)?$" for mark in Mark}
"""A number whose thousands stand in groups of three or are not grouped at all."""


def proven_marks(text: pa.Array) -> set[Mark]:
    """Return the decimal marks without which some cell of the column could not be read."""
    reads = _readings(Words.of(text).words)
    return {mark for mark in Mark if (reads[mark] & ~reads[_OTHER[mark]]).any()}


def plain_numbers(text: pa.Array, kind: Kind, mark: Mark | None) -> Plain:
    """Return numbers with a point and without groups; what is no number stays as it is, to be refused.

    With a mark, cells that only the other mark makes numbers are refused. Without one, each cell that can be read in one way
    is, and those with two readings are refused.
    """
    cells = Words.of(text)
    reads = _readings(cells.words)
    plain = {mark: _plain(cells.words, mark) for mark in Mark}
    if mark is not None:
        words = pc.if_else(pa.array(reads[mark]), plain[mark], cells.words)
        reason = f"expected {EXPECTED[kind]}; the document's decimal mark is {mark.value!r}"
        return cells.plain(words, reads[_OTHER[mark]] & ~reads[mark], reason)
    differ = mask(pc.not_equal(plain[Mark.POINT], plain[Mark.COMMA]))
    words = cells.words
    for one in Mark:
        words = pc.if_else(pa.array(reads[one]), plain[one], words)
    reason = f"expected {EXPECTED[kind]}; nothing in the document tells whether this is thousands or a fraction"
    return cells.plain(words, reads[Mark.POINT] & reads[Mark.COMMA] & differ, reason)


def _readings(words: pa.Array) -> Mapping[Mark, np.ndarray]:
    return {mark: _matches(words, pattern) for mark, pattern in _READABLE.items()}


def _matches(words: pa.Array, pattern: str) -> np.ndarray:
    return mask(pc.match_substring_regex(words, pattern))


def _plain(words: pa.Array, mark: Mark) -> pa.Array:
    return pc.replace_substring(pc.replace_substring_regex(words, _GROUP[mark], ""), mark.value, ".")
