"""How a window stands on one of its days, for people: one table of standings, and how each is told from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from sellerwatch.core.periods import local_day
from sellerwatch.settings.models import CalendarPeriod, ReportPull
from sellerwatch.warehouse.windows import Window


@dataclass(frozen=True, slots=True)
class Standing:
    """One way in which a day of a feed can stand."""

    name: str
    symbol: str
    style: str
    words: str
    is_trouble: bool = False


FATAL: Final = Standing("fatal", "F", "bold red", "Amazon could not make it", is_trouble=True)
QUARANTINED: Final = Standing("quarantined", "Q", "bold red", "its document was set aside", is_trouble=True)
MISSING: Final = Standing("missing", "!", "bold red", "never asked for, and it should have been", is_trouble=True)
CANCELLED: Final = Standing("cancelled_unknown", "c", "yellow", "cancelled once, asked for again later", is_trouble=True)
WANTED: Final = Standing("wanted", "w", "yellow", "wanted, not asked for yet", is_trouble=True)
ASKED: Final = Standing("asked", "a", "cyan", "asked for, Amazon is at it")
DONE: Final = Standing("done", "+", "green", "here, may still change")
DONE_RESTATED: Final = Standing("done_restated", "r", "green", "here, changed since, may change again")
FINAL: Final = Standing("final", "#", "green", "here, settled")
FINAL_RESTATED: Final = Standing("final_restated", "R", "green", "here, changed and settled")
EMPTY: Final = Standing("empty", "-", "green", "Amazon says there is nothing")
NOT_EXPECTED: Final = Standing("not_expected", ".", "dim", "not expected")

STANDINGS: Final = (
    FATAL,
    QUARANTINED,
    MISSING,
    CANCELLED,
    WANTED,
    ASKED,
    DONE,
    DONE_RESTATED,
    FINAL,
    FINAL_RESTATED,
    EMPTY,
    NOT_EXPECTED,
)
"""Every standing, worst first."""

RANK: Final[Mapping[str, int]] = {standing.name: place for place, standing in enumerate(STANDINGS)}

_UNFINISHED: Final[Mapping[str, Standing]] = {
    "wanted": WANTED,
    "requesting": ASKED,
    "requested": ASKED,
    "cancelled_unknown": CANCELLED,
    "fatal": FATAL,
}
"""What the ledger's states mean while nothing has come of the window."""

_WITH_DATA: Final = frozenset({DONE, DONE_RESTATED, FINAL, FINAL_RESTATED})
_CHANGED: Final[Mapping[bool, Mapping[bool, Standing]]] = {
    False: {False: DONE, True: FINAL},
    True: {False: DONE_RESTATED, True: FINAL_RESTATED},
}
"""Whether the document changed since the first one, and whether it was made after the day had settled."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of a window, as far as its standing goes."""

    sha256: str
    state: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A window as the ledger tells it, with its documents from the first to the newest."""

    window: Window
    state: str
    asked_by: str
    asked_at: datetime | None
    finished_at: datetime | None
    attempts: int
    calls: int
    detail: str
    wanted_for: date
    papers: tuple[Paper, ...] = ()

    @property
    def restated(self) -> int:
        """How often a document came with other bytes than the one before; what could not be read does not count."""
        read = [paper.sha256 for paper in self.papers if paper.state != "quarantined"]
        return sum(before != after for before, after in pairwise(read))

    def standing(self, day: date, pull: ReportPull | None, zone: tzinfo) -> Standing:
        """Return how the window stands on one of its days.

        Args:
            day: one of its days.
            pull: how its report is pulled; None for one that is not configured any more, whose data counts as it is.
            zone: the marketplace's.
        """
        if self.state == "empty":
            return EMPTY
        if self.state == "done":
            return _CHANGED[self.restated > 0][self._is_settled(day, pull, zone)]
        if self.state != "fatal" and self.papers and self.papers[-1].state == "quarantined":
            return QUARANTINED
        return _UNFINISHED[self.state]

    def _is_settled(self, day: date, pull: ReportPull | None, zone: tzinfo) -> bool:
        """A week or month settles as a whole; of everything else each day by itself."""
        if pull is None:
            return True
        made_at = self.papers[-1].observed_at if self.papers else self.finished_at
        last = self.window.days.last if isinstance(pull, CalendarPeriod) else day
        return made_at is not None and local_day(made_at, zone) >= last + timedelta(days=pull.settled_after_days)


def best(standings: Iterable[Standing]) -> Standing:
    """Return how a day stands that several windows of the same part cover: data that came with one of them is there."""
    found = list(standings)
    return max((one for one in found if one in _WITH_DATA), key=_rank, default=max(found, key=_rank))


def worst(standings: Iterable[Standing]) -> Standing:
    """Return how a day stands of which each part is a document of its own."""
    return min(standings, key=_rank)


def _rank(standing: Standing) -> int:
    return RANK[standing.name]
