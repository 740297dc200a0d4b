"""A KPI by hand: what it would be with these numbers, by the same definitions, limits and code that the warehouse is measured with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from sellerwatch.core.errors import ConfigError, unknown_name
from sellerwatch.metrics.sheets.added import (
    PLAIN_MEAN,
    Filled,
    added_up,
    are_apart,
    by_name_in,
    figures_in,
    in_one_place,
    is_sum,
    listed_rows,
    of_one_currency,
    of_several_currencies,
    plain_mean,
    row_by_row,
    rows_in,
    tell_money,
)
from sellerwatch.metrics.sheets.against import against_sheet
from sellerwatch.metrics.sheets.all import SHEETS
from sellerwatch.metrics.sheets.answers import beside
from sellerwatch.metrics.sheets.asked import Asked, asked, judged_from
from sellerwatch.metrics.sheets.configured import configured_sheet, shipped_settings
from sellerwatch.metrics.sheets.inputs import FLOOR, LABELS, Input, alike, spellings
from sellerwatch.metrics.sheets.kinds import BLANK, Cell, Sheet, Working
from sellerwatch.metrics.sheets.past import past_sheet, value_sheet
from sellerwatch.metrics.sheets.quantity import Quantity, total, unknown
from sellerwatch.settings.load import Settings

Value: TypeAlias = float | int | bool | str | dict[str, "Value"] | list["Value"] | None

CASES: Final = "cases"
"""The input that asks for several cases at once: a list of inputs, which gives a list for each output."""


def kpis(settings: Settings | None = None) -> tuple[str, ...]:
    """Return every KPI that has a worksheet."""
    configured = settings or shipped_settings()
    computed = [name for name, metric in configured.metrics.items() if metric.numerator is not None]
    return tuple(sorted({sheet.kpi for sheet in SHEETS} | set(computed)))


def sheets_of(kpi: str, settings: Settings | None = None) -> tuple[Sheet, ...]:
    """Return the ways in which a KPI can be worked out by hand.

    Raises:
        ConfigError: there is none; the message names the nearest KPIs.
    """
    configured = settings or shipped_settings()
    own = [sheet for sheet in SHEETS if sheet.kpi == kpi]
    generated = configured_sheet(configured, kpi)
    found = (*own, *([generated] if generated else []))
    if not found:
        listed = "`docs/worksheets.md` lists all"
        raise unknown_name(kpi, kpis(configured), what="KPI", where="worksheets", listed=listed)
    return found


def calculate(kpi: str, inputs: Mapping[str, object], *, settings: Settings | None = None) -> dict[str, Value]:
    """Work out a KPI from numbers that somebody gives; nothing is read from or written to the warehouse.

    Args:
        kpi: the KPI's name, such as ``acos``.
        inputs: numbers by name, as `docs/worksheets.md` lists them; null is not known, and never 0. Several cases at once
            are given as a list under ``cases``.
        settings: what is configured; what sellerwatch comes with when None.

    Returns:
        Every output that the inputs give, by name: a number, a decision, a text or None where it is not known, with the reason
        for the first that is not under ``reason``.

    Raises:
        ConfigError: the KPI or an input is unknown, an input is missing, or one cannot be what it is given as. The message
            lists what the KPI takes.
    """
    configured = settings or shipped_settings()
    sheets = sheets_of(kpi, configured)
    if isinstance(inputs.get(CASES), list | tuple):
        return _of_cases(kpi, inputs, configured)
    inputs = _unwrapped(inputs, {name for sheet in sheets for name in _names(sheet)})
    apart = _apart(kpi, inputs, configured)
    if apart is not None:
        return apart
    known = {name for sheet in sheets for name in _names(sheet)}
    floors = {name for name in known if name.startswith(FLOOR)}
    try:
        asks = [asked(kpi, inputs, configured, own) for own in ((known, known - floors) if floors else (known,))]
    except ConfigError as error:
        raise _saying_what_is_taken(error, sheets) from error
    answers = (_answered(sheets, item) for item in asks)
    found = next((answer for answer in answers if answer is not None), None)
    if found is not None:
        return found
    raise ConfigError(_what_is_wrong(sheets, asks[0].inputs), where=f"worksheet {kpi}", remedy=takes_words(sheets))


def _answered(sheets: tuple[Sheet, ...], asks: Asked) -> dict[str, Value] | None:
    """Return what the first worksheet says that the inputs fit, or over the rows that they are; None where none does."""
    own = (work(asks.kpi, asks.settings) for work in (past_sheet, against_sheet, value_sheet))
    every = (*sheets, *filter(None, own))
    fitting = [sheet for sheet in every if _fits(sheet, asks.inputs)]
    shaped = [sheet for sheet in fitting if _has_the_shape(sheet, asks.inputs)]
    if shaped or len(fitting) == 1:
        return _filled_in((shaped or fitting)[0], asks)
    over_rows = (work(sheet, asks) for work in (_over_rows, _over_answers) for sheet in sheets)
    found = next((found for found in over_rows if found is not None), None)
    return _filled_in(fitting[0], asks) if fitting and found is None else found


def _filled_in(sheet: Sheet, asks: Asked) -> dict[str, Value]:
    return _told(sheet, asks, lambda: _worked_out(sheet, asks.inputs, asks.settings))


def _has_the_shape(sheet: Sheet, inputs: Mapping[str, object]) -> bool:
    """Tell whether the worksheet can read the lists and rows that are given: several share names for what differs in shape."""
    takes = {spelling: item for item in sheet.takes for spelling in spellings((item,))}
    for spelling, value in inputs.items():
        if isinstance(value, Mapping | list | tuple) and alike(spelling) in takes:
            try:
                takes[alike(spelling)].read(value, spelling)
            except ConfigError:
                return False
    return True


def _of_cases(kpi: str, inputs: Mapping[str, Any], settings: Settings) -> dict[str, Value]:
    """Return a list for each output; what stands beside the cases holds for all of them."""
    cases, shared = inputs[CASES], {name: value for name, value in inputs.items() if name != CASES}
    if not cases or not all(isinstance(case, Mapping) for case in cases):
        raise ConfigError("cases is no list of inputs", where=f"worksheet {kpi}", remedy=takes_words(sheets_of(kpi, settings)))
    done = [calculate(kpi, shared | dict(case), settings=settings) for case in cases]
    names = dict.fromkeys(name for outputs in done for name in outputs)
    return {name: [outputs.get(name) for outputs in done] for name in names}


def _unwrapped(inputs: Mapping[str, Any], known: Iterable[str]) -> Mapping[str, Any]:
    """Return what a section of Amazon's report says, where the section is all that is given; anything else as it is."""
    name, section = next(iter(inputs.items()), ("", None))
    is_section = len(inputs) == 1 and isinstance(section, Mapping) and alike(str(name)) not in set(known)
    holds_rows = isinstance(section, Mapping) and all(isinstance(value, Mapping) for value in section.values())
    return section if is_section and not holds_rows and isinstance(section, Mapping) else inputs


