"""The seeded worlds: what is known of them, and that two small ones go through the real nights and are summed up."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from benchmarks.worlds.__main__ import COLUMNS, rows
from benchmarks.worlds.plans import CYCLE_DAYS, JUMP_SHARE, JumpyDemand, plans
from benchmarks.worlds.result import GROUPS, sum_up
from benchmarks.worlds.units30 import OURS, THEIRS
from benchmarks.worlds.world import World, WorldSeen, see_world
from sellerwatch.alerts.backtest.foresight import Announced, Foresight, Happening
from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.core.periods import Days
from sellerwatch.simulator.world.books import WorldBooks

DAYS = Days(date(2026, 7, 31), date(2026, 9, 28))


def world(seed):
    planned = plans(seed, DAYS)
    return World(planned, WorldBooks(planned, seed))


def test_the_same_seed_gives_the_same_stock_outs_and_another_gives_others():
    first, again, other = (world(seed).outages(DAYS) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert 10 <= sum(len(outages) for outages in first.values()) <= 60


def test_some_demand_jumps_and_every_listing_is_supplied_in_a_rhythm_of_its_own():
    planned = [plan for seed in range(1, 6) for plan in plans(seed, DAYS)]

    jumping = [plan for plan in planned if isinstance(plan.demand, JumpyDemand) and plan.demand.jumps]
    assert JUMP_SHARE / 2 < len(jumping) / len(planned) < JUMP_SHARE * 2
    assert all(day in DAYS for plan in jumping for day in plan.demand.jumps)
    assert len({len(plan.supply.shipments) for plan in planned}) > CYCLE_DAYS[1] / CYCLE_DAYS[0]


def test_a_stock_out_is_sudden_only_within_a_week_of_jumping_demand():
    seen = world(1)
    outages = seen.outages(DAYS)
    jumps = {plan.listing.sku: plan.demand.jumps for plan in seen.plans}

    sudden = seen.sudden(outages)

    assert sudden
    for sku, day in sudden:
        assert any(day - timedelta(days=back) in jumps[sku] for back in range(1, 8))


PLACE = Place("cascade", "US", "A")
CALM = {"followed": 0, "under_way": 0, "undecided": 0, "false_alarm": 0}


def seen(leads, *, false_red=0):
    events = tuple(Announced(Happening(PLACE, DAYS.first + timedelta(days=n)), lead) for n, lead in enumerate(leads))
    foresight = Foresight(events, CALM, {"red": CALM | {"followed": 3, "false_alarm": false_red}})
    first = (PLACE.subject, DAYS.first)
    return WorldSeen(1, DAYS, 50, {OURS: foresight, THEIRS: foresight}, frozenset({first}), frozenset(), 0)


def test_worlds_are_summed_over_all_their_stock_outs_and_calls_are_per_thousand_sku_months():
    result = sum_up([seen([7, 3, None, 0], false_red=1), replace(seen([9]), seed=2)])

    assert result["sku_months"] == 200
    ours = result["rules"][OURS]
    assert ours["stock_outs"]["all"] == {
        "count": 5,
        "announced": 3,
        "announced_ahead": {"7": 2, "3": 3, "1": 3},
        "told_on_the_day_only": 1,
        "missed": 1,
        "median_lead_days": 5.0,
    }
    assert ours["calls_per_1000_sku_months"] == {"yellow": 0.0, "orange": 0.0, "red": 35.0}
    assert ours["false_calls_per_1000_sku_months"]["red"] == 5.0
    assert [ours["stock_outs"][group]["count"] for group in ("sudden", "after_outage", "neither")] == [2, 0, 3]


@pytest.mark.slow
@pytest.mark.long
def test_two_small_worlds_go_through_their_nights_and_both_rules_tell_of_every_stock_out(tmp_path):
    worlds = [see_world(seed, 12, tmp_path / str(seed), listings=8) for seed in (1, 2)]

    result = sum_up(worlds)

    assert result["outages_told_otherwise_than_the_books"] == 0
    assert {name: rule["stock_outs"]["all"]["count"] for name, rule in result["rules"].items()} == {
        name: sum(len(one.foresight[OURS].events) for one in worlds) for name in (OURS, THEIRS)
    }
    ours = result["rules"][OURS]["stock_outs"]["all"]
    assert ours["count"] > 0
    assert ours["missed"] == 0
    table = [*rows(result)]
    assert table[0] == COLUMNS
    assert len(table) == 1 + 2 * len(GROUPS)
