"""What document faults do to the bytes: columns lost and gained, charsets unsaid, gzip files cut or doubled."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from isal import igzip

from sellerwatch.simulator.amazon.answers import PAGE_OF_A_GATEWAY
from sellerwatch.simulator.amazon.faults import Fault
from sellerwatch.simulator.ports import Rendered

JSON_TYPE = "application/json"
JSON_LINES_TYPE = "application/jsonl"

FASTEST = 1
"""The level of compression."""

CODECS = {"windows-31j": "cp932"}
"""Charsets Amazon names in a way Python does not know."""


def charset_of(content_type: str) -> str:
    """Return the codec a Content-Type names; UTF-8 where it names none, or one Python does not have."""
    name = content_type.partition("charset=")[2].strip().lower() or "utf-8"
    try:
        return codecs.lookup(CODECS.get(name, name)).name
    except LookupError:
        return "utf-8"


def _is_json(rendered: Rendered) -> bool:
    return rendered.content_type.startswith((JSON_TYPE, JSON_LINES_TYPE))


def _map_json(rendered: Rendered, change: Callable[[object], object]) -> Rendered:
    if not rendered.content_type.startswith(JSON_LINES_TYPE):
        return replace(rendered, body=_json(change(json.loads(rendered.body))))
    rows = cast("list[object]", change([json.loads(line) for line in rendered.body.splitlines()]))
    return replace(rendered, body=b"".join(_json(row) + b"\n" for row in rows))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _without_key(value: object, key: str) -> object:
    if isinstance(value, dict):
        return {name: _without_key(item, key) for name, item in value.items() if name != key}
    if isinstance(value, list):
        return [_without_key(item, key) for item in value]
    return value


def _with_key_in_rows(value: object, key: str) -> object:
    if isinstance(value, dict):
        return {name: _with_key_in_rows(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [{**item, key: "new"} if isinstance(item, dict) else item for item in value]
    return value


def _with_empty_lists(value: object) -> object:
    if isinstance(value, dict):
        return {name: [] if isinstance(item, list) else item for name, item in value.items()}
    return []


def _cells(line: bytes) -> tuple[list[bytes], bytes]:
    """Split a line at its tabs; a tab is never the second byte of a character in the charsets Amazon uses."""
    content = line.rstrip(b"\r\n")
    return content.split(b"\t"), line[len(content) :]


def _column_index(header: bytes, column: str, charset: str) -> int | None:
    names = [cell.removeprefix(codecs.BOM_UTF8).strip(b'" ').decode(charset, "replace") for cell in _cells(header)[0]]
    return names.index(column) if column in names else None


def _drop_cell(line: bytes, index: int) -> bytes:
    cells, end = _cells(line)
    return b"\t".join(cells[:index] + cells[index + 1 :]) + end


def _without_column(rendered: Rendered, fault: Fault) -> Rendered:
    if _is_json(rendered):
        return _map_json(rendered, lambda value: _without_key(value, fault.column))
    lines = rendered.body.splitlines(keepends=True)
    index = _column_index(lines[0], fault.column, charset_of(rendered.content_type)) if lines else None
    if index is None:
        return rendered
    return replace(rendered, body=b"".join(_drop_cell(line, index) for line in lines))


def _with_column(rendered: Rendered, fault: Fault) -> Rendered:
    if _is_json(rendered):
        return _map_json(rendered, lambda value: _with_key_in_rows(value, fault.column))
    lines = rendered.body.splitlines(keepends=True)
    quote = b'"' if lines and b'"' in lines[0] else b""
    added = [fault.column.encode(charset_of(rendered.content_type), "replace"), *([b"new"] * (len(lines) - 1))]
    return replace(
        rendered, body=b"".join(_add_cell(line, quote + cell + quote) for line, cell in zip(lines, added, strict=False))
    )


def _add_cell(line: bytes, cell: bytes) -> bytes:
    cells, end = _cells(line)
    return b"\t".join([*cells, cell]) + end


def _header_only(rendered: Rendered, fault: Fault) -> Rendered:
    del fault
    if _is_json(rendered):
        return _map_json(rendered, _with_empty_lists)
    return replace(rendered, body=b"".join(rendered.body.splitlines(keepends=True)[:1]))


def _without_charset(rendered: Rendered, fault: Fault) -> Rendered:
    del fault
    return replace(rendered, content_type=rendered.content_type.partition(";")[0])


def _emptied(rendered: Rendered, fault: Fault) -> Rendered:
    del fault
    return replace(rendered, body=b"")


def _html_page(rendered: Rendered, fault: Fault) -> Rendered:
    del fault
    return replace(rendered, body=PAGE_OF_A_GATEWAY.encode(), content_type="text/html")


CONTENT_DAMAGE: Mapping[str, Callable[[Rendered, Fault], Rendered]] = {
    "missing_column": _without_column,
    "new_column": _with_column,
    "header_only": _header_only,
    "no_charset": _without_charset,
    "empty_document": _emptied,
    "html_document": _html_page,
}
"""What each fault does to a document before it is compressed, in the order they are applied."""


def compress(body: bytes) -> bytes:
    """Return the body as one gzip member, the same bytes on every day; a tenth of the time of the usual library."""
    return igzip.compress(body, FASTEST, mtime=0)


def _in_two_members(body: bytes) -> bytes:
    middle = len(body) // 2
    return compress(body[:middle]) + compress(body[middle:])


def _cut(body: bytes) -> bytes:
    whole = compress(body)
    return whole[: len(whole) // 2]


PACKING_DAMAGE: Mapping[str, Callable[[bytes], bytes]] = {"two_member_gzip": _in_two_members, "truncated_gzip": _cut}
"""How each fault compresses a document in place of `compress`."""
