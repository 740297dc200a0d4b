"""What is seen to once a day, beside the nights: leftovers, the raw store's chain, stuck windows, the database, and what runs out.

Each chore looks at one thing, mends what may be mended without asking, and returns findings. A finding that needs a person
says what to do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import Connection, func, select

from sellerwatch.core.errors import SellerwatchError
from sellerwatch.core.periods import local_day, start_of_day
from sellerwatch.messages.wording import counted
from sellerwatch.rawstore.verify import verify
from sellerwatch.warehouse.backfills.ledger import CUT_SHORT, close_abandoned
from sellerwatch.warehouse.dialect import refresh_statistics
from sellerwatch.warehouse.documents import newest_data
from sellerwatch.warehouse.engine import reading, sqlite_file, writing
from sellerwatch.warehouse.exclusive import alone_if_free
from sellerwatch.warehouse.first_nights import first_nights
from sellerwatch.warehouse.nights import MAX_LIVE_LAG
from sellerwatch.warehouse.stuck import explain_stuck
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.ledger import NIGHT
from sellerwatch.warehouse.workspace import Workspace

Weight = Literal["act", "look", "done"]
WEIGHTS: Final[Mapping[Weight, str]] = {
    "act": "a person has to do something",
    "look": "worth knowing",
    "done": "what was done",
}
"""What a finding asks for, gravest first."""

LEFT_AFTER: Final = timedelta(days=1)
"""So old is what no download and no load leaves lying in passing."""

LEAST_SHARE: Final = 0.05
LEAST_BYTES: Final = 2 * 10**9
"""Less room than this share or these bytes is too little for a night."""

SECRET_LIVES_DAYS: Final = 180
"""Amazon ends a client secret after so many days."""

SECRET_AGES: Final[tuple[tuple[int, Weight], ...]] = ((170, "act"), (150, "look"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that housekeeping saw or did."""

    chore: str
    weight: Weight
    what: str
    place: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the one line a person reads."""
        where = f" [{self.place}]" if self.place else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.what}{where}{remedy}."

    def to_dict(self) -> dict[str, str]:
        """Return the finding as JSON values."""
        return {
            "chore": self.chore,
            "weight": self.weight,
            "what": self.what,
            "where": self.place,
            "do": self.remedy,
        }


Chore: TypeAlias = Callable[[Workspace], Iterable[Finding]]


def do_chore(workspace: Workspace, chore: str, *, chores: Mapping[str, Chore]) -> tuple[Finding, ...]:
    """Do one of the chores; what keeps it from being done is a finding too, so that the others are done all the same."""
    try:
        return tuple(chores[chore](workspace))
    except SellerwatchError as error:
        return (Finding(chore, "act", error.what, error.where, error.remedy),)
    except OSError as error:
        remedy = "Give the user that sellerwatch runs as the right to it"
        return (Finding(chore, "act", error.strerror or str(error), str(error.filename or ""), remedy),)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in the order in which people should read them."""
    order = list(WEIGHTS)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.weight)))


def sweep_leftovers(workspace: Workspace) -> Iterator[Finding]:
    """Remove what killed downloads and loads left behind.

    Each folder of the inbox and the workbench bears the name of the lock that whoever works in it holds.
    """
    raw, before = workspace.raw.folder, workspace.clock.now() - LEFT_AFTER
    swept = [path for path in _old_files(raw.glob(".put-*"), before) if _is_removed(path)]
    for folder in sorted([*raw.glob("inbox/*/"), *raw.glob("workbench/*/")]):
        with alone_if_free(workspace.engine, folder.name) as is_free:
            swept += [path for path in _old_files(folder.iterdir(), before) if is_free and _is_removed(path)]
    if swept:
        yield Finding("leftovers", "done", f"removed {counted(len(swept), 'file')} of killed runs", str(raw))


def _old_files(paths: Iterable[Path], before: datetime) -> list[Path]:
    return [path for path in sorted(paths) if path.is_file() and _changed_at(path) < before]


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _is_removed(path: Path) -> bool:
    path.unlink(missing_ok=True)
    return True


def verify_raw_store(workspace: Workspace) -> Iterator[Finding]:
    """Recompute every hash and the chain of the manifest."""
    result = verify(workspace.raw)
    for item in result.findings:
        yield Finding("raw store", "act", item.what, item.place, "Restore it from a backup; what was loaded from it stays")
    if result.unlisted:
        yield Finding(
            "raw store",
            "look",
            f"found {counted(len(result.unlisted), 'document')} in no line of the manifest",
            str(workspace.raw.folder),
        )
    yield Finding(
        "raw store",
        "done",
        f"compared {counted(result.documents, 'document')} with the manifest, {counted(result.byte_count, 'byte')}",
    )


def settle_windows(workspace: Workspace) -> Iterator[Finding]:
    """Bring windows that nothing will move any more to an end, each with its reason."""
    for store_id in workspace.settings.stores:
        with alone_if_free(workspace.engine, store_id) as is_free:
            if not is_free:
                yield Finding(
                    "windows", "look", "another run is at work on the store; its windows are looked at next time", store_id
                )
                continue
            found = explain_stuck(workspace, store_id)
        if found.wanted_again:
            remedy = "A backfill of gaps takes them over"
            yield Finding(
                "windows", "done", f"put back {counted(found.wanted_again, 'window')} whose report is lost", store_id, remedy
            )
        if found.explained:
            yield Finding(
                "windows", "done", f"explained {counted(found.explained, 'window')} whose report cannot be had", store_id
            )