def _apart(kpi: str, inputs: Mapping[str, Any], settings: Settings) -> dict[str, Value] | None:
    """Return each output by name, and all outputs of each name, where the inputs are of what is never added up.

    These are Amazon's own orders and the seller's, windows that hold each other's days, marketplaces of several currencies, and
    anything by name whose figures do not add up. None for other inputs.
    """
    found, sheets = by_name_in(inputs), sheets_of(kpi, settings)
    if found is None or {alike(name) for name in inputs} & {name for sheet in sheets for name in _names(sheet)}:
        return None
    named = found
    can_add = any(sheet.adds_up or is_sum(sheet) for sheet in sheets)
    is_mixed = of_several_currencies(named) and tell_money(sheets, list(named.values()))
    if can_add and not are_apart(named) and not is_mixed:
        return None
    done = {str(name): calculate(kpi, own, settings=settings) for name, own in named.items()}
    outputs = dict.fromkeys(name for own in done.values() for name in own)
    by_output: dict[str, Value] = {name: {of: own.get(name) for of, own in done.items()} for name in outputs}
    return by_output | dict(done)


def takes_words(sheets: Iterable[Sheet]) -> str:
    """Return in one line what these worksheets take."""
    ways = [", ".join(f"{item.name} ({item.unit})" for item in sheet.takes) for sheet in sheets]
    return f"It takes {'; or '.join(dict.fromkeys(ways))}"


