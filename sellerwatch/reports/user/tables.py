"""Every table that people fill in, by name. A new one is a declaration, one line here and a migration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sellerwatch.reports.user import cost_tables, plan_tables, stock_tables
from sellerwatch.reports.user.declare import UserTable

USER_TABLES: Final[Mapping[str, UserTable]] = {
    table.name: table
    for table in (
        cost_tables.UNIT_COST,
        stock_tables.LEAD_TIME,
        stock_tables.OUTSIDE_STOCK,
        stock_tables.IN_TRANSIT,
        plan_tables.LIFECYCLE_STAGE,
        plan_tables.TARGET,
        cost_tables.CASH_BALANCE,
        cost_tables.OPERATING_COST,
        cost_tables.COST_SHARE,
        cost_tables.FX_RATE,
        cost_tables.FREIGHT_RATE,
        cost_tables.PURCHASE_ORDER,
        cost_tables.PROMOTION_COST,
        cost_tables.SERVICE_FIGURES,
        plan_tables.EVENT,
        plan_tables.CATEGORY_BASELINE,
        plan_tables.SALES_FORECAST,
        plan_tables.PRODUCT_LAUNCH,
        plan_tables.DECLARED_KPI,
    )
}
