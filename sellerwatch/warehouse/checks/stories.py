"""The three stories that must agree: which check listens to which, and how each of them stands in a marketplace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from sellerwatch.warehouse.checks.check import Status
from sellerwatch.warehouse.checks.results import STATUSES, Verdict

Story = Literal["traffic", "behaviour", "finance"]
STORIES: Final[tuple[Story, ...]] = get_args(Story)

HEARD: Final[Mapping[str, Story]] = {
    "orders_vs_sales_traffic": "traffic",
    "conversion_band": "traffic",
    "product_conversion_band": "traffic",
    "sales_without_sessions": "traffic",
    "sessions_without_sales": "traffic",
    "return_band": "behaviour",
    "order_bursts": "behaviour",
    "settlement_total": "finance",
    "settlement_vs_orders": "finance",
    "settled_orders_known": "finance",
    "shipped_orders_settled": "finance",
    "ledger_rows_balance": "finance",
    "ledger_days_join": "finance",
    "shipments_vs_orders": "finance",
    "ads_sp_sales_vs_all": "finance",
    "ads_sb_sales_vs_all": "finance",
    "ads_sd_sales_vs_all": "finance",
    "ads_sp_cost_band": "finance",
}
"""What each check speaks of; the others are about single feeds."""


def told(verdicts: Iterable[Verdict], marketplace: str) -> Mapping[Story, Status]:
    """Return how each story stands: it fails where any of its checks fails, and is skipped where none could be judged."""
    heard: dict[Story, list[Status]] = {story: [] for story in STORIES}
    for verdict in verdicts:
        if verdict.marketplace == marketplace and verdict.check_name in HEARD:
            heard[HEARD[verdict.check_name]].append(verdict.status)
    return {story: min(statuses, key=STATUSES.index, default="skipped") for story, statuses in heard.items()}
