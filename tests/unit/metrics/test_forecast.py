"""The day stock runs out: examples at the edges, and the quick calculation against a walk from day to day."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.metrics.stock.forecast import HORIZON_DAYS, Arrival, Forecast, LeadTime, NotCounted, Pace, forecast

TODAY = date(2026, 11, 17)
LEAD = LeadTime(days=30, buffer_days=5, is_complete=True, route="Ningbo-LAX")


def on(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def foretold(units, per_day, *arrivals, lead_time=None, **pace):
    """What is foretold of so many units that sell at so many a day, and arrivals as (days from now, units)."""
    cover = None if units is None else Fraction(units) / Fraction(per_day) if per_day else Fraction(units)
    found = Pace(cover, Fraction(per_day) if per_day else None, pace.get("status", "ok"), pace.get("reason"))
    coming = [Arrival(on(day), count) for day, count in arrivals]
    return forecast(found, TODAY, arrivals=coming, lead_time=lead_time)


EDGES = {
    "no arrival": ((10, 4), [], (on(2), on(2), None)),
    "sold to the last unit at night: the next day has none": ((12, 4), [], (on(3), on(3), None)),
    "an arrival before": ((10, 4), [(1, 8)], (on(2), on(4), None)),
    "an arrival on the day of running out is in time": ((10, 4), [(2, 8)], (on(2), on(4), None)),
    "an arrival on the first day without any is in time": ((12, 4), [(3, 4)], (on(3), on(4), None)),
    "an arrival the day after comes too late": ((10, 4), [(3, 8)], (on(2), on(2), on(3))),
    "several arrivals, each in time because of the one before": ((10, 4), [(4, 8), (2, 8), (6, 2)], (on(2), on(7), None)),
    "the second of two comes too late": ((10, 4), [(2, 8), (6, 8)], (on(2), on(4), on(6))),
    "two on one day": ((10, 4), [(2, 4), (2, 4)], (on(2), on(4), None)),
    "nothing in stock": ((0, 4), [], (TODAY, TODAY, None)),
    "nothing in stock, something today": ((0, 4), [(0, 10)], (TODAY, on(2), None)),
    "nothing in stock, something later": ((0, 4), [(5, 10)], (TODAY, TODAY, on(5))),
    "on the last day of a year": ((4 * 365, 4), [], (on(365), on(365), None)),
    "not within a year": ((4 * 366, 4), [], (None, None, None)),
    "within a year but for what comes": ((4 * 300, 4), [(200, 400)], (on(300), None, None)),
}


@pytest.mark.parametrize("name", EDGES)
def test_stock_runs_out_on_the_day_whose_demand_it_does_not_meet(name):
    stock, arrivals, expected = EDGES[name]

    found = foretold(*stock, *arrivals)

    assert (found.runs_out_on, found.lasts_until, found.back_on) == expected


def walked(units: int, per_day: Fraction, arrivals: list[tuple[int, int]]) -> date | None:
    """Go from day to day: what has arrived by then is there, and the day's demand is taken from it."""
    left = Fraction(units)
    for day in range(HORIZON_DAYS + 1):
        left += sum(count for arrives, count in arrivals if arrives == day)
        if left < per_day:
            return on(day)
        left -= per_day
    return None


@settings(max_examples=300, deadline=None)
@given(
    units=st.integers(0, 400),
    sold=st.integers(1, 60),
    days=st.integers(1, 30),
    arrivals=st.lists(st.tuples(st.integers(0, 120), st.integers(1, 300)), max_size=5),
)
def test_the_quick_calculation_agrees_with_a_walk_from_day_to_day(units, sold, days, arrivals):
    per_day = Fraction(sold, days)

    found = foretold(units, per_day, *arrivals)

    assert found.runs_out_on == walked(units, per_day, [])
    assert found.lasts_until == walked(units, per_day, arrivals)


