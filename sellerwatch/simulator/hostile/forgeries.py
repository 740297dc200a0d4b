"""What happens to single reports: columns lost that are needed, neighbours' rows, and reports that end without a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sellerwatch.simulator.hostile.flat_cards import without_column
from sellerwatch.simulator.hostile.kinds import Paper, Spoil
from sellerwatch.simulator.hostile.sheet import Sheet, on_sheet, read_sheet, written
from sellerwatch.simulator.ports import Rendered

BLED_ROWS = 3
OUTSIDE = "Non-Amazon"


def cancelled(_paper: Paper) -> Rendered:
    """End without a document, and without a reason."""
    return Rendered("CANCELLED")


def without(column: str) -> Spoil:
    """Leave out a column of a flat file."""

    def change(sheet: Sheet) -> Sheet:
        return without_column(sheet, column) if column in sheet.header else sheet

    return on_sheet(change)


def of_every_marketplace(paper: Paper) -> Rendered:
    """Answer for all marketplaces of the seller, whichever was asked for.

    Orders from outside Amazon name no marketplace; they come with their own only, or nobody could tell where they belong.
    """
    own = read_sheet(paper.rendered)
    everything = read_sheet(paper.render(replace(paper.request, marketplace_ids=paper.marketplace_ids)))
    if own is None or everything is None:
        return paper.rendered
    place, known = own.header.index("sales-channel"), set(own.rows)
    rows = tuple(row for row in everything.rows if row in known or row[place] != OUTSIDE)
    return written(replace(own, rows=rows), paper.rendered)


def with_days_that_bleed(paper: Paper) -> Rendered:
    """Add the first rows of the day before: a window in UTC is cut across the store's local days."""
    start, sheet = paper.request.data_start, read_sheet(paper.rendered)
    if start is None or sheet is None:
        return paper.rendered
    before = read_sheet(paper.render(replace(paper.request, data_start=start - timedelta(days=1), data_end=start)))
    bled = before.rows[:BLED_ROWS] if before else ()
    return written(replace(sheet, rows=(*bled, *sheet.rows)), paper.rendered)
