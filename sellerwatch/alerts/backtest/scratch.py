"""Warehouses that live as long as a backtest: one that is measured once, and for each set of rules one for what it decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, Table, event

from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import Settings
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.rebuild.compare import COMPARED, READ_AS
from sellerwatch.warehouse.rebuild.target import opened_target, url_of
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import METADATA

NOWHERE: Final = "C0BACKTEST"
"""What the stand-in of each channel begins with: what is decided has to name one, and no Slack has these."""

_LEDGER: Final = frozenset(
    {
        "report_window",
        "night",
        "problem",
        "backfill",
        "call_count",
        "rate_bucket",
        "measured_basis",
        "metric_definition",
        "seal_leaf",
        "seal_due",
    }
)
"""What the measured warehouse holds beside what is made from bytes; everything else is decided by rules and people."""

_MEASURED: Final = "measured"
"""The name under which the warehouse of a set of rules knows the measured one."""


def decided_tables() -> tuple[Table, ...]:
    """Return the tables that each set of rules has to itself: alerts, their events, and what people would have been told."""
    shared = {table.name for table in COMPARED} | READ_AS.keys() | _LEDGER
    return tuple(table for name, table in TABLES.items() if name not in shared)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A set of rules with the warehouse that holds what it decides."""

    name: str
    settings: Settings
    engine: Engine

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules."""
        return self.settings.rules


def silenced(settings: Settings) -> Settings:
    """Return the settings without anything that opens Slack, Amazon or another service: all that is left are names of channels.

    Each channel has a stand-in of its own, since what one hears decides about it alone: whether it is crowded, and what its
    digest gathers. A variable that is not set stays so where another one of its purpose is, and the other names the channel.

    Raises:
        ConfigError: the file that should name a channel cannot be read.
    """
    stand_ins: dict[str, str] = {}
    values: dict[str, str] = {}
    channels, routes = settings.routing.channels, settings.routing.telling.routes
    for names in (channels.alerts, channels.ops, channels.fallback, *(route.channels for route in routes)):
        known = {name: channel for name in names if (channel := settings.environment.get(name))}
        for name, channel in (known or {names[-1]: names[-1]}).items():
            values[name] = stand_ins.setdefault(channel, f"{NOWHERE}{len(stand_ins) + 1}")
    return replace(settings, environment=Environment(values))


@contextmanager
def opened_measured(folder: Path, present_url: str) -> Iterator[Engine]:
    """Make a new warehouse in the folder, tables in place."""
    with opened_target(str(_measured_file(folder)), present_url) as engine:
        engine.dispose()  # what is open already was opened with care for power cuts
        event.listen(engine, "connect", _hurry)
        yield engine


@contextmanager
def opened_rule_set(name: str, settings: Settings, folder: Path) -> Iterator[RuleSet]:
    """Make a warehouse for what the rules decide; whatever it does not hold itself is read from the measured one beside it.

    SQLite looks for a table in the main file first, and then in what is attached. So each set of rules finds its own alerts
    and outbox there, and the facts and metrics that all of them share.
    """
    engine = open_engine(url_of(str(folder / f"{name}.sqlite")))
    METADATA.create_all(engine, tables=decided_tables())
    engine.dispose()
    measured = str(_measured_file(folder))
    event.listen(engine, "connect", lambda connection, _: _attach(connection, measured))
    try:
        yield RuleSet(name, silenced(settings), engine)
    finally:
        engine.dispose()


def _measured_file(folder: Path) -> Path:
    return folder / "measured.sqlite"


def _attach(connection: Any, file: str) -> None:  # noqa: ANN401 - the driver's connection
    connection.execute(f"ATTACH ? AS {_MEASURED}", [file])
    _hurry(connection)


def _hurry(connection: Any, _record: Any = None) -> None:  # noqa: ANN401 - the driver's connection, and the pool's record
    """Do not wait for the disk: what a power cut takes is made anew."""
    connection.execute("PRAGMA synchronous=OFF")
