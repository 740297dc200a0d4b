"""What a message says about its subject: stock, pace and the day it runs out; or its number and limits; or what is frozen or failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

from sellerwatch.alerts.reading.composite import Held
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.about_rules import ABOUT_RULES, BROKEN_RULE, SHADOW_OVER, shadow_blocks, why_broken
from sellerwatch.alerts.showing.alongside import alongside_words, drivers_of
from sellerwatch.alerts.showing.at_hand import AtHand, Falling, Memo, Moving
from sellerwatch.alerts.showing.causes import cause_words, is_explained
from sellerwatch.alerts.showing.checks import check_blocks
from sellerwatch.alerts.showing.conditions import Voice, conditions_blocks, falls_blocks
from sellerwatch.alerts.showing.feed_names import feed_title
from sellerwatch.alerts.showing.forecast import forecast_fields, headline
from sellerwatch.alerts.showing.limits import Usual, limit_fields
from sellerwatch.alerts.showing.money import Sku, risk_fields
from sellerwatch.alerts.showing.nights import night_blocks
from sellerwatch.alerts.showing.phrases import say
from sellerwatch.alerts.showing.values import counted, figure, value_words
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.messages.blocks import Block, Bold, Bullets, Code, Context, Field, Fields, Language, Line, Text, line
from sellerwatch.messages.figures import number
from sellerwatch.messages.wording import cut
from sellerwatch.metrics.stock.forecast import Forecast
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Tier
from sellerwatch.settings.rules import Band, Rule
from sellerwatch.warehouse.problems import pipeline_problems_of

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
        held: the conditions that hold, of a rule that has several.
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
    held: tuple[Held, ...] = ()

    def spoken(self, settings: Settings) -> Language:
        """Return the language to answer in."""
        return self.language or settings.language(self.store_id, *((self.rule.owner,) if self.rule else ()))

    @property
    def has_no_value(self) -> bool:
        """Whether the rule judges no number of its own: several metrics, or falls in a row."""
        return self.rule is not None and self.rule.has_no_value

    @property
    def limits(self) -> tuple[float, ...]:
        """Where the subject's tiers begin and end: the value must not read as if it lay on the other side of one."""
        return tuple(limit for band in self.bands.values() for limit in (band.enter, band.exit))

    @property
    def currency(self) -> str | None:
        """The currency of amounts of the subject's marketplace."""
        place = BY_CODE.get(self.subject.marketplace)
        return place.currency if place else None

    @property
    def sku(self) -> Sku:
        """The SKU that is asked about."""
        return Sku(self.store_id, self.subject.marketplace, self.subject.id, self.as_of)

    def falling(self, metric: str) -> Falling:
        """Return the question what accounts for a fall of the metric."""
        return Falling(self.store_id, metric, self.as_of, self.subject)

    def moving(self, metric: str) -> Moving:
        """Return the question what moved with the metric."""
        return Moving(self.store_id, metric, self.as_of, self.period, self.subject)


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

    at_hand: AtHand
    metric: str
    asked: Asked
    language: Language

    @property
    def settings(self) -> Settings:
        return self.at_hand.settings

    @property
    def stock(self) -> Mapping[str, object]:
        return self.at_hand.stock.get(self.asked.sku) or {}

    def say(self, name: str, /, **places: object) -> str:
        return say(name, self.language, **places)

    def field(self, name: str, words: str) -> Field:
        return Field(self.say(name), line(words))


Describe = Callable[[_Telling], Facts]


def prepare(at_hand: AtHand, metric: str, asked: Iterable[Asked]) -> None:
    """Read at once what describing all of these will need."""
    listed = list(asked)
    skus = [item.sku for item in listed if item.subject.kind == "sku"]
    for memo in _WANTED.get(metric, _ELSEWHERE)(at_hand):
        memo.want(skus)
    if metric not in DESCRIPTIONS:
        valued = [item for item in listed if not item.has_no_value]
        at_hand.causes.want(item.falling(metric) for item in valued if is_explained(metric, item.subject.kind))
        at_hand.moves.want(item.moving(metric) for item in valued if _has_drivers(at_hand.settings, metric, item))


