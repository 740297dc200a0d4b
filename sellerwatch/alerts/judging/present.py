"""One live evaluation after history has changed: a store's present is measured and judged once more, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.alerts.readiness import require_channels
from sellerwatch.metrics.measure import measure_night
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.backfills.attempts import for_each_store
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import NIGHT
from sellerwatch.warehouse.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Present:
    """What judging a store's present came to.

    Attributes:
        store_id: the store.
        as_of: the night that was judged; None where no night speaks of the present.
        events: the transitions of alerts that the changed history caused.
        words: the same for a person.
    """

    store_id: str
    as_of: date | None
    events: int
    words: str


def judge_backfill(workspace: Workspace, order_id: str) -> tuple[Present, ...]:
    """Judge the present of each store of a backfill; what keeps one from being judged is a problem of the backfill."""
    found: list[Present] = []
    for_each_store(workspace, order_id, "judge", lambda store_id: found.append(judge_present(workspace, store_id)))
    return tuple(found)


def judge_present(workspace: Workspace, store_id: str) -> Present:
    """Measure and judge the store's newest night again, if it speaks of the present and has ended.

    Raises:
        SellerwatchError: the night cannot be measured or judged; a channel that is not set is told before it is measured.
    """
    place = workspace.settings.marketplaces(store_id)[0]
    with reading(workspace.engine) as connection:
        as_of, outcome = _newest_night(connection, store_id)
        is_live = as_of is not None and nights.is_live(connection, store_id, as_of, workspace.clock.now(), place)
    if as_of is None:
        return _left(store_id, "no night was run yet")
    if outcome == "running":
        return _left(store_id, f"the night of {as_of} has not ended, and judges when it does")
    if not is_live:
        return _left(store_id, f"the newest night, {as_of}, is too long ago to speak of the present")
    require_channels(workspace.settings)
    measure_night(workspace, store_id, as_of)
    judged = judge_night(workspace, store_id, as_of)
    changes = f"{judged.events} changes of alerts" if judged.events else "no alert changed"
    return Present(store_id, as_of, judged.events, f"{store_id}: the night of {as_of} was judged again; {changes}.")


def _left(store_id: str, why: str) -> Present:
    return Present(store_id, None, 0, f"{store_id}: alerts are as they were; {why}.")


def _newest_night(connection: Connection, store_id: str) -> tuple[date | None, str]:
    newest = select(NIGHT.c.as_of, NIGHT.c.outcome).where(NIGHT.c.store_id == store_id).order_by(NIGHT.c.as_of.desc())
    row = connection.execute(newest.limit(1)).first()
    return (row.as_of, row.outcome) if row else (None, "")
