"""The character set of a file that a person saved: what its bytes prove, and a refusal where they prove nothing.

Western, Chinese and Japanese programs save the same name for a file in different character sets, and nearly any bytes can be
read in all of them. Only one reading gives text that people write: letters one by one among others, or common Chinese
characters, or kana.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Final

from sellerwatch.core.errors import ConfigError

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_RUN: Final = re.compile(r"[^\x00-\x7f]+")
_LONGEST_ACCENTED_RUN: Final = 2
"""Accented letters stand alone or in pairs; a longer row of them is another script read wrongly."""

_ACCENTED: Final = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸß]")
_WESTERN_SIGNS: Final = frozenset("€£¥°’‘“”„–—…®™©½¼¾µ·§«»¿¡ªº²³×•\u00a0")
_KANA: Final = re.compile(r"[\u3040-\u30ff]")
_COMMON_KANJI: Final = range(0x88, 0x98)
"""The first byte of the kanji that every Japanese learns at school, in cp932."""

_LEAST: Final = 0.5
_MARGIN: Final = 0.15


def _western(text: str) -> float:
    return _share(text, lambda run: sum(_is_western(run, character) for character in run))


def _is_western(run: str, character: str) -> bool:
    if character in _WESTERN_SIGNS:
        return len(_ACCENTED.findall(run)) <= _LONGEST_ACCENTED_RUN
    return len(run) <= _LONGEST_ACCENTED_RUN and _ACCENTED.match(character) is not None


def _chinese(text: str) -> float:
    return _share(text, lambda run: sum(_fits(character, "gb2312") and not _KANA.match(character) for character in run))


def _japanese(text: str) -> float:
    return _share(text, lambda run: sum(_is_japanese(character) for character in run))


def _is_japanese(character: str) -> bool:
    coded = character.encode("cp932")
    is_sign = coded[0] in {0x81, 0x82} and len(coded) > 1
    return bool(_KANA.match(character)) or is_sign or (len(coded) > 1 and coded[0] in _COMMON_KANJI)


def _fits(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _share(text: str, count: Callable[[str], int]) -> float:
    """Return the share of the characters outside ASCII that are what the script's readers would expect."""
    runs = _RUN.findall(text)
    return sum(map(count, runs)) / sum(map(len, runs))


_SCRIPTS: Final[Mapping[str, Callable[[str], float]]] = {"cp1252": _western, "gb18030": _chinese, "cp932": _japanese}


def decode(data: bytes, *, where: str) -> tuple[str, str]:
    """Return a file's text, and the character set it was read with.

    Raises:
        ConfigError: no character set, or more than one, gives text that people write.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return _strictly(data, encoding, where), encoding.removesuffix("-sig")
    text = _tried(data, "utf-8")
    return _by_evidence(data, where) if text is None else (_refusing_nul(text, where), "utf-8")


def _by_evidence(data: bytes, where: str) -> tuple[str, str]:
    texts = {encoding: text for encoding in _SCRIPTS if (text := _tried(data, encoding)) is not None}
    scores = sorted(((_SCRIPTS[encoding](text), encoding) for encoding, text in texts.items()), reverse=True)
    if not scores or scores[0][0] < _LEAST:
        raise _undecided("it cannot be told in which character set the file is saved", where)
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _MARGIN:
        names = " or ".join(encoding for _, encoding in scores[:2])
        raise _undecided(f"it cannot be told in which character set the file is saved: {names}", where)
    best = scores[0][1]
    return _refusing_nul(texts[best], where), best


def _tried(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _strictly(data: bytes, encoding: str, where: str) -> str:
    text = _tried(data, encoding)
    if text is None:
        raise _undecided(f"the file says that it is {encoding.removesuffix('-sig')}, and is not", where)
    return _refusing_nul(text, where)


def _refusing_nul(text: str, where: str) -> str:
    if "\0" in text:
        raise ConfigError(
            "the file is no text: it holds NUL characters", where=where, remedy="Save the table as CSV UTF-8 or as .xlsx"
        )
    return text


def _undecided(what: str, where: str) -> ConfigError:
    return ConfigError(what, where=where, remedy="Save it anew as CSV UTF-8, or as .xlsx")
