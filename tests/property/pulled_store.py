"""A store that is pulled from a simulated Amazon at a time of its own, and to which a history happens."""

from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, start_of_day
from sellerwatch.simulator.amazon.faults import FaultBook, parse_faults
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.backfills.order import BackfillOrder
from sellerwatch.warehouse.backfills.outline import enter_order
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.load import load_night, load_some, load_waiting
from sellerwatch.warehouse.nights import run_of
from sellerwatch.warehouse.pull import local_today, pull_night, pull_past
from sellerwatch.warehouse.stuck import explain_stuck
from sellerwatch.warehouse.tables.ledger import WINDOW
from sellerwatch.warehouse.windows import AT_AMAZON, FINISHED
from sellerwatch.warehouse.workspace import Workspace
from tests.property.mortal import Life, Turns, live, live_together, present_life
from tests.property.pull_histories import Backfill, Housekeeping, Night, Resumed, Together, Wait
from tests.warehouse.conftest import STORE, SteppingClock

SHORTER = {
    "all_orders": {"history_days": 3, "repull_days": 2},
    "sales_traffic": {"history_days": 2, "repull_days": 2},
    "fba_returns": {"history_days": 4, "repull_days": 3, "max_days": 4},
    "economics": {"history_days": 3, "repull_days": 2},
    "settlement": {"history_days": 20},
}
"""Fewer days than are configured, so that a night is short and backfills meet its windows."""

LONGER_THAN_EVERY_COOL_DOWN = timedelta(hours=5)
LONGER_THAN_AMAZON_KEEPS_REPORTS = timedelta(days=91)
MOST_ROUNDS = 6


class WorldByDay:
    """The demo world as it is at the end of each day; what it shows is drawn once for all histories."""

    def __init__(self, world):
        self._world, self._drawn = world, {}

    @property
    def sellers(self):
        return self._world.sellers

    def render(self, request):
        evening = request.now.replace(hour=23, minute=59, second=0, microsecond=0)
        end = request.data_end
        if end is not None and end.date() == request.now.date():
            end = evening
        request = replace(request, now=evening, data_end=end)
        key = repr(request)
        if key not in self._drawn:
            self._drawn[key] = self._world.render(request)
        return self._drawn[key]


class TurningClock(SteppingClock):
    """Whoever sleeps lets the other run work."""

    def sleep(self, seconds):
        super().sleep(seconds)
        present_life().pause(must_wait=True)


def settings_for(settings, reports):
    """Return the settings of a store that pulls these reports, over few days."""
    store = settings.stores[STORE].model_copy(update={"reports": reports})
    pulls = {name: pull.model_copy(update=SHORTER.get(name, {})) for name, pull in settings.reports.items()}
    return replace(settings, stores={**settings.stores, STORE: store}, reports=pulls)


