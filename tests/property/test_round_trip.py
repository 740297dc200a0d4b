"""Whatever a flat file may hold, in whatever form Amazon serves it: parse(render(rows)) is rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.computed import ORDINAL
from sellerwatch.reports.contract import Content, FactTable, Kind, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.registry import REPORTS
from tests.contract.report_documents import frames_of
from tests.property.amazon_flat_files import PLACES, WRITINGS, FlatFile, Place, Shape
from tests.property.hostile_values import texts, values

FLAT = {name: report for name, report in REPORTS.items() if report.content is Content.TSV}
OBSERVED = datetime(2026, 11, 21, 12, tzinfo=UTC)
MOST_VARIED = 6
"""Columns of a document that are drawn; the others are plain, or a wide report would take all the time."""

PLAIN = {
    Kind.TEXT: "plain",
    Kind.INTEGER: 7,
    Kind.DECIMAL: Decimal("1.50"),
    Kind.MONEY: Decimal("12.50"),
    Kind.INSTANT: datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC),
    Kind.DAY: date(2026, 11, 20),
    Kind.FLAG: True,
}
ORDER_IDS = st.from_regex(r"\A[0-9]{3}-[0-9]{7}-[0-9]{7}\Z")
IDENTITIES = {
    "seller_feedback": {"amazon_order_id": ORDER_IDS},  # what proves that columns stand where they should
    "fba_returns": {"amazon_order_id": ORDER_IDS},  # part of a made-up id
}
"""Columns that hold what Amazon makes, which may not be just anything."""

UNIQUE = {"fba_returns": ("amazon_order_id",)}
"""What tells records apart that a report takes for one; the others are told apart by their key."""

FEEDBACK_ORDER = ("Date", "Rating", "Comments", "Your Response", "Order ID", "Rater Email")
IN_GERMAN = ("Datum", "Bewertung", "Kommentare", "Ihre Antwort", "Bestellnummer", "E-Mail des Bewertenden")
"""The columns of seller feedback stand in one order under headers of many languages."""

CURRENCIES = {"US": "USD", "DE": "EUR", "JP": "JPY"}


@dataclass(frozen=True)
class Document:
    """A document's bytes with what they mean."""

    data: bytes
    place: Place
    meant: Mapping[str, list[dict[str, object]]]

    def parse(self, report: Report) -> Parsed:
        context = DocumentContext(marketplace(self.place.code), self.place.content_type, None, OBSERVED)
        return report.parse(self.data, context)


def read_back(parsed: Parsed, table: FactTable, names: list[str]) -> list[dict[str, object]]:
    """The rows that were read, as plain values; null is None."""
    frame = frames_of(parsed)[table.name]
    return pa.Table.from_pandas(frame[names], preserve_index=False).to_pylist()


shapes = st.builds(
    Shape,
    line_end=st.sampled_from(["\n", "\r\n"]),
    ends_last_line=st.booleans(),
    drops_trailing=st.booleans(),
    repeated_header_at=st.none() | st.just(1),
    absent=st.integers(0, 1),
)


def served(place: Place, text: str) -> bool:
    """Tell whether the bytes can be known for what they are: some texts of one character set are good text of another."""
    if place.label or place.charset == "utf-8":
        has_lead_bytes = any(0x80 <= byte < 0xA0 for byte in text.encode(place.charset))
        return place.label != "ISO-8859-1" or place.charset != "cp932" or text.isascii() or has_lead_bytes
    try:
        text.encode(place.charset).decode()
    except UnicodeError:
        return True
    return text.isascii()


def places_of(name: str) -> list[Place]:
    """Where the document may come from; those with decimal commas more often where the report has them."""
    with_commas = [place for place in PLACES if place.has_commas and WRITINGS[name].is_local]
    return [*PLACES, *with_commas * 2]


@st.composite
def records(draw, report_name: str, place: Place):
    """Records of a report's table as typed values: some columns are drawn, some are empty, and the others plain."""
    (table,) = FLAT[report_name].tables
    writing, columns = WRITINGS[report_name], {column.name: column for column in table.document_columns}
    keys = [name for name in table.key if name in columns]
    others = [name for name in columns if name not in keys]
    varied = [*keys, *draw(st.lists(st.sampled_from(others), max_size=MOST_VARIED, unique=True))]
    last_ones = others[len(others) - draw(st.integers(0, MOST_VARIED)) :]
    empty = dict.fromkeys([name for name in last_ones if name not in varied])
    plain = {name: PLAIN[column.kind] for name, column in columns.items()} | empty

    def cell(name):
        given = IDENTITIES.get(report_name, {}).get(name)
        drawn = values(columns[name], place.charset, is_quoted=writing.is_quoted) if given is None else given
        sayable = drawn.map(lambda value: said(report_name, value, is_kept=name in keys))
        return sayable if name in keys else st.none() | sayable

    cells = st.fixed_dictionaries({name: cell(name) for name in varied})
    identity = UNIQUE.get(report_name) or (() if ORDINAL in table.key else keys)
    unique_by = (lambda record: tuple(record[name] for name in identity)) if identity else None
    return [plain | record for record in draw(st.lists(cells, min_size=1, max_size=4, unique_by=unique_by))]


