"""How fast one new day is measured: sales and traffic of many products, against a roll of their windows written by hand."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, Text, func, insert, literal, literal_column, select
from sqlalchemy.schema import CreateColumn

from benchmarks.figures import Figure, at_most
from sellerwatch.core.clock import ScaledClock
from sellerwatch.core.periods import Days
from sellerwatch.metrics.measure import measure_night
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.sealing.seal import seal_night
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.tables.measures import METRIC_NUMBER, METRIC_VALUE
from sellerwatch.warehouse.windows import Window
from sellerwatch.warehouse.workspace import Workspace, open_workspace

OVER_ROLL, OVER_LESS_HISTORY = 2.0, 1.2
"""A night may take so many times as long as the roll, and with ten times the history as with one."""

NIGHT: Final = date(2026, 11, 18)
"""A Wednesday within a month: besides the windows no week or month ends."""
NIGHTS_BEFORE: Final = 6
"""So many nights were measured before, so that a day settles in the measured one as in any other."""
STORE: Final = "cascade"
PLACE: Final = "US"
FEED: Final = "sales_traffic"
PRODUCTS_OF_A_PARENT: Final = 4

CELLS: Final[Mapping[str, str]] = {
    "sessions": "sessions",
    "units": "units_ordered",
    "items": "order_items",
    "sales": "ordered_product_sales_amount",
    "views": "featured_offer_pct * page_views",
    "pages": "page_views",
}
"""What the numbers of the products are sums of."""
WINDOWS: Final[Mapping[str, int]] = {"d7": 7, "d30": 30}
_STORED: Final[Mapping[str, tuple[str, str | None, int]]] = {
    "sessions": ("1000000 * sessions", None, 1),
    "unit_session_pct": ("1000000 * units", "1000000 * sessions", 100),
    "order_item_session_pct": ("1000000 * items", "1000000 * sessions", 100),
    "units_per_order_item": ("1000000 * units", "1000000 * items", 1),
    "asp": ("sales", "1000000 * units", 1),
    "featured_offer_pct": ("views", "100000000 * pages", 100),
}
"""What the hand-written SQL makes of the sums: numerator, denominator and scale, in millionths."""
NOT_MEASURED: Final = frozenset({("units_per_order_item", "d7")})
"""The shipped metrics have no such value."""


@dataclass(frozen=True, slots=True)
class Size:
    """So many products on so many days, as many as can be had on ten times the days, and as many whose history is measured anew."""

    products: int
    days: int
    long_products: int
    history_products: int


def figures(run: Callable[..., Mapping[str, float]], folder: Path, size: Size) -> Iterator[Figure]:
    """Yield what a new day costs, what the roll costs, and what ten times the history does to it.

    Args:
        run: runs a case in a process of its own and gives back what it took.
        folder: where the warehouses are made.
        size: how much there is to measure.

    A windowed metric counts as one for as many subjects as there are products; of parents there are fewer.
    """
    many = folder / "metrics_many"
    run("metrics_lay_down", many, size.products, size.days)
    bare = run("metrics_roll", many, 0)
    stored, like_ours = (run("metrics_roll", many, is_stored) for is_stored in (1, 2))
    ours = run("metrics_night", many)
    all_taken = (("bare", bare), ("stored", stored), ("like ours", like_ours), ("ours", ours))
    each = {name: taken["wall"] / taken["windows"] for name, taken in all_taken}
    name = f"sqlite: one new day of {size.products} products after {size.days} days, for each windowed metric"
    yield Figure(f"{name}: sums rolled by hand, not stored", each["bare"], "s")
    yield Figure(f"{name}: rolled by hand and stored", each["stored"], "s", each["stored"] / each["bare"])
    yield Figure(f"{name}: rolled by hand, stored like ours", each["like ours"], "s", each["like ours"] / each["bare"])
    yield at_most(f"{name}: ours", each["ours"], "s", of=each["stored"], bound=OVER_ROLL)
    yield Figure(f"{name}: ours over what is stored like ours", each["ours"], "s", each["ours"] / each["like ours"])
    yield Figure(f"{name}: ours over the sums alone", each["ours"], "s", each["ours"] / each["bare"])
    taken = {}
    for days in (size.days, 10 * size.days):
        place = folder / f"metrics_{days}"
        run("metrics_lay_down", place, size.long_products, days)
        taken[days] = run("metrics_night", place)["wall"]
    name = f"sqlite: one new day of {size.long_products} products after {10 * size.days} days"
    yield at_most(f"{name}, over {size.days} days", taken[10 * size.days], "s", of=taken[size.days], bound=OVER_LESS_HISTORY)


def lay_down(folder: str, products: str, days: str) -> Callable[[], None]:
    """Make a warehouse with the facts of these days, measure and seal some nights, and add the facts of one day more."""
    workspace = workspace_in(Path(folder))

    def laid_down() -> None:
        newest = NIGHT - timedelta(days=1)
        first = newest - timedelta(days=int(days))
        with writing(workspace.engine) as connection:
            for day in Days(first, newest - timedelta(days=NIGHTS_BEFORE)):
                tell_day(connection, day, int(products))
        for back in range(NIGHTS_BEFORE, 0, -1):
            measure_night(workspace, STORE, NIGHT - timedelta(days=back))
            seal_night(workspace, STORE, NIGHT - timedelta(days=back))
            with writing(workspace.engine) as connection:
                tell_day(connection, NIGHT - timedelta(days=back), int(products))
        workspace.engine.dispose()
        with closing(sqlite3.connect(Path(folder) / "warehouse.sqlite")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()  # what laying down left to write is not the night's to wait for

    return laid_down


def night(folder: str) -> Callable[[], Mapping[str, float]]:
    """Measure the night after the new day."""
    workspace = workspace_in(Path(folder))

    def measured() -> Mapping[str, float]:
        measure_night(workspace, STORE, NIGHT)
        with reading(workspace.engine) as connection:
            return {"windows": _windows(connection)}

    return measured


def roll(folder: str, is_stored: str) -> Callable[[], Mapping[str, float]]:
    """Roll the windows of products by hand: add the day that enters and subtract the one that leaves.

    What is stored (1) goes into one plain table with every column that is read, or (2) into one like ours, which repeats nothing.
    The sums of the windows before are there already, and a table with the values of the nights before to store the new ones in;
    neither is part of what is measured.
    """
    connection = sqlite3.connect(Path(folder) / "warehouse.sqlite", isolation_level=None)
    day = NIGHT - timedelta(days=1)
    connection.executescript(f"PRAGMA synchronous=FULL; {LIKE_VALUES if int(is_stored) == 1 else _LIKE_NUMBERS}")
    for period, length in WINDOWS.items():
        before = (day - timedelta(days=length), day - timedelta(days=1))
        connection.execute(f"CREATE TEMP TABLE before_{period} AS {_SUMS}", [each.isoformat() for each in before])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def rolled() -> Mapping[str, float]:
        connection.execute("BEGIN IMMEDIATE")
        windows = 0
        for period, length in WINDOWS.items():
            leaving = (day - timedelta(days=length)).isoformat()
            connection.execute(
                f"CREATE TEMP TABLE rolled_{period} AS {_ROLLED.format(period=period)}", (day.isoformat(), leaving)
            )
            wanted = [metric for metric in _STORED if (metric, period) not in NOT_MEASURED]
            windows += len(wanted)
            if int(is_stored) == 1:
                for metric in wanted:
                    connection.execute(_into_values(metric, period), {"day": day.isoformat(), "night": NIGHT.isoformat()})
            elif int(is_stored):
                for metric in wanted:
                    connection.execute(_into_numbers(metric, period))
        connection.execute("COMMIT")
        return {"windows": float(windows)}

    return rolled


def _difference(name: str, cell: str) -> str:
    entering, leaving = (re.sub(r"[a-z_]+", rf"{side}.\g<0>", cell) for side in ("entering", "leaving"))
    return f"before.{name} + coalesce({entering}, 0) - coalesce({leaving}, 0) AS {name}"


_SUMS: Final = f"""
    SELECT parent_asin, item, {", ".join(f"sum({cell}) AS {name}" for name, cell in CELLS.items())}
    FROM sales_traffic_asin_day
    WHERE store_id = '{STORE}' AND marketplace = '{PLACE}' AND sold_on BETWEEN ? AND ? GROUP BY parent_asin, item
