"""What is told of a rule over several metrics while it gets better: in words, never in limits that it does not have."""

import pytest

from sellerwatch.alerts.showing.at_hand import AtHand
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.settings.rules import Clause, Conditions
from sellerwatch.warehouse.engine import reading
from tests.spec.small_world import day


@pytest.fixture
def aged(store):
    """One SKU whose stock has lain for long; what has lain for ninety days is known of the days before too."""
    store.each_alone()
    store.judging_by("aged_stock")
    for offset in range(-9, 0):
        store.put("aged_share_90", "sku", "A", 10.0, on=day(offset))
    return store


def night(store, offset, *shares):
    store.at(day(offset))
    store.feeds(on=day(offset))
    store.problems(on=day(offset))
    for metric, share in zip(("aged_share_90", "aged_share_180", "aged_share_365"), shares, strict=True):
        store.put(metric, "sku", "A", share, on=day(offset))
    store.judge(day(offset))
    return render_plain(from_dict(store.outbox()[-1].message))


def test_a_depth_is_never_told_as_a_limit_of_the_metric(aged):
    trend = night(aged, 0, 30.0, 5.0, 1.0)
    assert "Trend: Aged inventory share 90+" in trend
    assert "limits" not in trend

    assert "Improving: it stays red until what makes it red was gone for 2 nights." in night(aged, 1, 30.0, 5.0, 0.0)
    night(aged, 2, 1.0, 0.0, 0.0)
    assert "Resolved: Aged stock, within its limit for 2 nights - A" in night(aged, 3, 1.0, 0.0, 0.0)


def test_a_correction_names_the_rule_and_no_number(aged):
    night(aged, 0, 30.0, 5.0, 1.0)

    assert "Data corrected: Aged stock, resolved - A (Test Store, Amazon.com)" in night(aged, 0, 1.0, 0.0, 0.0)


@pytest.mark.parametrize(("changes", "count"), [({}, 1), ({"shadow": True}, 0)])
def test_a_late_feed_counts_what_any_condition_of_a_rule_rests_on(store, changes, count):
    """The message of the feed says how many alerts it freezes; of one that nobody hears of it says nothing."""
    store.night(0, {"A": 2.8})
    needed = Conditions(all=(Clause(metric="logistics_cost_ratio", at_least=22),))
    rule = store.shipped.rules["stockout_tiers"].model_copy(update={"when": {"orange": needed}, **changes})
    store.configured(rules=dict(store.shipped.rules) | {"stockout_tiers": rule})

    with reading(store.engine) as connection:
        at_hand = AtHand(connection, store.settings)
        assert at_hand.frozen_by(store.store_id, "US", "settlement") == count
        assert at_hand.frozen_by(store.store_id, "DE", "settlement") == 0
