"""A store of two marketplaces whose feeds all tell the same story, day after day, written straight into the fact tables."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import CheckLimits
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.facts import FACTS
from tests.spec.small_world import NOW, World, day

PLACES = {"US": "USD", "CA": "CAD"}
SKUS = ("A", "B", "C", "D", "E", "F")
DAYS = range(-20, 0)
SETTLED = range(-20, -3)
"""Days whose orders the settlement pays: those that were shipped long enough ago."""

UNITS, PRICE, STOCK = 2, Decimal(20), 100

RANGES = {
    "all_orders": ("order_line",),
    "sales_traffic": ("sales_traffic_day", "sales_traffic_asin_day"),
    "sales_traffic_trends": ("sales_traffic_trends_asin_day",),
    "economics": ("economics_day", "economics_charge"),
    "settlement": ("settlement", "settlement_line"),
    "ledger_summary": ("ledger_summary",),
    "ledger_detail": ("ledger_event",),
    "fba_returns": ("fba_return",),
    "merchant_returns": ("merchant_return",),
    "reimbursements": ("reimbursement",),
    "seller_feedback": ("seller_feedback",),
    "storage_fees": ("storage_fee",),
    "ads_sp_campaigns": ("ads_sp_campaign_day",),
    "ads_sp_products": ("ads_sp_product_day",),
    "ads_sp_search_terms": ("ads_sp_search_term_day",),
    "ads_sb_campaigns": ("ads_sb_campaign_day",),
    "ads_sd_campaigns": ("ads_sd_campaign_day",),
    "ads_sd_products": ("ads_sd_product_day",),
}
"""Reports over all days, with the tables they fill."""

SNAPSHOTS = ("fba_inventory", "inventory_planning", "restock", "merchant_listings", "fee_preview")
"""Reports of each morning, the night's own included; each fills one table."""

Row = dict[str, Any]


def exact(settings: Settings) -> Settings:
    """Return the settings with limits that let nothing pass, but for the size of a day, which may be half as large again.

    What has to be waited for comes within three days here, and one day or week is past enough.
    """
    limits = {
        name: CheckLimits(
            severity=item.severity,
            relative=0.5 if name.endswith("_volume") else 0.0,
            minimum_rows=min(item.minimum_rows, 5),
            wait_days=min(item.wait_days, 3),
            minimum_history=min(item.minimum_history, 1),
        )
        for name, item in settings.checks.limits.items()
    }
    return replace(settings, checks=settings.checks.model_copy(update={"limits": limits}))


def tell(world: World, reports: Collection[str] = (*RANGES, *SNAPSHOTS)) -> World:
    """Fill the reports' tables, for every marketplace of the world, with documents that hold the rows."""
    for place in world.places:
        for report, tables in RANGES.items():
            if report not in reports:
                continue
            document = world.pulled(day(DAYS.start), day(-1), place=place, report=report)
            for table in tables:
                put(world, table, TOLD[table](place), document, place)
        for report in set(SNAPSHOTS) & set(reports):
            for offset in (*DAYS, 0):
                on = day(offset)
                document = world.pulled(on, on, place=place, report=report, wanted_for=on)
                put(world, report.removesuffix("s"), TOLD[report.removesuffix("s")](place, offset), document, place)
    return world


def put(world: World, table: str, rows: Any, document: str, place: str) -> None:
    """Write rows of one document."""
    base = {"store_id": world.store_id, "marketplace": place, "document_id": document, "observed_at": NOW}
    told = [base | {"line": number} | row for number, row in enumerate(rows, 1)]
    with writing(world.engine) as connection:
        connection.execute(insert(FACTS[table]), told)


def cells() -> Iterator[tuple[int, str]]:
    """Every day and SKU."""
    return itertools.product(DAYS, SKUS)


def asin(sku: str) -> str:
    return f"B0{sku}"


