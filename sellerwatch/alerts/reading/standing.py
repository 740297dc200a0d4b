"""How a store's products stand: the stage of life of each, and whether there is anything of it to sell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import and_, func, select

from sellerwatch.alerts.reading.values import KEY, Asked, Series
from sellerwatch.metrics.stock.lifecycle import stage_on
from sellerwatch.warehouse.tables.facts import FACTS

STOCK: Final = FACTS["fba_inventory"]
SEEN_WITHIN: Final = timedelta(days=7)
"""Of an older snapshot nobody can say whether it still holds."""

LIVELIEST: Final = ("mature", "new", "clearance")
"""Of a product whose SKUs are at different stages, the first of these counts."""


def stages_of(asked: Asked) -> Series:
    """Return the stage of each SKU or ASIN, by marketplace and subject; what is not named has none."""
    found = stage_on(asked.store_id, asked.as_of)
    rows = asked.connection.execute(select(found.c.marketplace, found.c.sku, found.c.stage))
    frame = pd.DataFrame([tuple(row) for row in rows], columns=[*KEY, "stage"])
    if asked.kind == "asin":
        frame = _of_asins(frame, _listed(asked))
    return frame.set_index(KEY)["stage"]


def _of_asins(stages: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    joined = stages.merge(listed, left_on=KEY, right_on=["marketplace", "sku"])
    ranks = {stage: rank for rank, stage in enumerate(LIVELIEST)}
    joined["rank"] = joined["stage"].map(ranks)
    first = joined.sort_values("rank").drop_duplicates(["marketplace", "asin"])
    return pd.DataFrame({"marketplace": first["marketplace"], "id": first["asin"], "stage": first["stage"]})


def sellable_of(asked: Asked) -> Series:
    """Return the units on hand of each SKU or ASIN in the newest snapshot, by marketplace and subject."""
    listed = _listed(asked).dropna(subset=[asked.kind, "units"])
    units = listed.groupby(["marketplace", asked.kind])["units"].sum()
    return units.rename_axis(KEY).astype("float64")


def _listed(asked: Asked) -> pd.DataFrame:
    """Return every SKU of each marketplace's newest snapshot, with its product and what is sellable."""
    table: Any = STOCK.c
    places = asked.settings.store(asked.store_id).marketplaces
    within = (
        table.store_id == asked.store_id,
        table.marketplace.in_(places),  # without them no index leads to the days
        table.snapshot_on.between(asked.as_of - SEEN_WITHIN, asked.as_of),
    )
    newest = (
        select(table.marketplace, func.max(table.snapshot_on).label("seen_on"))
        .where(*within)
        .group_by(table.marketplace)
        .subquery()
    )
    joined = STOCK.join(newest, and_(newest.c.marketplace == table.marketplace, newest.c.seen_on == table.snapshot_on))
    rows = asked.connection.execute(
        select(table.marketplace, table.sku, table.asin, table.sellable_units).select_from(joined).where(*within)
    )
    return pd.DataFrame([tuple(row) for row in rows], columns=["marketplace", "sku", "asin", "units"])
