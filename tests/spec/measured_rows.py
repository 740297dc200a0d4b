"""Measured values, stock and offers written straight into their tables, for what is built on measured values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert

from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.values import put_values
from tests.spec.small_world import NIGHT, World


def measured(world: World, metric: str, kind: str, values: Iterable[tuple[str, date, float | None]], **cells: Any) -> None:
    """Values as (subject, last day, value); one that is None is unknown."""
    place = cells.pop("place", "US")
    base = {
        "store_id": world.store_id,
        "marketplace": place,
        "metric": metric,
        "subject_kind": kind,
        "period": "day",
        "is_final": True,
        "definition_version": world.settings.metrics[metric].version,
        "measured_for": NIGHT,
    }
    rows = [
        base
        | {
            "subject": subject,
            "period_on": on,
            "value": value,
            "status": "unknown" if value is None else "ok",
            "reason": "no_data" if value is None else None,
        }
        | cells
        for subject, on, value in values
    ]
    with writing(world.engine) as connection:
        put_values(connection, rows)


def offered(
    world: World, kind: str, name: str, asin: str, starts: datetime, ends: datetime, *, status: str = "APPROVED"
) -> None:
    """A promotion or a coupon of one product."""
    base = world._provenance("US") | {f"{kind}_id": name}
    of_kind: dict[str, dict[str, Any]] = {
        "promotion": {"status": status, "units_sold": 1, "revenue_amount": 1, "currency": "USD"},
        "coupon": {"clips": 1, "redemptions": 1, "total_discount_amount": 1, "budget_spent_amount": 1, "currency": "USD"},
    }
    product: dict[str, dict[str, Any]] = {
        "promotion": {"units_sold": 1, "revenue_amount": 1, "currency": "USD"},
        "coupon": {},
    }
    with writing(world.engine) as connection:
        connection.execute(insert(FACTS[kind]).values(base | of_kind[kind] | {"starts_at_utc": starts, "ends_at_utc": ends}))
        connection.execute(insert(FACTS[f"{kind}_product"]).values(base | product[kind] | {"asin": asin}))
