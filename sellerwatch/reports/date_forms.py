"""Days and instants as countries write them: the order of day, month and year, and the abbreviations of time zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import EXPECTED, Plain, fits
from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.words import Words, mask


class Order(Enum):
    """The order of a date's parts: where the year, the month and the day stand among the three written."""

    YEAR_FIRST = ("first", "second", "third")
    DAY_FIRST = ("third", "second", "first")
    MONTH_FIRST = ("third", "first", "second")


OFFSETS: Final[Mapping[str, str]] = {
    "Z": "+00:00",
    "UTC": "+00:00",
    "GMT": "+00:00",
    "PST": "-08:00",
    "PDT": "-07:00",
    "BST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "MET": "+01:00",
    "MEST": "+02:00",
    "JST": "+09:00",
}
"""Abbreviations that mean one offset wherever Amazon writes them. Others, such as CST and IST, mean several."""

_DATE = (
    r"^(?P<first>\d{1,4})(?P<mark>[-/.])(?P<second>\d{1,2})[-/.](?P<third>\d{1,4})"
    r"(?:[T ](?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))? ?(?P<zone>[A-Za-z]{1,5}|[+-]\d{2}:?\d{2})?$"
)
_OPEN = r"^\s*\d{1,2}[-/]"
_YEAR_DIGITS, _SHORT_DIGITS = 4, 2
_MONTHS, _DAYS = 12, 31


@dataclass(frozen=True, slots=True)
class _Dates:
    """The parts of each word that looks like a date; null for the others."""

    parts: Mapping[str, pa.Array]

    @classmethod
    def of(cls, words: pa.Array) -> _Dates:
        found = pc.extract_regex(words, _DATE)
        return cls({name: pc.struct_field(found, name) for name in ("first", "mark", "second", "third", "time", "zone")})

    @property
    def is_dotted(self) -> np.ndarray:
        return mask(pc.equal(self.parts["mark"], "."))

    def digits(self, name: str) -> np.ndarray:
        return np.asarray(pc.fill_null(pc.utf8_length(self.parts[name]), 0))

    def fitting(self) -> dict[Order, np.ndarray]:
        """Tell for each order which words it fits: by their digits and marks, and by how long a year and a month are.

        Only days come first where points stand between; that is what points are used for.
        """
        first, third = self.digits("first"), self.digits("third")
        starts_short = (first > 0) & (first <= _SHORT_DIGITS)
        ends_in_year = starts_short & ((third == _YEAR_DIGITS) | (third == _SHORT_DIGITS))
        short_year_first = (first == _SHORT_DIGITS) & ~self.is_dotted
        shapes = {
            Order.YEAR_FIRST: ((first == _YEAR_DIGITS) | short_year_first) & (third <= _SHORT_DIGITS),
            Order.DAY_FIRST: ends_in_year,
            Order.MONTH_FIRST: ends_in_year & ~self.is_dotted,
        }
        return {order: shape & self._in_calendar(order) for order, shape in shapes.items()}

    def _in_calendar(self, order: Order) -> np.ndarray:
        _, month, day = (np.asarray(pc.fill_null(self.parts[name].cast(pa.int64()), 0)) for name in order.value)
        return (month >= 1) & (month <= _MONTHS) & (day >= 1) & (day <= _DAYS)

    @property
    def is_open(self) -> np.ndarray:
        """Tell which dates do not show by their form alone where day and month stand."""
        return ~self.is_dotted & (self.digits("first") <= _SHORT_DIGITS)

    def written_plainly(self, order: Order) -> pa.Array:
        """Return ``2026-11-05`` for each date, read in this order; two digits of a year are of this century."""
        year, month, day = (self.parts[name] for name in order.value)
        century = pc.if_else(pc.equal(pc.utf8_length(year), _YEAR_DIGITS), "", "20")
        month, day = (pc.utf8_lpad(part, _SHORT_DIGITS, "0") for part in (month, day))
        return pc.binary_join_element_wise(pc.binary_join_element_wise(century, year, ""), month, day, "-")


def possible_orders(text: pa.Array) -> set[Order] | None:
    """Return the orders that fit every date whose form leaves its order open; None where no date does."""
    dates = _Dates.of(Words.of(text.filter(pc.match_substring_regex(text, _OPEN))).words)
    fitting = dates.fitting()
    is_open = dates.is_open & np.logical_or.reduce(list(fitting.values()))
    if not is_open.any():
        return None
    return {order for order, fit in fitting.items() if fit[is_open].all()}


