"""Alerts at rest: reading their conditions, and writing the transitions of a run in bulk, each one guarded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, select, update

from sellerwatch.alerts.machine import OPEN, Condition, Event, Judgement
from sellerwatch.alerts.readings import Subject
from sellerwatch.core.errors import RetryableError
from sellerwatch.core.ids import fingerprint
from sellerwatch.settings.models import Tier
from sellerwatch.warehouse.dialect import COUNTED, insert_if_absent
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION

THREAD_NAME_LENGTH: Final = 24
"""Characters of the fingerprint in the name of a conversation."""

AT_ONCE: Final = 500
"""So many alerts are asked for by name in one statement."""


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


@dataclass(frozen=True, slots=True)
class Change:
    """One judgement of one alert and everything it leaves behind."""

    alert: Alert
    """As it was read."""
    after: Alert
    """As it is to be."""
    events: tuple[Event, ...]
    judgement: Judgement
    rule_version: int


def new_alert(rule: str, store_id: str, subject: Subject) -> Alert:
    """Return an alert that nothing has happened to yet."""
    name = fingerprint(rule, store_id, subject.marketplace, subject.kind, subject.id)
    return Alert(name, rule, store_id, subject, Condition(), Condition(), None, 0, 0)


def changed(
    alert: Alert,
    condition: Condition,
    events: tuple[Event, ...],
    judgement: Judgement,
    *,
    before: Condition,
    rule_version: int,
) -> Change:
    """Return the change that a judgement makes to an alert.

    Args:
        alert: as it was read.
        condition: after the judgement.
        events: what happened.
        judgement: what was said.
        before: the condition before the night that is judged, so that the night can be judged again.
        rule_version: of the rule that judged.
    """
    after = replace(
        alert,
        condition=condition,
        before=before,
        judged_for=judgement.as_of,
        event_count=alert.event_count + len(events),
        rev=alert.rev + 1,
    )
    return Change(alert, after, events, judgement, rule_version)


def load_alerts(connection: Connection, store_id: str) -> dict[tuple[str, Subject], Alert]:
    """Return every alert the store ever had, by rule and subject."""
    rows = connection.execute(select(ALERT).where(ALERT.c.store_id == store_id).order_by(ALERT.c.fingerprint))
    return {(alert.rule, alert.subject): alert for alert in map(_alert, rows)}


def save_all(connection: Connection, changes: Sequence[Change], *, now: datetime) -> None:
    """Write the changes of a run: each alert's new condition, one row per event, and what every judgement said.

    Raises:
        RetryableError: another process changed one of the alerts in between; nothing of this transaction may be committed.
    """
    if not changes:
        return
    _write(connection, changes)
    events = [row for change in changes for row in _event_rows(change, now)]
    if events:
        connection.execute(insert(ALERT_EVENT), events)
    note_evaluations(connection, changes, is_live=True)


def _write(connection: Connection, changes: Sequence[Change]) -> None:
    fresh = [_row(change.after) for change in changes if not change.alert.rev]
    known = [_named(_row(change.after) | {"read_rev": change.alert.rev}) for change in changes if change.alert.rev]
    written = 0
    if fresh:
        written += connection.execute(insert_if_absent(connection, ALERT), fresh, execution_options=COUNTED).rowcount
    if known:
        written += connection.execute(_GUARDED, known).rowcount
    if written != len(changes):
        raise _overtaken(changes[0].after, len(changes))


def _overtaken(alert: Alert, count: int) -> RetryableError:
    return RetryableError(
        "another process judged the alert at the same time",
        where=f"{alert.rule} {alert.subject.id}" if count == 1 else f"one of {count} alerts of {alert.rule}",
        remedy="Run the evaluation again; nothing was changed",
    )


_CHANGING: Final = ("status", "tier", "episode", "value", "judged_for", "state", "state_before", "event_count", "rev")
_GUARDED: Final = (
    update(ALERT)
    .where(ALERT.c.fingerprint == bindparam("name"), ALERT.c.rev == bindparam("read_rev"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


def note_known(connection: Connection, alerts: Iterable[Alert], as_of: date) -> None:
    """Give subjects whose past is noted a row of their own, as alerts that nothing has happened to."""
    rows = [_row(replace(alert, judged_for=as_of, rev=1)) for alert in alerts]
    if rows:
        connection.execute(insert_if_absent(connection, ALERT), rows)


def note_evaluations(connection: Connection, changes: Iterable[Change], *, is_live: bool) -> list[Change]:
    """Keep every different judgement of a night, so that history can be replayed as it was known; return what was new.

    Args:
        connection: the transaction of the run.
        changes: the judgements, all of one night.
        is_live: False where the night is history: its judgements move no condition, unless the night was live before.
    """
    listed = list(changes)
    known = _versions(connection, [change for change in listed if change.alert.rev])
    rows, new = [], []
    for change in listed:
        latest = known.get(change.alert.fingerprint)
        said = _said(change.judgement) | {"rule_version": change.rule_version}
        if latest is not None and all(getattr(latest, name) == value for name, value in said.items()):
            continue
        was_live = is_live or (latest is not None and latest.is_live)
        version = 1 if latest is None else latest.version + 1
        key = {"fingerprint": change.alert.fingerprint, "as_of": change.judgement.as_of, "version": version}
        rows.append(key | said | {"tier": _open_tier(change.after.condition), "is_live": was_live})
        new.append(change)
    if rows:
        connection.execute(insert(EVALUATION), rows)
    return new


def live_nights(connection: Connection, names: Iterable[str], as_of: date) -> set[str]:
    """Return those of the alerts that were judged on the night while it was the present."""
    where = (EVALUATION.c.as_of == as_of, EVALUATION.c.is_live.is_(True))
    return {row.fingerprint for row in _evaluations(connection, names, *where)}


def load_log(connection: Connection, name: str) -> list[Judgement]:
    """Return what was said of an alert on the nights that were live, each night's versions in their order."""
    rows = list(_evaluations(connection, [name]))
    live = {row.as_of for row in rows if row.is_live}
    return [_judgement(row) for row in rows if row.as_of in live]


