"""How many days are left to order more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sellerwatch.metrics.measured_days import Measuring
from sellerwatch.metrics.shape import COLUMNS
from sellerwatch.metrics.stock.forecast import Forecast
from sellerwatch.metrics.stock.inbound import Place
from sellerwatch.metrics.stock.ordering import _row

NIGHT = date(2026, 11, 17)
THROUGH = datetime(2026, 11, 16, 8, tzinfo=UTC)
MEASURING = Measuring("store", NIGHT, datetime(2026, 11, 17, 12, tzinfo=UTC), ())
MILLION = 1_000_000


def row(**given):
    return _row(MEASURING, Place("US", "A"), Forecast(NIGHT, "ok", None, **given), THROUGH)


def test_a_sku_has_a_row_in_the_columns_of_a_measure():
    found = row(order_by=NIGHT + timedelta(days=5), order_status="ok")

    assert found == {
        "marketplace": "US",
        "subject": "A",
        "period_on": NIGHT,
        "numerator": 5 * MILLION,
        "denominator": None,
        "currency": None,
        "status": "ok",
        "reason": None,
        "is_final": True,
        "data_through": THROUGH,
    }
    assert tuple(found) == COLUMNS


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"order_by": NIGHT, "order_status": "ok"}, (0, "ok", None)),
        ({"order_by": NIGHT - timedelta(days=3), "order_status": "ok"}, (-3 * MILLION, "ok", None)),
        (
            {"order_by": NIGHT + timedelta(days=1), "order_status": "provisional", "order_reason": "lead_time_incomplete"},
            (MILLION, "provisional", "lead_time_incomplete"),
        ),
        ({"order_reason": "not_within_a_year"}, (365 * MILLION, "ok", None)),
        ({"order_reason": "no_lead_time"}, (None, "unknown", "no_lead_time")),
    ],
)
def test_the_days_left_may_have_passed_lie_beyond_a_year_or_be_unknown(given, said):
    found = row(**given)

    assert (found["numerator"], found["status"], found["reason"]) == said
