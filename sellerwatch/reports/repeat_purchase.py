"""Repeat purchases of a brand: how many of a product's customers came back, by week, month or quarter.

Amazon counts customers per ASIN: who buys two products is counted twice, so that sums over products are approximate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from sellerwatch.reports.brandfile import read_brand_file
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed


@dataclass(frozen=True, slots=True)
class RepeatPurchase:
    """One product's customers and repeat customers in one period."""

    period: str
    period_kind: str | None
    first_on: date
    last_on: date | None
    asin: str
    orders: int | None
    customers: int | None
    repeat_customers_fraction: Decimal | None
    currency: str | None
    repeat_revenue_amount: Decimal | None
    repeat_revenue_fraction: Decimal | None


COLUMNS = (
    Column("period", "", Kind.TEXT, "The kind and the first day of the period, such as WEEK 2026-11-15; computed."),
    Column("period_kind", "", Kind.TEXT, "WEEK (Sunday to Saturday), MONTH or QUARTER; computed."),
    Column("first_on", "startDate", Kind.DAY, "First day of the period.", required=True),
    Column("last_on", "endDate", Kind.DAY, "Last day of the period.", required=True),
    Column("asin", "asin", Kind.TEXT, "Amazon's product id.", required=True),
    Column("orders", "orders", Kind.INTEGER, "Orders that hold the product.", required=True),
    Column("customers", "uniqueCustomers", Kind.INTEGER, "Customers who ordered it, each counted once.", required=True),
    Column(
        "repeat_customers_fraction",
        "repeatCustomersPctTotal",
        Kind.DECIMAL,
        "Of the customers, those who bought it before; 0 to 1, although Amazon calls it a percentage.",
        required=True,
    ),
    Column("currency", "repeatPurchaseRevenue.currencyCode", Kind.TEXT, "Currency of the revenue.", required=True),
    Column(
        "repeat_revenue_amount",
        "repeatPurchaseRevenue.amount",
        Kind.MONEY,
        "What repeat customers ordered; returns are not taken off.",
        required=True,
    ),
    Column(
        "repeat_revenue_fraction",
        "repeatPurchaseRevenuePctTotal",
        Kind.DECIMAL,
        "Of the product's revenue, that of repeat customers; 0 to 1, although Amazon calls it a percentage.",
        required=True,
    ),
)

REPEAT_PURCHASE = FactTable(
    name="repeat_purchase",
    columns=COLUMNS,
    key=("period", "first_on", "asin"),
    # A document may hold several periods and always all products of them. The scope is not the first day alone: a month
    # would take the place of the week that begins with it.
    replace=Replace.BY_SCOPE,
    scope="period",
    row=RepeatPurchase,
    title="One product's repeat customers in one week, month or quarter",
    records="dataByAsin",
)

LEFT_OUT: Mapping[str, str] = {}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a repeat-purchase document."""
    return read_brand_file(data, context, table=REPEAT_PURCHASE, left_out=LEFT_OUT)


REPORT = Report(
    name="repeat_purchase",
    amazon_type="GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT",
    title="Repeat purchases by product of a brand",
    content=Content.JSON,
    tables=(REPEAT_PURCHASE,),
    left_out=LEFT_OUT,
    parse=parse,
    is_sparse=True,
)
