"""What went wrong in a night, kept so that people are told once and `status` can show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from sqlalchemy import Connection, delete, insert, select

from sellerwatch.core.errors import SellerwatchError
from sellerwatch.warehouse.tables.ledger import PROBLEM

StepName = Literal["pull", "load", "measure", "decide"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong: what, where, and the next step."""

    what: str
    place: str
    remedy: str

    @classmethod
    def of(cls, error: SellerwatchError, *, place: str = "") -> Self:
        """Return the error's three parts; ``place`` names the thing it happened to."""
        where = " / ".join(part for part in (place, error.where) if part)
        return cls(error.what, where, error.remedy)

    def __str__(self) -> str:
        """Return the one line a person reads."""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{self.what} [{self.place}]{remedy}."


def record(connection: Connection, store_id: str, as_of: date, step: StepName, problems: Sequence[Problem]) -> None:
    """Replace what the step said about the night."""
    ours = (PROBLEM.c.store_id == store_id, PROBLEM.c.as_of == as_of, PROBLEM.c.step == step)
    if problems == [problem for _, problem in _read(connection, *ours)]:
        return
    connection.execute(delete(PROBLEM).where(*ours))
    for number, problem in enumerate(problems, 1):
        connection.execute(
            insert(PROBLEM).values(
                store_id=store_id,
                as_of=as_of,
                step=step,
                number=number,
                what=problem.what,
                place=problem.place,
                remedy=problem.remedy,
            ),
        )


def problems_of(connection: Connection, store_id: str, as_of: date) -> list[tuple[str, Problem]]:
    """Return the step and problem of everything that went wrong in the night."""
    return _read(connection, PROBLEM.c.store_id == store_id, PROBLEM.c.as_of == as_of)


def pipeline_problems_of(connection: Connection, store_id: str, as_of: date) -> list[tuple[str, Problem]]:
    """Return what went wrong before anything was judged; each rule that cannot be read is told by itself."""
    return [(step, problem) for step, problem in problems_of(connection, store_id, as_of) if step != "decide"]


def _read(connection: Connection, *where: object) -> list[tuple[str, Problem]]:
    rows = connection.execute(select(PROBLEM).where(*where).order_by(PROBLEM.c.step, PROBLEM.c.number))  # type: ignore[arg-type]  # column comparisons are typed too narrowly
    return [(row.step, Problem(row.what, row.place, row.remedy)) for row in rows]
