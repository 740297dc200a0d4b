"""What a message says of a rule over several metrics."""

import pytest

from sellerwatch.alerts.conditions_shown import condition_blocks
from sellerwatch.messages.blocks import Message, Tone
from sellerwatch.messages.plain import render_plain
from tests.spec.small_world import shipped_settings


@pytest.fixture
def shown(tmp_path):
    settings = shipped_settings(tmp_path)

    def blocks(rule_id, evidence, language="en"):
        found = condition_blocks(settings, settings.rules[rule_id], evidence, language)
        return render_plain(Message("Title", Tone.RED, found, language)).partition("═\n")[2].strip()

    return blocks


def test_a_condition_is_its_metrics_title_with_its_number_and_its_limit(shown):
    evidence = "aged_share_365 (day) > 0: 98.913"

    assert shown("aged_stock", evidence) == "Aged inventory share 365+  98.9% (limit: more than 0%)"
    assert shown("aged_stock", evidence, "zh") == "365天以上库存占比  98.9%（预警线：高于 0%）"


def test_conditions_of_a_stage_of_life_have_their_own_limits(shown):
    assert shown("aged_stock", "aged_share_90 (day) > 10: 12.5").endswith("12.5% (limit: more than 10%)")


def test_what_no_condition_of_the_rule_says_stands_as_it_was_judged(shown):
    assert shown("aged_stock", "an older rule (day) > 3: 4") == "an older rule (day) > 3: 4"
    assert shown("aged_stock", "") == ""
