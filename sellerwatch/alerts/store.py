"""Alerts at rest: reading their conditions, and writing a transition as one guarded UPDATE with its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from sellerwatch.alerts.machine import Condition, Event, Judgement
from sellerwatch.alerts.readings import Subject
from sellerwatch.core.errors import RetryableError
from sellerwatch.core.ids import fingerprint
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION

THREAD_NAME_LENGTH: Final = 24
"""Characters of the fingerprint in the name of a conversation."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule on one subject, with its condition and what it takes to judge its last day again."""

    fingerprint: str
    rule: str
    store_id: str
    subject: Subject
    condition: Condition
    before: Condition
    judged_for: date | None
    event_count: int
    rev: int

    @property
    def thread_key(self) -> str:
        """The name of the episode's conversation."""
        return f"{self.fingerprint[:THREAD_NAME_LENGTH]}-{self.condition.episode}"


def new_alert(rule: str, store_id: str, subject: Subject) -> Alert:
    """Return an alert that nothing has happened to yet."""
    name = fingerprint(rule, store_id, subject.marketplace, subject.kind, subject.id)
    return Alert(name, rule, store_id, subject, Condition(), Condition(), None, 0, 0)


def load_alerts(connection: Connection, store_id: str) -> dict[tuple[str, Subject], Alert]:
    """Return every alert the store ever had, by rule and subject."""
    rows = connection.execute(select(ALERT).where(ALERT.c.store_id == store_id).order_by(ALERT.c.fingerprint))
    return {(alert.rule, alert.subject): alert for alert in map(_alert, rows)}


def load_alert(connection: Connection, name: str) -> Alert | None:
    """Return the alert with this fingerprint."""
    row = connection.execute(select(ALERT).where(ALERT.c.fingerprint == name)).first()
    return _alert(row) if row is not None else None


def save_act(connection: Connection, alert: Alert, condition: Condition, event: Event, *, on: date, now: datetime) -> Alert:
    """Write what a person did to the condition: no data was judged, so no evaluation is noted.

    Raises:
        RetryableError: another process changed the alert in between; nothing of this transaction may be committed.
    """
    version = last_rule_version(connection, alert)
    after = replace(alert, condition=condition, event_count=alert.event_count + 1, rev=alert.rev + 1)
    _write(connection, alert, after)
    connection.execute(insert(ALERT_EVENT).values(_event_row(after, after.event_count, event, on, version, now)))
    return after


def save(  # noqa: PLR0913 - one transition and everything it leaves behind
    connection: Connection,
    alert: Alert,
    condition: Condition,
    events: Sequence[Event],
    judgement: Judgement,
    *,
    rule_version: int,
    now: datetime,
) -> Alert:
    """Write the judgement: the alert's new condition and one row per event; return the alert as it is now.

    Raises:
        RetryableError: another process changed the alert in between; nothing of this transaction may be committed.
    """
    before = alert.before if alert.judged_for == judgement.as_of else alert.condition
    after = replace(
        alert,
        condition=condition,
        before=before,
        judged_for=judgement.as_of,
        event_count=alert.event_count + len(events),
        rev=alert.rev + 1,
    )
    _write(connection, alert, after)
    for number, event in enumerate(events, alert.event_count + 1):
        connection.execute(insert(ALERT_EVENT).values(_event_row(after, number, event, judgement.as_of, rule_version, now)))
    _note_evaluation(connection, after, judgement, rule_version)
    return after


def _write(connection: Connection, alert: Alert, after: Alert) -> None:
    guarded = update(ALERT).where(ALERT.c.fingerprint == alert.fingerprint, ALERT.c.rev == alert.rev)
    statement = guarded if alert.rev else insert_if_absent(connection, ALERT)
    # Without the option SQLAlchemy does not say on PostgreSQL how many rows an INSERT wrote.
    if connection.execute(statement.values(_row(after)), execution_options={"preserve_rowcount": True}).rowcount != 1:
        raise RetryableError(
            "another process judged the alert at the same time",
            where=f"{alert.rule} {alert.subject.id}",
            remedy="Run the evaluation again; nothing was changed",
        )