def mark_behind(connection: Connection, alerts: Iterable[Alert]) -> None:
    """Note that corrected history may say something else of the alerts than people were told; the next night looks.

    Raises:
        RetryableError: another process changed one of the alerts in between; nothing of this transaction may be committed.
    """
    marked = [replace(alert, condition=replace(alert.condition, is_behind=True), rev=alert.rev + 1) for alert in alerts]
    if not marked:
        return
    rows = [_row(alert) | {"read_rev": alert.rev - 1} for alert in marked]
    if connection.execute(_GUARDED, [_named(row) for row in rows]).rowcount != len(marked):
        raise _overtaken(marked[0], len(marked))


def _versions(connection: Connection, changes: Sequence[Change]) -> dict[str, Row[Any]]:
    """Return the latest version of what was said of each alert on the night that the changes are of."""
    if not changes:
        return {}
    names = (change.alert.fingerprint for change in changes)
    found = _evaluations(connection, names, EVALUATION.c.as_of == changes[0].judgement.as_of)
    return {row.fingerprint: row for row in found}


def _evaluations(connection: Connection, names: Iterable[str], *where: ColumnElement[bool]) -> Iterator[Row[Any]]:
    asked_for = list(names)
    for start in range(0, len(asked_for), AT_ONCE):
        asked = select(EVALUATION).where(EVALUATION.c.fingerprint.in_(asked_for[start : start + AT_ONCE]), *where)
        yield from connection.execute(asked.order_by(EVALUATION.c.fingerprint, EVALUATION.c.as_of, EVALUATION.c.version))


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
        select(ALERT.c.tier, func.count()).where(ALERT.c.store_id == store_id, ALERT.c.status.in_(OPEN)).group_by(ALERT.c.tier),
    )
    return {row[0]: row[1] for row in rows}


