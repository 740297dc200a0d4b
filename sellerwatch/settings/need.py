"""How often a tier must be entered before it counts, as a rule says it: "2 of 3", or a number alone."""

from __future__ import annotations

import re
from typing import Annotated, Final, NamedTuple

from pydantic import AfterValidator, BeforeValidator


class Need(NamedTuple):
    """How many of the last periods must enter a tier."""

    enough: int
    of_last: int


def _need(said: object) -> object:
    """Read "2 of 3", or "1"."""
    if isinstance(said, str) and (found := NEED.fullmatch(said.strip())):
        return Need(int(found["enough"]), int(found["of_last"] or found["enough"]))
    if isinstance(said, int) and not isinstance(said, bool):
        return Need(said, said)
    return said


def _is_possible(need: Need) -> Need:
    if not 1 <= need.enough <= need.of_last <= MOST_PERIODS:
        message = f"'{need.enough} of {need.of_last}' cannot be met; write '2 of 3' with at most {MOST_PERIODS} periods"
        raise ValueError(message)
    return need


NEED: Final = re.compile(r"(?P<enough>\d{1,3})(?: +of +(?P<of_last>\d{1,3}))?")
MOST_PERIODS: Final = 31
ONCE: Final = Need(1, 1)
NeededPeriods = Annotated[Need, BeforeValidator(_need), AfterValidator(_is_possible)]
