"""What a message says about its subject: stock, pace and the day it runs out; or its number and limits; or what is frozen or failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.causes_shown import cause_words, likely_cause
from sellerwatch.alerts.checks_shown import check_blocks
from sellerwatch.alerts.conditions_shown import condition_blocks
from sellerwatch.alerts.feed_names import feed_title
from sellerwatch.alerts.forecast_shown import forecast_fields, headline
from sellerwatch.alerts.limits_shown import Usual, limit_fields
from sellerwatch.alerts.money_shown import Sku, at_risk, risk_fields
from sellerwatch.alerts.nights_shown import night_blocks
from sellerwatch.alerts.phrases import say
from sellerwatch.alerts.readings import Subject
from sellerwatch.alerts.values_shown import counted, figure, value_words
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Context, Field, Fields, Language, Line, Text, line
from sellerwatch.messages.figures import number
from sellerwatch.messages.wording import cut
from sellerwatch.metrics.forecast import Forecast
from sellerwatch.metrics.inbound import Morning, Place, forecasts
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.warehouse.problems import problems_of
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

NAME_ROOM: Final = 80
"""Characters of a product's name; Amazon's run to 200 and begin with what matters."""

PROBLEMS_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose facts are wanted, and the value that the message tells.

    Attributes:
        store_id: the store.
        subject: whom the value is of.
        as_of: the business day of the value.
        value: None where it is unknown.
        reason: what the measurement says about its value.
        rule: that judged it; None where nothing is said about limits.
        bands: the rule's tiers as they are for this subject on this day.
        usual: what the value was compared with; None where the rule compares it with nothing.
        language: None for that of the rule's owner, or the store's.
        period: of the value, as the catalogue names it.
        evidence: the conditions that hold, of a rule that has several.
    """

    store_id: str
    subject: Subject
    as_of: date
    value: float | None
    reason: str = ""
    rule: Rule | None = None
    bands: Mapping[Tier, Band] = field(default_factory=dict)
    usual: Usual | None = None
    language: Language | None = None
    period: str = "day"
    evidence: str = ""

    def spoken(self, settings: Settings) -> Language:
        """Return the language to answer in."""
        return self.language or settings.language(self.store_id, *((self.rule.owner,) if self.rule else ()))

    @property
    def currency(self) -> str | None:
        """The currency of amounts of the subject's marketplace."""
        place = BY_CODE.get(self.subject.marketplace)
        return place.currency if place else None

    @property
    def sku(self) -> Sku:
        """The SKU that is asked about."""
        return Sku(self.store_id, self.subject.marketplace, self.subject.id, self.as_of)


@dataclass(frozen=True, slots=True)
class Shown:
    """The words and blocks of one subject on one night, in one language."""

    name: str
    """How the title calls the subject."""
    value: str
    """The value in words."""
    blocks: tuple[Block, ...]
    """The evidence, for after what to do."""
    digest: str = ""
    """Differs whenever something differs that people act on: a message is not updated for less."""
    lead: tuple[Block, ...] = ()
    """What has to be read first; its first block says what the subject is."""
    language: Language = "en"
    at_risk: Decimal | None = None
    """Sales a day that are at risk, for ranking."""
    asked: Asked | None = None
    """What it answers, so that it can be said in another language."""


class Facts(NamedTuple):
    """What is said of a subject, and which of its words are worth an update of their own when the value stays the same."""

    lead: tuple[Block, ...]
    blocks: tuple[Block, ...]
    notable: tuple[str, ...]
    at_risk: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Telling:
    """One description in the making."""

    connection: Connection
    settings: Settings
    metric: str
    asked: Asked
    language: Language

    def say(self, name: str, /, **places: object) -> str:
        return say(self.language, name, **places)

    def field(self, name: str, words: str) -> Field:
        return Field(self.say(name), line(words))


Describe = Callable[[_Telling], Facts]


def describe(connection: Connection, settings: Settings, metric: str, asked: Asked) -> Shown:
    """Return what a message about the metric of this subject shows."""
    language = asked.spoken(settings)
    telling = _Telling(connection, settings, metric, asked, language)
    if asked.rule is not None and (asked.rule.is_composite or asked.rule.falls):
        return _conditions(telling, asked.rule)
    facts = DESCRIPTIONS.get(metric, _generic)(telling)
    is_never = asked.reason == "never_delivered"
    words = telling.say("never") if is_never else value_words(settings, metric, asked.value, language, currency=asked.currency)
    digest = fingerprint(words, *facts.notable)[:16]
    return Shown(_name(telling), words, facts.blocks, digest, facts.lead, language, facts.at_risk, asked)


