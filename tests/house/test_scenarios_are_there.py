"""What alerting promises is a numbered list of scenarios; each has tests that bear its number, and none can vanish unseen."""

import re

from tests.house.test_house_rules import modules, text_of

SCENARIOS = {
    1: "the first breach posts once",
    2: "a re-run posts nothing",
    3: "periods count, not evaluations",
    4: "a tier climb lives in one message",
    5: "a jump posts the top tier only",
    6: "jitter neither replies nor resolves",
    7: "stepping down takes time and calls nobody",
    8: "resolving is told, a silent pending is not",
    9: "a relapse reopens, a later one is new and linked",
    10: "a missing feed freezes and is told once",
    11: "a partial feed and a vanished SKU are unknown",
    12: "a feed that is back sets off no burst",
    13: "a backfill never pages",
    14: "a backfill does not clear staleness",
    15: "late data takes an alert back",
    16: "a rule error and thin data are isolated",
    17: "an acknowledgement clicked twice is one",
    18: "a tier rise voids an acknowledgement",
    19: "nobody acknowledged: the chain, and missed ticks",
    20: "an acknowledgement expires",
    21: "a snooze",
    22: "quiet hours, and the days on which clocks change",
    23: "inhibition and release",
    24: "a storm is one message that lists everything",
    25: "a rate limit holds its channel in order",
    26: "killed at any point, seen once",
    27: "unknown outcomes end with one message",
    28: "two senders",
    29: "Slack says no",
    30: "hostile and oversize text",
    31: "pictures",
    32: "a night that does not run",
    33: "a removed rule or offer is closed, not resolved",
    34: "properties of identity and order",
}


def test_every_scenario_has_a_test_that_bears_its_number():
    found = {int(number) for name in modules("tests/") for number in re.findall(r"def test_scenario_(\d+)_", text_of(name))}

    assert found == SCENARIOS.keys()
