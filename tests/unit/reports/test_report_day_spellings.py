"""Days as reports spell them: what is turned, what is left to be refused, and what refuses the whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.reports.day_spellings import are_months, from_instant, from_month_first, from_named_month
from sellerwatch.reports.document import DocumentContext, DocumentError

US = DocumentContext(marketplace("US"), "", None, datetime(2026, 11, 21, tzinfo=UTC))
JP = DocumentContext(marketplace("JP"), "", None, datetime(2026, 11, 21, tzinfo=UTC))


def turned(respell, word, context=US):
    return respell(pa.array([word]), context)[0].as_py()


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("05/13/2026", "2026-05-13"),
        ("12/31/2026", "2026-12-31"),
        ("05/2026", "2026-05-01"),
        ("2026-05-13", "2026-05-13"),
        ("2026-05-13T00:00:00-0700", "2026-05-13"),
    ],
)
def test_the_ledgers_days_have_the_month_first(word, day):
    assert turned(from_month_first, word) == day


@pytest.mark.parametrize(
    "word", ["5/13/2026", "05/13/26", "13/2026", "00/2026", "05/13/2026 x", "2026-05-13T00:00:00", "May", ""]
)
def test_what_is_no_such_day_is_left_as_it_is(word):
    assert turned(from_month_first, word) == word


def test_one_date_with_its_day_first_refuses_the_document():
    with pytest.raises(DocumentError, match=r"'13/05/2026'.*teach the report's module") as caught:
        from_month_first(pa.array(["05/06/2026", "13/05/2026"]), US)

    assert "US" in caught.value.where


def test_months_are_told_from_days():
    assert are_months(pa.array(["05/2026", "05/13/2026", "2026-05-13", None])).to_pylist() == [True, False, False, None]


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("20-Aug-2026", "2026-08-20"),
        ("01-Jan-2027", "2027-01-01"),
        ("2026-08-20", "2026-08-20"),
        ("20-Aou-2026", "20-Aou-2026"),
    ],
)
def test_months_may_be_named(word, day):
    assert turned(from_named_month, word) == day


@pytest.mark.parametrize(("context", "day"), [(US, "2026-10-01"), (JP, "2026-10-02")])
def test_an_instant_is_of_the_marketplaces_local_day(context, day):
    assert turned(from_instant, "2026-10-02T03:00:00Z", context) == day


def test_an_instant_that_is_none_spoils_no_other():
    words = pa.array(["2026-10-02T03:00:00Z", "2026-13-02T03:00:00Z", "x", None])

    assert from_instant(words, US).to_pylist() == ["2026-10-01", "2026-13-02T03:00:00Z", "x", None]
