"""What a message says about its subject beyond the value: stock, pace and the day it runs out; or what is frozen; or what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.checks_shown import check_blocks
from sellerwatch.alerts.forecast_shown import forecast_fields
from sellerwatch.alerts.nights_shown import missing_words, night_blocks
from sellerwatch.alerts.readings import Subject
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Context, Field, Fields, Line, Text, line
from sellerwatch.messages.wording import cut
from sellerwatch.metrics.forecast import Forecast
from sellerwatch.metrics.inbound import Morning, Place, forecasts
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

NAME_ROOM: Final = 80
"""Characters of a product's name; Amazon's run to 200 and begin with what matters."""

PROBLEMS_SHOWN: Final = 15
NEVER: Final = "no data yet"
"""Said of a feed that never delivered: its age counts from the first day that was wanted, not from data."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The words and blocks of one subject on one night."""

    name: str
    """How the title calls the subject."""
    value: str
    """The value in words."""
    blocks: tuple[Block, ...]
    digest: str = ""
    """Differs whenever something differs that people act on: a message is not updated for less."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose facts are wanted, and the value that the message tells."""

    store_id: str
    subject: Subject
    as_of: date
    """The business day of the value."""
    value: float | None
    reason: str = ""
    """What the measurement says about its value."""


class Facts(NamedTuple):
    """What is said of a subject, and which of its words are worth an update of their own when the value stays the same."""

    blocks: tuple[Block, ...]
    notable: tuple[str, ...]


Describe = Callable[[Connection, Settings, Asked], Facts]


def describe(connection: Connection, settings: Settings, metric: str, asked: Asked) -> Shown:
    """Return what a message about the metric of this subject shows."""
    facts = DESCRIPTIONS[metric](connection, settings, asked) if metric in DESCRIPTIONS else Facts((), ())
    words = NEVER if asked.reason == "never_delivered" else value_words(settings, metric, asked.value)
    return Shown(_name(settings, asked), words, facts.blocks, fingerprint(words, *facts.notable)[:16])


def value_words(settings: Settings, metric: str, value: float | None) -> str:
    """Return a value of the metric in words, the number first where the metric has words of its own."""
    if metric in WORDS:
        return WORDS[metric](value)
    sign = "%" if settings.metrics[metric].unit == "%" else ""
    return f"{settings.metrics[metric].title.en} {number(value)}{sign}"


def number(value: float | None) -> str:
    """Return a number as people read it: no needless decimals, thousands apart, and nothing that is not zero as zero."""
    if value is None:
        return "unknown"
    if 0 < value < 0.05:  # noqa: PLR2004 - what one decimal would show as 0.0
        return "under 0.1"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"  # noqa: PLR2004 - three digits need no decimals


def _counted(value: float | None, unit: str) -> str:
    return f"{number(value)} {unit}{'' if value == 1 else 's'}"


def _name(settings: Settings, asked: Asked) -> str:
    title = settings.stores[asked.store_id].title
    place = asked.subject.marketplace
    where = f"{title}, {BY_CODE[place].domain}" if place in BY_CODE else title
    return where if asked.subject.kind in {"store", "marketplace"} else f"{asked.subject.id} ({where})"


def _cover_words(value: float | None) -> str:
    return "out of stock" if value == 0 else f"{_counted(value, 'day')} of cover"


def _age_words(value: float | None) -> str:
    return f"data {_counted(value, 'hour')} old"


def _problem_words(value: float | None) -> str:
    return "no problems in the night" if value == 0 else f"{_counted(value, 'problem')} in the night"


def _check_words(value: float | None) -> str:
    return "data check passes" if value == 0 else "data check fails"


def _nights(_connection: Connection, _settings: Settings, asked: Asked) -> Facts:
    blocks = night_blocks(asked.reason)
    return Facts(blocks, (asked.reason,))


WORDS: Final[Mapping[str, Callable[[float | None], str]]] = {
    "days_of_cover": _cover_words,
    "feed_age_hours": _age_words,
    "night_problems": _problem_words,
    "check_failure": _check_words,
    "missing_nights": missing_words,
}
"""How each metric's value is said; others are said as their title and the number."""


def _cover(connection: Connection, settings: Settings, asked: Asked) -> Facts:
    """Describe stock, pace and what is coming; the pace of a SKU moves a little every night and is no news by itself."""
    stock = _stock(connection, asked)
    runs_out, *coming = _forecast(connection, settings, asked)
    fields = (
        Field("Days of cover", line(Bold(number(asked.value)))),
        Field("Sellable", line(_units(stock.get("sellable_units")))),
        Field("Sells per day", line(_pace(connection, asked))),
        runs_out,
        Field("On the way", line(_inbound(stock))),
        *coming,
    )
    return Facts((Text(_product(asked.subject.id, stock)), Fields(fields)), tuple(repr(field.value) for field in fields[3:]))