def _names(sheet: Sheet) -> dict[str, str]:
    return spellings(sheet.takes)


def _working(sheet: Sheet, given: Iterable[str]) -> Working:
    names = _names(sheet)
    return Working(sheet, {names[alike(name)]: None for name in given if alike(name) in names})


def _without_labels(sheet: Sheet, inputs: Mapping[str, object]) -> list[str]:
    """Return the inputs without those that only say whose numbers they are."""
    return [name for name, value in inputs.items() if not _is_label(sheet, name, value)]


def _is_label(sheet: Sheet, name: str, value: object) -> bool:
    is_named = alike(name) in LABELS and alike(name) not in _names(sheet)
    return is_named and (value is None or isinstance(value, str | int))


def _fits(sheet: Sheet, inputs: Mapping[str, object]) -> bool:
    """Tell whether the worksheet knows all that is given, can answer with it, and has a use for each."""
    if any(alike(name) not in _names(sheet) for name in _without_labels(sheet, inputs)):
        return False
    working = _working(sheet, inputs)
    return not _idle(working) and any(name in working.outputs() for name in sheet.wanted)


def _idle(working: Working) -> set[str]:
    """Return the inputs that no output has a use for; what may stand beside is none of them."""
    beside = {item.name for item in working.sheet.takes if item.is_beside}
    return working.given.keys() - working.used(working.outputs()) - beside


def _what_is_wrong(sheets: tuple[Sheet, ...], inputs: Mapping[str, object]) -> str:
    """Say what keeps the nearest worksheet from answering: a name that it does not know, or an input that it lacks."""
    known = {name for sheet in sheets for name in _names(sheet)}
    strange = [str(name) for name in inputs if alike(name) not in known | LABELS]
    if strange:
        return f"unknown input {', '.join(map(repr, strange))}"
    nearest = max(sheets, key=lambda sheet: sum(alike(name) in _names(sheet) for name in inputs))
    working = _working(nearest, inputs)
    needed = next(item for item in nearest.gives if item.name in nearest.wanted)
    missing = [name for name in needed.needs if name in _names(nearest) and name not in working.given]
    others = sorted(name for name in _without_labels(nearest, inputs) if alike(name) not in _names(nearest))
    idle = sorted(_idle(working))
    if missing:
        return f"{needed.name} cannot be worked out: {', '.join(missing)} is missing"
    if idle and not others:
        return f"{', '.join(idle)} has no part in what can be worked out from the rest"
    return f"these inputs do not belong together: {', '.join(others or map(str, inputs))}"


def _saying_what_is_taken(error: ConfigError, sheets: tuple[Sheet, ...]) -> ConfigError:
    remedy = "; ".join(part for part in (error.remedy, takes_words(sheets)) if part)
    return ConfigError(error.what, where=error.where or f"worksheet {sheets[0].kpi}", remedy=remedy)


def _told(sheet: Sheet, asks: Asked, work: Callable[[], Filled]) -> dict[str, Value]:
    """Return what is told of a filled worksheet; a mistake in it says what the worksheet takes."""
    try:
        given, found = work()
        outputs = judged_from(asks, _names(sheet), given, found | {"reason": _reason(given, found)})
    except ConfigError as error:
        raise _saying_what_is_taken(error, (sheet,)) from error
    reason = outputs.pop("reason")
    shares = {f"{cell.name}_pct": outputs[cell.name] for cell in sheet.gives if is_share(cell) and cell.name in outputs}
    return {
        name: plain(value)
        for name, value in (outputs | {name: value for name, value in shares.items() if name not in outputs}).items()
    } | {"reason": reason}


