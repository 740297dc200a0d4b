"""Worked examples of our own: numbers of everyday, edges and forms in which people write them, each worked out by hand."""

from __future__ import annotations

import pytest

from sellerwatch.metrics.worksheets import calculate
from tests.spec.test_worked_examples import differences

EXAMPLES = {
    "feed-age-orders": (  # 12-5=7>6
        "feed_age_hours",
        {"now": "2026-11-22T12:00:00+00:00", "newest": "2026-11-22T05:00:00+00:00", "limit": 6},
        {"hours": 7.0, "stale": True},
    ),
    "feed-age-limit": (  # rule: > limit
        "feed_age_hours",
        {"now": "2026-11-22T12:00:00+00:00", "newest_data": "2026-11-22T06:00:00+00:00", "limit_hours": 6},
        {"hours": 6.0, "stale": False},
    ),
    "net-sales-econ": (  # 1200-150
        "net_sales",
        {"orderedProductSales": 1200.0, "refundedProductSales": 150.0},
        {"netProductSales": 1050.0},
    ),
    "gmv-attain-profile": (  # Nov 2026 starts on a Sunday: 1-7 weighs 2+5+2=9 of 39
        "gmv_attainment_pct",
        {
            "actual": 4500,
            "month_target": 30000,
            "weekday_profile": {"mon": 1, "tue": 1, "wed": 1, "thu": 1, "fri": 1, "sat": 2, "sun": 2},
            "month": "2026-11",
            "as_of": "2026-11-07",
        },
        {"target_to_date": 6923.076923, "pct": 65.0},
    ),
    "gross-profit": (  # 900-36*12.5
        "gross_profit",
        {"net_sales": 900.0, "net_units": 36, "unit_cost": 12.5},
        {"gross_profit": 450.0},
    ),
    "gross-margin-b": (  # 360/900
        "gross_margin_pct",
        {"gross_profit": 360.0, "net_sales": 900.0},
        {"pct": 40.0},
    ),
    "gross-margin-neg": (  # negative denominator
        "gross_margin_pct",
        {"gross_profit": -80.0, "net_sales": -20.0},
        {"pct": None},
    ),
    "net-margin": (  # 200/1000
        "net_margin_pct",
        {"proceeds": 700.0, "cogs": 400.0, "freight": 60.0, "overhead": 40.0, "revenue": 1000.0},
        {"pct": 20.0},
    ),
    "net-margin-neg": (  # -32/1000
        "net_margin_pct",
        {"proceeds": 300.0, "cogs": 280.0, "freight": 30.0, "overhead": 22.0, "net_product_revenue": 1000.0},
        {"pct": -3.2},
    ),
    "net-margin-zero": (  # 0 revenue
        "net_margin_pct",
        {"proceeds": -50.0, "cogs": 0.0, "freight": 0.0, "overhead": 0.0, "net_product_revenue": 0.0},
        {"pct": None},
    ),
    "logistics-ratio": (  # 2200/10000
        "logistics_cost_ratio",
        {"logistics_cost": 2200.0, "net_sales": 10000.0},
        {"pct": 22.0},
    ),
    "roi": (  # 120/600
        "roi",
        {"net_profit": 120.0, "cogs": 400.0, "freight": 100.0, "ad_spend": 100.0},
        {"pct": 20.0},
    ),
    "roi-null": (  # no money put in
        "roi",
        {"net_profit": 10.0, "cogs": 0.0, "freight": 0.0, "ad_spend": 0.0},
        {"pct": None},
    ),
    "gmroi-part-year": (  # part-year annualised: 240000/100000
        "gmroi",
        {"gross_margin": 60000, "months": 3, "average_inventory": 100000},
        {"gmroi": 2.4},
    ),
    "storage-plan": (  # sum of the estimate columns
        "storage_cost",
        {"estimated-storage-cost-next-month": 42.0, "estimated-ais-181-210-days": 3.0, "estimated-ais-211-240-days": 2.5},
        {"storage_cost": 47.5},
    ),
    "stockout-loss-list": (  # 4*2.5*20
        "stockout_loss",
        {
            "skus": [
                {"out_of_stock_days": 4, "velocity": 2.5, "asp": 20.0},
                {"out_of_stock_days": 0, "velocity": 9.0, "asp": 15.0},
            ]
        },
        {"loss": 200.0},
    ),
    "ad-spend-rows": (  # sum
        "ad_spend",
        {"rows": [{"campaign": "a", "cost": 12.5}, {"campaign": "b", "cost": 7.5}]},
        {"ad_spend": 20.0},
    ),
    "roas-minvol": (  # 40 clicks < 100
        "roas",
        {"cost": 80.0, "ad_sales": 100.0, "clicks": 40, "min_clicks": 100},
        {"roas": 1.25, "orange": False, "reason": "below_min_volume"},
    ),
    "ad-ctr": (  # 90/20000
        "ad_ctr",
        {"impressions": 20000, "clicks": 90},
        {"pct": 0.45},
    ),
    "ad-cvr-names": (  # 9/120
        "ad_cvr",
        {"purchases7d": 9, "clicks": 120},
        {"pct": 7.5},
    ),
    "organic-neg": (  # can go negative
        "organic_sales_share",
        {"total_sales": 100.0, "ad_sales": 130.0},
        {"pct": -30.0},
    ),
    "usp-over100": (  # can exceed 100
        "unit_session_pct",
        {"unitsOrdered": 6, "sessions": 4},
        {"pct": 150.0},
    ),
    "usp-zero": (  # 0 sessions
        "unit_session_pct",
        {"unitsOrdered": 0, "sessions": 0},
        {"pct": None},
    ),
    "oisp-pct": (  # 18/1100
        "order_item_session_pct",
        {"order_items": 18, "sessions": 1100},
        {"pct": 1.636364},
    ),
    "asp-mix": (  # SKU prices stay 35 and 20
        "asp",
        {"p0": {"A": [100, 3500.0], "B": [100, 2000.0]}, "p1": {"A": [50, 1750.0], "B": [150, 3000.0]}},
        {"asp0": 27.5, "asp1": 23.75, "price_effect": 0.0, "mix_effect": -3.75},
    ),
    "promo-share": (  # 60/100; free shipping left out
        "promo_gmv_share",
        {
            "lines": [
                {"item_price": 60.0, "promotion_ids": "COUPON-1"},
                {"item_price": 30.0, "promotion_ids": ""},
                {"item_price": 10.0, "promotion_ids": "Core Free Shipping 2015"},
            ],
            "ignore_prefixes": ["Core Free Shipping"],
        },
        {"pct": 60.0},
    ),
    "cart": (  # 1-100/400
        "cart_abandon_proxy",
        {"cartAddCount": 400, "purchaseCount": 100},
        {"pct": 75.0},
    ),
    "cart-neg": (  # purchases of an earlier week's carts
        "cart_abandon_proxy",
        {"cartAddCount": 50, "purchaseCount": 60},
        {"pct": -20.0},
    ),
    "cover-inbound": (  # working is a plan; 40/5
        "days_of_cover",
        {"available": 40, "units_sold_30d": 150, "in_stock_days": 30, "inbound_working": 500},
        {"days_of_cover": 8.0},
    ),
    "turnover-ledger": (  # (400+600)/2=500/10
        "inventory_turnover_days",
        {"starting": 400, "ending": 600, "units_shipped": 300, "days": 30},
        {"average_units": 500, "days": 50.0, "yellow": True},
    ),
    "sell-through-snap": (  # 180/80
        "sell_through_90d",
        {"units-shipped-t90": 180, "snapshots": [100, 80, 60]},
        {"ratio": 2.25},
    ),
    "return-cohort": (  # 36/400
        "return_rate",
        {"units_shipped": 400, "returns_by_month": {"M": 20, "M+1": 12, "M+2": 4}},
        {"pct": 9.0},
    ),
    "ship48-rows": (  # exactly 48 h counts
        "ship_48h_rate",
        {
            "orders": [
                {"createdTime": "2026-11-20T10:00:00Z", "shipTime": "2026-11-22T10:00:00Z"},
                {"createdTime": "2026-11-20T10:00:00Z", "shipTime": "2026-11-22T10:00:01Z"},
            ]
        },
        {"pct": 50.0},
    ),
    "new-share-rows": (  # 200/0.2+300/0.1=4000; 1-500/4000
        "new_customer_sales_share",
        {
            "rows": [
                {"repeatPurchaseRevenue": 200.0, "repeatPurchaseRevenuePctTotal": 0.2},
                {"repeatPurchaseRevenue": 300.0, "repeatPurchaseRevenuePctTotal": 0.1},
            ]
        },
        {"new_share": 87.5, "implied_total_revenue": 4000.0},
    ),
    "retention-api": (  # as reported
        "subscriber_retention_30d",
        {"subscriberRetentionFor30Days": 72.5},
        {"pct": 72.5},
    ),
    "ltv": (  # 12000/400
        "customer_ltv",
        {"total_margin": 12000.0, "customers": 400},
        {"ltv": 30.0},
    ),
    "proposals": (  # 3/12
        "proposal_count",
        {"proposals": 12, "adopted": 3},
        {"count": 12, "adopted_share": 25.0},
    ),
    "kb": (  # accepted, not submitted
        "kb_contributions",
        {"submitted": 9, "accepted": 6},
        {"count": 6},
    ),
    "gate": (  # A26: score capped at 0
        "scorecard",
        {"gmv_attainment_pct": 110.0, "net_margin_pct": -1.0, "return_rate": 10.0, "gmv_score": 100.0},
        {"gmv_score": 0.0},
    ),
    "anomaly": (  # same-weekday median
        "unit_session_pct",
        {"history": [10, 11, 10, 9, 10, 10, 12, 10], "value": 5.0},
        {"median": 10.0},
    ),
    "lifecycle-new": (  # new: 14/7/3
        "days_of_cover",
        {"days_of_cover": 10.0, "lifecycle": "new"},
        {"tier": 1},
    ),
    "lifecycle-clear": (  # off
        "days_of_cover",
        {"days_of_cover": 0.5, "lifecycle": "clearance"},
        {"tier": None},
    ),
    "lifecycle-turn": (  # clearance 30/60/90
        "inventory_turnover_days",
        {"sku_snapshots_mean": 300, "units_shipped": 300, "days": 30, "lifecycle": "clearance"},
        {"days": 30.0, "tier": "yellow", "yellow": True},
    ),
    "minlsr": (  # <20 orders
        "late_shipment_rate",
        {"orderCount": 10, "lateShipmentCount": 1, "target": 0.04, "min_orders": 20},
        {"rate": 0.1, "breach": False, "reason": "below_min_volume"},
    ),
    "minenough": (  # 20 is enough
        "late_shipment_rate",
        {"orderCount": 20, "lateShipmentCount": 1, "target": 0.04, "min_orders": 20},
        {"rate": 0.05, "breach": True, "reason": None},
    ),
    "cvr-sum": (  # 11/200
        "unit_session_pct",
        {"days": [{"units": 10, "sessions": 100}, {"units": 1, "sessions": 100}]},
        {"unit_session_pct": 5.5, "pct": 5.5, "plain_mean_wrong": 5.5},
    ),
    "cvr-sum2": (  # 40/1000
        "order_item_session_pct",
        {"rows": [{"order_items": 10, "sessions": 100}, {"order_items": 30, "sessions": 900}]},
        {"pct": 4.0, "plain_mean_wrong": 6.6666667},
    ),
    "ret-skus": (  # 100/400
        "return_rate",
        {"skus": [{"units_shipped": 100, "units_returned": 10}, {"units_shipped": 300, "units_returned": 90}]},
        {"pct": 25.0, "red": True, "plain_mean_wrong": 20.0},
    ),
    "roas-campaigns": (  # 800/400
        "roas",
        {"campaigns": [{"cost": 100.0, "ad_sales": 500.0}, {"cost": 300.0, "ad_sales": 300.0}]},
        {"roas": 2.0, "plain_mean_wrong": 3.0, "orange": True},
    ),
    "acos-types": (  # 100/400
        "acos",
        {"by_type": {"SP": {"cost": 60.0, "sales7d": 300.0}, "SB": {"cost": 40.0, "sales": 100.0}}},
        {"acos": 25.0},
    ),
    "tacos-weeks": (  # 50/1000
        "tacos",
        {"rows": [{"cost": 50.0, "total_sales": 500.0}, {"cost": 0.0, "total_sales": 500.0}]},
        {"tacos": 5.0},
    ),
    "sellthrough": (  # 300/120
        "sell_through_90d",
        {"units-shipped-t90": 300, "avg_units_on_hand": 120},
        {"ratio": 2.5},
    ),
    "instock": (  # 300/400
        "in_stock_rate",
        {"skus": [{"units-shipped-t60": 300, "in_stock_days": 30}, {"units-shipped-t60": 100, "in_stock_days": 0}], "days": 30},
        {"pct": 75.0},
    ),
    "turn-avg": (  # 500/10
        "inventory_turnover_days",
        {"avg_units": 500, "units_shipped_t30": 300},
        {"days": 50.0, "yellow": True},
    ),
    "turn-skus": (  # 400/11
        "inventory_turnover_days",
        {"skus": [{"avg_units": 100, "daily_units": 10}, {"avg_units": 300, "daily_units": 1}]},
        {"days": 36.363636},
    ),
    "fx": (  # 100+110
        "gmv",
        {
            "amounts": [{"amount": 100.0, "currency": "USD"}, {"amount": 100.0, "currency": "EUR"}],
            "rates": {"USD": 1.0, "EUR": 1.1},
            "to": "USD",
        },
        {"gmv": 210.0},
    ),
    "cases-shared": (  # 3 passes
        "cash_runway_months",
        {"monthly_cost": 100000, "cases": [{"bank": 300000, "amazon_available": 0}, {"bank": 299999, "amazon_available": 0}]},
        {"breach": [False, True]},
    ),
    "shipp": (  # DST: 48.25 h; unshipped out
        "ship_48h_rate",
        {
            "orders": [
                {"createdTime": "2026-11-01T00:30:00-07:00", "shipTime": "2026-11-02T23:45:00-08:00"},
                {"createdTime": "2026-11-20T10:00:00Z", "shipTime": None},
            ]
        },
        {"pct": 0.0},
    ),
    "overdue-rows": (  # 1/2
        "fulfilment_overdue_rate",
        {
            "orders": [
                {"LatestShipDate": "2026-11-20T23:59:59Z", "ship_time": "2026-11-21T00:00:00Z"},
                {"LatestShipDate": "2026-11-20T23:59:59Z", "ship_time": "2026-11-20T23:59:59Z"},
            ]
        },
        {"pct": 50.0, "penalty": True},
    ),
    "ctr-fall": (  # 190/10000
        "search_ctr",
        {"rows": [{"impressionCount": 1000, "clickCount": 100}, {"impressionCount": 9000, "clickCount": 90}]},
        {"ctr": 1.9, "plain_mean_wrong": 5.5},
    ),
    "aov-two-mp": (  # 150/5
        "aov",
        {
            "rows": [
                {"marketplace": "US", "gmv": 100.0, "valid_orders": 4},
                {"marketplace": "US", "gmv": 50.0, "valid_orders": 1},
            ]
        },
        {"aov": 30.0},
    ),
    "attain-over": (  # 120
        "gmv_attainment_pct",
        {"actual": 12000, "target_to_date": 10000},
        {"pct": 120.0, "breach": False},
    ),
    "attain-60": (  # < 60 is red; 60 is not
        "gmv_attainment_pct",
        {"actual": 6000, "target_to_date": 10000},
        {"pct": 60.0, "tier": "orange", "red": False},
    ),
    "logistics": (  # seed 22
        "logistics_cost_ratio",
        {"logistics_cost": 2200.0, "net_sales": 10000.0},
        {"pct": 22.0, "orange": True},
    ),
    "margin-edge": (  # >= 8
        "net_margin_pct",
        {"net_profit": 80.0, "revenue": 1000.0},
        {"pct": 8.0, "ok": True, "breach": False},
    ),
    "margin-neg": (  # <0
        "net_margin_pct",
        {"net_profit": -1.0, "revenue": 1000.0},
        {"pct": -0.1, "red": True},
    ),
    "grossunits": (  # 1000-600
        "gross_margin_pct",
        {"net_sales": 1000.0, "net_units": 40, "unit_cost": 15.0},
        {"gross_profit": 400.0, "pct": 40.0},
    ),
    "snap": (  # 150/3
        "inventory_turnover_days",
        {"snapshots": [100, None, 200], "units_shipped": 90, "days": 30},
        {"days": 50.0, "average_units": 150.0},
    ),
    "loss-days": (  # 5/day
        "stockout_loss",
        {"out_of_stock_days": 6, "units_sold_30d": 120, "in_stock_days": 24, "asp": 25.0},
        {"loss": 750.0},
    ),
    "health": (  # worst
        "account_health",
        {"statuses": ["NORMAL", "SUSPENDED"], "ahrStatus": "WARNED"},
        {"state": "SUSPENDED", "tier": "red"},
    ),
    "baseline": (  # median 100
        "gmv",
        {"value": 70.0, "history": [100.0, 110.0, 90.0, 100.0]},
        {"typical": 100.0, "change_pct": -30.0},
    ),
    "baseline-short": (  # too few
        "unit_session_pct",
        {"value": 5.0, "history": [10.0, None]},
        {"typical": None, "change_pct": None},
    ),
    "mix-price": (  # price alone
        "asp",
        {"p0": {"A": {"units": 10, "price": 35.0}}, "p1": {"A": {"units": 10, "price": 28.0}}},
        {"asp0": 35.0, "asp1": 28.0, "price_effect": -7.0, "mix_effect": 0.0},
    ),
    "cvr-b2b": (  # known zero
        "unit_session_pct",
        {"unitsOrdered": 0, "sessions": 50},
        {"pct": 0.0},
    ),
    "promo-cost": (  # 480-400
        "promo_roi",
        {"discounts": 300.0, "fees": 60.0, "extra_ads": 40.0, "incremental_units": 80, "unit_margin": 6.0},
        {"promo_cost": 400.0, "promo_roi_margin_pct": 20.0, "promo_roi": 20.0, "pct": 20.0},
    ),
    "roi-again": (  # -30/150
        "roi",
        {"net_profit": -30.0, "cogs": 100.0, "freight": 20.0, "ad_spend": 30.0},
        {"pct": -20.0},
    ),
    "feed-null": (  # unknown
        "feed_age_hours",
        {"now": "2026-11-22T12:00:00Z", "newest": None, "limit_hours": 6},
        {"hours": None, "stale": None},
    ),
    "agedplan": (  # 100/200
        "aged_share_90",
        {
            "rows": [
                {
                    "inv-age-0-to-90-days": 100,
                    "inv-age-91-to-180-days": 0,
                    "inv-age-181-to-270-days": 0,
                    "inv-age-271-to-365-days": 0,
                    "inv-age-366-to-455-days": 0,
                    "inv-age-456-plus-days": 0,
                },
                {
                    "inv-age-0-to-90-days": 0,
                    "inv-age-91-to-180-days": 50,
                    "inv-age-181-to-270-days": 50,
                    "inv-age-271-to-365-days": 0,
                    "inv-age-366-to-455-days": 0,
                    "inv-age-456-plus-days": 0,
                },
            ]
        },
        {"total": 200, "share_90": 50.0, "share_180": 25.0},
    ),
    "excess-rows": (  # 37/150
        "excess_inventory_pct",
        {"skus": [{"excess_units": 37, "units": 112}, {"excess_units": 0, "units": 38}]},
        {"pct": 24.666667, "breach": False},
    ),
    "returns reported upside down": (  # 3/40 = 7.5; 40/3 = 13.33 is the other way round
        "refund_rate",
        {"unitsRefunded": 3, "unitsOrdered": 40, "reported": 13.33},
        {"pct": 7.5, "mismatch_flag": True},
    ),
    "a reported conversion that agrees": (  # 7/300 = 2.3333, shown with two digits
        "unit_session_pct",
        {"unitsOrdered": 7, "sessions": 300, "reported": 2.33},
        {"pct": 2.333333, "mismatch_flag": False},
    ),
    "more tracked than shipped": (  # 412/400 = 1.03
        "valid_tracking_rate",
        {"shipmentCount": 400, "validTrackingCount": 412, "rate_reported": 0.97, "target": 0.95},
        {"rate": 1.03, "mismatch_flag": True, "count_exceeds_base": True},
    ),
    "a day whose traffic is late": (  # 45 units must not be divided by the 100 sessions of one day
        "unit_session_pct",
        {"days": [{"unitsOrdered": 5, "sessions": 100}, {"unitsOrdered": 40, "sessions": 0}]},
        {"pct": None, "sessions": None, "reason": "immature"},
    ),
    "no conversion of rows that say more": (  # 8/200 = 4; 12 and 1.33 are 6.67 in the mean
        "unit_session_pct",
        {"rows": [{"units": 6, "sessions": 50}, {"units": 2, "sessions": 150}]},
        {"pct": 4.0, "recomputed": [12.0, 1.333333], "plain_mean_wrong": 6.666667},
    ),
    "units of few shipments, over SKUs": (  # 7/20 = 35; 20 units < 25
        "return_rate",
        {"skus": [{"units_shipped": 10, "units_returned": 1}, {"units_shipped": 10, "units_returned": 6}], "min_units": 25},
        {"pct": 35.0, "red": False, "breach": False, "reason": "below_min_volume"},
    ),
    "free shipping beside a coupon": (  # 70/100: the other line is only shipped free
        "promo_gmv_share",
        {
            "lines": [
                {"order": "F1", "order_status": "Shipped", "item_price": 70.0, "promotion_ids": "Core Free Shipping,SUMMER"},
                {"order": "F2", "order_status": "Shipped", "item_price": 30.0, "promotion_ids": "Core Free Shipping"},
            ],
            "free_shipping_prefixes": ["Core Free Shipping"],
        },
        {"promo_gmv_share": 70.0, "aov": 50.0},
    ),
    "free shipping that nobody lists": (  # 45/60: a line that is only shipped free is not promoted
        "promo_gmv_share",
        {
            "lines": [
                {"item_price": 45.0, "promotion_ids": "SPRING"},
                {"item_price": 15.0, "promotion_ids": "DE Core Free Shipping 2026/03/01"},
            ]
        },
        {"promo_gmv_share": 75.0, "valid_orders": None},
    ),
    "a young month of few shipments": (  # 3 of 20; 20 < 25
        "return_rate",
        {"units_shipped": 20, "returned_by_month": {"2026-01": 2, "2026-02": 1, "2026-03": 0}, "min_units": 25},
        {"pct": 15.0, "red": False, "reason": "below_min_volume"},
    ),
    "stock at cost over a year of goods": (  # 365 x 50000/730000; 730000/50000
        "inventory_turnover_days",
        {"average_stock_at_cost": 50000, "annual_cogs": 730000},
        {"days": 25.0, "turns": 14.6, "yellow": False},
    ),
    "cover over the last week": (  # 42 in 6 days with stock are 7 a day; 49/7
        "days_of_cover",
        {"available": 49, "units_sold_7d": 42, "in_stock_days": 6},
        {"velocity": 7.0, "days_of_cover": 7.0, "tier": 1},
    ),
    "snapshots with a hole": (  # 1 of the 3 days that are known
        "stockout_rate",
        {"snapshots": [0, 12, None, 8]},
        {"pct": 33.333333, "breach": True},
    ),
    "snapshots of two SKUs": (  # 1 of 5
        "stockout_rate",
        {"snapshots": {"A": [0, 3, 3], "B": [None, 9, 9]}},
        {"pct": 20.0, "tier": "red"},
    ),
    "returned orders beside returned units": (  # 15/150, and 8/100 beside it
        "return_rate",
        {"units_shipped": 150, "units_returned": 15, "orders": 100, "returned_orders": 8},
        {"pct": 10.0, "pct_by_orders": 8.0},
    ),
    "answers one by one": ("nps", {"scores": [10, 9, 8, 6, 0]}, {"n": 5, "promoters": 2, "detractors": 2, "nps": 0.0}),
    "satisfaction one by one": ("csat", {"scores": [5, 4, 4, 3, 1, 1, 2, 5]}, {"pct": 50.0, "rounded": 50}),
    "rows by advertising product": (  # (45 + 15)/100; 15/100; nothing on display
        "ad_mix_share",
        {
            "rows": [
                {"adProduct": "SPONSORED_PRODUCTS", "cost": 85.0},
                {"adProduct": "SPONSORED_BRANDS", "cost": 15.0},
            ]
        },
        {"search_share": 100.0, "brand_share": 15.0, "display_share": 0.0},
    ),
    "amounts with their currency": (  # 1 - 25/250
        "new_customer_sales_share",
        {
            "rows": [
                {
                    "asin": "B0",
                    "repeatPurchaseRevenue": {"amount": 25.0, "currencyCode": "EUR"},
                    "repeatPurchaseRevenuePctTotal": 0.1,
                }
            ]
        },
        {"new_share": 90.0, "implied_total_revenue": 250.0},
    ),
    "a limit of one's own, just kept": (  # 15 is no more than 15
        "in_transit_share",
        {"available": 85, "reserved": 0, "inbound_shipped": 15, "inbound_received": 0, "limit": 15},
        {"pct": 15.0, "ok": True, "breach": False},
    ),
    "a target of one's own, just missed": ("nps", {"promoters": 50, "detractors": 10, "n": 100, "target": 41}, {"ok": False}),
    "a limit where lower is better": (  # 30/120 = 25 > 24
        "acos",
        {"cost": 30.0, "ad_sales": 120.0, "limit": 24},
        {"acos": 25.0, "ok": False, "breach": True},
    ),
    "a limit of an unknown number": ("acos", {"cost": 30.0, "ad_sales": 0.0, "limit": 24}, {"ok": None, "breach": None}),
    "a limit where the limit itself is too much": (  # 25 of 100 is red
        "return_rate",
        {"units_shipped": 100, "units_returned": 20, "limit": 20},
        {"pct": 20.0, "ok": False, "red": False},
    ),
    "campaigns by their names": (  # 60/240; 30 and 20 are 25 in the mean, too
        "acos",
        {"brand": {"cost": 36.0, "sales": 120.0}, "generic": {"cost": 24.0, "sales": 120.0}},
        {"acos": 25.0, "roas": 4.0, "ad_sales": 240.0, "plain_mean_wrong": 25.0},
    ),
    "advertising that just pays": (  # 30 of 100 is what the goods leave
        "acos",
        {"cost": 30.0, "ad_sales": 100.0, "gross_margin_before_ads": 30.0},
        {"acos": 30.0, "break_even_acos": 30.0, "profitable": True},
    ),
    "stranded by the report's columns": (  # (18 + 4 + 3)/500
        "stranded_inventory_pct",
        {"fulfillable-qty": 18, "unfulfillable-qty": 4, "reserved-quantity": 3, "fba_units": 500},
        {"pct": 5.0, "breach": True},
    ),
    "a margin for each customer": ("customer_ltv", {"margins": [12.0, -3.0, 21.0]}, {"ltv": 10.0}),
    "cover by the days without stock": (  # 96 in 30 - 6 days are 4 a day; 20/4, where 30 days would say 6.25
        "days_of_cover",
        {"available": 20, "units_sold_30d": 96, "out_of_stock_days": 6},
        {"in_stock_days": 24, "velocity": 4.0, "days_of_cover": 5.0, "calendar_days_wrong": 6.25, "tier": 1},
    ),
    "cover of another window": (  # 40 in 8 of 10 days are 5 a day
        "days_of_cover",
        {"available": 10, "units_sold_30d": 40, "in_stock_days": 8, "days": 10},
        {"velocity": 5.0, "days_of_cover": 2.0, "calendar_days_wrong": 2.5, "tier": 2},
    ),
    "an account in the worst of its states": (  # one marketplace at risk is enough
        "account_health",
        {"accountStatuses": [{"marketplaceId": "A1PA6795UKMFR9", "status": "AT_RISK"}], "ahrStatus": "GREAT"},
        {"status": "AT_RISK", "tier": "red"},
    ),
    "replies that took over a change of clocks": (  # 120 and 20 minutes: (120 + 20)/2
        "first_response_minutes",
        {
            "contacts": [
                {"first_message": "2026-11-01T00:30:00-07:00", "first_reply": "2026-11-01T01:30:00-08:00"},
                {"first_message": "2026-11-02T09:00:00-08:00", "first_reply": "2026-11-02T09:20:00-08:00"},
                {"first_message": "2026-11-02T10:00:00-08:00", "first_reply": None},
            ]
        },
        {"median": 70.0, "unanswered": 1},
    ),
    "an order still here past its date": (  # 1 of the 2 that are due
        "fulfilment_overdue_rate",
        {
            "orders": [
                {"latest_ship_date": "2026-11-20T12:00:00Z", "ship_time": "2026-11-20T11:00:00Z"},
                {"latest_ship_date": "2026-11-20T12:00:00Z", "ship_time": None},
                {"latest_ship_date": "2026-11-25T12:00:00Z", "ship_time": None},
            ],
            "now": "2026-11-21T12:00:00Z",
        },
        {"pct": 50.0, "due": 2},
    ),
    "an order of which nobody knows": (  # not shipped, and no time is told
        "fulfilment_overdue_rate",
        {"orders": [{"latest_ship_date": "2026-11-20T12:00:00Z", "ship_time": None}]},
        {"pct": None, "penalty": None, "reason": "no_data"},
    ),
    "WAPE and no mean of percentages": (  # (20 + 100)/1100
        "stocking_accuracy_dev",
        {"skus": [{"stocked": 120, "forecast": 100}, {"stocked": 900, "forecast": 1000}]},
        {"wape": 10.909091, "ok": False},
    ),
    "an event in the target": (  # 30 days weigh 32, the first 15 of them 17
        "gmv_attainment_pct",
        {"actual": 8000.0, "month_target": 32000.0, "as_of": "2026-04-15", "events": [{"day": "2026-04-10", "factor": 3}]},
        {"target_to_date": 17000.0, "pct": 47.058824, "linear_target_wrong": 16000.0},
    ),
    "goods of rows at a cost each": (  # 450+300
        "gross_profit",
        {
            "rows": [
                {"sku": "A", "net_sales": 900.0, "net_units": 36, "unit_cost": 12.5},
                {"sku": "B", "net_sales": 500.0, "net_units": 20, "unit_cost": 10.0},
            ]
        },
        {"gross_profit": 750.0},
    ),
    "the cost of the day of shipping": (  # 100+240
        "gross_profit",
        {
            "net_sales": 1000.0,
            "lines": [{"ship_date": "2026-10-31", "units": 10}, {"ship_date": "2026-11-02", "units": 20}],
            "costs": [{"valid_from": "2026-01-01", "unit_cost": 10.0}, {"valid_from": "2026-11-01", "unit_cost": 12.0}],
        },
        {"cogs": 340.0, "gross_profit": 660.0},
    ),
    "spoiled returns cost too": (  # (36+1)*12.5
        "gross_profit",
        {"net_sales": 900.0, "net_units": 36, "unit_cost": 12.5, "unsellable_returns": 1},
        {"gross_profit": 437.5},
    ),
    "a settlement without reserves and passed taxes": (  # 1000-150-50=800; -400=400; /950
        "net_margin_pct",
        {
            "rows": [
                {"amount-type": "ItemPrice", "amount-description": "Principal", "amount": 1000.0},
                {"amount-type": "ItemPrice", "amount-description": "Tax", "amount": 80.0},
                {
                    "amount-type": "ItemWithheldTax",
                    "amount-description": "MarketplaceFacilitatorTax-Principal",
                    "amount": -80.0,
                },
                {"amount-type": "ItemFees", "amount-description": "Commission", "amount": -150.0},
                {"amount-type": "Promotion", "amount-description": "Principal", "amount": -50.0},
                {"amount-type": "other-transaction", "amount-description": "Current Reserve Amount", "amount": -200.0},
                {"amount-type": "other-transaction", "amount-description": "Previous Reserve Amount Balance", "amount": 100.0},
            ],
            "cogs": 300.0,
            "freight": 60.0,
            "overhead": 40.0,
        },
        {"proceeds": 800.0, "pct": 42.10526},
    ),
    "points of a margin": (  # additive in points
        "net_margin_pct",
        {
            "p0": {
                "revenue": 100000,
                "cogs": 40000,
                "fees": 20000,
                "logistics": 15000,
                "ads": 8000,
                "refunds": 3000,
                "overhead": 2000,
            },
            "p1": {
                "revenue": 100000,
                "cogs": 42000,
                "fees": 20000,
                "logistics": 22000,
                "ads": 8000,
                "refunds": 3000,
                "overhead": 2000,
            },
        },
        {
            "margin0": 12.0,
            "margin1": 3.0,
            "effects": {"cogs": -2.0, "fees": 0.0, "logistics": -7.0, "ads": 0.0, "refunds": 0.0, "overhead": 0.0},
            "sum": -9.0,
        },
    ),
    "a plan not yet passed by a fifth": (  # 1.2 x plan is not > 1.2
        "tacos",
        {"tacos": 12.0, "plan": 10.0},
        {"yellow": False},
    ),
    "advertising above the margin": (  # > gross margin
        "tacos",
        {"tacos": 31.0, "plan": 10.0, "gross_margin": 30.0},
        {"red": True},
    ),
    "a stage that no campaign has": (  # new: 1.5 orange
        "roas",
        {"cost": 100.0, "ad_sales": 160.0, "stage": "new"},
        {"roas": 1.6, "orange": False},
    ),
    "the dip after a promotion": (  # 200-50
        "promo_roi",
        {"baseline_units": 100, "actual_units": 300, "post_event_dip_units": 50, "unit_margin": 10.0, "promo_cost": 1000.0},
        {"incremental_units": 150, "pct": 50.0},
    ),
    "a balance at its warning line": (  # balance <= warning line
        "cash_runway_months",
        {"bank": 360000, "amazon_available": 0, "monthly_cost": 90000, "warning_line": 400000},
        {"months": 4.0, "red": True},
    ),
    "balances by the user's rates": (  # 210000/70000 by the user's rate table
        "cash_runway_months",
        {
            "balances": [{"currency": "USD", "amount": 100000}, {"currency": "EUR", "amount": 100000}],
            "rates": {"EUR": 1.1, "USD": 1.0},
            "monthly_cost": 70000,
        },
        {"months": 3.0},
    ),
    "freight of what it brought": (  # 3 freight per unit received; 1800/400=4.5; 7.5
        "unit_logistics_cost",
        {
            "freight": 3000.0,
            "units_received": 1000,
            "units_shipped": 400,
            "inbound_fees": 80.0,
            "fulfilment": 1600.0,
            "storage": 100.0,
            "removal": 20.0,
        },
        {"unit_logistics_cost": 7.5},
    ),
    "a ratio that falls with prices": (  # price rose only
        "logistics_cost_ratio",
        {
            "p0": {"logistics_cost": 4000, "net_sales": 20000, "units": 500},
            "p1": {"logistics_cost": 4000, "net_sales": 25000, "units": 500},
        },
        {"ratio0": 20.0, "ratio1": 16.0, "unit_cost0": 8.0, "unit_cost1": 8.0},
    ),
    "a return of the fourth month": (  # November is M+3: out
        "return_rate",
        {
            "shipped_month": "2026-08",
            "units_shipped": 200,
            "returns": {"2026-08": 10, "2026-09": 6, "2026-10": 4, "2026-11": 5},
        },
        {"pct": 10.0},
    ),
    "returns to both warehouses": (  # RET + MFNRET
        "return_rate",
        {"fba_units_returned": 15, "mfn_units_returned": 5, "units_shipped": 200},
        {"pct": 10.0},
    ),
    "what Amazon found": (  # tracing prefers disposition
        "return_rate_by_reason",
        {
            "units_shipped": 100,
            "rows": [
                {"reason": "UNWANTED_ITEM", "detailed_disposition": "DEFECTIVE", "quantity": 3},
                {"reason": "DEFECTIVE", "detailed_disposition": "SELLABLE", "quantity": 2},
            ],
        },
        {"return_rate": 5.0, "quality_by_disposition": 3.0},
    ),
    "few customers over rows": (  # 27/90
        "repeat_purchase_rate",
        {
            "rows": [
                {"asin": "B1", "uniqueCustomers": 60, "repeatCustomersPctTotal": 0.2},
                {"asin": "B2", "uniqueCustomers": 30, "repeatCustomersPctTotal": 0.5},
            ],
            "min_customers": 100,
        },
        {"weighted_pct": 30.0, "reason": "below_min_volume"},
    ),
    "promoters in percent": (  # 30-20 (W11)
        "nps",
        {"promoters_pct": 30, "passives_pct": 50, "detractors_pct": 20},
        {"nps": 10.0},
    ),
    "no customer in orders": (  # never from orders
        "customer_ltv",
        {"orders": [{"order": "A1", "item_price": 30.0}]},
        {"ltv": None, "reason": "not_observable"},
    ),
    "one category of several": (  # one category pinned
        "best_sellers_rank",
        {
            "category": "Kitchen",
            "rows": [
                {"time": "2026-11-21T01:00:00Z", "category": "Kitchen", "rank": 1200},
                {"time": "2026-11-21T08:00:00Z", "category": "Kitchen", "rank": 1000},
                {"time": "2026-11-21T16:00:00Z", "category": "Kitchen", "rank": 1500},
                {"time": "2026-11-21T16:00:00Z", "category": "Water Bottles", "rank": 12},
            ],
        },
        {"rank": 1200},
    ),
    "queries that are tracked": (  # fixed query set
        "search_purchase_share",
        {
            "query_set": ["bottle"],
            "rows": [
                {"query": "bottle", "asinPurchaseCount": 5, "totalPurchaseCount": 100},
                {"query": "flask", "asinPurchaseCount": 50, "totalPurchaseCount": 100},
            ],
        },
        {"pct": 5.0},
    ),
    "order items without sessions": (  # sales without sessions
        "order_item_session_pct",
        {"totalOrderItems": 20, "sessions": 0},
        {"pct": None, "reason": "immature"},
    ),
    "a report without products": (  # empty block may mean delayed
        "sessions",
        {"day": "2026-11-21", "salesAndTrafficByAsin": [], "unitsOrdered": 40, "pulled_at": "2026-11-22"},
        {"sessions": None, "reason": "immature"},
    ),
    "a fall against the usual": (  # -8 % rel
        "unit_session_pct",
        {"current": 9.2, "baseline": 10.0, "sessions": 300},
        {"change_pct": -8.0, "yellow": True, "orange": False},
    ),
    "more clicks, fewer buyers": (  # ctr up and cvr -23 % or worse: seed's trap
        "ad_ctr",
        {
            "p0": {"impressions": 100000, "clicks": 1000, "purchases": 100},
            "p1": {"impressions": 100000, "clicks": 1500, "purchases": 115},
        },
        {"ctr0": 1.0, "ctr1": 1.5, "cvr0": 10.0, "cvr1": 7.666667, "cvr_change_rel": -23.333333, "orange": True},
    ),
    "no stock, no offer to lose": (  # blame stock first
        "featured_offer_pct",
        {"buyBoxPercentage": 0.0, "pageViews": 500, "available": 0},
        {"red": False, "reason": "out_of_stock"},
    ),
    "time to order": (  # 40 < 45
        "days_of_cover",
        {"days_of_cover": 40.0, "lead_time": 35, "buffer": 10, "inbound_cover": 0},
        {"tier": 0, "place_order": True},
    ),
    "cover by country": (  # pan-EU per country
        "days_of_cover",
        {"countries": {"DE": {"available": 100, "velocity": 5.0}, "FR": {"available": 2, "velocity": 2.0}}},
        {"days_of_cover": {"DE": 20.0, "FR": 1.0}, "tier": {"DE": None, "FR": 3}},
    ),
    "stock-outs without clearance": (  # 4/40; clearance excluded
        "stockout_rate",
        {
            "skus": [
                {"sku": "A", "active_days": 30, "oos_days": 3},
                {"sku": "B", "active_days": 10, "oos_days": 1},
                {"sku": "C", "active_days": 30, "oos_days": 30, "lifecycle": "clearance"},
            ]
        },
        {"pct": 10.0},
    ),
    "only what is bought in again": (  # replenishable SKUs only
        "in_stock_rate",
        {
            "skus": [
                {"units60": 100, "in_stock_days": 15, "replenishable": True},
                {"units60": 100, "in_stock_days": 0, "replenishable": False},
            ],
            "days": 30,
        },
        {"pct": 50.0},
    ),
    "units over money": (  # units over money: not the same valuation
        "stock_to_sales_ratio",
        {"stock_begin_units": 600, "sales": 5000.0},
        {"ratio": None},
    ),
    "old stock just fine": (  # > 20
        "aged_share_90",
        {
            "inv-age-0-to-90-days": 80,
            "inv-age-91-to-180-days": 20,
            "inv-age-181-to-270-days": 0,
            "inv-age-271-to-365-days": 0,
            "inv-age-366-to-455-days": 0,
            "inv-age-456-plus-days": 0,
        },
        {"share_90": 20.0, "yellow": False},
    ),
    "removed within the week": (  # 6 days < 7
        "stranded_inventory_pct",
        {"stranded_units": 5, "fba_units": 1000, "auto_removal_date": "2026-11-28", "today": "2026-11-22"},
        {"pct": 0.5, "red": True},
    ),
    "buyers' own cancellations": (  # buyer's own do not count
        "cancel_rate",
        {
            "orders": [
                {"order": "A1", "cancelledBy": "MERCHANT"},
                {"order": "A2", "cancelledBy": "BUYER"},
                {"order": "A3", "cancelledBy": None},
                {"order": "A4", "cancelledBy": None},
            ]
        },
        {"pct": 25.0},
    ),
    "a section of the report alone": (  # the sample's key
        "cancel_rate",
        {
            "prefulfillmentCancelRate": {
                "cancellationCount": 2,
                "orderCount": 100,
                "rate": 0.02,
                "targetValue": 0.025,
                "targetCondition": "LESS_THAN",
            }
        },
        {"rate_recomputed": 0.02, "mismatch_flag": False},
    ),
    "launches too young": (  # younger than N days waits
        "new_product_success_rate",
        {
            "day_n": 90,
            "as_of": "2026-11-22",
            "skus": [
                {"launched": "2026-06-01", "success": True},
                {"launched": "2026-07-01", "success": False},
                {"launched": "2026-11-01", "success": True},
            ],
        },
        {"pct": 50.0},
    ),
    "an empty file": (  # an empty file is not fresh data
        "feed_age_hours",
        {
            "feed": "orders",
            "now": "2026-11-22T12:00:00Z",
            "runs": [
                {"finished": "2026-11-22T11:00:00Z", "data_end": "2026-11-22T02:00:00Z", "rows": 100},
                {"finished": "2026-11-22T11:30:00Z", "data_end": "2026-11-22T11:00:00Z", "rows": 0},
            ],
        },
        {"hours": 10.0},
    ),
    "days of leave": (  # due dates move by the leave
        "training_milestones_pct",
        {
            "milestones": [
                {"name": "day 21", "due": "2026-09-21", "done": "2026-09-25"},
                {"name": "day 90", "due": "2026-11-29", "done": "2026-11-29"},
            ],
            "leave_days": 7,
        },
        {"pct": 100.0},
    ),
    "the seller's orders apart from Amazon's": (  # 8/1000 and 1/500, never 9/1500
        "odr",
        {"mfn": {"orderCount": 1000, "orderWithDefects": 8}, "afn": {"orderCount": 500, "orderWithDefects": 1}},
        {"pct": {"mfn": 0.8, "afn": 0.2}, "mfn": {"pct": 0.8, "tier": "yellow"}, "afn": {"tier": None}},
    ),
    "windows that hold each other's days": (  # 5/100 and 8/400, never 13/500
        "late_shipment_rate",
        {"10": {"orderCount": 100, "lateShipmentCount": 5}, "30": {"orderCount": 400, "lateShipmentCount": 8}},
        {"pct": {"10": 5.0, "30": 2.0}},
    ),
    "marketplaces of two currencies": (  # 100/400 and 50/100, never 150/500
        "acos",
        {"US": {"cost": 100.0, "ad_sales": 400.0}, "DE": {"cost": 50.0, "ad_sales": 100.0}},
        {"acos": {"US": 25.0, "DE": 50.0}},
    ),
    "marketplaces of one currency": (  # 150/500
        "acos",
        {"DE": {"cost": 100.0, "ad_sales": 400.0}, "FR": {"cost": 50.0, "ad_sales": 100.0}},
        {"acos": 30.0},
    ),
    "more in time than there were": (  # 110 of 100 cannot be judged
        "on_time_delivery_rate",
        {"onTimeDeliveryCount": 110, "shipmentCountWithValidTracking": 100, "target": 0.95},
        {"rate_recomputed": 1.1, "count_exceeds_base": True, "meets_target": None, "status": None, "ok": None},
    ),
    "a value that is known": ("return_rate", {"return_rate": 25.0}, {"red": True, "tier": "red"}),
}
"""What is given and what has to come out, beside how it is worked out."""


