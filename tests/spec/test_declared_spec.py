"""What people fill in, and what is said while they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sellerwatch.metrics.declared.measure import DECLARED, FED
from sellerwatch.settings.models import Store
from tests.spec.small_world import CREDENTIALS, NIGHT, day
from tests.spec.test_catalogue_spec import told

pytestmark = pytest.mark.usefixtures("people")


def said(world, whole_catalogue, metric, kind="store", subject=None, place="*"):
    """Return what the night says of one metric that people feed."""
    world.shipped = replace(whole_catalogue, metrics={metric: whole_catalogue.metrics[metric]} | coded(whole_catalogue))
    world.measure()
    row = world.values(metric, kind, on=NIGHT)[place, subject or world.store_id]
    return (row.value if row.value is None else round(row.value, 9), row.status, row.reason)


def coded(settings):
    return {name: metric for name, metric in settings.metrics.items() if metric.status == "coded"}


def declared(kpi, **cells):
    month = {"kpi": kpi, "period": "month", "period_from": date(2026, 10, 1)}
    return month | {name: Decimal(cell) if isinstance(cell, int) else cell for name, cell in cells.items()}


def desk(**cells):
    month = {"queue": "all", "period": "month", "period_from": date(2026, 10, 1), "contact_count": 100}
    return month | cells


def test_every_metric_that_people_feed_is_read_and_nothing_else(whole_catalogue):
    fed = {name for name, metric in whole_catalogue.metrics.items() if metric.status in FED}

    assert fed == set(DECLARED)


def test_nothing_filled_in_is_said_of_every_metric_and_is_never_zero(world, whole_catalogue):
    fed = {name: metric for name, metric in whole_catalogue.metrics.items() if metric.status in FED}
    world.shipped = replace(whole_catalogue, metrics=fed | coded(whole_catalogue))
    world.measure()

    found = {
        name: {(row.value, row.status, row.reason) for row in world.values(name, metric.subjects[0], on=NIGHT).values()}
        for name, metric in fed.items()
    }

    reasons = {name: "not_observable" if fed[name].status == "not_observable" else "no_user_data" for name in fed}
    assert found == {name: {(None, "unknown", reason)} for name, reason in reasons.items()}
    assert world.measure().changed == 0


def test_a_kpi_of_their_own_needs_a_block_of_yaml_and_no_code(world, whole_catalogue, people):
    own = whole_catalogue.metrics["skill_cert_rate"]
    settings = replace(whole_catalogue, metrics=dict(whole_catalogue.metrics) | {"packaging_score": own})
    people.say("declared_kpi", declared("packaging_score", numerator=9, denominator=12))

    assert said(world, settings, "packaging_score") == (75.0, "ok", None)


DESK = desk(
    solved_count=90,
    repeated_count=12,
    csat_satisfied_count=74,
    csat_response_count=107,
    first_response_median_minutes=Decimal("6.5"),
)
EXAMPLES = {
    "nps": ([("declared_kpi", declared("nps", numerator=75, denominator=325))], (23.076923077, "ok", None)),
    "csat": ([("service_figures", DESK)], (69.158878505, "ok", None)),
    "resolution_rate": ([], (78.0, "ok", None)),
    "first_response_minutes": ([], (6.5, "ok", None)),
    "skill_cert_rate": ([("declared_kpi", declared("skill_cert_rate", numerator=18, denominator=20))], (90.0, "ok", None)),
    "training_milestones_pct": ([("declared_kpi", declared("training_milestones_pct", value=95))], (95.0, "ok", None)),
    "proposal_count": (
        [("declared_kpi", declared("proposal_count", value=3, marketplace=place)) for place in ("US", "DE")],
        (6.0, "ok", None),
    ),
    "kb_contributions": ([("declared_kpi", declared("kb_contributions", value=7))], (7.0, "ok", None)),
    "customer_ltv": ([("declared_kpi", declared("customer_ltv", value=120))], (120.0, "ok", None)),
    "ship_48h_rate": ([("declared_kpi", declared("ship_48h_rate", numerator=190, denominator=200))], (95.0, "ok", None)),
    "subscriber_retention_30d": ([("declared_kpi", declared("subscriber_retention_30d", value=80))], (80.0, "ok", None)),
    "cash_runway_months": (
        [
            ("cash_balance", {"account": "main", "balance_on": day(-40), "balance_amount": Decimal(1), "currency": "USD"}),
            ("cash_balance", {"account": "main", "balance_on": day(-4), "balance_amount": Decimal(240000), "currency": "USD"}),
            ("cash_balance", {"account": "euro", "balance_on": day(-4), "balance_amount": Decimal(50000), "currency": "EUR"}),
            ("fx_rate", {"currency": "EUR", "quote_currency": "USD", "valid_from": day(-90), "rate": Decimal("1.2")}),
            (
                "operating_cost",
                {"cost_type": "all", "valid_from": day(-90), "monthly_amount": Decimal(90000), "currency": "USD"},
            ),
        ],
        (3.333333333, "ok", None),
    ),
    "new_product_cycle_days": (
        [("product_launch", {"sku": "N", "started_on": day(-60), "launched_on": day(-10), "platform_days": 8})],
        (42.0, "ok", None),
    ),
}


def test_what_people_fill_in_comes_out(world, whole_catalogue, people):
    for rows, _ in EXAMPLES.values():
        for table, row in rows:
            people.say(table, row)
    fed = {name: whole_catalogue.metrics[name] for name in EXAMPLES}
    world.shipped = replace(whole_catalogue, metrics=fed | coded(whole_catalogue))
    world.measure()

    found = {name: world.values(name, "store", on=NIGHT)["*", world.store_id] for name in EXAMPLES}

    said_of_each = {name: (round(row.value, 9), row.status, row.reason) for name, row in found.items()}
    assert said_of_each == {name: expected for name, (_, expected) in EXAMPLES.items()}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([declared("nps", numerator=1, denominator=4, period_from=date(2026, 11, 1))], (None, "unknown", "no_user_data")),
        ([declared("nps", value=30), declared("nps", value=1, period="day", period_from=NIGHT)], (30.0, "ok", None)),
        ([declared("nps", numerator=1, denominator=4, period_from=date(2026, 1, 1))], (25.0, "provisional", "stale")),
        ([declared("nps", value=30, marketplace=place) for place in ("US", "DE")], (None, "unknown", "not_additive")),
        (
            [declared("nps", numerator=n, denominator=10, marketplace=place) for n, place in ((1, "US"), (3, "DE"))],
            (20.0, "ok", None),
        ),
        (
            [declared("nps", numerator=n, denominator=10, marketplace=place) for n, place in ((1, "US"), (3, "*"))],
            (30.0, "ok", None),
        ),
        ([declared("nps", numerator=1, denominator=4, store="another")], (None, "unknown", "no_user_data")),
    ],
    ids=[
        "a month that is not over",
        "a day that is not",
        "too old",
        "shares of parts",
        "parts add up",
        "the whole",
        "another store",
    ],
)
def test_only_a_period_that_is_over_and_of_the_whole_says_something(world, whole_catalogue, people, rows, expected):
    for row in rows:
        people.say("declared_kpi", row)

    assert said(world, whole_catalogue, "nps") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([desk(solved_count=90)], (None, "unknown", "no_user_data")),
        (
            [
                desk(team="a", solved_count=50, repeated_count=0),
                desk(team="b", solved_count=40, repeated_count=10),
            ],
            (40.0, "ok", None),
        ),
        (
            [desk(team="a", solved_count=50, repeated_count=0), desk(team="b", solved_count=40)],
            (50.0, "provisional", "blank_cells"),
        ),
        ([desk(contact_count=0, solved_count=0, repeated_count=0)], (None, "unknown", "zero_denominator")),
        ([desk(solved_count=5, repeated_count=15)], (-10.0, "ok", None)),
    ],
    ids=["a blank cell", "two teams", "one of two blank", "nobody asked", "more repeated than solved"],
)
def test_the_help_desks_rows_add_up_and_blank_is_not_zero(world, whole_catalogue, people, rows, expected):
    people.say("service_figures", *rows)

    assert said(world, whole_catalogue, "resolution_rate") == expected


def test_medians_of_two_teams_make_none_of_both(world, whole_catalogue, people):
    people.say("service_figures", *(desk(team=team, first_response_median_minutes=Decimal(5)) for team in ("a", "b")))

    assert said(world, whole_catalogue, "first_response_minutes") == (None, "unknown", "not_additive")


def test_the_score_of_each_marketplace_is_its_own_or_everybodys(world, whole_catalogue, people):
    world.places = ("DE", "FR")
    people.say("declared_kpi", declared("ipi_score", value=512, marketplace="DE"), declared("ipi_score", value=400))

    assert said(world, whole_catalogue, "ipi_score", "marketplace", "DE", "DE") == (512.0, "ok", None)
    assert said(world, whole_catalogue, "ipi_score", "marketplace", "FR", "FR") == (400.0, "ok", None)


def test_reviews_grow_against_the_period_just_before(world, whole_catalogue, people):
    for asin, *counts in (("B1", 100, 120), ("B2", 300, 330), ("B3", 0, 5)):
        for month, count in zip((9, 10), counts, strict=True):
            people.say("declared_kpi", declared("review_count", subject=asin, value=count, period_from=date(2026, month, 1)))
    people.say("declared_kpi", declared("review_count", subject="B4", value=9))

    assert said(world, whole_catalogue, "review_growth_rate", "asin", "B1") == (20.0, "ok", None)
    assert said(world, whole_catalogue, "review_growth_rate", "asin", "B3") == (None, "unknown", "no_reviews")
    assert ("*", "B4") not in world.values("review_growth_rate", "asin", on=NIGHT)
    assert said(world, whole_catalogue, "review_growth_rate") == (12.5, "ok", None)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("fx_rate", {})], (None, "unknown", "no_rate")),
        ([("operating_cost", {"monthly_amount": Decimal(0), "currency": "USD"})], (None, "unknown", "zero_denominator")),
        ([("operating_cost", {"monthly_amount": Decimal(30), "currency": "USD"})], (2.0, "provisional", "stale")),
    ],
    ids=["no rate", "costs nothing", "an old balance"],
)
def test_cash_without_a_rate_or_costs_says_why(world, whole_catalogue, people, rows, expected):
    people.say("cash_balance", {"account": "main", "balance_on": day(-50), "balance_amount": Decimal(60), "currency": "USD"})
    for table, row in rows:
        if table == "operating_cost":
            people.say(table, {"cost_type": "rent", "valid_from": day(-90)} | row)
        else:
            people.say(
                "operating_cost", {"cost_type": "rent", "valid_from": day(-90), "monthly_amount": Decimal(1), "currency": "CNY"}
            )

    assert said(world, whole_catalogue, "cash_runway_months") == expected


def unit_cost(sku, amount, start, **cells):
    row = {"sku": sku, "valid_from": start, "purchase_amount": Decimal(amount), "currency": "USD", "incoterm": "FOB"}
    return row | cells


def test_a_units_cost_is_held_against_the_one_of_a_quarter_ago(world, whole_catalogue, people):
    people.say(
        "unit_cost",
        unit_cost("A", "10", day(-200)),
        unit_cost("A", "9.2", day(-30)),
        unit_cost("B", "30", day(-200)),
        unit_cost("C", "5", day(-200)),
        unit_cost("C", "4", day(-30), incoterm="DDP"),
        unit_cost("D", "4", day(-30)),
    )

    assert said(world, whole_catalogue, "unit_cost_reduction_pct", "sku", "A", "US") == (8.0, "ok", None)
    assert said(world, whole_catalogue, "unit_cost_reduction_pct", "sku", "B", "US") == (0.0, "ok", None)
    assert said(world, whole_catalogue, "unit_cost_reduction_pct", "sku", "C", "US") == (None, "unknown", "incomparable")
    assert ("US", "D") not in world.values("unit_cost_reduction_pct", "sku", on=NIGHT)
    assert said(world, whole_catalogue, "unit_cost_reduction_pct", "store", f"{world.store_id}/USD") == (2.0, "ok", None)


ORDERED = {
    "po_number": "1",
    "sku": "A",
    "supplier": "s",
    "ordered_on": day(-20),
    "ordered_units": 1000,
    "unit_amount": Decimal(100),
    "currency": "USD",
}


def refund(amount):
    return {
        "transaction_type": "Refund",
        "amount_description": "Principal",
        "amount": Decimal(amount),
        "currency": "USD",
        "back": 5,
    }


@pytest.mark.parametrize(
    ("first", "order", "expected"),
    [
        (-120, {}, (107.0, "ok", None)),
        (-20, {}, (107.0, "provisional", "missing_days")),
        (None, {}, (None, "unknown", "no_data")),
        (-120, {"currency": "CNY"}, (None, "unknown", "no_rate")),
        (-120, {"unit_amount": Decimal(0)}, (None, "unknown", "zero_denominator")),
    ],
)
def test_purchases_cost_what_follows_the_sale_too(world, whole_catalogue, people, first, order, expected):
    people.say("purchase_order", ORDERED | order)
    if first:
        world.pulled(day(first), NIGHT, report="settlement")
    told(world, "settlement_line", refund(-7500), refund(500), refund(-9) | {"transaction_type": "Order"})

    assert said(world, whole_catalogue, "composite_cost_ratio") == expected


def company(settings, *store_ids):
    """Return the configuration of a company with these stores alone."""
    store = Store(title="Test Store", marketplaces=("US",), credentials=CREDENTIALS)
    return replace(settings, stores=dict.fromkeys(store_ids, store))


def part(store, part, **cells):
    return {"store": store, "part": Decimal(part), "valid_from": day(-200)} | cells


def bought(number, amount, store="*", **cells):
    return ORDERED | {"po_number": number, "unit_amount": Decimal(amount), "store": store} | cells


@pytest.mark.parametrize(
    ("orders", "parts", "expected"),
    [
        ([("1", 40, "own"), ("2", 70, "other")], [], (40 + 7, 40, None)),
        ([("1", 100, "*")], [], (None, None, "not_shared")),
        ([("1", 100, "*")], [("own", 30)], (None, None, "not_shared")),
        ([("1", 100, "*")], [("own", 30), ("other", 90)], (25 + 7, 25, None)),
        ([("1", 40, "own"), ("2", 100, "*")], [("own", 1), ("other", 3)], (65 + 7, 65, None)),
        ([("1", 40, "own"), ("2", 100, "*")], [], (None, None, "not_shared")),
        ([("1", 40, "own"), ("1", 60, "other"), ("1", 100, "*")], [], (40 + 7, 40, None)),
    ],
    ids=[
        "each its own",
        "nobody said whose",
        "the part of one store",
        "by parts",
        "its own and by parts",
        "its own beside what nobody shared",
        "an order that was split gives way to its pieces",
    ],
)
def test_what_a_company_buys_is_counted_once_among_its_stores(world, whole_catalogue, people, orders, parts, expected):
    named = {"own": world.store_id, "other": "another", "*": "*"}
    people.say("purchase_order", *(bought(number, amount, named[store]) for number, amount, store in orders))
    people.say("cost_share", *(part(named[store], share) for store, share in parts))
    world.pulled(day(-120), NIGHT, report="settlement")
    told(world, "settlement_line", refund(-7000))
    two = company(whole_catalogue, world.store_id, "another")

    said(world, two, "composite_cost_ratio")
    row = world.values("composite_cost_ratio", "store", on=NIGHT)["*", world.store_id]

    thousands = tuple(None if amount is None else amount / 1000 for amount in (row.numerator, row.denominator))
    assert (*thousands, row.reason) == expected


def test_the_parts_of_all_stores_make_the_whole(world, whole_catalogue, people):
    people.say("purchase_order", bought("1", 120), bought("2", 30, ordered_on=day(-60)))
    people.say("cost_share", *(part(store, share) for store, share in ((world.store_id, 1), ("another", 2))))
    people.say("cost_share", part(world.store_id, 4, valid_from=day(-40)))
    world.pulled(day(-120), NIGHT, report="settlement")

    found = []
    for store_id in (world.store_id, "another"):
        here = replace(world, store_id=store_id)
        here.pulled(day(-120), NIGHT, report="settlement")
        said(here, company(whole_catalogue, world.store_id, "another"), "composite_cost_ratio")
        found.append(here.values("composite_cost_ratio", "store", on=NIGHT)["*", store_id].denominator)

    assert found == [80_000 + 10_000, 40_000 + 20_000]


def test_a_launch_that_people_did_not_date_is_taken_from_the_listing(world, whole_catalogue, people):
    people.say("product_launch", {"sku": "N", "started_on": day(-60)}, {"sku": "never", "started_on": day(-60)})
    told(world, "merchant_listing", {"sku": "N", "opened_at_utc": world.clock.now()})

    assert said(world, whole_catalogue, "new_product_cycle_days", "sku", "N") == (60.0, "ok", None)


def launch(sku, **cells):
    row = {"sku": sku, "started_on": day(-90), "launched_on": day(-40), "success_kpi": "units", "success_after_days": 20}
    return row | {"success_value": Decimal(8)} | cells


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([launch("A"), launch("B")], (50.0, "ok", None)),
        ([launch("A"), launch("B"), launch("A2", launched_on=day(-10))], (50.0, "ok", None)),
        ([launch("A"), launch("unsold")], (100.0, "provisional", "missing_values")),
        ([launch("A", launched_on=day(-10))], (None, "unknown", "immature")),
        ([launch("unsold")], (None, "unknown", "no_data")),
        ([launch("A", success_kpi=None)], (None, "unknown", "no_user_data")),
    ],
)
def test_launches_are_judged_on_their_own_day(world, whole_catalogue, people, rows, expected):
    people.say("product_launch", *rows)
    world.all_pulled()
    world.sold("A", 9, [-20])
    world.sold("B", 7, [-20])

    assert said(world, whole_catalogue, "new_product_success_rate") == expected


def forecast(sku, units, **cells):
    row = {"sku": sku, "event": "peak", "period": "week", "period_from": date(2026, 11, 9), "forecast_units": Decimal(units)}
    return row | cells


def test_stock_for_an_event_is_held_against_its_forecast(world, whole_catalogue, people):
    people.say("sales_forecast", forecast("A", 1000), forecast("B", 1000), forecast("C", 10), forecast("D", 0))
    for sku, units in (("A", 1080), ("B", 880), ("D", 10)):
        world.stocked(sku, units, [-8])

    deviations = {sku: said(world, whole_catalogue, "stocking_accuracy_dev", "sku", sku, "US") for sku in "ABCD"}

    assert deviations == {
        "A": (8.0, "ok", None),
        "B": (12.0, "ok", None),
        "C": (None, "unknown", "no_data"),
        "D": (None, "unknown", "zero_denominator"),
    }
    assert said(world, whole_catalogue, "stocking_accuracy_dev") == (10.0, "provisional", "missing_values")
