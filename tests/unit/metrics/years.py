"""A store of which every report has told something on each of many days; the database makes the days up from one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Table, insert

from sellerwatch.core.periods import Days
from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.tables.measures import FACT_DAY, MEASURED_BASIS, METRIC_NUMBER, METRIC_PERIOD
from sellerwatch.warehouse.windows import Window

PLACE = "US"
ONE_DAY = timedelta(days=1)
SUBJECTS = {
    *("sku", "asin", "child_asin", "parent_asin", "msku", "fnsku", "item"),
    *("campaign_id", "ad_group_id", "ad_id", "search_term", "search_query"),
}
"""Columns that name the same thing every day; all other text is of its day, so that no key comes twice."""

SAID: Mapping[str, Any] = {
    "currency": "USD",
    "asin_granularity": "CHILD",
    "order_status": "Shipped",
    "item_status": "Shipped",
    "sales_channel": "Amazon.com",
    "fulfillment_channel": "Amazon",
    "opened_at_utc": datetime(2020, 1, 1, tzinfo=UTC),
}
_WHOLE = {Kind.INTEGER: 3, Kind.MONEY: 5, Kind.DECIMAL: 5, Kind.FLAG: True}

_TOLD: tuple[tuple[Table, str], ...] = (
    (WINDOW, "last_day = :day"),
    (DOCUMENT, "id LIKE '%/' || :day || '#1'"),
    (NIGHT, "as_of = :next"),
    *((table, "document_id LIKE '%/' || :day || '#1'") for table in FACTS.values()),
)
_MEASURED: tuple[tuple[Table, str], ...] = (
    (METRIC_PERIOD, "period_on = :day AND period NOT IN ('week', 'month')"),
    (MEASURED_BASIS, "period_on = :day AND period NOT IN ('week', 'month')"),
    (FACT_DAY, "day = :day"),
)


def tell(connection: Connection, store_id: str, day: date, reports: Iterable[str]) -> None:
    """Enter one day of every report: its window, its document and a row of each of its tables, and the night after it."""
    made = datetime.combine(day + ONE_DAY, time(12), UTC)
    told: set[str] = set()
    for name in sorted(reports):
        window = Window(store_id, PLACE, name, Days(day, day))
        document = f"{window.id}#1"
        connection.execute(insert(WINDOW).values(_window(window, made)))
        connection.execute(insert(DOCUMENT).values(_document(window, document, made)))
        for table in REPORTS[name].tables:
            if table.name not in told:
                cells = {column.name: _cell(column, day) for column in table.columns}
                always = {"store_id": store_id, "marketplace": PLACE, "document_id": document, "line": 1, "observed_at": made}
                connection.execute(insert(FACTS[table.name]).values(cells | always))
        told |= {table.name for table in REPORTS[name].tables}
    night = {"store_id": store_id, "as_of": day + ONE_DAY, "outcome": "complete", "problem_count": 0}
    connection.execute(insert(NIGHT).values(night | {"started_at": made, "decided_at": made, "finished_at": made}))


def _cell(column: Column, day: date) -> Any:
    if column.name in SAID:
        return SAID[column.name]
    if column.kind is Kind.DAY:
        return day
    if column.kind is Kind.INSTANT:
        return datetime.combine(day, time(20), UTC)
    return _WHOLE.get(column.kind, column.name if column.name in SUBJECTS else f"{column.name} {day}")


def _window(window: Window, made: datetime) -> dict[str, Any]:
    names = {"id": window.id, "store_id": window.store_id, "marketplace": PLACE, "report": window.report}
    days = {"first_day": window.days.first, "last_day": window.days.last}
    nights = dict.fromkeys(("wanted_for", "entered_on"), window.days.last + ONE_DAY)
    return names | days | nights | {"part": "", "asins": [], "state": "done", "cancellations": 0, "finished_at": made}


def _document(window: Window, name: str, made: datetime) -> dict[str, Any]:
    counts = {"version": 1, "byte_count": 1, "row_count": 1, "skipped_count": 0, "manifest_number": made.toordinal()}
    names = {"id": name, "window_id": window.id, "sha256": "0" * 64, "state": "loaded", "notes": []}
    return names | counts | dict.fromkeys(("data_through", "observed_at", "received_at"), made)


_BACKS = "WITH RECURSIVE backs(back) AS (SELECT :first UNION ALL SELECT back + 1 FROM backs WHERE back < :last)"


def repeat(connection: Connection, day: date, backs: range, *, is_measured: bool = False) -> None:
    """Tell the same of days so much older, and let it be measured too."""
    for table, where in (*_TOLD, *(_MEASURED if is_measured else ())):
        names = ", ".join(column.name for column in _written(table))
        older = f"SELECT {', '.join(_older(table))} FROM {table.name}, backs WHERE {where}"  # noqa: S608 - of our own names alone
        days = {"day": day.isoformat(), "next": (day + ONE_DAY).isoformat(), "first": backs[0], "last": backs[-1]}
        connection.exec_driver_sql(f"{_BACKS} INSERT OR IGNORE INTO {table.name} ({names}) {older}", days)
    if is_measured:
        days = {"day": day.isoformat(), "next": (day + ONE_DAY).isoformat(), "first": backs[0], "last": backs[-1]}
        connection.exec_driver_sql(_NUMBERS, days)


_SHARED = ("store_id", "metric", "period", "marketplace", "subject_kind", "apart")
_NUMBERS = f"""
    {_BACKS} INSERT OR IGNORE INTO metric_number
    SELECT older.id, {", ".join(f"own.{column.name}" for column in METRIC_NUMBER.columns if column.name != "metric_period_id")}
    FROM metric_period AS told JOIN metric_number AS own ON own.metric_period_id = told.id JOIN backs
    JOIN metric_period AS older ON {" AND ".join(f"older.{name} = told.{name}" for name in _SHARED)}
        AND older.period_on = date(:day, -back || ' days')
    WHERE told.period_on = :day AND told.period NOT IN ('week', 'month')
"""  # noqa: S608 - of our own names alone


def _written(table: Table) -> Iterator[Any]:
    """Yield the columns of a row but its number, which each has for itself."""
    yield from (column for column in table.columns if column is not METRIC_PERIOD.c.id)


def _older(table: Table) -> Iterator[str]:
    """Yield each column with the day, and the one after it, in the place of which older ones are put; all days are text."""
    for column in _written(table):
        name = f"{table.name}.{column.name}"
        older = f"replace({name}, :day, date(:day, -back || ' days'))"
        is_number = isinstance(column.type, BigInteger | Integer)
        yield name if is_number else f"replace({older}, :next, date(:next, -back || ' days'))"
