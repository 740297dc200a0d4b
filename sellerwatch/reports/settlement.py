"""Settlements: what Amazon paid out for a fortnight, and each amount that it is made of.

A document holds one line per settlement that says its total, and a line for each amount. A settlement is taken whole or
not at all: lines that do not add up to the total refuse the document, because an amount is missing or misread. Equal lines
are real; a newer document of a settlement replaces all of its lines.

Numbers and dates are written as the settlement's currency has it. Amazon's words for transactions and amounts are an open
list: what is not known stays as written, to be counted as unclassified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.marketplaces import MARKETPLACES
from sellerwatch.reports.casting import NOT_AVAILABLE, Facts, cast_column, cast_records
from sellerwatch.reports.computed import ORDINAL, local_days, ordinals
from sellerwatch.reports.contract import LINE, Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, DocumentError, Parsed, SkippedRecord
from sellerwatch.reports.flatfile import nothing_computed
from sellerwatch.reports.localfile import TextFile, finished, in_order, read_text
from sellerwatch.reports.notation import MARKS, Habits, decide
from sellerwatch.reports.words import mask


@dataclass(frozen=True, slots=True)
class Settlement:
    """One settlement, as its summary line tells it."""

    settlement_id: str
    started_at_utc: datetime | None
    ended_at_utc: datetime | None
    deposited_at_utc: datetime | None
    total_amount: Decimal | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One amount of a settlement."""

    settlement_id: str
    transaction_type: str | None
    amazon_order_id: str | None
    merchant_order_id: str | None
    adjustment_id: str | None
    shipment_id: str | None
    marketplace_name: str | None
    amount_type: str | None
    amount_description: str | None
    amount: Decimal | None
    currency: str | None
    fulfillment_id: str | None
    posted_date: str | None
    posted_at_utc: datetime | None
    posted_on: date | None
    order_item_code: str | None
    sku: str | None
    quantity: int | None
    promotion_id: str | None
    ordinal: int


SETTLEMENT_COLUMNS = (
    Column("settlement_id", "settlement-id", Kind.TEXT, "Amazon's id of the settlement.", required=True),
    Column("started_at_utc", "settlement-start-date", Kind.INSTANT, "When the settled period began."),
    Column("ended_at_utc", "settlement-end-date", Kind.INSTANT, "When the settled period ended."),
    Column("deposited_at_utc", "deposit-date", Kind.INSTANT, "When the total was or will be paid out."),
    Column(
        "total_amount",
        "total-amount",
        Kind.MONEY,
        "What is paid out; the settlement's lines add up to it exactly.",
        required=True,
    ),
    Column("currency", "currency", Kind.TEXT, "Currency of the settlement and of all its lines.", required=True),
)

LINE_COLUMNS = (
    Column("settlement_id", "settlement-id", Kind.TEXT, "Amazon's id of the settlement.", required=True),
    Column(
        "transaction_type",
        "transaction-type",
        Kind.TEXT,
        "Order, Refund, ServiceFee, other-transaction, or a word of Amazon's.",
        required=True,
    ),
    Column("amazon_order_id", "order-id", Kind.TEXT, "Amazon's id of the order; blank for what belongs to none."),
    Column("merchant_order_id", "merchant-order-id", Kind.TEXT, "The seller's own id of the order."),
    Column("adjustment_id", "adjustment-id", Kind.TEXT, "Amazon's id of a refund or other adjustment."),
    Column("shipment_id", "shipment-id", Kind.TEXT, "Amazon's id of the shipment."),
    Column("marketplace_name", "marketplace-name", Kind.TEXT, "Where it was sold; may be blank for fees."),
    Column("amount_type", "amount-type", Kind.TEXT, "ItemPrice, ItemFees, Promotion, or a word of Amazon's.", required=True),
    Column(
        "amount_description",
        "amount-description",
        Kind.TEXT,
        "What the amount is: Principal, Commission, or a word of Amazon's.",
        required=True,
    ),
    Column("amount", "amount", Kind.MONEY, "The amount; what the seller pays is negative.", required=True),
    Column("currency", "", Kind.TEXT, "Currency of the amount: that of the settlement; computed."),
    Column("fulfillment_id", "fulfillment-id", Kind.TEXT, "Who shipped: AFN is Amazon, MFN the seller."),
    Column("posted_date", "posted-date", Kind.TEXT, "The day of the posting, as Amazon writes it."),
    Column("posted_at_utc", "posted-date-time", Kind.INSTANT, "When Amazon posted the amount."),
    Column(
        "posted_on",
        "",
        Kind.DAY,
        "The marketplace's local day of the posting, or Amazon's where the time is not known; computed.",
    ),
    Column("order_item_code", "order-item-code", Kind.TEXT, "Amazon's id of the order's item."),
    Column("sku", "sku", Kind.TEXT, "The seller's SKU, exactly as written; blank for what belongs to none."),
    Column("quantity", "quantity-purchased", Kind.INTEGER, "Units the amount is for."),
    Column("promotion_id", "promotion-id", Kind.TEXT, "Name of the promotion."),
    Column(ORDINAL, "", Kind.INTEGER, "Place among the document's lines of the settlement, from 1; computed."),
)

