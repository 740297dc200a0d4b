"""Worked examples of catalogued metrics: small facts, and the numbers they make. A new metric is a block of YAML and a line here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Cells = dict[str, Any]
Said = tuple[float | None, str, str | None]


@dataclass(frozen=True)
class Example:
    """Facts of yesterday (of this morning for what is only seen as it stands), and what each metric says of them.

    `facts` has the rows by table; a row may say how many days before the night it lies (`back`). `says` has value, status and
    reason by metric and period, for the marketplace unless a grain and subject are named.
    """

    name: str
    facts: dict[str, list[Cells]]
    says: dict[str, Said]
    grain: str = "marketplace"
    subject: str = "US"
    period: str = "day"
    people: dict[str, list[Cells]] = field(default_factory=dict)
    """Rows of the tables that people fill in."""
    brand_terms: tuple[str, ...] = ()
    known_from: int = -120
    """The first day of which everything is in, from the night."""


def ok(value: float) -> Said:
    return (value, "ok", None)


def unknown(reason: str) -> Said:
    return (None, "unknown", reason)


def pending(value: float) -> Said:
    return (value, "provisional", "pending_orders")


def doubtful(value: float, reason: str) -> Said:
    return (value, "provisional", reason)


def order(name: str, price: Any, **cells: Any) -> Cells:
    return {
        "amazon_order_id": name,
        "order_status": "Shipped",
        "item_status": "Shipped",
        "quantity": 1,
        "currency": "USD",
        "item_price_amount": None if price is None else Decimal(str(price)),
    } | cells


def health(metric: str, events: int, base: int, kind: str = "all", **cells: Any) -> Cells:
    return {
        "marketplace_id": "ATVPDKIKX0DER",
        "metric": metric,
        "fulfillment_type": kind,
        "event_count": events,
        "base_count": base,
    } | cells


def cost(sku: str, amount: Any, **cells: Any) -> Cells:
    """What a unit costs from the beginning of the year, every part of it known."""
    return {
        "sku": sku,
        "valid_from": date(2026, 1, 1),
        "purchase_amount": Decimal(str(amount)),
        "packaging_amount": Decimal(0),
        "freight_amount": Decimal(1),
        "duty_amount": Decimal(0),
        "currency": "USD",
    } | cells


def economics(sku: str, units: int, net: Any, **cells: Any) -> Cells:
    return {
        "msku": sku,
        "parent_asin": f"P{sku}",
        "currency": "USD",
        "units_ordered": units,
        "units_refunded": 0,
        "net_units_sold": units,
        "net_product_sales_amount": Decimal(str(net)),
        "refunded_product_sales_amount": Decimal(0),
    } | cells


def charge(sku: str, kind: str, amount: Any, **cells: Any) -> Cells:
    named = {"msku": sku, "parent_asin": f"P{sku}", "charge_kind": kind, "charge_type": f"{kind} {amount}"}
    return named | {"currency": "USD", "total_amount": Decimal(str(amount))} | cells


def settled(what: str, amount: Any, **cells: Any) -> Cells:
    kind, description = what.split("/")
    return {
        "transaction_type": "Order",
        "amount_type": kind,
        "amount_description": description,
        "amount": Decimal(str(amount)),
        "currency": "USD",
    } | cells


def target(amount: int, **cells: Any) -> Cells:
    plan = {"kpi": "gmv", "period": "month", "valid_from": date(2026, 11, 1), "target_value": Decimal(amount)}
    return plan | cells


def returned(sku: str, disposition: str | None, **cells: Any) -> Cells:
    return {"sku": sku, "disposition": disposition, "units": 1, "back": 2} | cells


SOLD_TWO = [order("A1", 100, sku="A", quantity=2, item_promotion_discount_amount=Decimal(10))]
REFUNDED_ONE = [
    economics("A", 2, 50, units_refunded=1, net_units_sold=1, refunded_product_sales_amount=Decimal(50)),
]
OCTOBER = 20
KIOSK = {
    "order_line": [],
    "economics_day": [economics("A", 40, 900, back=OCTOBER, units_refunded=4, net_units_sold=36)],
    "fba_return": [],
    "economics_charge": [charge("A", "FEE", 350, back=OCTOBER), charge("A", "AD", 80, back=OCTOBER)],
}
IN_ALL = {"unit_cost": [cost("A", 6, freight_amount=Decimal("0.5"))]}

ADS = ("ads_sp_campaign_day", "ads_sb_campaign_day", "ads_sd_campaign_day")


def advertised(cost: Any, sales: Any, **cells: Any) -> dict[str, list[Cells]]:
    """One campaign of Sponsored Products, and none of the other kinds."""
    campaign = {"campaign_id": "C1", "currency": "USD", "cost_amount": Decimal(cost), "sales_7d_amount": Decimal(sales)}
    return {ADS[0]: [campaign | cells], ADS[1]: [], ADS[2]: []}


def campaign(cost: Any) -> list[Cells]:
    return [{"campaign_id": f"C{cost}", "currency": "USD", "cost_amount": Decimal(cost)}]


SOLD = {"currency": "USD", "ordered_product_sales_amount": Decimal("238.44"), "units_ordered": 23, "order_items": 20}
AGED = {
    "sku": "A",
    "aged_0_to_90_units": 500,
    "aged_91_to_180_units": 200,
    "aged_181_to_270_units": 150,
    "aged_271_to_365_units": 100,
    "aged_0_to_30_units": 200,
    "aged_31_to_60_units": 200,
    "aged_61_to_90_units": 100,
    "aged_181_to_330_units": 210,
    "aged_331_to_365_units": 40,
}

EXAMPLES = (
    Example(
        "what was really sold",
        {
            "order_line": [
                order("A1", 100, quantity=2, item_promotion_discount_amount=Decimal(10), promotion_ids="DEAL"),
                order("A2", 50),
                order("A3", 50, ordinal=1),
                order("A3", 50, ordinal=2),
                order("A4", None, order_status="Pending", currency=None),
                order("A5", 80, order_status="Cancelled", item_status="Cancelled"),
            ]
        },
        {"aov": pending(250 / 3), "discount_rate": pending(4.0), "promo_gmv_share": pending(40.0)},
    ),
    Example(
        "a replacement is no order, and one without a price yet is",
        {"order_line": [order("A1", 100), order("A2", None), order("A3", 0)]},
        {"aov": doubtful(50.0, "price_missing"), "discount_rate": doubtful(0.0, "price_missing")},
    ),
    Example(
        "goods under a promotion, and others that are only shipped free",
        {
            "order_line": [
                order("B1", 10, promotion_ids="US Core Free Shipping 2026/01"),
                order("B2", 20, promotion_ids=" Core Free Shipping,  Free Shipping , "),
                order("B3", 30, promotion_ids="Core Free Shipping,SUMMER-5"),
                order("B4", 40, promotion_ids="WINTER,Core Free Shipping"),
                order("B5", 50, promotion_ids="Core free gift"),
                order("B6", 25, promotion_ids=" , "),
                order("B7", 25),
            ]
        },
        {"promo_gmv_share": ok(60.0)},
    ),
    Example(
        "Amazon's own sample of a day",
        {"sales_traffic_day": [SOLD | {"sessions": 1000, "browser_sessions": 906, "units_refunded": 1}]},
        {
            "sessions": ok(1000.0),
            "unit_session_pct": ok(2.3),
            "order_item_session_pct": ok(2.0),
            "units_per_order_item": ok(1.15),
            "asp": ok(238.44 / 23),
            "refund_rate": ok(100 / 23),
        },
    ),
    Example(
        "sales without sessions are traffic that is not published yet",
        {"sales_traffic_day": [SOLD | {"sessions": 0, "units_ordered": 40}]},
        {"sessions": unknown("immature"), "unit_session_pct": unknown("immature"), "asp": ok(238.44 / 40)},
    ),
    Example(
        "nothing sold and nobody came",
        {"sales_traffic_day": [{"currency": "USD", "sessions": 0, "units_ordered": 0, "order_items": 0}]},
        {"sessions": ok(0.0), "unit_session_pct": unknown("no_sessions"), "units_per_order_item": unknown("no_orders")},
    ),
    Example(
        "two books A and three books B in one order",
        {"sales_traffic_day": [{"currency": "USD", "units_ordered": 5, "order_items": 2}]},
        {"units_per_order_item": ok(2.5)},
    ),
    Example(
        "the featured offer weighs by page views",
        {
            "sales_traffic_day": [
                {"back": back, "featured_offer_pct": Decimal(share), "page_views": views}
                for back, share, views in ((1, "10.54", 1658), (2, "10.92", 1400), (3, "11.62", 1300), (4, "13.40", 2000))
            ]
        },
        {"featured_offer_pct": ok(74669.32 / 6358)},
        period="d7",
    ),
    Example(
        "a product's conversion divides by all its sessions",
        {
            "sales_traffic_asin_day": [
                {
                    "asin_granularity": "CHILD",
                    "parent_asin": "P",
                    "item": "B1",
                    "child_asin": "B1",
                    "units_ordered": 3,
                    "sessions": 13,
                }
            ]
        },
        {"unit_session_pct": ok(300 / 13)},
        grain="asin",
        subject="B1",
        period="d7",
    ),
    Example(
        "a product that sold on a day of which its sessions are not told",
        {
            "sales_traffic_asin_day": [
                {
                    "back": back,
                    "parent_asin": "P",
                    "child_asin": "B1",
                    "units_ordered": 3,
                    "order_items": 2,
                    "sessions": sessions,
                }
                for back, sessions in ((1, 0), (2, 12))
            ]
        },
        {
            "sessions": doubtful(12.0, "sales_without_sessions"),
            "unit_session_pct": doubtful(50.0, "sales_without_sessions"),
            "order_item_session_pct": doubtful(100 / 3, "sales_without_sessions"),
        },
        grain="asin",
        subject="B1",
        period="d7",
    ),
    Example(
        "negative seller feedback",
        {"sales_traffic_day": [{"feedback_received": 50, "negative_feedback_received": 2}]},
        {"negative_feedback_rate": ok(4.0)},
    ),
    Example(
        "the identity of ACoS",
        advertised(800, 3200, clicks=1000, purchases_7d=100, impressions=50000),
        {
            "ad_spend": ok(800.0),
            "acos": ok(25.0),
            "roas": ok(4.0),
            "ad_cpc": ok(0.8),
            "ad_cvr": ok(10.0),
            "ad_ctr": ok(2.0),
        },
    ),
    Example("spend without sales", advertised(80, 0), {"acos": unknown("no_ad_sales"), "roas": ok(0.0)}),
    Example("no spend", advertised(0, 0), {"roas": unknown("no_spend"), "acos": unknown("no_ad_sales")}),
    Example("2.5 is 40 %", advertised(100, 250), {"roas": ok(2.5), "acos": ok(40.0)}),
    Example(
        "advertising against all sales",
        advertised(50, 200) | {"sales_traffic_day": [{"currency": "USD", "ordered_product_sales_amount": Decimal(500)}]},
        {"tacos": ok(10.0)},
    ),
    Example(
        "sales without advertising",
        {table: [row | {"back": back} for back in range(1, 8) for row in rows] for table, rows in (advertised(50, 200)).items()}
        | {
            "sales_traffic_day": [
                {"back": back, "currency": "USD", "ordered_product_sales_amount": Decimal(500)} for back in range(1, 8)
            ]
        },
        {"organic_sales_share": ok(60.0)},
        period="d7",
    ),
    Example(
        "kinds of advertising",
        dict(zip(ADS, (campaign(4500), campaign(1500), campaign(4000)), strict=True)),
        {"ad_mix_share": ok(60.0), "ad_brand_share": ok(15.0), "ad_display_share": ok(40.0)},
    ),
    Example(
        "units on their way, without those only planned",
        {
            "inventory_planning": [
                {
                    "sku": "A",
                    "sellable_units": 700,
                    "reserved_units": 150,
                    "inbound_shipped_units": 100,
                    "inbound_received_units": 50,
                    "inbound_working_units": 100,
                }
            ]
        },
        {"in_transit_share": ok(15.0)},
    ),
    Example(
        "aged units, each counted once",
        {"inventory_planning": [AGED | {"aged_366_to_455_units": 30, "aged_456_plus_units": 20}]},
        {"aged_share_90": ok(50.0), "aged_share_180": ok(30.0), "aged_share_365": ok(5.0)},
    ),
    Example(
        "aged units in the file's older form",
        {"inventory_planning": [AGED | {"aged_365_plus_units": 50}]},
        {"aged_share_90": ok(50.0), "aged_share_365": ok(5.0)},
    ),
    Example(
        "excess as Amazon estimates it",
        {"inventory_planning": [{"sku": "A", "sellable_units": 112, "estimated_excess_units": 37}]},
        {"excess_inventory_pct": ok(3700 / 112)},
    ),
    Example(
        "stranded units",
        {
            "stranded_inventory": [{"sku": "A", "fnsku": "X", "sellable_units": 25}],
            "fba_inventory": [{"sku": "A", "total_units": 600}, {"sku": "B", "total_units": 400}],
        },
        {"stranded_inventory_pct": ok(2.5)},
    ),
    Example(
        "turnover over the mean stock",
        {
            "fba_inventory": [{"back": back, "sku": "A", "sellable_units": 630} for back in range(30)],
            "inventory_planning": [{"sku": "A", "shipped_30d_units": 450}],
        },
        {"inventory_turnover_days": ok(42.0)},
        period="d30",
    ),
    Example(
        "sell-through over the mean stock",
        {
            "fba_inventory": [{"back": back, "sku": "A", "sellable_units": 100 + back % 2 * 100} for back in range(90)],
            "inventory_planning": [{"sku": "A", "shipped_90d_units": 450}],
        },
        {"sell_through_90d": ok(3.0)},
        period="d90",
    ),
    Example(
        "returns of too few units say nothing",
        {
            "fba_return": [],
            "merchant_return": [{"units": 2}],
            "sales_traffic_day": [{"back": back, "units_shipped": 4} for back in (1, 2)],
        },
        {"return_rate": unknown("below_min_volume")},
        period="d7",
    ),
    Example(
        "returns by reason add up",
        {
            "fba_return": [
                {"units": units, "reason": reason}
                for reason, units in (
                    ("DEFECTIVE", 18),
                    ("QUALITY_UNACCEPTABLE", 6),
                    ("APPAREL_TOO_SMALL", 10),
                    ("APPAREL_TOO_LARGE", 6),
                    ("DAMAGED_BY_CARRIER", 6),
                    ("UNWANTED_ITEM", 3),
                    ("A_WORD_OF_NEXT_YEAR", 1),
                )
            ],
            "merchant_return": [],
            "sales_traffic_day": [{"units_shipped": 200}],
        },
        {
            "return_rate": ok(25.0),
            "return_rate_quality": ok(12.0),
            "return_rate_size": ok(8.0),
            "return_rate_damage": ok(3.0),
            "return_rate_changed_mind": ok(1.5),
            "return_rate_other": ok(0.5),
            "return_rate_described": ok(0.0),
            "return_rate_delivery": ok(0.0),
        },
        period="d30",
    ),
    Example(
        "returns of a SKU, of what has shipped",
        {
            "fba_return": [{"units": 12, "sku": "A", "reason": "DEFECTIVE"}, {"units": 9, "sku": "B", "reason": "DEFECTIVE"}],
            "merchant_return": [{"units": 3, "sku": "A"}],
            "sales_traffic_day": [{"units_shipped": 500}],
            "order_line": [
                order("1", 10, sku="A", quantity=60),
                order("2", 10, sku="B", quantity=40),
                order("3", 10, sku="A", quantity=7, order_status="Unshipped", item_status="Unshipped"),
            ],
        },
        {"return_rate": ok(25.0), "return_rate_quality": ok(20.0), "return_rate_size": ok(0.0)},
        grain="sku",
        subject="A",
        period="d30",
    ),
    Example(
        "a SKU that has hardly shipped",
        {
            "fba_return": [{"units": 12, "sku": "A", "reason": "DEFECTIVE"}],
            "merchant_return": [],
            "sales_traffic_day": [{"units_shipped": 500}],
            "order_line": [order("1", 10, sku="A", quantity=24)],
        },
        {"return_rate": unknown("below_min_volume")},
        grain="sku",
        subject="A",
        period="d30",
    ),
    Example(
        "account health, as Amazon counts it",
        {
            "account_metric": [
                health("orderDefectRate", 1078, 539000, "mfn"),
                health("orderDefectRate", 35, 8700, "afn"),
                health("orderDefectRate.claims", 442, 539000, "mfn"),
                health("lateShipmentRate", 27896, 870669),
                health("lateShipmentRate", 5, 10, marketplace_id="A2EUQ1WTGCTBG2"),
                health("preFulfillmentCancellationRate", 551, 17197),
                health("validTrackingRate", 1210, 1230),
                health("onTimeDeliveryRate", 1165, 1210),
            ]
        },
        {
            "odr": ok(0.2),
            "odr_fba": ok(3500 / 8700),
            "late_shipment_rate": ok(2789600 / 870669),
            "fulfilment_overdue_rate": ok(2789600 / 870669),
            "cancel_rate": ok(55100 / 17197),
            "valid_tracking_rate": ok(121000 / 1230),
            "on_time_delivery_rate": ok(116500 / 1210),
        },
    ),
    Example(
        "repeat customers weigh by customers",
        {
            "repeat_purchase": [
                {
                    "back": 3,
                    "period_kind": "WEEK",
                    "asin": asin,
                    "customers": customers,
                    "repeat_customers_fraction": Decimal(share),
                }
                for asin, customers, share in (("B1", 1201, "0.0083"), ("B2", 43, "0.1234"))
            ]
        },
        {"repeat_purchase_rate": ok(100 * 15.2745 / 1244)},
        period="week",
    ),
    Example(
        "search, as in Amazon's sample",
        {
            "search_catalog_performance": [
                {
                    "back": 3,
                    "period_kind": "WEEK",
                    "asin": "B1",
                    "impressions": 10000,
                    "clicks": 1000,
                    "cart_adds": 100,
                    "purchases": 50,
                }
            ]
        },
        {"search_ctr": ok(10.0), "cart_abandon_proxy": ok(50.0)},
        period="week",
    ),
    Example(
        "share of a query's purchases",
        {
            "search_query_performance": [
                {
                    "back": 3,
                    "period_kind": "WEEK",
                    "asin": "B1",
                    "search_query": "bottle",
                    "asin_purchases": 5,
                    "total_purchases": 100,
                }
            ]
        },
        {"search_purchase_share": ok(5.0)},
        grain="asin",
        subject="B1",
        period="week",
    ),
    Example(
        "storage fees of last month",
        {
            "storage_fee": [
                {"back": 47, "fnsku": "X", "asin": "B1", "currency": "USD", "storage_fee_amount": Decimal("12.34")},
                {"back": 47, "fnsku": "Y", "asin": "B1", "currency": "USD", "storage_fee_amount": Decimal("0.66")},
            ]
        },
        {"storage_cost": ok(13.0)},
        period="month",
    ),
    Example(
        "the best rank of the day",
        {"inventory_planning": [{"sku": "A", "asin": "B1", "sales_rank": 812}, {"sku": "B", "asin": "B1", "sales_rank": 90}]},
        {"best_sellers_rank": ok(90.0)},
        grain="asin",
        subject="B1",
    ),
    Example(
        "profit of goods after discounts and refunds",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": []},
        {
            "net_sales_after_refunds": ok(40.0),
            "gross_profit": ok(20.0),
            "gross_margin_pct": ok(50.0),
            "cost_coverage_pct": ok(100.0),
        },
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "goods that came back unsellable are not got back",
        {
            "order_line": SOLD_TWO,
            "economics_day": REFUNDED_ONE,
            "fba_return": [returned("A", "SELLABLE", back=3), returned("A", "CUSTOMER_DAMAGED"), returned("B", "DEFECTIVE")],
        },
        {"gross_profit": ok(0.0), "gross_margin_pct": ok(0.0)},
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "and those of the SKU alone",
        {
            "order_line": SOLD_TWO,
            "economics_day": REFUNDED_ONE,
            "fba_return": [returned("A", "DEFECTIVE", units=2, back=3), returned("B", "DEFECTIVE")],
        },
        {"gross_profit": ok(-20.0)},
        grain="sku",
        subject="A",
        period="d30",
        people={"unit_cost": [cost("A", 20), cost("B", 9)]},
    ),
    Example(
        "refunds of days whose returns are not in",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE},
        {"gross_profit": doubtful(20.0, "returns_unseen"), "gross_margin_pct": doubtful(50.0, "returns_unseen")},
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "a return of which Amazon has not said what state it is in",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": [returned("A", None)]},
        {"gross_profit": doubtful(20.0, "returns_unseen")},
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "the same of the SKU",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": []},
        {"gross_profit": ok(20.0), "gross_margin_pct": ok(50.0)},
        grain="sku",
        subject="A",
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "an order without a price yet is missing in profit and in growth",
        {
            "order_line": [*SOLD_TWO, order("A2", None, sku="A"), order("A3", 80, back=365)],
            "economics_day": REFUNDED_ONE,
            "fba_return": [],
        },
        {
            "gross_profit": doubtful(20.0, "price_missing"),
            "gross_margin_pct": doubtful(50.0, "price_missing"),
            "gmv_yoy_pct": doubtful(25.0, "price_missing"),
        },
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
        known_from=-500,
    ),
    Example(
        "an order without a price yet leaves open what is reached of the target",
        {"order_line": [order("A1", 12000), order("A2", None)]},
        {"gmv_attainment_pct": doubtful(75.0, "price_missing")},
        period="month_to_date",
        people={"target": [target(30000)]},
    ),
    Example(
        "a SKU without a cost is left out on both sides and said",
        {"order_line": [*SOLD_TWO, order("A2", 300, sku="B")], "economics_day": REFUNDED_ONE, "fba_return": []},
        {
            "gross_profit": doubtful(20.0, "missing_cost"),
            "gross_margin_pct": doubtful(50.0, "missing_cost"),
            "cost_coverage_pct": ok(25.0),
            "net_sales_after_refunds": ok(340.0),
        },
        period="d30",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "nobody said what goods cost",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": []},
        {"gross_profit": unknown("no_user_data"), "gross_margin_pct": unknown("no_user_data"), "cost_coverage_pct": ok(0.0)},
        period="d30",
    ),
    Example(
        "a cost in a currency that has no rate",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": []},
        {"gross_profit": unknown("no_rate"), "gross_margin_pct": unknown("no_rate")},
        period="d30",
        people={"unit_cost": [cost("A", 20, currency="CNY")]},
    ),
    Example(
        "a cost in another currency, at the rate of the day",
        {"order_line": SOLD_TWO, "economics_day": REFUNDED_ONE, "fba_return": []},
        {"gross_profit": ok(26.0)},
        period="d30",
        people={
            "unit_cost": [cost("A", 100, currency="CNY")],
            "fx_rate": [
                {"currency": "CNY", "quote_currency": "USD", "valid_from": date(2026, 1, 1), "rate": Decimal("0.2")},
                {"currency": "CNY", "quote_currency": "USD", "valid_from": date(2026, 11, 1), "rate": Decimal("0.14")},
            ],
        },
    ),
    Example(
        "goods whose packaging or duty nobody told",
        {"order_line": SOLD_TWO, "economics_day": []},
        {"gross_profit": doubtful(50.0, "incomplete_cost")},
        period="d30",
        people={"unit_cost": [cost("A", 20, duty_amount=None)]},
    ),
    Example(
        "each sale at the cost of its own day, and the store's own cost before everybody's",
        {"order_line": [order("A1", 100, sku="A"), order("A2", 100, sku="A", back=10)], "economics_day": []},
        {"gross_profit": ok(200.0 - 30.0 - 20.0)},
        period="d30",
        people={
            "unit_cost": [
                cost("A", 99),
                cost("A", 20, marketplace="US"),
                cost("A", 30, marketplace="US", valid_from=date(2026, 11, 10)),
                cost("A", 77, marketplace="DE", valid_from=date(2026, 11, 10)),
            ]
        },
    ),
    Example(
        "a month's target, split over its days",
        {"order_line": [order("A1", 12000)]},
        {"gmv_attainment_pct": ok(75.0)},
        period="month_to_date",
        people={"target": [target(30000)]},
    ),
    Example(
        "a target that begins within the month is held against the sales from that day on",
        {"order_line": [order("A1", 3500), order("A2", 5000, back=14), order("A3", 100, back=7), order("A4", 700, back=8)]},
        {"gmv_attainment_pct": doubtful(100 * 3600 / 7000, "missing_target")},
        period="month_to_date",
        people={"target": [target(30000, valid_from=date(2026, 11, 10))]},
    ),
    Example(
        "a day that is expected to bring three times as much",
        {"order_line": [order("A1", 3000)]},
        {"gmv_attainment_pct": ok(100.0)},
        people={
            "target": [target(32000)],
            "event": [
                {
                    "event": "peak",
                    "kind": "peak",
                    "valid_from": date(2026, 11, 16),
                    "valid_to": date(2026, 11, 17),
                    "expected_factor": Decimal(3),
                }
            ],
        },
    ),
    Example(
        "a weekday that usually brings eight times as much",
        {
            "order_line": [order("A1", 4000)],
            "sales_traffic_day": [
                {"back": back, "currency": "USD", "ordered_product_sales_amount": Decimal(800 if back % 7 == 1 else 100)}
                for back in range(17, 73)
            ],
        },
        {"gmv_attainment_pct": ok(50.0)},
        people={"target": [target(65000)]},
    ),
    Example("no target at all", {"order_line": [order("A1", 6000)]}, {"gmv_attainment_pct": unknown("no_target")}),
    Example(
        "a target of nothing",
        {"order_line": [order("A1", 6000)]},
        {"gmv_attainment_pct": unknown("no_target")},
        people={"target": [target(0)]},
    ),
    Example(
        "against the same weekdays of last year",
        {"order_line": [order("A1", 167000), order("A2", 100000, back=365), order("A3", 5, back=396)]},
        {"gmv_yoy_pct": ok(67.0)},
        period="d30",
        known_from=-500,
    ),
    Example(
        "a year ago is not known",
        {"order_line": [order("A1", 167000)]},
        {"gmv_yoy_pct": unknown("no_data")},
        period="d30",
    ),
    Example(
        "what is left of net sales, as Data Kiosk computes it, less running costs",
        KIOSK,
        {
            "net_margin_pct": ok(100 * (236 - 31) / 900),
            "unit_profit": ok(236 / 36),
            "roi": ok(100 * 236 / (234 + 80)),
        },
        period="month",
        people=IN_ALL
        | {
            "operating_cost": [
                {"cost_type": "rent", "valid_from": date(2026, 1, 1), "monthly_amount": Decimal(31), "currency": "USD"}
            ]
        },
    ),
    Example(
        "goods and freight of what came back unsellable are gone",
        KIOSK | {"fba_return": [returned("A", "DEFECTIVE", units=2, back=OCTOBER), returned("A", "SELLABLE", back=OCTOBER)]},
        {
            "unit_profit": ok((236 - 2 * 6.5) / 36),
            "roi": ok(100 * (236 - 2 * 6.5) / (234 + 2 * 6.5 + 80)),
        },
        period="month",
        people=IN_ALL,
    ),
    Example(
        "running costs that nobody told",
        KIOSK,
        {"net_margin_pct": unknown("no_user_data"), "unit_profit": ok(236 / 36)},
        period="month",
        people=IN_ALL,
    ),
    Example(
        "a SKU bears no running costs",
        KIOSK,
        {"net_margin_pct": ok(100 * 236 / 900)},
        grain="sku",
        subject="A",
        period="month",
        people=IN_ALL,
    ),
    Example(
        "goods whose freight nobody told make no net margin",
        KIOSK,
        {"net_margin_pct": unknown("no_user_data"), "unit_profit": unknown("no_user_data"), "roi": unknown("no_user_data")},
        period="month",
        people={"unit_cost": [cost("A", 6, freight_amount=None)]},
    ),
    Example(
        "logistics as settled, storage included",
        {
            "settlement_line": [
                settled("ItemPrice/Principal", 200, back=OCTOBER, sku="A", quantity=10),
                settled("ItemFees/FBAPerUnitFulfillmentFee", -30, back=OCTOBER, sku="A"),
                settled("ItemFees/Commission", -20, back=OCTOBER, sku="A"),
                settled("other-transaction/Storage Fee", -5, back=OCTOBER, transaction_type="other-transaction"),
            ]
        },
        {"unit_logistics_cost": ok(4.5), "logistics_cost_ratio": ok(22.5)},
        period="month",
        people={"unit_cost": [cost("A", 6)]},
    ),
    Example(
        "a promotion that sold twice as much as it would have",
        {"order_line": [order("A1", 4000, sku="A", quantity=200, back=2)]},
        {"promo_roi": ok(20.0), "promo_cost_ratio": ok(25.0)},
        period="d30",
        people={
            "unit_cost": [cost("A", 14)],
            "promotion_cost": [
                {
                    "promotion": "deal",
                    "sku": "A",
                    "starts_on": date(2026, 11, 14),
                    "ends_on": date(2026, 11, 16),
                    "baseline_units": Decimal(100),
                    "fee_amount": Decimal(500),
                    "extra_ads_amount": Decimal(0),
                    "currency": "USD",
                }
            ],
        },
    ),
    Example(
        "no promotion was planned",
        {"order_line": [order("A1", 4000, sku="A", quantity=200, back=2)]},
        {"promo_roi": unknown("no_user_data"), "promo_cost_ratio": unknown("no_user_data")},
        period="d30",
    ),
    Example(
        "gross margin on the stock it ties up",
        {
            "order_line": [order("A1", 500, sku="A", quantity=13)],
            "economics_day": [],
            "fba_inventory": [{"back": back, "sku": "A", "sellable_units": 5} for back in range(91)],
        },
        {"gmroi": ok(365 * 240 / (90 * 100))},
        period="d90",
        people={"unit_cost": [cost("A", 20)]},
    ),
    Example(
        "revenue of first purchases",
        {
            "repeat_purchase": [
                {
                    "back": 3,
                    "period_kind": "WEEK",
                    "asin": "B1",
                    "currency": "USD",
                    "repeat_revenue_amount": Decimal("2246.13"),
                    "repeat_revenue_fraction": Decimal("0.0217"),
                }
            ]
        },
        {"new_customer_sales_share": ok(100 * (103508294930 - 2246130000) / 103508294930)},
        period="week",
    ),
    Example(
        "searches for the brand",
        {
            "search_query_performance": [
                {"back": 3, "period_kind": "WEEK", "asin": "B1", "search_query": query, "asin_impressions": shown}
                for query, shown in (("acme bottle", 120), ("ACME", 80), ("water bottle", 800))
            ]
        },
        {"brand_search_share": ok(20.0)},
        period="week",
        brand_terms=("acme",),
    ),
    Example(
        "a brand without a name",
        {
            "search_query_performance": [
                {"back": 3, "period_kind": "WEEK", "asin": "B1", "search_query": "acme", "asin_impressions": 80}
            ]
        },
        {"brand_search_share": unknown("no_user_data")},
        period="week",
    ),
    Example(
        "policies above their targets, and the rating",
        {
            "account_metric": [
                health("listingPolicyViolations", 3, None) | {"status": "BAD"},
                health("documentRequests", 1, None) | {"status": "BAD"},
                health("otherPolicyViolations", 0, None) | {"status": "GOOD"},
                health("foodAndProductSafetyIssues", 2, None, marketplace_id="A2EUQ1WTGCTBG2") | {"status": "BAD"},
                health("lateShipmentRate", 9, 10) | {"status": "BAD"},
                health("accountHealthRating", None, None) | {"status": "WARNED"},
            ]
        },
        {"policy_violations": ok(2.0), "account_rating_warned": ok(1.0)},
    ),
    Example(
        "nothing that Amazon minds",
        {
            "account_metric": [
                health("listingPolicyViolations", 0, None) | {"status": "GOOD"},
                health("accountHealthRating", None, None) | {"status": "GREAT"},
            ]
        },
        {"policy_violations": ok(0.0), "account_rating_warned": ok(0.0)},
    ),
    Example(
        "the account at risk",
        {"account_status": [{"marketplace_id": "ATVPDKIKX0DER", "status": "AT_RISK"}]},
        {"account_health": ok(1.0)},
    ),
    Example(
        "a state that Amazon has made up since",
        {"account_status": [{"marketplace_id": "ATVPDKIKX0DER", "status": "SPLENDID"}]},
        {"account_health": unknown("no_data")},
    ),
)
