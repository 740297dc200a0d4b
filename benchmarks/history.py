"""How fast a whole history is measured anew: every day's windows of every product, against cumulative sums in pandas."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import func, insert, select, update

from benchmarks.figures import Figure, at_most, below
from benchmarks.metrics import CELLS, LIKE_VALUES, NIGHT, NOT_MEASURED, PLACE, STORE, WINDOWS, tell_day, workspace_in
from sellerwatch.core.periods import Days
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.history import measure_history
from sellerwatch.metrics.spans import is_rolling
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.measures import MEASURED_BASIS, METRIC_NUMBER, METRIC_VALUE
from sellerwatch.warehouse.workspace import Workspace

OVER_CUMULATIVE, PEAK_MB = 3.0, 1000.0
"""A history may take so many times as long as cumulative sums in memory, and so much memory."""

_READ: Final = frozenset({"sales_traffic_day", "sales_traffic_asin_day"})
_MADE: Final[Mapping[str, tuple[str, int, str | None, int, float]]] = {
    "sessions": ("sessions", 1_000_000, None, 1, 1.0),
    "unit_session_pct": ("units", 1_000_000, "sessions", 1_000_000, 100.0),
    "order_item_session_pct": ("items", 1_000_000, "sessions", 1_000_000, 100.0),
    "units_per_order_item": ("units", 1_000_000, "items", 1_000_000, 1.0),
    "asp": ("sales", 1, "units", 1_000_000, 1.0),
    "featured_offer_pct": ("views", 1, "pages", 100_000_000, 100.0),
}
"""What pandas makes of the sums: numerator and denominator in millionths, and the scale."""

Table = npt.NDArray[np.float64]
"""A number for each day and product."""


def figures(run: Callable[..., Mapping[str, float]], folder: Path, products: int, days: int) -> Iterator[Figure]:
    """Yield what a history costs that was never measured, and one that was, each for a million windowed values of products.

    Args:
        run: runs a case in a process of its own and gives back what it took.
        folder: where the warehouse is made.
        products: so many products.
        days: so many days.
    """
    place = folder / "history"
    run("history_lay_down", place, products, days)
    bare, stored = (run("history_pandas", place, is_stored) for is_stored in (0, 1))
    taken = {"never measured before": run("history_measure", place, 0), "measured before": run("history_measure", place, 1)}
    each = {name: one["wall"] / one["values"] * 1e6 for name, one in (("bare", bare), ("stored", stored), *taken.items())}
    name = f"sqlite: {days} days of {products} products, for a million windowed values"
    yield Figure(f"{name}: cumulative sums in pandas, not stored", each["bare"], "s")
    yield Figure(f"{name}: cumulative sums in pandas, stored", each["stored"], "s", each["stored"] / each["bare"])
    for situation, one in taken.items():
        yield at_most(f"{name}: ours, {situation}", each[situation], "s", of=each["bare"], bound=OVER_CUMULATIVE)
        yield Figure(
            f"{name}: ours, {situation}, over pandas that stores", each[situation], "s", each[situation] / each["stored"]
        )
        yield below(f"{name}: peak memory, {situation}", one["peak_mb"], "MB", bound=PEAK_MB)


def lay_down(folder: str, products: str, days: str) -> Callable[[], None]:
    """Make a warehouse with the facts of these days, in which nights are said to have measured every window of each."""
    workspace = workspace_in(Path(folder))

    def laid_down() -> None:
        with writing(workspace.engine) as connection:
            for day in _days(int(days)):
                tell_day(connection, day, int(products))
            connection.execute(insert(MEASURED_BASIS), list(_measured_once(workspace, _days(int(days)))))
        workspace.engine.dispose()
        with closing(sqlite3.connect(Path(folder) / "warehouse.sqlite")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    return laid_down


def measure(folder: str, is_measured: str) -> Callable[[], Mapping[str, float]]:
    """Measure the whole history, for the first time, or once more as if every day had been told anew."""
    workspace = workspace_in(Path(folder))
    with reading(workspace.engine) as connection:
        ends = select(func.min(MEASURED_BASIS.c.period_on), func.max(MEASURED_BASIS.c.period_on))
        is_window = (MEASURED_BASIS.c.metric == "unit_session_pct", MEASURED_BASIS.c.period == "d30")
        first, last = connection.execute(ends.where(*is_window)).one()
    if int(is_measured):
        with writing(workspace.engine) as connection:
            connection.execute(update(MEASURED_BASIS).values(digest=""))
            connection.execute(update(METRIC_NUMBER).values(numerator=METRIC_NUMBER.c.numerator + 1))

    def measured() -> Mapping[str, float]:
        measure_history(workspace, STORE, Days(first, last))
        with reading(workspace.engine) as connection:
            values = select(func.count()).where(
                METRIC_VALUE.c.period.in_(WINDOWS), METRIC_VALUE.c.subject_kind.in_(("asin", "parent_asin"))
            )
            return {"values": float(connection.execute(values).scalar_one())}

    return measured


def pandas(folder: str, is_stored: str) -> Callable[[], Mapping[str, float]]:
    """Make the same values of products by cumulative sums over tables of days and products; that these are read is not measured."""
    connection = sqlite3.connect(Path(folder) / "warehouse.sqlite", isolation_level=None)
    cells = ", ".join(f"{cell} AS {name}" for name, cell in CELLS.items())
    facts = pd.read_sql(
        f"SELECT sold_on, item, {cells} FROM sales_traffic_asin_day WHERE store_id = '{STORE}' AND marketplace = '{PLACE}'",  # noqa: S608 - of nothing but what is written here
        connection,
    )
    told = {name: facts.pivot_table(index="sold_on", columns="item", values=name) for name in CELLS}
    facts_of = (list(told["sessions"].index), list(told["sessions"].columns))
    connection.executescript(f"PRAGMA synchronous=FULL; {LIKE_VALUES}")

    def rolled() -> Mapping[str, float]:
        values = 0
        connection.execute("BEGIN IMMEDIATE")
        for period, length in WINDOWS.items():
            sums = {name: _rolled(frame, length) for name, frame in told.items()}
            for metric in (metric for metric in _MADE if (metric, period) not in NOT_MEASURED):
                made = _made(metric, sums)
                values += made[0].size
                if int(is_stored):
                    _store(connection, (metric, period), facts_of, made)
        connection.execute("COMMIT")
        return {"values": float(values)}

    return rolled


def _rolled(frame: pd.DataFrame, length: int) -> Table:
    """Return the sums of so many days, each the difference of two cumulative ones."""
    sums = frame.fillna(0).cumsum()
    return (sums - sums.shift(length, fill_value=0)).to_numpy(dtype=np.float64)


def _made(metric: str, sums: Mapping[str, Table]) -> tuple[Table, Table | None, Table]:
    """Return numerator, denominator and value."""
    top_name, times, bottom_name, bottom_times, scale = _MADE[metric]
    top = sums[top_name] * times
    if bottom_name is None:
        return top, None, top / 1e6
    bottom = sums[bottom_name] * bottom_times
    with np.errstate(divide="ignore", invalid="ignore"):
        return top, bottom, np.where(bottom == 0, np.nan, top * scale / bottom)


def _store(
    connection: sqlite3.Connection,
    named: tuple[str, str],
    keys: tuple[list[str], list[str]],
    made: tuple[Table, Table | None, Table],
) -> None:
    """Store the values as rows like ours, in the order of their key."""
    days, items = keys
    tops, bottoms, values = (None if table is None else table.tolist() for table in made)
    rows = (
        (*named, day, item, int(top), None if bottom is None else int(bottom), value if value == value else None)  # noqa: PLR0124 - not a number differs from itself
        for day, top_row, bottom_row, value_row in zip(days, tops or (), bottoms or tops or (), values or (), strict=True)
        for item, top, bottom, value in zip(
            items, top_row, bottom_row if bottoms else [None] * len(items), value_row, strict=True
        )
    )
    connection.executemany(_INTO, rows)


_INTO: Final = f"""
    INSERT INTO rolled_value (store_id, marketplace, metric, period, period_on, subject_kind, subject, numerator, denominator, value,
        status, reason, is_final, definition_version, measured_for)
    SELECT '{STORE}', '{PLACE}', ?1, ?2, ?3, 'asin', ?4, ?5, ?6, ?7,
        CASE WHEN ?7 IS NULL THEN 'unknown' ELSE 'ok' END, CASE WHEN ?7 IS NULL THEN 'no_data' END, 0, 1, '{NIGHT.isoformat()}'
"""


def _days(count: int) -> Days:
    last = NIGHT - timedelta(days=1)
    return Days(last - timedelta(days=count - 1), last)


def _measured_once(workspace: Workspace, days: Days) -> Iterator[dict[str, object]]:
    """Yield what says that the windows of each day were measured, from something else than there is."""
    for item in measurements(workspace.settings):
        for period in item.periods if _READ.issuperset(item.tables) and item.grain == "asin" else ():
            for day in days if is_rolling(period) else ():
                yield {"store_id": STORE, "metric": item.metric, "period": period, "period_on": day, "digest": ""}