def describe(at_hand: AtHand, metric: str, asked: Asked) -> Shown:
    """Return what a message about the metric of this subject shows."""
    settings, language = at_hand.settings, asked.spoken(at_hand.settings)
    telling = _Telling(at_hand, metric, asked, language)
    if asked.has_no_value:
        return _conditions(telling)
    facts = DESCRIPTIONS.get(metric, _generic)(telling)
    words = words_of(settings, metric, asked, language)
    digest = fingerprint(words, *facts.notable)[:16]
    return Shown(_name(telling), words, facts.blocks, digest, facts.lead, language, facts.at_risk, asked)


def words_of(settings: Settings, metric: str, asked: Asked, language: Language) -> str:
    """Return the value in words; where the rule has none of its own, its title."""
    if asked.subject.kind in ABOUT_RULES:
        lasting, over = ABOUT_RULES[asked.subject.kind]
        return say(lasting if asked.value else over, language)
    if asked.rule is not None and asked.has_no_value:
        return in_language(asked.rule.title, language)
    if asked.reason == "never_delivered":
        return say("never", language)
    return value_words(settings, metric, asked.value, language, currency=asked.currency, apart=asked.limits)


def _conditions(telling: _Telling) -> Shown:
    """Describe what has no value of its own: a rule over several metrics, or over falls in a row, by what holds of the subject."""
    asked, rule = telling.asked, telling.asked.rule
    voice = Voice(telling.settings, telling.language, asked.currency)
    if rule is not None and rule.falls:
        blocks = falls_blocks(voice, rule.falls, rule.period, asked.value)
    else:
        blocks = conditions_blocks(voice, asked.held)
    lead = (Text(_product(asked.subject.id, telling.stock)),) if asked.subject.kind == "sku" else ()
    words = words_of(telling.settings, telling.metric, asked, telling.language)
    return Shown(_name(telling), words, blocks, fingerprint(words, repr(blocks))[:16], lead, telling.language, None, asked)


def _name(telling: _Telling) -> str:
    asked = telling.asked
    title, place = telling.settings.stores[asked.store_id].title, BY_CODE.get(asked.subject.marketplace)
    where = telling.say("where", store=title, marketplace=place.domain) if place else title
    is_whole = asked.subject.kind in {"store", "marketplace"}
    return where if is_whole else telling.say("named", subject=asked.subject.id, where=where)


def _generic(telling: _Telling) -> Facts:
    """Describe a number by itself: the product it is of, its limits, and what is usual."""
    settings, asked, language = telling.settings, telling.asked, telling.language
    lead = [Text(_product(asked.subject.id, telling.stock))] if asked.subject.kind == "sku" else []
    lead += [Text(line(words)) for words in _why(telling)]
    value = figure(settings, telling.metric, asked.value, language, currency=asked.currency, apart=asked.limits)
    title = in_language(settings.metrics[telling.metric].title, language)
    fields = (Field(title, line(Bold(value))), *_limit_fields(telling))
    return Facts(tuple(lead), (Fields(fields),), tuple(repr(field.value) for field in fields[1:]))


def _why(telling: _Telling) -> Iterator[str]:
    """Say what accounts for a fall, and what moved together with a product's number."""
    asked, metric, at_hand = telling.asked, telling.metric, telling.at_hand
    kind = asked.subject.kind
    if is_explained(metric, kind) and (cause := at_hand.causes.get(asked.falling(metric))):
        yield cause_words(cause, telling.language, near=asked.as_of)
    if _has_drivers(telling.settings, metric, asked) and (found := at_hand.moves.get(asked.moving(metric))):
        shown = partial(_figure, telling)
        yield alongside_words(telling.settings, found, telling.language, shown=shown, near=asked.as_of)


