"""Which days and documents of each feed the warehouse holds, which of them the night loaded, and which failed before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Row, and_, func, or_, select

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days
from sellerwatch.reports.contract import Replace
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import ChecksFile, RangePeriod
from sellerwatch.warehouse.tables.checks import DATA_CHECK
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW

HISTORY_DAYS = 35
"""Days before the oldest checked one that checks may look back to."""

SETTLED_AFTER_DAYS = 3
"""Of a feed that reports.yaml does not name: files of it were put in by hand."""

Item = TypeVar("Item")
Feed = tuple[str, str]
"""Report and marketplace."""


class LoadedDocument(NamedTuple):
    """A document whose facts are in the warehouse, and the last and the first day it is of."""

    id: str
    day: date
    first: date


@dataclass(frozen=True, slots=True)
class Known:
    """What the warehouse holds of a store, by feed."""

    days: Mapping[Feed, frozenset[date]]
    tonight: Mapping[Feed, frozenset[date]]
    documents: Mapping[Feed, frozenset[LoadedDocument]]
    tonights_documents: Mapping[Feed, frozenset[LoadedDocument]]


def read_known(connection: Connection, settings: Settings, store_id: str, as_of: date, *, is_full: bool) -> Known:
    """Return the days and documents of every feed up to the night.

    A day is known when a loaded document covers it or Amazon has none for it. With ``is_full``, history has no limit, and
    everything counts as loaded tonight.
    """
    days: dict[Feed, set[date]] = defaultdict(set)
    tonight: dict[Feed, set[date]] = defaultdict(set)
    documents: dict[Feed, set[LoadedDocument]] = defaultdict(set)
    tonights: dict[Feed, set[LoadedDocument]] = defaultdict(set)
    oldest = None if is_full else as_of - timedelta(days=settings.checks.recheck_days + HISTORY_DAYS)
    for row in _windows(connection, store_id, as_of, oldest):
        feed = (row.report, row.marketplace)
        is_tonights = is_full or _is_of_night(settings, row, as_of)
        covered = set(Days(row.first_day, row.last_day))
        days[feed] |= covered
        tonight[feed] |= covered if is_tonights else set()
        if row.document_id is not None:
            document = LoadedDocument(row.document_id, row.last_day, row.first_day)
            documents[feed].add(document)
            tonights[feed] |= {document} if is_tonights else set()
    return Known(_frozen(days), _frozen(tonight), _frozen(documents), _frozen(tonights))


def _frozen(sets: Mapping[Feed, set[Item]]) -> dict[Feed, frozenset[Item]]:
    return {feed: frozenset(items) for feed, items in sets.items()}


def _windows(connection: Connection, store_id: str, as_of: date, oldest: date | None) -> Iterable[Row[tuple[object, ...]]]:
    loaded = and_(DOCUMENT.c.window_id == WINDOW.c.id, DOCUMENT.c.state == "loaded")
    statement = (
        select(WINDOW, DOCUMENT.c.id.label("document_id"))
        .join_from(WINDOW, DOCUMENT, loaded, isouter=True)
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace.in_(sorted(BY_CODE)),  # all there are: the index leads to the last days of a feed alone
            WINDOW.c.report.in_(sorted(REPORTS)),
            WINDOW.c.last_day <= as_of,
            or_(WINDOW.c.state == "empty", DOCUMENT.c.id.is_not(None)),
        )
    )
    return connection.execute(statement if oldest is None else statement.where(WINDOW.c.last_day >= oldest))


def _is_of_night(settings: Settings, row: Row[tuple[object, ...]], as_of: date) -> bool:
    """Tell whether the night wanted the window; a later night may have taken it over when it asked for its days again."""
    pull = settings.reports.get(row.report)
    if row.wanted_for <= as_of or not isinstance(pull, RangePeriod):
        return bool(row.wanted_for == as_of)
    return bool(row.first_day >= as_of - timedelta(days=pull.repull_days) and row.last_day < as_of)


def failed_before(connection: Connection, store_id: str, as_of: date, checks: ChecksFile) -> Mapping[Feed, frozenset[date]]:
    """Return, by check and marketplace, the days that failed in the night before: they are checked until they pass.

    Days for which something had to be waited for are so much older when they are looked at first.
    """
    oldest = {name: as_of - timedelta(days=checks.recheck_days + limits.wait_days) for name, limits in checks.limits.items()}
    theirs = and_(DATA_CHECK.c.store_id == store_id, DATA_CHECK.c.as_of < as_of)
    rows = connection.execute(
        select(DATA_CHECK.c.check_name, DATA_CHECK.c.marketplace, DATA_CHECK.c.day)
        .where(
            DATA_CHECK.c.store_id == store_id,
            DATA_CHECK.c.as_of == select(func.max(DATA_CHECK.c.as_of)).where(theirs).scalar_subquery(),
            DATA_CHECK.c.status == "fail",
            DATA_CHECK.c.day >= min(oldest.values()),
        )
        .distinct(),
    )
    failed: dict[Feed, set[date]] = defaultdict(set)
    for check, place, day in rows:
        if day >= oldest.get(check, date.max):
            failed[check, place].add(day)
    return _frozen(failed)


def is_settled(settings: Settings, reports: Iterable[str], day: date, as_of: date) -> bool:
    """Tell whether none of the reports is expected to change the day any more; a snapshot is final as it comes."""
    return all(_is_settled(settings, report, day, as_of) for report in reports)


def _is_settled(settings: Settings, report: str, day: date, as_of: date) -> bool:
    if any(table.replace is Replace.SNAPSHOT for table in REPORTS[report].tables):
        return True
    pull = settings.reports.get(report)
    wait = pull.settled_after_days if pull else SETTLED_AFTER_DAYS
    return day < as_of - timedelta(days=wait)
