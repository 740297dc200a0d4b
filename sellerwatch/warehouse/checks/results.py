"""The stored results of a night's checks, and the one verdict per check and marketplace that people are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select

from sellerwatch.settings.models import TIERS, Tier
from sellerwatch.warehouse.checks.check import Status
from sellerwatch.warehouse.tables.checks import DATA_CHECK

STATUSES: Final[tuple[Status, ...]] = ("fail", "pass", "skipped")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one check said of one measure on one day; a row of the table data_check."""

    check_name: str
    marketplace: str
    day: date
    measure: str
    status: Status
    severity: Tier
    remedy: str
    reason: str | None = None
    compared: int = 0
    off: int = 0
    expected: Decimal | None = None
    found: Decimal | None = None
    difference: Decimal | None = None
    currency: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check said of a marketplace: it fails where any day fails, and passes where at least one could be judged."""

    check_name: str
    marketplace: str
    status: Status
    severity: Tier
    results: tuple[Result, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        """The results that failed, newest day first."""
        return tuple(sorted((item for item in self.results if item.status == "fail"), key=lambda item: item.day, reverse=True))

    @property
    def reason(self) -> str:
        """Why nothing could be judged."""
        return ", ".join(sorted({item.reason for item in self.results if item.reason}))


def amount_words(value: Decimal | None) -> str:
    """Return an amount as people write it: thousands apart, and no zeros after the point that say nothing."""
    if value is None:
        return "unknown"
    whole, point, decimals = f"{value:,f}".partition(".")
    return f"{whole}{point}{decimals}".rstrip("0").rstrip(".") if point else whole


def results_of(connection: Connection, store_id: str, as_of: date) -> list[Result]:
    """Return the night's results by check, marketplace, day and measure."""
    columns = [DATA_CHECK.c[name] for name in Result.__dataclass_fields__]
    rows = connection.execute(select(*columns).where(*_of_night(store_id, as_of)))
    return sorted((Result(**row._mapping) for row in rows), key=_key)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def newest_night(connection: Connection, store_id: str) -> date | None:
    """Return the newest night that was checked."""
    found: date | None = connection.execute(
        select(func.max(DATA_CHECK.c.as_of)).where(DATA_CHECK.c.store_id == store_id),
    ).scalar_one()
    return found


def verdicts(results: Iterable[Result]) -> list[Verdict]:
    """Return one verdict per check and marketplace, failures first and among them the gravest."""
    grouped: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        grouped.setdefault((result.check_name, result.marketplace), []).append(result)
    found = [
        Verdict(name, place, min((item.status for item in group), key=STATUSES.index), group[0].severity, tuple(group))
        for (name, place), group in grouped.items()
    ]
    return sorted(found, key=lambda item: (STATUSES.index(item.status), -TIERS.index(item.severity), item.check_name))


def counted(found: Iterable[Verdict]) -> dict[str, int]:
    """Return how many verdicts there are of each status."""
    listed = [item.status for item in found]
    return {status: listed.count(status) for status in STATUSES}


def replace_results(connection: Connection, store_id: str, as_of: date, results: Sequence[Result]) -> None:
    """Store the night's results in the place of older ones; nothing is written where they say the same."""
    ordered = sorted(results, key=_key)
    if results_of(connection, store_id, as_of) == ordered:
        return
    connection.execute(delete(DATA_CHECK).where(*_of_night(store_id, as_of)))
    if ordered:
        rows = [asdict(result) | {"store_id": store_id, "as_of": as_of} for result in ordered]
        connection.execute(insert(DATA_CHECK), rows)


def _of_night(store_id: str, as_of: date) -> tuple[Any, Any]:
    return (DATA_CHECK.c.store_id == store_id, DATA_CHECK.c.as_of == as_of)


def _key(result: Result) -> tuple[str, str, date, str]:
    return (result.check_name, result.marketplace, result.day, result.measure)
