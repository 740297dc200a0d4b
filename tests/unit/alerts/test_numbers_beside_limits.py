"""A number and the limits beside it say the same as the tier does."""

import pytest
from sqlalchemy import insert

from sellerwatch.alerts.showing.limits import limit_fields
from sellerwatch.alerts.showing.values import value_words
from sellerwatch.messages import chart_words
from sellerwatch.messages.plain import line_text
from sellerwatch.settings.telling import DigestLimits
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.lifecycle import SKU_STAGE
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.test_mass_change import SHORT, bad, confirm


def test_a_limit_that_is_still_fine_is_not_told_as_reached(shipped):
    rule = shipped.rules["stockout_rate"]

    def limits(rule):
        (field,) = limit_fields(rule, rule.tiers, None, shown="{:g}%".format)
        return line_text(field.value)

    assert limits(rule) == "yellow > 2%, orange > 4%, red > 8%"
    assert limits(rule.model_copy(update={"breach": "at_most"})) == "yellow < 2%, orange < 4%, red < 8%"
    assert limits(rule.model_copy(update={"strictly": False})) == "yellow ≥ 2%, orange ≥ 4%, red ≥ 8%"


@pytest.mark.parametrize(
    ("value", "limits", "words"),
    [
        (1.04, (7, 3, 1), "1.04 days of cover"),
        (1.0, (7, 3, 1), "1 day of cover"),
        (7.0, (7, 3, 1), "7 days of cover"),
        (6.96, (7, 3, 1), "6.96 days of cover"),
        (7.04, (7, 3, 1), "7.04 days of cover"),
        (6.94, (7, 3, 1), "6.9 days of cover"),
        (179.6, (50, 90, 180), "179.6 days of cover"),
        (179.4, (50, 90, 180), "179 days of cover"),
        (3.00000001, (3,), "3 days of cover"),
        (0.96, (), "1 day of cover"),
        (1.04, (), "1 day of cover"),
    ],
)
def test_a_number_does_not_read_as_if_it_lay_on_the_other_side_of_a_limit(shipped, value, limits, words):
    """A SKU with 1.04 days is orange; "1 day" beside "red ≤ 1" would say that it is red."""
    assert value_words(shipped, "days_of_cover", value, apart=limits) == words


def test_a_message_tells_its_number_apart_from_its_own_limits(store):
    store.judging_by("stockout_rate")
    store.night(0, {"A": 1.04})
    assert "1.04 days of cover" in store.message("A").title

    store.put("stockout_rate", "marketplace", "US", 4.004, on=NIGHT)
    store.judge(NIGHT)
    assert store.message("US").title.startswith("Stock-out rate 4.004%"), "orange begins above 4%"


@pytest.mark.parametrize(("value", "words"), [(-1.0, "last day to order passed 1 day ago"), (-0.6, "passed 0.6 days ago")])
def test_one_day_is_one_day_below_zero_too(shipped, value, words):
    assert words in value_words(shipped, "days_to_order", value)


@pytest.mark.parametrize(("value", "unit", "words"), [(1.02, "days", "1 day"), (1.0, "units a day", "1 unit a day")])
def test_a_pictures_words_count_one_of_their_unit(value, unit, words):
    assert chart_words.value_words(value, unit, "en") == words


def begun(store, *skus):
    """Let SKUs be new."""
    own = {"since_on": day(-5), "stage": "new", "source": "rule", "said": "", "reason": "first_sale", "decided_for": NIGHT}
    rows = [{"store_id": store.store_id, "marketplace": "US", "sku": sku, "detail": {}, **own} for sku in skus]
    with writing(store.engine) as connection:
        connection.execute(insert(SKU_STAGE), rows)


OF_NEW_SKUS = "yellow ≤ 14, orange ≤ 7, red ≤ 3"


def test_what_is_told_later_than_it_was_found_has_the_limits_of_its_own_stage(store):
    """A new SKU with six days is orange; beside a mature one's limits the message would call that an improvement."""
    begun(store, *SHORT)
    store.telling(digest=DigestLimits(new_roots=100))
    store.night(0, bad(6.0))
    confirm(store)

    text = store.text("S00")
    assert OF_NEW_SKUS in text
    assert "Improving" not in text


def test_a_sku_that_is_missing_tonight_keeps_the_limits_of_its_own_stage(store):
    begun(store, "A")
    store.night(0, {"A": 6.0})
    store.night(1, {"B": 30.0})

    text = store.text("A")
    assert "Frozen since" in text
    assert OF_NEW_SKUS in text


def stockout(store, **changes):
    rule = store.shipped.rules["stockout_tiers"].model_copy(update=changes)
    store.configured(rules=dict(store.shipped.rules) | {"stockout_tiers": rule})


def test_an_alert_that_comes_and_goes_says_how_long_it_really_takes(store):
    stockout(store, flap_starts=1)
    store.night(0, {"A": 2.8})
    store.night(1, {"A": 12.0})
    assert "Recovering: it is called resolved after 4 nights like this." in store.text("A")

    for offset in (2, 3, 4):
        store.night(offset, {"A": 12.0})
    assert store.alert("A").status == "resolved"


def test_what_is_well_at_once_was_not_well_for_two_nights(store):
    stockout(store, hard_clear=30)
    store.night(0, {"A": 2.8})
    store.night(1, {"A": 40.0})

    assert store.last_reply().splitlines()[0] == "🟢 Resolved: 40 days of cover - A (Test Store, Amazon.com)"
