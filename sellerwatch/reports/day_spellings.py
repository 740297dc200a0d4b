"""Days as some reports spell them, turned into ``2026-05-13``: month first, with a named month, or as an instant.

Each function leaves alone what is not of its form, so that the cell is refused and shown as it stands.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import cast_column
from sellerwatch.reports.computed import local_days
from sellerwatch.reports.contract import Kind
from sellerwatch.reports.document import DocumentContext, DocumentError

_MONTH, _DAY, _YEAR = "(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])", r"(\d{4})"
_MONTH_FIRST: Final = f"^{_MONTH}/{_DAY}/{_YEAR}$"
_DAY_FIRST: Final = f"^(1[3-9]|2[0-9]|3[01])/{_MONTH}/{_YEAR}$"
_MONTH_ONLY: Final = f"^{_MONTH}/{_YEAR}$"
_NAMED_MONTH: Final = r"^(\d\d)-{}-(\d{{4}})$"
_INSTANT: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d"
_MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def from_month_first(words: pa.Array, context: DocumentContext) -> pa.Array:
    """Return the day of ``05/13/2026``, the first day of the month ``05/2026``, and the local day of an instant.

    Raises:
        DocumentError: a date such as ``13/05/2026`` shows that days come first, so that no other date can be trusted.
    """
    is_day_first = pc.match_substring_regex(words, _DAY_FIRST)
    if pc.any(is_day_first).as_py():
        raise DocumentError(
            f"A date has its day first, not its month: {words.filter(is_day_first)[0].as_py()!r}",
            where=f"report document, {context.marketplace.code}",
            remedy="Amazon changed the form of its dates: teach the report's module, then parse the stored document again",
        )
    days = pc.replace_substring_regex(words, _MONTH_FIRST, r"\3-\1-\2")
    return from_instant(pc.replace_substring_regex(days, _MONTH_ONLY, r"\2-\1-01"), context)


def are_months(words: pa.Array) -> pa.Array:
    """Tell which cells name a month, ``05/2026``, and not a day."""
    return pc.match_substring_regex(words, _MONTH_ONLY)


def from_named_month(words: pa.Array, context: DocumentContext) -> pa.Array:
    """Return the day of ``20-Aug-2026``, and the local day of an instant."""
    for number, name in enumerate(_MONTH_NAMES, start=1):
        words = pc.replace_substring_regex(words, _NAMED_MONTH.format(name), rf"\2-{number:02d}-\1")
    return from_instant(words, context)


def from_instant(words: pa.Array, context: DocumentContext) -> pa.Array:
    """Return the marketplace's local day of ``2024-12-02T08:15:00Z``; an instant without an offset is left alone."""
    is_instant = pc.match_substring_regex(words, _INSTANT)
    if not pc.any(is_instant).as_py():
        return words
    instants, _ = cast_column(pc.if_else(is_instant, words, pa.scalar(None, pa.string())), Kind.INSTANT)
    days = local_days(pa.chunked_array([instants]), context.marketplace.zone)
    return pc.coalesce(days.cast(pa.string()), words)
