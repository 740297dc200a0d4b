"""The picture in the thread of an alert: how its metric went for the subject, with the limits it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.alerts.showing.facts import Asked
from sellerwatch.alerts.showing.notices import Notice, tone_of
from sellerwatch.alerts.showing.phrases import say
from sellerwatch.alerts.showing.values import UNITS
from sellerwatch.delivery.outbox import Entry
from sellerwatch.messages.blocks import Chart, Language, Message
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.settings.tiers import depth
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

DAYS_SHOWN: Final = 60
KNOWN_NEEDED: Final = 8
"""Fewer known days are no trend, and a picture of them says no more than the message does."""

SHOWN_FROM: Final[Tier] = "orange"
_EVENTS: Final = frozenset({"fired", "raised"})
_WITHOUT_TREND: Final = frozenset({"feed", "check"})
"""Subjects whose numbers only count up until they are well again."""


def chart_entries(connection: Connection, settings: Settings, notice: Notice, channel: str) -> tuple[Entry, ...]:
    """Return the reply that shows the trend, where an own message of an alert begins or its tier rises; it calls nobody."""
    tier = notice.condition.tier
    if notice.event.kind not in _EVENTS or notice.shown.asked is None or depth(tier) < depth(SHOWN_FROM):
        return ()
    chart = chart_of(connection, settings, notice.rule.metric, notice.shown.asked, name=notice.shown.name)
    if chart is None:
        return ()
    return (
        Entry(
            key=f"{notice.alert.thread_key}:reply:{notice.event_number}:trend",
            kind="reply",
            channel=channel,
            thread_key=notice.alert.thread_key,
            rev=notice.event_number,
            message=Message(chart.title, tone_of(notice.condition), (chart,), chart.language),
            not_before=notice.now,
            created_at=notice.now,
        ),
    )


def chart_of(connection: Connection, settings: Settings, metric: str, asked: Asked, *, name: str) -> Chart | None:
    """Return the metric's last 60 days for the subject; None where too few of them are known to show a trend.

    Args:
        connection: the warehouse.
        settings: titles and units.
        metric: the metric.
        asked: whose trend, up to which day, in which language, with which limits.
        name: what the subject is called.
    """
    if asked.subject.kind in _WITHOUT_TREND:
        return None
    found = _values(connection, metric, asked)
    known = sorted(day for day, value in found.items() if value is not None)
    if len(known) < KNOWN_NEEDED:
        return None
    days = [known[0] + timedelta(days=offset) for offset in range((asked.as_of - known[0]).days + 1)]
    language = asked.spoken(settings)

    def title(spoken: Language) -> str:
        return say("chart", spoken, metric=in_language(settings.metrics[metric].title, spoken), name=name)

    return Chart(
        title=title(language),
        points=tuple((day, found.get(day)) for day in days),
        limits=_limits(asked),
        unit=_unit(settings, metric, asked, language),
        language=language,
        title_en=title("en"),
        unit_en=_unit(settings, metric, asked, "en"),
    )


def _values(connection: Connection, metric: str, asked: Asked) -> Mapping[date, float | None]:
    first = asked.as_of - timedelta(days=DAYS_SHOWN - 1)
    rows = connection.execute(
        select(METRIC_VALUE.c.period_on, METRIC_VALUE.c.value).where(
            METRIC_VALUE.c.store_id == asked.store_id,
            METRIC_VALUE.c.marketplace == asked.subject.marketplace,
            METRIC_VALUE.c.metric == metric,
            METRIC_VALUE.c.subject_kind == asked.subject.kind,
            METRIC_VALUE.c.subject == asked.subject.id,
            METRIC_VALUE.c.period == asked.period,
            METRIC_VALUE.c.period_on.between(first, asked.as_of),
        ),
    )
    return {row.period_on: row.value for row in rows}


def _limits(asked: Asked) -> tuple[tuple[str, float], ...]:
    if asked.has_no_value:  # how deep the rule is, or how many falls it counts, is no height of the metric
        return ()
    tiers = tuple((tier, asked.bands[tier].enter) for tier in TIERS if tier in asked.bands)
    return (*tiers, ("usual", asked.usual.typical)) if asked.usual else tiers


def _unit(settings: Settings, metric: str, asked: Asked, language: Language) -> str:
    """Return the unit as a chart takes it: a sign, a currency, or the word that stands behind a number."""
    unit = settings.metrics[metric].unit
    if unit.startswith("currency"):
        return asked.currency or ""
    many = UNITS[language].get(unit, ("", "{n}"))[1]
    return unit if unit == "%" else many.replace("{n}", "").strip()
