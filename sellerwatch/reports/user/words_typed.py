"""Words from a closed list or of a given form: stores, marketplaces, currencies, choices, names, yes and no, and free text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sellerwatch.core.marketplaces import BY_CODE, MARKETPLACES
from sellerwatch.reports.user.currencies import ALSO, CURRENCIES
from sellerwatch.reports.user.declare import EVERY, Means, UserColumn
from sellerwatch.reports.user.sheet import Cell, Unusable, Wrong, shown

_LONGEST_TEXT: Final = 500
_NAME: Final = re.compile(r"^[a-z][a-z0-9_]*$")
_SHORTENED: Final = re.compile(r"^\d(?:\.\d+)?E\+\d+$", re.IGNORECASE)
"""What a spreadsheet makes of a long number, such as 1.23E+11: most of its digits are gone."""

_EVERY_WORDS: Final = frozenset({EVERY, "all", "every", "全部", "所有"})
_FLAGS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "对"), True),
    **dict.fromkeys(("no", "n", "false", "0", "否", "不"), False),
}
_PLACES: Final[Mapping[str, str]] = {
    **{item.id.casefold(): item.code for item in MARKETPLACES},
    **{item.domain.casefold(): item.code for item in MARKETPLACES},
    **{item.code.casefold(): item.code for item in MARKETPLACES},
    "gb": "UK",
    "美国": "US",
    "加拿大": "CA",
    "墨西哥": "MX",
    "英国": "UK",
    "德国": "DE",
    "法国": "FR",
    "意大利": "IT",
    "西班牙": "ES",
    "日本": "JP",
    "澳大利亚": "AU",
    "荷兰": "NL",
    "瑞典": "SE",
    "波兰": "PL",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration knows that cells may name."""

    stores: Collection[str]


def typed_word(cell: Cell, column: UserColumn, known: Known) -> str | bool | Wrong | None:
    """Return one cell as the column's words, or what is expected in its place."""
    if isinstance(cell, Unusable):
        return Wrong(cell.expected)
    if isinstance(cell, bool) and column.means is Means.FLAG:
        return cell
    text = "" if cell is None else _text(cell)
    if column.or_every and text.casefold() in {"", *_EVERY_WORDS}:
        return EVERY
    return _READERS[column.means](text, column, known) if text else None


def typed_mark(cell: Cell) -> bool | Wrong:
    """Return whether a cell says yes; blank is no."""
    return _FLAGS.get(_plain(_text(cell)), Wrong("yes or no")) if cell is not None else False


def _text(cell: Cell) -> str:
    """Return the cell as text; a number of a workbook as its digits."""
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    return unicodedata.normalize("NFC", cell.strip()) if isinstance(cell, str) else shown(cell)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _free(text: str, _column: UserColumn, _known: Known) -> str | Wrong:
    if len(text) > _LONGEST_TEXT:
        return Wrong(f"at most {_LONGEST_TEXT} characters")
    if _SHORTENED.match(text):
        return Wrong("the whole text; a spreadsheet has shortened this number: format the column as text and type it anew")
    return text


def _name(text: str, _column: UserColumn, _known: Known) -> str | Wrong:
    return text if _NAME.match(text) else Wrong("a name of small letters, digits and _, such as gmv_attainment_pct")


def _store(text: str, _column: UserColumn, known: Known) -> str | Wrong:
    return text if text in known.stores else Wrong(f"one of {', '.join(known.stores)}, or blank for every store")


def _marketplace(text: str, _column: UserColumn, _known: Known) -> str | Wrong:
    return _PLACES.get(_plain(text)) or Wrong(f"one of {', '.join(BY_CODE)}, or blank for every marketplace")


def _currency(text: str, _column: UserColumn, _known: Known) -> str | Wrong:
    code = _plain(text).upper()
    code = ALSO.get(code, code)
    return code if code in CURRENCIES else Wrong("a currency code of ISO 4217, such as USD")


def _choice(text: str, column: UserColumn, _known: Known) -> str | Wrong:
    wanted = _plain(text)
    for word, others in column.choices.items():
        if wanted in {_plain(one) for one in (word, *others)}:
            return word
    return Wrong(f"one of {', '.join(column.choices)}")


def _flag(text: str, _column: UserColumn, _known: Known) -> bool | Wrong:
    found = _FLAGS.get(_plain(text))
    return Wrong("yes or no") if found is None else found


_READERS: Final[Mapping[Means, Callable[[str, UserColumn, Known], str | bool | Wrong]]] = {
    Means.TEXT: _free,
    Means.NAME: _name,
    Means.STORE: _store,
    Means.MARKETPLACE: _marketplace,
    Means.CURRENCY: _currency,
    Means.CHOICE: _choice,
    Means.FLAG: _flag,
}