def count_events(connection: Connection, store_id: str, as_of: date, kind: str) -> int:
    """Return the number of events of a kind on a business day of a store."""
    joined = ALERT_EVENT.join(ALERT, ALERT.c.fingerprint == ALERT_EVENT.c.fingerprint)
    counted = select(func.count()).select_from(joined)
    where = (ALERT.c.store_id == store_id, ALERT_EVENT.c.as_of == as_of, ALERT_EVENT.c.kind == kind)
    return int(connection.execute(counted.where(*where)).scalar_one())


def _open_tier(condition: Condition) -> Tier | None:
    return condition.tier if condition.is_open else None


def _row(alert: Alert) -> dict[str, Any]:
    condition = alert.condition
    return {
        "fingerprint": alert.fingerprint,
        "rule": alert.rule,
        "store_id": alert.store_id,
        "marketplace": alert.subject.marketplace,
        "subject_kind": alert.subject.kind,
        "subject": alert.subject.id,
        "status": condition.status,
        "tier": _open_tier(condition),
        "episode": condition.episode,
        "value": condition.value,
        "judged_for": alert.judged_for,
        "state": condition_to_dict(condition),
        "state_before": condition_to_dict(alert.before),
        "event_count": alert.event_count,
        "rev": alert.rev,
    }


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row in the names of the guarded update."""
    news = {f"new_{name}": row[name] for name in _CHANGING}
    return news | {"name": row["fingerprint"], "read_rev": row["read_rev"]}


def _event_rows(change: Change, now: datetime) -> Iterator[dict[str, object]]:
    for number, event in enumerate(change.events, change.alert.event_count + 1):
        yield {
            "fingerprint": change.after.fingerprint,
            "number": number,
            "episode": change.after.condition.episode,
            "kind": event.kind,
            "as_of": change.judgement.as_of,
            "tier_before": event.tier_before,
            "tier_after": event.tier_after,
            "value": event.value,
            "reason": event.reason or None,
            "rule_version": change.rule_version,
            "happened_at": now,
        }


def _said(judgement: Judgement) -> dict[str, object]:
    return {
        "outcome": judgement.outcome,
        "value": judgement.value,
        "entered": judgement.entered,
        "kept": judgement.kept,
        "is_well": judgement.is_well,
        "valued_on": judgement.period if judgement.outcome == "value" else None,
        "reason": judgement.reason or None,
    }


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        row.as_of,
        row.outcome,
        row.value,
        row.entered,
        row.kept,
        is_well=row.is_well,
        valued_on=row.valued_on,
        reason=row.reason or "",
    )


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


_DATES: Final = ("valued_on", "opened_on", "resolved_on", "stale_since")
_EMPTY: Final = Condition()
_NAMES: Final = tuple(item.name for item in fields(Condition))


def condition_to_dict(condition: Condition) -> dict[str, Any]:
    """Return what of the condition is not as in one that nothing has happened to, as JSON values; its days always."""
    values: dict[str, Any] = {
        name: value for name in _NAMES if (value := getattr(condition, name)) != getattr(_EMPTY, name) and name not in _DATES
    }
    for name in _DATES:
        day = getattr(condition, name)
        values[name] = day and day.isoformat()
    if condition.recent:
        values["recent"] = [[day.isoformat(), entered] for day, entered in condition.recent]
    if condition.starts:
        values["starts"] = [day.isoformat() for day in condition.starts]
    return values


def condition_from_dict(values: dict[str, Any]) -> Condition:
    """Return the condition that `condition_to_dict` wrote."""
    known = dict(values)
    for name in _DATES:
        known[name] = date.fromisoformat(known[name]) if known.get(name) else None
    for name in ("calm", "reading"):
        if name in known:
            known[name] = tuple(known[name])
    known["recent"] = tuple((date.fromisoformat(day), entered) for day, entered in known.get("recent", ()))
    known["starts"] = tuple(map(date.fromisoformat, known.get("starts", ())))
    return Condition(**known)
