"""What a change is made of, where that can be said: the factors of a number this week and the week before, from stored metric values.

A split adds up by arithmetic and says nothing of why; so the words are "accounts for", and nothing is said where no few factors
cover the change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.messages.blocks import Language
from sellerwatch.messages.figures import number
from sellerwatch.messages.wording import day_words
from sellerwatch.metrics.decomposition import NotAProductError, factors_of, split_product
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

WEEK: Final = 7
LOOKED_BACK: Final = 10
"""So many days before the alert's day a settled week may end; sessions and sales are final after some days only."""

NOISE: Final = Fraction(1, 20)
"""A smaller change needs no explanation."""

COVERED: Final = Fraction(67, 100)
MOST_PARTS: Final = 3

FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "sessions": ("order_item_session_pct", "denominator"),
    "order_items": ("order_item_session_pct", "numerator"),
    "units": ("unit_session_pct", "numerator"),
    "sales": ("asp", "numerator"),
    "spend": ("ad_cpc", "numerator"),
    "clicks": ("ad_cpc", "denominator"),
    "purchases": ("ad_cvr", "numerator"),
    "ad_sales": ("roas", "numerator"),
}
"""Each figure, as a part of a metric's stored value. A test holds it to the catalogue."""


class Made(NamedTuple):
    """What a number is made of: factors, each a figure over the one before it, all per one of the base where there is one."""

    of: str
    factors: Mapping[str, tuple[str, str | None]]
    base: str | None = None
    levels: frozenset[str] = frozenset({"marketplace"})
    """At which every figure is measured over weeks."""


_SALES: Final = Made(
    "sales",
    {
        "sessions": ("sessions", None),
        "conversion": ("order_items", "sessions"),
        "units_per_order": ("units", "order_items"),
        "price": ("sales", "units"),
    },
)
_CONVERSION: Final = Made(
    "conversion",
    {"orders_per_session": ("order_items", None), "units_per_order": ("units", "order_items")},
    "sessions",
    frozenset({"marketplace", "asin"}),
)
_AD_RETURN: Final = Made(
    "ad_return",
    {
        "click_price": ("clicks", None),
        "ad_conversion": ("purchases", "clicks"),
        "ad_order_value": ("ad_sales", "purchases"),
    },
    "spend",
    frozenset({"marketplace", "campaign"}),
)
MADE_OF: Final[Mapping[str, Made]] = {
    "gmv_attainment_pct": _SALES,
    "gmv": _SALES,
    "unit_session_pct": _CONVERSION,
    "roas": _AD_RETURN,
}
"""By the metric of the rule: only where a fall is what is bad."""

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "told": "{total} fell {change}% in the 7 days to {day}, against the 7 before: {parts}.",
        "first": "{name} accounts for {share}% of it",
        "further": "{name} for {share}%",
        "joined": ", ",
        "sales": "Sales",
        "conversion": "conversion",
        "ad_return": "Sales for each unit of ad spend",
        "sessions": "the number of sessions",
        "orders_per_session": "orders per session",
        "units_per_order": "units per order",
        "price": "the price of a unit",
        "click_price": "the price of a click",
        "ad_conversion": "ad conversion",
        "ad_order_value": "sales per ad order",
    },
    "zh": {
        "told": "截至{day}的 7 天，{total}比前 7 天下降 {change}%：{parts}。",
        "first": "其中{name}占 {share}%",
        "further": "{name}占 {share}%",
        "joined": "，",
        "sales": "销售额",
        "conversion": "转化率",
        "ad_return": "单位广告支出带来的销售额",
        "sessions": "会话数",
        "orders_per_session": "每会话订单数",
        "units_per_order": "单均件数",
        "price": "单件售价",
        "click_price": "单次点击成本",
        "ad_conversion": "广告转化率",
        "ad_order_value": "广告订单均价",
    },
}
"""What is said of a change and its factors. A test walks it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A fall, and the factors that account for it.

    Attributes:
        of: what fell.
        week_to: the last day of the later week.
        change: relative to the week before; below zero.
        parts: the factors that together cover it, the largest first, each with its share of the change.
    """

    of: str
    week_to: date
    change: Fraction
    parts: tuple[tuple[str, Fraction], ...]


def is_explained(metric: str, kind: str) -> bool:
    """Tell whether the metric's fall can be split for subjects of this level."""
    return metric in MADE_OF and kind in MADE_OF[metric].levels


def likely_causes(
    connection: Connection, store_id: str, subjects: Collection[Subject], metric: str, as_of: date
) -> Mapping[Subject, Cause]:
    """Return what accounts for a fall of what the metric is made of, of the subjects of which no few factors leave that open."""
    asked = [subject for subject in subjects if is_explained(metric, subject.kind)]
    if not asked:
        return {}
    made = MADE_OF[metric]
    weeks = _figures(connection, store_id, asked, made, as_of)
    causes = {subject: _newest_fall(made, found) for subject, found in weeks.items()}
    return {subject: cause for subject, cause in causes.items() if cause is not None}