def _worked_out(sheet: Sheet, inputs: Mapping[str, object], settings: Settings) -> Filled:
    """Return what was given and every output."""
    names, takes = _names(sheet), {item.name: item for item in sheet.takes}
    given: dict[str, Any] = {}
    for spelling in _without_labels(sheet, inputs):
        name = names[alike(spelling)]
        if name in given:
            raise ConfigError(f"{name} is given twice", remedy="Leave one of them out")
        given[name] = _read(takes[name], inputs[spelling], f"worksheet {sheet.kpi}, {spelling}")
    working, done = Working(sheet, given), dict[str, Any]()
    found = {name: working.value(name, settings, done) for name in working.outputs()}
    return given, found | beside(sheet, found, settings)


def _over_rows(sheet: Sheet, asks: Asked) -> dict[str, Value] | None:
    """Return the worksheet over the sums of several rows; None where the inputs are no rows of it."""
    inputs = in_one_place(asks.inputs)
    name = rows_in(inputs)
    told = listed_rows(inputs[name]) if name else []
    figures = figures_in(sheet, told) if told else None
    rest = {other: value for other, value in inputs.items() if other != name}
    if not figures or not _fits(sheet, rest | dict.fromkeys(figures)):
        return None
    where = f"worksheet {sheet.kpi}, {name}"

    def work() -> Filled:
        of_one_currency((sheet,), told, where)
        alone = [_worked_out(sheet, row, asks.settings) for row in row_by_row(sheet, told, where)]
        sums = added_up(alone)
        given, found = _worked_out(sheet, rest | sums, asks.settings)
        return given, sums | found | {PLAIN_MEAN: plain_mean([answers.get(sheet.kpi) for _, answers in alone])}

    return _told(sheet, asks, work)


def _over_answers(sheet: Sheet, asks: Asked) -> dict[str, Value] | None:
    """Return the sum of the rows' own answers, where the answer is an amount; None where the inputs are no rows of it."""
    inputs = in_one_place(asks.inputs)
    name = rows_in(inputs)
    told = listed_rows(inputs[name]) if name and len(inputs) == 1 else []
    if not told or not is_sum(sheet) or not all(_fits(sheet, row) for row in told):
        return None
    where = f"worksheet {sheet.kpi}, {name}"

    def work() -> Filled:
        of_one_currency((sheet,), told, where)
        alone = [_worked_out(sheet, row, asks.settings)[1] for row in told]
        amounts = [cell.name for cell in sheet.gives if cell.is_shown and cell.unit == "currency" and cell.name in alone[0]]
        sums = {amount: total(answers.get(amount, unknown("no_data")) for answers in alone) for amount in amounts}
        return {}, sums | beside(sheet, sums, asks.settings)

    return _told(sheet, asks, work)


def is_share(item: Cell) -> bool:
    """Tell whether an output is a percentage that does not say so in its name."""
    return item.unit == "%" and not item.name.endswith("pct")


def _read(item: Input, value: object, where: str) -> Any:  # noqa: ANN401 - whatever the input is
    if isinstance(value, Quantity):
        return value
    return BLANK if value is None and not item.takes_null else item.read(value, where)


def _reason(given: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    """Return why the first output that is not known is not, or what is remarked of one that is."""
    told = [value.reason for value in found.values() if isinstance(value, Quantity) and value.reason]
    if not told and None in found.values():
        told = [value.reason for value in given.values() if isinstance(value, Quantity) and value.reason]
    return next(iter(told), None)


def plain(value: Any) -> Value:  # noqa: ANN401 - whatever a cell gives
    """Return a value as JSON has it: exact numbers become whole or floating ones, unknown ones None."""
    if isinstance(value, Quantity):
        return plain(value.value)
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
