"""Everything a step works with, opened once: configuration, warehouse, raw store and clock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from sellerwatch.core.clock import Clock, clock_from_environment
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.schema import bring_up_to_date


@dataclass(frozen=True, slots=True)
class Workspace:
    """What the steps of a night share."""

    settings: Settings
    engine: Engine
    raw: RawStore
    clock: Clock


def open_workspace(settings: Settings) -> Workspace:
    """Open the warehouse, bringing its tables up to date, and the raw store.

    Raises:
        ConfigError: the database URL, its folder or the clock is not usable.
    """
    engine = open_engine(settings.warehouse_url)
    bring_up_to_date(engine)
    return Workspace(settings, engine, RawStore(settings.raw_folder), clock_from_environment())
