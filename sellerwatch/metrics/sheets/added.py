"""Several rows in place of one: days, campaigns or products whose figures are added up before anything is divided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE, BY_ID
from sellerwatch.metrics.sheets.inputs import (
    CURRENCY,
    FLOOR,
    LABELS,
    Input,
    alike,
    canonical,
    in_one_currency,
    named,
    spellings,
)
from sellerwatch.metrics.sheets.kinds import Sheet
from sellerwatch.metrics.sheets.quantity import Quantity, total

ADDED_UNITS: Final = frozenset({"currency", "count", "units"})
"""Amounts, counts and units add up; rates, prices and days do not."""

Filled: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""What was given to a worksheet, and what it gives."""

PLAIN_MEAN: Final = "plain_mean_wrong"
"""What the mean of the rows' own answers would be: it is shown so that nobody takes it for the answer."""


MARKETPLACE: Final = "marketplace"

PERIODS: Final = frozenset(
    {"p0", "p1", "before", "after", "previous", "current", "now", "then", "last_year", "this_year", "plan", "actual", "target"}
)
"""Names of rows that are compared with each other, and never added up."""


CHANNELS: Final = frozenset({"mfn", "afn", "fba", "fbm"})
"""Amazon judges what sellers ship apart from what it ships itself."""

_WINDOW: Final = re.compile(r"(?:last_)?\d+(?:_?d|_?days?)?")
"""A name such as ``30`` or ``30_days``: of windows, of which one holds the days of another."""


def are_apart(names: Iterable[str]) -> bool:
    """Tell whether these are names of figures that are never added up, whatever they are of."""
    spelled = {canonical(str(name)) for name in names}
    return len(spelled) > 1 and (spelled <= CHANNELS or all(_WINDOW.fullmatch(name) for name in spelled))


def of_several_currencies(names: Iterable[object]) -> bool:
    """Tell whether these are marketplaces whose amounts are in different currencies."""
    found = [BY_CODE.get(str(name)) or BY_ID.get(str(name)) for name in names]
    places = [place for place in found if place]
    return len(places) == len(found) and len({place.currency for place in places}) > 1


def tell_money(sheets: Iterable[Sheet], rows: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether anything in the rows is an amount of money, by what the worksheets take."""
    names = {spelling for sheet in sheets for spelling in spellings(item for item in sheet.takes if CURRENCY in item.unit)}
    return any(alike(str(name)) in names for row in rows for name in row)


def of_one_currency(sheets: Iterable[Sheet], rows: Sequence[Mapping[str, object]], where: str) -> None:
    """Check that rows are of one currency: by what they say it is, or by their marketplaces.

    Raises:
        ConfigError: they are of several.
    """
    in_one_currency(rows, where)
    places = [row[MARKETPLACE] for row in rows if MARKETPLACE in row and CURRENCY not in row]
    if of_several_currencies(places) and tell_money(sheets, rows):
        raise ConfigError(
            f"amounts of {' and '.join(sorted(map(str, places)))} are in several currencies, which are never added up",
            where=where,
            remedy="Give the rows of one currency at a time, or by marketplace",
        )


def by_name_in(inputs: Mapping[str, object]) -> Mapping[str, Any] | None:
    """Return the sets of inputs by name, where that is all that is given."""
    placed = in_one_place(inputs)
    found = next(iter(placed.values()), None)
    is_all = len(placed) == 1 and isinstance(found, Mapping) and _are_rows(listed_rows(found))
    return found if is_all and isinstance(found, Mapping) and len(found) > 1 else None


def in_one_place(inputs: Mapping[str, object]) -> Mapping[str, object]:
    """Return the inputs with the rows under one name, where each input is a row under the name of its SKU or campaign."""
    are_rows = len(inputs) > 1 and all(isinstance(value, Mapping) for value in inputs.values())
    return {"rows": inputs} if are_rows and not PERIODS & {alike(name) for name in inputs} else inputs


def rows_in(inputs: Mapping[str, object]) -> str | None:
    """Return the one input that is a list of rows, whatever it is called."""
    found = [name for name, value in inputs.items() if _are_rows(listed_rows(value))]
    return found[0] if len(found) == 1 else None


def listed_rows(value: object) -> Any:  # noqa: ANN401 - whatever was given
    """Return rows by name as a list of them; anything else as it is."""
    return list(value.values()) if isinstance(value, Mapping) else value


def _are_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def figures_in(sheet: Sheet, rows: Sequence[Mapping[str, object]]) -> list[str] | None:
    """Return the figures of a worksheet that the first row tells; None where the rows tell anything else."""
    names = spellings(_additive(sheet))
    told = [[alike(str(key)) for key in row if alike(str(key)) not in LABELS - names.keys()] for row in rows]
    if not sheet.adds_up or any(key not in names for row in told for key in row):
        return None
    return [names[key] for key in told[0]]


def row_by_row(sheet: Sheet, rows: Sequence[Mapping[str, object]], where: str) -> list[dict[str, object]]:
    """Return the rows by the worksheet's own names.

    Raises:
        ConfigError: a row tells a figure twice, or not at all where others do.
    """
    found = [named(tuple(_additive(sheet)), row, f"{where}, number {number}") for number, row in enumerate(rows, 1)]
    _none_lacking(found, where)
    return found


SUMS: Final = frozenset({"gmv", "net_sales", "gross_profit", "ad_spend", "storage_cost", "stockout_loss"})
"""Amounts of which those of several rows make that of all."""


def is_sum(sheet: Sheet) -> bool:
    """Tell whether the worksheet's answer is an amount that adds up over rows."""
    name = sheet.wanted[0]
    return sheet.kpi in SUMS and sheet.is_kpi and any(cell.name == name and cell.unit == "currency" for cell in sheet.gives)


def _additive(sheet: Sheet) -> list[Input]:
    return [item for item in sheet.takes if item.unit in ADDED_UNITS and not item.name.startswith(FLOOR)]


def _none_lacking(rows: Sequence[Mapping[str, object]], where: str) -> None:
    every = dict.fromkeys(name for row in rows for name in row)
    for number, row in enumerate(rows, 1):
        if lacking := [name for name in every if name not in row]:
            raise ConfigError(
                f"{lacking[0]} is missing", where=f"{where}, number {number}", remedy="Write it, and null where it is not known"
            )


def added_up(rows: Sequence[Filled]) -> dict[str, Quantity]:
    """Return the sum of each figure that was given, as the worksheet takes it in its row; one that a row does not know is not known."""
    names = rows[0][0]
    return {name: total(_as_taken(name, *row) for row in rows) for name in names}


def _as_taken(name: str, given: Mapping[str, Any], found: Mapping[str, Any]) -> Quantity:
    taken: Quantity = found.get(name, given[name])
    return taken


def plain_mean(answers: Sequence[Any]) -> Quantity:
    """Return the mean of the rows' answers that are known."""
    told = [answer for answer in answers if isinstance(answer, Quantity) and answer.value is not None]
    return total(told).over(len(told), "no_data")
