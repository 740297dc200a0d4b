"""What a newer document of returns, reimbursements or ledger events does to the rows that an older one left."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.core.periods import Days
from sellerwatch.reports.document import DocumentContext, SortedFacts
from sellerwatch.reports.registry import REPORTS
from sellerwatch.warehouse.replacing import NewFacts, replace_facts
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.windows import Window

RETURNS = "return-date\torder-id\tsku\tasin\tquantity\tdetailed-disposition\treason\tlicense-plate-number"
LEDGER = "Date\tFNSKU\tASIN\tMSKU\tEvent Type\tQuantity\tFulfillment Center\tDisposition"
PAYMENTS = (
    "approval-date\treimbursement-id\treason\tasin\tcurrency-unit\tamount-total\t"
    "quantity-reimbursed-cash\tquantity-reimbursed-inventory"
)


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def load(connection, report, night, *lines):
    """Load a document that Amazon made on that day of November, for the two days before it."""
    days = Days(date(2026, 11, night - 2), date(2026, 11, night - 1))
    observed_at = datetime(2026, 11, night, 12, tzinfo=UTC)
    context = DocumentContext(marketplace("US"), "", days, observed_at)
    window = Window("store", "US", report, days)
    document = SimpleNamespace(id=f"{report}#{night}", window=window, observed_at=observed_at)
    table = REPORTS[report].tables[0]
    frame = REPORTS[report].parse("\n".join(lines).encode(), context).frames[table.name]
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    replace_facts(connection, document, NewFacts(table, SortedFacts(rows.num_rows, rows), has_gaps=False))
    return table


def kept(connection, table, *names):
    columns = FACTS[table.name].c
    return sorted(tuple(row) for row in connection.execute(select(*(columns[name] for name in names))))


def unit(day, label):
    return f"2026-11-{day:02d}T20:00:00+00:00\t111-1\tA\tB0A\t1\tSELLABLE\tDEFECTIVE\t{label}"


@pytest.mark.parametrize("order", [(10, 15), (15, 10, 15)], ids=["as made", "the newer one again after a late one"])
def test_a_unit_is_one_return_of_the_day_the_newest_document_names(connection, order):
    documents = {10: [unit(8, "LPN1"), unit(9, "LPN2")], 15: [unit(14, "LPN1")]}

    for night in order:
        table = load(connection, "fba_returns", night, RETURNS, *documents[night])

    names = ("license_plate_number", "returned_on")
    assert kept(connection, table, *names) == [("LPN1", date(2026, 11, 14)), ("LPN2", date(2026, 11, 9))]


def test_a_later_document_that_does_not_name_a_return_leaves_it(connection):
    load(connection, "fba_returns", 10, RETURNS, unit(8, "LPN1"))

    table = load(connection, "fba_returns", 15, RETURNS)

    assert len(kept(connection, table, "return_id")) == 1


def test_a_days_events_are_replaced_as_a_whole_and_equal_ones_all_count(connection):
    event = "11/{:02d}/2026\tX1\tB0A\tA\tShipments\t-1\tPHL7\tSELLABLE"
    load(connection, "ledger_detail", 10, LEDGER, *[event.format(8)] * 3, event.format(9))

    table = load(connection, "ledger_detail", 11, LEDGER, *[event.format(9)] * 2)

    assert kept(connection, table, "happened_on", "ordinal") == [
        (date(2026, 11, day), n) for day, n in [(8, 1), (8, 2), (8, 3), (9, 1), (9, 2)]
    ]


def test_a_reimbursement_that_is_pulled_again_is_not_doubled(connection):
    line = "2026-11-09T10:00:00+00:00\t100\tLost_Warehouse\tB0A\tUSD\t{}\t1\t0"
    load(connection, "reimbursements", 10, PAYMENTS, line.format("5.00"), line.format("6.00"))

    table = load(connection, "reimbursements", 11, PAYMENTS, line.format("5.00"), line.format("6.00"))

    assert kept(connection, table, "reimbursement_id", "ordinal") == [("100", 1), ("100", 2)]