SETTLEMENT = FactTable(
    name="settlement",
    columns=SETTLEMENT_COLUMNS,
    key=("settlement_id",),
    replace=Replace.BY_SCOPE,
    scope="settlement_id",
    row=Settlement,
    title="One settlement",
)

SETTLEMENT_LINE = FactTable(
    name="settlement_line",
    columns=LINE_COLUMNS,
    key=("settlement_id", ORDINAL),
    replace=Replace.BY_SCOPE,
    scope="settlement_id",
    row=SettlementLine,
    title="One amount of a settlement",
)

_UNUSED = "no metric needs it"
LEFT_OUT: Mapping[str, str] = {
    "merchant-order-item-id": _UNUSED,
    "merchant-adjustment-item-id": _UNUSED,
}

_COLUMNS = {column.name: column for column in (*SETTLEMENT.document_columns, *SETTLEMENT_LINE.document_columns)}
_DOCUMENT = replace(SETTLEMENT_LINE, columns=tuple(_COLUMNS.values()))
"""The columns of both tables, which stand side by side in the document."""

_POSTED_DAY = replace(_COLUMNS["posted_date"], kind=Kind.DAY)
_CURRENCIES = pa.array(sorted({place.currency for place in MARKETPLACES}))
_UTC = "+00:00"
"""Amazon's settlement times are in UTC; those in yen do not say so."""


@dataclass(frozen=True, slots=True)
class _Share:
    """What a document says in one currency, typed: its settlements, their totals wherever readable, and their lines."""

    settlements: Facts
    totals: tuple[tuple[str | None, Decimal | None], ...]
    lines: Facts
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Balance:
    """A settlement's total and the sum of its lines, which must be equal."""

    settlement_id: str
    total: Decimal | None
    sum: Decimal


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a settlement document.

    Raises:
        DocumentError: also when the lines of a settlement do not add up to its total.
    """
    text = read_text(data, context, table=_DOCUMENT, left_out=LEFT_OUT)
    summaries, details = _parts(text)
    shares = [_share(*part) for part in _by_currency(summaries, details)]
    settlements, lines = _joined([share.settlements for share in shares]), _joined([share.lines for share in shares])
    frame, repeated = finished(settlements, SETTLEMENT, context, nothing_computed)
    line_frame, _ = finished(lines, SETTLEMENT_LINE, context, partial(_compute, summaries=summaries))
    skipped = in_order([*text.parsed.skipped, *settlements.skipped, *lines.skipped, *repeated])
    for balance in _balances(shares, details):
        _refuse_unbalanced(balance, skipped, context)
    notes = dict.fromkeys([note for share in shares for note in share.notes])
    return replace(
        text.parsed,
        frames={SETTLEMENT.name: frame, SETTLEMENT_LINE.name: line_frame},
        skipped=skipped,
        notes=(*text.parsed.notes, *notes),
    )


def _parts(text: TextFile) -> tuple[TextFile, TextFile]:
    """Return the summary lines, which have a total and no amount of their own, and the others."""
    total, amount = (mask(_is_told(text.cells[name])) for name in ("total_amount", "amount"))
    is_summary = pa.array(total & ~amount)
    return text.chosen(pc.indices_nonzero(is_summary)), text.chosen(pc.indices_nonzero(pc.invert(is_summary)))


def _is_told(text: pa.Array) -> pa.Array:
    is_nothing = pc.is_in(pc.utf8_trim_whitespace(text), pa.array(["", NOT_AVAILABLE]))
    return pc.and_(pc.is_valid(text), pc.invert(is_nothing))


def _by_currency(summaries: TextFile, details: TextFile) -> Iterator[tuple[TextFile, TextFile, str]]:
    """Yield the summaries and lines of each currency; those of currencies that are not known go together."""
    currencies = [_known(_currency_of(part.cells["settlement_id"], summaries)) for part in (summaries, details)]
    for currency in pc.unique(pa.concat_arrays(currencies)).to_pylist() or [""]:
        rows = [pc.indices_nonzero(pc.equal(found, currency)) for found in currencies]
        yield summaries.chosen(rows[0]), details.chosen(rows[1]), currency


def _currency_of(settlement_ids: pa.Array, summaries: TextFile) -> pa.Array:
    """Return the currency that the first summary of each settlement names."""
    return summaries.cells["currency"].take(pc.index_in(settlement_ids, summaries.cells["settlement_id"]))


def _known(currencies: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(currencies, _CURRENCIES), currencies, "")


def _share(summaries: TextFile, details: TextFile, currency: str) -> _Share:
    """Type what a document says in one currency; its summaries and lines prove their notation together."""
    cells = {name: pa.concat_arrays([text, details.cells[name]]) for name, text in summaries.cells.items()}
    notation = decide(cells, _COLUMNS.values(), Habits(mark=MARKS.get(currency), bare_offset=_UTC))
    settlements = cast_records(summaries.cells, summaries.lines, SETTLEMENT, notation.plain)
    lines = cast_records(details.cells, details.lines, SETTLEMENT_LINE, notation.plain)
    totals = notation.plain(summaries.cells["total_amount"], _COLUMNS["total_amount"]).text
    return _Share(
        settlements=settlements,
        totals=tuple(
            zip(summaries.cells["settlement_id"].to_pylist(), cast_column(totals, Kind.MONEY)[0].to_pylist(), strict=True)
        ),
        lines=lines,
        notes=(*notation.notes, *settlements.notes, *lines.notes),
    )


def _joined(shares: list[Facts]) -> Facts:
    """Return the facts of all currencies in the document's order."""
    columns = pa.concat_tables([share.columns for share in shares])
    return Facts(
        columns if len(shares) == 1 else columns.sort_by(LINE),
        tuple(record for share in shares for record in share.skipped),
    )