def _forecast(connection: Connection, settings: Settings, asked: Asked) -> tuple[Field, ...]:
    place = Place(asked.subject.marketplace, asked.subject.id)
    found = forecasts(connection, settings, Morning(asked.store_id, asked.as_of, place))
    return forecast_fields(found.get(place) or Forecast(asked.as_of, "unknown", "no_data", order_reason="no_data"))


def _product(sku: str, stock: Mapping[str, object]) -> Line:
    name = str(stock.get("product_name") or "")
    short = cut(name, NAME_ROOM)
    known = (str(stock.get("asin") or ""), short if short == name else f"{short}…")
    return line(Code(sku), *(f"  {part}" for part in known if part))


def _stock(connection: Connection, asked: Asked) -> Mapping[str, object]:
    """Return the subject's newest snapshot up to the day; an alert may outlive the SKU's last appearance."""
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
    return "unknown" if value is None else f"{value:,} unit{'' if value == 1 else 's'}"


def _pace(connection: Connection, asked: Asked) -> str:
    row = connection.execute(
        select(METRIC_VALUE.c.value, METRIC_VALUE.c.status).where(
            METRIC_VALUE.c.store_id == asked.store_id,
            METRIC_VALUE.c.marketplace == asked.subject.marketplace,
            METRIC_VALUE.c.metric == "velocity",
            METRIC_VALUE.c.period == "day",
            METRIC_VALUE.c.subject == asked.subject.id,
            METRIC_VALUE.c.period_on == asked.as_of,
        ),
    ).first()
    if row is None or row.value is None:
        return "unknown"
    return (
        f"about {_counted(row.value, 'unit')}; little stock history yet"
        if row.status == "provisional"
        else _counted(row.value, "unit")
    )


def _inbound(stock: Mapping[str, object]) -> str:
    parts = {
        "being received": stock.get("inbound_receiving_units"),
        "shipped": stock.get("inbound_shipped_units"),
    }
    if all(units is None for units in parts.values()):
        return "unknown"
    said = [f"{units:,} {name}" for name, units in parts.items() if units]
    return ", ".join(said) or "nothing"


def _feed(connection: Connection, settings: Settings, asked: Asked) -> Facts:
    feed = asked.subject.id
    limit = settings.reports[feed].freshness_hours if feed in settings.reports else None
    is_late = limit is None or asked.value is None or asked.value >= limit
    frozen = str(_frozen(connection, settings, asked) if is_late else 0)
    title = f"  {REPORTS[feed].title}" if feed in REPORTS else ""
    fields = (
        Field("Age of the newest data", line(Bold(_age(asked)))),
        Field("Late after", line(_counted(limit, "hour"))),
        Field("Frozen alerts", line(frozen)),
    )
    return Facts((Text(line(Code(feed), title)), Fields(fields)), (frozen,))


def _age(asked: Asked) -> str:
    if asked.reason == "never_delivered":
        return f"none ever came; the first day wanted began {_counted(asked.value, 'hour')} ago"
    return _counted(asked.value, "hour")


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


def _problems(connection: Connection, _: Settings, asked: Asked) -> Facts:
    found = [(step, str(problem)) for step, problem in problems_of(connection, asked.store_id, asked.as_of)]
    items: list[Line] = [line(Bold(step), ": ", text) for step, text in found[:PROBLEMS_SHOWN]]
    if len(found) > PROBLEMS_SHOWN:
        items.append(
            line(f"and {len(found) - PROBLEMS_SHOWN} more; all of them: ", Code(f"sellerwatch status --store {asked.store_id}"))
        )
    return Facts((Bullets(tuple(items)),) if items else (), tuple(text for _, text in found))


def _check(connection: Connection, _: Settings, asked: Asked) -> Facts:
    subject = asked.subject
    blocks = check_blocks(connection, asked.store_id, subject.marketplace, subject.id, asked.as_of)
    told = [block for block in blocks if not isinstance(block, Context)]
    return Facts(blocks, () if asked.value == 0 else (repr(told),))


DESCRIPTIONS: Final[Mapping[str, Describe]] = {
    "days_of_cover": _cover,
    "feed_age_hours": _feed,
    "night_problems": _problems,
    "check_failure": _check,
    "missing_nights": _nights,
}
"""How each metric's subject is described; other metrics show the value alone."""
