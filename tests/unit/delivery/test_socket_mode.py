"""Hearing presses: the envelope is acknowledged before anything else, and no secret reaches a log."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from slack_sdk.errors import SlackApiError, SlackClientNotConnectedError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web import WebClient

from sellerwatch.core.clock import SystemClock
from sellerwatch.core.errors import ConfigError, RetryableError
from sellerwatch.delivery.presses import Press
from sellerwatch.delivery.socket_mode import Ear, NoSecrets, logger, try_app_token
from sellerwatch.delivery.whispering import WebWhisper
from sellerwatch.messages.blocks import Message, Tone
from tests.spec.small_world import shipped_settings

NOWHERE = "http://127.0.0.1:9/slack/api/"
ENVELOPE = {
    "type": "interactive",
    "envelope_id": "e1",
    "payload": {
        "type": "block_actions",
        "user": {"id": "U1", "name": "ann"},
        "container": {"message_ts": "7.0", "channel_id": "C1"},
        "actions": [
            {"action_id": "why", "value": "k:1", "action_ts": "9.0"},
            {"action_id": "handled", "value": "k:1", "action_ts": "9.1"},
        ],
    },
}
PRESS = Press("e1", "U1", "ann", "9.0", "why", "k:1", "C1", "")


@pytest.fixture
def settings(tmp_path):
    tokens = {"SLACK_APP_TOKEN": "xapp-hush", "SLACK_BOT_TOKEN": "xoxb-hush", "SELLERWATCH_SLACK_URL": NOWHERE}
    return shipped_settings(tmp_path, **tokens)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def ear(settings, heard):
    opened = Ear(settings, clock=SystemClock(), on_press=heard.append)
    yield opened
    opened.close()


def client(heard, error=None):
    def acknowledge(response):
        heard.append(response.envelope_id)
        if error:
            raise error

    return SimpleNamespace(send_socket_mode_response=acknowledge)


def test_an_envelope_is_acknowledged_before_its_presses_are_taken(ear, heard):
    ear._hear(client(heard), SocketModeRequest.from_dict(ENVELOPE))

    assert heard == ["e1", PRESS, Press("e1#1", "U1", "ann", "9.1", "handled", "k:1", "C1", "")]


@pytest.mark.parametrize("error", [SlackClientNotConnectedError("gone"), BrokenPipeError()])
def test_a_press_whose_envelope_could_not_be_acknowledged_is_taken_all_the_same(ear, heard, error):
    ear._hear(client(heard, error), SocketModeRequest.from_dict(ENVELOPE))

    assert heard[1] == PRESS


def test_what_slack_sends_of_other_kinds_is_acknowledged_and_left_alone(ear, heard):
    ear._hear(client(heard), SocketModeRequest("events_api", "e2", {"event": {}}))

    assert heard == ["e2"]


def test_hearing_is_known_from_the_greeting(ear):
    assert (ear.hearing().is_connected, ear.hearing().hello_at) == (False, None)

    ear._note_hello(None, {"type": "events_api"})
    assert ear.hearing().hello_at is None

    ear._note_hello(None, {"type": "hello"})
    assert ear.hearing().hello_at is not None


def test_without_a_token_it_says_which_one_is_needed(tmp_path):
    with pytest.raises(ConfigError, match=r"SLACK_APP_TOKEN is not set.*connections:write"):
        try_app_token(shipped_settings(tmp_path))


def test_a_slack_that_cannot_be_reached_may_be_asked_again(ear, settings):
    with pytest.raises(RetryableError, match="Slack does not answer"):
        ear.connect()
    with pytest.raises(RetryableError, match="Slack does not answer"):
        try_app_token(settings)


@pytest.mark.parametrize(
    ("said", "kind"),
    [("invalid_auth", ConfigError), ("not_allowed_token_type", ConfigError), ("internal_error", RetryableError)],
)
def test_what_slack_says_of_a_token_decides_whether_to_ask_again(settings, monkeypatch, said, kind):
    def refuse(*_, **__):
        raise SlackApiError("no", {"ok": False, "error": said})

    monkeypatch.setattr(WebClient, "apps_connections_open", refuse)

    with pytest.raises(kind, match=said) as refused:
        try_app_token(settings)
    assert "hush" not in str(refused.value)


def test_logs_hold_no_token_and_no_ticket(ear, caplog):
    assert any(isinstance(kept, NoSecrets) for kept in logger.filters)
    with caplog.at_level(logging.INFO, logger=logger.name):
        logger.info("%s opened %s for %s", "xapp-1-A-b", "wss://slack.test/?ticket=abc&app_id=A1", "xoxb-2")

    assert caplog.messages == ["*** opened wss://slack.test/?ticket=***&app_id=A1 for ***"]


def test_an_answer_that_cannot_be_shown_is_logged_and_forgotten(settings, caplog):
    assert WebWhisper(settings).say(PRESS, Message("hello", Tone.GREY)) is False

    assert "an answer was not shown: ConnectionRefusedError" in caplog.text


@pytest.mark.parametrize(("error", "shown"), [(None, True), (SlackApiError("no", None), False)])
def test_an_answer_goes_to_the_person_and_thread_alone(settings, monkeypatch, error, shown):
    asked = []

    def whisper(_, **arguments):
        asked.append(arguments)
        if error:
            error.response = SimpleNamespace(status_code=200, data={"error": "user_not_in_channel"}, headers={})
            raise error

    monkeypatch.setattr(WebClient, "chat_postEphemeral", whisper)

    assert WebWhisper(settings).say(PRESS, Message("<!channel>", Tone.GREY)) is shown
    assert (asked[0]["channel"], asked[0]["user"], asked[0]["thread_ts"]) == ("C1", "U1", None)
    assert "<!channel>" not in str(asked[0])