def _compute(facts: pa.Table, context: DocumentContext, *, summaries: TextFile) -> dict[str, pa.Array]:
    posted_on = local_days(facts.column("posted_at_utc"), context.marketplace.zone)
    if posted_on.null_count:
        posted_on = pc.coalesce(posted_on, _written_days(facts.column("posted_date").combine_chunks()))
    return {
        "currency": _currency_of(facts.column("settlement_id").combine_chunks(), summaries),
        "posted_on": posted_on,
        ORDINAL: ordinals(facts, ("settlement_id",)),
    }


def _written_days(text: pa.Array) -> pa.Array:
    """Return the days that are written beyond doubt, and null for the others."""
    notation = decide({_POSTED_DAY.name: text}, [_POSTED_DAY], Habits())
    return cast_column(notation.plain(text, _POSTED_DAY).text, Kind.DAY)[0]


def _sums(lines: pa.Table) -> dict[str | None, Decimal]:
    """Return what the lines of each settlement add up to; lines without an amount add nothing."""
    grouped = lines.group_by("settlement_id").aggregate([("amount", "sum")])
    sums = zip(grouped.column("settlement_id").to_pylist(), grouped.column("amount_sum").to_pylist(), strict=True)
    return {settlement_id: amount or Decimal(0) for settlement_id, amount in sums}


def _balances(shares: list[_Share], details: TextFile) -> Iterator[_Balance]:
    """Yield each total and the sum it stands against; a settlement that only lines mention has no total."""
    sums: dict[str | None, Decimal] = {}
    for share in shares:
        sums |= _sums(share.lines.columns)
    totals = [pair for share in shares for pair in share.totals]
    summarised = {settlement_id for settlement_id, _ in totals}
    mentioned = [name for name in pc.unique(details.cells["settlement_id"]).to_pylist() if name not in summarised]
    for settlement_id, total in [*totals, *((name, None) for name in mentioned)]:
        if settlement_id is not None:
            yield _Balance(settlement_id, total, sums.get(settlement_id, Decimal(0)))


def _refuse_unbalanced(balance: _Balance, skipped: tuple[SkippedRecord, ...], context: DocumentContext) -> None:
    """Refuse a settlement whose lines do not add up to its total."""
    if balance.total == balance.sum:
        return
    total = (
        "no summary line tells its total-amount" if balance.total is None else f"its total-amount is {_plain(balance.total)}"
    )
    cause = f"; {len(skipped)} lines were set aside, the first: {_described(skipped[0])}" if skipped else ""
    raise DocumentError(
        f"The lines of settlement {balance.settlement_id} add up to {_plain(balance.sum)}, but {total}{cause}",
        where=f"{SETTLEMENT_LINE.name}, {context.marketplace.code}",
        remedy="Download the document again: it may be cut short. If it stays so, its numbers have a form not known yet",
    )


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _described(record: SkippedRecord) -> str:
    column = f" {record.column}" if record.column else ""
    return f"line {record.line}{column}, {record.reason} ({record.excerpt!r})"


REPORT = Report(
    name="settlement",
    amazon_type="GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    title="Settlements",
    content=Content.TSV,
    tables=(SETTLEMENT, SETTLEMENT_LINE),
    left_out=LEFT_OUT,
    parse=parse,
)
