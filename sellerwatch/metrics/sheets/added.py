"""Several rows in place of one: days, campaigns or products whose figures are added up before anything is divided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.quantity import Quantity, total
from sellerwatch.metrics.sheets.inputs import LABELS, Input, canonical, in_one_currency
from sellerwatch.metrics.sheets.kinds import Sheet

ADDED_UNITS: Final = frozenset({"currency", "count", "units"})
"""Amounts, counts and units add up; rates, prices and days do not."""

PLAIN_MEAN: Final = "plain_mean_wrong"
"""What the mean of the rows' own answers would be: it is shown so that nobody takes it for the answer."""


def rows_in(inputs: Mapping[str, object]) -> str | None:
    """Return the one input that is a list of rows, whatever it is called."""
    found = [name for name, value in inputs.items() if _are_rows(value)]
    return found[0] if len(found) == 1 else None


def _are_rows(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(row, Mapping) for row in value)


def row_by_row(sheet: Sheet, inputs: Mapping[str, object], name: str) -> list[dict[str, object]] | None:
    """Return the rows by the worksheet's own names, each with what stands beside them; None where they do not add up to it."""
    names = {spelling: item.name for item in _additive(sheet) for spelling in (item.name, *item.also)}
    rows: Any = inputs[name]
    told = [{key: value for key, value in row.items() if canonical(str(key)) not in LABELS - names.keys()} for row in rows]
    if not sheet.adds_up or any(canonical(str(key)) not in names for row in told for key in row):
        return None
    return [{names[canonical(str(key))]: value for key, value in row.items()} for row in told]


def _additive(sheet: Sheet) -> list[Input]:
    return [item for item in sheet.takes if item.unit in ADDED_UNITS]


def added_up(sheet: Sheet, rows: Sequence[Mapping[str, object]], raw: Any, where: str) -> dict[str, Quantity]:  # noqa: ANN401 - rows, checked before
    """Return the sum of each figure; one that a row does not know is not known.

    Raises:
        ConfigError: a row lacks what others have, a figure is none, or the rows are in several currencies.
    """
    in_one_currency(raw, where)
    takes = {item.name: item for item in _additive(sheet)}
    every = dict.fromkeys(name for row in rows for name in row)
    for number, row in enumerate(rows, 1):
        if lacking := [name for name in every if name not in row]:
            raise ConfigError(
                f"{lacking[0]} is missing", where=f"{where}, number {number}", remedy="Write it, and null where it is not known"
            )
    return {
        name: total(takes[name].read(row[name], f"{where}, number {number}, {name}") for number, row in enumerate(rows, 1))
        for name in every
    }


def plain_mean(answers: Sequence[Any]) -> Quantity:
    """Return the mean of the rows' answers that are known."""
    told = [answer for answer in answers if isinstance(answer, Quantity) and answer.value is not None]
    return total(told).over(len(told), "no_data")
