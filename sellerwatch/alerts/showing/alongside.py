"""What moved together with a product's number: the drivers that the catalogue names for it, measured of the same product and time.

That numbers moved together does not say why; so they are told with both values, and without a share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.messages.blocks import Language
from sellerwatch.messages.wording import day_words
from sellerwatch.settings.catalogue import periods_of
from sellerwatch.settings.languages import in_language
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.measures import METRIC_VALUE

PRODUCT: Final = frozenset({"asin", "sku"})
"""The levels of which it is told; of wider ones `causes` splits the change."""

SPANS: Final[Mapping[str, int]] = {"d7": 7, "d30": 30}
"""Days of the periods that have a period just before them every day."""

NOISE: Final = 0.05
"""A smaller change, relative to the value before, is as good as none."""

MOST: Final = 3

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "moved": "Also moved in the {days} days to {day}, against the {days} before: {parts}.",
        "part": "{title} from {before} to {after}",
        "joined": "; ",
    },
    "zh": {
        "moved": "截至{day}的 {days} 天与前 {days} 天相比，同期变化：{parts}。",
        "part": "{title}由 {before} 变为 {after}",
        "joined": "；",
    },
}
"""What is said of it. A test walks it."""


class Move(NamedTuple):
    """A metric's value in the period before and in the later one."""

    metric: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """The size of the change, relative to the value before; without bound where that was zero."""
        return abs(self.after - self.before) / abs(self.before) if self.before else float("inf")

    @property
    def is_noise(self) -> bool:
        """Whether it is as good as no change."""
        return self.after == self.before or self.change < NOISE


@dataclass(frozen=True, slots=True)
class Alongside:
    """What moved with a number.

    Attributes:
        days: of each of the two periods.
        to: the last day of the later one.
        moves: the largest first.
    """

    days: int
    to: date
    moves: tuple[Move, ...]


def drivers_of(settings: Settings, metric: str, kind: str, period: str) -> tuple[str, ...]:
    """Return the drivers that are measured of such subjects over such periods; none where nothing is told of the level."""
    if kind not in PRODUCT or period not in SPANS:
        return ()
    known = settings.metrics
    named = known[metric].drivers if metric in known else ()
    return tuple(name for name in named if period in periods_of(known[name], kind))


def moved_with(
    connection: Connection, settings: Settings, asked: Collection[Subject], metric: str, about: tuple[str, date, str]
) -> Mapping[Subject, Alongside]:
    """Return what moved with the metric, of the subjects of which it went the bad way and something did; in one statement.

    Args:
        connection: to the warehouse.
        settings: the catalogue.
        asked: subjects of one level.
        metric: what the alert is about.
        about: the store, the last day of the alert's value, and the period that it is over.
    """
    drivers = drivers_of(settings, metric, next(iter(asked)).kind, about[-1]) if asked else ()
    if not drivers:
        return {}
    values = _values(connection, asked, (metric, *drivers), about)
    worse = -1 if settings.metrics[metric].better == "higher" else 1
    found = {subject: _alongside(known, (metric, *drivers), worse, about) for subject, known in values.items()}
    return {subject: item for subject, item in found.items() if item is not None}


Known = Mapping[tuple[str, date], float]
"""Values by metric and the last day of the period."""


def _values(
    connection: Connection, asked: Collection[Subject], metrics: Sequence[str], about: tuple[str, date, str]
) -> Mapping[Subject, Known]:
    """Read both periods by their last day: a span of days would go through every product of the store."""
    table, (store_id, as_of, period) = METRIC_VALUE.c, about
    rows = connection.execute(
        select(table.marketplace, table.subject_kind, table.subject, table.metric, table.period_on, table.value).where(
            table.store_id == store_id,
            table.metric.in_(metrics),
            table.period == period,
            table.period_on.in_((as_of - timedelta(days=SPANS[period]), as_of)),
            table.marketplace.in_({subject.marketplace for subject in asked}),
            table.subject_kind.in_({subject.kind for subject in asked}),
            table.subject.in_([subject.id for subject in asked]),
            table.value.is_not(None),
        ),
    )
    found: dict[Subject, dict[tuple[str, date], float]] = defaultdict(dict)
    for row in rows:
        found[Subject(row.marketplace, row.subject_kind, row.subject)][row.metric, row.period_on] = row.value
    return {subject: found[subject] for subject in asked if subject in found}


def _alongside(known: Known, metrics: Sequence[str], worse: int, about: tuple[str, date, str]) -> Alongside | None:
    (own, *drivers), (_, ends, period) = metrics, about
    itself = _move(known, own, ends, SPANS[period])
    if itself is None or itself.is_noise or (itself.after - itself.before) * worse < 0:
        return None
    moves = [move for name in drivers if (move := _move(known, name, ends, SPANS[period])) and not move.is_noise]
    largest = sorted(moves, key=lambda move: -move.change)[:MOST]
    return Alongside(SPANS[period], ends, tuple(largest)) if largest else None


def _move(known: Known, metric: str, ends: date, days: int) -> Move | None:
    before, after = known.get((metric, ends - timedelta(days=days))), known.get((metric, ends))
    return None if before is None or after is None else Move(metric, before, after)


def alongside_words(
    settings: Settings, found: Alongside, language: Language, *, shown: Callable[[str, float], str], near: date
) -> str:
    """Return it as one sentence.

    Args:
        settings: names the metrics.
        found: what moved.
        language: to say it in.
        shown: how a metric's value is written.
        near: the day that days are seen from.
    """
    say = WORDS[language]
    parts = [
        say["part"].format(
            title=in_language(settings.metrics[move.metric].title, language),
            before=shown(move.metric, move.before),
            after=shown(move.metric, move.after),
        )
        for move in found.moves
    ]
    return say["moved"].format(days=found.days, day=day_words(found.to, language, near=near), parts=say["joined"].join(parts))