@pytest.mark.parametrize(("kpi", "inputs", "expected"), EXAMPLES.values(), ids=list(EXAMPLES))
def test_the_worksheet_gives_what_was_worked_out_by_hand(kpi, inputs, expected):
    assert list(differences(expected, calculate(kpi, inputs), 1e-5)) == []


NOT_THE_KPI = {
    "what explains a gap is no sales": (
        "gmv",
        {"target_sales": 500, "actual_sales": 400, "conv_plan": 0.1, "conv_actual": 0.09},
    ),
    "a mix effect is no rate": ("return_rate", {"p0": {"A": [50, 5]}, "p1": {"A": [50, 10]}}),
    "proceeds are no margin": ("net_margin_pct", {"lines": [{"amount_description": "Principal", "amount": 640.0}]}),
    "the length of a day is no age": ("feed_age_hours", {"day": "2026-10-25", "tz": "Europe/Rome"}),
    "what moved a price is no price": ("asp", {"p0": {"A": [10, 50.0]}, "p1": {"A": [10, 60.0]}}),
    "a past is no value": ("gmv", {"value": 9.0, "history": [8.0, 8.0, 8.0]}),
}


@pytest.mark.parametrize(("kpi", "inputs"), NOT_THE_KPI.values(), ids=list(NOT_THE_KPI))
def test_what_is_said_about_a_kpi_does_not_stand_under_its_name(kpi, inputs):
    found = calculate(kpi, inputs)

    assert not {kpi, "pct", "tier", "breach"} & found.keys()
