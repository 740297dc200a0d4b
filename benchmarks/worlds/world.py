"""One seeded world: its nights through the real parsers, loader, measures and judge, held against what its books say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from benchmarks.worlds import units30
from benchmarks.worlds.documents import FEEDS, STORE, lay_down_nights
from benchmarks.worlds.plans import LISTINGS, PLACE, JumpyDemand, plans
from benchmarks.worlds.units30 import OURS, THEIRS, with_both_rules
from sellerwatch.alerts.backtest.episodes import Episode, read_episodes
from sellerwatch.alerts.backtest.foresight import Foresight, Truth, foresee
from sellerwatch.alerts.backtest.outages import Outages, Place, outages_of, read_outages
from sellerwatch.alerts.backtest.scratch import RuleSet, opened_measured, opened_rule_set
from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.core.clock import SystemClock
from sellerwatch.core.periods import Days
from sellerwatch.metrics.measure import measure_night
from sellerwatch.metrics.rebuild import Then, enter_until, workspace_on
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.plans import ListingPlan
from sellerwatch.simulator.world.sellers import CASCADE
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.load import load_waiting
from sellerwatch.warehouse.rebuild.entering import Entering
from sellerwatch.warehouse.rebuild.past import NO_LEDGER, Night, read_past
from sellerwatch.warehouse.workspace import Workspace

FIRST_NIGHT: Final = date(2026, 7, 15)
WARM_UP: Final = timedelta(days=16)
"""Nights before the first that is counted: a snapshot of half a month has to be there, and what is open then is not news."""

HORIZON: Final = timedelta(days=14)
MONTH: Final = 30
OUT_DAYS: Final = 5
"""A stock-out follows an outage where the SKU was without stock on so many of the thirty days before."""

StockOut = tuple[str, date]
"""A SKU, and the day on which its stock was gone."""

SUDDEN_DAYS: Final = 7
"""A stock-out is sudden where demand jumped on one of so many days before it."""


@dataclass(frozen=True, slots=True)
class WorldSeen:
    """How both rules fared in one world.

    Attributes:
        seed: of the world.
        days: that are counted.
        listings: of the world.
        foresight: by rule, against the world's books.
        sudden: the stock-outs that came of a jump in demand.
        after_outage: those whose SKU had been without stock for days of the month before.
        disagreements: outages that the stock reports tell otherwise than the books, by more than a morning.
    """

    seed: int
    days: Days
    listings: int
    foresight: Mapping[str, Foresight]
    sudden: frozenset[StockOut]
    after_outage: frozenset[StockOut]
    disagreements: int


@dataclass(frozen=True, slots=True)
class World:
    """A seeded seller, and what its books say."""

    plans: Sequence[ListingPlan]
    books: WorldBooks

    def outages(self, days: Days) -> Outages:
        """Return the outages of every listing, by the stock at each midnight."""
        return {
            Place(STORE, PLACE.code, plan.listing.sku): tuple(
                outages_of((day.day, day.opening) for day in self.books.history(plan.listing, days.last) if day.day in days)
            )
            for plan in self.plans
        }

    def sudden(self, outages: Outages) -> frozenset[StockOut]:
        """Return the stock-outs, as SKU and day, that came within a week of a day of jumping demand."""
        jumps = {plan.listing.sku: _jumps(plan) for plan in self.plans}
        return frozenset(
            (place.subject, outage.began_on)
            for place, found in outages.items()
            for outage in found
            if any(outage.began_on - timedelta(days=back) in jumps[place.subject] for back in range(1, SUDDEN_DAYS + 1))
        )

    def after_outage(self, days: Days) -> frozenset[StockOut]:
        """Return the stock-outs of the days whose SKU had lately been without stock."""
        found = self.outages(Days(days.first - timedelta(days=MONTH), days.last))
        return frozenset(
            (place.subject, outage.began_on)
            for place, outages in found.items()
            for outage in outages
            if outage.began_on in days
            and sum(any(one.covers(outage.began_on - timedelta(days=back)) for one in outages) for back in range(1, MONTH + 1))
            >= OUT_DAYS
        )


def _jumps(plan: ListingPlan) -> frozenset[date]:
    return frozenset(plan.demand.jumps) if isinstance(plan.demand, JumpyDemand) else frozenset()


def see_world(seed: int, nights: int, folder: Path, *, listings: int = LISTINGS) -> WorldSeen:
    """Run the nights of the world in an empty folder, and hold both rules against its books.

    Args:
        seed: of the world.
        nights: that are counted; the warm-up comes before them, and the horizon is known after them.
        folder: an empty folder.
        listings: how many products the world has.
    """
    first = FIRST_NIGHT + WARM_UP
    days = Days(first, first + timedelta(days=nights - 1))
    known = Days(FIRST_NIGHT, days.last + HORIZON)
    planned = plans(seed, days, listings)
    world = World(planned, WorldBooks(planned, seed))
    raw = RawStore(folder / "raw")
    lay_down_nights(raw, SimulatedWorld((CASCADE,), world.books), Days(FIRST_NIGHT, days.last))
    outages = world.outages(known)
    episodes, told = _judged(raw, folder, Days(FIRST_NIGHT, days.last))
    truth = Truth(outages, known.last, HORIZON)
    return WorldSeen(
        seed=seed,
        days=days,
        listings=listings,
        foresight={name: foresee(episodes.get(name, ()), truth, days) for name in (OURS, THEIRS)},
        sudden=world.sudden(outages),
        after_outage=world.after_outage(days),
        disagreements=_disagreements(world.outages(Days(FIRST_NIGHT, days.last)), told),
    )


def _settings(folder: Path) -> Settings:
    """Return the shipped configuration with one store, whose pulled feeds are those of the stock-out rule."""
    config = Path(__file__).resolve().parents[2] / "config"
    settings = with_both_rules(load_settings({"SELLERWATCH_CONFIG": str(config), "SELLERWATCH_DATA": str(folder)}))
    store = settings.stores[STORE].model_copy(update={"reports": FEEDS})
    return replace(settings, stores={STORE: store})


def _judged(raw: RawStore, folder: Path, nights: Days) -> tuple[Mapping[str, Sequence[Episode]], Outages]:
    settings = _settings(folder)
    past = read_past(raw, NO_LEDGER, [STORE])
    with opened_measured(folder, settings.warehouse_url) as measured, opened_rule_set("both", settings, folder) as both:
        workspace = workspace_on(Workspace(settings, measured, raw, SystemClock()), measured)
        entering = Entering(past, workspace.raw)
        for event in past.events:
            if isinstance(event, Night):
                _measure(workspace, entering, event)
                _judge(workspace, both, event)
        with reading(both.engine) as connection:
            episodes = read_episodes(connection)
        with reading(measured) as connection:
            return episodes, read_outages(connection, [STORE], nights)


def _measure(workspace: Workspace, entering: Entering, night: Night) -> None:
    """Load and measure the night. Its data are not checked: no check freezes a stock-out alert, and they would be half the time."""
    then = replace(workspace, clock=Then(night.decided_at))
    enter_until(then, entering, night.at)
    with writing(then.engine) as connection:
        entering.enter_night(connection, night)
    load_waiting(then, night.store_id)
    measure_night(then, night.store_id, night.as_of)
    with writing(then.engine) as connection:
        units30.measure(connection, night.store_id, night.as_of)


def _judge(workspace: Workspace, both: RuleSet, night: Night) -> None:
    judging = Workspace(both.settings, both.engine, workspace.raw, Then(night.decided_at))
    report = judge_night(judging, night.store_id, night.as_of)
    if not report.is_live:
        message = f"{night.name} was not judged"
        raise RuntimeError(message)


def _disagreements(books: Outages, told: Outages) -> int:
    """Count the outages that one side has and the other has not, give or take the morning: the reports are made at three."""
    return sum(
        not any(abs((one.began_on - other.began_on).days) <= 1 for other in others.get(place, ()))
        for these, others in ((books, told), (told, books))
        for place, found in these.items()
        for one in found
    )
