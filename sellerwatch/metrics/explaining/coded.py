"""The parts of a value whose SQL is coded: which facts each metric reads, and what they come to in plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.metrics.explaining.adding import fact_of
from sellerwatch.metrics.explaining.of_outages import OUTAGES
from sellerwatch.metrics.explaining.of_sales import SALES
from sellerwatch.metrics.explaining.of_stock import STOCKED
from sellerwatch.metrics.explaining.parts import Part, Worked
from sellerwatch.metrics.explaining.reads import (
    Coded,
    Counted,
    Known,
    Read,
    Row,
    Rows,
    Subject,
)
from sellerwatch.metrics.stock.cover import (
    STOCK,
)
from sellerwatch.reports.registry import TABLES

CODED: Final[Mapping[str, Coded]] = {**SALES, **STOCKED, **OUTAGES}
"""Every coded metric that is made of facts. A test holds it against config/metrics.yaml."""


def work_out(connection: Connection, metric: str, subject: Subject) -> Worked:
    """Read a coded metric's facts and add them up."""
    coded = CODED[metric]
    rows = {name: _read(connection, read, subject) for name, read in coded.reads.items()}
    counted, numerator, denominator = coded.work(Known(rows, _snapshot_days(connection, subject)))
    parts = tuple(_part(coded.reads[item.read], item, subject) for item in counted)
    return Worked(parts, numerator, denominator, coded.formula)


def _read(connection: Connection, read: Read, subject: Subject) -> Rows:
    key = [read.table.c[name] for name in TABLES[read.table.name].key]
    chosen = select(read.table).where(*read.where(subject)).order_by(*key)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def _snapshot_days(connection: Connection, subject: Subject) -> frozenset[date]:
    window = subject.window
    days = select(STOCK.c.snapshot_on).where(
        STOCK.c.store_id == subject.store_id,
        STOCK.c.marketplace == subject.place.code,
        STOCK.c.snapshot_on.between(window.first, window.last),
    )
    return frozenset(connection.execute(days.distinct()).scalars())


def _part(read: Read, item: Counted, subject: Subject) -> Part:
    names = list(dict.fromkeys((*TABLES[read.table.name].key, *read.cells)))
    facts: Iterable[Row] = item.rows
    return Part(
        role=item.role,
        name=item.name,
        expression=f"{read.table.name}: {read.words}",
        times=item.times,
        marketplace=subject.place.code,
        micros=item.micros,
        facts=tuple(fact_of(read.table.name, row, names) for row in facts),
        left_out={},
    )