def _has_drivers(settings: Settings, metric: str, asked: Asked) -> bool:
    return bool(drivers_of(settings, metric, asked.subject.kind, asked.period))


def _figure(telling: _Telling, metric: str, value: float) -> str:
    return figure(telling.settings, metric, value, telling.language, currency=telling.asked.currency)


def _limit_fields(telling: _Telling) -> tuple[Field, ...]:
    asked = telling.asked
    if asked.rule is None:
        return ()
    shown = partial(_figure, telling, telling.metric)
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
    stock, found, language = telling.stock, _forecast(telling), telling.language
    risk = telling.at_hand.risks.get(telling.asked.sku)
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
    found = telling.at_hand.forecasts.get(telling.asked.sku)
    return found or Forecast(telling.asked.as_of, "unknown", "no_data", order_reason="no_data")


def _product(sku: str, stock: Mapping[str, object]) -> Line:
    name = str(stock.get("product_name") or "")
    short = cut(name, NAME_ROOM)
    known = (str(stock.get("asin") or ""), short if short == name else f"{short}…")
    return line(Code(sku), *(f"  {part}" for part in known if part))


def _units(telling: _Telling, value: object) -> str:
    return counted(float(value), "units", telling.language) if isinstance(value, int) else telling.say("unknown")


def _pace(telling: _Telling) -> str:
    pace = telling.at_hand.paces.get(telling.asked.sku)
    if pace is None or pace.a_day is None:
        return telling.say("unknown")
    units = counted(pace.a_day, "units", telling.language)
    return telling.say("little_history", units=units) if pace.is_rough else units


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
    frozen = str(telling.at_hand.frozen_by(asked.store_id, asked.subject.marketplace, feed) if is_late else 0)
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


def _problems(telling: _Telling) -> Facts:
    asked = telling.asked
    if asked.subject.kind == SHADOW_OVER:
        blocks = shadow_blocks(telling.settings, asked.subject.id, telling.language, near=asked.as_of) if asked.value else ()
        return Facts(blocks, (), tuple(map(repr, blocks)))
    if asked.subject.kind == BROKEN_RULE:
        noted = why_broken(telling.at_hand.connection, asked.store_id, asked.as_of, asked.subject.id) if asked.value else ""
        reason = asked.reason or noted
        found = [("decide", reason)] if reason else []
    else:
        of_night = pipeline_problems_of(telling.at_hand.connection, asked.store_id, asked.as_of)
        found = [(step, str(problem)) for step, problem in of_night]
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
    found = telling.at_hand.verdicts.get((asked.store_id, asked.as_of)) or ()
    blocks = check_blocks(found, asked.store_id, subject.marketplace, subject.id, asked.as_of, language=telling.language)
    told = [block for block in blocks if not isinstance(block, Context)]
    return Facts(blocks, (), () if asked.value == 0 else (repr(told),))


DESCRIPTIONS: Final[Mapping[str, Describe]] = {
    "account_health": _state,
    "account_rating_warned": _state,
    "days_of_cover": _cover,
    "feed_age_hours": _feed,
    "night_problems": _problems,
    "check_failure": _check,
    "missing_nights": _nights,
}
"""How each metric's subject is described; other metrics show the value with its limits."""


def _of_cover(at_hand: AtHand) -> tuple[Memo[Sku, Any], ...]:
    return at_hand.stock, at_hand.paces, at_hand.risks, at_hand.forecasts


def _of_products(at_hand: AtHand) -> tuple[Memo[Sku, Any], ...]:
    return (at_hand.stock,)


_WANTED: Final[Mapping[str, Callable[[AtHand], tuple[Memo[Sku, Any], ...]]]] = {"days_of_cover": _of_cover}
_ELSEWHERE: Final = _of_products
"""What is read of SKUs to describe a metric of theirs."""