"""  # noqa: S608 - of nothing but what is written here
_SAME: Final = f"""
    {{0}}.store_id = '{STORE}' AND {{0}}.marketplace = '{PLACE}' AND {{0}}.sold_on = ? AND {{0}}.asin_granularity = 'CHILD'
    AND {{0}}.parent_asin = before.parent_asin AND {{0}}.item = before.item
"""
_ROLLED: Final = f"""
    SELECT before.item, {", ".join(_difference(name, cell) for name, cell in CELLS.items())}
    FROM before_{{period}} AS before
    LEFT JOIN sales_traffic_asin_day AS entering ON {_SAME.format("entering")}
    LEFT JOIN sales_traffic_asin_day AS leaving ON {_SAME.format("leaving")}
"""  # noqa: S608 - as above
LIKE_VALUES: Final = f"""
    DROP TABLE IF EXISTS rolled_value;
    CREATE TABLE rolled_value ({", ".join(str(CreateColumn(column)) for column in METRIC_VALUE.columns)},
        PRIMARY KEY ({", ".join(column.name for column in METRIC_VALUE.primary_key)}));
    INSERT INTO rolled_value SELECT * FROM metric_value ORDER BY {", ".join(column.name for column in METRIC_VALUE.primary_key)};
"""  # noqa: S608 - as above


_LIKE_NUMBERS: Final = f"""
    DROP TABLE IF EXISTS rolled_number;
    CREATE TABLE rolled_number ({", ".join(str(CreateColumn(column)) for column in METRIC_NUMBER.columns)},
        PRIMARY KEY (metric_period_id, subject)) WITHOUT ROWID;
    INSERT INTO rolled_number SELECT * FROM metric_number ORDER BY metric_period_id, subject;
