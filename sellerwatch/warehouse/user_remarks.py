"""What a person should know of rows that are fine by themselves and will still say nothing, as far as the warehouse can tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from sellerwatch.core.errors import nearest
from sellerwatch.reports.user.check import UserRow
from sellerwatch.reports.user.declare import EVERY, Row
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.user_changes import Changes

_SHOWN: Final = 5

OF_ONE_MARKETPLACE: Final[Mapping[str, Callable[[Row], bool]]] = {
    "target": lambda row: (row["kpi"], row["subject"]) == ("gmv", EVERY),
    "promotion_cost": lambda _: True,
    "in_transit": lambda _: True,
}
"""Tables, and their rows, that say what belongs to one marketplace: a part of what is for several is nobody's own."""


class _Common(NamedTuple):
    """Which columns tell what a row for all stores is about, and what comes of one beside a row of one store."""

    columns: tuple[str, ...]
    outcome: str


COMMON: Final[Mapping[str, _Common]] = {
    "operating_cost": _Common(("cost_type",), "both count"),
    "purchase_order": _Common(("po_number", "sku"), "the row for all of them does not count"),
}
"""Tables whose rows for all stores are shared among them."""


def remarks(connection: Connection, settings: Settings, planned: Collection[Changes]) -> tuple[str, ...]:
    """Return what is to be said of the rows that a file changes; nothing of SKUs while the warehouse knows none."""
    new = {one.table.name: (*one.inserted, *one.replaced) for one in planned}
    missed = [(one.table.name, one.table.key, one.missed) for one in planned if one.missed]
    partless = _stores_without_part(connection, settings, new)
    skus = _known_skus(connection) if any("sku" in row.values for rows in new.values() for row in rows) else frozenset()
    not_there = tuple(f"not_there: {name}: {_keys(rows, key)}: no such row to take back" for name, key, rows in missed)
    return not_there + tuple(
        remark
        for name, rows in new.items()
        for remark in (
            *_of_skus(name, rows, skus),
            *_of_places(name, rows, settings, "no store has it in stores.yaml", _is_nowhere),
            *_of_places(name, rows, settings, "a store of several marketplaces needs it named", _is_for_several),
            *_of_places(name, rows, settings, "several stores have it, and the one needs to be named", _is_for_stores),
            *_of_common(name, rows, partless),
            *_of_both(connection, name, rows),
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


def _stores_without_part(connection: Connection, settings: Settings, new: Mapping[str, Sequence[UserRow]]) -> list[str]:
    """Return the stores of which nobody says what part they bear of what is for all; none where there is but one."""
    if len(settings.stores) == 1 or not COMMON.keys() & new.keys():
        return []
    said = {str(row.values["store"]) for row in new.get("cost_share", ())}
    stored = connection.execute(select(USER["cost_share"].c.store)).scalars()
    return sorted(set(settings.stores) - said.union(stored))


def _of_common(name: str, rows: Sequence[UserRow], partless: Sequence[str]) -> Iterator[str]:
    found = [row for row in rows if name in COMMON and row.values["store"] == EVERY]
    if found and partless:
        named = _lines(found, COMMON[name].columns[0])
        yield f"not_shared: {name}: {named}: for all stores, and cost_share says no part of {', '.join(partless)}"


def _of_both(connection: Connection, name: str, rows: Sequence[UserRow]) -> Iterator[str]:
    """Say which rows are there for all stores and for one of them too, in this file or before it."""
    if name not in COMMON:
        return
    columns, outcome = COMMON[name]
    stored = connection.execute(select(*(USER[name].c[column] for column in ("store", *columns)))).mappings()
    kinds: dict[tuple[object, ...], set[bool]] = {}
    for values in (*stored, *(row.values for row in rows)):
        kinds.setdefault(tuple(values[column] for column in columns), set()).add(values["store"] == EVERY)
    found = [row for row in rows if len(kinds[tuple(row.values[column] for column in columns)]) > 1]
    if found:
        yield f"for_all_and_one: {name}: {_lines(found, columns[0])}: there for all stores and for one as well; {outcome}"


def _is_nowhere(_: str, row: Row, settings: Settings) -> bool:
    place = row["marketplace"]
    return place != EVERY and not any(place in places for places in _places(row, settings))


def _is_for_several(name: str, row: Row, settings: Settings) -> bool:
    asks = OF_ONE_MARKETPLACE.get(name)
    if asks is None or row["marketplace"] != EVERY or not asks(row):
        return False
    return any(len(places) > 1 for places in _places(row, settings))


def _is_for_stores(name: str, row: Row, settings: Settings) -> bool:
    """Tell whether what belongs to one marketplace names none that a single store has."""
    asks = OF_ONE_MARKETPLACE.get(name)
    if asks is None or row["store"] != EVERY or not asks(row):
        return False
    meant = [place for places in _places(row, settings) for place in places if row["marketplace"] in {EVERY, place}]
    return len(meant) > 1 and not _is_for_several(name, row, settings)


def _places(row: Row, settings: Settings) -> list[tuple[str, ...]]:
    """Return the marketplaces of each store that a row is about."""
    stores = settings.stores if row.get("store", EVERY) == EVERY else [str(row["store"])]
    return [tuple(settings.stores[store].marketplaces) for store in stores]


def _keys(rows: Sequence[UserRow], key: Sequence[str]) -> str:
    """Return the first of some rows by their whole key and their lines."""
    named = [replace(row, values={"key": " / ".join(str(row.values[name]) for name in key)}) for row in rows]
    return _lines(named, "key")


def _lines(rows: Sequence[UserRow], column: str) -> str:
    """Return the first of some rows by what they say and their lines, and how many more there are."""
    named = ", ".join(f"{row.values[column]} (line {row.line})" for row in rows[:_SHOWN])
    return f"{named} and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else named
