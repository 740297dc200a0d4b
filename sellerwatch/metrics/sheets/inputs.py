"""What a worksheet takes: each input with its unit, and the readers that refuse what cannot be one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias, TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.core.marketplaces import BY_CODE, BY_ID
from sellerwatch.metrics.sheets.quantity import Quantity, unknown

Reader: TypeAlias = Callable[[object, str], Any]
"""Turns what somebody wrote into what is worked with; the text says of what, for the error."""

GREATEST: Final = Fraction(10**15)
"""Numbers past this, or closer to zero than one over it, are slips of the pen; floating ones would no longer hold them."""

MOST_ATTAINED: Final = 10

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_AVERAGE: Final = re.compile(r"(?<![a-z])(avg|mean)_")
_WINDOW: Final = re.compile(r"(?:_t(?=\d+$)|(?<=[a-z])(?=\d+d$|(?:30|60|90)$))(?P<days>\d+)d?$")

CURRENCY: Final = "currency"

AMOUNT, CURRENCY_CODE = "amount", "currencyCode"
MONEY: Final = frozenset({AMOUNT, CURRENCY_CODE})
"""An amount as Amazon's documents have it."""

COUNT: Final = "count"
COUNTED: Final = frozenset({COUNT})
"""A count as the account health report has some of them."""

FLOOR: Final = "min_"
"""How the least volume of an input is called: ``min_clicks``, ``min_orders``."""

LABELS: Final = frozenset(
    {
        "store",
        "marketplace",
        "currency",
        "sku",
        "msku",
        "asin",
        "campaign",
        "ad_product",
        "ad_type",
        "campaign_type",
        "product",
        "brand",
        "category",
        "supplier",
        "promotion",
        "feed",
        "report",
        "segment",
        "cohort",
        "agent",
        "team",
        "person",
        "quarter",
        "year",
        "source",
        "day",
        "date",
        "week",
        "month",
        "period",
        "note",
    }
)
"""Names under which people say what the numbers are of; they have no part in the answer where a worksheet has no use for them."""


@dataclass(frozen=True, slots=True)
class Input:
    """One named input.

    Attributes:
        name: what it is called; Amazon's spelling of the same name (camelCase, or with hyphens) is understood too.
        unit: what it is in.
        read: checks what was given.
        also: other names it goes by.
        is_optional: a row may go without it.
        is_beside: it may stand there and has no part in the answer.
    """

    name: str
    unit: str
    read: Reader
    also: tuple[str, ...] = ()
    is_optional: bool = False
    is_beside: bool = False

    @property
    def takes_null(self) -> bool:
        """Tell whether the reader itself makes something of null; else nothing can be said that needs it."""
        return self.read in TAKES_NULL


def canonical(name: str) -> str:
    """Return a name in small letters with underscores, however Amazon spells it: ``unitsOrdered``, ``inv-age-0-to-90-days``."""
    return _HUMP.sub("_", name).replace("-", "_").replace(" ", "_").lower().replace("b2_b", "b2b")


def alike(name: str) -> str:
    """Return what all spellings of a name share.

    The last 30 days are ``-t30`` in Amazon's files, and ``30d`` or ``30`` elsewhere; a mean is an average, or ``avg``.
    """
    return _WINDOW.sub(r"_\g<days>d", _AVERAGE.sub("average_", canonical(name)))


def spellings(items: Iterable[Input]) -> dict[str, str]:
    """Return the inputs' own names, by each of their spellings."""
    return {alike(spelling): item.name for item in items for spelling in (item.name, *item.also)}


def named(inputs: tuple[Input, ...], given: Mapping[str, object], where: str) -> dict[str, object]:
    """Return what was given under the inputs' own names, without what only says whose numbers they are.

    Raises:
        ConfigError: a name is unknown, or two names mean the same input.
    """
    names = spellings(inputs)
    found: dict[str, object] = {}
    for spelling, value in given.items():
        name = names.get(alike(str(spelling)))
        if name is None and canonical(str(spelling)) in LABELS:
            continue
        if name is None:
            raise unknown_value(spelling, [item.name for item in inputs], what="input", where=where)
        if name in found:
            raise ConfigError(f"{name} is given twice", where=where, remedy="Leave one of them out")
        found[name] = value
    return found


def number(value: object, where: str) -> Quantity:
    """Read any number, or an amount as Amazon writes it with its currency; null is unknown."""
    if _is_money(value):
        return number(value[AMOUNT], where)
    if isinstance(value, Mapping) and value.keys() == COUNTED:
        return number(value[COUNT], where)
    if value is None:
        return unknown("no_data")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | Fraction) or not math.isfinite(value):
        raise _wrong(value, where, "a number without quotes, or null where it is not known")
    found = Fraction(str(value))
    if found and not 1 / GREATEST <= abs(found) <= GREATEST:
        raise _wrong(value, where, "of a size that amounts and counts have")
    return Quantity(found)


def not_negative(value: object, where: str) -> Quantity:
    """Read a number that cannot be below zero."""
    found = number(value, where)
    if found.value is not None and found.value < 0:
        raise _wrong(value, where, "a number from 0")
    return found


def whole(value: object, where: str) -> Quantity:
    """Read a count."""
    found = not_negative(value, where)
    if found.value is not None and found.value.denominator != 1:
        raise _wrong(value, where, "a whole number from 0")
    return found


def part_of_one(value: object, where: str) -> Quantity:
    """Read a share that Amazon writes from 0 to 1."""
    found = not_negative(value, where)
    if found.value is not None and found.value > 1:
        raise _wrong(value, where, "a part from 0 to 1; 35 % is 0.35")
    return found