def _newest_fall(made: Made, found: Mapping[date, Mapping[str, Fraction]]) -> Cause | None:
    ends = max((day for day in found if day - timedelta(days=WEEK) in found), default=None)
    return None if ends is None else _cause(made, ends, found[ends - timedelta(days=WEEK)], found[ends])


def cause_words(cause: Cause, language: Language = "en", *, near: date | None = None) -> str:
    """Return the cause as one sentence."""
    say = WORDS[language]
    parts = [
        say["first" if place == 0 else "further"].format(name=say[name], share=number(float(share * 100), language, digits=0))
        for place, (name, share) in enumerate(cause.parts)
    ]
    change = number(float(-cause.change * 100), language, digits=0)
    day = day_words(cause.week_to, language, near=near)
    total = say[cause.of][:1].upper() + say[cause.of][1:]
    return say["told"].format(total=total, change=change, day=day, parts=say["joined"].join(parts))


def _cause(made: Made, week_to: date, before: Mapping[str, Fraction], after: Mapping[str, Fraction]) -> Cause | None:
    total = list(made.factors.values())[-1][0]
    try:
        split = split_product(*factors_of(_per(made.base, before), _per(made.base, after), made.factors), method="shapley")
    except (NotAProductError, ZeroDivisionError):
        return None
    whole = _per(made.base, before)[total]
    if not whole or split.change / whole > -NOISE:
        return None
    shares = sorted(((name, effect / split.change) for name, effect in split.effects.items()), key=lambda part: -part[1])
    parts = _covering(shares)
    return Cause(made.of, week_to, split.change / whole, parts) if parts else None


def _covering(shares: list[tuple[str, Fraction]]) -> tuple[tuple[str, Fraction], ...]:
    """Return the fewest factors that cover the change; none where it takes too many, or where they only do by outweighing others.

    A factor with more than the whole change is offset by another one, and its share would read like nonsense.
    """
    for count in range(1, min(MOST_PARTS, len(shares) - 1) + 1):
        covered = sum((share for _, share in shares[:count]), Fraction(0))
        if covered >= COVERED:
            return tuple(shares[:count]) if covered <= 1 else ()
    return ()


def _per(base: str | None, figures: Mapping[str, Fraction]) -> Mapping[str, Fraction]:
    return figures if base is None else {name: value / figures[base] for name, value in figures.items()}


def _figures(
    connection: Connection, store_id: str, subjects: Collection[Subject], made: Made, as_of: date
) -> Mapping[Subject, Mapping[date, Mapping[str, Fraction]]]:
    """Return every figure of each settled week of which all are known, by subject and the week's last day."""
    table = METRIC_VALUE.c
    whose = (table.marketplace, table.subject_kind, table.subject)
    wanted = {name for pair in made.factors.values() for name in pair if name} | ({made.base} if made.base else set())
    rows = connection.execute(
        select(*whose, table.metric, table.period_on, table.numerator, table.denominator).where(
            table.store_id == store_id,
            table.marketplace.in_({subject.marketplace for subject in subjects}),
            table.subject_kind.in_({subject.kind for subject in subjects}),
            table.subject.in_([subject.id for subject in subjects]),
            table.metric.in_({FIGURES[name][0] for name in wanted}),
            table.period == "d7",
            table.is_final.is_(True),
            # One by one: over a span of days every product of the store would be gone through.
            table.period_on.in_([as_of - timedelta(days=back) for back in range(LOOKED_BACK + WEEK + 1)]),
        ),
    )
    stored: dict[Subject, dict[tuple[str, date], object]] = {subject: {} for subject in subjects}
    for row in rows:
        subject = Subject(row.marketplace, row.subject_kind, row.subject)
        if subject in stored:
            stored[subject][row.metric, row.period_on] = row
    return {subject: _whole_weeks(found, wanted) for subject, found in stored.items()}


def _whole_weeks(stored: Mapping[tuple[str, date], object], wanted: Collection[str]) -> Mapping[date, Mapping[str, Fraction]]:
    days = {day for _, day in stored}
    found = {day: {name: _figure(stored.get((FIGURES[name][0], day)), FIGURES[name][1]) for name in wanted} for day in days}
    return {
        day: {name: value for name, value in figures.items() if value is not None}
        for day, figures in found.items()
        if all(value is not None for value in figures.values())
    }


def _figure(row: object, side: str) -> Fraction | None:
    value = getattr(row, side, None)
    return None if value is None else Fraction(value)
