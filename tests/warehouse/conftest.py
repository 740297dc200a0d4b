"""A simulated Amazon and a pull that share one clock, whose waiting takes no time."""

import threading
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from sellerwatch.cli.simulation import environment_for
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.amazon.faults import parse_faults
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.server import Simulator
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.pull import pull_night
from sellerwatch.warehouse.windows import windows_of_night
from sellerwatch.warehouse.workspace import Workspace, open_workspace
from tests.conftest import FEW, NIGHT, NIGHT_STARTS, ROOT
from tests.warehouse.shelf import Shelf

STORE = "cascade"
ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
INVENTORY = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
STOCK = ("fba_inventory", 17)
ADVICE = ("inventory_planning", 17)
"""Windows of the night, as `Night.rows` names them."""


class SteppingClock:
    """Shows a time of its own; to sleep is to move it forward at once."""

    def __init__(self, start):
        self._now, self._lock = start, threading.Lock()

    def now(self):
        with self._lock:
            self._now += timedelta(milliseconds=1)
            return self._now

    def sleep(self, seconds):
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))


@dataclass
class Night:
    """What a test does with one night of one store."""

    simulator: Simulator
    workspace: Workspace
    clock: SteppingClock

    def only(self, *reports):
        """Leave the store these reports; the fewer there are, the faster the test."""
        settings = self.workspace.settings
        store = settings.stores[STORE].model_copy(update={"reports": reports})
        self.workspace = replace(self.workspace, settings=replace(settings, stores={**settings.stores, STORE: store}))
        return self

    def pull(self):
        return pull_night(self.workspace, STORE, NIGHT)

    def load(self):
        return load_night(self.workspace, STORE, NIGHT)

    def order(self, *faults):
        """Let things go wrong."""
        sellers = [seller.seller_id for seller in self.simulator.world.sellers]
        self.simulator.amazon.faults.waiting.extend(parse_faults(list(faults), seller_ids=sellers))

    def calls(self):
        """Return how often each operation has been called."""
        return {operation: count.calls for (_, operation), count in self.simulator.amazon.calls.items()}

    def rows(self):
        """Return each window of the night by report and last day, as the ledger knows it."""
        with reading(self.workspace.engine) as connection:
            found = windows_of_night(connection, STORE, NIGHT)
        return {(row.window.report, row.window.days.last.day): row for row in found}

    def states(self):
        return {key: row.state for key, row in self.rows().items()}

    def problems(self):
        with reading(self.workspace.engine) as connection:
            return problems_of(connection, STORE, NIGHT)

    def ids_asked(self, report_type):
        """Return the ids of the reports of a type that Amazon was asked for."""
        reports = self.simulator.amazon.reports.values()
        return [report.report_id for report in reports if report.order.report_type == report_type]

    def manifest(self):
        return list(self.workspace.raw.manifest.entries())


def window_row(window_id, day):
    """A window of the ledger as it is entered, with what the database does not fill in."""
    return {
        "id": window_id,
        "store_id": STORE,
        "marketplace": "US",
        "report": "sales_traffic",
        "first_day": day,
        "last_day": day,
        "wanted_for": day,
        "state": "wanted",
        "cancellations": 0,
    }


@pytest.fixture
def clock():
    return SteppingClock(NIGHT_STARTS[STORE])


@pytest.fixture
def simulator(demo_world, clock):
    with Simulator(demo_world, clock, settings=AmazonSettings(url_seconds=3600)) as running:
        yield running


@pytest.fixture
def environment(simulator, tmp_path):
    return environment_for(simulator) | {
        "SELLERWATCH_CONFIG": str(ROOT / "config"),
        "SELLERWATCH_DATA": str(tmp_path / "data"),
    }


@pytest.fixture
def night(environment, simulator, clock, ready_sqlite):
    settings = load_settings(environment)
    ready_sqlite(settings.data_folder / "warehouse.sqlite")
    workspace = replace(open_workspace(settings), clock=clock)
    yield Night(simulator, workspace, clock).only(*FEW)
    workspace.engine.dispose()


@pytest.fixture
def engine(warehouse):
    """An empty warehouse on each database in turn."""
    return warehouse


@pytest.fixture
def shelf(engine, tmp_path, clock):
    """A warehouse on each database in turn, with a raw store beside it."""
    return Shelf(Workspace(None, engine, RawStore(tmp_path / "raw"), clock))
