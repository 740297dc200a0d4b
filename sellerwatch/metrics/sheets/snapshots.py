"""A SKU's stock over several days, as its snapshots have it: a day without one is not known, and has no part in the mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sellerwatch.metrics.sheets.inputs import Input, listed, whole
from sellerwatch.metrics.sheets.quantity import Quantity, total

SNAPSHOTS: Final = Input(
    "snapshots",
    "list of units, null for a day without one",
    listed(whole),
    ("daily_snapshots", "daily_units_on_hand", "daily_stock"),
)


def mean_of(snapshots: Sequence[Quantity], without: str) -> Quantity:
    """Return the mean of the days that are known."""
    known = [item for item in snapshots if item.value is not None]
    return total(known).over(len(known), without)
