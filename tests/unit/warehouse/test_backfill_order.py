"""What a person orders: read as it is meant, and refused with everything that is wrong, each with what to do."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.backfills.order import Wording, check_order, order_of
from tests.conftest import ROOT
from tests.walking import walk

SETTINGS = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})
NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
GOOD = Wording(
    stores=("cascade: Cascade US (US)",),
    feeds=("orders_by_date: All orders by order date", "sales_traffic"),
    first_day="2026-10-01",
    last_day="2026-10-31",
    mode="gaps: fetch only what is missing",
    reason="the October review\nlacks a week",
    asked_by=" Ada ",
)


def read(wording):
    return order_of(SETTINGS, wording, order_id="b1", source="cli", now=NOW)


def complaint(wording):
    with pytest.raises(ConfigError) as refused:
        read(wording)
    return str(refused.value)


def test_choices_of_the_form_are_read_by_their_names():
    order = read(GOOD)

    assert (order.stores, order.feeds, order.mode) == (("cascade",), ("sales_traffic", "orders_by_date"), "gaps")
    assert order.days == Days(date(2026, 10, 1), date(2026, 10, 31))
    assert (order.reason, order.asked_by, order.name) == ("the October review lacks a week", "Ada", "backfill b1")


def test_every_store_and_every_feed_are_choices_of_their_own():
    order = read(replace(GOOD, stores=("every store", "cascade"), feeds=("every feed",)))

    assert order.stores == ("cascade", "alpine")
    assert order.feeds == tuple(SETTINGS.reports)


REFUSED = {
    "no store": (replace(GOOD, stores=()), "no store is chosen: choose at least one, or 'every store'"),
    "no feed": (replace(GOOD, feeds=("",)), "no feed is chosen: choose at least one, or 'every feed'"),
    "unknown store": (replace(GOOD, stores=("casacde",)), "unknown store 'casacde': use one of cascade, alpine"),
    "unknown feed": (replace(GOOD, feeds=("orders",)), "unknown feed 'orders': use one of all_orders, fba_inventory, "),
    "ends before it starts": (
        replace(GOOD, last_day="2026-09-30"),
        "the first day 2026-10-01 comes after the last day 2026-09-30: exchange them",
    ),
    "today": (
        replace(GOOD, last_day="2026-11-17"),
        "the last day 2026-11-17 is not over yet: take 2026-11-16 or an earlier day",
    ),
    "no date": (replace(GOOD, first_day="1.10.2026"), "the first day '1.10.2026' is no date: write it as YYYY-MM-DD"),
    "no such day": (replace(GOOD, last_day="2026-09-31"), "the last day '2026-09-31' is no date"),
    "a week": (replace(GOOD, first_day="2026-W40-1"), "the first day '2026-W40-1' is no date"),
    "too long": (
        replace(GOOD, first_day="2024-10-30"),
        "2024-10-30 to 2026-10-31 is longer than two years: take 2024-10-31 as the first day",
    ),
    "unknown mode": (replace(GOOD, mode="all"), "unknown mode 'all': use one of gaps, again, reparse"),
    "no reason": (replace(GOOD, reason=" \n "), "the reason is empty: say in a few words what the history is needed for"),
    "a novel": (replace(GOOD, reason="x" * 501), "the reason has 501 characters: use at most 500"),
    "nobody": (replace(GOOD, asked_by=""), "the name of who asks is empty: write your name"),
    "unknown field": (replace(GOOD, unknown=("feed",)), "unknown field 'feed': leave it out"),
}


def test_each_mistake_is_told_with_what_to_do(subtests):
    def check(case):
        wording, words = case
        said = complaint(wording)
        assert said.startswith(f"Nothing was started: {words}"), said
        assert said.endswith("Correct this and start it again; Amazon was asked for nothing.")

    walk(subtests, REFUSED, check)


def test_all_mistakes_are_told_at_once():
    said = complaint(Wording.of({"stores": ["nowhere"], "first_day": "soon", "mode": None, "colour": "red"}))

    assert said.startswith("Nothing was started: (1) unknown field 'colour': leave it out; (2) unknown store 'nowhere'")
    assert "(8) the name of who asks is empty" in said


def test_two_years_are_just_short_enough():
    assert len(read(replace(GOOD, first_day="2024-10-31")).days) == 731


def test_a_day_is_over_when_it_is_over_in_every_marketplace():
    at_night = datetime(2026, 11, 17, 4, 0, tzinfo=UTC)  # still the 16th in Los Angeles
    wording = replace(GOOD, stores=("alpine",), last_day="2026-11-16")

    order_of(SETTINGS, wording, order_id="b1", source="cli", now=at_night)
    with pytest.raises(ConfigError, match="not over yet: take 2026-11-15"):
        order_of(SETTINGS, replace(wording, stores=("every store",)), order_id="b1", source="cli", now=at_night)


def test_a_feed_that_no_chosen_store_has_is_refused():
    store = SETTINGS.stores["cascade"].model_copy(update={"reports": ("all_orders",)})
    settings = replace(SETTINGS, stores={"cascade": store})

    with pytest.raises(ConfigError, match="cascade has none of the feeds orders_by_date, sales_traffic: use one of all_orders"):
        order_of(settings, GOOD, order_id="b1", source="cli", now=NOW)


def test_an_order_of_the_ledger_is_refused_when_its_store_has_gone():
    order = read(GOOD)
    check_order(SETTINGS, order, NOW)

    with pytest.raises(ConfigError, match="unknown store 'cascade'"):
        check_order(replace(SETTINGS, stores={"alpine": SETTINGS.stores["alpine"]}), order, NOW)


@pytest.mark.parametrize(("values", "stores"), [({"stores": "cascade"}, ("cascade",)), ({"stores": None}, ())])
def test_a_field_of_another_kind_is_taken_as_text(values, stores):
    assert Wording.of(values).stores == stores
