"""Small worlds written straight into the fact tables, and what the warehouse measures of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import local_day
from sellerwatch.metrics.measure import MeasureReport, measure_night
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import CredentialNames, Store
from sellerwatch.warehouse import nights, problems
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.rebuild.compare import READ_AS
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
NIGHT = date(2026, 11, 17)
NOW = datetime(2026, 11, 17, 13, 40, tzinfo=UTC)
"""05:40 in Los Angeles."""

CREDENTIALS = CredentialNames(lwa_app_id="A", lwa_client_secret="B", refresh_token="C")
CHANNELS = {"SLACK_CHANNEL": "C0ALERTS", "SLACK_OPS_CHANNEL": "C0OPS"}


def day(offset: int) -> date:
    """Return the day this many days from the night; -1 is the last complete day."""
    return NIGHT + timedelta(days=offset)


def shipped_settings(folder: Path, **environment: str) -> Settings:
    """Return the configuration in config/, with channels for alerts and ops."""
    return load_settings(
        {"SELLERWATCH_CONFIG": str(ROOT / "config"), "SELLERWATCH_DATA": str(folder), **CHANNELS, **environment}
    )


def coded_only(settings: Settings) -> Settings:
    """Return the configuration without the metrics that the catalogue computes: what is not looked at need not be measured."""
    return replace(settings, metrics={name: metric for name, metric in settings.metrics.items() if metric.status == "coded"})


@dataclass
class HandClock:
    """A clock that stands until it is set."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class World:
    """One store of a warehouse, and short ways to say what happened in it."""

    engine: Engine
    shipped: Settings
    store_id: str = "store"
    places: tuple[str, ...] = ("US",)
    clock: HandClock = field(default_factory=HandClock)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def settings(self) -> Settings:
        stores = dict(self.shipped.stores) if self.store_id in self.shipped.stores else {}
        store = stores.get(self.store_id) or Store(title="Test Store", marketplaces=self.places, credentials=CREDENTIALS)
        return replace(self.shipped, stores=stores | {self.store_id: store})

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.settings, self.engine, RawStore(self.settings.raw_folder), self.clock)

    def _execute(self, *statements: Any) -> None:
        with writing(self.engine) as connection:
            for statement in statements:
                connection.execute(statement)

    def pulled(
        self,
        first: date,
        last: date,
        *,
        place: str = "US",
        report: str = "all_orders",
        state: str = "done",
        document: str | None = "loaded",
        through: datetime | None = NOW,
        wanted_for: date = NIGHT,
        entered_on: date = NIGHT,
        received_at: datetime = NOW,
    ) -> str:
        """A window of a report, with a document in the given state; return the document's id."""
        window = f"{self.store_id}/{place}/{report}/{first}..{last}/{next(self.numbers)}"
        statements = [
            insert(WINDOW).values(
                id=window,
                store_id=self.store_id,
                marketplace=place,
                report=report,
                first_day=first,
                last_day=last,
                wanted_for=wanted_for,
                entered_on=entered_on,
                state=state,
                finished_at=received_at,
                cancellations=0,
            )
        ]
        if document:
            statements.append(
                insert(DOCUMENT).values(
                    id=f"{window}#1",
                    window_id=window,
                    version=1,
                    sha256="0" * 64,
                    byte_count=1,
                    state=document,
                    row_count=1,
                    skipped_count=0,
                    notes=[],
                    data_through=through,
                    observed_at=received_at,
                    received_at=received_at,
                    manifest_number=next(self.numbers),
                )
            )
        self._execute(*statements)
        return f"{window}#1"

    def all_pulled(self, *, place: str = "US") -> str:
        """The orders of the whole window of the night, and the morning's snapshot."""
        self.pulled(NIGHT, NIGHT, place=place, report="fba_inventory")
        return self.pulled(day(-30), day(-1), place=place)

    def _provenance(self, place: str) -> dict[str, Any]:
        with reading(self.engine) as connection:
            found = connection.execute(
                select(DOCUMENT.c.id)
                .join(WINDOW)
                .where(WINDOW.c.store_id == self.store_id, WINDOW.c.report == "bench")
                .limit(1)
            ).scalar_one_or_none()
        document = found or self.pulled(day(-400), day(-400), report="bench", wanted_for=day(-400))
        return {
            "store_id": self.store_id,
            "marketplace": place,
            "document_id": document,
            "line": next(self.numbers),
            "observed_at": NOW,
        }

    def ordered(self, *lines: dict[str, Any], place: str = "US") -> None:
        """Order lines; what `line` gives."""
        base, zone = self._provenance(place), marketplace(place).zone
        rows = [_order_row(base, item, zone, next(self.numbers)) for item in lines]
        if rows:
            self._execute(insert(FACTS["order_line"]).values(rows))

    def sold(self, sku: str, per_day: int, days: Any, *, place: str = "US", **cells: Any) -> None:
        """The same number of units on each of some days, given as offsets from the night."""
        self.ordered(*(line(sku, on=day(offset), quantity=per_day, **cells) for offset in days), place=place)

    def stocked(self, sku: str, units: int | None, days: Any, *, place: str = "US", **cells: Any) -> None:
        """Morning snapshots of a SKU on some days, given as offsets from the night."""
        self.stocked_all([sku], units, days, place=place, **cells)

    def stocked_all(self, skus: Any, units: int | None, days: Any, *, place: str = "US", **cells: Any) -> None:
        """The same morning snapshots of several SKUs."""
        base = self._provenance(place)
        rows = [
            {
                **base,
                "sku": sku,
                "snapshot_on": day(offset),
                "sellable_units": units,
                "has_afn_listing": True,
                "asin": f"B0{sku}",
                "product_name": f"Product {sku}",
                "inbound_receiving_units": 0,
                "inbound_shipped_units": 0,
                "observed_at": datetime.combine(day(offset), time(13, 35), UTC),
            }
            | cells
            for offset in days
            for sku in skus
        ]
        with writing(self.engine) as connection:
            connection.execute(insert(FACTS["fba_inventory"]), rows)

    def forget(self, table: str, **cells: Any) -> None:
        """Facts that a newer document no longer names."""
        facts = FACTS[table]
        conditions = [facts.c[name] == value for name, value in ({"store_id": self.store_id} | cells).items()]
        self._execute(delete(facts).where(*conditions))

    def had_problems(self, *what: str, night: date = NIGHT) -> None:
        """Everything that went wrong in pulling."""
        with writing(self.engine) as connection:
            problems.record(
                connection, self.store_id, night, "pull", [Problem(text, "US/all_orders", "Do it again") for text in what]
            )

    def began(self, night: date = NIGHT) -> None:
        with writing(self.engine) as connection:
            nights.begin(connection, self.store_id, night, self.clock.now())

    def measure(self, night: date = NIGHT) -> MeasureReport:
        return measure_night(self.workspace, self.store_id, night)

    def values(self, metric: str, kind: str, *, on: date | None = None, period: str = "day") -> dict[tuple[str, str], Any]:
        """Return the metric's rows by marketplace and subject, of one day."""
        wanted = on or (
            NIGHT if kind in {"feed", "store"} or metric in {"velocity", "days_of_cover", "stockout_rate"} else day(-1)
        )
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(METRIC_VALUE).where(
                    METRIC_VALUE.c.store_id == self.store_id,
                    METRIC_VALUE.c.metric == metric,
                    METRIC_VALUE.c.subject_kind == kind,
                    METRIC_VALUE.c.period == period,
                    METRIC_VALUE.c.period_on == wanted,
                )
            ).all()
        return {(row.marketplace, row.subject): row for row in rows}

    def said(
        self, metric: str, kind: str, *, place: str = "US", subject: str = "", on: date | None = None
    ) -> tuple[Any, str, Any]:
        """Return value, status and reason of one measured number."""
        row = self.values(metric, kind, on=on)[(place, subject or place)]
        return (row.value, row.status, row.reason)


