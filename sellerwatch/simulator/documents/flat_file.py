"""Tab-separated text the way Amazon writes it: never quoted, one header, in the character set of the report and region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.ports import Rendered

CHARSET_NAMES = {"utf-8": "UTF-8", "cp1252": "Cp1252"}
"""Python's name of a character set, and the name Amazon prints in Content-Type."""


def flat_file(header: Sequence[str], rows: Iterable[Sequence[str]], *, charset: str, line_end: str) -> Rendered:
    """Return a finished document; characters the set does not have become ``?``, as Amazon does."""
    lines = ["\t".join(header), *("\t".join(row) for row in rows), ""]
    body = line_end.join(lines).encode(charset, errors="replace")
    return Rendered("DONE", body, f"text/plain;charset={CHARSET_NAMES[charset]}")


def charset_of(marketplaces: Sequence[Marketplace], *, in_america: str) -> str:
    """Return the character set: ``in_america`` for region na, the marketplace's old one elsewhere."""
    first = marketplaces[0]
    return in_america if first.region == "na" else first.charset


def money(cents: int) -> str:
    """Return an amount as flat files print it: ``24.99``."""
    return f"{cents // 100}.{cents % 100:02d}"
