"""Saying something to one person alone: Slack's ephemeral messages, which are kept nowhere and may be missed."""

from __future__ import annotations

import logging

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sellerwatch.delivery.due import slack_token
from sellerwatch.delivery.presses import Press
from sellerwatch.delivery.slack_errors import outcome_of_answer, outcome_of_exception
from sellerwatch.messages.addresses import Contacts
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.slack import render_slack
from sellerwatch.settings.load import Settings

logger = logging.getLogger("sellerwatch.slack.whisper")


class WebWhisper:
    """`Whisper` over HTTP. What fails is logged: nothing depends on a whisper, and a second one would only confuse."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the client; nothing is called yet.

        Raises:
            ConfigError: the bot token is not set.
        """
        base_url = settings.environment.get("SELLERWATCH_SLACK_URL") or WebClient.BASE_URL
        self._client = WebClient(slack_token(settings), base_url=base_url, retry_handlers=[])
        self._contacts: Contacts = settings.routing.contacts

    def say(self, press: Press, message: Message) -> bool:
        """Answer a press where it was made; tell whether Slack took it."""
        payload = render_slack(message, contacts=self._contacts)
        try:
            self._client.chat_postEphemeral(
                channel=press.channel,
                user=press.user_id,
                thread_ts=press.thread_ts or None,
                text=payload.text,
                blocks=list(payload.blocks),
            )
        except SlackApiError as error:
            answer = error.response
            logger.warning(
                "an answer was not shown: %s", outcome_of_answer(answer.status_code, answer.data, answer.headers).error
            )
            return False
        except Exception as error:  # noqa: BLE001 - whatever broke, only the answer is lost
            logger.warning("an answer was not shown: %s", outcome_of_exception(error).error)
            return False
        return True
