"""A rule that goes into shadow tells nobody any more, also not of what it told before; one that leaves it tells what it has found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection, and_, select

from sellerwatch.alerts import store
from sellerwatch.alerts.condition.machine import OPEN, close
from sellerwatch.alerts.condition.text import text_of
from sellerwatch.alerts.judging.rule import Judging, is_ahead
from sellerwatch.alerts.showing.notices import Closing
from sellerwatch.alerts.store import Alert
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.telling import ALERT_TELLING

_EPISODE = and_(ALERT_TELLING.c.fingerprint == ALERT.c.fingerprint, ALERT_TELLING.c.episode == ALERT.c.episode)


def silence(judging: Judging, rules: Collection[str]) -> None:
    """Close what people know of rules that are in shadow now; what the rules find from here on is an episode of its own.

    Raises:
        RetryableError: another process judged one of the alerts at the same time.
    """
    in_shadow = [name for name in rules if judging.settings.rules[name].shadow]
    known = _known_to_people(judging.connection, judging.store_id, in_shadow) if in_shadow else set()
    for alert in [alert for alert in judging.alerts.values() if alert.fingerprint in known and not is_ahead(judging, alert)]:
        after = _closed(judging, alert)
        judging.alerts[(alert.rule, alert.subject)] = after
        judging.news.append(Closing(after, _reason(alert), judging.now))


def untold(judging: Judging) -> frozenset[str]:
    """Return the alerts that fire and that nobody was ever told of, though their rule is heard: it was in shadow when they began."""
    firing = (ALERT.c.store_id == judging.store_id, ALERT.c.status == "firing", ALERT_TELLING.c.fingerprint.is_(None))
    asked = select(ALERT.c.fingerprint, ALERT.c.rule).select_from(ALERT.outerjoin(ALERT_TELLING, _EPISODE)).where(*firing)
    heard = {name for name, rule in judging.settings.rules.items() if not rule.shadow}
    return frozenset(name for name, rule in judging.connection.execute(asked) if rule in heard)


def _closed(judging: Judging, alert: Alert) -> Alert:
    """Close an alert as people would: no data was judged, and judging the night again begins from here."""
    condition, (event,) = close(alert.condition, judging.as_of, _reason(alert))
    condition = replace(condition, resolved_on=None)  # nothing was called over, so nothing can be said to come back
    judging.events.append(event)
    begun = replace(alert, state_before=text_of(condition))
    return store.save_act(judging.connection, begun, condition, event, on=judging.as_of, now=judging.now)


def _reason(alert: Alert) -> str:
    return f"the rule {alert.rule} is in shadow now, and tells nobody"


def _known_to_people(connection: Connection, store_id: str, rules: Collection[str]) -> set[str]:
    """Return the open alerts of these rules of which people see something, or are to be told once nothing holds it back."""
    mine = (ALERT.c.store_id == store_id, ALERT.c.rule.in_(rules), ALERT.c.status.in_(OPEN))
    return set(connection.scalars(select(ALERT.c.fingerprint).join(ALERT_TELLING, _EPISODE).where(*mine)))
