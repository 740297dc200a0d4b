"""What a worksheet is: inputs, and cells that each work out one output from inputs or from other cells."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sellerwatch.metrics.sheets.inputs import Input
from sellerwatch.metrics.sheets.quantity import unknown
from sellerwatch.settings.load import Settings

BLANK: Final = unknown("no_data")
"""Stands for a day, a text or a list that is given as null: what needs it is not known either."""

SETTINGS: Final = "settings"
"""The parameter of a cell that is not an input: what is configured."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One output.

    Attributes:
        name: what it is called; a name that begins with an underscore is a step on the way, and not shown.
        unit: what it is in.
        work: works it out; called with what it needs by name.
        needs: the inputs and cells that it cannot do without.
        may_use: those it takes into account where they are given.
    """

    name: str
    unit: str
    work: Callable[..., Any]
    needs: tuple[str, ...]
    may_use: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Tell whether it is an output or a step on the way."""
        return not self.name.startswith("_")


def cell(name: str, unit: str, work: Callable[..., Any], *takes: str) -> Cell:
    """Return a cell that needs what the parameters of its work are called; those with a default it can do without.

    Where ``takes`` names them, the work is given these in their order, whatever its parameters are called.
    """
    if takes:
        return Cell(name, unit, lambda **given: work(*(given[item] for item in takes)), takes)
    parameters = inspect.signature(work).parameters.values()
    needed = tuple(item.name for item in parameters if item.default is inspect.Parameter.empty)
    return Cell(name, unit, work, needed, tuple(item.name for item in parameters if item.name not in needed))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One way of working out a KPI by hand.

    Attributes:
        kpi: the KPI's name.
        question: what it answers.
        takes: its inputs; not all have to be given for some of the outputs.
        gives: its outputs.
        answers: the outputs of which one has to come out, or else something is missing; the first one where empty.
        is_kpi: the answer is the KPI itself, and not something about it, such as what moved it.
        adds_up: sums over several rows may stand for a row: of days, campaigns or products whose inputs add up.
    """

    kpi: str
    question: str
    takes: tuple[Input, ...]
    gives: tuple[Cell, ...]
    answers: tuple[str, ...] = ()
    is_kpi: bool = True
    adds_up: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """The outputs of which one has to come out."""
        return self.answers or (next(item.name for item in self.gives if item.is_shown),)


@dataclass(slots=True)
class Working:
    """A worksheet being filled in: which cells can be worked out from what is given, and then their values."""

    sheet: Sheet
    given: Mapping[str, Any]

    def chosen(self, name: str, without: frozenset[str] = frozenset()) -> Cell | None:
        """Return the first cell of the name that can be worked out; cells in ``without`` are being worked out already."""
        for item in self.sheet.gives:
            if item.name == name and all(self._is_there(need, without | {name}) for need in item.needs):
                return item
        return None

    def _is_there(self, name: str, without: frozenset[str]) -> bool:
        if name == SETTINGS or name in self.given:
            return True
        return name not in without and self.chosen(name, without) is not None

    def outputs(self) -> list[str]:
        """Return the outputs that come out, in their order."""
        names = dict.fromkeys(item.name for item in self.sheet.gives if item.is_shown)
        return [name for name in names if self.chosen(name)]

    def used(self, outputs: Iterable[str]) -> set[str]:
        """Return the given inputs that have a part in these outputs."""
        found: set[str] = set()
        for output in outputs:
            item = self.chosen(output)
            if item:
                found |= self._used_by(item, frozenset({output}))
        return found

    def _used_by(self, item: Cell, without: frozenset[str]) -> set[str]:
        found: set[str] = set()
        for name in (*item.needs, *item.may_use):
            if name in self.given:
                found.add(name)
            elif name not in without and (other := self.chosen(name, without)):
                found |= self._used_by(other, without | {name})
        return found

    def value(self, output: str, settings: Settings, done: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the cell gives
        """Return what the output's cell gives; what other cells give on the way is kept in ``done``."""
        if output not in done:
            item = self.chosen(output)
            if item is None:
                message = f"{output} cannot be worked out"
                raise LookupError(message)
            arguments = self._arguments(item, settings, done)
            is_blank = any(arguments[name] is BLANK for name in item.needs)
            done[output] = BLANK if is_blank else item.work(**_without_blanks(arguments))
        return done[output]

    def _arguments(self, item: Cell, settings: Settings, done: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in (*item.needs, *item.may_use):
            if name == SETTINGS:
                found[name] = settings
            elif name in self.given:
                found[name] = self.given[name]
            elif name in item.needs or (name != item.name and self.chosen(name, frozenset({item.name}))):
                found[name] = self.value(name, settings, done)
        return found


def _without_blanks(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not BLANK}
