"""What a value is made of: parts, each a number with the facts behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["numerator", "denominator", "rests on"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a fact table or of a table that people fill in, or one measured value.

    Attributes:
        table: the table.
        cells: its key, and the cells that the part reads.
        document_id: the document it came from; empty where it came from none.
        line: its line there, or in the imported file.
        import_number: the import that a person's row came with; 0 where it came with none.
    """

    table: str
    cells: Mapping[str, Any]
    document_id: str = ""
    line: int = 0
    import_number: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A number, and the facts it is added up from.

    Attributes:
        role: where it stands in the formula.
        name: what the catalogue calls it, or what it is in words.
        expression: how it is read from facts, in the catalogue's language or in words.
        times: what it is multiplied with.
        marketplace: whose facts they are.
        micros: the number in millionths; None where it is not known.
        facts: every fact behind it.
        left_out: how many cells could not be added up, by reason: blank, or in another currency.
    """

    role: Role
    name: str
    expression: str
    times: int
    marketplace: str
    micros: int | None
    facts: Sequence[Fact]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Worked:
    """The parts of a value, and the numerator and denominator in millionths that they give."""

    parts: tuple[Part, ...]
    numerator: int | None
    denominator: int | None
    formula: str
    """The formula in the catalogue's terms."""

    newer: tuple[str, ...] = ()
    """What was brought since the value was written, and may have changed what it rests on."""
