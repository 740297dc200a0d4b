"""What a workbook's own XML says of its sheets beside their values: what is hidden, merged, or was never calculated."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring, iterparse
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"

Place = tuple[int, int]
"""A line, from 1, and a place in it, from 0."""


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet beside its values.

    Attributes:
        is_hidden: the sheet is not shown.
        hidden_rows: lines that are not shown.
        merges: each range merged downwards as its first line, last line and place.
        merged_across: the first cells of ranges that are merged over several columns.
        uncalculated: cells that hold a formula and no result.
    """

    is_hidden: bool
    hidden_rows: frozenset[int]
    merges: tuple[tuple[int, int, int], ...]
    merged_across: frozenset[Place]
    uncalculated: frozenset[Place]

    def merged_down(self, line: int) -> Iterator[tuple[int, int]]:
        """Yield the place of each cell of the line that is merged with those of other lines, and the first of the lines."""
        for first, last, place in self.merges:
            if first <= line <= last:
                yield place, first


def read_layouts(data: bytes) -> Mapping[str, SheetLayout]:
    """Return the layout of each sheet by its title.

    Raises:
        KeyError: a part of the workbook is missing.
        SyntaxError: a part is no XML.
        DefusedXmlException: a part declares entities.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        targets = {item.get("Id"): item.get("Target", "") for item in fromstring(archive.read(_RELATIONS))}
        return {
            sheet.get("name", ""): _layout(
                archive, _path(targets[sheet.get(_RELATION)]), is_hidden=_is_hidden(sheet.get("state"))
            )
            for sheet in fromstring(archive.read(_BOOK)).iter(f"{_MAIN}sheet")
        }


def _is_hidden(state: str | None) -> bool:
    return state in {"hidden", "veryHidden"}


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _layout(archive: zipfile.ZipFile, path: str, *, is_hidden: bool) -> SheetLayout:
    hidden: set[int] = set()
    merges: list[tuple[int, int, int]] = []
    across: set[Place] = set()
    uncalculated: set[Place] = set()
    with archive.open(path) as stream:
        for _, element in iterparse(stream):
            name = element.tag.removeprefix(_MAIN)
            if name == "c" and _is_uncalculated(element):
                line, column = coordinate_to_tuple(element.get("r"))
                uncalculated.add((line, column - 1))
            elif name == "row":
                if element.get("hidden") in {"1", "true"}:
                    hidden.add(int(element.get("r")))
                element.clear()
            elif name == "mergeCell":
                left, first, right, last = (number or 0 for number in range_boundaries(element.get("ref")))
                if left == right:
                    merges.append((first, last, left - 1))
                else:
                    across.add((first, left - 1))
    return SheetLayout(is_hidden, frozenset(hidden), tuple(merges), frozenset(across), frozenset(uncalculated))


def _is_uncalculated(cell: Element) -> bool:
    """Tell whether the cell holds a formula without a result; a result that is an empty text is one."""
    if cell.find(f"{_MAIN}f") is None:
        return False
    result = cell.find(f"{_MAIN}v")
    return result is None or (not result.text and cell.get("t") != "str")
