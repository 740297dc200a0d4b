"""Values that somebody has just looked up, in the shape a rule reads."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd

from sellerwatch.alerts.judging.given import Reading, readings_of
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.settings.rules import Band
from tests.unit.alerts.one_sku import RULE

NIGHT = date(2026, 11, 17)
THROUGH = datetime(2026, 11, 16, 8, tzinfo=UTC)


def test_each_value_stands_with_its_own_limits_by_subject(shipped):
    rule = RULE.model_copy(update={"tiers": {"red": Band(enter=1, exit=2)}})
    found = {
        Subject("US", "feed", "orders"): Reading(3, None, None),
        Subject("CA", "feed", "stock"): Reading(0.5, "never came", THROUGH),
    }

    readings = readings_of(shipped, rule, NIGHT, found)

    assert (readings.rule, readings.as_of) == (rule, NIGHT)
    rows = readings.frame.astype(object).where(readings.frame.notna(), None).to_dict("records")
    limits = {
        "enter_yellow": None,
        "enter_orange": None,
        "exit_yellow": None,
        "exit_orange": None,
        "enter_red": 1,
        "exit_red": 2,
    }
    said = {"kind": "feed", "outcome": "value", "valued_on": NIGHT, "evidence": "", **limits}
    assert rows == [
        {"marketplace": "CA", "id": "stock", "value": 0.5, "reason": "never came", "data_through": THROUGH, **said},
        {"marketplace": "US", "id": "orders", "value": 3.0, "reason": "", "data_through": None, **said},
    ]
    assert readings.frame["value"].dtype == "float64"


def test_limits_that_are_relative_are_multiples_of_how_fresh_the_feed_has_to_be(shipped):
    rule = shipped.rules["stale_feed"]
    feed = "fba_inventory"

    readings = readings_of(shipped, rule, NIGHT, {Subject("US", "feed", feed): Reading(1.0, None, None)})

    hours, row = shipped.reports[feed].freshness_hours, readings.frame.iloc[0]
    known = {
        tier: (row[f"enter_{tier}"], row[f"exit_{tier}"])
        for tier in ("yellow", "orange", "red")
        if pd.notna(row[f"enter_{tier}"])
    }
    assert known == {tier: (band.enter * hours, band.exit * hours) for tier, band in rule.tiers.items()}