def plain_dates(text: pa.Array, column: Column, order: Order | None, bare_offset: str) -> Plain:
    """Return days as ``2026-11-05`` and instants as ``2026-11-05T23:59:59+00:00``; what is neither stays, to be refused.

    Args:
        text: the column's cells.
        column: tells whether they are days or instants.
        order: the order of dates whose form leaves it open; without it, those that can be read in two ways are refused.
        bare_offset: the offset of times without a zone; where it is empty, such a time is no instant and becomes null.
    """
    if fits(text, column.kind):
        return Plain(text)
    cells = Words.of(text)
    dates = _Dates.of(cells.words)
    fitting = dates.fitting()
    chosen = _chosen(fitting, dates.is_open, order)
    days = cells.words
    for one, is_chosen in chosen.items():
        if is_chosen.any():
            days = pc.if_else(pa.array(is_chosen), dates.written_plainly(one), days)
    is_read = np.logical_or.reduce(list(chosen.values()))
    is_doubtful = ~is_read & dates.is_open & (np.sum(list(fitting.values()), axis=0) > 1) & (order is None)
    reason = f"expected {EXPECTED[column.kind]}; nothing in the document tells the day from the month"
    if column.kind is Kind.DAY:
        return cells.plain(days, is_doubtful, reason)
    instants, notes = _instants(cells, dates, days, is_read, column, bare_offset)
    return replace(cells.plain(instants, is_doubtful, reason), notes=notes)


def _chosen(fitting: Mapping[Order, np.ndarray], is_open: np.ndarray, order: Order | None) -> dict[Order, np.ndarray]:
    """Tell for each order which dates are read in it: by their form, by the order given, or because only it fits."""
    is_only = np.sum(list(fitting.values()), axis=0) == 1
    open_ones = {one: is_only if order is None else np.full(len(is_only), one is order) for one in Order}
    return {one: fit & (~is_open | open_ones[one]) for one, fit in fitting.items()}


def _instants(
    cells: Words, dates: _Dates, days: pa.Array, is_read: np.ndarray, column: Column, bare_offset: str
) -> tuple[pa.Array, tuple[str, ...]]:
    """Return day, time and offset joined, null where the offset is not known, and notes on those."""
    has_time = is_read & mask(pc.not_equal(dates.parts["time"], ""))
    zones = pc.utf8_upper(dates.parts["zone"])
    offsets = _offsets(zones, bare_offset)
    time = pc.replace_substring_regex(dates.parts["time"], r"^(\d):", r"0\1:")
    instants = pc.binary_join_element_wise(pc.binary_join_element_wise(days, time, "T"), offsets, "")
    joined = pc.if_else(pa.array(has_time), instants, cells.words)
    return joined, tuple(_zone_notes(cells, zones, has_time, column, bare_offset))


def _offsets(zones: pa.Array, bare_offset: str) -> pa.Array:
    """Return ``+01:00`` for each zone, null where it is not known."""
    known = {**OFFSETS, **({"": bare_offset} if bare_offset else {})}
    named = pa.array(list(known.values())).take(pc.index_in(zones, pa.array(list(known))))
    hours, minutes = pc.utf8_slice_codeunits(zones, 0, 3), pc.utf8_slice_codeunits(zones, -2)
    is_numeric = pc.match_substring_regex(zones, r"^[+-]\d")
    return pc.if_else(is_numeric, pc.binary_join_element_wise(hours, minutes, ":"), named)


def _zone_notes(cells: Words, zones: pa.Array, has_time: np.ndarray, column: Column, bare_offset: str) -> Iterator[str]:
    """Yield how times without a zone, or with one that is not known, were read."""
    unsure = has_time & mask(pc.is_null(_offsets(zones, "")))
    for zone in pc.unique(zones.filter(pa.array(unsure))).to_pylist():
        count = len(cells.rows(unsure & mask(pc.equal(zones, zone))))
        if zone:
            yield f"zone_unknown: {count} cells of {column.header!r} name {zone!r} and were left empty"
        else:
            yield f"zone_missing: {count} cells of {column.header!r} were {_bare_reading(bare_offset)}"


def _bare_reading(offset: str) -> str:
    return f"read with the offset {offset}" if offset else "left empty"
