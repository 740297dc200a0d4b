"""The mass-change guard: where most of a rule's subjects change in one night, the data is doubted before people are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, Row, select, update

from sellerwatch.alerts.condition.machine import EventKind
from sellerwatch.alerts.store import THREAD_NAME_LENGTH, Alert
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.stored import Told
from sellerwatch.core.ids import fingerprint
from sellerwatch.settings.telling import MassChange
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.tables.alerting import ALERT_EVENT
from sellerwatch.warehouse.tables.telling import ALERT_TELLING, MASS_CHANGE

State: TypeAlias = Literal["waiting", "confirmed", "agreed", "withdrawn"]

PREFIX: Final = "doubt-"
CHANGES: Final[frozenset[EventKind]] = frozenset(
    {"fired", "raised", "lowered", "recovering", "relapsed", "resolved", "reopened"}
)
"""The events that a wrong number causes; another shown value, or missing data, is none."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule of which too much changed in one night."""

    thread_key: str
    store_id: str
    rule: str
    as_of: date
    channel: str
    changed: int
    subjects: int
    state: State = "waiting"


def doubt_key(store_id: str, rule: str, as_of: date) -> str:
    """Return the name of the conversation about the rule's night."""
    return PREFIX + fingerprint("mass_change", store_id, rule, as_of.isoformat())[:THREAD_NAME_LENGTH]


def is_too_much(limits: MassChange, changed: int, subjects: int) -> bool:
    """Tell whether so many of so many subjects are more than a night brings."""
    return subjects >= limits.subjects and changed * 100 > limits.share_pct * subjects


def differs(alert: Alert, told: Told) -> bool:
    """Tell whether the alert stands otherwise than people know."""
    condition = alert.condition
    if not told.is_told:
        return condition.status == "firing"
    return (condition.status, condition.tier if condition.is_open else None) != (
        told.status,
        told.tier if told.shows_open else None,
    )


def outcome(doubt: Doubt, limits: MassChange, run: Run, members: Collection[tuple[Alert, Told]]) -> State:
    """Return what a run says about the doubt: the next night with data of its own settles it either way.

    Args:
        doubt: what waits to be settled.
        limits: how much is too much.
        run: the night that may settle it.
        members: the alerts that the doubt held back before that night.
    """
    is_small = not is_too_much(limits, sum(differs(alert, told) for alert, told in members), doubt.subjects)
    if run.as_of <= doubt.as_of:
        return "withdrawn" if is_small else "waiting"
    judged = [alert for alert, _ in members if not alert.condition.is_open or _is_newer(alert, doubt.as_of)]
    if 2 * len(judged) < len(members):
        return "waiting"
    return "withdrawn" if is_small else "agreed"


def load_waiting(connection: Connection, store_id: str) -> list[Doubt]:
    """Return the store's doubts that nobody and nothing has settled."""
    asked = select(MASS_CHANGE).where(MASS_CHANGE.c.store_id == store_id, MASS_CHANGE.c.state == "waiting")
    return [_doubt(row) for row in connection.execute(asked.order_by(MASS_CHANGE.c.as_of, MASS_CHANGE.c.rule))]


def find_doubt(connection: Connection, thread_key: str) -> Doubt | None:
    """Return the doubt of a conversation."""
    row = connection.execute(select(MASS_CHANGE).where(MASS_CHANGE.c.thread_key == thread_key)).first()
    return _doubt(row) if row else None


def raise_doubt(connection: Connection, doubt: Doubt) -> bool:
    """Store a new doubt; tell whether it is new. A night that was settled once is not doubted again."""
    values = {name: getattr(doubt, name) for name in MASS_CHANGE.columns.keys()}  # noqa: SIM118 - a column collection is no mapping
    insert = insert_if_absent(connection, MASS_CHANGE).values(values).returning(MASS_CHANGE.c.thread_key)
    return connection.execute(insert).first() is not None


def settle(connection: Connection, doubt: Doubt, state: State) -> bool:
    """Take a doubt from waiting to its end; tell whether this process did it."""
    waiting = (MASS_CHANGE.c.thread_key == doubt.thread_key, MASS_CHANGE.c.state == "waiting")
    return connection.execute(update(MASS_CHANGE).where(*waiting).values(state=state)).rowcount == 1


def held_before(connection: Connection, doubt: Doubt, as_of: date) -> set[str]:
    """Return which alerts the doubt held back before a night: only they can be confirmed by it, however often it is judged."""
    same_episode = (ALERT_EVENT.c.fingerprint == ALERT_TELLING.c.fingerprint) & (
        ALERT_EVENT.c.episode == ALERT_TELLING.c.episode
    )
    asked = (
        select(ALERT_EVENT.c.fingerprint)
        .distinct()
        .join(ALERT_TELLING, same_episode)
        .where(ALERT_TELLING.c.store_id == doubt.store_id, ALERT_TELLING.c.held_by == doubt.thread_key)
        .where(ALERT_EVENT.c.as_of >= doubt.as_of, ALERT_EVENT.c.as_of < max(as_of, doubt.as_of + timedelta(days=1)))
    )
    return set(connection.execute(asked).scalars())


def by_rule(changes: Iterable[Alert]) -> Mapping[str, list[Alert]]:
    """Return the alerts of each rule."""
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in changes:
        found[alert.rule].append(alert)
    return found


def _is_newer(alert: Alert, as_of: date) -> bool:
    return alert.condition.valued_on is not None and alert.condition.valued_on > as_of


def _doubt(row: Row[Any]) -> Doubt:
    return Doubt(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
