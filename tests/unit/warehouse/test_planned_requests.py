"""From what is known of a feed to its requests: every missing day once, whatever is finished or on its way already."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.periods import Days
from sellerwatch.settings.models import CalendarPeriod, ListedPeriod, RangePeriod, SnapshotPeriod
from sellerwatch.warehouse.planning.day_sets import DaySets
from sellerwatch.warehouse.planning.drafting import Leg, draft, part_of
from sellerwatch.warehouse.planning.known import Covered, StoreKnown
from sellerwatch.warehouse.planning.plan import Route
from sellerwatch.warehouse.windows import LedgerRow, Window

TODAY = date(2026, 11, 25)
FIRST = TODAY - timedelta(days=60)
DAYS = DaySets(Days(FIRST, TODAY - timedelta(days=1)))
COMMON = {"freshness_hours": 26, "cooldown_minutes": 0, "deadline_minutes": 60}
RANGE = RangePeriod(period="range", history_days=30, repull_days=10, max_days=31, settled_after_days=2, **COMMON)
WEEKS = CalendarPeriod(period="weeks", history_periods=2, ready_after_days=3, settled_after_days=10, **COMMON)
PULLS = {
    "ledger_detail": RANGE,
    "sales_traffic": RANGE.model_copy(update={"period": "daily", "max_days": 1}),
    "sales_traffic_trends": RANGE.model_copy(update={"asins_per_report": 3, "max_days": 365}),
    "search_query_performance": WEEKS.model_copy(update={"asins_per_report": 3}),
    "repeat_purchase": WEEKS,
    "settlement": ListedPeriod(period="listed", history_days=20, **COMMON),
    "fba_inventory": SnapshotPeriod(period="snapshot", **COMMON),
    "all_orders": RANGE.model_copy(update={"sent_as": "until_now", "history_from": "ledger_detail"}),
    "ads_sp_campaigns": RANGE.model_copy(update={"not_in": ("US", "NL")}),
}
RANGES = Leg("ledger_detail", Route.RANGE_REPORTS, 31)
DAILY = Leg("sales_traffic", Route.ONE_REPORT_A_DAY)
LONG = Leg("sales_traffic", Route.RANGE_REPORTS, 365)
TRENDS = Leg("sales_traffic_trends", Route.DATA_KIOSK_TRENDS, 365)
WEEKLY = Leg("repeat_purchase", Route.CALENDAR_PERIODS)
WEEKLY_BY_PRODUCT = Leg("search_query_performance", Route.CALENDAR_PERIODS)
LIST = Leg("settlement", Route.AMAZON_LIST)
SNAPSHOT = Leg("fba_inventory", Route.SNAPSHOT)
UP_TO_NOW = Leg("all_orders", Route.RANGE_REPORTS, 31)
PRODUCTS = ("B1", "B2", "B3", "B4", "B5")
STORE = StoreKnown("cascade", ("US",), TODAY, DAYS, PULLS, without_profile=("US",), products={"US": PRODUCTS})


def days(first, last=None):
    """The days so many days after the first of the range."""
    return Days(FIRST + timedelta(days=first), FIRST + timedelta(days=first if last is None else last))


def covered(*runs, by_products=()):
    whole = single = 0
    for run in runs:
        whole |= DAYS.of(run.first, run.last)
        single |= DAYS.of(run.first, run.last) if len(run) == 1 else 0
    return Covered(whole, single, {json.dumps(asins): DAYS.of(run.first, run.last) for asins, run in by_products})


def with_covered(feed, *runs, by_products=()):
    return replace(STORE, covered={("US", feed): covered(*runs, by_products=by_products)})


def row(feed, run, state="wanted", part="", asins=()):
    return LedgerRow(Window("cascade", "US", feed, run, part), state, "r-1", None, None, asins)


def on_its_way(*rows):
    return replace(STORE, unfinished={("US", rows[0].window.report): rows})


def asked(known, leg, mode="gaps"):
    return [str(request.window.days) for request in draft(known, leg, "US", mode).requests]


def new_and_adopted(known, leg, mode="gaps"):
    requests = draft(known, leg, "US", mode).requests
    return [one for one in requests if not one.is_adopted], [one for one in requests if one.is_adopted]


def reasons(known, leg):
    return [item.reason for item in draft(known, leg, "US", "gaps").left_out]


# --- gaps and chunks --------------------------------------------------------------------------------------------------


def test_a_range_is_cut_at_what_one_report_covers_newest_first():
    assert asked(STORE, RANGES) == ["2026-10-25..2026-11-24", "2026-09-26..2026-10-24"]


def test_only_gaps_are_asked_for_and_again_means_all():
    known = with_covered("ledger_detail", days(0, 9), days(12, 58))

    assert asked(known, RANGES) == [str(days(59)), str(days(10, 11))]
    assert asked(known, RANGES, "again") == asked(STORE, RANGES)


def test_a_report_over_many_days_does_not_spare_the_daily_ones_but_daily_ones_spare_it():
    known = with_covered("sales_traffic", days(0, 39), days(50), days(51))

    assert asked(known, LONG) == [str(days(52, 59)), str(days(40, 49))]
    assert len(asked(known, DAILY)) == 58


def test_whole_weeks_alone_are_asked_for():
    found = draft(with_covered("repeat_purchase", Days(date(2026, 11, 8), date(2026, 11, 14))), WEEKLY, "US", "gaps")

    assert [str(one.window.days) for one in found.requests] == [
        "2026-11-15..2026-11-21",
        *(str(Days(day, day + timedelta(days=6))) for day in (date(2026, 11, 1) - timedelta(weeks=n) for n in range(6))),
    ][:7]
    assert [str(item.days) for item in found.left_out] == ["2026-11-22..2026-11-24", "2026-09-26"]


def test_one_look_through_the_list_finds_all_that_is_missing():
    (request,) = draft(with_covered("settlement", days(0, 9), days(30, 59)), LIST, "US", "gaps").requests

    assert (request.window.part, request.window.days) == ("list", days(10, 59))
    assert asked(with_covered("settlement", days(0, 59)), LIST) == []


def test_products_that_miss_the_same_days_are_asked_for_together():
    known = with_covered("sales_traffic_trends", by_products=[(["B1", "B4"], days(0, 49)), (["B2"], days(0, 59))])

    requests = draft(known, TRENDS, "US", "gaps").requests

    assert [(one.asins, str(one.window.days)) for one in requests] == [
        (("B1", "B4"), str(days(50, 59))),
        (("B3", "B5"), str(days(0, 59))),
    ]
    assert requests[0].window.part == part_of(["B1", "B4"])


def test_a_window_about_all_products_covers_each():
    known = with_covered("sales_traffic_trends", by_products=[([], days(0, 49))])

    assert {(one.asins, str(one.window.days)) for one in draft(known, TRENDS, "US", "gaps").requests} == {
        (("B1", "B2", "B3"), str(days(50, 59))),
        (("B4", "B5"), str(days(50, 59))),
    }


def test_the_same_products_give_the_same_window_and_others_another():
    assert part_of(["B1", "B2"]) == part_of(("B1", "B2")) != part_of(["B1B2"])
    assert part_of(["B1", "B2"]).startswith("asins-")
    assert len(part_of(["B1"])) == len("asins-") + 8


def test_weeks_are_asked_for_product_by_product_too():
    known = with_covered("search_query_performance", by_products=[(["B1"], Days(date(2026, 11, 15), date(2026, 11, 21)))])

    newest = [one.asins for one in draft(known, WEEKLY_BY_PRODUCT, "US", "gaps").requests if one.window.days.last.day == 21]

    assert newest == [("B2", "B3", "B4"), ("B5",)]


# --- what is on its way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["wanted", "requesting", "requested", "cancelled_unknown", "fatal"])
@pytest.mark.parametrize("mode", ["gaps", "again"])
def test_a_window_on_its_way_is_taken_over_and_its_days_are_not_asked_for_again(state, mode):
    waiting = row("ledger_detail", days(10, 19), state)

    new, adopted = new_and_adopted(on_its_way(waiting), RANGES, mode)

    assert [(one.window, one.state, one.asins) for one in adopted] == [(waiting.window, state, ())]
    assert [str(one.window.days) for one in new] == [str(days(29, 59)), str(days(20, 28)), str(days(0, 9))]


@pytest.mark.parametrize(("state", "count"), [("requested", 1), ("requesting", 1), ("wanted", 0), ("fatal", 0)])
def test_a_window_that_reaches_beyond_is_taken_over_only_when_it_is_paid_for(state, count):
    _, adopted = new_and_adopted(on_its_way(row("ledger_detail", days(-5, 9), state)), RANGES)

    assert len(adopted) == count


def test_one_report_a_day_takes_over_single_days_alone():
    known = on_its_way(row("sales_traffic", days(0, 39)), row("sales_traffic", days(50)))

    new, adopted = new_and_adopted(known, DAILY)

    assert [one.window.days for one in adopted] == [days(50)]
    assert len(new) == 59


def test_products_that_are_on_their_way_are_not_asked_for_again():
    known = on_its_way(row("sales_traffic_trends", days(0, 59), "requested", "asins-001", ("B1", "B2", "B3", "B4")))

    new, adopted = new_and_adopted(known, TRENDS)

    assert [one.asins for one in adopted] == [("B1", "B2", "B3", "B4")]
    assert [one.asins for one in new] == [("B5",)]


def test_a_look_that_is_wanted_covers_what_it_will_reach_and_a_settlement_on_its_way_no_days():
    look = row("settlement", days(55), part="list")
    settlement = row("settlement", days(0, 13), "requested", "100200300")

    new, adopted = new_and_adopted(on_its_way(look, settlement), LIST)

    assert [one.window.part for one in adopted] == ["list", "100200300"]
    assert [(one.window.part, one.window.days.first) for one in new] == [("list", days(0).first)]
    assert new_and_adopted(on_its_way(row("settlement", days(0), part="list")), LIST)[0] == []


@pytest.mark.parametrize("leg", [SNAPSHOT, UP_TO_NOW], ids=lambda leg: leg.feed)
def test_a_report_of_the_present_is_fetched_where_it_was_asked_for_on_its_day_and_left_out_otherwise(leg):
    found = draft(on_its_way(row(leg.feed, days(5), "requested"), row(leg.feed, days(7))), leg, "US", "again")

    assert [(one.window.days, one.state) for one in found.requests] == [(days(5), "requested")]
    assert [item.days for item in found.left_out] == [days(6, 59), days(0, 4)]


# --- what is left out -------------------------------------------------------------------------------------------------


def test_what_cannot_be_had_says_why():
    nothing_known = replace(STORE, products={})

    assert reasons(STORE, Leg("ads_sp_campaigns", Route.RANGE_REPORTS)) == [
        "the store has no advertising profile for US in stores.yaml"
    ]
    planning = replace(STORE, places=("NL",), pulls={**PULLS, "ledger_detail": RANGE.model_copy(update={"not_in": ("NL",)})})
    assert [item.reason for item in draft(planning, RANGES, "NL", "gaps").left_out] == ["Amazon does not make it for NL"]
    assert reasons(nothing_known, TRENDS) == [
        "it is asked for product by product, and none is known yet: the nightly stock and listings reports bring them"
    ]
    gone = replace(STORE, pulls={**PULLS, "ledger_detail": RANGE.model_copy(update={"keeps_days": 30})})
    assert reasons(gone, RANGES) == ["Amazon keeps it for 30 days: nothing before 2026-10-27 can be had"]


def test_nothing_at_all_is_asked_for_of_days_that_are_not_over():
    tomorrow = replace(STORE, days=DaySets(Days(TODAY, TODAY + timedelta(days=1))))

    assert [draft(tomorrow, leg, "US", "again").requests for leg in (RANGES, DAILY, TRENDS, WEEKLY, LIST)] == [()] * 5


# --- what holds of every plan -----------------------------------------------------------------------------------------

runs = st.tuples(st.integers(-5, 64), st.integers(0, 20)).map(lambda pair: days(pair[0], pair[0] + pair[1]))
states = st.sampled_from(["wanted", "requesting", "requested", "cancelled_unknown", "fatal"])
some_products = st.lists(st.sampled_from(PRODUCTS), unique=True, max_size=4)


@given(finished=st.lists(runs, max_size=6), waiting=st.lists(st.tuples(runs, states), max_size=4), size=st.integers(1, 40))
def test_gaps_and_what_is_finished_or_on_its_way_make_up_the_range_and_no_day_is_asked_for_twice(finished, waiting, size):
    rows = tuple(row("ledger_detail", run, state) for run, state in waiting)
    known = replace(with_covered("ledger_detail", *finished), unfinished={("US", "ledger_detail"): rows})

    new, adopted = new_and_adopted(known, replace(RANGES, max_days=size))

    asked_for = [day for one in new for day in one.window.days]
    elsewhere = {day for run in (*finished, *(one.window.days for one in adopted)) for day in run if day in DAYS.range}
    assert len(asked_for) == len(set(asked_for))
    assert not elsewhere & set(asked_for)
    assert elsewhere | set(asked_for) == set(DAYS.range)
    assert len({one.window.id for one in adopted}) == len({one.window.id for one in (*new, *adopted)}) - len(new)


@given(finished=st.lists(runs, max_size=6))
def test_planning_again_when_all_is_finished_asks_for_nothing(finished):
    known = with_covered("ledger_detail", *finished)

    new, _ = new_and_adopted(known, RANGES)

    assert asked(with_covered("ledger_detail", *finished, *(one.window.days for one in new)), RANGES) == []


@given(finished=st.lists(st.tuples(some_products, runs), max_size=6))
def test_of_every_product_each_missing_day_is_asked_for_once(finished):
    known = with_covered("sales_traffic_trends", by_products=finished)

    new, _ = new_and_adopted(known, TRENDS)

    had = known.covered["US", "sales_traffic_trends"].by_products
    for product in PRODUCTS:
        asked_for = [day for one in new if product in one.asins for day in one.window.days]
        mine = [bits for text, bits in had.items() if product in json.loads(text) or not json.loads(text)]
        already = {day for bits in mine for run in DAYS.runs(bits) for day in run}
        assert sorted(asked_for) == sorted(set(DAYS.range) - already)
    assert all(len(one.asins) <= 3 for one in new)
    assert len({one.window.id for one in new}) == len(new)
