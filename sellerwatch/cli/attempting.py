"""Doing a step for one store so that what keeps it from being done keeps no other store waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from sellerwatch.cli.exit_codes import FAILED, PERSON_HAS_TO_ACT
from sellerwatch.core.errors import ConfigError, SellerwatchError

Result = TypeVar("Result")


def attempt(step: Callable[[], Result]) -> Result | SellerwatchError:
    """Do one step; return the error that keeps it from being done."""
    try:
        return step()
    except SellerwatchError as error:
        return error


def exit_code(errors: Iterable[SellerwatchError]) -> int:
    """Return how a command ends in which some steps could not be done: whether a person has to do something first."""
    return PERSON_HAS_TO_ACT if any(isinstance(error, ConfigError) for error in errors) else FAILED