def _note_evaluation(connection: Connection, alert: Alert, judgement: Judgement, rule_version: int) -> None:
    """Keep every different judgement of a day, so that history can be replayed as it was known."""
    ours = (EVALUATION.c.fingerprint == alert.fingerprint, EVALUATION.c.as_of == judgement.as_of)
    latest = connection.execute(select(EVALUATION).where(*ours).order_by(EVALUATION.c.version.desc()).limit(1)).first()
    said = {
        "outcome": judgement.outcome,
        "tier": alert.condition.tier,
        "value": judgement.value,
        "reason": judgement.reason or None,
        "rule_version": rule_version,
    }
    if latest is not None and all(getattr(latest, name) == value for name, value in said.items()):
        return
    version = 1 if latest is None else latest.version + 1
    connection.execute(
        insert(EVALUATION).values(fingerprint=alert.fingerprint, as_of=judgement.as_of, version=version, **said),
    )


def last_rule_version(connection: Connection, alert: Alert) -> int:
    """Return the version of the rule that the alert's last event was judged by; the rule itself may be gone."""
    newest = select(ALERT_EVENT.c.rule_version).where(
        ALERT_EVENT.c.fingerprint == alert.fingerprint,
        ALERT_EVENT.c.number == alert.event_count,
    )
    return int(connection.execute(newest).scalar_one())


def count_open(connection: Connection, store_id: str) -> dict[str, int]:
    """Return the number of open alerts by tier."""
    rows = connection.execute(
        select(ALERT.c.tier, func.count())
        .where(ALERT.c.store_id == store_id, ALERT.c.status.in_(("firing", "recovering")))
        .group_by(ALERT.c.tier),
    )
    return {row[0]: row[1] for row in rows}


def count_events(connection: Connection, store_id: str, as_of: date, kind: str) -> int:
    """Return the number of events of a kind on a business day of a store."""
    joined = ALERT_EVENT.join(ALERT, ALERT.c.fingerprint == ALERT_EVENT.c.fingerprint)
    counted = select(func.count()).select_from(joined)
    where = (ALERT.c.store_id == store_id, ALERT_EVENT.c.as_of == as_of, ALERT_EVENT.c.kind == kind)
    return int(connection.execute(counted.where(*where)).scalar_one())


def _row(alert: Alert) -> dict[str, object]:
    condition = alert.condition
    return {
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "store_id": alert.store_id,
        "marketplace": alert.subject.marketplace,
        "subject_kind": alert.subject.kind,
        "subject": alert.subject.id,
        "status": condition.status,
        "tier": condition.tier if condition.is_open else None,
        "episode": condition.episode,
        "value": condition.value,
        "judged_for": alert.judged_for,
        "state": condition_to_dict(condition),
        "state_before": condition_to_dict(alert.before),
        "event_count": alert.event_count,
        "rev": alert.rev,
    }


def _event_row(
    alert: Alert,
    number: int,
    event: Event,
    as_of: date,
    rule_version: int,
    now: datetime,
) -> dict[str, object]:
    return {
        "fingerprint": alert.fingerprint,
        "number": number,
        "episode": alert.condition.episode,
        "kind": event.kind,
        "as_of": as_of,
        "tier_before": event.tier_before,
        "tier_after": event.tier_after,
        "value": event.value,
        "reason": event.reason or None,
        "rule_version": rule_version,
        "happened_at": now,
    }


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        fingerprint=row.fingerprint,
        rule=row.rule,
        store_id=row.store_id,
        subject=Subject(row.marketplace, row.subject_kind, row.subject),
        condition=condition_from_dict(row.state),
        before=condition_from_dict(row.state_before),
        judged_for=row.judged_for,
        event_count=row.event_count,
        rev=row.rev,
    )


_DATES = ("valued_on", "opened_on", "resolved_on", "stale_since")


def condition_to_dict(condition: Condition) -> dict[str, Any]:
    """Return the condition as JSON values."""
    values = asdict(condition)
    return values | {name: values[name] and values[name].isoformat() for name in _DATES} | {"calm": list(condition.calm)}


def condition_from_dict(values: dict[str, Any]) -> Condition:
    """Return the condition that `condition_to_dict` wrote."""
    dates = {name: date.fromisoformat(values[name]) if values[name] else None for name in _DATES}
    return Condition(**(values | dates | {"calm": tuple(values["calm"])}))
