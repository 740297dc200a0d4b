"""What a derived fact is: a named SELECT, the columns it gives, and the tables that people fill in that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, literal, select, type_coerce

from sellerwatch.core.money import MICROS_PER_UNIT
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Column, Kind
from sellerwatch.reports.registry import TABLES
from sellerwatch.warehouse.tables.facts import SQL_TYPES

PROVENANCE: Final = ("store_id", "marketplace", "line", "observed_at", "document_id")
"""What every fact has beside its own columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedFact:
    """One derived fact.

    Attributes:
        name: what metrics.yaml calls it; no fact table has the name.
        title: what one row is, in words.
        base: the fact table whose rows its rows are; empty where it has days or promotions of its own.
        columns: what it gives beside its provenance.
        select: builds the SELECT for one measuring.
        users: the tables that people fill in that it reads, without ``user_``.
        is_snapshot: it says how things stand on a day.
    """

    name: str
    title: str
    base: str
    columns: tuple[Column, ...]
    select: Callable[[Run], Select[Any]]
    users: tuple[str, ...] = ()
    is_snapshot: bool = False


def taken(table: str, *names: str) -> tuple[Column, ...]:
    """Return these columns of a fact table."""
    by_name = {column.name: column for column in TABLES[table].columns}
    return tuple(by_name[name] for name in names)


def made(name: str, kind: Kind, note: str) -> Column:
    """Return a column that is computed."""
    return Column(name, "", kind, note)


def rows_of(
    base: FromClause, columns: tuple[Column, ...], own: Mapping[str, ColumnElement[Any]], *, joined: FromClause
) -> Select[Any]:
    """Return the SELECT of these columns: those in ``own`` as given, in millionths where they are amounts, the others from the base."""
    cells = [
        (type_coerce(own[column.name], SQL_TYPES[column.kind]()) if column.name in own else base.c[column.name]).label(
            column.name
        )
        for column in columns
    ]
    return select(*(base.c[name] for name in PROVENANCE), *cells).select_from(joined)


def scaled(amount: ColumnElement[Any], rate: ColumnElement[Any]) -> ColumnElement[int]:
    """Return amount x rate, all in millionths; what is below one is cut off, and nothing grows past 64 bits on the way."""
    unit = literal(MICROS_PER_UNIT, BigInteger())
    return (amount // unit) * rate + (amount % unit) * rate // unit


def shared(amount: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[int]:
    """Return amount / part, all in millionths; what is below one is cut off."""
    unit = literal(MICROS_PER_UNIT, BigInteger())
    return (amount // part) * unit + (amount % part) * unit // part
