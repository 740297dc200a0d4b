"""How many alerts a store has open, and how many events of a kind a night brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, func, select

from sellerwatch.alerts.condition.machine import OPEN
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION


def in_shadow(rules: Mapping[str, Rule]) -> list[str]:
    """Return the rules that nobody is told of, so that nobody wonders at a number that Slack does not show."""
    return [name for name, rule in rules.items() if rule.shadow]


def count_open(connection: Connection, rules: Mapping[str, Rule], store_id: str) -> dict[str, int]:
    """Return the number of open alerts by tier, without those of rules in shadow."""
    where = (ALERT.c.store_id == store_id, ALERT.c.status.in_(OPEN), ALERT.c.rule.not_in(in_shadow(rules)))
    rows = connection.execute(select(ALERT.c.tier, func.count()).where(*where).group_by(ALERT.c.tier))
    return {row[0]: row[1] for row in rows}


def count_events(connection: Connection, rules: Mapping[str, Rule], store_id: str, as_of: date, kind: str) -> int:
    """Return the number of events of a kind on a business day of a store, without those of rules in shadow."""
    joined = ALERT_EVENT.join(ALERT, ALERT.c.fingerprint == ALERT_EVENT.c.fingerprint)
    counted = select(func.count()).select_from(joined)
    of_night = (ALERT.c.store_id == store_id, ALERT_EVENT.c.as_of == as_of, ALERT_EVENT.c.kind == kind)
    return int(connection.execute(counted.where(*of_night, ALERT.c.rule.not_in(in_shadow(rules)))).scalar_one())


def was_judged(connection: Connection, store_id: str, as_of: date) -> bool:
    """Tell whether something was said of the night already, be it by the watchdog ahead of it."""
    joined = EVALUATION.join(ALERT, ALERT.c.fingerprint == EVALUATION.c.fingerprint)
    found = select(EVALUATION.c.as_of).select_from(joined).where(ALERT.c.store_id == store_id, EVALUATION.c.as_of == as_of)
    return connection.execute(found.limit(1)).first() is not None
