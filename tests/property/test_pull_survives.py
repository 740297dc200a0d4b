"""Whatever happens to a pull, in the end every window is final or explained, none was asked for twice without a reason, and all bytes are kept."""

from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from sqlalchemy import text

from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import Clock
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import CUT_OFF_OTHERS, EMPTY_ALL_TABLES, NIGHT_STARTS, ROOT
from tests.property.mortal import Kill, mortality
from tests.property.pull_histories import Backfill, History, Night, Resumed, Run, Together, Wait, histories
from tests.property.pull_promises import broken_promises
from tests.property.pulled_store import PulledStore, WorldByDay, settings_for, start_over, wants_noted
from tests.warehouse.conftest import STORE, SteppingClock

# A history is long to print, and Hypothesis prints every one that it keeps.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

QUERY_ROWS = 160
"""So many rows make one page: what the store sold in three days takes two."""

STARTS = NIGHT_STARTS[STORE]


@pytest.fixture(scope="module")
def amazon(demo_world):
    with Simulator(WorldByDay(demo_world), SteppingClock(STARTS), settings=AmazonSettings(query_rows=QUERY_ROWS)) as running:
        yield running


@dataclass
class Stage:
    """Where one history after the other happens to a new store."""

    simulator: Simulator
    configured: object
    folder: Path
    numbers: count

    def play(self, engine, history: History):
        """Let the history happen; return the store when it has come to rest."""
        start_over(self.simulator, STARTS)
        clock: Clock = self.simulator.time.clock
        raw = RawStore(self.folder / str(next(self.numbers)))
        stored = PulledStore(self.simulator, Workspace(settings_for(self.configured, history.reports), engine, raw, clock))
        with mortality(engine), wants_noted(stored):
            for happening in history.events:
                stored.happen(happening)
            stored.come_to_rest()
        return stored


@pytest.fixture(scope="module")
def stage(amazon, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pulled")
    environment = environment_for(amazon) | {"SELLERWATCH_CONFIG": str(ROOT / "config"), "SELLERWATCH_DATA": str(folder)}
    return Stage(amazon, load_settings(environment), folder, count())


@pytest.fixture(scope="module")
def empty_sqlite(sqlite_engine, ready_sqlite):
    """Empty the warehouse of the session's engine."""
    path = Path(sqlite_engine.url.database)

    def empty():
        sqlite_engine.dispose()
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        ready_sqlite(path)
        return sqlite_engine

    yield empty
    sqlite_engine.dispose()  # or the next test would find what a connection that was kept still sees


@pytest.fixture(scope="module")
def empty_postgres(postgres_engine):
    """Empty the warehouse in PostgreSQL."""

    def empty():
        postgres_engine.dispose()
        with postgres_engine.begin() as connection:
            connection.execute(text(CUT_OFF_OTHERS))
            connection.execute(text(EMPTY_ALL_TABLES))
        return postgres_engine

    yield empty
    empty()


UNHURRIED = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}

GIVEN_UP_BY_A_NIGHT = History(
    ("sales_traffic",), (Run(Backfill(1, 1, loads=False), Kill("after the list", 1)), Run(Night(loads=False)))
)
"""A night of the same day once dropped the report that a killed backfill had asked for, and asked for another."""


AGAIN_TOO_SOON = History(("fba_returns",), (Run(Backfill(3, 1)), Run(Backfill(3, 1, "again"))))
"""When a report was asked for was once forgotten with the want for another, and with it the type's cool-down."""

NEVER_SENT = History(
    ("fba_returns",),
    (Run(Night(), Kill("before an ask", 1)), Wait(250), Run(Backfill(6, 5)), Run(Night())),
)
"""A request that a killed run had not sent was once made without a look at what had been asked for since."""

OVERTAKEN = History(("sales_traffic",), (Together((Run(Backfill(2, 1)), Run(Night())), (1, 400)),))
"""A night finished what a backfill had just planned to ask for, which then asked for it once more."""


OLD_FOR_NEW = History(
    ("sales_traffic",),
    (Run(Backfill(1, 1)), Run(Backfill(1, 1, "again"), Kill("before an ask", 1)), Run(Resumed(1))),
)
"""A killed run's successor once took the report that the window had already for the one that was wanted anew."""

TAKEN_BUT_UNKNOWN = History(
    ("economics",), (Run(Night()), Wait(20), Run(Backfill(3, 1, "again"), Kill("after an ask", 1)), Run(Resumed()))
)
"""What the design cannot avoid: a query with pages before it is asked for once more when its answer was lost."""


def check(stage, engine, history):
    stored = stage.play(engine, history)
    for moment in stored.deaths:
        event(f"died {moment}")

    assert broken_promises(stored) == []


@settings(max_examples=12, **UNHURRIED)
@given(history=histories())
@example(GIVEN_UP_BY_A_NIGHT)
@example(AGAIN_TOO_SOON)
@example(NEVER_SENT)
@example(OVERTAKEN)
@example(OLD_FOR_NEW)
@example(TAKEN_BUT_UNKNOWN)
def test_whatever_happens_all_ends_final_or_explained_and_nothing_is_lost_or_paid_for_twice(stage, empty_sqlite, history):
    check(stage, empty_sqlite(), history)


@pytest.mark.slow
@pytest.mark.long
@settings(max_examples=120, **UNHURRIED)
@given(history=histories(most_events=8))
def test_longer_histories_end_well_too(stage, empty_sqlite, history):
    check(stage, empty_sqlite(), history)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.postgres
@settings(max_examples=12, **UNHURRIED)
@given(history=histories())
def test_histories_end_well_in_postgresql_too(stage, empty_postgres, history):
    check(stage, empty_postgres(), history)