def order_lines(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        yield order_line(f"{place}-{offset}-{sku}", offset, sku, place)


def order_line(number: str, offset: int, sku: str, place: str, **changed: Any) -> Row:
    return {
        "amazon_order_id": number,
        "ordinal": 1,
        "sku": sku,
        "asin": asin(sku),
        "quantity": UNITS,
        "currency": PLACES[place],
        "item_price_amount": PRICE,
        "item_promotion_discount_amount": None,
        "order_status": "Shipped",
        "item_status": "Shipped",
        "sales_channel": "Amazon",
        "fulfillment_channel": "Amazon",
        "purchased_at_utc": datetime.combine(day(offset), time(20), UTC),
        "purchased_on": day(offset),
    } | changed


def _sales(place: str, count: int = 1) -> Row:
    return {
        "currency": PLACES[place],
        "units_ordered": UNITS * count,
        "ordered_product_sales_amount": PRICE * count,
        "page_views": 20 * count,
        "sessions": 10 * count,
    }


def traffic_days(place: str) -> Iterator[Row]:
    for offset in DAYS:
        visits = {"mobile_app_sessions": 36, "browser_sessions": 24}
        yield {"sold_on": day(offset)} | visits | _sales(place, len(SKUS))


def traffic_products(place: str) -> Iterator[Row]:
    """The children, and as Amazon does by child, the parent that adds them up."""
    for offset in DAYS:
        base = {"sold_on": day(offset), "asin_granularity": "CHILD", "parent_asin": "B0PARENT"}
        yield base | {"item": "B0PARENT", "child_asin": "B0PARENT"} | _sales(place, len(SKUS))
        for sku in SKUS:
            yield base | {"item": asin(sku), "child_asin": asin(sku)} | _sales(place)


def trends(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        on = day(offset)
        base = {"asin_day": f"{asin(sku)}/{on}", "sold_on": on, "parent_asin": "B0PARENT", "child_asin": asin(sku)}
        yield base | _sales(place)


def economics(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        figures = {name: value for name, value in _sales(place).items() if name not in {"page_views", "sessions"}}
        base = {"sold_on": day(offset), "msku": sku, "parent_asin": "B0PARENT", "net_proceeds_amount": Decimal(12)}
        yield base | figures


def charges(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        yield {
            "sold_on": day(offset),
            "msku": sku,
            "parent_asin": "B0PARENT",
            "charge_kind": "FEE",
            "charge_type": "REFERRAL",
            "ordinal": 1,
            "currency": PLACES[place],
            "total_amount": Decimal(3),
        }


def settlements(place: str) -> Iterator[Row]:
    total = (PRICE + Decimal("1.60") - 3) * len(SETTLED) * len(SKUS)
    yield {"settlement_id": f"S-{place}", "total_amount": total, "currency": PLACES[place]}


def settlement_lines(place: str) -> Iterator[Row]:
    parts = (("ItemPrice", "Principal", PRICE, UNITS), ("ItemPrice", "Tax", Decimal("1.60"), None))
    parts = (*parts, ("ItemFees", "Commission", Decimal(-3), None))
    numbers = itertools.count(1)
    for offset, sku in itertools.product(SETTLED, SKUS):
        for kind, description, amount, units in parts:
            yield {
                "settlement_id": f"S-{place}",
                "ordinal": next(numbers),
                "transaction_type": "Order",
                "amazon_order_id": f"{place}-{offset}-{sku}",
                "amount_type": kind,
                "amount_description": description,
                "amount": amount,
                "currency": PLACES[place],
                "sku": sku,
                "quantity": units,
                "posted_on": day(offset),
            }


def balance(place: str, offset: int, sku: str, **changed: Any) -> Row:
    return {
        "balance_on": day(offset),
        "period": "DAY",
        "fnsku": f"X{sku}",
        "asin": asin(sku),
        "sku": sku,
        "disposition": "SELLABLE",
        "location": place,
        "starting_units": STOCK,
        "in_transit_units": 7,
        "received_units": UNITS,
        "customer_shipped_units": -UNITS,
        "customer_returned_units": 0,
        "ending_units": STOCK,
    } | changed


def balances(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        yield balance(place, offset, sku)


def events(place: str) -> Iterator[Row]:
    for offset in DAYS:
        moves = itertools.product(SKUS, (("Shipments", -UNITS), ("Receipts", UNITS)))
        for ordinal, (sku, (kind, units)) in enumerate(moves, 1):
            yield event(place, offset, sku, ordinal=ordinal, event_type=kind, units=units)


def event(place: str, offset: int, sku: str, **changed: Any) -> Row:
    return {
        "happened_on": day(offset),
        "fnsku": f"X{sku}",
        "sku": sku,
        "disposition": "SELLABLE",
        "country": place,
        "event_type": "Adjustments",
    } | changed


def returns(place: str) -> Iterator[Row]:
    for offset, sku in cells():
        order = f"{place}-{offset}-{sku}"
        yield {"return_id": f"LPN{order}", "amazon_order_id": order, "sku": sku, "returned_on": day(offset), "units": 1}


def merchant_returns(place: str) -> Iterator[Row]:
    yield {
        "return_id": "R1",
        "amazon_order_id": f"{place}-M1",
        "ordinal": 1,
        "sku": "A",
        "units": 1,
        "requested_on": day(-2),
    } | {"order_item_id": "1"}


def reimbursements(_place: str) -> Iterator[Row]:
    yield {"reimbursement_id": "M1", "ordinal": 1, "sku": "A", "reason": "Lost", "total_amount": Decimal(9), "total_units": 1}


def feedback(place: str) -> Iterator[Row]:
    yield {"rated_on": day(-2), "amazon_order_id": f"{place}-F1", "ordinal": 1, "rating": 2}


def storage_fees(_place: str) -> Iterator[Row]:
    yield {"charged_month_on": day(-20), "fnsku": "XA", "ordinal": 1, "asin": "B0A", "fulfillment_center": "ONT8"}


def campaigns(place: str) -> Iterator[Row]:
    """Six campaigns, each of one SKU."""
    for offset, sku in cells():
        yield campaign(place, offset, sku)


def campaign(place: str, offset: int, sku: str, **changed: Any) -> Row:
    figures = {
        "cost_amount": Decimal(3),
        "clicks": 6,
        "impressions": 600,
        "currency": PLACES[place],
        "sales_14d_amount": Decimal(10),
    }
    return {"advertised_on": day(offset), "campaign_id": f"C{sku}"} | figures | changed


def sponsored(place: str) -> Iterator[Row]:
    """Sponsored Products count the sales of seven days too."""
    for row in campaigns(place):
        yield row | {"sales_7d_amount": Decimal(9)}


def advertised(place: str) -> Iterator[Row]:
    for row in campaigns(place):
        yield row | {"ad_group_id": "G", "ad_id": "1"}


def search_terms(place: str) -> Iterator[Row]:
    yield campaign(place, -5, "A") | {"ad_group_id": "G", "search_term": "bottle", "ordinal": 1, "keyword_id": "K"}


def inventory(_place: str, offset: int) -> Iterator[Row]:
    for sku in SKUS:
        units = {"sellable_units": STOCK, "reserved_units": 3, "total_units": STOCK + 3}
        yield {"snapshot_on": day(offset), "sku": sku, "asin": asin(sku)} | units


def planning(_place: str, offset: int) -> Iterator[Row]:
    for sku in SKUS:
        yield {"snapshot_on": day(offset), "sku": sku, "asin": asin(sku), "sellable_units": STOCK}


def restock(place: str, offset: int) -> Iterator[Row]:
    for sku in SKUS:
        yield {"snapshot_on": day(offset), "country": place, "sku": sku, "asin": asin(sku), "available_units": STOCK}


def listings(_place: str, offset: int) -> Iterator[Row]:
    for sku in SKUS:
        yield {"snapshot_on": day(offset), "sku": sku, "asin": asin(sku)}


def fees(_place: str, offset: int) -> Iterator[Row]:
    for sku in SKUS:
        yield {"snapshot_on": day(offset), "sku": sku, "ordinal": 1, "fnsku": f"X{sku}"}


TOLD: dict[str, Any] = {
    "order_line": order_lines,
    "sales_traffic_day": traffic_days,
    "sales_traffic_asin_day": traffic_products,
    "sales_traffic_trends_asin_day": trends,
    "economics_day": economics,
    "economics_charge": charges,
    "settlement": settlements,
    "settlement_line": settlement_lines,
    "ledger_summary": balances,
    "ledger_event": events,
    "fba_return": returns,
    "merchant_return": merchant_returns,
    "reimbursement": reimbursements,
    "seller_feedback": feedback,
    "storage_fee": storage_fees,
    "ads_sp_campaign_day": sponsored,
    "ads_sp_product_day": advertised,
    "ads_sp_search_term_day": search_terms,
    "ads_sb_campaign_day": campaigns,
    "ads_sd_campaign_day": campaigns,
    "ads_sd_product_day": advertised,
    "fba_inventory": inventory,
    "inventory_planning": planning,
    "restock": restock,
    "merchant_listing": listings,
    "fee_preview": fees,
}
"""What each table is told."""