ORDERS = {
    "in time": ((160, 4), LEAD, (on(5), "ok", None)),
    "today": ((140, 4), LEAD, (TODAY, "ok", None)),
    "the day has passed": ((100, 4), LEAD, (on(-10), "ok", None)),
    "out of stock": ((0, 4), LEAD, (on(-35), "ok", None)),
    "nobody entered a lead time": ((160, 4), None, (None, "unknown", "no_lead_time")),
    "parts of it are missing": (
        (160, 4),
        LeadTime(30, 5, is_complete=False, route="x"),
        (on(5), "provisional", "lead_time_incomplete"),
    ),
    "stock for years": ((4000, 4), LEAD, (None, "unknown", "not_within_a_year")),
}


@pytest.mark.parametrize("name", ORDERS)
def test_what_is_ordered_on_the_last_day_is_there_when_the_stock_runs_out(name):
    stock, lead_time, expected = ORDERS[name]

    found = foretold(*stock, lead_time=lead_time)

    assert (found.order_by, found.order_status, found.order_reason) == expected


def test_what_comes_in_time_puts_the_last_day_to_order_off():
    assert foretold(160, 4, (10, 40), lead_time=LEAD).order_by == on(15)


def test_what_comes_too_late_does_not():
    assert foretold(160, 4, (50, 40), lead_time=LEAD).order_by == on(5)


@pytest.mark.parametrize("reason", ["no_demand", "insufficient", "no_data", "not_listed"])
def test_without_cover_nothing_is_foretold_and_the_reason_is_passed_on(reason):
    left = NotCounted("overdue", 600, on(-3), "S1")

    found = forecast(
        Pace(None, None, "unknown", reason), TODAY, arrivals=[Arrival(on(2), 5)], not_counted=[left], lead_time=LEAD
    )

    assert (found.status, found.reason, found.order_status, found.order_reason) == ("unknown", reason, "unknown", reason)
    assert (found.runs_out_on, found.lasts_until, found.order_by) == (None, None, None)
    assert (found.arrivals, found.not_counted) == ((Arrival(on(2), 5),), (left,))


def test_without_cover_and_without_a_reason_there_is_no_data():
    found = forecast(Pace(None, None, "unknown", None), TODAY)

    assert found == Forecast(TODAY, "unknown", "no_data", order_reason="no_data")


def test_a_forecast_names_all_that_it_rests_on_by_day():
    late, soon = Arrival(on(50), 40, "S2"), Arrival(on(10), 40, "S1")
    left = NotCounted("no_date", 7, None, "S3")

    found = forecast(
        Pace(Fraction(40), Fraction(4), "ok", None), TODAY, arrivals=[late, soon], not_counted=[left], lead_time=LEAD
    )

    assert found == Forecast(
        as_of=TODAY,
        status="ok",
        reason=None,
        cover_days=Fraction(40),
        runs_out_on=on(40),
        lasts_until=on(60),
        order_by=on(25),
        order_status="ok",
        arrivals=(soon, late),
        not_counted=(left,),
    )


def test_nobody_knows_how_long_an_arrival_lasts_that_sells_at_an_unknown_pace():
    found = foretold(0, None, (0, 40), lead_time=LEAD)

    assert (found.runs_out_on, found.lasts_until, found.is_lasting_known) == (TODAY, None, False)
    assert (found.order_status, found.order_reason) == ("unknown", "no_velocity")


def test_a_later_arrival_ends_a_stock_out_at_an_unknown_pace_too():
    found = foretold(0, None, (4, 40))

    assert (found.lasts_until, found.back_on, found.days_without) == (TODAY, on(4), 4)


def test_a_short_history_makes_the_days_provisional():
    found = foretold(160, 4, lead_time=LEAD, status="provisional", reason="short_history")

    assert (found.status, found.reason) == ("provisional", "short_history")
    assert (found.order_status, found.order_reason) == ("provisional", "short_history")
