"""What a person should know of rows that are fine by themselves and will still say nothing, as far as the warehouse can tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.core.errors import nearest
from sellerwatch.reports.user.check import UserRow
from sellerwatch.reports.user.declare import EVERY, Row
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.user_changes import Changes

_SHOWN: Final = 5

OF_ONE_MARKETPLACE: Final[Mapping[str, Callable[[Row], bool]]] = {
    "target": lambda row: (row["kpi"], row["subject"]) == ("gmv", EVERY),
    "promotion_cost": lambda _: True,
    "in_transit": lambda _: True,
}
"""Tables, and their rows, that say what belongs to one marketplace: a part of what is for several is nobody's own."""


def remarks(connection: Connection, settings: Settings, planned: Collection[Changes]) -> tuple[str, ...]:
    """Return what is to be said of the rows that a file changes; nothing of SKUs while the warehouse knows none."""
    new = {one.table.name: (*one.inserted, *one.replaced) for one in planned}
    skus = _known_skus(connection) if any("sku" in row.values for rows in new.values() for row in rows) else frozenset()
    return tuple(
        remark
        for name, rows in new.items()
        for remark in (
            *_of_skus(name, rows, skus),
            *_of_places(name, rows, settings, "no store has it in stores.yaml", _is_nowhere),
            *_of_places(name, rows, settings, "a store of several marketplaces needs it named", _is_for_several),
        )
    )


def _known_skus(connection: Connection) -> frozenset[str]:
    """Return every SKU that a night has met in any report."""
    return frozenset(connection.execute(select(SKU_STAGE.c.sku).distinct()).scalars())


def _of_skus(name: str, rows: Sequence[UserRow], known: frozenset[str]) -> Iterator[str]:
    unmet = [row for row in rows if known and row.values.get("sku", EVERY) not in {EVERY, *known}]
    if not unmet:
        return
    like = nearest(str(unmet[0].values["sku"]), known)
    hint = f"; is line {unmet[0].line} {' or '.join(like)}?" if like else ""
    yield f"unknown_sku: {name}: no report has named {_lines(unmet, 'sku')}{hint}"


def _of_places(
    name: str, rows: Sequence[UserRow], settings: Settings, why: str, is_so: Callable[[str, Row, Settings], bool]
) -> Iterator[str]:
    found = [row for row in rows if "marketplace" in row.values and is_so(name, row.values, settings)]
    if found:
        yield f"no_marketplace: {name}: {_lines(found, 'marketplace')}: {why}"


def _is_nowhere(_: str, row: Row, settings: Settings) -> bool:
    place = row["marketplace"]
    return place != EVERY and not any(place in places for places in _places(row, settings))


def _is_for_several(name: str, row: Row, settings: Settings) -> bool:
    asks = OF_ONE_MARKETPLACE.get(name)
    if asks is None or row["marketplace"] != EVERY or not asks(row):
        return False
    return any(len(places) > 1 for places in _places(row, settings))


def _places(row: Row, settings: Settings) -> list[tuple[str, ...]]:
    """Return the marketplaces of each store that a row is about."""
    stores = settings.stores if row.get("store", EVERY) == EVERY else [str(row["store"])]
    return [tuple(settings.stores[store].marketplaces) for store in stores]


def _lines(rows: Sequence[UserRow], column: str) -> str:
    """Return the first of some rows by what they say and their lines, and how many more there are."""
    named = ", ".join(f"{row.values[column]} (line {row.line})" for row in rows[:_SHOWN])
    return f"{named} and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else named