@dataclass
class PulledStore:
    """The store, and what has happened to it."""

    simulator: Simulator
    workspace: Workspace
    nights: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    wants: dict = field(default_factory=lambda: defaultdict(set))
    """By window: who has wanted a new report for it."""
    wanted_at: dict = field(default_factory=dict)
    """By window: when a new report was last wanted for it."""
    problems: list = field(default_factory=list)
    """What the newest run of each night and backfill could not bring."""
    deaths: Counter = field(default_factory=Counter)

    @property
    def clock(self):
        return self.workspace.clock

    @property
    def amazon(self):
        return self.simulator.amazon

    failed_asks: int = 0
    """How often a report was asked for, or a token to ask for it with, and no good answer came."""
    ordered_throttles: int = 0
    is_peaceful: bool = True
    """Nobody has died, met trouble, or been in another one's way."""

    def note_want(self, window, by):
        self.wants[window.id].add(by)
        self.wanted_at[window.id] = self.clock.now()

    def throttles_used(self):
        """How often a call was refused because that was ordered."""
        return self.ordered_throttles - self._throttles_left()

    def _throttles_left(self):
        return sum(fault.times for fault in self.amazon.faults.waiting if fault.fault == "throttle")

    def happen(self, event):
        if isinstance(event, Wait):
            self.clock.sleep(event.minutes * 60)
        elif isinstance(event, Together):
            turns = Turns(event.turns)
            lives = [self._life(run, turns=turns, place=place) for place, run in enumerate(event.runs)]
            self._bury(event.runs, live_together(lives, [self._work(run) for run in event.runs]))
        else:
            self._bury([event], [live(self._life(event), self._work(event))])

    def _bury(self, runs, ends):
        self.deaths.update(run.kill.moment for run, came_to_its_end in zip(runs, ends, strict=True) if not came_to_its_end)

    def _life(self, run, **turns):
        self.is_peaceful &= not (run.kill or run.troubles or turns)
        troubles = defaultdict(list)
        for calls, fault in run.troubles:
            troubles[calls].append(partial(self.order_fault, fault))
        return Life(run.kill, troubles, hear=self.hear, **turns)

    def hear(self, request, response):
        is_ask = request.method == "POST" and request.url.path.endswith(("/reports", "/queries", "/token"))
        self.failed_asks += is_ask and (response is None or not response.is_success)

    def order_fault(self, fault):
        """Let something go wrong at Amazon."""
        sellers = [seller.seller_id for seller in self.simulator.world.sellers]
        self.amazon.faults.waiting.extend(parse_faults([fault], seller_ids=sellers))
        self.ordered_throttles += fault["times"] if fault["fault"] == "throttle" else 0

    def _work(self, run):
        meanwhile = {"meanwhile": partial(load_some, self.workspace, STORE)} if run.loads_meanwhile else {}
        what = run.what
        if isinstance(what, Night):
            as_of = local_today(self.workspace, STORE) - timedelta(days=what.days_ago)
            return partial(self.night, as_of, loads=what.loads, **meanwhile)
        if isinstance(what, Backfill):
            return partial(self.backfill, self._new_order(what), loads=what.loads, **meanwhile)
        if isinstance(what, Resumed) and self.orders:
            return partial(self.backfill, self.orders[what.number % len(self.orders)], **meanwhile)
        return self.keep_house if isinstance(what, Housekeeping) else partial(load_waiting, self.workspace, STORE)

    def _new_order(self, what):
        today = local_today(self.workspace, STORE)
        days = Days(today - timedelta(days=what.first_back), today - timedelta(days=what.last_back))
        feeds = self.workspace.settings.stores[STORE].reports
        number = len(self.orders) + 1
        order = BackfillOrder(f"b{number}", (STORE,), feeds, days, what.mode, "a property", "Ada", "cli")
        self.orders.append(order)
        return order

    def night(self, as_of, *, loads=True, **options):
        if as_of not in self.nights:
            self.nights.append(as_of)
        self.problems += pull_night(self.workspace, STORE, as_of, **options).problems
        if loads:
            self.problems += load_night(self.workspace, STORE, as_of).problems

    def backfill(self, order, *, loads=True, **options):
        enter_order(self.workspace, order)
        self.problems += pull_past(self.workspace, STORE, order.name, **options).problems
        if loads:
            load_waiting(self.workspace, STORE)

    def keep_house(self):
        with alone_with(self.workspace.engine, STORE):
            explain_stuck(self.workspace, STORE)

    def come_to_rest(self):
        """Run everything again until nothing changes, as a person would when Amazon is well again."""
        self.ordered_throttles = self.throttles_used()
        self.amazon.faults.waiting = []
        self._run_again()
        if self._unfinished("requesting", "requested"):
            # What Amazon never finishes is found out when it keeps the report no longer.
            self.clock.sleep(LONGER_THAN_AMAZON_KEEPS_REPORTS.total_seconds())
            self.keep_house()
            self._run_again()

    def _run_again(self):
        before = None
        for _ in range(MOST_ROUNDS):
            self.clock.sleep(LONGER_THAN_EVERY_COOL_DOWN.total_seconds())
            self.problems = []
            for as_of in self.nights:
                self.night(as_of)
            for order in self.orders:
                self.backfill(order)
            after = self.states()
            if after == before or not self._unfinished():
                return
            before = after

    def _unfinished(self, *states):
        return [row for row in self.ledger() if (row.state in states if states else row.state not in FINISHED)]

    def ledger(self):
        with reading(self.workspace.engine) as connection:
            return connection.execute(WINDOW.select().order_by(WINDOW.c.id)).all()

    def states(self):
        return [(row.id, row.state, row.detail) for row in self.ledger()]


@contextmanager
def wants_noted(stored):
    """Note with the store who wants a new report of each window."""
    enter, enter_all_past = windows.enter, windows.enter_all_past

    def entering(connection, window, as_of, **options):
        row = connection.execute(WINDOW.select().where(WINDOW.c.id == window.id)).first()
        began_at = start_of_day(as_of, BY_CODE[window.marketplace].zone)
        is_under_way = row is not None and row.state in AT_AMAZON and row.asked_at >= began_at
        if row is None or (row.wanted_for < as_of and not is_under_way):
            stored.note_want(window, run_of(as_of))
        enter(connection, window, as_of, **options)

    def entering_past(connection, wanted, asked_by, **options):
        wanted = list(wanted)
        order = next(order for order in stored.orders if order.name == asked_by)
        for window, _ in wanted:
            row = connection.execute(WINDOW.select().where(WINDOW.c.id == window.id)).first()
            if row is None or (order.mode == "again" and row.state in FINISHED):
                stored.note_want(window, asked_by)
        enter_all_past(connection, wanted, asked_by, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "enter", entering)
        patch.setattr(windows, "enter_all_past", entering_past)
        yield


def start_over(simulator, world_starts: datetime):
    """Let the simulated Amazon forget everything, at this time."""
    amazon = simulator.amazon
    simulator.time.clock = TurningClock(world_starts)
    amazon.__init__(amazon.world, amazon.clock, amazon.base_url, amazon.settings)
    amazon.faults = FaultBook()
