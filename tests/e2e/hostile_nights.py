"""What the tests of the hostile world share: its nights, run like those of the clean one, and what the warehouse then says."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from sellerwatch.cli.demo import demo_environment
from sellerwatch.cli.nightly import run_night
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.core.periods import Days, local_day, start_of_day
from sellerwatch.reports.registry import REPORTS, TABLES
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.documents import newest_version
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.workspace import open_workspace
from tests.e2e.contents import contents
from tests.e2e.turned_clock import TurnedClock

NIGHT_STARTS = timedelta(hours=5, minutes=30)
RERUN_AFTER = timedelta(hours=4)
PROVENANCE = {"document_id", "observed_at", "line"}
"""Where a fact came from differs when a document was asked for twice, or holds a header twice."""


class NightlyWorld:
    """A world in which every report of a night shows one moment, so that a report that came late says the same."""

    def __init__(self, world):
        self._world = world
        self.sellers, self.mischief = world.sellers, world.mischief

    def render(self, request):
        zone = BY_ID[request.marketplace_ids[0]].zone
        moment = start_of_day(local_day(request.now, zone), zone) + NIGHT_STARTS
        end = min(request.data_end, moment) if request.data_end else None
        return self._world.render(replace(request, data_end=end, now=moment))


@dataclass(frozen=True)
class Lost:
    """A window of which the warehouse has nothing, and what it says about that."""

    marketplace: str
    report: str
    days: Days
    reason: str


class Place:
    """A simulated Amazon and Slack, and the workspace of one who watches its sellers; all live by one turned clock."""

    def __init__(self, simulator, workspace, clock):
        self.simulator, self.workspace, self._clock = simulator, workspace, clock
        self.problems = []

    def run(self, nights):
        """Run the nights of every store; one that is incomplete is run again some hours later, as a person would."""
        for as_of in nights:
            for store_id in sorted(self.workspace.settings.stores, key=lambda name: self._opening(name, as_of)):
                if self._night(store_id, as_of, self._opening(store_id, as_of)):
                    self._night(store_id, as_of, self._opening(store_id, as_of) + RERUN_AFTER)

    def _opening(self, store_id, as_of):
        zone = ZoneInfo(self.workspace.settings.marketplaces(store_id)[0].time_zone)
        return start_of_day(as_of, zone) + NIGHT_STARTS

    def _night(self, store_id, as_of, begins):
        self._clock.turn_to(begins)
        summary, _ = run_night(self.workspace, store_id, as_of, progress=lambda *_: None)
        told = [str(problem) for _, problem in summary.problems]
        self.problems += told
        return told

    def facts(self):
        """Every fact table without provenance: table, then key, then the other columns."""
        found = contents(self.workspace.engine)
        return {
            name: {key: {column: row[column] for column in row.keys() - PROVENANCE} for key, row in found[name].items()}
            for name in FACTS
        }

    def lost(self):
        """Every window that ended without facts, or whose newest document is set aside."""
        columns = (WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.first_day, WINDOW.c.last_day)
        chosen = select(*columns, WINDOW.c.state, WINDOW.c.detail, DOCUMENT.c.error).select_from(
            WINDOW.outerjoin(DOCUMENT, (DOCUMENT.c.window_id == WINDOW.c.id) & (DOCUMENT.c.version == newest_version()))
        )
        with reading(self.workspace.engine) as connection:
            rows = connection.execute(chosen.where((WINDOW.c.state != "done") | (DOCUMENT.c.state != "loaded"))).all()
        return [Lost(row.marketplace, row.report, Days(row.first_day, row.last_day), row.error or row.detail) for row in rows]


@contextmanager
def opened(world, folder, **variables):
    clock = TurnedClock(None)
    folder.mkdir(parents=True)
    with Simulator(NightlyWorld(world), clock) as simulator:
        environment, _ = demo_environment(folder, simulator, Environment({}))
        workspace = replace(open_workspace(load_settings(environment | variables)), clock=clock)
        yield Place(simulator, workspace, clock)
        workspace.engine.dispose()


def without_lost(facts, lost):
    """The facts without those that only a lost window would have told."""
    gone = {
        (table.name, one.marketplace, day.isoformat())
        for one in lost
        for table in REPORTS[one.report].tables
        for day in one.days
    }

    def is_kept(name, key, row):
        scope = TABLES[name].scope
        return (name, row["marketplace"], str(row[scope])) not in gone

    return {name: {key: row for key, row in rows.items() if is_kept(name, key, row)} for name, rows in facts.items()}


def fact_differences(clean, hostile):
    """One line per fact that is on one side only, or not the same, by table."""
    for name in FACTS:
        for key in sorted(clean[name].keys() | hostile[name].keys()):
            if clean[name].get(key) != hostile[name].get(key):
                yield f"{name} {'/'.join(key)}: {clean[name].get(key)} -> {hostile[name].get(key)}"
