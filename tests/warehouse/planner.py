"""A store with a ledger of its own at a standing moment, for plans: what it has, what is on its way, which products it knows."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, update

from sellerwatch.core.periods import Days
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import AdsAccount, CredentialNames
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.planning.entering import enter_plan
from sellerwatch.warehouse.planning.history import plan_history, read_pricing
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import ROOT

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
YEAR = Days(date(2025, 11, 25), date(2026, 11, 24))
STORE = "cascade"
NO_BACKFILL = "backfill earlier"


PARTS = ("LWA_APP_ID", "LWA_CLIENT_SECRET", "REFRESH_TOKEN")
CREDENTIALS = {f"{account}_{part}": f"of {account}" for account in ("CASCADE", "ALPINE") for part in PARTS}


@dataclass(frozen=True)
class StandingClock:
    moment: datetime = NOW

    def now(self):
        return self.moment

    def sleep(self, seconds):
        raise AssertionError("a plan waits for nothing")


def settings_for(places=("US",), *, ads=True) -> Settings:
    """The default configuration, with one store of these marketplaces."""
    settings = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})
    names = {"client_id": "A", "client_secret": "B", "refresh_token": "C"}
    account = AdsAccount(**names, profiles=dict.fromkeys(places, "D")) if ads else None
    store = settings.stores[STORE].model_copy(update={"marketplaces": tuple(places), "ads": account})
    return replace(settings, stores={STORE: store})


@dataclass
class Planner:
    """What a test does with one store's ledger and its plans."""

    workspace: Workspace

    @classmethod
    def at(cls, engine, places=("US",), *, ads=True):
        return cls(Workspace(settings_for(places, ads=ads), engine, None, StandingClock()))

    def with_pull(self, report, **changes):
        """Change how a report is pulled."""
        settings = self.workspace.settings
        reports = {**settings.reports, report: settings.reports[report].model_copy(update=changes)}
        self.workspace = replace(self.workspace, settings=replace(settings, reports=reports))
        return self

    def with_quota(self, report, quotas):
        """Change the limits that the type of a report has of its own."""
        settings = self.workspace.settings
        changed = {**settings.quotas, REPORTS[report].amazon_type: quotas}
        self.workspace = replace(self.workspace, settings=replace(settings, quotas=changed))
        return self

    def without(self, *reports):
        """Let the store not pull these."""
        settings = self.workspace.settings
        store = settings.stores[STORE].model_copy(update={"without": reports})
        self.workspace = replace(self.workspace, settings=replace(settings, stores={**settings.stores, STORE: store}))
        return self

    def with_second_store(self, *, account):
        """Return a planner of the same ledger with one store more, which calls through this account."""
        settings = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")} | CREDENTIALS)
        first = settings.stores[STORE]
        names = {part: name.replace("CASCADE", account) for part, name in first.credentials.model_dump().items()}
        credentials = CredentialNames(**names)
        second = first.model_copy(update={"marketplaces": ("CA",), "credentials": credentials})
        changed = replace(settings, stores={STORE: first, "second": second})
        return Planner(replace(self.workspace, settings=changed))

    def pricing(self):
        with reading(self.workspace.engine) as connection:
            return read_pricing(connection, self.workspace.settings, (STORE,), NOW)

    def plan(self, *feeds, days=YEAR, mode="gaps", route=None, stores=()):
        return plan_history(self.workspace, stores, feeds, days, mode=mode, route=route)

    def enter(self, plan, asked_by="backfill b1"):
        with writing(self.workspace.engine) as connection:
            enter_plan(connection, plan, asked_by)

    def put(self, report, days, state="done", *, place="US", part="", asins=(), asked_at=None, by=NO_BACKFILL):
        """Lay a window into the ledger."""
        window = Window(STORE, place, report, days, part)
        with writing(self.workspace.engine) as connection:
            windows.enter_past(connection, window, by, asins=asins)
            connection.execute(update(WINDOW).where(WINDOW.c.id == window.id).values(state=state, asked_at=asked_at))
        return window

    def put_days(self, report, days):
        """Lay a finished window of each day into the ledger."""
        with writing(self.workspace.engine) as connection:
            for day in days:
                windows.enter_past(connection, Window(STORE, "US", report, Days(day, day)), NO_BACKFILL)
            connection.execute(update(WINDOW).where(WINDOW.c.report == report).values(state="done"))

    def finish_all(self):
        with writing(self.workspace.engine) as connection:
            connection.execute(update(WINDOW).values(state="done"))

    def told_of(self, table, rows, *, place="US", store=STORE):
        """Lay facts into a table; columns that are not given are null."""
        window = Window(store, place, "fba_inventory", Days(TODAY, TODAY), table)
        with writing(self.workspace.engine) as connection:
            windows.enter_past(connection, window, NO_BACKFILL)
            document = dict.fromkeys(("byte_count", "row_count", "skipped_count", "manifest_number"), 0)
            document |= {"id": window.id, "window_id": window.id, "version": 1, "sha256": "", "state": "loaded", "notes": []}
            connection.execute(insert(DOCUMENT).values(**document, observed_at=NOW, received_at=NOW))
            common = {"store_id": store, "marketplace": place, "document_id": window.id, "line": 1, "observed_at": NOW}
            connection.execute(insert(FACTS[table]), [common | row for row in rows])
            connection.execute(update(WINDOW).where(WINDOW.c.id == window.id).values(state="done"))

    def knows(self, count, *places):
        """Let so many products be in stock in each marketplace."""
        for place in places or ("US",):
            asins = [f"B{place}{number:07}" for number in range(count)]
            self.told_of("fba_inventory", [{"snapshot_on": TODAY, "sku": asin, "asin": asin} for asin in asins], place=place)
        return self


def ago(days):
    return TODAY - timedelta(days=days)


def by_feed(plan):
    """Return how many requests there are of each feed and route."""
    counts = {}
    for request in plan.requests:
        key = (request.window.report, request.route.value)
        counts[key] = counts.get(key, 0) + 1
    return counts
