"""Scenario 27: whatever becomes of a call on the network, readers see its message once."""

import pytest

from tests.unit.delivery.fake_slack import entry, put, states
from tests.warehouse.delivery.slack_on_the_wire import ALERTS, IMPATIENCE_SECONDS

LATE = {"seconds": IMPATIENCE_SECONDS * 2}
ACCEPTED = {
    "timeout after accept": ("slow_accept", LATE),
    "accepted later than the client's timeout": ("late_accept", LATE),
    "RST after accept": ("reset_after_accept", {}),
    "FIN after accept": ("close_after_accept", {}),
    "half of the body": ("half_body", {}),
    "500 after accept": ("http_500_after_accept", {}),
    "a page instead of JSON after accept": ("html_200", {"accept": True}),
    "internal_error after accept": ("internal_error", {"accept": True}),
    "fatal_error after accept": ("fatal_error", {"accept": True}),
    "request_timeout after accept": ("request_timeout", {"accept": True}),
    "service_unavailable after accept": ("service_unavailable", {"accept": True}),
}
LOST = {
    "RST before accept": ("reset_before", {}),
    "FIN before accept": ("close_before", {}),
    "500 before accept": ("http_500_before", {}),
    "503 before accept": ("http_503_before", {}),
    "internal_error without accept": ("internal_error", {"accept": False}),
}
PAIRS = [(first, second) for first in ACCEPTED for second in ACCEPTED | LOST]
EVERY_FAULT_ONCE = {
    (list(ACCEPTED)[number % len(ACCEPTED)], second) for number, second in enumerate(reversed([*ACCEPTED, *LOST]))
}
"""Pairs in which each fault comes second once, and each that can come first does; all others are for the long tests."""

UPDATES = {name: fault for name, fault in (ACCEPTED | LOST).items() if not fault[1].get("seconds")}


@pytest.fixture
def meet(wire):
    """Let the next call of a method meet a fault; a clock that leaps must not leave a call behind that Slack still takes."""

    def arm(fault, method="chat.postMessage"):
        name, more = fault
        wire.arm(name, method=method, **more)
        if "seconds" in more:
            wire.clock.is_settled = wire.carried_out(name)
        return "seconds" in more

    return arm


@pytest.mark.parametrize(
    ("fault", "reads"),
    [*((fault, 1) for fault in ACCEPTED.values()), *((fault, 2) for fault in LOST.values())],
    ids=[*ACCEPTED, *LOST],
)
def test_scenario_27_a_root_of_unknown_fate_is_seen_once(wire, meet, fault, reads):
    put(wire.engine, entry("r", channel=ALERTS))

    report = wire.send(is_impatient=meet(fault))

    assert wire.standing() == ["r"]
    assert states(wire.engine) == {"r": "sent"}
    assert (report.posts, report.is_complete) == (1, True)
    wire.slack.journal.assert_only(posts=1, reads=reads)


@pytest.mark.parametrize(
    ("fault", "reads"),
    [(ACCEPTED["timeout after accept"], 1), (ACCEPTED["RST after accept"], 1), (LOST["RST before accept"], 2)],
    ids=["timeout after accept", "RST after accept", "RST before accept"],
)
def test_scenario_27_a_reply_of_unknown_fate_is_looked_up_in_its_thread(wire, meet, fault, reads):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send()
    put(wire.engine, entry("n", "reply", rev=2, channel=ALERTS))

    wire.send(is_impatient=meet(fault))

    assert wire.standing() == ["r", "n"]
    assert {call.method for call in wire.slack.journal.entries if call.kind == "read"} == {"conversations.replies"}
    wire.slack.journal.assert_only(posts=1, replies=1, reads=reads)


@pytest.mark.parametrize("fault", [UPDATES["RST after accept"], UPDATES["500 before accept"]], ids=["carried out", "lost"])
def test_scenario_27_an_update_of_unknown_fate_is_sent_again_without_a_look(wire, meet, fault):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send()
    put(wire.engine, entry("u", "update", rev=2, channel=ALERTS))
    meet(fault, "chat.update")

    report = wire.send()

    message = next(iter(wire.slack.channels[ALERTS].messages.values()))
    assert (message.key, "u" in message.text, report.updates) == ("r", True, 1)
    wire.slack.journal.assert_only(posts=1, updates=1 + fault[0].endswith("after_accept"), reads=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second"),
    [pytest.param(*pair, marks=() if pair in EVERY_FAULT_ONCE else pytest.mark.long) for pair in PAIRS],
)
def test_scenario_27_two_faults_in_a_row_lead_to_one_message(wire, meet, first, second):
    """The post meets one, and the look that follows the other."""
    put(wire.engine, entry("r", channel=ALERTS))
    first, second = ACCEPTED[first], (ACCEPTED | LOST)[second]
    if "seconds" not in second[1]:
        wire.arm(second[0], method="conversations.history", **second[1])

    report = wire.send(is_impatient=meet(first))

    assert wire.standing() == ["r"]
    assert report.is_complete
    wire.slack.journal.assert_only(posts=1)
