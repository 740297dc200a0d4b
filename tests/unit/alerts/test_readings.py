"""What a rule reads of a night: one row a subject, with final limits and what the value is worth."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from sellerwatch.alerts.reading.tonight import RuleError, read
from sellerwatch.settings.comparing import CategoryUsual
from sellerwatch.settings.exemptions import Exemption
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.metric_rows import alter_values
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.judged_store import JudgedStore
from tests.unit.alerts.one_sku import RULE

MARGIN = {"number": "X1", "title": {"en": "x", "zh": "x"}, "owner": "lead", "playbook": "PB-1", "version": 1}


@pytest.fixture
def store(sqlite_warehouse, shipped):
    return JudgedStore(sqlite_warehouse, shipped, store_id="test_store", every_rule=True)


def frame_of(store, rule, on=NIGHT):
    rule = store.settings.rules[rule] if isinstance(rule, str) else rule
    with reading(store.engine) as connection:
        return read(connection, store.settings, rule, store.store_id, on).frame.set_index("id")


def outcomes(frame):
    return {name: (row.outcome, row.reason) for name, row in frame.iterrows()}


def test_each_value_is_told_by_what_it_is_worth(store):
    store.cover({"A": 2.8, "B": "no_demand", "C": "no_data", "D": "not_listed"})
    store.cover({"E": 2.8}, units=0.5)

    assert outcomes(frame_of(store, "stockout_tiers")) == {
        "A": ("value", ""),
        "B": ("insufficient", "no_demand"),
        "C": ("no_data", "no_data"),
        "D": ("not_applicable", "Amazon no longer ships the offer"),
        "E": ("insufficient", "below_min_volume"),
    }


def test_a_tier_that_a_rule_lacks_has_no_limit(store):
    store.put("excess_inventory_pct", "sku", "A", 30.0)
    store.put("excess_inventory_pct", "marketplace", "US", 30.0)

    row = frame_of(store, "excess_stock").loc["A"]

    assert pd.isna(row.enter_yellow)
    assert pd.isna(row.enter_red)
    assert row.enter_orange == pytest.approx(25, abs=1e-9)
    assert row.enter_orange > 25


def test_a_night_without_any_value_gives_no_rows_and_all_columns(store):
    for rule in store.settings.rules:
        frame = frame_of(store, rule)
        assert frame.empty
        assert {"marketplace", "kind", "value", "outcome", "enter_red", "exit_yellow", "valued_on"} <= set(frame.columns)


def test_a_feed_s_limits_are_multiples_of_its_own(store):
    store.feeds()

    frame = frame_of(store, "stale_feed")

    fresh = {name: float(store.settings.reports[name].freshness_hours) for name in frame.index}
    assert {name: row.enter_red for name, row in frame.iterrows()} == {name: 4 * hours for name, hours in fresh.items()}


@pytest.mark.parametrize(("usual", "red"), [(10.0, 25.0), (12.5, 25.0), (13.0, 32.5), (30.0, 75.0)])
def test_red_returns_begin_further_out_where_much_comes_back_in_the_category(store, usual, red):
    categories = store.settings.categories
    own = {"general": {"return_rate": CategoryUsual(typical=usual, source="test")}}
    store.configured(categories=categories.model_copy(update={"categories": own}))
    put_d30(store, "return_rate", "A", 10.0)

    row = frame_of(store, "return_rate").loc["A"]

    assert (row.enter_yellow, row.enter_orange, row.enter_red) == (1.5 * usual, 2 * usual, red)
    assert row.reference == usual
    assert row.evidence == f"its category {usual:.6g}"


def put_d30(store, metric, subject, value):
    """A value of thirty days up to yesterday, and the marketplace's, which says that they are measured."""
    for kind, name in (("sku", subject), ("marketplace", "US")):
        store.put(metric, kind, name, value, on=day(-1))
    with store.engine.begin() as connection:
        alter_values(connection, METRIC_VALUE.c.metric == "return_rate", period="d30")


def test_who_is_exempt_is_held_while_it_lasts(store):
    exempt = Exemption.model_validate(
        {
            "kind": "investment",
            "metrics": ["days_of_cover"],
            "subjects": ["A"],
            "from": NIGHT,
            "to": day(1),
            "decided_by": "lead",
            "decided_on": day(-9),
            "why": "sold out on purpose",
        }
    )
    store.night(0, {"A": 2.8})
    store.configured(exemptions=(exempt,))

    sent = store.night(1, {"A": 40.0, "B": 2.0})
    held = store.alert("A").status
    store.night(2, {"A": 40.0, "B": 2.0})

    assert [(item.kind, item.tone) for item in sent] == [("root", "orange")]
    assert (held, store.alert("A").status) == ("firing", "recovering")


