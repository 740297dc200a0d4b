"""What a check is: a name, the feeds it needs, the SELECT that compares, and what to do where it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Select, Table, Text

from sellerwatch.settings.models import CheckLimits
from sellerwatch.warehouse.types import Instant

Kind = Literal["keys", "sums", "magnitude", "coverage", "integrity"]
Status = Literal["pass", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Need:
    """A feed a check reads: any of these reports will do, on the checked day or one a few days later.

    With ``waits``, every day is needed from the checked one until the `wait_days` of its limits are over: what the check
    looks for may come on any of them.
    """

    reports: tuple[str, ...]
    shift: int = 0
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What a check's SELECT is told beside the table `SCOPE`."""

    store_id: str
    limits: CheckLimits
    places: tuple[str, ...]
    """The store's marketplaces; keys begin with them, so whoever looks up orders names them."""


Build = Callable[[Scope], Select[Any]]
"""Builds a SELECT with the columns of `COMPARED`, over the days or documents in `SCOPE`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One data check.

    Attributes:
        name: as in checks.yaml, in results and in messages.
        kind: whether it is about keys, sums, magnitude, coverage, or the story that traffic, customers and money tell.
        title: what it compares, in words.
        needs: the feeds it reads; a day that one of them lacks is skipped.
        build: the SELECT that compares.
        remedy: what to do where it fails.
        by: whether it is restricted to days, or to the documents that were loaded.
        is_settled: whether it waits for days that are no longer expected to change.
    """

    name: str
    kind: Kind
    title: str
    needs: tuple[Need, ...]
    build: Build
    remedy: str
    by: Literal["day", "document"] = "day"
    is_settled: bool = True

    @property
    def reports(self) -> tuple[str, ...]:
        """Every report it can read."""
        return tuple(report for need in self.needs for report in need.reports)


SCOPE: Final = Table(
    "checking",
    MetaData(),
    Column("marketplace", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("next_day", Date, nullable=False),
    Column("day_before", Date, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("known_before", Date),
    Column("number_before", Integer),
    Column("currency", Text, nullable=False),
    Column("is_judged", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The temporary table of one check: every day that all its feeds are known of, and whether tonight is to judge it.

``document_id`` is empty where the check goes by day. ``known_before`` is the known day before; ``number`` counts days.
``starts_at`` and ``ends_at`` are the day's hours by the marketplace's clock.
"""

COMPARED: Final = Table(
    "compared",
    MetaData(),
    Column("marketplace", Text),
    Column("day", Date),
    Column("measure", Text),
    Column("subject", Text),
    Column("currency", Text),
    Column("expected", BigInteger),
    Column("found", BigInteger),
    Column("reason", Text),
    prefixes=["TEMPORARY"],
)
"""The temporary table of one check's comparisons, amounts in whole millionths; with a reason, one that cannot be judged."""

COLUMNS: Final = tuple(column.name for column in COMPARED.columns)
