"""Several rows in place of one: days, campaigns or products whose figures are added up before anything is divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.quantity import Quantity, total
from sellerwatch.metrics.sheets.inputs import FLOOR, LABELS, Input, alike, named, spellings
from sellerwatch.metrics.sheets.kinds import Sheet

ADDED_UNITS: Final = frozenset({"currency", "count", "units"})
"""Amounts, counts and units add up; rates, prices and days do not."""

Filled: TypeAlias = tuple[dict[str, Any], dict[str, Any]]
"""What was given to a worksheet, and what it gives."""

PLAIN_MEAN: Final = "plain_mean_wrong"
"""What the mean of the rows' own answers would be: it is shown so that nobody takes it for the answer."""


PERIODS: Final = frozenset(
    {"p0", "p1", "before", "after", "previous", "current", "now", "then", "last_year", "this_year", "plan", "actual", "target"}
)
"""Names of rows that are compared with each other, and never added up."""


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
