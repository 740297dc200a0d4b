"""What values are compared with: own medians less the days that are unlike others, and categories; in both databases."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.comparison.baselines import Baseline, Key, Wanted, own_baselines
from sellerwatch.metrics.comparison.category import OfCategory, Usual, categories_on, category_baselines, usual_now
from sellerwatch.metrics.comparison.comparable import METHODS, compared_periods
from sellerwatch.settings.comparing import Event
from sellerwatch.warehouse.engine import reading
from tests.spec.conftest import _STORES
from tests.spec.measured_rows import measured, offered
from tests.spec.small_world import World, day
from tests.spec.user_rows import entered

TODAY = day(-1)
"""The last complete day, which the values that are judged are of."""

SAME_WEEKDAY = [TODAY - timedelta(weeks=back) for back in range(1, 9)]


def usual(world, metric="sessions", kind="sku", *, method="weekday_8w", subject="A", place="US", period="day", on=TODAY):
    wanted = Wanted(world.store_id, metric, kind, method, (on,), period, subject)
    with reading(world.engine) as connection:
        return own_baselines(connection, world.settings, wanted)[Key(place, subject, on)]


@pytest.fixture
def world(engine, whole_catalogue) -> World:
    return World(engine, replace(whole_catalogue, events=()), store_id=f"store{next(_STORES)}")


@pytest.fixture
def neighbour(engine, whole_catalogue) -> World:
    return World(engine, replace(whole_catalogue, events=()), store_id=f"store{next(_STORES)}")


@pytest.fixture
def eight_weeks(world):
    """90 today, and on the same weekday of the eight weeks before: 100, 110 ... 170."""
    measured(world, "sessions", "sku", [("A", TODAY, 90.0)])
    measured(world, "sessions", "sku", [("A", on, 100.0 + 10 * back) for back, on in enumerate(SAME_WEEKDAY)])
    # Other weekdays are no matter.
    measured(world, "sessions", "sku", [("A", TODAY - timedelta(days=back), 9999.0) for back in range(1, 56) if back % 7])
    return world


def test_the_same_weekday_of_eight_weeks_gives_median_and_median_deviation(eight_weeks):
    """The median of 100 ... 170 is 135; the deviations are 35 25 15 5 5 15 25 35."""
    assert usual(eight_weeks) == Baseline(90.0, 135.0, 20.0, "ok", None, compared=8)
    assert usual(eight_weeks).change_pct == pytest.approx(-33.33, abs=0.01)


def test_without_a_usual_value_there_is_no_change_in_percent():
    assert Baseline(5.0, 0.0, 0.0, "ok", None).change_pct is None
    assert Baseline(None, 5.0, 0.0, "ok", None).change_pct is None


def test_the_last_days_give_their_median_whatever_the_weekday(world):
    measured(world, "sessions", "sku", [("A", TODAY, 5.0), ("A", TODAY - timedelta(days=29), 1000.0)])
    measured(world, "sessions", "sku", [("A", TODAY - timedelta(days=back), float(back)) for back in range(1, 29)])

    found = usual(world, method="median_28d")

    assert (found.typical, found.spread, found.compared) == (14.5, 7.0, 28)
    assert usual(world, method="median_56d").status == "ok"


def test_whole_months_are_compared_with_whole_months(world):
    ends = [date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]
    measured(
        world,
        "return_rate",
        "marketplace",
        [("US", on, float(rate)) for on, rate in zip(ends, (4, 6, 9, 8), strict=True)],
        period="month",
    )

    found = usual(world, "return_rate", "marketplace", method="median_12m", subject="US", period="month", on=ends[-1])

    assert (found.value, found.typical, found.compared, found.left_out) == (8.0, 6.0, 3, {"unknown": 9})


def peak(first, last, *places):
    return Event.model_validate({"name": "Peak", "marketplaces": places, "from": first, "to": last})


@pytest.mark.parametrize("unlike", [-8, -13, -14], ids=["its last day", "a day within", "its first day"])
def test_a_run_of_seven_days_with_an_unlike_day_is_left_out(world, unlike):
    measured(world, "sessions", "sku", [("A", on, 700.0) for on in (TODAY, *SAME_WEEKDAY)], period="d7")
    world.shipped = replace(world.shipped, events=(peak(day(unlike), day(unlike)),))

    found = usual(world, period="d7")

    assert (found.compared, found.left_out) == (7, {"event": 1})


def test_too_few_comparable_days_give_no_baseline_and_say_why(eight_weeks):
    eight_weeks.stocked("A", 0, [-8, -15, -22])
    eight_weeks.stocked("A", 9, [-29])
    entered(eight_weeks, "event", event_row(day(-30), day(-28)), event_row(day(-37), day(-35)))

    assert usual(eight_weeks) == Baseline(
        90.0, None, None, "unknown", "too_few_days", compared=3, left_out={"out_of_stock": 3, "event": 2}
    )


def event_row(first, end, **cells):
    return {
        "marketplace": "US",
        "event": f"E{first}",
        "kind": "peak",
        "valid_from": first,
        "valid_to": end,
    } | cells


EVENTS = {
    "a holiday": ({"kind": "holiday"}, True),
    "of every marketplace": ({"marketplace": "*"}, True),
    "of this KPI among others": ({"kpis": "gmv sessions"}, True),
    "of another KPI": ({"kpis": "gmv"}, False),
    "of another marketplace": ({"marketplace": "CA"}, False),
    "of another store": ({"store": "somebody_else"}, False),
    "a season": ({"kind": "off_season"}, False),
    "over since the day before": ({"valid_to": day(-8)}, False),
}


@pytest.mark.parametrize("name", EVENTS)
def test_which_entered_events_make_a_day_unlike_others(eight_weeks, name):
    cells, is_unlike = EVENTS[name]
    entered(eight_weeks, "event", event_row(day(-9), day(-7), **cells))

    assert usual(eight_weeks).left_out == ({"event": 1} if is_unlike else {})


@pytest.mark.parametrize(("places", "is_unlike"), [([], True), (["US", "CA"], True), (["DE"], False)])
def test_declared_events_hold_in_their_marketplaces(eight_weeks, places, is_unlike):
    eight_weeks.shipped = replace(eight_weeks.shipped, events=(peak(day(-8), day(-8), *places),))

    assert usual(eight_weeks).left_out == ({"event": 1} if is_unlike else {})


def test_an_event_of_one_marketplace_is_one_of_the_whole_store(world):
    world.places = ("US", "CA")
    measured(world, "acos", "store", [(world.store_id, on, 20.0) for on in (TODAY, *SAME_WEEKDAY)], place="*")
    world.shipped = replace(world.shipped, events=(peak(day(-8), day(-8), "CA"),))

    assert usual(world, "acos", "store", subject=world.store_id, place="*").left_out == {"event": 1}


def at(offset: int, hour: int) -> datetime:
    """An hour of a day, in UTC; Los Angeles is eight hours behind."""
    return datetime.combine(day(offset), datetime.min.time(), UTC) + timedelta(hours=hour)


OFFERS = {
    "a promotion of the day": (("promotion", at(-8, 8), at(-7, 8)), {"promotion": 1}),
    "a coupon of the day": (("coupon", at(-8, 8), at(-7, 8)), {"promotion": 1}),
    "one that ends as the local day begins": (("promotion", at(-9, 8), at(-8, 8)), {}),
    "one that ends an hour later": (("promotion", at(-9, 8), at(-8, 9)), {"promotion": 1}),
    "one that begins as it ends": (("promotion", at(-7, 8), at(-6, 8)), {}),
    "three weeks": (("coupon", at(-29, 8), at(-8, 9)), {"promotion": 4}),
    "one that runs all the time": (("coupon", at(-60, 8), at(5, 8)), {}),
}


@pytest.mark.parametrize("name", OFFERS)
@pytest.mark.parametrize("kind", ["sku", "asin"])
def test_days_of_a_promotion_or_coupon_of_the_product_are_left_out(world, name, kind):
    (offer, starts, ends), expected = OFFERS[name]
    subject = {"sku": "A", "asin": "B0A"}[kind]
    measured(world, "sessions", kind, [(subject, on, 100.0) for on in (TODAY, *SAME_WEEKDAY)])
    world.stocked("A", 9, [-20])
    offered(world, offer, "P1", "B0A", starts, ends)
    offered(world, offer, "P2", "B0OTHER", at(-15, 8), at(-14, 8))

    assert usual(world, kind=kind, subject=subject).left_out == expected


def test_a_promotion_that_buyers_never_saw_leaves_no_day_out(eight_weeks):
    eight_weeks.stocked("A", 9, [-20])
    offered(eight_weeks, "promotion", "P1", "B0A", at(-8, 8), at(-7, 8), status="CANCELED")

    assert usual(eight_weeks).left_out == {}


def test_an_asin_is_out_of_stock_when_all_its_skus_are(world):
    measured(world, "sessions", "asin", [("B0X", on, 100.0) for on in (TODAY, *SAME_WEEKDAY)])
    world.stocked("A", 0, [-8, -15], asin="B0X")
    world.stocked("B", 0, [-8], asin="B0X")
    world.stocked("B", 3, [-15], asin="B0X")

    assert usual(world, kind="asin", subject="B0X").left_out == {"out_of_stock": 1}


def test_a_day_without_an_offer_or_with_a_blank_stock_cell_is_not_out_of_stock(eight_weeks):
    eight_weeks.stocked("A", None, [-8])
    eight_weeks.stocked("A", 0, [-15], has_afn_listing=False)

    assert usual(eight_weeks).left_out == {}


NOT_THE_SAME = {
    "another version of the definition": {"definition_version": 9},
    "another currency": {"currency": "EUR"},
}


@pytest.mark.parametrize("name", NOT_THE_SAME)
def test_what_means_something_else_is_not_compared(world, name):
    measured(world, "sessions", "sku", [("A", on, 100.0) for on in (TODAY, *SAME_WEEKDAY[:4])])
    measured(world, "sessions", "sku", [("A", on, 900.0) for on in SAME_WEEKDAY[4:]], **NOT_THE_SAME[name])

    assert usual(world) == Baseline(100.0, 100.0, 0.0, "ok", None, compared=4, left_out={"unknown": 4})


def test_days_that_may_still_change_make_the_baseline_provisional(world):
    measured(world, "sessions", "sku", [("A", on, 100.0) for on in (TODAY, *SAME_WEEKDAY[:7])])
    measured(world, "sessions", "sku", [("A", SAME_WEEKDAY[7], 50.0)], status="provisional", reason="missing_days")

    found = usual(world)

    assert (found.status, found.reason, found.typical) == ("provisional", "provisional_days", 100.0)


def test_an_unknown_value_has_a_baseline_all_the_same(world):
    measured(world, "sessions", "sku", [("A", TODAY, None), *(("A", on, 100.0) for on in SAME_WEEKDAY)])

    found = usual(world)

    assert (found.value, found.typical, found.change_pct) == (None, 100.0, None)


def test_units_of_a_day_on_which_nobody_bought_are_zero_where_the_day_is_known(world):
    """Sold on the oldest and the third day; on the newest nothing is known of the marketplace."""
    measured(world, "units", "sku", [("A", TODAY, 1.0), ("A", SAME_WEEKDAY[7], 4.0), ("A", SAME_WEEKDAY[2], 4.0)])
    measured(world, "units", "marketplace", [("US", on, 50.0) for on in SAME_WEEKDAY[1:]])

    found = usual(world, "units")

    assert (found.typical, found.compared, found.left_out) == (0.0, 7, {"unknown": 1})


def test_days_before_a_product_first_sold_are_not_zero(world):
    measured(world, "units", "sku", [("A", TODAY, 1.0), ("A", SAME_WEEKDAY[3], 4.0), ("A", SAME_WEEKDAY[0], 2.0)])
    measured(world, "units", "marketplace", [("US", on, 50.0) for on in SAME_WEEKDAY])

    found = usual(world, "units")

    assert (found.typical, found.compared, found.left_out) == (1.0, 4, {"unknown": 4})


def test_all_subjects_of_a_night_come_at_once_and_no_other_store_is_among_them(world, neighbour):
    for number, subject in enumerate("ABC"):
        measured(world, "sessions", "sku", [(subject, on, 10.0 + number) for on in (TODAY, *SAME_WEEKDAY)])
    measured(neighbour, "sessions", "sku", [("A", on, 7.0) for on in (TODAY, *SAME_WEEKDAY)])
    with reading(world.engine) as connection:
        found = own_baselines(connection, world.settings, Wanted(world.store_id, "sessions", "sku", "weekday_8w", (TODAY,)))

    assert {key.subject: item.typical for key, item in found.items()} == {"A": 10.0, "B": 11.0, "C": 12.0}


@pytest.mark.parametrize(("method", "period"), [("weekday_9w", "day"), ("weekday_8w", "d30"), ("median_28d", "week")])
def test_a_method_that_does_not_fit_the_period_is_refused(world, method, period):
    with pytest.raises(ConfigError, match=f"unknown baseline for the period {period} '{method}'"):
        usual(world, method=method, period=period)


def test_every_method_compares_periods_that_are_over_and_do_not_overlap_the_judged_one():
    for method in METHODS.values():
        for period in method.periods:
            on = date(2026, 10, 31)
            found = compared_periods(method, period, on)
            first = {
                "day": on,
                "d7": on - timedelta(days=6),
                "d14": on - timedelta(days=13),
                "week": on - timedelta(days=6),
                "month": date(2026, 10, 1),
            }

            assert len(found) == method.count
            assert max(days.last for days in found) < first[period]


# The statement against plain code, over drawn histories.

SPAN = 64
AMOUNTS = st.sampled_from([0.0, 1.0, 2.5, 3.0, 7.25, 100.0])
CELL = st.one_of(
    st.tuples(st.sampled_from(["ok", "ok", "provisional"]), AMOUNTS),
    st.sampled_from([("absent", None), ("ok", None)]),
)
"""What a day of a SKU is: absent, unknown, provisional, or a value."""

OFFSETS = st.integers(-SPAN, -1)


@st.composite
def histories(draw):
    """Per SKU a week that repeats, with exceptions; and which days are unlike others."""
    return {
        "cells": {sku: draw(cells()) for sku in "AB"},
        "out": {sku: draw(st.sets(OFFSETS, max_size=6)) for sku in "AB"},
        "known": set(range(-SPAN, 0)) - draw(st.sets(OFFSETS, max_size=12)),
        "redefined": draw(st.sets(OFFSETS, max_size=6)),
        "event": draw(OFFSETS),
        "offer": draw(OFFSETS),
        "judged": draw(st.lists(st.integers(-8, -1), min_size=1, max_size=3, unique=True)),
    }


@st.composite
def cells(draw):
    week = draw(st.lists(CELL, min_size=7, max_size=7))
    return {offset: week[offset % 7] for offset in range(-SPAN, 0)} | draw(st.dictionaries(OFFSETS, CELL, max_size=20))


def plainly(history, sku, offset, method):
    """What the baseline is, as one would work it out on paper."""
    offsets = {
        "weekday_8w": [offset - 7 * back for back in range(1, 9)],
        "median_28d": [offset - back for back in range(1, 29)],
        "median_56d": [offset - back for back in range(1, 57)],
    }[method]
    amounts, left_out, provisional = [], {}, 0
    cells = history["cells"][sku]
    for compared in offsets:
        kind, value = cells.get(compared, ("absent", None))
        is_redefined = kind != "absent" and compared in history["redefined"]
        sold_before = any(cells[earlier][0] != "absent" for earlier in cells if earlier < compared)
        if kind == "absent" and compared in history["known"] and sold_before:
            kind, value = "ok", 0.0
        why = None
        if compared in history["out"][sku]:
            why = "out_of_stock"
        elif sku == "A" and compared == history["offer"]:
            why = "promotion"
        elif compared == history["event"]:
            why = "event"
        elif kind == "absent" or value is None or is_redefined:
            why = "unknown"
        if why:
            left_out[why] = left_out.get(why, 0) + 1
        else:
            amounts.append(value)
            provisional += kind == "provisional"
    needed = {"weekday_8w": 4, "median_28d": 14, "median_56d": 28}[method]
    if len(amounts) < needed:
        return (None, None, "unknown", len(amounts), left_out)
    median = statistics.median(amounts)
    spread = statistics.median(abs(amount - median) for amount in amounts)
    return (median, spread, "provisional" if provisional else "ok", len(amounts), left_out)


@pytest.fixture
def new_world(engine, whole_catalogue):
    """A function, which Hypothesis can show in a line; it would show all of the configuration otherwise."""
    return lambda *events: World(engine, replace(whole_catalogue, events=events), store_id=f"store{next(_STORES)}")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
def test_the_statement_agrees_with_plain_code(new_world, history):
    world = new_world(peak(day(history["event"]), day(history["event"])))
    written(world, history)
    judged = tuple(day(offset) for offset in history["judged"])
    for method in ("weekday_8w", "median_28d", "median_56d"):
        with reading(world.engine) as connection:
            found = own_baselines(connection, world.settings, Wanted(world.store_id, "units", "sku", method, judged))
        expected = {
            Key("US", sku, day(offset)): plainly(history, sku, offset, method)
            for sku in "AB"
            for offset in history["judged"]
            if history["cells"][sku][offset][0] != "absent"
        }
        assert {
            key: (item.typical, item.spread, item.status, item.compared, dict(item.left_out)) for key, item in found.items()
        } == expected


def written(world, history):
    for sku, cells in history["cells"].items():
        for kind, more in (("ok", {}), ("provisional", {"status": "provisional", "reason": "x"})):
            own = {offset: value for offset, (found, value) in cells.items() if found == kind}
            then = {offset: value for offset, value in own.items() if offset in history["redefined"]}
            measured(world, "units", "sku", [(sku, day(offset), own[offset]) for offset in own.keys() - then], **more)
            measured(world, "units", "sku", [(sku, day(offset), then[offset]) for offset in then], definition_version=9, **more)
        if history["out"][sku]:
            world.stocked(sku, 0, history["out"][sku])
    world.stocked("A", 5, set(range(-8, 1)) - history["out"]["A"])
    measured(world, "units", "marketplace", [("US", day(offset), 9.0) for offset in history["known"]])
    offered(world, "promotion", "P", "B0A", at(history["offer"], 12), at(history["offer"], 20))


# Categories.


def category(world, kind="sku", subject="A", metric="return_rate", on=TODAY):
    with reading(world.engine) as connection:
        found = category_baselines(connection, world.settings, OfCategory(world.store_id, metric, kind, (on,), "day", subject))
    return found[Key("US", subject, on)]


def stage(name, **cells):
    return {"marketplace": "US", "sku": "A", "valid_from": day(-100), "stage": "mature", "category": name} | cells


def usual_in(name, typical, **cells):
    return {
        "marketplace": "*",
        "category": name,
        "kpi": "return_rate",
        "valid_from": day(-100),
        "typical_value": typical,
        "source": "a study",
    } | cells


@pytest.fixture
def returned(world):
    measured(world, "return_rate", "sku", [("A", TODAY, 12.0)])
    return world


def test_what_has_no_category_is_compared_with_the_default_one(returned):
    found = category(returned)

    assert (found.typical, found.low, found.high, found.spread, found.status) == (10.0, 5.0, 15.0, None, "ok")
    assert found.source.startswith("categories.yaml: ")


def test_a_sku_is_compared_with_the_category_that_people_gave_it(returned):
    entered(returned, "lifecycle_stage", stage("apparel"))

    assert category(returned).typical == 30.0


def test_the_table_that_people_fill_in_goes_first(returned):
    name = f"umbrellas of {returned.store_id}"
    entered(returned, "lifecycle_stage", stage(name))
    entered(
        returned, "category_baseline", usual_in(name, 22), usual_in(name, 24, valid_from=day(-10), low_value=20, high_value=30)
    )
    entered(
        returned,
        "category_baseline",
        usual_in(name, 99, valid_from=day(0)),
        usual_in(name, 98, valid_to=TODAY, valid_from=day(-5)),
    )

    assert category(returned) == Baseline(12.0, 24.0, None, "ok", None, low=20.0, high=30.0, source="a study")


def test_a_row_for_the_marketplace_goes_before_one_for_all(returned):
    name = f"hats of {returned.store_id}"
    entered(returned, "lifecycle_stage", stage(name))
    entered(returned, "category_baseline", usual_in(name, 22, valid_from=day(-1)), usual_in(name, 24, marketplace="US"))

    assert category(returned).typical == 24.0


def test_a_category_that_nobody_describes_gives_no_baseline(returned):
    entered(returned, "lifecycle_stage", stage("unheard of"))

    assert category(returned) == Baseline(12.0, None, None, "unknown", "no_category_baseline")


def test_a_marketplace_is_compared_with_the_default_category(world):
    measured(world, "return_rate", "marketplace", [("US", TODAY, 7.0)])

    assert category(world, "marketplace", "US").typical == 10.0


def test_all_subjects_of_a_night_are_compared_with_their_categories_at_once(world):
    measured(world, "return_rate", "sku", [("A", TODAY, 12.0), ("B", TODAY, 3.0)])
    entered(world, "lifecycle_stage", stage("apparel", sku="B"))
    with reading(world.engine) as connection:
        found = category_baselines(connection, world.settings, OfCategory(world.store_id, "return_rate", "sku", (TODAY,)))

    assert {key.subject: item.typical for key, item in found.items()} == {"A": 10.0, "B": 30.0}


def test_nothing_but_what_is_asked_for_is_compared_with_its_category(world, neighbour):
    measured(world, "return_rate", "sku", [("A", TODAY, 12.0), ("B", TODAY, 3.0), ("A", day(-2), 9.0)])
    measured(world, "return_rate", "sku", [("A", TODAY, 8.0)], period="d7")
    measured(world, "return_rate", "asin", [("A", TODAY, 7.0)])
    measured(world, "refund_rate", "sku", [("A", TODAY, 6.0)])
    measured(neighbour, "return_rate", "sku", [("A", TODAY, 5.0), ("C", TODAY, 5.0)])
    entered(world, "lifecycle_stage", stage("apparel"))

    def found(kind="sku", subject=None):
        wanted = OfCategory(world.store_id, "return_rate", kind, (TODAY,), "day", subject)
        with reading(world.engine) as connection:
            compared = category_baselines(connection, world.settings, wanted)
        return {key: (item.value, item.typical) for key, item in compared.items()}

    assert found() == {Key("US", "A", TODAY): (12.0, 30.0), Key("US", "B", TODAY): (3.0, 10.0)}
    assert found(subject="B") == {Key("US", "B", TODAY): (3.0, 10.0)}
    assert found("asin") == {Key("US", "A", TODAY): (7.0, 10.0)}, "a product of the name of a SKU has no category"


def test_a_category_said_for_the_store_goes_before_one_for_every_store_and_a_blank_one_is_none(world):
    sku = f"sold by {world.store_id}"
    measured(world, "return_rate", "sku", [(sku, TODAY, 12.0)])
    own = stage("apparel", sku=sku, valid_from=day(-200))
    entered(world, "lifecycle_stage", own, stage(None, sku=sku, valid_from=day(-3)), stage("unheard of", sku=sku, store="*"))

    assert category(world, subject=sku).typical == 30.0


def test_what_is_usual_of_very_many_is_told_by_sku_and_for_the_others_by_default(returned):
    name = f"gloves of {returned.store_id}"
    entered(returned, "lifecycle_stage", stage(name), stage("apparel", sku="B", marketplace="*"), stage("unheard of", sku="C"))
    entered(returned, "category_baseline", usual_in(name, 22), usual_in(name, 24, marketplace="US"))

    with reading(returned.engine) as connection:
        found = usual_now(connection, returned.settings, returned.store_id, "return_rate", TODAY, places=("US", "CA"))
        of = categories_on(connection, returned.store_id, TODAY)
        told = {(place, sku): of(place, sku) for place in ("US", "CA") for sku in ("A", "B", "D")}

    mine = {key: typical for key, typical in found.by_sku.items() if key[1] in {"A", "B", "C"}}
    assert Usual(found.by_default, mine) == Usual(
        {"US": 10.0, "CA": 10.0}, {("US", "A"): 24.0, ("US", "B"): 30.0, ("CA", "B"): 30.0, ("US", "C"): None}
    )
    assert told == {
        ("US", "A"): name,
        ("CA", "A"): None,
        ("US", "B"): "apparel",
        ("CA", "B"): "apparel",
        ("US", "D"): None,
        ("CA", "D"): None,
    }
