"""Holds a query against Data Kiosk's schemas: every argument of its type, every field known, objects opened and values not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sellerwatch.simulator.amazon.kiosk.language import Field, Word
from sellerwatch.simulator.amazon.kiosk_schema import ENUMS, INPUTS, TYPES


class InvalidQueryError(ValueError):
    """The query does not fit the schema; the text says where."""


def check_arguments(given: Mapping[str, object], declared: Mapping[str, str], where: str) -> None:
    """Check the arguments of a query, or the fields of an object among them.

    Raises:
        InvalidQueryError: one is unknown, missing, or not of its type.
    """
    for name in given:
        if name not in declared:
            raise _invalid("UnknownArgument", where, f"Unknown field argument '{name}'")
    for name, kind in declared.items():
        if given.get(name) is None:
            if kind.endswith("!"):
                raise _invalid("MissingFieldArgument", where, f"Missing field argument '{name}'")
        else:
            _check_value(given[name], kind.rstrip("!"), f"{where}/{name}")


def check_selections(selections: Sequence[Field], type_name: str, where: str) -> None:
    """Check what is selected of a type, all the way down.

    Raises:
        InvalidQueryError: a field is unknown or has arguments, an object is selected whole, or a plain value is opened.
    """
    if not selections:
        raise _invalid("SubselectionRequired", where, f"Subselection required for type '{type_name}'")
    for field in selections:
        kind = TYPES[type_name].get(field.name)
        if kind is None:
            raise _invalid("FieldUndefined", where, f"Field '{field.name}' in type '{type_name}' is undefined")
        place = f"{where}/{field.name}"
        if field.arguments:
            raise _invalid("UnknownArgument", place, f"Unknown field argument '{next(iter(field.arguments))}'")
        inner = kind.strip("[]!")
        if inner in TYPES:
            check_selections(field.selections, inner, place)
        elif field.selections:
            raise _invalid("SubselectionNotAllowed", place, f"Subselection not allowed on leaf type '{inner}'")


def _invalid(rule: str, where: str, message: str) -> InvalidQueryError:
    return InvalidQueryError(f"Validation error ({rule}@[{where}]) : {message}")


def _check_value(value: object, kind: str, where: str) -> None:
    if kind.startswith("["):
        for item in value if isinstance(value, list) else [value]:
            _check_value(item, kind[1:-1].rstrip("!"), where)
    elif kind in INPUTS:
        if not isinstance(value, dict):
            raise _invalid("WrongType", where, f"argument is not an object of type '{kind}'")
        check_arguments(value, INPUTS[kind], where)
    elif not _is_of_kind(value, kind):
        shown = value.name if isinstance(value, Word) else value
        raise _invalid("WrongType", where, f"argument with value '{shown}' is not a valid '{kind}'")


def _is_of_kind(value: object, kind: str) -> bool:
    if kind in ENUMS:
        return isinstance(value, Word) and value.name in ENUMS[kind]
    return PLAIN_VALUES[kind](value)


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


PLAIN_VALUES: Mapping[str, Callable[[object], bool]] = {"String": lambda value: isinstance(value, str), "Date": _is_date}
"""How an argument that is neither object nor enumeration is checked."""