def test_a_rule_in_shadow_is_judged_and_tells_nobody(store):
    rules = store.shipped.rules
    quiet = rules["stockout_tiers"].model_copy(update={"shadow": True})
    store.configured(rules={**rules, "stockout_tiers": quiet})

    assert store.night(0, {"A": 0.5}) == []
    assert store.events("A") == ["fired"]


def test_a_value_that_is_not_finite_is_an_error_of_its_rule_alone(store):
    store.put("stockout_rate", "marketplace", "US", float("inf"))

    with pytest.raises(RuleError, match=r"a value of stockout_rate is not finite \[R02\]"):
        frame_of(store, "stockout_rate")


def test_settled_values_alone_are_read_where_a_rule_waits_for_them(store):
    rule = Rule.model_validate(
        {
            **MARGIN,
            "metric": "sessions",
            "subject": "marketplace",
            "settled": True,
            "breach": "at_most",
            "tiers": {"red": {"enter": 5, "exit": 5}},
        }
    )
    store.put("sessions", "marketplace", "US", 7.0, on=day(-5))
    store.put("sessions", "marketplace", "US", 3.0, on=day(-1))
    with store.engine.begin() as connection:
        alter_values(connection, METRIC_VALUE.c.value == 3.0, is_final=False)

    settled, newest = frame_of(store, rule).loc["US"], frame_of(store, rule.model_copy(update={"settled": False})).loc["US"]

    assert (settled.value, settled.valued_on) == (7.0, NIGHT - timedelta(days=5))
    assert (newest.value, newest.valued_on) == (3.0, NIGHT - timedelta(days=1))


def test_a_night_s_own_measure_is_read_of_that_night_alone(store):
    store.cover({"A": 2.8}, on=day(-1))

    assert frame_of(store, RULE).empty


def test_a_tier_nobody_has_numbers_for_does_not_exist_and_one_that_lacks_them_tonight_is_waited_for(store):
    rule = replaced_when(["roas", "acos"])
    store.put("roas", "marketplace", "US", 5.0, on=day(-1))
    store.put("acos", "marketplace", "US", None, on=day(-1), reason="not_observable")
    never = frame_of(store, rule).loc["US"]
    store.put("acos", "marketplace", "US", None, on=day(-1), reason="no_data")
    tonight = frame_of(store, rule).loc["US"]
    store.put("roas", "marketplace", "US", 0.5, on=day(-1))
    reached = frame_of(store, rule).loc["US"]

    assert (never.outcome, never.value) == ("value", 0.0)
    assert pd.isna(never.enter_red)
    assert (tonight.outcome, tonight.reason) == ("no_data", "no_data")
    assert (reached.outcome, reached.value, reached.evidence) == ("value", 1.0, "roas (day) < 1: 0.5")


def test_a_depth_is_not_left_before_the_exit_of_its_condition(store):
    rule = replaced_when(["roas", "acos"])
    store.put("acos", "marketplace", "US", 10.0, on=day(-1))
    store.put("roas", "marketplace", "US", 1.1, on=day(-1))
    wobbling = frame_of(store, rule).loc["US"]
    store.put("roas", "marketplace", "US", 1.3, on=day(-1))
    well = frame_of(store, rule).loc["US"]

    assert (wobbling.value, wobbling.exit_yellow) == (0.0, 0.0)
    assert (well.value, well.exit_yellow) == (0.0, 1.0)


def replaced_when(metrics):
    first, second = metrics
    when = {
        "yellow": {"all": [{"metric": first, "below": 1, "exit": 1.2}]},
        "red": {"all": [{"metric": second, "at_least": 90}]},
    }
    return Rule.model_validate({**MARGIN, "metric": first, "subject": "marketplace", "when": when})


def test_the_frame_has_one_row_a_subject_and_marketplace(store):
    store.cover({"A": 2.8})
    store.places = ("US", "CA")
    store.cover({"A": 9.0}, place="CA")

    with reading(store.engine) as connection:
        found = read(connection, replace(store.settings), store.settings.rules["stockout_tiers"], store.store_id, NIGHT)

    assert list(zip(found.frame.marketplace, found.frame.id, found.frame.value, strict=True)) == [
        ("CA", "A", 9.0),
        ("US", "A", 2.8),
    ]
