"""Worksheets at their edges: what is refused and how, what is unknown and why, and where limits lie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.sheets.configured import shipped_settings
from sellerwatch.metrics.worksheets import calculate, kpis, sheets_of
from sellerwatch.settings.rules import Band

LINE = {"order": "A", "order_status": "Shipped", "item_status": "Shipped", "qty": 1, "item_price": 10}
PERIOD = {"sessions": 1000, "order_items": 100, "units": 120, "sales": 3000}
HEALTH = {"orderCount": 1000, "lateShipmentCount": 30}
COVER = {"units_sold_30d": 120, "in_stock_days": 24}
BLOCK = {"base_attainment": 1.0, "challenge_attainment": 1.0, "innovation_passed": True}
KPIS = {"kpis": [{"k": "gmv", "w": 40, "s": 100}, {"k": "rest", "w": 60, "s": 90}], "limit": 5.0}

REFUSED = {
    "unknown KPI": ("acoss", {"cost": 1}, "unknown KPI 'acoss'"),
    "unknown input": ("acos", {"cost": 1, "ad_sale": 2}, "unknown input 'ad_sale'"),
    "missing input": ("acos", {"cost": 1}, "ad_sales is missing"),
    "text for a number": ("acos", {"cost": "80", "ad_sales": 2}, "'80' is not a number"),
    "yes for a number": ("acos", {"cost": True, "ad_sales": 2}, "True is not a number"),
    "no number at all": ("acos", {"cost": float("nan"), "ad_sales": 2}, "nan is not a number"),
    "negative count": ("ad_cpc", {"cost": 1, "clicks": -1}, "-1 is not a number from 0"),
    "part of a count": ("ad_cpc", {"cost": 1, "clicks": 1.5}, "1.5 is not a whole number"),
    "one input twice": ("acos", {"cost": 1, "ad_cost": 1, "ad_sales": 2}, "cost is given twice"),
    "an input without a use": (
        "acos",
        {"cost": 1, "ad_sales": 2, "impressions": 9},
        "impressions has no part in what can be worked out from the rest",
    ),
    "nothing": ("acos", {}, "cost, ad_sales is missing"),
    "percent for a part of one": (
        "new_customer_sales_share",
        {"repeatPurchaseRevenue": 1, "repeatPurchaseRevenuePctTotal": 2.17},
        "2.17 is not a part from 0 to 1",
    ),
    "an instant without an offset": ("gmv", {"purchase_date": "2026-11-22T06:30:00", "marketplace": "US"}, "its offset"),
    "an instant that is none": ("gmv", {"purchase_date": "yesterday", "marketplace": "US"}, "its offset"),
    "unknown marketplace": ("gmv", {"purchase_date": "2026-11-22T06:30:00+00:00", "marketplace": "XX"}, "marketplace 'XX'"),
    "unknown zone": ("feed_age_hours", {"day": "2026-11-01", "tz": "Mars/Olympus"}, "not a time zone"),
    "no day": ("feed_age_hours", {"day": "1.11.2026", "tz": "UTC"}, "not a day"),
    "data from tomorrow": (
        "feed_age_hours",
        {"newest": "2026-11-02T00:00:00+00:00", "now": "2026-11-01T00:00:00+00:00"},
        "newer than now",
    ),
    "rows that are none": ("gmv", {"lines": 3}, "3 is not a list"),
    "a row that is none": ("gmv", {"lines": [3]}, "3 is not the fields order"),
    "a field that is missing": (
        "gmv",
        {"lines": [{"order": "A", "order_status": "Shipped", "qty": 1}]},
        "item_price is missing",
    ),
    "a field that is unknown": (
        "in_stock_rate",
        {"days": 30, "skus": [{"units": 1, "in_stock_days": 2}]},
        "unknown input 'units'",
    ),
    "a field twice": (
        "in_stock_rate",
        {"days": 30, "skus": [{"units60": 1, "units_60": 1, "in_stock_days": 2}]},
        "units60 is given twice",
    ),
    "a number past all size": ("acos", {"cost": 1e16, "ad_sales": 1}, "not of a size"),
    "a text that is none": ("gmv", {"amounts": [{"amount": 1, "currency": 1}]}, "1 is not a text"),
    "a decision that is none": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": "yes"},
        "'yes' is not true, false, or null",
    ),
    "amounts of two marketplaces": (
        "acos",
        {"rows": [{"marketplace": "US", "cost": 1, "ad_sales": 2}, {"marketplace": "DE", "cost": 1, "ad_sales": 2}]},
        "amounts of DE and US are in several currencies",
    ),
    "names that are none": ("return_rate", {"units_shipped": 9, "returns": [1]}, "not names with a value each"),
    "a pair that is none": ("return_rate", {"p0": {"A": [1]}, "p1": {"A": [1, 2]}}, "not [units shipped, units returned]"),
    "ten counts": ("nps", {"freq_0_to_10": [1] * 10}, "10 counts"),
    "an answer that is none": ("csat", {"scores": {"6": 1}}, "6 is no answer"),
    "a month that is none": ("repeat_purchase_rate", {"series": {"11/2026": 3}}, "'11/2026' is no month"),
    "a number with no note": ("repeat_purchase_rate", {"series": ["27"]}, "'27' is no number"),
    "weights over a hundred": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": True, "weights": [60, 30, 20]},
        "add up to 110",
    ),
    "two weights": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": True, "weights": [60, 40]},
        "2 weights",
    ),
    "a weight that nobody knows": ("scorecard", {"weights": {"a": None}, "scores": {"a": 1}}, "a weight is not known"),
    "a ladder that falls": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": True, "ladder": [[1, 100], [0.5, 50]]},
        "have to rise",
    ),
    "a step of three": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": True, "ladder": [[1, 100, 2]]},
        "not [attainment, points]",
    ),
    "another policy": (
        "scorecard",
        {"base_attainment": 1, "challenge_attainment": 1, "innovation_passed": True, "base_policy": "as you like"},
        "unknown word 'as you like'",
    ),
    "a cut that is none": (
        "scorecard",
        {"kpis": [{"k": "gmv", "w": 100, "s": 1}], "overdue_rate": 6, "limit": 5, "cut": "some"},
        "'some' is no cut",
    ),
    "a KPI twice": (
        "scorecard",
        {"kpis": [{"k": "gmv", "w": 50, "s": 1}, {"k": "gmv", "w": 50, "s": 1}], "overdue_rate": 6, "limit": 5},
        "stands there twice",
    ),
    "a score without a weight": (
        "scorecard",
        {"base_weights": {"a": 100}, "override": {}, "scores": {"a": 1, "b": 1}},
        "b: a weight and a score belong together",
    ),
    "parts over a hundred": ("scorecard", {"attribution": {"a": 60, "b": 50}}, "add up to 110"),
    "sold before it began": (
        "new_product_cycle_days",
        {"project_start": "2026-11-02", "first_buyable": "2026-11-01"},
        "before its project began",
    ),
    "a percentage for a conversion": (
        "gmv",
        {"target_sales": 10, "actual_sales": 6, "conv_plan": 10, "conv_actual": 9.2},
        "10 is not a part from 0 to 1; 35 % is 0.35",
    ),
    "a percentage for an attainment": ("scorecard", BLOCK | {"base_attainment": 95}, "95 is not a part of the target"),
    "a percentage for a margin": (
        "promo_roi",
        {"promo_cost": 5, "incremental_gmv": 20, "gross_margin_rate": 30},
        "30 is not a part of one",
    ),
    "more passed than tried": ("skill_cert_rate", {"taken": 20, "passed": 21}, "passed is more than taken: 21 of 20"),
    "more succeeded than could": (
        "new_product_success_rate",
        {"launched": 10, "successes": 9, "immature": 2},
        "more succeeded than are old enough: 9 of 8",
    ),
    "more days out of stock than days": (
        "stockout_rate",
        {"active_skus": 1, "days": 30, "oos_sku_days": 31},
        "more SKU-days out of stock than are known: 31 of 30",
    ),
    "more days in stock than days": (
        "in_stock_rate",
        {"days": 30, "skus": [{"units60": 1, "in_stock_days": 31}]},
        "more days in stock than there are: 31 of 30",
    ),
    "rows in two currencies": (
        "acos",
        {"campaigns": [{"cost": 1, "ad_sales": 2, "currency": "USD"}, {"cost": 1, "ad_sales": 2, "Currency": "EUR"}]},
        "amounts in EUR and USD are never added up",
    ),
    "a label that is none": ("acos", {"cost": 1, "ad_sales": 2, "currency": ["USD"]}, "do not belong together: currency"),
    "a cohort of four months": (
        "return_rate",
        {"units_shipped": 9, "returned_by_month": [1, 1, 1, 1]},
        "4 months",
    ),
    "the least of nothing": ("acos", {"cost": 1, "ad_sales": 2, "min_clicks": 9}, "min_clicks is the least of something"),
    "a stage that is none": ("days_of_cover", {"days_of_cover": 1, "stage": "old"}, "unknown word 'old'"),
    "nothing to hold a report against": (
        "gmv",
        {"purchase_date": "2026-11-22T06:30:00+00:00", "marketplace": "US", "reported": 3},
        "has nothing to be held against",
    ),
    "a row that lacks what others have": (
        "acos",
        {"rows": [{"cost": 1, "ad_sales": 2}, {"cost": 1}]},
        "ad_sales is missing [worksheet acos, rows, number 2]",
    ),
    "rows that are of no worksheet": ("acos", {"rows": [{"cost": 1, "colour": 2}]}, "unknown input 'rows'"),
    "rows of too little": ("acos", {"rows": [{"cost": 1}]}, "unknown input 'rows'"),
    "sessions of products": ("sessions", {"skus": [{"sessions": 1}, {"sessions": 2}]}, "unknown input 'skus'"),
    "six weekdays": (
        "gmv_attainment_pct",
        {"actual": 1, "month_target": 9, "as_of": "2026-11-07", "weekday_profile": [1, 1, 1, 1, 1, 1]},
        "not a weight for each weekday",
    ),
    "a weekday without a weight": (
        "gmv_attainment_pct",
        {"actual": 1, "month_target": 9, "as_of": "2026-11-07", "weekday_profile": {"Monday": 1}},
        "not a weight for each weekday",
    ),
    "shipped before it was ordered": (
        "ship_48h_rate",
        {"orders": [{"created_time": "2026-11-02T00:00:00Z", "ship_time": "2026-11-01T00:00:00Z"}]},
        "an order was shipped before it was made",
    ),
    "answered before it was asked": (
        "first_response_minutes",
        {"contacts": [{"first_message": "2026-11-02T00:00:00Z", "first_reply": "2026-11-01T00:00:00Z"}]},
        "a reply came before the message",
    ),
    "an answer past the end": ("nps", {"scores": [11]}, "answers that are none"),
    "amounts in two currencies": (
        "new_customer_sales_share",
        {
            "rows": [
                {"repeatPurchaseRevenue": {"amount": 1, "currencyCode": code}, "repeatPurchaseRevenuePctTotal": 0.1}
                for code in ("USD", "EUR")
            ]
        },
        "amounts in EUR and USD are never added up",
    ),
    "periods that are no rows": ("roas", {"p0": {"cost": 1, "ad_sales": 2}, "p1": {"cost": 1, "ad_sales": 2}}, "'p0', 'p1'"),
    "a figure twice in a row": ("acos", {"rows": [{"cost": 1, "spend": 1, "ad_sales": 2}]}, "cost is given twice"),
    "more days without stock than days": (
        "days_of_cover",
        {"available": 1, "units_sold_30d": 9, "out_of_stock_days": 31},
        "more days out of stock than there are: 31 of 30",
    ),
    "cases that are none": ("cash_runway_months", {"cases": [1]}, "no list of inputs"),
}


@pytest.mark.parametrize(("kpi", "inputs", "message"), REFUSED.values(), ids=list(REFUSED))
def test_a_mistake_is_one_line_that_says_what_is_taken(kpi, inputs, message):
    with pytest.raises(ConfigError) as refused:
        calculate(kpi, inputs)

    assert message in str(refused.value)
    assert ("The nearest are " if kpi not in kpis() else "It takes ") in refused.value.remedy
    assert "\n" not in str(refused.value)


SAID = {
    # Null is not 0
    "null is unknown": ("acos", {"cost": None, "ad_sales": 100}, {"acos": None, "roas": None, "reason": "no_data"}),
    "null beside zero": (
        "net_sales",
        {"gmv": 100, "promotion_discount": None, "refunded_principal": 0},
        {"net_sales": None, "reason": "no_data"},
    ),
    "zero is known": (
        "net_sales",
        {"gmv": 0, "promotion_discount": 0, "refunded_principal": 0},
        {"net_sales": 0, "reason": None},
    ),
    "one unknown spoils only what needs it": (
        "acos",
        {"cost": 80, "ad_sales": 320, "clicks": None},
        {"acos": 25.0, "ad_cpc": None, "reason": "no_data"},
    ),
    "a target that is null is none": (
        "gmv_attainment_pct",
        {"actual": 5, "target_to_date": None},
        {"pct": None, "reason": "no_target"},
    ),
    "a target that was reached": (
        "gmv_attainment_pct",
        {"actual": 45, "target_to_date": 50},
        {"pct": 90, "tier": None, "gmv_attainment_pct": 90},
    ),
    "a target that was missed": ("gmv_attainment_pct", {"actual": 29, "target_to_date": 50}, {"pct": 58, "tier": "red"}),
    "a negative target is none": (
        "gmv_attainment_pct",
        {"actual": 5, "target_to_date": -1},
        {"pct": None, "reason": "no_target"},
    ),
    "more refunded than sold": ("gross_margin_pct", {"net_sales": -10, "cogs": 5}, {"gross_margin_pct": None}),
    "null for a list": ("gmv", {"lines": None}, {"gmv": None, "aov": None, "reason": "no_data"}),
    "null for a day": (
        "new_product_cycle_days",
        {"project_start": "2026-01-01", "first_buyable": None},
        {"days": None, "ok": None, "reason": "no_data"},
    ),
    "null for an instant": (
        "feed_age_hours",
        {"newest": None, "now": "2026-11-01T12:00:00+00:00", "limit_hours": 24},
        {"hours": None, "tier": None, "reason": "no_data"},
    ),
    "null for a period": ("gmv", {"p0": PERIOD, "p1": None}, {"effects": None, "sum": None, "reason": "no_data"}),
    "null for a setting is the usual one": ("scorecard", BLOCK | {"weights": None, "ladder": None}, {"score": 100}),
    # Sales
    "a missing price is remarked": (
        "gmv",
        {"lines": [LINE, LINE | {"order": "B", "item_price": None}]},
        {"gmv": 10, "valid_orders": 2, "reason": "price_missing"},
    ),
    "no line is no order": ("gmv", {"lines": []}, {"gmv": 0, "aov": None, "reason": "no_orders"}),
    "what Amazon only ships is no sale": ("gmv", {"lines": [LINE | {"sales_channel": "Non-Amazon"}]}, {"gmv": 0, "units": 0}),
    "pending units are ordered": ("units", {"lines": [LINE | {"order_status": "Pending"}]}, {"units": 1, "reason": None}),
    "promoted lines": (
        "promo_gmv_share",
        {"lines": [LINE | {"promotion_ids": "P", "promo": 2}, LINE]},
        {"promo_gmv_share": 50.0, "discount_rate": 10.0, "net_sales_before_refunds": 18},
    ),
    "several currencies": (
        "gmv",
        {"amounts": [{"amount": 1, "currency": "USD"}, {"amount": 1, "currency": "EUR"}]},
        {"gmv": None, "reason": "no_rate"},
    ),
    "a currency without a rate": (
        "gmv",
        {"amounts": [{"amount": 1, "currency": "USD"}], "rates": {"EUR": 1.1}},
        {"gmv": None, "reason": "no_rate"},
    ),
    "each currency at its rate": (
        "gmv",
        {"amounts": [{"amount": 1, "currency": "USD"}, {"amount": 2, "currency": "EUR"}], "rates": {"USD": 1, "EUR": 1.1}},
        {"gmv": 3.2},
    ),
    "one currency": ("gmv", {"amounts": [{"amount": 1, "currency": "USD"}, {"amount": 2, "currency": "USD"}]}, {"gmv": 3}),
    "a day in Tokyo": ("gmv", {"purchase_date": "2026-11-21T20:00:00Z", "marketplace": "JP"}, {"local_day": "2026-11-22"}),
    "a hollow target by returns": (
        "gmv_attainment_pct",
        {"gmv_attainment_pct": 100, "net_margin_pct": 5, "return_rate": 25},
        {"composite": "red", "gmv_row_green": False},
    ),
    "a sound target": (
        "gmv_attainment_pct",
        {"gmv_attainment_pct": 100, "net_margin_pct": 0, "return_rate": 24.9},
        {"composite": None, "gmv_row_green": True},
    ),
    "a missed target is not hollow": (
        "gmv_attainment_pct",
        {"gmv_attainment_pct": 99.9, "net_margin_pct": -1, "return_rate": 40},
        {"composite": None, "gmv_row_green": False},
    ),
    "an unknown margin leaves it open": (
        "gmv_attainment_pct",
        {"gmv_attainment_pct": 100, "net_margin_pct": None, "return_rate": 5},
        {"composite": None, "gmv_row_green": None, "reason": "no_data"},
    ),
    "a promotion that lost money": (
        "gmv_attainment_pct",
        {"gmv_attainment_pct": 100, "net_margin_pct": 5, "return_rate": 5, "loss_making_promotion": True},
        {"composite": "orange"},
    ),
    "nobody came": (
        "sessions",
        {"sessions": 0, "unitsOrdered": 0},
        {"sessions": 0, "unit_session_pct": None, "reason": "no_sessions"},
    ),
    "a percentage of neither": (
        "unit_session_pct",
        {"rows": [{"units": 1, "browserSessions": 4, "sessions": 5, "reported": 30}]},
        {"reported_equals": None, "recomputed": [20.0]},
    ),
    "no page view": (
        "featured_offer_pct",
        {"days": [{"buyBoxPercentage": 90, "pageViews": 0}]},
        {"weighted": None, "reason": "no_page_views"},
    ),
    "a day without a percentage": (
        "featured_offer_pct",
        {"days": [{"buyBoxPercentage": 90, "pageViews": 1}, {"buyBoxPercentage": None, "pageViews": 9}]},
        {"weighted": 90, "plain_mean_wrong": 90, "tier": "yellow"},
    ),
    "the gap is none": (
        "gmv",
        {"target_sales": 5, "actual_sales": 5, "conv_plan": 0.1, "conv_actual": 0.2},
        {"share_of_gap_explained": None, "conv_change_rel": 100, "reason": "no_gap"},
    ),
    "nothing was sold": (
        "gmv",
        {"target_sales": 5, "actual_sales": 0, "conv_plan": 0.1, "conv_actual": 0},
        {"attainment": 0, "share_of_gap_explained": None, "reason": "not_above_zero"},
    ),
    "no plan": (
        "gmv",
        {"target_sales": 0, "actual_sales": 0, "conv_plan": 0.1, "conv_actual": 0},
        {"attainment": None, "reason": "no_target"},
    ),
    "sessions by their part": ("sessions", {"sessions": 5, "days_without_traffic": 0}, {"sessions": 5}),
    "cost by its parts": ("ad_spend", {"sp_cost": 5, "sb_cost": 1, "sd_cost": 0.5}, {"ad_spend": 6.5}),
    "a report's minus is taken off all the same": (
        "net_sales",
        {"gmv": 250, "promotion_discount": -10, "refunded_principal": -50},
        {"net_sales": 190},
    ),
    "a discount with a minus": ("discount_rate", {"item_price": 100, "item_promotion_discount": -10}, {"pct": 10}),
    "lines with a minus": ("discount_rate", {"lines": [LINE | {"promo": -1}]}, {"discount_rate": 10}),
    "what the numbers are of": (
        "acos",
        {"cost": 80, "sales7d": 320, "currency": "USD", "marketplace": "US", "day": "2026-11-21", "note": None},
        {"acos": 25, "reason": None},
    ),
    "lines as the report has them": (
        "gmv",
        {"lines": [LINE | {"sku": "A", "asin": "B1", "currency": "USD"}, LINE | {"sku": "B", "currency": "USD"}]},
        {"gmv": 20, "units": 2},
    ),
    # What moved the sales
    "all at once by one factor": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD | {"order_items": 0, "units": 0, "sales": 0}},
        {"method": "shapley", "effects": {"sessions": 0, "conv": -3000, "upo": 0, "price": 0}, "sum": -3000},
    ),
    "logarithms of zero": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD | {"order_items": 0, "units": 0, "sales": 0}, "method": "lmdi"},
        {"effects": {"sessions": None, "conv": None, "upo": None, "price": None}, "reason": "not_above_zero"},
    ),
    "nobody before": (
        "gmv",
        {"p0": dict.fromkeys(PERIOD, 0), "p1": PERIOD},
        {"effects": {"sessions": 3000, "conv": 0, "upo": 0, "price": 0}, "sum": 3000},
    ),
    "sales without sessions": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD | {"sessions": 0}},
        {"sum": None, "method": None, "reason": "immature"},
    ),
    "sales without units": ("gmv", {"p0": PERIOD, "p1": PERIOD | {"units": 0}}, {"sum": None, "reason": "inconsistent"}),
    "refunds above sales": ("gmv", {"p0": PERIOD, "p1": PERIOD | {"sales": -600}}, {"method": "shapley", "sum": -3600}),
    "an unknown figure": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD | {"sales": None}},
        {"sum": None, "delta": None, "reason": "no_data"},
    ),
    "shares of the change": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD | {"sales": 1500}},
        {"share_pct": {"sessions": 0, "conv": 0, "upo": 0, "price": 100}},
    ),
    "no change": (
        "gmv",
        {"p0": PERIOD, "p1": PERIOD},
        {"sum": 0, "share_pct": {"sessions": None, "conv": None, "upo": None, "price": None}, "log_mean": 3000, "reason": None},
    ),
    # Advertising
    "past the limit": ("roas", {"cost": 100, "ad_sales": 250.01}, {"orange": False, "yellow": True, "tier": "yellow"}),
    "far past the limit": ("roas", {"cost": 100, "ad_sales": 100}, {"orange": True, "red": True, "tier": "red"}),
    "an unknown ratio has no tier": (
        "roas",
        {"cost": 0, "ad_sales": 5},
        {"roas": None, "orange": None, "tier": None, "reason": "no_spend"},
    ),
    "tacos is acos times the share": (
        "tacos",
        {"cost": 50, "ad_sales": 200, "total_sales": 500},
        {"tacos": 10, "acos": 25, "ad_sales_share": 40, "organic_sales_share": 60},
    ),
    "cost of sales by its identity": ("acos", {"ad_cpc": 0.8, "ad_cvr": 10, "ad_aov": 32}, {"acos": 25, "roas": 4}),
    "tacos by its identity": ("tacos", {"acos": 25, "ad_sales_share": 40}, {"tacos": 10}),
    "campaigns are added up before they are divided": (
        "roas",
        {"campaigns": [{"campaign": "a", "cost": 100, "ad_sales": 100}, {"campaign": "b", "cost": 10, "ad_sales": 100}]},
        {"roas": 20 / 11, "plain_mean_wrong": 5.5, "acos": 55, "cost": 110, "tier": "orange"},
    ),
    "a campaign without sales": (
        "acos",
        {"campaigns": [{"cost": 10, "ad_sales": 0}, {"cost": 10, "ad_sales": 40}]},
        {"acos": 50, "plain_mean_wrong": 25},
    ),
    "no spend": ("ad_mix_share", {"SP": 0, "SB": 0, "SD": 0}, {"search_share": None, "reason": "no_spend"}),
    "the click became dearer": (
        "acos",
        {
            "p0": {"cost": 100, "clicks": 100, "purchases": 10, "ad_sales": 400},
            "p1": {"cost": 200, "clicks": 100, "purchases": 10, "ad_sales": 400},
        },
        {"effects": {"cpc": 25, "cvr": 0, "aov": 0}, "sum": 25},
    ),
    "no click": (
        "acos",
        {
            "p0": {"cost": 1, "clicks": 0, "purchases": 0, "ad_sales": 0},
            "p1": {"cost": 2, "clicks": 1, "purchases": 1, "ad_sales": 4},
        },
        {"sum": None, "reason": "no_clicks"},
    ),
    "nothing bought after a click": (
        "acos",
        {
            "p0": {"cost": 1, "clicks": 1, "purchases": 1, "ad_sales": 0},
            "p1": {"cost": 2, "clicks": 1, "purchases": 1, "ad_sales": 4},
        },
        {"sum": None},
    ),
    "no purchase at all": (
        "search_purchase_share",
        {"asinPurchaseCount": 0, "totalPurchaseCount": 0},
        {"purchase_share": None, "reason": "no_purchases"},
    ),
    "each query's total once": (
        "search_purchase_share",
        {
            "rows": [
                {"q": "a", "asinPurchaseCount": 5, "totalPurchaseCount": 100},
                {"q": "a", "asinPurchaseCount": 5, "totalPurchaseCount": 100},
            ]
        },
        {"purchase_share": 10},
    ),
    "no impression": ("brand_search_share", {"brand_terms": ["acme"], "rows": []}, {"pct": None, "reason": "no_impressions"}),
    "no promotion cost": (
        "promo_roi",
        {"promo_cost": 0, "incremental_gmv": 5, "gross_margin_rate": 0.3},
        {"promo_cost_ratio_pct": 0, "promo_roi_margin_pct": None, "promo_roi": None},
    ),
    "what a promotion cost and brought, in its parts": (
        "promo_roi",
        {"discounts": -60, "fees": 30, "extra_ads": 10, "units_sold": 50, "baseline_units": 30, "unit_margin": 6},
        {"promo_cost": 100, "incremental_units": 20, "promo_roi": 20},
    ),
    "margin by units": (
        "promo_roi",
        {"promo_cost": 100, "incremental_units": 20, "unit_margin": 6},
        {"promo_roi_margin_pct": 20, "promo_roi": 20},
    ),
    "a product without a share": (
        "repeat_purchase_rate",
        {
            "rows": [
                {"uniqueCustomers": 10, "repeatCustomersPctTotal": 0.5},
                {"uniqueCustomers": 90, "repeatCustomersPctTotal": None},
            ]
        },
        {"weighted_pct": 50, "plain_mean_wrong": 50, "ok": True},
    ),
    "nothing repeated": (
        "new_customer_sales_share",
        {"repeatPurchaseRevenue": 0, "repeatPurchaseRevenuePctTotal": 0},
        {"new_share": 100, "implied_total_revenue": None, "reason": "no_repeat_revenue"},
    ),
    "new share by revenue": (
        "new_customer_sales_share",
        {
            "rows": [
                {"repeatPurchaseRevenue": 10, "repeatPurchaseRevenuePctTotal": 0.1},
                {"repeatPurchaseRevenue": 90, "repeatPurchaseRevenuePctTotal": 0.9},
            ]
        },
        {"new_share": 50},
    ),
    # Stock
    "cover over days in stock": (
        "days_of_cover",
        COVER | {"available": 20},
        {"days_of_cover": 4, "velocity": 5, "calendar_days_wrong": 5, "tier": 1, "reason": None},
    ),
    "cover by a velocity": ("days_of_cover", {"available": 35, "velocity": 5}, {"days_of_cover": 7, "tier": 1}),
    "nothing left at a velocity": (
        "days_of_cover",
        {"available": 0, "velocity": 5},
        {"days_of_cover": 0, "tier": 3, "reason": "out_of_stock"},
    ),
    "exactly three days": ("days_of_cover", {"days_of_cover": 3}, {"tier": 2}),
    "nothing left of what sells": (
        "days_of_cover",
        COVER | {"available": 0},
        {"days_of_cover": 0, "tier": 3, "reason": "out_of_stock"},
    ),
    "stock that nobody buys": (
        "days_of_cover",
        {"available": 9, "units_sold_30d": 0, "in_stock_days": 30},
        {"days_of_cover": None, "tier": None, "reason": "no_demand"},
    ),
    "too few days in stock": (
        "days_of_cover",
        {"available": 9, "units_sold_30d": 4, "in_stock_days": 2},
        {"days_of_cover": None, "reason": "insufficient"},
    ),
    "unknown stock": ("days_of_cover", COVER | {"available": None}, {"days_of_cover": None, "reason": "no_data"}),
    "an offer that ended": (
        "days_of_cover",
        COVER | {"available": 0, "offer_active": False},
        {"days_of_cover": None, "reason": "not_listed"},
    ),
    "time to order": (
        "days_of_cover",
        {"days_of_cover": 40, "lead_time_days": 35, "buffer_days": 7},
        {"place_order": True, "tier": 0},
    ),
    "not yet time to order": (
        "days_of_cover",
        {"days_of_cover": 40, "lead_time_days": 35, "buffer_days": 7, "inbound_days": 2},
        {"place_order": False},
    ),
    "both below 28": (
        "days_of_cover",
        {"short_term_historical_days_of_supply": 27.9, "long_term_historical_days_of_supply": 27.9},
        {"fee": True},
    ),
    "28 is enough": (
        "days_of_cover",
        {"short_term_historical_days_of_supply": 28, "long_term_historical_days_of_supply": 1},
        {"fee": False},
    ),
    "one high value settles it": (
        "days_of_cover",
        {"short_term_historical_days_of_supply": None, "long_term_historical_days_of_supply": 42},
        {"fee": False},
    ),
    "one low value does not": (
        "days_of_cover",
        {"short_term_historical_days_of_supply": None, "long_term_historical_days_of_supply": 4},
        {"fee": None, "reason": "no_data"},
    ),
    "velocity alone": ("velocity", COVER, {"velocity": 5}),
    "turnover at the limit": (
        "inventory_turnover_days",
        {"sku_snapshots_mean": 750, "units_shipped": 450, "days": 30},
        {"days": 50, "yellow": True, "tier": "yellow"},
    ),
    "turnover by what is shipped a day": ("inventory_turnover_days", {"average_units": 630, "daily_units": 15}, {"days": 42}),
    "turnover over the mean of two ends": (
        "inventory_turnover_days",
        {"starting_units": 600, "ending_units": 660, "units_shipped": 450, "days": 30},
        {"days": 42, "yellow": False},
    ),
    "a store's turnover is no mean": (
        "inventory_turnover_days",
        {
            "skus": [
                {"sku": "A", "average_units": 100, "units_shipped": 100},
                {"sku": "B", "average_units": 300, "units_shipped": 100},
                {"sku": "C", "average_units": 100, "units_shipped": 0},
            ],
            "days": 30,
        },
        {"days": 75, "plain_mean_wrong": 60, "tier": "yellow"},
    ),
    "nothing shipped": (
        "inventory_turnover_days",
        {"sku_snapshots_mean": 750, "units_shipped": 0, "days": 30},
        {"days": None, "yellow": None, "reason": "no_demand"},
    ),
    "more stock, more demand": (
        "inventory_turnover_days",
        {"p0": {"average_units": 600, "daily_units": 10}, "p1": {"average_units": 900, "daily_units": 15}},
        {"effects": {"stock": 25, "demand": -25}, "sum": 0},
    ),
    "demand that stopped": (
        "inventory_turnover_days",
        {"p0": {"average_units": 6, "daily_units": 1}, "p1": {"average_units": 6, "daily_units": 0}},
        {"sum": None},
    ),
    "demand that nobody knows": (
        "inventory_turnover_days",
        {"p0": {"average_units": 6, "daily_units": 1}, "p1": {"average_units": 6, "daily_units": None}},
        {"sum": None},
    ),
    "SKU-days in one number": ("stockout_rate", {"active_sku_days": 600, "oos_sku_days": 12}, {"pct": 2, "breach": False}),
    "past two percent": (
        "stockout_rate",
        {"active_skus": 20, "days": 30, "oos_sku_days": 12, "missing_snapshot_sku_days": 30},
        {"pct": 1200 / 570, "breach": True, "tier": "yellow"},
    ),
    "no day is known": (
        "stockout_rate",
        {"active_skus": 1, "days": 30, "oos_sku_days": 0, "missing_snapshot_sku_days": 30},
        {"pct": None, "breach": None, "reason": "no_data"},
    ),
    "a SKU whose days nobody knows": (
        "in_stock_rate",
        {"days": 30, "skus": [{"units60": 9, "in_stock_days": None}, {"units60": 1, "in_stock_days": 15}]},
        {"pct": 50},
    ),
    "past fifteen percent": (
        "in_transit_share",
        {"available": 699, "reserved": 150, "inbound_shipped": 101, "inbound_received": 50},
        {"pct": 15.1, "breach": True, "tier": "yellow"},
    ),
    "an old file's column": (
        "aged_share_365",
        {"aged_0_to_90": 50, "aged_91_to_180": 0, "aged_181_to_270": 0, "aged_271_to_365": 0, "inv-age-365-plus-days": 50},
        {"share_365": 50, "total": 100},
    ),
    "the newer columns are blank": (
        "aged_share_365",
        {
            "aged_0_to_90": 50,
            "aged_91_to_180": 0,
            "aged_181_to_270": 0,
            "aged_271_to_365": 0,
            "inv-age-365-plus-days": 50,
            "inv-age-366-to-455-days": None,
            "inv-age-456-plus-days": None,
        },
        {"share_365": 50},
    ),
    "another partition": (
        "aged_share_90",
        {
            "aged_0_to_30": 20,
            "aged_31_to_60": 20,
            "aged_61_to_90": 10,
            "aged_91_to_180": 0,
            "aged_181_to_330": 30,
            "aged_331_to_365": 20,
            "aged_365_plus": 0,
        },
        {"share_90": 50, "share_180": 50},
    ),
    "an empty warehouse": ("excess_inventory_pct", {"excess_units": 0, "units": 0}, {"pct": None, "reason": "no_stock"}),
    "a mean of inventories": (
        "gmroi",
        {"sales": 500, "cogs": 260, "inventories": [50, 150]},
        {"gmroi": 2.4, "average_inventory": 100},
    ),
    "a given mean": ("gmroi", {"sales": 500, "cogs": 260, "average_inventory": 100}, {"gmroi": 2.4, "average_inventory": 100}),
    "a part of the year": (
        "gmroi",
        {"gross_profit": 90, "average_inventory": 100, "days": 90},
        {"gmroi": 3.65},
    ),
    "no inventory": ("gmroi", {"sales": 500, "cogs": 260, "inventories": []}, {"gmroi": None, "reason": "no_stock"}),
    "stocking over SKUs": (
        "stocking_accuracy_dev",
        {"skus": [{"stocked": 90, "forecast": 100}, {"stocked": 0, "forecast": 0}]},
        {"dev": 10, "ok": True},
    ),
    "storage": ("storage_cost", {"monthly_storage": 10, "aged_surcharge": 2}, {"storage_cost": 12}),
    "a low index": ("ipi_score", {"score": 399}, {"score": 399, "ok": False}),
    # Returns and account health
    "red from 25": ("return_rate", {"units_shipped": 100, "units_returned": 25}, {"pct": 25, "red": True, "return_rate": 25}),
    "a cohort that is over": (
        "return_rate",
        {"units_shipped": 200, "returned_by_month": [10, 30, 10]},
        {"pct": 25, "red": True, "is_mature": True, "reason": None},
    ),
    "a cohort that is not": (
        "return_rate",
        {"units_shipped": 200, "returned_by_month": [10, 30, None]},
        {"pct": None, "pct_so_far": 20, "red": None, "is_mature": False, "reason": "immature"},
    ),
    "a category that returns much": (
        "return_rate",
        {"units_shipped": 100, "units_returned": 30, "category_baseline": 14},
        {"red": False, "tier": "orange"},
    ),
    "red in such a category": (
        "return_rate",
        {"units_shipped": 100, "units_returned": 35, "category_baseline": 14},
        {"red": True, "tier": "red"},
    ),
    "no band": (
        "return_rate",
        {"units_shipped": 100, "units_returned": 5, "category_baseline": 14},
        {"red": False, "tier": None},
    ),
    "nothing was shipped": (
        "return_rate",
        {"units_shipped": 0, "units_returned": 0},
        {"pct": None, "red": None, "reason": "no_shipments"},
    ),
    "reasons as the catalogue sorts them": (
        "return_rate_by_reason",
        {"units_shipped": 100, "returns": {"DEFECTIVE": 3, "NEW_CODE": 1}},
        {"by_reason": {"quality": 3, "other": 1}, "return_rate": 4, "owner_of_largest": "QC"},
    ),
    "nothing came back": (
        "return_rate_by_reason",
        {"units_shipped": 100, "returns": {}},
        {"by_reason": {}, "return_rate": 0, "owner_of_largest": None},
    ),
    "rates changed, mix did not": (
        "return_rate",
        {"p0": {"A": [100, 10]}, "p1": {"A": [100, 20]}},
        {"mix_effect": 0, "rate_effect": 10},
    ),
    "a new product is mix": (
        "return_rate",
        {"p0": {"A": [100, 10]}, "p1": {"A": [100, 10], "B": [100, 30]}},
        {"mix_effect": 10, "rate_effect": 0},
    ),
    "no shipment in a period": (
        "return_rate",
        {"p0": {"A": [0, 0]}, "p1": {"A": [100, 10]}},
        {"mix_effect": None, "reason": "no_shipments"},
    ),
    "returns of nothing": (
        "return_rate",
        {"p0": {"A": [0, 5], "B": [1, 0]}, "p1": {"A": [100, 10]}},
        {"mix_effect": None, "reason": "inconsistent"},
    ),
    "an unknown pair": (
        "return_rate",
        {"p0": {"A": [100, None]}, "p1": {"A": [100, 10]}},
        {"mix_effect": None, "reason": "no_data"},
    ),
    "at the target is past it": (
        "late_shipment_rate",
        HEALTH | {"target": 0.03},
        {"rate": 0.03, "breach": True, "status": "BAD", "tier": "yellow"},
    ),
    "below the target": (
        "late_shipment_rate",
        HEALTH | {"target": 0.04},
        {"breach": False, "meets_target": True, "late_shipment_rate": 3},
    ),
    "a rate that is rounded": (
        "late_shipment_rate",
        {"orderCount": 3, "lateShipmentCount": 1, "rate_reported": 0.3333},
        {"mismatch_flag": False},
    ),
    "no reported rate": (
        "late_shipment_rate",
        HEALTH | {"rate_reported": None, "target": 0.04},
        {"mismatch_flag": None, "meets_target": True},
    ),
    "no orders at all": (
        "odr",
        {"orderCount": 0, "orderWithDefects": 0, "target": 0.01},
        {"rate": None, "meets_target": None, "status": None, "breach": None, "reason": "no_orders"},
    ),
    "states agree": (
        "valid_tracking_rate",
        {"shipmentCount": 100, "validTrackingCount": 96, "target": 0.95, "status_reported": "GOOD"},
        {"meets_target": True, "status_conflict": False, "tier": "yellow"},
    ),
    "a state that says nothing": (
        "valid_tracking_rate",
        {"shipmentCount": 100, "validTrackingCount": 96, "target": 0.95, "status_reported": "NONE"},
        {"status_conflict": None},
    ),
    "more on time than there were": (
        "on_time_delivery_rate",
        {"shipmentCountWithValidTracking": 808046, "onTimeDeliveryCount": 847987, "rate_reported": 0.9529},
        {"count_exceeds_base": True, "mismatch_flag": True},
    ),
    "the worst state": (
        "account_health",
        {"account_statuses": ["NORMAL", "SUSPENDED"], "ahrStatus": "WARNED"},
        {"state": "SUSPENDED", "tier": "red"},
    ),
    "states as Amazon lists them": (
        "account_health",
        {"accountStatuses": [{"marketplaceId": "A", "status": "NORMAL"}, {"marketplaceId": "B", "status": "AT_RISK"}]},
        {"state": "AT_RISK", "tier": "red"},
    ),
    "violations": (
        "account_health",
        {"defectsCount": 165, "target": 0, "status_reported": "BAD"},
        {"meets_target": False, "status": "BAD", "status_conflict": False, "breach": True},
    ),
    "no violation": (
        "account_health",
        {"defectsCount": 0, "target": 0, "condition": "EQUALS"},
        {"meets_target": True, "breach": False},
    ),
    "a good state": ("account_health", {"account_statuses": ["NORMAL"]}, {"state": "NORMAL", "tier": None}),
    # Falls
    "no change is no fall": ("repeat_purchase_rate", {"series": [30, 28, 28]}, {"fires": False, "falls": 0}),
    "three falls": (
        "repeat_purchase_rate",
        {"series": [31, 30, 29, 28, "20 (month not complete)"]},
        {"fires": True, "falls": 3, "tier": "orange"},
    ),
    "months by name": (
        "repeat_purchase_rate",
        {"series": {"2026-02": 27, "2025-12": 30, "2026-01": 28}},
        {"fires": True, "tier": "yellow"},
    ),
    "a month left out": ("repeat_purchase_rate", {"series": {"2025-11": 30, "2025-12": 28, "2026-02": 27}}, {"fires": False}),
    "two of three": ("repeat_purchase_rate", {"series": [30, 28, 29, 27], "m": 2, "n": 3}, {"fires": True, "falls": 1}),
    "no month": ("repeat_purchase_rate", {"series": {}}, {"fires": False}),
    # Service
    "counts of a survey": ("nps", {"promoters": 30, "passives": 50, "detractors": 20}, {"nps": 10, "n": 100, "ok": False}),
    "a survey with its answers": (
        "nps",
        {"promoters": 132, "detractors": 57, "responses": 325},
        {"nps": 7500 / 325, "ok": False},
    ),
    "those who are satisfied": ("csat", {"satisfied": 74, "responses": 107}, {"pct": 7400 / 107, "rounded": 69}),
    "no answer": ("nps", {"freq_0_to_10": [0] * 11}, {"nps": None, "reason": "no_answers"}),
    "a half is rounded up": ("csat", {"scores": {"5": 5, "1": 3}}, {"pct": 62.5, "rounded": 63}),
    "nobody answered": ("csat", {"scores": {"5": 0}}, {"pct": None, "rounded": None, "reason": "no_answers"}),
    "more repeated than solved": ("resolution_rate", {"solved": 1, "repeat": 3, "enquiries": 10}, {"pct": -20, "shown_pct": 0}),
    "times to answer": ("first_response_minutes", {"minutes": [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]}, {"median": 5.5, "p90": 9}),
    "no time": ("first_response_minutes", {"minutes": [None]}, {"median": None, "p90": None, "reason": "no_data"}),
    "a rank": ("best_sellers_rank", {"ranks": [5, 1, 9]}, {"rank": 5}),
    "more reviews": ("review_growth_rate", {"now": 110, "before": 100}, {"pct": 10}),
    "a spring day": ("feed_age_hours", {"day": "2026-03-08", "marketplace": "US"}, {"hours": 23}),
    "an old feed": (
        "feed_age_hours",
        {"newest": "2026-11-01T00:00:00+00:00", "now": "2026-11-02T12:00:00+01:00", "limit_hours": 24},
        {"feed_age_hours": 35, "tier": "yellow"},
    ),
    "a fresh feed": (
        "feed_age_hours",
        {"newest": "2026-11-01T00:00:00+00:00", "now": "2026-11-01T12:00:00+00:00", "limit_hours": 24},
        {"feed_age_hours": 12, "tier": None},
    ),
    "a feed without a limit": (
        "feed_age_hours",
        {"newest": "2026-11-01T00:00:00+00:00", "now": "2026-11-01T12:00:00+00:00", "limit_hours": None},
        {"tier": None},
    ),
    "customers": ("customer_ltv", {"margin": 500, "customers": 10}, {"ltv": 50}),
    "negative feedback": (
        "negative_feedback_rate",
        {"negativeFeedbackReceived": 0, "feedbackReceived": 0},
        {"pct": None, "reason": "no_feedback"},
    ),
    # Money and people
    "a margin in its parts": (
        "net_margin_pct",
        {"revenue": 100, "cogs": 40, "fees": 30, "logistics": 10, "ads": 10, "refunds": 5, "overhead": 2},
        {"net_margin_pct": 3, "profit": 3, "tier": "orange"},
    ),
    "a settlement's lines": (
        "net_margin_pct",
        {
            "lines": [
                {"transaction_type": "Order", "amount_type": "ItemPrice", "amount_description": "Principal", "amount": 100},
                {"transaction_type": "Order", "amount_type": "ItemPrice", "amount_description": "Shipping", "amount": 5},
                {"transaction_type": "Order", "amount_type": "ItemPrice", "amount_description": "Tax", "amount": 8},
                {
                    "transaction_type": "Order",
                    "amount_type": "ItemWithheldTax",
                    "amount_description": "MarketplaceFacilitatorTax-Principal",
                    "amount": -8,
                },
                {"transaction_type": "Order", "amount_type": "Promotion", "amount_description": "Principal", "amount": -5},
                {"transaction_type": "Order", "amount_type": "ItemFees", "amount_description": "Commission", "amount": -15},
                {"transaction_type": "Refund", "amount_type": "ItemPrice", "amount_description": "Principal", "amount": -20},
                {"amount_description": "Current Reserve Amount", "amount": -30, "sku": "A"},
                {"transaction_type": "Transfer", "amount_description": "Transfer of funds", "amount": -60},
            ],
            "cogs": 40,
            "freight": 5,
            "overhead": 4,
        },
        {"proceeds": 65, "revenue": 80, "profit": 16, "net_margin_pct": 20, "left_out": -90, "tier": None},
    ),
    "a settlement alone": (
        "net_margin_pct",
        {"lines": [{"description": "Storage Fee", "amount": -3}]},
        {"proceeds": -3, "revenue": 0, "left_out": 0},
    ),
    "a settled margin": (
        "net_margin_pct",
        {"proceeds": 60, "cogs": 40, "freight": 10, "overhead": 12, "revenue": 100},
        {"net_margin_pct": -2, "tier": "red"},
    ),
    "a profit of revenue": (
        "net_margin_pct",
        {"profit": -384000, "revenue": 12000000},
        {"net_margin_pct": -3.2, "tier": "red"},
    ),
    "profit of a unit": (
        "unit_profit",
        {"asp": 20, "referral_fee": 3, "fulfilment": 4, "storage": 1, "ads_per_unit": 2, "unit_cost": 6, "freight_per_unit": 1},
        {"unit_profit": 3},
    ),
    "logistics": (
        "unit_logistics_cost",
        {
            "first_mile_freight": 10,
            "inbound_fees": 2,
            "fulfilment": 30,
            "storage": 5,
            "removal": 3,
            "units_shipped": 10,
            "net_sales": 500,
        },
        {"unit_logistics_cost": 5, "logistics_cost_ratio": 10},
    ),
    "logistics of nothing": (
        "logistics_cost_ratio",
        {"logistics_cost": 10, "net_sales": 0},
        {"logistics_cost_ratio": None, "reason": "no_sales"},
    ),
    "return on what was put in": ("roi", {"net_profit": 20, "cogs": 50, "freight": 30, "ad_spend": 20}, {"roi": 20}),
    "return on a sum": ("roi", {"net_profit": 20, "invested": 100}, {"roi": 20}),
    "what Amazon holds back is no cash": (
        "cash_runway_months",
        {"bank": 240000, "amazon_available": 60000, "amazon_deferred": 90000, "monthly_cost": 90000},
        {"months": 10 / 3, "breach": False},
    ),
    "gross profit": ("gross_profit", {"net_sales": 100, "cogs": 60}, {"gross_profit": 40, "gross_margin_pct": 40}),
    "overdue at the limit": (
        "fulfilment_overdue_rate",
        {"due": 100, "shipped_late": 5},
        {"pct": 5, "penalty": False, "tier": "yellow"},
    ),
    "a launch": (
        "new_product_cycle_days",
        {"project_start": "2026-01-01", "first_buyable": "2026-02-20", "platform_days": 5},
        {"days": 45, "ok": True},
    ),
    "a launch without waiting": (
        "new_product_cycle_days",
        {"project_start": "2026-01-01", "first_buyable": "2026-02-20"},
        {"days": 50, "ok": False},
    ),
    "all too young": (
        "new_product_success_rate",
        {"launched": 2, "successes": 0, "immature": 2},
        {"pct": None, "reason": "immature"},
    ),
    "nobody tried": ("skill_cert_rate", {"taken": 0, "passed": 0}, {"pct": None, "ok": None, "reason": "none_taken"}),
    "proposals": ("proposal_count", {"submitted": 4, "adopted": 1}, {"count": 4, "adopted_share": 25, "proposal_count": 4}),
    "milestones": ("training_milestones_pct", {"due": 4, "on_time": 3}, {"pct": 75}),
    # Scorecards
    "above the cap and the ladder's top": (
        "scorecard",
        BLOCK | {"base_attainment": 1.5, "challenge_attainment": 1.3},
        {"base": 60, "challenge": 36, "innovation": 10, "score": 106},
    ),
    "below the first step": (
        "scorecard",
        BLOCK | {"base_attainment": -1, "challenge_attainment": -0.1},
        {"base": 0, "challenge": 0, "score": 10},
    ),
    "exactly on a step": ("scorecard", BLOCK | {"challenge_attainment": 0.5}, {"challenge": 15}),
    "all or nothing": ("scorecard", BLOCK | {"base_attainment": 0.99, "base_policy": "all or nothing"}, {"base": 0}),
    "all": ("scorecard", BLOCK | {"base_policy": "all or nothing"}, {"base": 60}),
    "nothing known to be all": (
        "scorecard",
        BLOCK | {"base_attainment": None, "base_policy": "all or nothing"},
        {"base": None, "reason": "no_data"},
    ),
    "not decided": (
        "scorecard",
        BLOCK | {"innovation_passed": None},
        {"score": None, "base": 60, "innovation": None, "reason": "not_decided"},
    ),
    "not known": ("scorecard", BLOCK | {"challenge_attainment": None}, {"score": None, "challenge": None, "reason": "no_data"}),
    "sound numbers release what is held": (
        "scorecard",
        {"score": 90, "holdback": 10, "integrity_ok": True},
        {"available_now": 90, "held": 0},
    ),
    "wrong numbers keep it": (
        "scorecard",
        {"score": 90, "holdback": 10, "integrity_ok": False},
        {"available_now": 81, "held": 9},
    ),
    "an exemption": (
        "scorecard",
        {"weights": {"a": 50, "b": 50}, "scores": {"a": 100, "b": 0}, "exempt": ["b"]},
        {"score": 100, "weights": {"a": 100}},
    ),
    "a plain score": ("scorecard", {"weights": {"a": 50, "b": 50}, "scores": {"a": 100, "b": 0}}, {"score": 50}),
    "an exemption in season": (
        "scorecard",
        {
            "base_weights": {"a": 50, "b": 25, "c": 25},
            "override": {"a": 60},
            "scores": {"a": 100, "b": 50, "c": 0},
            "exempt": ["c"],
        },
        {"score": 87.5, "sum": 100},
    ),
    "an unknown score": (
        "scorecard",
        {"base_weights": {"a": 100}, "override": {}, "scores": {"a": None}},
        {"score": None, "reason": "no_data"},
    ),
    "no penalty": ("scorecard", KPIS | {"overdue_rate": 5.0}, {"penalty": False, "score": 94, "effective_gmv_weight": 40}),
    "nobody knows how late": (
        "scorecard",
        KPIS | {"overdue_rate": None},
        {"penalty": None, "score": None, "reason": "no_data"},
    ),
    "another weight is cut": (
        "scorecard",
        KPIS | {"overdue_rate": 6, "cut": "10 points", "cut_kpi": "rest"},
        {"score": 85, "effective_gmv_weight": 50},
    ),
    "what nobody has": (
        "scorecard",
        {"attribution": {"traffic": 30, "offers": 20, "service": 15, "pages": 10}},
        {"assigned": 75, "unassigned": 25},
    ),
    "all-or-nothing with hyphens": (
        "scorecard",
        BLOCK | {"base_attainment": 0.99, "base_policy": "all-or-nothing"},
        {"base": 0},
    ),
    "hollow sales": ("scorecard", {"gmv_score": 80, "composite": "red"}, {"gmv_score": 0}),
    "sound sales": ("scorecard", {"gmv_score": 80, "composite": None}, {"gmv_score": 80}),
    # Several at once
    "cases": (
        "unit_cost_reduction_pct",
        {"cases": [{"previous": 10, "current": 9}, {"previous": 0, "current": 9}]},
        {"pct": [10, None], "ok": [True, None], "reason": [None, "no_cost"]},
    ),
}


@pytest.mark.parametrize(("kpi", "inputs", "says"), SAID.values(), ids=list(SAID))
def test_the_edge_comes_out(kpi, inputs, says):
    found = calculate(kpi, inputs)

    for name, value in says.items():
        assert name in found
        expected = pytest.approx(value) if isinstance(value, float | int | dict) and not isinstance(value, bool) else value
        assert found[name] == expected, name


def test_a_tier_follows_the_rule_that_is_configured():
    shipped = shipped_settings()
    rule = shipped.rules["stockout_tiers"]
    stricter = rule.model_copy(update={"tiers": {"yellow": Band(enter=30, exit=31)}})
    settings = replace(shipped, rules={"stockout_tiers": stricter})

    assert calculate("days_of_cover", {"days_of_cover": 20}, settings=settings)["tier"] == 1
    assert calculate("days_of_cover", {"days_of_cover": 20})["tier"] is None


def test_a_rule_goes_before_the_usual_limits():
    shipped = shipped_settings()
    rule = shipped.rules["stockout_tiers"].model_copy(update={"metric": "roas", "tiers": {"orange": Band(enter=5, exit=6)}})
    settings = replace(shipped, rules={"roas": rule})

    found = calculate("roas", {"cost": 1, "ad_sales": 5}, settings=settings)

    assert (found["orange"], found["yellow"], found["tier"]) == (True, False, "orange")


def test_a_quotient_follows_the_definition_that_is_configured():
    shipped = shipped_settings()
    changed = shipped.metrics["acos"].model_copy(update={"minimum": 50, "without_denominator": "nothing_sold"})
    settings = replace(shipped, metrics=shipped.metrics | {"acos": changed})

    assert calculate("acos", {"cost": 1, "ad_sales": 49}, settings=settings)["reason"] == "below_min_volume"
    assert calculate("acos", {"cost": 1, "ad_sales": 0}, settings=settings)["reason"] == "nothing_sold"


def test_a_metric_that_was_taken_out_is_worked_out_as_it_is_shipped():
    shipped = shipped_settings()
    settings = replace(shipped, metrics={"gmv": shipped.metrics["gmv"]}, rules={}, facts={})

    assert calculate("acos", {"cost": 1, "ad_sales": 4}, settings=settings)["acos"] == 25.0
    assert calculate("days_of_cover", {"days_of_cover": 1}, settings=settings)["tier"] is None
    assert calculate("return_rate_by_reason", {"units_shipped": 50, "returns": {"DEFECTIVE": 1}}, settings=settings)[
        "by_reason"
    ] == {"other": 2}
    old = {"newest": "2026-11-01T00:00:00+00:00", "now": "2026-11-09T00:00:00+00:00", "limit_hours": 1}
    assert calculate("feed_age_hours", old, settings=settings)["tier"] is None


def test_amazons_spelling_of_an_input_is_understood():
    ours = calculate("asp", {"ordered_product_sales": 100, "units_ordered": 4})

    assert calculate("asp", {"orderedProductSales": 100, "unitsOrdered": 4}) == ours
    assert ours["asp"] == 25


def test_every_name_of_a_worksheet_is_of_one_input_and_every_cell_can_be_worked_out(subtests):
    for kpi in kpis():
        for sheet in sheets_of(kpi):
            names = [spelling for item in sheet.takes for spelling in {item.name, *item.also}]
            needed = {need for cell in sheet.gives for need in (*cell.needs, *cell.may_use)}
            there = {item.name for item in sheet.takes} | {cell.name for cell in sheet.gives} | {"settings"}
            with subtests.test(kpi):
                assert len(names) == len(set(names))
                assert needed <= there
                assert {item.name for item in sheet.takes if not item.is_beside} <= needed
                assert set(sheet.wanted) <= there
