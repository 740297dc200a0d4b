"""Everything the catalogue can read, by name: the fact tables, and the derived facts beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.sql.selectable import NamedFromClause

from sellerwatch.metrics.derived.costs import COSTS
from sellerwatch.metrics.derived.days import DAYS
from sellerwatch.metrics.derived.declare import DerivedFact
from sellerwatch.metrics.derived.shares import SHARES
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind, Replace
from sellerwatch.reports.registry import TABLES
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.user import USER

DERIVED: Final[Mapping[str, DerivedFact]] = {item.name: item for item in (*COSTS, *DAYS, *SHARES)}
"""Every derived fact by name. A new one is a SELECT, one line here and its rows once more in plain code (`reference_facts`)."""

READABLE: Final = (*TABLES, *DERIVED)
"""Every name that metrics.yaml may read under `facts`."""


@cache
def kinds_of(name: str) -> Mapping[str, Kind]:
    """Return the kind of each column of a fact table or derived fact."""
    columns = DERIVED[name].columns if name in DERIVED else TABLES[name].columns
    return {column.name: column.kind for column in columns}


def says_how_things_stand(name: str) -> bool:
    """Tell whether its rows are a snapshot: what it does not name is unknown, not zero."""
    return DERIVED[name].is_snapshot if name in DERIVED else TABLES[name].replace is Replace.SNAPSHOT


def selectable(run: Run, name: str) -> NamedFromClause:
    """Return what to select from: the fact table, or the derived fact's SELECT under its name."""
    return DERIVED[name].select(run).subquery(name) if name in DERIVED else FACTS[name]


def standing_mark(run: Run, name: str) -> str:
    """Return text that changes when what people filled in does, as far as the derived fact rests on it; empty for a fact table."""
    if name not in DERIVED:
        return ""
    terms = run.settings.store(run.measuring.store_id).brand_terms
    return repr((terms, [_mark_of(run, user) for user in DERIVED[name].users]))


def _mark_of(run: Run, user: str) -> tuple[str, ...]:
    table = USER[user]
    counted = select(func.count(), func.max(table.c.import_number), func.sum(table.c.line))
    return (user, *map(str, run.connection.execute(counted).one()))
