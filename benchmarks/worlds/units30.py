"""The other way to reckon cover: what can be sold, over the units of the last thirty days divided by thirty.

It is the arithmetic of Amazon's own example of an inventory assistant. Days without stock count as days on which nobody wanted
anything. The rule that judges it has the same tiers and goes through the same machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.values import put_values

OURS: Final = "stockout_tiers"
THEIRS: Final = "units_over_thirty"
METRIC: Final = "cover_by_units_over_thirty"
DAYS: Final = 30


def with_both_rules(settings: Settings) -> Settings:
    """Return the settings with the stock-out rule and its counterpart, the feed rules that may freeze both, and no other."""
    ours = settings.rules[OURS]
    feeds = {name: rule for name, rule in settings.rules.items() if rule.subject == "feed"}
    metrics = {name: metric for name, metric in settings.metrics.items() if metric.status == "coded"}
    metrics[METRIC] = metrics[ours.metric].model_copy(update={"drivers": ()})
    rules = {**feeds, OURS: ours, THEIRS: ours.model_copy(update={"metric": METRIC})}
    return replace(settings, rules=rules, metrics=metrics)


def measure(connection: Connection, store_id: str, as_of: date) -> None:
    """Enter the value of every SKU of the morning's snapshot that sold something."""
    sold = _sold(connection, store_id, as_of)
    stock = FACTS["fba_inventory"]
    mornings = connection.execute(
        select(stock.c.marketplace, stock.c.sku, stock.c.sellable_units, stock.c.observed_at).where(
            stock.c.store_id == store_id, stock.c.snapshot_on == as_of, stock.c.sellable_units.is_not(None)
        ),
    ).all()
    rows = [
        _row(Place(store_id, row.marketplace, row.sku), as_of, row.sellable_units * DAYS / units, row.observed_at)
        for row in mornings
        if (units := sold.get((row.marketplace, row.sku)))
    ]
    if rows:
        put_values(connection, rows)


def _sold(connection: Connection, store_id: str, as_of: date) -> Mapping[tuple[str, str], int]:
    line = FACTS["order_line"]
    rows = connection.execute(
        select(line.c.marketplace, line.c.sku, func.sum(line.c.quantity))
        .where(
            line.c.store_id == store_id,
            line.c.purchased_on.between(as_of - timedelta(days=DAYS), as_of - timedelta(days=1)),
            func.coalesce(line.c.order_status, "") != "Cancelled",
        )
        .group_by(line.c.marketplace, line.c.sku),
    )
    return {(marketplace, sku): int(units or 0) for marketplace, sku, units in rows}


def _row(place: Place, as_of: date, value: float, observed_at: datetime) -> dict[str, object]:
    return {
        "store_id": place.store_id,
        "marketplace": place.marketplace,
        "metric": METRIC,
        "subject_kind": "sku",
        "subject": place.subject,
        "period": "day",
        "period_on": as_of,
        "value": value,
        "status": "ok",
        "is_final": True,
        "data_through": observed_at,
        "definition_version": 1,
        "measured_for": as_of,
    }
