"""Records that stand in a document and belong to another one: of a day that was not asked for, of another marketplace.

A document says everything about what was asked for, and only a part of anything else. Loaded, that part would take the
place of the whole.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sellerwatch.core.marketplaces import MARKETPLACES
from sellerwatch.reports.contract import FactTable
from sellerwatch.reports.document import DocumentContext, Parsed

DOMAINS = frozenset(place.domain for place in MARKETPLACES)


def of_asked_days(
    parsed: Parsed, context: DocumentContext, *, table: FactTable, exempt: pd.Series[bool] | None = None
) -> Parsed:
    """Leave out the records of days that were not asked for: a window cut at UTC's midnight bleeds into the store's next day.

    Each comes with the document of its own day. A document that was asked for no days keeps all.

    Args:
        parsed: the document.
        context: what is known about it; its days are those that were asked for.
        table: the table, whose scope is a day.
        exempt: records that stay whatever their day.
    """
    if context.days is None:
        return parsed
    days = parsed.frames[table.name][table.scope]
    is_other = ((days < context.days.first) | (days > context.days.last)).fillna(value=False)
    if exempt is not None:
        is_other &= ~exempt
    return _without(parsed, table, is_other, f"records of other days than {context.days}")


def of_marketplace(parsed: Parsed, context: DocumentContext, *, table: FactTable, channel: str) -> Parsed:
    """Leave out the records sold in other marketplaces: Amazon has been seen to send those of the whole account.

    Each comes with the report of its own marketplace. What was sold outside Amazon names none, and stays.
    """
    channels = parsed.frames[table.name][channel]
    foreign = sorted(set(channels.dropna().unique()) & (DOMAINS - {context.marketplace.domain}))
    return _without(parsed, table, channels.isin(foreign), f"records of {', '.join(foreign)}")


def _without(parsed: Parsed, table: FactTable, is_other: pd.Series[bool], what: str) -> Parsed:
    """Return the document without those records, and a note of how many there were."""
    count = int(is_other.sum())
    if not count:
        return parsed
    kept = parsed.frames[table.name][~is_other].reset_index(drop=True)
    return replace(
        parsed,
        frames={**parsed.frames, table.name: kept},
        row_count=parsed.row_count - count,
        notes=(*parsed.notes, f"left_out: {count} {what}"),
    )
