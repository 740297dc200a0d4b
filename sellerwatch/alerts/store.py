"""Alerts at rest: reading their conditions, and writing the transitions of a run in bulk, each one guarded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Text, bindparam, insert, select, type_coerce, update

from sellerwatch.alerts.condition.machine import OPEN, Condition, Event, Judgement
from sellerwatch.alerts.condition.text import UNTOUCHED, condition_of, text_of
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.core.errors import RetryableError
from sellerwatch.core.ids import fingerprint
from sellerwatch.settings.models import Tier
from sellerwatch.warehouse.dialect import COUNTED, Upsert, insert_if_absent
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
    state: str
    """The condition as it is stored."""
    state_before: str
    """The condition before the night of `judged_for`, as it is stored: most nights nobody asks for it."""
    judged_for: date | None
    event_count: int
    rev: int

    @property
    def before(self) -> Condition:
        """The condition before the newest night that was judged, so that the night can be judged again."""
        return condition_of(self.state_before)

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
    return Alert(name, rule, store_id, subject, Condition(), UNTOUCHED, UNTOUCHED, None, 0, 0)


def load_alert(connection: Connection, name: str) -> Alert | None:
    """Return the alert with this fingerprint."""
    return next(_read(connection, ALERT.c.fingerprint == name), None)


def save_act(connection: Connection, alert: Alert, condition: Condition, event: Event, *, on: date, now: datetime) -> Alert:
    """Write what a person did to the condition: no data was judged, so no evaluation is noted.

    Raises:
        RetryableError: another process changed the alert in between; nothing of this transaction may be committed.
    """
    after = replace(alert, condition=condition, state=text_of(condition), event_count=alert.event_count + 1, rev=alert.rev + 1)
    done = Change(alert, after, (event,), Judgement(on, "insufficient"), last_rule_version(connection, alert))
    _write(connection, [done])
    connection.execute(insert(ALERT_EVENT), list(_event_rows(done, now)))
    return after


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
    after = Alert(
        fingerprint=alert.fingerprint,
        rule=alert.rule,
        store_id=alert.store_id,
        subject=alert.subject,
        condition=condition,
        state=text_of(condition),
        state_before=alert.state if before is alert.condition else text_of(before),
        judged_for=judgement.as_of,
        event_count=alert.event_count + len(events),
        rev=alert.rev + 1,
    )
    return Change(alert, after, events, judgement, rule_version)


def load_alerts(connection: Connection, store_id: str) -> dict[tuple[str, Subject], Alert]:
    """Return every alert the store ever had, by rule and subject."""
    return {(alert.rule, alert.subject): alert for alert in _read(connection, ALERT.c.store_id == store_id)}


def load_open(connection: Connection, store_id: str) -> dict[str, Alert]:
    """Return the store's open alerts by fingerprint."""
    return _by_name(connection, ALERT.c.store_id == store_id, ALERT.c.status.in_(OPEN))


def load_named(connection: Connection, fingerprints: Collection[str]) -> dict[str, Alert]:
    """Return these alerts by fingerprint."""
    names, found = sorted(fingerprints), dict[str, Alert]()
    for start in range(0, len(names), AT_ONCE):
        found |= _by_name(connection, ALERT.c.fingerprint.in_(names[start : start + AT_ONCE]))
    return found


def _by_name(connection: Connection, *where: ColumnElement[bool]) -> dict[str, Alert]:
    return {alert.fingerprint: alert for alert in _read(connection, *where)}


def _read(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Alert]:
    columns = [column for column in ALERT.c if column.name not in _TEXTS]
    texts = [type_coerce(ALERT.c[name], Text).label(name) for name in _TEXTS]
    return map(_alert, connection.execute(select(*columns, *texts).where(*where).order_by(ALERT.c.fingerprint)))