"""  # noqa: S608 - as above


def _said(metric: str) -> tuple[str, str, str, str]:
    """Return numerator, denominator, value and status."""
    top, bottom, scale = _STORED[metric]
    if bottom is None:
        return top, "NULL", f"{top} / 1e6", "'ok'"
    value = f"CASE {bottom} WHEN 0 THEN NULL ELSE {top} * {scale}e0 / ({bottom}) END"
    return top, bottom, value, f"CASE {bottom} WHEN 0 THEN 'unknown' ELSE 'ok' END"


def _into_numbers(metric: str, period: str) -> str:
    top, bottom, value, status = _said(metric)
    return f"""
        INSERT INTO rolled_number SELECT (SELECT max(metric_period_id) + 1 FROM rolled_number), item, {top}, {bottom},
            {value}, {status}, NULL, NULL FROM rolled_{period}
    """  # noqa: S608 - of nothing but what is written here


def _into_values(metric: str, period: str) -> str:
    top, bottom, value, status = _said(metric)
    return f"""
        INSERT INTO rolled_value SELECT '{STORE}', '{PLACE}', '{metric}', 'asin', item, '{period}', :day, {top}, {bottom},
            {value}, NULL, {status}, NULL, 0, :day, 1, :night FROM rolled_{period}
        WHERE true ON CONFLICT DO UPDATE SET value = excluded.value, numerator = excluded.numerator
    """  # noqa: S608 - of nothing but what is written here


def workspace_in(folder: Path) -> Workspace:
    """Open the warehouse in a folder, of one store in one marketplace."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = load_settings({"SELLERWATCH_CONFIG": str(Path(__file__).resolve().parents[1] / "config")})
    store = settings.stores[STORE].model_copy(update={"marketplaces": (PLACE,)})
    url = f"sqlite:///{folder / 'warehouse.sqlite'}"
    changed = replace(settings, stores={STORE: store}, data_folder=folder, warehouse_url=url)
    return replace(open_workspace(changed), clock=ScaledClock.starting(datetime.combine(NIGHT, time(13), UTC), 1.0))


