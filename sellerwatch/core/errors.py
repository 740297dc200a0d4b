"""Errors grouped by what the caller should do: retry, give up on this item, skip a record, or ask a person."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterable
from typing import Final

_NEAREST: Final = 3
"""So many names are told where one of very many is misspelt."""


class SellerwatchError(Exception):
    """Base of every error this project raises on purpose.

    The text is one line, whatever it quotes: what happened, where, and the next step.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        """Keep the three parts apart, so that a Slack message and a terminal can lay them out."""
        self.what = _one_line(what).rstrip(".")
        self.where = _one_line(where)
        self.remedy = _one_line(remedy).rstrip(".")
        super().__init__(self.what, self.where, self.remedy)

    def __str__(self) -> str:
        """Return the one line a person reads."""
        where = f" [{self.where}]" if self.where else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.what}{where}{remedy}."

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling, which Prefect does to exceptions, with the keyword parts kept."""
        return _rebuild, (type(self), self.what, self.where, self.remedy)


def _one_line(text: str) -> str:
    return " ".join(part for line in text.splitlines() if (part := line.strip()))


def _rebuild(kind: type[SellerwatchError], what: str, where: str, remedy: str) -> SellerwatchError:
    return kind(what, where=where, remedy=remedy)


class RetryableError(SellerwatchError):
    """The same call may succeed later: a timeout, a 5xx, a throttle."""


class PermanentError(SellerwatchError):
    """The same call will fail again: wrong credentials, refused request, damaged document."""


class SkipRecordError(SellerwatchError):
    """One record cannot be used; it is set aside and counted, and the rest goes on."""


class ConfigError(SellerwatchError):
    """A person has to change configuration, environment or arguments. Shown without a traceback, exit code 2."""


def unknown_value(value: object, known: Iterable[object], *, what: str, where: str = "") -> ConfigError:
    """Build the error for a value outside a closed list; it names the value and the list."""
    allowed = ", ".join(str(item) for item in known)
    return ConfigError(f"unknown {what} {str(value)!r}", where=where, remedy=f"Use one of: {allowed}")


def unknown_name(name: str, known: Iterable[str], *, what: str, where: str = "", listed: str = "") -> ConfigError:
    """Build the error for a name outside a list too long to be read; it names the nearest ones and where all of them stand."""
    near = ", ".join(nearest(name, known))
    words = f"The nearest are {near}" if near else "There are none"
    return ConfigError(f"unknown {what} {name!r}", where=where, remedy=f"{words}; {listed}" if listed else words)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return the names that are written most like this one, the nearest first; capitals do not count."""
    wanted = difflib.SequenceMatcher(b=name.casefold(), autojunk=False)

    def likeness(other: str) -> float:
        wanted.set_seq1(other.casefold())
        return wanted.ratio()

    return heapq.nlargest(_NEAREST, known, key=likeness)
