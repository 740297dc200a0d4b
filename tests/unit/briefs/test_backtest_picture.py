"""The picture of a backtest: drawn for any mixture of rules, and refused by name where it cannot be written."""

import struct
from collections import Counter
from datetime import date, timedelta

import pytest

from sellerwatch.alerts.backtest.episodes import Episode, Page
from sellerwatch.alerts.backtest.foresight import Truth
from sellerwatch.alerts.backtest.outages import Outage, Place
from sellerwatch.alerts.backtest.past import Range
from sellerwatch.alerts.backtest.replay import Replayed
from sellerwatch.alerts.backtest.report import Backtest, compare_rules, outcome_of
from sellerwatch.briefs import backtest_picture
from sellerwatch.briefs.backtest_picture import MOST_RULES, draw_backtest
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.settings.rules import Band
from tests.spec.small_world import shipped_settings

FIRST = date(2026, 9, 1)
DAYS = Days(FIRST, FIRST + timedelta(days=59))
CHOSEN = Range(DAYS, {"cascade": list(DAYS)}, {"cascade": []}, ())


@pytest.fixture(scope="module")
def rule(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data")).rules["stockout_tiers"]


def place(number):
    return Place("cascade", "US", f"SKU-{number}")


def episode(number, opened, over):
    on = FIRST + timedelta(days=opened)
    return Episode(
        place(number), on, FIRST + timedelta(days=over), "resolved", (Page(on, "yellow", "fired"),), Counter(fired=1), 1
    )


OUTAGES = {
    place(number): (
        Outage(FIRST + timedelta(days=12 + 3 * number), FIRST + timedelta(days=14 + 3 * number), is_seen_to_begin=True),
    )
    for number in range(14)
}
TRUTH = Truth(OUTAGES, DAYS.last, timedelta(days=14))


def outcome(rule, leads, *, truth=TRUTH):
    episodes = [episode(number, 12 + 3 * number - lead, 15 + 3 * number) for number, lead in enumerate(leads)]
    return outcome_of(rule, episodes, CHOSEN, subjects=40, truth=truth)


def backtest(configured, file):
    return Backtest(CHOSEN, Replayed(60, 60, 0, ()), DAYS.last, 14, compare_rules(configured, file))


def size_of(path):
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


def test_each_rule_with_episodes_or_events_has_a_row(tmp_path, rule):
    changed = rule.model_copy(update={"tiers": rule.tiers | {"yellow": Band(enter=10.0, exit=12.0)}})
    configured = {"stockout_tiers": outcome(rule, [7, 6, 8, 5, 7, 3, 1, 0, 9]), "gone": outcome(rule, [2, 4], truth=None)}
    file = {"stockout_tiers": outcome(changed, [10, 9, 11, 8, 10, 5, 1, 0, 12, 30]), "calm": outcome(rule, [], truth=None)}

    draw_backtest(backtest(configured, file), tmp_path / "two.png")
    draw_backtest(backtest({}, {"stockout_tiers": file["stockout_tiers"]}), tmp_path / "one.png")

    (width, two), (_, one) = size_of(tmp_path / "two.png"), size_of(tmp_path / "one.png")
    assert width > 1000
    assert one < two < 2 * one


def test_no_more_rules_are_drawn_than_anyone_looks_at(tmp_path, rule):
    many = {f"rule_{number}": outcome(rule, [7, 5], truth=None) for number in range(MOST_RULES + 3)}
    fewer = dict(list(many.items())[:MOST_RULES])

    draw_backtest(backtest(many, many), tmp_path / "many.png")
    draw_backtest(backtest(fewer, fewer), tmp_path / "fewer.png")

    assert size_of(tmp_path / "many.png") == size_of(tmp_path / "fewer.png")


def test_what_the_file_changes_is_drawn_first(rule):
    changed = rule.model_copy(update={"clear_periods": 9})
    many = {f"rule_{number}": outcome(rule, [7, 5], truth=None) for number in range(MOST_RULES)}

    shown = backtest_picture._worth_showing(
        compare_rules(many | {"last": outcome(rule, [7], truth=None)}, many | {"last": outcome(changed, [7], truth=None)})
    )

    assert [item.id for item in shown[:2]] == ["last", "rule_0"]
    assert len(shown) == MOST_RULES


def test_days_without_any_episode_are_a_picture_that_says_so(tmp_path, rule):
    draw_backtest(backtest({}, {"calm": outcome(rule, [], truth=None)}), tmp_path / "calm.png")

    assert size_of(tmp_path / "calm.png")[1] > 100


def test_a_place_that_cannot_be_written_is_named(tmp_path, rule):
    with pytest.raises(ConfigError, match="cannot write the picture"):
        draw_backtest(backtest({}, {}), tmp_path)
