"""What cannot be judged: what the configuration no longer watches, and what of a feed came in part only."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.alerts.showing.about_rules import ABOUT_RULES
from sellerwatch.alerts.store import Alert
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import SnapshotPeriod
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.checks.catalogue import CHECKS
from sellerwatch.warehouse.checks.coverage import LISTINGS
from sellerwatch.warehouse.dialect import InOrder
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW

USUAL_WITHIN_DAYS: Final = 35
WHOLE_SHARE: Final = 0.6
"""A list with fewer than this share of its usual rows is partial: what it leaves out is unknown, not gone."""

USUAL_OF: Final = (3, 14)
"""The usual number of rows is the median of the last fourteen lists; with fewer than three nothing is usual yet."""


def why_unwatched(settings: Settings, alert: Alert) -> str | None:
    """Return why nothing can be said about the alert's subject any more, or None while it is watched."""
    rule, subject = settings.rules.get(alert.rule), alert.subject
    if rule is None:
        return f"the rule {alert.rule} is no longer configured"
    if subject.kind not in {rule.subject, *ABOUT_RULES}:
        return f"the rule {alert.rule} no longer watches a {subject.kind}"
    if subject.marketplace not in {EVERY_MARKETPLACE, *settings.store(alert.store_id).marketplaces}:
        return f"the marketplace {subject.marketplace} is no longer watched"
    if subject.kind == "feed" and subject.id not in settings.reports_of(alert.store_id):
        return f"the report {subject.id} is no longer pulled"
    return _why_stopped(settings, alert, rule)


def _why_stopped(settings: Settings, alert: Alert, rule: Rule) -> str | None:
    subject = alert.subject
    if subject.kind == "check" and subject.id not in CHECKS:
        return f"the data check {subject.id} no longer exists"
    if subject.kind in ABOUT_RULES and subject.id not in settings.rules:
        return f"the rule {subject.id} is no longer configured"
    is_paused = rule.judged_by == "watchdog" and settings.store(alert.store_id).night.is_paused
    return "the plan of its nights is paused" if is_paused else None


def partial_feeds(connection: Connection, settings: Settings, store_id: str, as_of: date) -> set[tuple[str, str]]:
    """Return by marketplace the reports that list what there is and whose newest list is far shorter than usual."""
    listing = {
        report for item in LISTINGS for report in item.reports if isinstance(settings.reports.get(report), SnapshotPeriod)
    }
    rows = connection.execute(
        select(WINDOW.c.marketplace, WINDOW.c.report, WINDOW.c.last_day, DOCUMENT.c.row_count)
        .select_from(InOrder(WINDOW, DOCUMENT, DOCUMENT.c.window_id == WINDOW.c.id))
        .where(
            WINDOW.c.store_id == store_id,
            WINDOW.c.marketplace.in_(settings.store(store_id).marketplaces),
            WINDOW.c.report.in_(listing),
            WINDOW.c.last_day.between(as_of - timedelta(days=USUAL_WITHIN_DAYS), as_of),
            DOCUMENT.c.state == "loaded",
        )
        .order_by(WINDOW.c.last_day, DOCUMENT.c.version),
    )
    lists: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for place, report, day, count in rows:
        lists[(place, report)][day] = count or 0
    return {feed for feed, counts in lists.items() if _is_partial(list(counts.values()))}


def _is_partial(counts: list[int]) -> bool:
    fewest, most = USUAL_OF
    *past, newest = counts
    return len(past) >= fewest and newest < WHOLE_SHARE * statistics.median(past[-most:])
