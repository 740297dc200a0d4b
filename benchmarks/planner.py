"""How fast a plan is made: two years of 25 feeds in 20 marketplaces, of an empty ledger and of one that two years of nights filled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert

from benchmarks.figures import Figure, below
from sellerwatch.core.clock import ScaledClock
from sellerwatch.core.periods import Days, months_before, weeks_before
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import SnapshotPeriod, Store
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.planning.history import plan_history
from sellerwatch.warehouse.planning.known import products_per_report
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace, open_workspace

SECONDS: Final = 2.0
"""A plan may take so long at the most."""

NOW: Final = datetime(2026, 11, 25, 20, tzinfo=UTC)
YEARS: Final = Days(date(2024, 11, 26), date(2026, 11, 24))
STORES: Final = {
    "america": ("US", "CA", "MX", "BR"),
    "europe": ("UK", "DE", "FR", "IT", "ES", "NL", "SE", "PL", "BE", "IE", "TR", "AE", "SA"),
    "far_east": ("JP", "AU", "SG"),
}
FEEDS, MARKETPLACES, PRODUCTS = 25, 20, 300
MISSING = (50, 3)
"""Of so many days in a row so many are missing from the full ledger."""


def figures(run: Callable[..., Mapping[str, float]], folder: Path, nights: int) -> Iterator[Figure]:
    """Yield a figure for each ledger; ``run`` runs a case in a process of its own.

    Args:
        run: gives back what a case took.
        folder: where the warehouses are made.
        nights: how many nights have filled the ledger that is not empty.
    """
    for filled in (0, nights):
        taken = run("plan", folder / f"plan_{filled}", filled)
        ledger = f"{filled} nights in the ledger" if filled else "an empty ledger"
        name = f"sqlite: plan of two years, {FEEDS} feeds, {MARKETPLACES} marketplaces, {ledger}"
        yield below(name, taken["wall"], "s", bound=SECONDS)


def plan(folder: str, nights: str) -> Callable[[], None]:
    """Make a warehouse whose stores know their products and have had so many nights, and plan two years of it."""
    workspace = _workspace(Path(folder))
    feeds = _feeds(workspace.settings)
    with writing(workspace.engine) as connection:
        for store_id, places in STORES.items():
            for place in places:
                _know_products(connection, store_id, place)
                if int(nights):
                    _fill(connection, workspace.settings, (store_id, place), feeds, int(nights))

    def made() -> None:
        found = plan_history(workspace, (), feeds, YEARS)
        if {request.window.marketplace for request in found.requests} != set(chain.from_iterable(STORES.values())):
            message = f"the plan is not one of all marketplaces: {len(found.requests)} requests"
            raise RuntimeError(message)

    return made


def _workspace(folder: Path) -> Workspace:
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings({"SELLERWATCH_CONFIG": str(Path(__file__).resolve().parents[1] / "config")})
    like = settings.stores["cascade"]
    stores = {name: _store(like, places) for name, places in STORES.items()}
    changed = replace(settings, stores=stores, data_folder=folder, warehouse_url=f"sqlite:///{folder / 'warehouse.sqlite'}")
    return replace(open_workspace(changed), clock=ScaledClock.starting(NOW, 1.0))


def _store(like: Store, places: tuple[str, ...]) -> Store:
    """Return the store with other marketplaces, and an advertising profile in each."""
    ads = like.ads.model_copy(update={"profiles": dict.fromkeys(places, "PROFILE")}) if like.ads else None
    return like.model_copy(update={"marketplaces": places, "ads": ads})


def _feeds(settings: Settings) -> tuple[str, ...]:
    """Return the feeds that have a past, and as many others as it takes."""
    past = [name for name, pull in settings.reports.items() if not isinstance(pull, SnapshotPeriod)]
    return tuple([*past, *(name for name in settings.reports if name not in past)][:FEEDS])


def _asins(place: str) -> list[str]:
    return [f"B0{place}{number:06}" for number in range(PRODUCTS)]


def _know_products(connection: Connection, store_id: str, place: str) -> None:
    window = Window(store_id, place, "fba_inventory", Days(YEARS.last, YEARS.last), "products")
    connection.execute(insert(WINDOW).values(_row(window)))
    document: dict[str, object] = dict.fromkeys(("byte_count", "row_count", "skipped_count", "manifest_number"), 0)
    document |= {"id": window.id, "window_id": window.id, "version": 1, "sha256": "", "state": "loaded", "notes": []}
    connection.execute(insert(DOCUMENT).values(**document, observed_at=NOW, received_at=NOW))
    common = {"store_id": store_id, "marketplace": place, "document_id": window.id, "line": 1, "observed_at": NOW}
    rows = [common | {"snapshot_on": YEARS.last, "sku": asin, "asin": asin} for asin in _asins(place)]
    connection.execute(insert(FACTS["fba_inventory"]), rows)


def _fill(connection: Connection, settings: Settings, where: tuple[str, str], feeds: tuple[str, ...], nights: int) -> None:
    """Lay down a finished window of each of the last days, or of each week or month, and part, but for some days."""
    store_id, place = where
    cycle, missing = MISSING
    days = [Days(day, day) for day in list(YEARS)[-nights:] if day.toordinal() % cycle >= missing]
    weeks, months = weeks_before(YEARS.last, 104), months_before(YEARS.last, 23)
    for feed in feeds:
        pull = settings.reports[feed]
        periods = {"weeks": weeks, "months": months}.get(pull.period, days)
        size, asins = products_per_report(pull), _asins(place)
        parts = {f"asins-{start:03}": asins[start : start + size] for start in range(0, PRODUCTS, size)} if size else {"": []}
        rows = [
            _row(Window(store_id, place, feed, period, part), products)
            for period in periods
            for part, products in parts.items()
        ]
        connection.execute(insert(WINDOW), rows)


def _row(window: Window, asins: list[str] | None = None) -> dict[str, object]:
    return {
        "id": window.id,
        "store_id": window.store_id,
        "marketplace": window.marketplace,
        "report": window.report,
        "first_day": window.days.first,
        "last_day": window.days.last,
        "part": window.part,
        "asins": asins or [],
        "wanted_for": window.days.last + timedelta(days=1),
        "state": "done",
        "cancellations": 0,
        "asked_at": NOW - timedelta(days=30),
        "finished_at": NOW - timedelta(days=30),
        "making_seconds": 90,
    }
