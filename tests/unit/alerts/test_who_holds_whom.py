"""Which open alert explains another one, so that only the first is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sellerwatch.alerts.condition.machine import Condition
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.telling.inhibition import Inhibitors
from sellerwatch.settings.telling import Inhibition

COVER = Inhibition(metric="days_of_cover", tier="orange", holds=("units", "sessions"))
HEALTH = Inhibition(metric="account_health", tier="red", holds="all")
OFFERS = {("US", "B0A"): frozenset({"A"}), ("US", "B0T"): frozenset({"S1", "S2"})}


def alert(metric, kind, name, *, place="US", tier="orange", status="firing"):
    condition = Condition(status=status, tier=tier)
    return SimpleNamespace(metric=metric, subject=Subject(place, kind, name), condition=condition)


def rule_of(found):
    return (
        None
        if found.metric is None
        else SimpleNamespace(
            metric=found.metric, shadow=False, breach="at_least", audience=found.__dict__.get("audience", "store")
        )
    )


def holder(mine, *others, items=(COVER, HEALTH), may_hold=lambda _: True):
    """Return what holds an alert's news back among all open ones."""
    scene = SimpleNamespace(
        settings=SimpleNamespace(routing=SimpleNamespace(telling=SimpleNamespace(inhibition=items))),
        alerts=dict(enumerate((mine, *others))),
        rule_of=rule_of,
        is_ops=lambda found: found.metric == "night_problems",
    )
    inhibitors = Inhibitors(scene, may_hold)
    inhibitors.__dict__["_offers"] = OFFERS
    return inhibitors.holder(mine)


SHORT = alert("days_of_cover", "sku", "A")
SALES = alert("units", "sku", "A")


def test_a_stock_out_explains_what_it_names_of_the_same_sku():
    assert holder(SALES, SHORT) is SHORT
    assert holder(alert("sessions", "sku", "A"), SHORT) is SHORT
    assert holder(alert("return_rate", "sku", "A"), SHORT) is None
    assert holder(SALES) is None


@pytest.mark.parametrize(
    ("other", "holds"),
    [
        (alert("days_of_cover", "sku", "A", tier="red"), True),
        (alert("days_of_cover", "sku", "A", status="recovering"), True),
        (alert("days_of_cover", "sku", "A", tier="yellow"), False),
        (alert("days_of_cover", "sku", "A", status="resolved"), False),
        (alert("days_of_cover", "sku", "B"), False),
        (alert("days_of_cover", "sku", "A", place="CA"), False),
        (alert("stockout_rate", "sku", "A"), False),
        (alert(None, "sku", "A"), False),
    ],
)
def test_only_an_open_one_that_is_deep_enough_and_about_the_same_explains(other, holds):
    assert holder(SALES, other) is (other if holds else None)


def test_what_people_do_not_hear_of_explains_nothing():
    assert holder(SALES, SHORT, may_hold=lambda found: found is not SHORT) is None


def test_what_whoever_runs_the_pipeline_hears_is_held_by_nothing_and_holds_nothing():
    mine = alert("units", "sku", "A")
    mine.audience = "ops"
    every = Inhibition(metric="night_problems", tier="yellow", holds="all")

    assert holder(mine, SHORT) is None
    assert holder(alert(None, "sku", "A"), SHORT) is None
    assert holder(SALES, alert("night_problems", "store", "store"), items=(every,)) is None


@pytest.mark.parametrize(
    ("wide", "narrow", "holds"),
    [
        (("store", "s", "*"), ("sku", "A", "US"), True),
        (("store", "s", "*"), ("marketplace", "US", "US"), True),
        (("marketplace", "US", "US"), ("sku", "A", "US"), True),
        (("marketplace", "US", "US"), ("sku", "A", "CA"), False),
        (("marketplace", "US", "*"), ("store", "s", "*"), False),
        (("asin", "B0A", "US"), ("sku", "A", "US"), True),
        (("asin", "B0A", "US"), ("sku", "B", "US"), False),
        (("asin", "B0X", "US"), ("sku", "A", "US"), False),
        (("asin", "B0A", "US"), ("asin", "B0A", "US"), True),
        (("asin", "B0A", "US"), ("asin", "B0B", "US"), False),
        (("sku", "A", "US"), ("campaign", "A", "US"), False),
        (("sku", "A", "US"), ("marketplace", "US", "US"), False),
    ],
)
def test_what_is_wrong_with_all_of_a_thing_explains_its_parts(wide, narrow, holds):
    (kind, name, place), (own_kind, own_name, own_place) = wide, narrow
    cause = alert("account_health", kind, name, place=place, tier="red")

    assert holder(alert("units", own_kind, own_name, place=own_place), cause) is (cause if holds else None)


def test_a_product_is_explained_only_where_each_of_its_skus_is_short():
    product = alert("units", "asin", "B0T")
    one, two = (alert("days_of_cover", "sku", name) for name in ("S2", "S1"))

    assert holder(product, one) is None
    assert holder(product, one, two) is two, "by name the first"
    assert holder(product, one, alert("days_of_cover", "sku", "S1", place="CA")) is None
    assert holder(alert("units", "asin", "B0X"), one, two) is None
    assert holder(alert("units", "asin", "B0A", place="CA"), SHORT) is None


def test_a_product_may_be_explained_by_one_of_its_own_too():
    product, own = alert("units", "asin", "B0T"), alert("days_of_cover", "asin", "B0T")

    assert holder(product, alert("days_of_cover", "sku", "S1"), own) is own
    assert holder(product, own) is own


def test_of_a_chain_the_first_link_holds():
    suspended = alert("account_health", "store", "s", place="*", tier="red")

    assert holder(SALES, SHORT, suspended) is suspended
    assert holder(SHORT, suspended) is suspended


def test_the_first_rule_that_explains_is_the_one():
    second = Inhibition(metric="units", tier="yellow", holds=("sessions",))
    falling = alert("units", "sku", "A")
    mine = alert("sessions", "sku", "A")

    assert holder(mine, falling, items=(COVER, second)) is falling
    assert holder(mine, falling, SHORT, items=(second, COVER)) is SHORT, "what holds it is held itself"
