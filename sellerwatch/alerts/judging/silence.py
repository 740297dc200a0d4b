"""A rule that goes into shadow tells nobody any more, also not of what it told before; one that leaves it tells what it has found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, and_, or_, select

from sellerwatch.alerts import store
from sellerwatch.alerts.condition.machine import OPEN, close
from sellerwatch.alerts.condition.text import text_of
from sellerwatch.alerts.judging.rule import Judging, is_ahead
from sellerwatch.alerts.judging.watched import why_unwatched
from sellerwatch.alerts.showing.notices import Closing
from sellerwatch.alerts.store import Alert
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.telling import ALERT_TELLING

_EPISODE: Final = and_(ALERT_TELLING.c.fingerprint == ALERT.c.fingerprint, ALERT_TELLING.c.episode == ALERT.c.episode)
_IS_SEEN: Final = and_(ALERT_TELLING.c.how.in_(("root", "digest")), ALERT_TELLING.c.status.in_(OPEN))
_IS_PUT_OFF: Final = or_(ALERT_TELLING.c.held_by.is_not(None), ALERT_TELLING.c.freed_on.is_not(None), ALERT_TELLING.c.is_behind)


def silence(judging: Judging, rules: Collection[str]) -> None:
    """Close what people know of rules that are in shadow now; what the rules find from here on is an episode of its own.

    What a rule has called over that is gone since, and people were still to be told of, is closed too: nobody else tells it.

    Raises:
        RetryableError: another process judged one of the alerts at the same time.
    """
    in_shadow = [name for name in rules if judging.settings.rules[name].shadow]
    known = _known_to_people(judging.connection, judging.store_id, in_shadow, judging.settings.rules)
    for alert in [alert for alert in judging.alerts.values() if alert.fingerprint in known and not is_ahead(judging, alert)]:
        is_silent = alert.rule in judging.settings.rules
        reason = (
            f"the rule {alert.rule} is in shadow now, and tells nobody" if is_silent else why_unwatched(judging.settings, alert)
        )
        if reason and (is_silent or not alert.condition.is_open):
            after = _closed(judging, alert, reason)
            judging.news.append(Closing(after, reason, judging.now))


def untold(judging: Judging) -> frozenset[str]:
    """Return the alerts that fire and of which people know nothing, though their rule is heard: it was in shadow when they began."""
    is_unknown = or_(ALERT_TELLING.c.fingerprint.is_(None), ~or_(_IS_SEEN, _IS_PUT_OFF))
    firing = (ALERT.c.store_id == judging.store_id, ALERT.c.status == "firing", is_unknown)
    asked = select(ALERT.c.fingerprint, ALERT.c.rule).select_from(ALERT.outerjoin(ALERT_TELLING, _EPISODE)).where(*firing)
    heard = {name for name, rule in judging.settings.rules.items() if not rule.shadow}
    return frozenset(name for name, rule in judging.connection.execute(asked) if rule in heard)


def _closed(judging: Judging, alert: Alert, reason: str) -> Alert:
    """Close an open alert as people would: no data was judged, and judging the night again begins from here."""
    if not alert.condition.is_open:
        return replace(alert, condition=replace(alert.condition, status="closed"))  # of what is over only the message is left
    condition, (event,) = close(alert.condition, judging.as_of, reason)
    condition = replace(condition, resolved_on=None)  # nothing was called over, so nothing can be said to come back
    judging.events.append(event)
    begun = replace(alert, state_before=text_of(condition))
    after = store.save_act(judging.connection, begun, condition, event, on=judging.as_of, now=judging.now)
    judging.alerts[(alert.rule, alert.subject)] = after
    return after


def _known_to_people(
    connection: Connection, store_id: str, in_shadow: Collection[str], configured: Collection[str]
) -> set[str]:
    """Return the alerts of silent rules, and of rules that are gone, of which people see something open or are still to be told."""
    mine = (ALERT.c.store_id == store_id, or_(ALERT.c.rule.in_(in_shadow), ALERT.c.rule.not_in(configured)))
    joined = ALERT.join(ALERT_TELLING, _EPISODE)
    return set(connection.scalars(select(ALERT.c.fingerprint).select_from(joined).where(*mine, or_(_IS_SEEN, _IS_PUT_OFF))))
