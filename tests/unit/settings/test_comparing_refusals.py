"""What events.yaml, categories.yaml and scorecards.yaml are refused for, each in one line with what, where and what to do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings

CONFIG = Path(__file__).resolve().parents[3] / "config"
TITLE = "title: {en: Card, zh: 卡}"
TWENTY_THREE = ", ".join(f"{name}: 4" for name in sorted(load_settings({"SELLERWATCH_CONFIG": str(CONFIG)}).metrics)[:23])

REFUSED = {
    "more KPIs than the cap": (
        f"cap: 8\nscorecards:\n  ops:\n    {TITLE}\n    kpis: {{{TWENTY_THREE}}}\n",
        r"the scorecard ops has 23 KPIs, and the cap is 8 \[config/scorecards\.yaml:5, scorecards\.ops\.kpis\]\. Keep those that decide.*",
    ),
    "weights that miss 100": (
        f"cap: 8\nscorecards:\n  ops:\n    {TITLE}\n    kpis: {{roas: 50, acos: 49}}\n",
        r"the weights of the scorecard ops add up to 99 \[config/scorecards\.yaml:5, .*\]\. Change them so that they add up to 100\.",
    ),
    "a metric that nobody defined": (
        f"cap: 8\nscorecards:\n  ops:\n    {TITLE}\n    kpis: {{roas: 50, happiness: 50}}\n",
        r"unknown metric 'happiness' \[config/scorecards\.yaml:5, scorecards\.ops\.kpis\.happiness\]\. Use one of: gmv, .*",
    ),
    "a weight of nothing": (
        f"cap: 8\nscorecards:\n  ops:\n    {TITLE}\n    kpis: {{roas: 100, acos: 0}}\n",
        r"0 is not allowed \[config/scorecards\.yaml:5, scorecards\.ops\.kpis\.acos\]\. Input should be greater than 0\.",
    ),
    "a card without KPIs": (
        f"cap: 8\nscorecards:\n  ops:\n    {TITLE}\n    kpis: {{}}\n",
        r".*\[config/scorecards\.yaml:5, scorecards\.ops\.kpis\].* at least 1 item.*",
    ),
    "no cap": ("scorecards: {}\n", r"the key 'cap' is missing \[config/scorecards\.yaml, cap\]\. Add it\."),
    "an event that ends before it begins": (
        "events:\n  - {name: Peak, from: 2026-11-30, to: 2026-11-27}\n",
        r"Peak ends \(2026-11-27\) before it begins \(2026-11-30\) \[config/events\.yaml:2, events\.0\]\. Correct the values\.",
    ),
    "an event of no marketplace of Amazon's": (
        "events:\n  - {name: Peak, marketplaces: [USA], from: 2026-11-27, to: 2026-11-30}\n",
        r"unknown marketplace 'USA' \[config/events\.yaml:2, events\.0\.marketplaces\]\. Use one of: US, .*",
    ),
    "an event without its last day": (
        "events:\n  - {name: Peak, from: 2026-11-27}\n",
        r"the key 'to' is missing \[config/events\.yaml:2, events\.0\.to\]\. Add it\.",
    ),
    "a default that is no category": (
        "default: hats\ncategories:\n  general: {}\n",
        r"unknown category 'hats' \[config/categories\.yaml:1, default\]\. Use one of: general\.",
    ),
    "a category's metric that nobody defined": (
        "default: general\ncategories:\n  general:\n    happiness: {typical: 1, source: us}\n",
        r"unknown metric 'happiness' \[config/categories\.yaml:4, categories\.general\.happiness\]\. Use one of: gmv, .*",
    ),
    "a usual value outside of what is usual": (
        "default: general\ncategories:\n  general:\n    acos: {typical: 1, low: 5, source: us}\n",
        r"low, typical and high are in this order \[config/categories\.yaml:4, categories\.general\.acos\]\. Correct the values\.",
    ),
    "a usual value that nobody stands for": (
        "default: general\ncategories:\n  general:\n    acos: {typical: 1}\n",
        r"the key 'source' is missing \[config/categories\.yaml:4, categories\.general\.acos\.source\]\. Add it\.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_mistake_is_refused_at_load_in_one_line_that_says_where(tmp_path, name):
    text, expected = REFUSED[name]
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    file = re.search(r"config/(\w+)", expected)[1]
    (folder / f"{file}.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_settings({"SELLERWATCH_CONFIG": str(folder)})

    said = str(refused.value).replace(str(folder), "config")
    assert re.fullmatch(expected, said), said


def test_the_shipped_cards_keep_within_the_cap_and_weigh_a_hundred():
    cards = load_settings({"SELLERWATCH_CONFIG": str(CONFIG)}).scorecards

    assert set(cards) == {"operations", "ads", "service", "supply_chain"}
    for name, card in cards.items():
        assert len(card.kpis) <= 8, name
        assert sum(card.kpis.values()) == 100, name
