"""What a message says about its subject beyond the value: stock, pace and the day it runs out; or what is frozen; or what failed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.readings import Subject
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Field, Fields, Line, Text, line
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE


@dataclass(frozen=True, slots=True)
class Shown:
    """The words and blocks of one subject on one night."""

    name: str
    """How the title calls the subject."""
    value: str
    """The value with its unit."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose facts are wanted."""

    store_id: str
    subject: Subject
    as_of: date
    value: float | None


Describe = Callable[[Connection, Settings, Asked], Shown]


def describe(connection: Connection, settings: Settings, metric: str, asked: Asked) -> Shown:
    """Return what a message about the metric of this subject shows."""
    return DESCRIPTIONS.get(metric, _plain)(connection, settings, asked)


def place_name(settings: Settings, asked: Asked) -> str:
    """Return the store and, where one is meant, the marketplace."""
    title = settings.stores[asked.store_id].title if asked.store_id in settings.stores else asked.store_id
    place = asked.subject.marketplace
    return f"{title}, {BY_CODE[place].domain}" if place in BY_CODE else title


def number(value: float | None) -> str:
    """Return a number as people read it: no needless decimals, thousands apart."""
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"  # noqa: PLR2004 - three digits need no decimals


def _plain(_: Connection, settings: Settings, asked: Asked) -> Shown:
    return Shown(f"{asked.subject.id} ({place_name(settings, asked)})", number(asked.value), ())


def _cover(connection: Connection, settings: Settings, asked: Asked) -> Shown:
    stock = _stock(connection, asked)
    product = stock.get("product_name") or ""
    days = f"{number(asked.value)} days of cover"
    lines: list[Block] = [Text(line(Code(asked.subject.id), "  ", str(stock.get("asin") or ""), "  ", str(product)))]
    fields = [
        Field("Days of cover", line(Bold(number(asked.value)))),
        Field("Sellable now", line(_units(stock.get("sellable_units")))),
        Field("Sells per day", line(_pace(connection, asked))),
        Field("Runs out", line(_runs_out(asked))),
        Field("On the way", line(_inbound(stock))),
    ]
    return Shown(f"{asked.subject.id} ({place_name(settings, asked)})", days, (*lines, Fields(tuple(fields))))


def _stock(connection: Connection, asked: Asked) -> Mapping[str, object]:
    """Return the subject's newest snapshot up to the night; an alert may outlive the SKU's last appearance."""
    table = FACTS["fba_inventory"]
    row = connection.execute(
        select(table)
        .where(
            table.c.store_id == asked.store_id,
            table.c.marketplace == asked.subject.marketplace,
            table.c.sku == asked.subject.id,
            table.c.snapshot_on <= asked.as_of,
        )
        .order_by(table.c.snapshot_on.desc())
        .limit(1),
    ).first()
    return dict(row._mapping) if row is not None else {}  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def _units(value: object) -> str:
    return "unknown" if value is None else f"{value:,} units"


def _pace(connection: Connection, asked: Asked) -> str:
    row = connection.execute(
        select(METRIC_VALUE.c.value, METRIC_VALUE.c.status).where(
            METRIC_VALUE.c.store_id == asked.store_id,
            METRIC_VALUE.c.marketplace == asked.subject.marketplace,
            METRIC_VALUE.c.metric == "velocity",
            METRIC_VALUE.c.subject == asked.subject.id,
            METRIC_VALUE.c.period_on == asked.as_of,
        ),
    ).first()
    if row is None or row.value is None:
        return "unknown"
    return f"{number(row.value)} units" + (" (short stock history)" if row.status == "provisional" else "")


def _runs_out(asked: Asked) -> str:
    if asked.value is None:
        return "unknown"
    if asked.value == 0:
        return "out of stock now"
    day = asked.as_of + timedelta(days=math.floor(asked.value))
    return f"about {day.isoformat()}"


def _inbound(stock: Mapping[str, object]) -> str:
    parts = {
        "receiving": stock.get("inbound_receiving_units"),
        "shipped": stock.get("inbound_shipped_units"),
    }
    said = [f"{units:,} {name}" for name, units in parts.items() if units]
    return ", ".join(said) or "nothing shipped"


def _feed(connection: Connection, settings: Settings, asked: Asked) -> Shown:
    limit = settings.reports[asked.subject.id].freshness_hours if asked.subject.id in settings.reports else None
    frozen = _frozen(connection, settings, asked)
    fields = Fields(
        (
            Field("Age of the data", line(Bold(f"{number(asked.value)} hours"))),
            Field("Late after", line(f"{limit} hours" if limit else "unknown")),
            Field("Frozen alerts", line(str(frozen))),
        ),
    )
    return Shown(f"{asked.subject.id} ({place_name(settings, asked)})", f"data is {number(asked.value)} hours old", (fields,))


def _frozen(connection: Connection, settings: Settings, asked: Asked) -> int:
    """Count the open alerts that neither fire nor resolve while the feed is late."""
    rules = [name for name, rule in settings.rules.items() if asked.subject.id in settings.metrics[rule.metric].feeds]
    return int(
        connection.execute(
            select(func.count())
            .select_from(ALERT)
            .where(
                ALERT.c.store_id == asked.store_id,
                ALERT.c.marketplace == asked.subject.marketplace,
                ALERT.c.rule.in_(rules),
                ALERT.c.status.in_(("firing", "recovering")),
            ),
        ).scalar_one(),
    )


def _problems(connection: Connection, settings: Settings, asked: Asked) -> Shown:
    found = problems_of(connection, asked.store_id, asked.as_of)
    items: tuple[Line, ...] = tuple(line(Bold(step), ": ", str(problem)) for step, problem in found)
    blocks: tuple[Block, ...] = (Bullets(items),) if items else ()
    return Shown(place_name(settings, asked), f"{number(asked.value)} problems", blocks)


DESCRIPTIONS: Final[Mapping[str, Describe]] = {
    "days_of_cover": _cover,
    "feed_age_hours": _feed,
    "night_problems": _problems,
}
"""How each metric's subject is described; other metrics show the value alone."""
