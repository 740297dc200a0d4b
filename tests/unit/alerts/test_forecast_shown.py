"""How a stock-out forecast reads, in each language, and that the message of the rule says it."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import get_args

import pytest

from sellerwatch.alerts.showing.forecast import REASONS, WORDS, forecast_fields, headline
from sellerwatch.messages.blocks import Language
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.stock.forecast import Arrival, LeadTime, NotCounted, Pace, Why, forecast
from tests.spec.small_world import day
from tests.spec.user_rows import entered

TODAY = date(2026, 11, 17)


def on(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def said(*given, language="en", **more):
    """Return the headline and the fields of a forecast."""
    found = foreseen(*given, **more)
    return headline(found, language), {
        field.label: "".join(map(str, field.value)) for field in forecast_fields(found, language)
    }


def foreseen(cover, *arrivals, pace=4, not_counted=(), lead_time=None, **more):
    return forecast(
        Pace(
            None if cover is None else Fraction(cover),
            Fraction(pace) if pace else None,
            more.get("status", "ok"),
            more.get("reason"),
        ),
        TODAY,
        arrivals=[Arrival(on(offset), units) for offset, units in arrivals],
        not_counted=not_counted,
        lead_time=lead_time,
    )


NO_ORDER = "unknown: the table lead_time has no route for it"


def test_without_arrivals_the_day_alone_is_said():
    assert said(2.5) == ("Runs out Thu, Nov 19.", {"Order by": NO_ORDER})


def test_arrivals_come_with_their_days_and_with_the_day_stock_lasts_to():
    lead_time = LeadTime(30, 5, is_complete=True, route="x")

    assert said(2.5, (1, 40), (2, 1200), (400, 3), (500, 3), lead_time=lead_time) == (
        (
            "Runs out Thu, Nov 19. "
            "With what arrives it lasts until Sat, Sep 25, 2027; then 88 days without stock until Wed, Dec 22, 2027."
        ),
        {
            "Arrives": "40 on Wed, Nov 18; 1,200 on Thu, Nov 19; 3 on Wed, Dec 22, 2027; 1 more",
            "Order by": "Sat, Aug 21, 2027",
        },
    )


HEADLINES = {
    "a gap": ((2, (3, 40)), "Runs out Thu, Nov 19; a day without stock until Fri, Nov 20."),
    "a gap from today": ((0.5, (3, 40)), "Runs out today, Tue, Nov 17; 3 days without stock until Fri, Nov 20."),
    "today": ((0.5,), "Runs out today, Tue, Nov 17."),
    "gone, and more to come": ((0, (3, 40)), "Out of stock now; the next 40 arrive Fri, Nov 20."),
    "gone, and one more to come": ((0, (3, 1)), "Out of stock now; the next one arrives Fri, Nov 20."),
    "gone": ((0,), "Out of stock now."),
    "enough with what comes": ((2, (1, 4000)), "Runs out Thu, Nov 19. With what arrives it lasts for more than a year."),
    "long with what comes": ((2, (1, 40)), "Runs out Thu, Nov 19. With what arrives it lasts until Sun, Nov 29."),
    "enough": ((900,), "Lasts for more than a year."),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_says_the_day_and_how_long_there_is_nothing(name):
    given, words = HEADLINES[name]

    assert said(*given)[0] == words


ORDERS = {
    "passed": (2, LeadTime(30, 5, is_complete=True, route="x"), "Thu, Oct 15, which has passed"),
    "incomplete": (
        60,
        LeadTime(30, 5, is_complete=False, route="x"),
        "Sat, Dec 12 at the latest: days of production or receiving are not entered",
    ),
    "far": (900, LeadTime(30, 5, is_complete=True, route="x"), "not within a year"),
}


@pytest.mark.parametrize("name", ORDERS)
def test_the_last_day_to_order_is_said_or_why_it_is_not_known(name):
    cover, lead_time, words = ORDERS[name]

    assert said(cover, lead_time=lead_time)[1]["Order by"] == words


def test_nothing_is_said_to_run_out_where_cover_is_unknown():
    assert said(None, (2, 5), status="unknown", reason="no_demand") == (
        "Nobody knows when it runs out: nothing sold or shipped that stock could be divided by.",
        {"Arrives": "5 on Thu, Nov 19", "Order by": "unknown"},
    )


def test_an_unknown_pace_is_said():
    text, fields = said(0, (0, 40), pace=None, lead_time=LeadTime(1, 0, is_complete=True, route="x"))

    assert text == (
        "Out of stock now; the next 40 arrive Tue, Nov 17. "
        "With what arrives it lasts longer, nobody knows how long: its pace is not known."
    )
    assert fields["Order by"] == "unknown: its pace is not known"


def test_what_is_not_counted_is_said_with_the_reason():
    left = [NotCounted("overdue", 600, on(-3), "S1"), NotCounted("no_date", 12)]

    assert said(2, not_counted=left)[1]["Not counted"] == (
        "600 were due on Sat, Nov 14 and are overdue; 12 on the way without a date"
    )


def test_chinese_messages_write_days_as_chinese_does():
    found = said(2, (3, 1200), language="zh", not_counted=[NotCounted("overdue", 600, on(-3))])

    assert found == (
        "预计11月19日周四断货，断货 1 天，11月20日周五恢复供货。",
        {
            "预计到货": "11月20日周五到 1,200 件",
            "未计入的在途": "600 件应于11月14日周六到货，已逾期",
            "最迟下单日": "未知：lead_time 表中没有该 SKU 的运输线路",
        },
    )


def test_every_language_has_every_word():
    assert set(WORDS) == set(REASONS) == set(get_args(Language))
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert {frozenset(words) for words in REASONS.values()} == {frozenset(get_args(Why))}


def test_a_day_in_a_language_nobody_taught_us_is_in_english():
    assert day_words(TODAY, "fr") == "Tue, Nov 17, 2026"


def test_the_message_of_the_rule_tells_arrivals_what_is_overdue_and_the_last_day_to_order(store):
    base = {"marketplace": "US", "sku": "A", "mode": "sea"}
    entered(
        store,
        "in_transit",
        base | {"shipment": "S1", "units": 600, "stage": "shipped", "expected_on": day(6)},
        base | {"shipment": "S2", "units": 50, "stage": "customs", "expected_on": day(-2)},
    )
    entered(
        store,
        "lead_time",
        base | {"route": "Ningbo-LAX", "valid_from": day(-9), "production_days": 10, "transit_days": 20, "receiving_days": 3},
    )
    store.stocked("A", 14, [0])
    store.night(0, {"A": 2.8})

    text = " ".join(store.text("A").split())

    assert "Runs out Thu, Nov 19; 7 days without stock until Thu, Nov 26. " in text
    assert "Arrives 600 on Thu, Nov 26 " in text
    assert "Not counted 50 were due on Sun, Nov 15 and are overdue " in text
    assert "Order by Sat, Oct 17, which has passed " in text


def test_a_shipment_that_is_entered_later_updates_the_message(store):
    store.stocked("A", 14, range(3))
    store.night(0, {"A": 2.8})
    before = store.text("A")
    entered(
        store,
        "in_transit",
        {
            "marketplace": "US",
            "sku": "A",
            "mode": "air",
            "shipment": "S1",
            "units": 600,
            "stage": "shipped",
            "expected_on": day(2),
        },
    )

    assert [item.kind for item in store.again(0)] == ["update"]
    assert "Arrives" in store.text("A")
    assert "Arrives" not in before
