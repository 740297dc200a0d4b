"""Hypothesis strategies of what cells may hold: hostile text, numbers to their bounds, and every day of two centuries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from sellerwatch.reports.contract import Column, Kind

HOSTILE = (
    "NA",
    "N/A",
    "#N/A",
    "null",
    "NULL",
    "None",
    "nan",
    "NaN",
    "inf",
    "true",
    "00501",
    "0",
    "-0",
    "1e5",
    "0x1F",
    "1,234.56",
    "1.234,56",
    '"',
    '""',
    '"""',
    '"quoted"',
    'half "open',
    '"open at the start',
    'ends with one"',
    "it's",
    "\\",
    "\\N",
    "\\t",
    " ",
    "  padded  ",
    "\x01",
    "a\x0bb\x0cc",
    "\x1a",
    "\x1f",
    "\x7f",
    "=1+1",
    "-",
    "---",
    "<b>&amp;",
    "café",
    "Größe",
    "naïve",
    "€5",
    "\u00a0",
    "\u00ad",
    "™",
    "折りたたみ傘",
    "①髙橋",
    "ｱﾝﾌﾞﾚﾗ",
    "表示ソ能",
    "雨伞 30寸",
    "عربى",
    "🌂☂️",
    "e\u0301",
    "\u2028",
    "\u0085",
    "\u200b",
    "\ufffd",
    "x" * 300,
)
"""Texts that some reader takes for nothing, for a number, for a quote, or for the end of something."""

WITHIN_QUOTES = ('say "a\tb"', "\t", "\n", "a\tb", "two\nlines", '"\t"', '"\n"', '\t"\n', '",\n"')
"""What only a cell in quotes can hold."""

NEVER = "\0\r\ufeff"
"""NUL is replaced and told; the mark at the start of a line is one; a lone return may be half of a line end."""

LAST_OF_LATIN_1_CONTROLS, FIRST_OF_LATIN_1_CONTROLS = 0x9F, 0x80


def survives(text: str, charset: str) -> bool:
    """Tell whether the text can be written in the character set and read again."""
    try:
        is_same = text.encode(charset).decode(charset) == text
    except UnicodeError:
        return False
    is_cp1252 = charset == "iso8859-1" and any(FIRST_OF_LATIN_1_CONTROLS <= ord(c) <= LAST_OF_LATIN_1_CONTROLS for c in text)
    return is_same and not is_cp1252


@cache
def texts(charset: str, *, is_quoted: bool = False) -> st.SearchStrategy[str]:
    """Texts of the character set, never empty; TAB and line end only where cells are quoted."""
    never = NEVER if is_quoted else NEVER + "\t\n"
    known = st.sampled_from([text for text in HOSTILE if survives(text, charset)])
    characters = st.characters(exclude_categories=["Cs"], exclude_characters=never)
    if charset != "utf-8":
        characters = st.sampled_from([character for character in alphabet(charset) if character not in never])
    drawn = st.text(characters, min_size=1, max_size=12)
    return known | drawn | st.sampled_from(WITHIN_QUOTES) if is_quoted else known | drawn


@cache
def alphabet(charset: str) -> list[str]:
    """Every character that a character set of Amazon's holds, letters first."""
    return sorted((chr(code) for code in range(0xFFFF) if survives(chr(code), charset)), key=lambda c: (not c.isalnum(), c))


def whole_numbers() -> st.SearchStrategy[int]:
    return st.sampled_from([0, 1, -1, 2**31, -(2**63), 2**63 - 1]) | st.integers(-(2**63), 2**63 - 1)


def decimals() -> st.SearchStrategy[Decimal]:
    """Numbers of up to six decimals and fourteen digits before them, never with three decimals alone.

    1,234 can be read in two ways; no currency of Amazon's is written so.
    """
    places = st.sampled_from([2, 4, 6])
    return st.builds(
        lambda units, digits: Decimal(units).scaleb(-digits),
        st.sampled_from([0, 1, -1, 100, 99_999_999_999_999, -99_999_999_999_999]) | st.integers(-(10**14) + 1, 10**14 - 1),
        places,
    )


def days() -> st.SearchStrategy[date]:
    return st.dates(date(2000, 1, 1), date(2099, 12, 31))


def instants() -> st.SearchStrategy[datetime]:
    drawn = st.datetimes(datetime(1971, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds it
    return drawn.map(lambda instant: instant.replace(microsecond=0))


VALUES = {
    Kind.INTEGER: whole_numbers(),
    Kind.DECIMAL: decimals(),
    Kind.MONEY: decimals(),
    Kind.INSTANT: instants(),
    Kind.DAY: days(),
    Kind.FLAG: st.booleans(),
}


def values(column: Column, charset: str, *, is_quoted: bool = False) -> st.SearchStrategy[object]:
    """What a cell of the column may mean."""
    return texts(charset, is_quoted=is_quoted) if column.kind is Kind.TEXT else VALUES[column.kind]