def _conditions(telling: _Telling, rule: Rule) -> Shown:
    """Describe what has no value of its own: a rule over several metrics, or over falls in a row, by what holds of the subject."""
    asked = telling.asked
    words, is_of_sku = in_language(rule.title, telling.language), asked.subject.kind == "sku"
    lead = (Text(_product(asked.subject.id, _stock(telling))),) if is_of_sku else ()
    blocks = condition_blocks(telling.settings, rule, asked.evidence, telling.language)
    return Shown(_name(telling), words, blocks, fingerprint(words, asked.evidence)[:16], lead, telling.language, None, asked)


def in_other_words(connection: Connection, settings: Settings, metric: str, shown: Shown, language: Language) -> Shown:
    """Return what is shown in another language, for a message that speaks to others, such as a digest of several owners."""
    if shown.language == language or shown.asked is None:
        return shown
    return describe(connection, settings, metric, replace(shown.asked, language=language))


def _name(telling: _Telling) -> str:
    asked = telling.asked
    title, place = telling.settings.stores[asked.store_id].title, BY_CODE.get(asked.subject.marketplace)
    where = telling.say("where", store=title, marketplace=place.domain) if place else title
    is_whole = asked.subject.kind in {"store", "marketplace"}
    return where if is_whole else telling.say("named", subject=asked.subject.id, where=where)


def _generic(telling: _Telling) -> Facts:
    """Describe a number by itself: the product it is of, its limits, and what is usual."""
    settings, asked, language = telling.settings, telling.asked, telling.language
    lead = [Text(_product(asked.subject.id, _stock(telling)))] if asked.subject.kind == "sku" else []
    if cause := likely_cause(telling.connection, asked.store_id, asked.subject, telling.metric, asked.as_of):
        lead.append(Text(line(cause_words(cause, language, near=asked.as_of))))
    value = figure(settings, telling.metric, asked.value, language, currency=asked.currency)
    title = in_language(settings.metrics[telling.metric].title, language)
    fields = (Field(title, line(Bold(value))), *_limit_fields(telling))
    return Facts(tuple(lead), (Fields(fields),), tuple(repr(field.value) for field in fields[1:]))


def _limit_fields(telling: _Telling) -> tuple[Field, ...]:
    asked = telling.asked
    if asked.rule is None:
        return ()

    def shown(value: float) -> str:
        return figure(telling.settings, telling.metric, value, telling.language, currency=asked.currency)

    return limit_fields(asked.rule, asked.bands, asked.usual, shown=shown, language=telling.language)


def _state(telling: _Telling) -> Facts:
    """Describe a number that stands for a state: the number, and limits of it, would say nothing."""
    words = value_words(telling.settings, telling.metric, telling.asked.value, telling.language)
    title = in_language(telling.settings.metrics[telling.metric].title, telling.language)
    return Facts((), (Fields((Field(title, line(Bold(words))),)),), ())


def _nights(telling: _Telling) -> Facts:
    return Facts((), night_blocks(telling.asked.reason, telling.language), (telling.asked.reason,))


def _cover(telling: _Telling) -> Facts:
    """Describe stock, pace and what is coming; the pace of a SKU moves a little every night and is no news by itself."""
    stock, found, language = _stock(telling), _forecast(telling), telling.language
    risk = at_risk(telling.connection, telling.asked.sku)
    coming = forecast_fields(found, language)
    lead = (Text(_product(telling.asked.subject.id, stock)), Text(line(Bold(headline(found, language)))))
    inbound = telling.field("on_the_way", _inbound(telling, stock))
    fields = (
        *risk_fields(risk, found, language),
        telling.field("sellable", _units(telling, stock.get("sellable_units"))),
        telling.field("sells", _pace(telling)),
        inbound,
        *coming,
        *_limit_fields(telling),
    )
    notable = (headline(found, language), *(repr(field.value) for field in (inbound, *coming)))
    return Facts(lead, (Fields(fields),), notable, risk.a_day if risk else None)


def _forecast(telling: _Telling) -> Forecast:
    asked = telling.asked
    place = Place(asked.subject.marketplace, asked.subject.id)
    found = forecasts(telling.connection, telling.settings, Morning(asked.store_id, asked.as_of, place))
    return found.get(place) or Forecast(asked.as_of, "unknown", "no_data", order_reason="no_data")


