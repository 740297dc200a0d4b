"""One row per store and night, and the one reading of the clock that all its decisions use."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, update

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import local_day, start_of_day
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.tables.ledger import DOCUMENT, NIGHT, WINDOW
from sellerwatch.warehouse.windows import FINISHED

MAX_LIVE_LAG = timedelta(hours=48)
"""A night judged later than this after its day began is history: it is measured, and pages nobody."""


def run_of(as_of: date) -> str:
    """Return the name that a night's calls are counted under."""
    return f"night {as_of}"


def begin(connection: Connection, store_id: str, as_of: date, now: datetime) -> None:
    """Note that the night has begun; a second run of it leaves the note as it is."""
    connection.execute(
        insert_if_absent(connection, NIGHT).values(
            store_id=store_id,
            as_of=as_of,
            outcome="running",
            problem_count=0,
            started_at=now,
        ),
    )


def finish(connection: Connection, store_id: str, as_of: date, *, problems: int, decided_at: datetime, now: datetime) -> None:
    """Note how the night ended; nothing is written when that is known already."""
    outcome = "incomplete" if problems else "complete"
    connection.execute(
        update(NIGHT)
        .where(
            NIGHT.c.store_id == store_id,
            NIGHT.c.as_of == as_of,
            (NIGHT.c.outcome != outcome) | (NIGHT.c.problem_count != problems) | (NIGHT.c.decided_at != decided_at),
        )
        .values(outcome=outcome, problem_count=problems, decided_at=decided_at, finished_at=now),
    )


def newest(connection: Connection, store_id: str) -> date | None:
    """Return the newest night that was begun; None before the first."""
    found: date | None = connection.execute(select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id)).scalar_one()
    return found


def deciding_moment(connection: Connection, store_id: str, as_of: date, now: datetime) -> datetime:
    """Return the instant that the night's decisions take as the present.

    Once everything the night wants is in, that is when the last of it arrived, or when it was decided before; so a second
    run decides the same, even after later nights have taken over its windows. Until then it is ``now``: what is missing
    grows older.
    """
    ours = (WINDOW.c.store_id == store_id, WINDOW.c.wanted_for == as_of)
    missing = connection.execute(select(func.count()).where(*ours, WINDOW.c.state.not_in(FINISHED))).scalar_one()
    if missing:
        return now
    arrived: datetime | None = connection.execute(
        select(func.max(DOCUMENT.c.received_at)).join(WINDOW, WINDOW.c.id == DOCUMENT.c.window_id).where(*ours),
    ).scalar_one()
    decided: datetime | None = connection.execute(
        select(NIGHT.c.decided_at).where(NIGHT.c.store_id == store_id, NIGHT.c.as_of == as_of),
    ).scalar_one_or_none()
    return max((moment for moment in (arrived, decided) if moment is not None), default=now)


def was_decided(connection: Connection, store_id: str, as_of: date) -> bool:
    """Tell whether the night was judged before, be it as history."""
    decided = select(NIGHT.c.decided_at).where(NIGHT.c.store_id == store_id, NIGHT.c.as_of == as_of)
    return connection.execute(decided).scalar_one_or_none() is not None


def newest_decided(connection: Connection, store_id: str) -> date | None:
    """Return the newest night of the store that was judged."""
    decided = select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id, NIGHT.c.decided_at.is_not(None))
    found: date | None = connection.execute(decided).scalar_one()
    return found


def is_live(connection: Connection, store_id: str, as_of: date, now: datetime, place: Marketplace) -> bool:
    """Tell whether the night speaks of the present: no newer one began, and it is not long ago."""
    newest: date | None = connection.execute(select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id)).scalar_one()
    is_newest = newest is None or as_of >= newest
    return is_newest and now - start_of_day(as_of, place.zone) <= MAX_LIVE_LAG and as_of <= local_day(now, place.zone)