def _windows(connection: Connection) -> float:
    """Return how many windowed metrics of subjects the new day has, each counted by its share of all products."""
    subjects = select(
        METRIC_VALUE.c.subject_kind, METRIC_VALUE.c.metric, METRIC_VALUE.c.period, func.count().label("count")
    ).where(
        METRIC_VALUE.c.store_id == STORE,
        METRIC_VALUE.c.period_on == NIGHT - timedelta(days=1),
        METRIC_VALUE.c.period.in_(WINDOWS),
        METRIC_VALUE.c.subject_kind.in_(("asin", "parent_asin")),
    )
    *keys, _ = subjects.selected_columns
    counts = [count for *_, count in connection.execute(subjects.group_by(*keys))]
    return float(sum(counts) / max(counts))


def tell_day(connection: Connection, day: date, products: int) -> None:
    """Enter what Amazon tells of a day: its window, its document, and the facts of all products and of the store."""
    window = Window(STORE, PLACE, FEED, Days(day, day))
    made = datetime.combine(day + timedelta(days=1), time(12), UTC)
    connection.execute(insert(WINDOW).values(_window_row(window, day, made)))
    document: dict[str, Any] = dict.fromkeys(("byte_count", "row_count", "skipped_count", "manifest_number"), 0)
    document |= {"id": f"{window.id}#1", "window_id": window.id, "version": 1, "sha256": "", "state": "loaded", "notes": []}
    connection.execute(insert(DOCUMENT).values(**document, observed_at=made, received_at=made, data_through=made))
    provenance = {"store_id": STORE, "marketplace": PLACE, "document_id": f"{window.id}#1", "observed_at": made, "sold_on": day}
    cells = {"currency": "USD", "units_ordered": 9, "order_items": 8, "page_views": 900, "sessions": 700}
    connection.execute(insert(FACTS["sales_traffic_day"]).values(**provenance, **cells, line=1))
    _tell_products(connection, provenance, day, products)


def _tell_products(connection: Connection, provenance: Mapping[str, Any], day: date, products: int) -> None:
    """Let the database make the rows up: no product sells or is looked at every day."""
    table, at = FACTS["sales_traffic_asin_day"], day.toordinal()
    numbers = select(literal_column("0", Integer).label("i")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.i + 1).where(numbers.c.i < products - 1))
    text = {
        "parent_asin": f"printf('P%06d', i / {PRODUCTS_OF_A_PARENT})",
        "item": "printf('B%07d', i)",
        "child_asin": "printf('B%07d', i)",
        "asin_granularity": "'CHILD'",
        "currency": "'USD'",
    }
    whole = {
        "line": "i + 1",
        "sessions": f"(i * 7 + {at} * 3) % 90",
        "page_views": f"(i * 7 + {at} * 3) % 90 * 2",
        "units_ordered": f"(i + {at}) % 5",
        "order_items": f"(i + {at}) % 4",
        "ordered_product_sales_amount": f"(i + {at}) % 5 * 19990000",
        "featured_offer_pct": f"(90 + (i + {at}) % 10) * 1000000",
    }
    found: dict[str, ColumnElement[Any]] = {name: literal(value, table.c[name].type) for name, value in provenance.items()}
    found |= {name: literal_column(said, Text) for name, said in text.items()}
    found |= {name: literal_column(said, Integer) for name, said in whole.items()}
    connection.execute(insert(table).from_select(list(found), select(*found.values()).select_from(numbers)))


def _window_row(window: Window, day: date, made: datetime) -> dict[str, object]:
    return {
        "id": window.id,
        "store_id": window.store_id,
        "marketplace": window.marketplace,
        "report": window.report,
        "first_day": window.days.first,
        "last_day": window.days.last,
        "part": window.part,
        "asins": [],
        "wanted_for": day + timedelta(days=1),
        "state": "done",
        "cancellations": 0,
        "finished_at": made,
    }
