"""What a person orders, and everything that is wrong with it, said at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeGuard, get_args

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days, local_day
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.windows import BY_BACKFILL

Mode = Literal["gaps", "again", "reparse"]
OrderSource = Literal["prefect", "cli"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)

EVERY_STORE: Final = "every store"
EVERY_FEED: Final = "every feed"
"""What a form offers beside the names; to leave a field empty is no answer, so that nobody asks for everything by oversight."""

LONGEST_DAYS: Final = 731
"""Two years with a leap day: Amazon keeps nothing longer."""

LONGEST_TEXT: Final = 500

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Wording:
    """An order as a person wrote it, before anybody has looked whether it makes sense.

    A store, a feed or a mode may carry a title after a colon, as the form's choices do.
    """

    stores: Sequence[str]
    feeds: Sequence[str]
    first_day: str
    last_day: str
    mode: str
    reason: str
    asked_by: str
    unknown: Sequence[str] = ()
    """Fields that were filled in and that no order has."""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Wording:
        """Return the words of a form's fields, whatever they hold: what is missing or odd is complained about later."""
        known = {field.name for field in fields(cls)} - {"unknown"}
        return cls(
            stores=_texts(values.get("stores")),
            feeds=_texts(values.get("feeds")),
            first_day=_text(values.get("first_day")),
            last_day=_text(values.get("last_day")),
            mode=_text(values.get("mode")),
            reason=_text(values.get("reason")),
            asked_by=_text(values.get("asked_by")),
            unknown=tuple(sorted(values.keys() - known)),
        )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list | tuple) else tuple(filter(None, [_text(value)]))


@dataclass(frozen=True, slots=True)
class BackfillOrder:
    """History that somebody wants: of these stores and feeds, for these days, in this way, for this reason."""

    id: str
    stores: tuple[str, ...]
    feeds: tuple[str, ...]
    days: Days
    mode: Mode
    reason: str
    asked_by: str
    source: OrderSource

    @property
    def name(self) -> str:
        """What the window ledger calls it."""
        return f"{BY_BACKFILL}{self.id}"


def order_of(settings: Settings, wording: Wording, *, order_id: str, source: OrderSource, now: datetime) -> BackfillOrder:
    """Return the order that the words stand for.

    Args:
        settings: what is configured.
        wording: what the person wrote.
        order_id: what the order is to be called.
        source: where it was written.
        now: the present, which says what days are over.

    Raises:
        ConfigError: something is wrong with it; the message names everything, each with what to do.
    """
    stores = _chosen(wording.stores, EVERY_STORE, settings.stores)
    feeds = _chosen(wording.feeds, EVERY_FEED, settings.reports)
    known_stores = tuple(name for name in settings.stores if name in stores)
    first, last = _day(wording.first_day), _day(wording.last_day)
    reason, asked_by, mode = _one_line(wording.reason), _one_line(wording.asked_by), _name(wording.mode)
    complaints = [
        *(f"unknown field {name!r}: leave it out" for name in wording.unknown),
        *_about_names("store", stores, settings.stores),
        *_about_names("feed", feeds, settings.reports),
        *_about_feeds_nobody_pulls(settings, known_stores, feeds),
        *_about_day("first", wording.first_day, first),
        *_about_day("last", wording.last_day, last),
        *_about_days(first, last, newest=_newest_day(settings, known_stores or tuple(settings.stores), now)),
        *_about_mode(mode),
        *_about_text("the reason", reason, "say in a few words what the history is needed for"),
        *_about_text("the name of who asks", asked_by, "write your name"),
    ]
    if complaints or first is None or last is None or not _is_mode(mode):
        raise _refusal(complaints)
    wanted = tuple(name for name in settings.reports if name in feeds)
    return BackfillOrder(order_id, known_stores, wanted, Days(first, last), mode, reason, asked_by, source)


def check_order(settings: Settings, order: BackfillOrder, now: datetime) -> None:
    """Look at an order that did not come as words: one of the ledger, whose stores may have gone since.

    Raises:
        ConfigError: something is wrong with it; the message names everything, each with what to do.
    """
    wording = Wording(
        stores=order.stores,
        feeds=order.feeds,
        first_day=str(order.days.first),
        last_day=str(order.days.last),
        mode=order.mode,
        reason=order.reason,
        asked_by=order.asked_by,
    )
    order_of(settings, wording, order_id=order.id, source=order.source, now=now)


def _chosen(words: Iterable[str], everything: str, known: Iterable[str]) -> list[str]:
    """Return the names that were chosen, each once: a choice of the form is a name and, after a colon, its title."""
    names = [_name(word) for word in words]
    return list(known) if everything in names else list(dict.fromkeys(name for name in names if name))


def _name(word: str) -> str:
    return word.partition(":")[0].strip()


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_mode(text: str) -> TypeGuard[Mode]:
    return text in MODES


def _newest_day(settings: Settings, stores: Iterable[str], now: datetime) -> date:
    """Return the last day that is over in every marketplace of the stores."""
    zones = [place.zone for store_id in stores for place in settings.marketplaces(store_id)]
    return min(local_day(now, zone) for zone in zones) - timedelta(days=1)


def _about_names(what: str, names: Sequence[str], known: Mapping[str, object]) -> Iterator[str]:
    if not names:
        yield f"no {what} is chosen: choose at least one, or 'every {what}'"
    unknown = [name for name in names if name not in known]
    if unknown:
        yield f"unknown {what} {', '.join(map(repr, unknown))}: use one of {', '.join(known)}"


def _about_feeds_nobody_pulls(settings: Settings, stores: Sequence[str], feeds: Sequence[str]) -> Iterator[str]:
    """Complain where no chosen feed is one of the chosen stores; beside one that is, the others are left out of the plan."""
    pulled = {name for store_id in stores for name in settings.reports_of(store_id)}
    known = [name for name in feeds if name in settings.reports]
    if stores and known and not pulled & set(known):
        yield f"{', '.join(stores)} has none of the feeds {', '.join(known)}: use one of {', '.join(sorted(pulled))}"


def _about_day(which: str, text: str, day: date | None) -> Iterator[str]:
    if day is None:
        yield f"the {which} day {text.strip()!r} is no date: write it as YYYY-MM-DD, such as 2026-11-10"


def _about_days(first: date | None, last: date | None, *, newest: date) -> Iterator[str]:
    if last is not None and last > newest:
        yield f"the last day {last} is not over yet: take {newest} or an earlier day"
    if first is None or last is None:
        return
    if first > last:
        yield f"the first day {first} comes after the last day {last}: exchange them"
    elif (last - first).days >= LONGEST_DAYS:
        earliest = last - timedelta(days=LONGEST_DAYS - 1)
        yield f"{first} to {last} is longer than two years: take {earliest} as the first day, or several backfills"


def _about_mode(mode: str) -> Iterator[str]:
    if not _is_mode(mode):
        yield f"unknown mode {mode!r}: use one of {', '.join(MODES)}"


def _about_text(what: str, text: str, remedy: str) -> Iterator[str]:
    if not text:
        yield f"{what} is empty: {remedy}"
    if len(text) > LONGEST_TEXT:
        yield f"{what} has {len(text)} characters: use at most {LONGEST_TEXT}"


def _refusal(complaints: Sequence[str]) -> ConfigError:
    numbered = [f"({number}) {text}" for number, text in enumerate(complaints, 1)] if len(complaints) > 1 else complaints
    return ConfigError(
        f"Nothing was started: {'; '.join(numbered)}", remedy="Correct this and start it again; Amazon was asked for nothing"
    )
