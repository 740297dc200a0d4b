"""Names and texts of others, from the warehouse to the wire: nothing of them comes alive in Slack, and nothing is too long for it."""

from __future__ import annotations

import json
import re

import pytest

from sellerwatch.delivery.outcomes import PayloadRefused
from sellerwatch.delivery.sender import deliver
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.mrkdwn import width
from sellerwatch.messages.slack import render_slack
from tests.spec.small_world import day
from tests.unit.delivery.fake_slack import FakeSlack
from tests.unit.messages.test_slack_rendering import assert_within_every_limit

TITLE = "<!channel> <@U1> <http://x|y> *_~ & \u202e\u05e9\u05dc\u05d5\u05dd "
OVERSIZE = TITLE + "x" * 5_000
CONTROL = re.compile(r"<(?:[!@#]|https?:|mailto:)[^>]*>?", re.IGNORECASE)
TEXT_LIMIT = 4_000


def fired(store, language="en"):
    store.speaking(language)
    store.stocked(OVERSIZE, 14, [0], product_name=OVERSIZE, asin=TITLE)
    store.night(0, {OVERSIZE: 2.8})


def sent_by(store, *, refusing=0):
    """Deliver what is due; return the simulated channel and the report."""
    slack = FakeSlack(store.clock)
    if refusing:
        slack.fail("post", PayloadRefused("invalid_blocks"), times=refusing)
    return slack, deliver(store.engine, slack, clock=store.clock)


def everything(payload):
    return payload.text + json.dumps(payload.blocks, ensure_ascii=False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_scenario_30_hostile_and_oversize_names_are_posted_once_without_a_live_control_sequence(store, language):
    fired(store, language)

    slack, report = sent_by(store)

    assert [call.method for call in slack.calls] == ["post"]
    assert (report.posts, report.is_complete) == (1, True)
    payload = slack.shown[0].payload
    assert CONTROL.findall(everything(payload)) == []
    assert "\u202e" not in everything(payload)
    assert 0 < width(payload.text) <= TEXT_LIMIT
    assert_within_every_limit(list(payload.blocks))
    assert "\u05e9\u05dc\u05d5\u05dd" in payload.text, "natural right-to-left text stays"
    assert re.findall(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])", payload.text) == []


def test_scenario_30_a_message_whose_blocks_are_refused_is_posted_once_as_text_under_the_same_key(store):
    fired(store)

    slack, report = sent_by(store, refusing=1)

    key = store.outbox()[0].key
    assert [(call.method, call.key) for call in slack.calls] == [("post", key), ("post", key)]
    assert len(slack.visible()) == report.posts == 1
    (shown,) = slack.shown
    assert shown.payload.blocks == ()
    assert CONTROL.findall(shown.payload.text) == []
    assert 0 < width(shown.payload.text) <= TEXT_LIMIT
    assert "Send by air freight" in shown.payload.text
    assert "What to do" in shown.payload.text


def test_scenario_30_an_update_and_its_reply_are_as_safe_as_the_first_message(store):
    fired(store)
    store.cover({OVERSIZE: 0.5})
    store.again(0)

    slack, _ = sent_by(store)

    assert [call.method for call in slack.calls] == ["post", "update", "post"]
    for shown in slack.shown:
        assert CONTROL.findall(everything(shown.payload)) == []
        assert_within_every_limit(list(shown.payload.blocks))


def test_scenario_30_a_hostile_trend_is_safe_in_words_and_beside_its_picture(store):
    for offset in range(-20, 0):
        store.put("days_of_cover", "sku", OVERSIZE, 3.0 - offset, on=day(offset))
    fired(store)

    slack, _ = sent_by(store)

    assert slack.counts() == {"post": 2}
    for row in store.outbox():
        for images in ({}, {0: "F0ABC"}):
            payload = render_slack(from_dict(row.message), images=images)
            assert CONTROL.findall(everything(payload)) == []
