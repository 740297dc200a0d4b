"""What a rule over several metrics found, and one that counts falls, is said in words and never as the rule writes it."""

from __future__ import annotations

from typing import get_args

import pytest

from sellerwatch.alerts.reading.composite import Held
from sellerwatch.alerts.showing.conditions import LENGTHS, PERIODS, WORDS, Voice, conditions_blocks, falls_blocks
from sellerwatch.settings.catalogue import Period
from sellerwatch.settings.rules import Clause, Comparison, Falls, Reference


def said(blocks):
    return ["".join(item) for block in blocks for item in block.items]


def held(value, *, reference=None, number=None, metric="ad_cvr", period="d14", **limit):
    limit = limit or {"at_most": -15}
    compared = {"compared_with": Comparison.model_validate({"as": "change_pct", "to": reference})} if reference else {}
    clause = Clause(metric=metric, **limit, **compared)
    return Held(clause, period, value, Reference.model_validate(reference) if reference else None, number)


EARLIER = {"what": "earlier", "days": 14}
USUAL = {"what": "own_past", "method": "runs_8w"}


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        (
            held(9.0, reference=EARLIER, number=12.0),
            "Ad conversion rate (14 days) fell 25% to 9% (14 days before: 12%)",
            "广告转化率（14 天）下降 25%，至 9%（14 天前 12%）",
        ),
        (
            held(15.0, reference=USUAL, number=12.0, period="day"),
            "Ad conversion rate rose 25% to 15% (usual: 12%)",
            "广告转化率上升 25%，至 15%（平时 12%）",
        ),
        (
            held(12.0, reference=EARLIER, number=12.0, period="day"),
            "Ad conversion rate stayed at 12% (14 days before: 12%)",
            "广告转化率仍为 12%（14 天前 12%）",
        ),
        (
            held(9.0, reference={"what": "target"}, number=12.0, period="month"),
            "Ad conversion rate (month) is 9%, 25% below the target (12%)",
            "广告转化率（月）为 9%，比目标（12%）低 25%",
        ),
        (
            held(12.0, reference={"what": "amazon_limit"}, number=12.0, period="day"),
            "Ad conversion rate is 12%, as much as what Amazon asks for (12%)",
            "广告转化率为 12%，与亚马逊的要求（12%）持平",
        ),
        (
            held(12.0, reference={"what": "metric", "metric": "unit_session_pct"}, number=10.0, period="day"),
            "Ad conversion rate is 12%, 20% above Unit session percentage (10%)",
            None,
        ),
        (
            held(-3.0, reference={"what": "constant", "value": -2.0}, number=-2.0, metric="net_margin_pct", period="day"),
            None,
            None,
        ),
        (
            held(26.0, metric="return_rate", period="d30", at_least=25),
            "Return rate (30 days) is 26% (limit: 25% or more)",
            "退货率（30 天）为 26%（预警线：不低于 25%）",
        ),
        (
            held(-2.0, metric="return_rate", period="day", below=0),
            "Return rate is -2% (limit: less than 0%)",
            "退货率为 -2%（预警线：低于 0%）",
        ),
    ],
)
def test_a_condition_says_what_moved_and_against_what(shipped, found, english, chinese):
    for language, words in (("en", english), ("zh", chinese)):
        told = said(conditions_blocks(Voice(shipped, language, "USD"), [found]))

        assert len(told) == 1
        assert words is None or told == [words]
        assert found.clause.metric not in told[0], "a metric is called by its title"


@pytest.mark.parametrize(
    ("falls", "period", "count", "english", "chinese"),
    [
        (
            Falls(block=4, most=3),
            "week",
            2.0,
            "It fell 2 times in a row, each time against the 4 weeks before.",
            "已连续 2 次下降，每次均与前 4 周相比。",
        ),
        (Falls(block=1, most=3), "month", 1.0, "It fell against the month before.", "比前一个月下降。"),
        (
            Falls(block=2, most=3, direction="up"),
            "d7",
            3.0,
            "It rose 3 times in a row, each time against the 14 days before.",
            "已连续 3 次上升，每次均与前 14 天相比。",
        ),
    ],
)
def test_falls_are_counted_in_words(shipped, falls, period, count, english, chinese):
    assert said(falls_blocks(Voice(shipped, "en", None), falls, period, count)) == [english]
    assert said(falls_blocks(Voice(shipped, "zh", None), falls, period, count)) == [chinese]


def test_nothing_is_said_where_nothing_is_known(shipped):
    assert conditions_blocks(Voice(shipped, "en", None), ()) == ()
    assert falls_blocks(Voice(shipped, "en", None), Falls(block=1, most=2), "week", None) == ()


def test_every_period_and_every_reference_has_words():
    for words in (PERIODS, LENGTHS, WORDS):
        assert words["en"].keys() == words["zh"].keys()
    assert set(PERIODS["en"]) == set(get_args(Period))
    assert set(get_args(Reference.model_fields["what"].annotation)) <= WORDS["en"].keys()
