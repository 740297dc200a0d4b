"""How each episode is told, at rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, Row, Table, or_, select, update

from sellerwatch.alerts.condition.machine import OPEN, Status
from sellerwatch.settings.models import Tier
from sellerwatch.warehouse.dialect import insert_into
from sellerwatch.warehouse.tables.telling import ALERT_TELLING

How: TypeAlias = Literal["root", "digest", "held", "none"]
Episode: TypeAlias = tuple[str, int]
"""A fingerprint and the number of the episode."""

CHUNK: Final = 500
"""Names in one question: SQLite refuses too many."""


@dataclass(frozen=True, slots=True)
class Told:
    """How an episode is told, and what people see of it."""

    fingerprint: str
    episode: int
    store_id: str
    how: How = "none"
    thread_key: str | None = None
    held_by: str | None = None
    freed_on: date | None = None
    event_number: int = 0
    status: Status | None = None
    tier: Tier | None = None
    is_behind: bool = False
    holds: int = 0

    @property
    def key(self) -> Episode:
        """Which episode it is."""
        return self.fingerprint, self.episode

    @property
    def is_told(self) -> bool:
        """Whether people know of it."""
        return self.how in {"root", "digest"}

    @property
    def shows_open(self) -> bool:
        """Whether people take it for open."""
        return self.is_told and self.status in OPEN


def load_told(connection: Connection, store_id: str, fingerprints: Collection[str]) -> dict[Episode, Told]:
    """Return every episode of these alerts, and whatever else of the store is held back, or holds something back."""
    unsettled = or_(ALERT_TELLING.c.held_by.is_not(None), ALERT_TELLING.c.is_behind, ALERT_TELLING.c.holds > 0)
    rows = list(connection.execute(select(ALERT_TELLING).where(ALERT_TELLING.c.store_id == store_id, unsettled)))
    for names in in_chunks(sorted(fingerprints)):
        rows += connection.execute(select(ALERT_TELLING).where(ALERT_TELLING.c.fingerprint.in_(names)))
    return {told.key: told for told in map(_told, rows)}


def save_told(connection: Connection, changed: Iterable[Told]) -> None:
    """Write how these episodes are told now."""
    upsert(connection, ALERT_TELLING, [asdict(told) for told in changed])


def called_over(connection: Connection, fingerprint: str, episode: int) -> None:
    """Note that people see the episode as resolved, since one of them said so."""
    mine = (ALERT_TELLING.c.fingerprint == fingerprint, ALERT_TELLING.c.episode == episode)
    connection.execute(update(ALERT_TELLING).where(*mine).values(status="resolved"))


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Write whole rows, in the place of those with the same key."""
    if not rows:
        return
    statement = insert_into(connection, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)


def in_chunks(names: list[str]) -> Iterator[list[str]]:
    """Yield the names a few hundred at a time."""
    for start in range(0, len(names), CHUNK):
        yield names[start : start + CHUNK]


def _told(row: Row[Any]) -> Told:
    return Told(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
