"""The simulated sellers' feeds tell one story: no data check fails, on any night, over every document the simulator can make."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, end_of_day, start_of_day
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.reports.registry import REPORTS
from sellerwatch.simulator.ports import ReportRequest
from sellerwatch.warehouse import documents, windows
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.results import results_of, verdicts
from sellerwatch.warehouse.checks.run import check_everything, check_night
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace
from tests.conftest import NIGHT
from tests.spec.small_world import HandClock, shipped_settings

pytestmark = [pytest.mark.slow, pytest.mark.long]

NIGHTS = tuple(NIGHT + timedelta(days=offset) for offset in (0, 1, 3))
"""On the last of them the ledger of the day before the first snapshot is settled."""
OPTIONS = {
    "sales_traffic": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
    "ledger_summary": {"aggregatedByTimePeriod": "DAILY"},
}
OVER_DAYS = ("ledger_summary", "ledger_detail", "fba_returns", "merchant_returns", "reimbursements", "seller_feedback")
SNAPSHOTS = ("fba_inventory", "inventory_planning", "restock", "merchant_listings", "stranded_inventory", "seller_performance")
OCTOBER = Days(date(2026, 10, 1), date(2026, 10, 31))
TRAFFIC_DAYS, HISTORY_DAYS, AGAIN_DAYS = 8, 30, 10
TRAFFIC_PAST_DAYS, FORTNIGHT = 40, 14
NOT_SIMULATED = {"economics", "sales_traffic_trends", "ads"}
"""What feeds of these reports would be checked for has its spec on written facts."""


@dataclass
class Amazon:
    """Takes documents straight from the world, without asking over HTTP."""

    world: object
    workspace: Workspace
    store_id: str
    as_of: date
    place: Marketplace
    refused: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return start_of_day(self.as_of, self.place.zone) + timedelta(hours=5, minutes=30)

    def back(self, count: int) -> date:
        return self.as_of - timedelta(days=count)

    def fetch(self, report: str, days: Days, *, start=None, end=None) -> None:
        """Lay down the report's document as if it had been pulled for the night."""
        seller = next(item for item in self.world.sellers if item.name == self.store_id)
        start, end = start or start_of_day(days.first, self.place.zone), end or end_of_day(days.last, self.place.zone)
        places = (self.place.id,)
        asked = ReportRequest(
            seller.seller_id, REPORTS[report].amazon_type, places, start, end, OPTIONS.get(report, {}), self.now
        )
        made = self.world.render(asked)
        if made.status != "DONE":
            self.refused.append(f"{report} {days}: {made.status} {made.body[:200]!r}")
            return
        window = Window(self.store_id, self.place.code, report, days)
        received = Received(
            store=self.store_id,
            marketplace=self.place.code,
            report=report,
            first_day=str(days.first),
            last_day=str(days.last),
            report_id=f"{report} {days} {self.as_of}",
            content_type=made.content_type,
            compression="",
            received_at=self.now.isoformat(),
            observed_at=self.now.isoformat(),
        )
        entry = self.workspace.raw.put_bytes(made.body, received)
        with writing(self.workspace.engine) as connection:
            windows.enter(connection, window, self.as_of)
            documents.enter(connection, window, entry, error=None)
            windows.mark_finished(connection, window, "done", self.now)

    def fetch_all(self, *, is_first: bool) -> None:
        self.fetch("all_orders", Days(self.back(HISTORY_DAYS if is_first else AGAIN_DAYS), self.back(1)), end=self.now)
        for count in range(TRAFFIC_DAYS if is_first else 4, 0, -1):
            day = self.back(count)
            midnight = datetime.combine(day, time(), UTC)
            self.fetch("sales_traffic", Days(day, day), start=midnight, end=midnight)
        for report in OVER_DAYS:
            self.fetch(report, Days(self.back(HISTORY_DAYS), self.back(1)))
        for report in SNAPSHOTS:
            self.fetch(report, Days(self.as_of, self.as_of))
        self.fetch("fee_preview", Days(self.as_of, self.as_of), start=self.now - timedelta(hours=80))
        self.fetch("settlement", Days(self.back(16), self.back(2)))
        self.fetch("storage_fees", OCTOBER)

    def fetch_past(self, count: int) -> None:
        """Lay down what so many days left behind, as a backfill brings it."""
        for newest in range(1, count, HISTORY_DAYS):
            days = Days(self.back(min(newest + HISTORY_DAYS - 1, count)), self.back(newest))
            for report in ("orders_by_date", "ledger_summary", "fba_returns"):
                self.fetch(report, days)
        for day in Days(self.back(TRAFFIC_PAST_DAYS), self.back(1)):
            midnight = datetime.combine(day, time(), UTC)
            self.fetch("sales_traffic", Days(day, day), start=midnight, end=midnight)
        for newest in range(2, count, FORTNIGHT):
            self.fetch("settlement", Days(self.back(newest + FORTNIGHT - 1), self.back(newest)))