def save_all(connection: Connection, changes: Sequence[Change], *, now: datetime, is_first: bool = False) -> None:
    """Write the changes of a run: each alert's new condition, one row per event, and what every judgement said.

    Args:
        connection: the transaction of the run.
        changes: of different alerts, all of one night.
        now: when it happened.
        is_first: True where nothing was said of the night yet.

    Raises:
        RetryableError: another process changed one of the alerts in between; nothing of this transaction may be committed.
    """
    if not changes:
        return
    _write(connection, changes)
    events = [row for change in changes for row in _event_rows(change, now)]
    if events:
        connection.execute(insert(ALERT_EVENT), events)
    note_evaluations(connection, changes, is_live=True, is_first=is_first)


def _write(connection: Connection, changes: Sequence[Change]) -> None:
    fresh = [_row(change.after) for change in changes if not change.alert.rev]
    known = [_named(_row(change.after) | {"read_rev": change.alert.rev}) for change in changes if change.alert.rev]
    written = 0
    if fresh:
        written += connection.execute(_inserted(connection), fresh, execution_options=COUNTED).rowcount
    if known:
        written += connection.execute(_GUARDED, known).rowcount
    if written != len(changes):
        raise _overtaken(changes[0].after, len(changes))


def _inserted(connection: Connection) -> Upsert:
    texts = {name: bindparam(name, type_=Text()) for name in _TEXTS}
    return insert_if_absent(connection, ALERT).values(
        {column.name: texts.get(column.name, bindparam(column.name)) for column in ALERT.c}
    )


def _overtaken(alert: Alert, count: int) -> RetryableError:
    return RetryableError(
        "another process judged the alert at the same time",
        where=f"{alert.rule} {alert.subject.id}" if count == 1 else f"one of {count} alerts of {alert.rule}",
        remedy="Run the evaluation again; nothing was changed",
    )


_TEXTS: Final = ("state", "state_before")
"""Columns that are read and written as the text they are stored as."""

_CHANGING: Final = ("status", "tier", "episode", "value", "judged_for", "state", "state_before", "event_count", "rev")
_GUARDED: Final = (
    update(ALERT)
    .where(ALERT.c.fingerprint == bindparam("name"), ALERT.c.rev == bindparam("read_rev"))
    .values({name: bindparam(f"new_{name}", type_=Text() if name in _TEXTS else None) for name in _CHANGING})
)


def note_known(connection: Connection, alerts: Iterable[Alert], as_of: date) -> None:
    """Give subjects whose past is noted a row of their own, as alerts that nothing has happened to."""
    rows = [_row(replace(alert, judged_for=as_of, rev=1)) for alert in alerts]
    if rows:
        connection.execute(_inserted(connection), rows)


def note_evaluations(
    connection: Connection,
    changes: Iterable[Change],
    *,
    is_live: bool,
    is_first: bool = False,
) -> list[Change]:
    """Keep every different judgement of a night, so that history can be replayed as it was known; return what was new.

    Args:
        connection: the transaction of the run.
        changes: the judgements, all of one night.
        is_live: False where the night is history: its judgements move no condition, unless the night was live before.
        is_first: True where nothing was said of the night yet.
    """
    listed = list(changes)
    known = {} if is_first else _versions(connection, [change for change in listed if change.alert.rev])
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
    marked = [_behind(alert) for alert in alerts]
    if not marked:
        return
    rows = [_row(alert) | {"read_rev": alert.rev - 1} for alert in marked]
    if connection.execute(_GUARDED, [_named(row) for row in rows]).rowcount != len(marked):
        raise _overtaken(marked[0], len(marked))


def _behind(alert: Alert) -> Alert:
    condition = replace(alert.condition, is_behind=True)
    return replace(alert, condition=condition, state=text_of(condition), rev=alert.rev + 1)


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
        "state": alert.state,
        "state_before": alert.state_before,
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
        condition=condition_of(row.state),
        state=row.state,
        state_before=row.state_before,
        judged_for=row.judged_for,
        event_count=row.event_count,
        rev=row.rev,
    )
