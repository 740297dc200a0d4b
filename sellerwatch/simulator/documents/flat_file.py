"""Tab-separated text the way Amazon writes it: one header, in the character set of the report and region, quoted for ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.ports import Rendered

CHARSET_NAMES = {"utf-8": "UTF-8", "cp1252": "Cp1252", "cp932": "Windows-31J"}
"""Python's name of a character set, and the name Amazon prints in Content-Type."""

QUOTE = '"'


def flat_file(header: Sequence[str], rows: Iterable[Sequence[str]], *, charset: str, line_end: str) -> Rendered:
    """Return a finished document; characters the set does not have become ``?``, as Amazon does."""
    lines = ["\t".join(header), *("\t".join(row) for row in rows), ""]
    body = line_end.join(lines).encode(charset, errors="replace")
    return Rendered("DONE", body, f"text/plain;charset={CHARSET_NAMES[charset]}")


def quoted_file(header: Sequence[str], rows: Iterable[Sequence[str]], *, charset: str) -> Rendered:
    """Return a finished document with every cell in quotes, as only the two ledger reports have them."""
    quoted = ([f'"{cell.replace(QUOTE, QUOTE * 2)}"' for cell in row] for row in rows)
    return flat_file([f'"{name}"' for name in header], quoted, charset=charset, line_end="\n")


def charset_of(marketplaces: Sequence[Marketplace], *, in_america: str) -> str:
    """Return the character set: ``in_america`` for region na, the marketplace's old one elsewhere."""
    first = marketplaces[0]
    return in_america if first.region == "na" else first.charset


def money(cents: int) -> str:
    """Return an amount as flat files print it: ``24.99``, ``-0.05``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"