@pytest.mark.parametrize("store_id", ["alpine", "cascade"])
def test_three_nights_of_every_document_pass_every_check(demo_world, tmp_path, store_id):
    engine = open_engine(f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    bring_up_to_date(engine)
    settings = shipped_settings(tmp_path)
    workspace, judged = Workspace(settings, engine, RawStore(tmp_path / "raw"), HandClock()), set()

    for as_of in NIGHTS:
        for place in settings.marketplaces(store_id):
            amazon = Amazon(demo_world, workspace, store_id, as_of, place)
            amazon.fetch_all(is_first=as_of == NIGHTS[0])
            assert amazon.refused == []
        assert load_night(workspace, store_id, as_of).problems == ()
        check_night(workspace, store_id, as_of)
        with reading(engine) as connection:
            found = verdicts(results_of(connection, store_id, as_of))
        judged |= {item.check_name for item in found if item.status != "skipped"}
        assert [(item.check_name, item.failures) for item in found if item.status == "fail"] == []

    full = check_everything(workspace, store_id, NIGHTS[-1])
    assert [(item.check_name, item.failures) for item in full if item.status == "fail"] == []
    simulated = {
        name for name, check in CHECKS.items() if not any(word in report for report in check.reports for word in NOT_SIMULATED)
    }
    assert simulated - judged - SOMETIMES_EMPTY == set()
    engine.dispose()


SOMETIMES_EMPTY = {
    "order_in_two_marketplaces",  # cascade sells in one
    "fba_inventory_marketplaces",
    "inventory_planning_marketplaces",
    "sales_traffic_day_marketplaces",
    "fba_return_volume",  # fewer returns a day than a size is judged by
    "ledger_event_volume",
    "order_line_volume",
    "merchant_return_repeats",  # alpine ships everything by Amazon
    "conversion_band",  # eight days of traffic are no past
    "return_band",  # nor are four weeks of orders
    "shipped_orders_settled",  # one settlement is not all that may pay an order
}


def test_a_hundred_ordinary_days_leave_no_band_and_no_story_disagrees(demo_world, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    bring_up_to_date(engine)
    settings = shipped_settings(tmp_path)
    workspace = Workspace(settings, engine, RawStore(tmp_path / "raw"), HandClock())
    for place in settings.marketplaces("alpine"):
        amazon = Amazon(demo_world, workspace, "alpine", NIGHT, place)
        amazon.fetch_past(100)
        assert amazon.refused == []
    assert load_night(workspace, "alpine", NIGHT).problems == ()

    found = check_everything(workspace, "alpine", NIGHT, only=IN_THE_LONG_RUN)

    assert {item.check_name: item.status for item in found} == dict.fromkeys(IN_THE_LONG_RUN, "pass")
    engine.dispose()


IN_THE_LONG_RUN = (
    "conversion_band",
    "sales_without_sessions",
    "return_band",
    "order_bursts",
    "settled_orders_known",
    "shipped_orders_settled",
    "shipments_vs_orders",
)
"""What needs weeks of orders, returns, settlements and ledgers to be judged."""