def _product(sku: str, stock: Mapping[str, object]) -> Line:
    name = str(stock.get("product_name") or "")
    short = cut(name, NAME_ROOM)
    known = (str(stock.get("asin") or ""), short if short == name else f"{short}…")
    return line(Code(sku), *(f"  {part}" for part in known if part))


def _stock(telling: _Telling) -> Mapping[str, object]:
    """Return the subject's newest snapshot up to the day; an alert may outlive the SKU's last appearance."""
    table, asked = FACTS["fba_inventory"], telling.asked
    row = telling.connection.execute(
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


def _units(telling: _Telling, value: object) -> str:
    return counted(float(value), "units", telling.language) if isinstance(value, int) else telling.say("unknown")


def _pace(telling: _Telling) -> str:
    asked = telling.asked
    row = telling.connection.execute(
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
        return telling.say("unknown")
    units = counted(row.value, "units", telling.language)
    return telling.say("little_history", units=units) if row.status == "provisional" else units


def _inbound(telling: _Telling, stock: Mapping[str, object]) -> str:
    parts = {"receiving": stock.get("inbound_receiving_units"), "shipped": stock.get("inbound_shipped_units")}
    if all(units is None for units in parts.values()):
        return telling.say("unknown")
    counts = {name: number(units, telling.language) for name, units in parts.items() if isinstance(units, int) and units}
    said = [telling.say(name, count=count) for name, count in counts.items()]
    return telling.say("listed").join(said) or telling.say("nothing")


def _feed(telling: _Telling) -> Facts:
    feed, settings, asked = telling.asked.subject.id, telling.settings, telling.asked
    limit = settings.reports[feed].freshness_hours if feed in settings.reports else None
    is_late = limit is None or asked.value is None or asked.value >= limit
    frozen = str(_frozen(telling) if is_late else 0)
    fields = (
        Field(telling.say("age"), line(Bold(_age(telling)))),
        telling.field("late_after", counted(limit, "hours", telling.language)),
        telling.field("frozen_alerts", frozen),
    )
    title = feed_title(feed, telling.language)
    return Facts((Text(line(Code(feed), f"  {title}" if title else "")), Fields(fields)), (), (frozen,))


def _age(telling: _Telling) -> str:
    hours = counted(telling.asked.value, "hours", telling.language)
    return telling.say("never_came", hours=hours) if telling.asked.reason == "never_delivered" else hours


def _frozen(telling: _Telling) -> int:
    """Count the open alerts that neither fire nor resolve while the feed is late."""
    settings, asked = telling.settings, telling.asked
    rules = [name for name, rule in settings.rules.items() if asked.subject.id in settings.metrics[rule.metric].feeds]
    return int(
        telling.connection.execute(
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


def _problems(telling: _Telling) -> Facts:
    asked = telling.asked
    found = [(step, str(problem)) for step, problem in problems_of(telling.connection, asked.store_id, asked.as_of)]
    # The pipeline writes English, and quotes Amazon: among Chinese words it stands as what it is, a text to copy.
    quoted: Callable[[str], str | Code] = str if telling.language == "en" else Code
    items: list[Line] = [
        line(Bold(telling.say(step)), telling.say("problem"), quoted(text)) for step, text in found[:PROBLEMS_SHOWN]
    ]
    if len(found) > PROBLEMS_SHOWN:
        command = Code(f"sellerwatch status --store {asked.store_id}")
        items.append(line(telling.say("more_problems", count=len(found) - PROBLEMS_SHOWN), command))
    return Facts((Bullets(tuple(items)),) if items else (), (), tuple(text for _, text in found))


def _check(telling: _Telling) -> Facts:
    asked, subject = telling.asked, telling.asked.subject
    blocks = check_blocks(
        telling.connection, asked.store_id, subject.marketplace, subject.id, asked.as_of, language=telling.language
    )
    told = [block for block in blocks if not isinstance(block, Context)]
    return Facts(blocks, (), () if asked.value == 0 else (repr(told),))


DESCRIPTIONS: Final[Mapping[str, Describe]] = {
    "account_health": _state,
    "days_of_cover": _cover,
    "feed_age_hours": _feed,
    "night_problems": _problems,
    "check_failure": _check,
    "missing_nights": _nights,
}
"""How each metric's subject is described; other metrics show the value with its limits."""