def part_at_most_one(value: object, where: str) -> Quantity:
    """Read a rate that may be negative, and is no percentage."""
    found = number(value, where)
    if found.value is not None and found.value > 1:
        raise _wrong(value, where, "a part of one; 35 % is 0.35")
    return found


def attained(value: object, where: str) -> Quantity:
    """Read how much of a target is reached, as a part of it; past ten times the target it is a percentage by mistake."""
    found = number(value, where)
    if found.value is not None and found.value > MOST_ATTAINED:
        raise _wrong(value, where, "a part of the target; 95 % is 0.95")
    return found


def taken_off(value: object, where: str) -> Quantity:
    """Read an amount that is subtracted, whichever sign the report writes it with."""
    return abs(number(value, where))


def words(value: object, where: str) -> str | None:
    """Read a text."""
    if value is not None and not isinstance(value, str):
        raise _wrong(value, where, "a text")
    return value


def yes_or_no(value: object, where: str) -> bool | None:
    """Read a decision; null is one that was not taken."""
    if value is not None and not isinstance(value, bool):
        raise _wrong(value, where, "true, false, or null where it is not decided")
    return value


TAKES_NULL: Final = (number, not_negative, whole, part_of_one, part_at_most_one, attained, taken_off, words, yes_or_no)
"""The readers to which null is a number, a text or a decision that nobody knows."""


def one_of(*choices: str) -> Reader:
    """Return the reader of a word from a closed list."""

    def read(value: object, where: str) -> str:
        if value not in choices:
            raise unknown_value(value, choices, what="word", where=where)
        return str(value)

    return read


def calendar_day(value: object, where: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(value, where, "a day such as 2026-11-21") from None


def moment(value: object, where: str) -> datetime:
    """Read an instant, which carries its offset: without one its day would be guessed."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _wrong(value, where, "an instant with its offset, such as 2026-11-22T06:30:00+00:00")
    return found


def time_zone(value: object, where: str) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(value, where, "a time zone such as America/Los_Angeles") from None


def zone_of_marketplace(value: object, where: str) -> ZoneInfo:
    """Read a marketplace by its country code or Amazon's id, and return its time zone."""
    place = BY_CODE.get(str(value)) or BY_ID.get(str(value))
    if place is None:
        raise unknown_value(value, BY_CODE, what="marketplace", where=where)
    return place.zone


def listed(read: Reader) -> Reader:
    """Return the reader of a list."""

    def read_all(value: object, where: str) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _wrong(value, where, "a list")
        return [read(item, f"{where}, number {index}") for index, item in enumerate(value, 1)]

    return read_all


def by_name(read: Reader) -> Reader:
    """Return the reader of names with a value each."""

    def read_all(value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _wrong(value, where, "names with a value each")
        return {str(name): read(item, f"{where}, {name}") for name, item in value.items()}

    return read_all


def record(*fields: Input) -> Reader:
    """Return the reader of one row with these fields; what is optional and missing becomes what its reader makes of null."""

    def read_row(value: object, where: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise _wrong(value, where, f"the fields {', '.join(field.name for field in fields)}")
        given = named(fields, value, where)
        for field in fields:
            if field.name not in given and not field.is_optional:
                raise ConfigError(f"{field.name} is missing", where=where, remedy="Write it, and null where it is not known")
        return {field.name: field.read(given.get(field.name), f"{where}, {field.name}") for field in fields}

    return read_row


def rows(*fields: Input) -> Reader:
    """Return the reader of a list of rows, all of one currency where they name one."""
    read_rows = listed(record(*fields))
    has_currency = any(field.name == CURRENCY for field in fields)

    def read_all(value: object, where: str) -> list[Any]:
        found: list[Any] = read_rows(value, where)
        if not has_currency and isinstance(value, list | tuple):
            in_one_currency(value, where)
        return found

    return read_all


def in_one_currency(found: Sequence[Mapping[str, object]], where: str) -> None:
    """Check that the rows name one currency at most.

    Raises:
        ConfigError: they name several.
    """
    given = [value for row in found for name, value in row.items() if canonical(str(name)) == CURRENCY]
    given += [value[CURRENCY_CODE] for row in found for value in row.values() if _is_money(value)]
    named = sorted({str(value) for value in given if value is not None})
    if len(named) > 1:
        raise ConfigError(
            f"amounts in {' and '.join(named)} are never added up",
            where=where,
            remedy="Give the rows of one currency at a time, or amounts with your rates to gmv",
        )


def _is_money(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping) and value.keys() == MONEY


def _wrong(value: object, where: str, wanted: str) -> ConfigError:
    return ConfigError(f"{value!r} is not {wanted}", where=where)


# Short names for the tables


def amount(name: str, *also: str) -> Input:
    """An amount of money: of one currency, whichever it is."""
    return Input(name, "currency", number, also)


def count(name: str, *also: str) -> Input:
    """How many."""
    return Input(name, "count", whole, also)


def measured(name: str, unit: str, *also: str) -> Input:
    """A number from zero with a unit."""
    return Input(name, unit, not_negative, also)


def signed(name: str, unit: str, *also: str) -> Input:
    """A number with a unit that may be negative."""
    return Input(name, unit, number, also)


def flag(name: str, *also: str) -> Input:
    """A decision."""
    return Input(name, "true or false", yes_or_no, also)


def text(name: str, *also: str) -> Input:
    """A text."""
    return Input(name, "text", words, also)


def optional(item: Input) -> Input:
    """Return the field as one that a row may go without."""
    return Input(item.name, item.unit, item.read, item.also, is_optional=True)


def beside(item: Input) -> Input:
    """Return the input as one that may stand there and has no part in the answer."""
    return Input(item.name, item.unit, item.read, item.also, is_beside=True)