def close_backfills(workspace: Workspace) -> Iterator[Finding]:
    """Close the backfills whose process was killed: nobody works on them, and somebody wanted them."""
    for order_id in close_abandoned(workspace):
        yield Finding("backfills", "act", CUT_SHORT.what, f"backfill {order_id}", CUT_SHORT.remedy)


def tend_database(workspace: Workspace) -> Iterator[Finding]:
    """Let the database look after itself: statistics, and on SQLite the log of what was written."""
    _TENDING[workspace.engine.dialect.name](workspace)
    yield Finding("database", "done", "brought its statistics up to date")


def _tend_sqlite(workspace: Workspace) -> None:
    # Neither goes into a transaction of its own; the driver is in autocommit.
    with reading(workspace.engine) as connection:
        driver: Any = connection.connection.driver_connection
        for pragma in ("optimize", "wal_checkpoint(TRUNCATE)"):
            driver.execute(f"PRAGMA {pragma}").fetchall()


def _tend_postgresql(workspace: Workspace) -> None:
    with writing(workspace.engine) as connection:
        refresh_statistics(connection, TABLES.values())


_TENDING: Final[Mapping[str, Callable[[Workspace], None]]] = {"sqlite": _tend_sqlite, "postgresql": _tend_postgresql}


def late_feeds(workspace: Workspace) -> Iterator[Finding]:
    """Name the feeds that are older than their own limit now, and the stores that no night tells about."""
    now = workspace.clock.now()
    for store_id in workspace.settings.stores:
        with reading(workspace.engine) as connection:
            yield from _silent_nights(connection, workspace, store_id, now)
            yield from _late_feeds(connection, workspace, store_id, now)


def _silent_nights(connection: Connection, workspace: Workspace, store_id: str, now: datetime) -> Iterator[Finding]:
    """A store that has had nights and has had none for long: what is late or out of stock is told to nobody."""
    newest = connection.execute(select(func.max(NIGHT.c.as_of)).where(NIGHT.c.store_id == store_id)).scalar_one()
    zone = workspace.settings.marketplaces(store_id)[0].zone
    if newest is not None and now - start_of_day(newest, zone) > MAX_LIVE_LAG:
        remedy = "Look why Prefect runs no night of the store, and run one"
        yield Finding("freshness", "act", f"the last night was that of {newest}; nobody is told anything", store_id, remedy)


def _late_feeds(connection: Connection, workspace: Workspace, store_id: str, now: datetime) -> Iterator[Finding]:
    """A feed that never delivered counts from the first night that wanted it."""
    settings, firsts = workspace.settings, first_nights(connection, store_id)
    for place in settings.marketplaces(store_id):
        for report in settings.reports_of(store_id):
            limit = timedelta(hours=settings.reports[report].freshness_hours)
            through = newest_data(connection, store_id, place.code, report, local_day(now, place.zone))
            first = firsts.get((place.code, report))
            since = through or (start_of_day(first, place.zone) if first else None)
            if since is not None and now - since >= limit:
                said = f"is {_hours(now - since)} h old" if through else f"has brought nothing in {_hours(now - since)} h"
                what = f"{report} {said}, late after {_hours(limit)} h"
                yield Finding("freshness", "look", what, f"{store_id} {place.code}")


def _hours(span: timedelta) -> int:
    return span // timedelta(hours=1)


def free_space(workspace: Workspace) -> Iterator[Finding]:
    """Compare the room that is left where data lives with what a night needs."""
    database = sqlite_file(workspace.engine.url) if workspace.engine.dialect.name == "sqlite" else None
    folders = {workspace.settings.data_folder, *([database.parent] if database else [])}
    for folder in sorted(folder for folder in folders if folder.exists()):
        usage = shutil.disk_usage(folder)
        if usage.free < max(LEAST_SHARE * usage.total, LEAST_BYTES):
            left = f"{usage.free / 10**9:.1f} GB of {usage.total / 10**9:.1f} GB are left"
            yield Finding("disk", "act", left, str(folder), "Free disk space: a full disk stops the night")


def ageing_secrets(workspace: Workspace) -> Iterator[Finding]:
    """Warn before Amazon ends a client secret; only stores that say when theirs was made can be told."""
    for store_id, store in workspace.settings.stores.items():
        if store.secret_rotated_on is None:
            continue
        today = local_day(workspace.clock.now(), workspace.settings.marketplaces(store_id)[0].zone)
        age = (today - store.secret_rotated_on).days
        weight = next((weight for days, weight in SECRET_AGES if age >= days), None)
        if weight is not None:
            yield Finding(
                "secrets",
                weight,
                f"the client secret is {age} days old; Amazon ends it after {SECRET_LIVES_DAYS}",
                store_id,
                "Rotate it in Seller Central, set the new one, and note the day as secret_rotated_on in stores.yaml",
            )


CHORES: Final[Mapping[str, Chore]] = {
    "leftovers": sweep_leftovers,
    "raw store": verify_raw_store,
    "windows": settle_windows,
    "backfills": close_backfills,
    "database": tend_database,
    "freshness": late_feeds,
    "disk": free_space,
    "secrets": ageing_secrets,
}
"""The chores that need nothing but the warehouse, in the order in which they are done."""