def line(
    sku: str = "A", *, on: date | datetime = NIGHT - timedelta(days=1), quantity: int | None = 1, **cells: Any
) -> dict[str, Any]:
    """One order line: shipped by Amazon at 10 USD a unit unless said otherwise."""
    price = cells.pop("price", None if quantity is None else 10 * quantity)
    discount = cells.pop("discount", None)
    return {
        "sku": sku,
        "on": on,
        "quantity": quantity,
        "item_price_amount": None if price is None else Decimal(str(price)),
        "item_promotion_discount_amount": None if discount is None else Decimal(str(discount)),
    } | cells


def _order_row(base: dict[str, Any], item: dict[str, Any], zone: Any, number: int) -> dict[str, Any]:
    cells = dict(item)
    on = cells.pop("on")
    moment = on if isinstance(on, datetime) else datetime.combine(on, time(12), zone).astimezone(UTC)
    defaults = {
        "amazon_order_id": f"order-{number}",
        "ordinal": 1,
        "asin": "B0A",
        "order_status": "Shipped",
        "item_status": "Shipped",
        "fulfillment_channel": "Amazon",
        "sales_channel": "Amazon.com",
        "currency": "USD",
        "purchased_at_utc": moment,
        "last_updated_at_utc": moment,
        "purchased_on": local_day(moment, zone),
    }
    return {**base, "line": number, **defaults, **cells}


def contents(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, circumstances included; measured values as the view that shows them."""
    shown = {READ_AS.get(name, table) for name, table in TABLES.items()}
    with reading(engine) as connection:
        return {table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in shown}
