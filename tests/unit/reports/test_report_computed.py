"""Columns that are not in the document: local days, places among equal lines, snapshot days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.core.marketplaces import MARKETPLACES, marketplace
from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import local_days, ordinals
from sellerwatch.reports.document import DocumentContext
from sellerwatch.reports.registry import REPORTS


def instants(*values):
    return pa.chunked_array([pa.array(values, pa.timestamp("us", "UTC"))])


def test_a_day_begins_at_the_stores_midnight():
    midnight = datetime(2026, 11, 20, 8, tzinfo=UTC)
    just_before = midnight - timedelta(microseconds=1)

    days = local_days(instants(just_before, midnight, None), ZoneInfo("America/Los_Angeles"))

    assert days.to_pylist() == [date(2026, 11, 19), date(2026, 11, 20), None]


def test_days_of_23_and_25_hours_are_whole_days():
    zone = ZoneInfo("Europe/Berlin")
    hours = [datetime(2026, 10, 24, 22, tzinfo=UTC) + timedelta(hours=hour) for hour in range(25)]

    assert set(local_days(instants(*hours), zone).to_pylist()) == {date(2026, 10, 25)}


@given(
    st.lists(st.datetimes(datetime(1996, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)), max_size=5),  # noqa: DTZ001  bounds are naive by Hypothesis' design
    st.sampled_from(MARKETPLACES),
)
def test_every_marketplaces_day_is_the_one_core_gives(moments, place):
    assert local_days(instants(*moments), place.zone).to_pylist() == [local_day(moment, place.zone) for moment in moments]


def test_equal_lines_are_counted_in_the_documents_order():
    facts = pa.table({"order": ["1", "2", "1", "1", "2", "3"], "sku": ["A", "A", "A", "B", "A", "A"]})

    assert ordinals(facts, ("order", "sku")).to_pylist() == [1, 1, 2, 1, 2, 1]


@pytest.mark.parametrize("orders", [[], ["1"], ["1", "2"]])
def test_lines_without_an_equal_are_all_first(orders):
    facts = pa.table({"order": pa.array(orders, pa.string()), "sku": pa.array(["A"] * len(orders), pa.string())})

    assert ordinals(facts, ("order", "sku")).to_pylist() == [1] * len(orders)


@pytest.mark.parametrize(
    ("code", "expected"), [("US", date(2026, 11, 20)), ("DE", date(2026, 11, 21)), ("JP", date(2026, 11, 21))]
)
def test_a_snapshot_without_a_date_is_of_the_stores_day_at_which_it_was_made(code, expected):
    report = REPORTS["fba_inventory"]
    (table,) = report.tables
    headers = [column.header for column in table.document_columns if column.required]
    data = "\n".join("\t".join(row) for row in (headers, ["1"] * len(headers))).encode()
    made_at = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)

    parsed = report.parse(data, DocumentContext(marketplace(code), "", None, made_at))

    (row,) = table.rows(parsed.frames[table.name])
    assert (row.snapshot_on, row.currency) == (expected, marketplace(code).currency)
