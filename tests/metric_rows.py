"""Altering and removing measured values by hand, behind the back of whatever measures them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from sellerwatch.warehouse.tables.measures import METRIC_NUMBER, METRIC_PERIOD, METRIC_VALUE

PERIOD = [column.name for column in METRIC_VALUE.primary_key if column.name != "subject"]


def alter_values(connection: Connection, *where: ColumnElement[bool], **cells: Any) -> None:
    """Alter cells of the values that conditions on `metric_value` choose; what they have in common is altered for all."""
    own = {name: cell for name, cell in cells.items() if name in METRIC_NUMBER.c}
    common = {name: cell for name, cell in cells.items() if name not in METRIC_NUMBER.c}
    for period, subject in _chosen(connection, where):
        if own:
            connection.execute(update(METRIC_NUMBER).where(_is(period, subject)).values(**own))
        if common:
            connection.execute(update(METRIC_PERIOD).where(METRIC_PERIOD.c.id == period).values(**common))


def remove_values(connection: Connection, *where: ColumnElement[bool]) -> None:
    """Delete the values that conditions on `metric_value` choose."""
    for period, subject in _chosen(connection, where):
        connection.execute(delete(METRIC_NUMBER).where(_is(period, subject)))


def _is(period: int, subject: str) -> ColumnElement[bool]:
    return and_(METRIC_NUMBER.c.metric_period_id == period, METRIC_NUMBER.c.subject == subject)


def _chosen(connection: Connection, where: Iterable[ColumnElement[bool]]) -> list[tuple[int, str]]:
    same = [METRIC_PERIOD.c[name] == METRIC_VALUE.c[name] for name in PERIOD]
    same.append(METRIC_PERIOD.c.apart.in_(["", METRIC_VALUE.c.subject]))
    rows = connection.execute(select(METRIC_PERIOD.c.id, METRIC_VALUE.c.subject).where(*same, *where))
    return [(period, subject) for period, subject in rows]