def said(name: str, value: object, *, is_kept: bool) -> object:
    """Return the value as far as the report can say it: months for days, and no text that is a sign for nothing."""
    if name == "storage_fees" and isinstance(value, date):
        return value.replace(day=1) if not isinstance(value, datetime) else value
    return f"{value}." if value in WRITINGS[name].absent_text and not is_kept else value


@st.composite
def documents(draw, name: str):
    """A document of a report with one table, and its records."""
    report = FLAT[name]
    (table,) = report.tables
    place, shape, writing = draw(st.sampled_from(places_of(name))), draw(shapes), WRITINGS[name]
    ignored = tuple(header for header in report.left_out if header.isascii())[-3:]
    rows = draw(records(name, place))
    file = FlatFile(table.document_columns, writing, place, shape, ignored)
    if name == "seller_feedback":
        spelled = draw(st.sampled_from([{}, dict(zip(FEEDBACK_ORDER, IN_GERMAN, strict=True))]))
        file = replace(file, order=FEEDBACK_ORDER, spelled=spelled)
    words = texts(place.charset, is_quoted=writing.is_quoted)
    free = words | st.just("a\tcomment\twith\ttabs") if writing.free_text else words
    lines = [row | {header: draw(free if header == writing.free_text else words) for header in ignored} for row in rows]
    return written(file, lines, {table.name: rows})


def written(file: FlatFile, lines, meant) -> Document:
    text = file.render(lines)
    place = file.place if served(file.place, text) else replace(file.place, label=LABELS[file.place.charset])
    return Document(file.encode(text), place, meant)


LABELS = {"cp1252": "Cp1252", "cp932": "Windows-31J"}


@st.composite
def settlements(draw, name: str):
    """Settlements, each with a summary line that alone names dates, total and currency, and the lines that add up to it."""
    report = FLAT[name]
    summary, detail = report.tables
    place, shape, writing = draw(st.sampled_from(places_of(name))), draw(shapes), WRITINGS[name]
    columns = {column.name: column for column in (*summary.document_columns, *detail.document_columns)}
    file = FlatFile(tuple(columns.values()), writing, place, shape, tuple(report.left_out))
    amounts = st.none() | st.decimals(-(10**9), 10**9, places=2)
    heads, bodies, lines = [], [], []
    for head in draw(st.lists(cells_of(summary, place), min_size=1, max_size=2, unique_by=lambda head: head["settlement_id"])):
        body = draw(st.lists(cells_of(detail, place), max_size=3))
        for item in body:
            item |= {"settlement_id": head["settlement_id"], "amount": draw(amounts)}
        total = sum((item["amount"] for item in body if item["amount"] is not None), Decimal("0.00"))
        head |= {"total_amount": total, "currency": CURRENCIES[place.code]}
        heads.append(head)
        bodies += [item | {"currency": head["currency"]} for item in body]
        lines += [head, *body]
    return written(file, lines, {summary.name: heads, detail.name: bodies})


def cells_of(table: FactTable, place: Place):
    """Records of a table whose every cell is drawn or nothing, but for the key."""
    drawn = {
        column.name: values(column, place.charset) if column.name in table.key else st.none() | values(column, place.charset)
        for column in table.document_columns
    }
    return st.fixed_dictionaries(drawn)


def assert_round_trip(report: Report, document: Document) -> None:
    parsed = document.parse(report)

    assert parsed.skipped == ()
    assert parsed.unknown_columns == ()
    for table in report.tables:
        rows = document.meant[table.name]
        names = list(rows[0]) if rows else [column.name for column in table.document_columns]
        assert read_back(parsed, table, names) == [{name: row[name] for name in names} for row in rows]


def documents_of(name: str):
    return settlements(name) if name == "settlement" else documents(name)


def check_with(max_examples: int, *, derandomize: bool):
    return settings(
        max_examples=max_examples,
        derandomize=derandomize,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


every_flat_file = pytest.mark.parametrize("name", FLAT)


@every_flat_file
@check_with(15, derandomize=True)
@given(data=st.data())
def test_what_is_written_is_what_is_read(name, data):
    assert_round_trip(FLAT[name], data.draw(documents_of(name)))


@pytest.mark.slow
@pytest.mark.long
@every_flat_file
@check_with(60, derandomize=False)
@given(data=st.data())
def test_what_is_written_is_what_is_read_however_long_one_looks(name, data):
    assert_round_trip(FLAT[name], data.draw(documents_of(name)))


def test_every_flat_file_has_a_way_of_writing():
    assert set(WRITINGS) == set(FLAT)
