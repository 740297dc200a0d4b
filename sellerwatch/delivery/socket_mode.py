"""Hearing buttons over Slack's Socket Mode: slack-sdk's client, which connects, answers pings and reconnects by itself.

https://docs.slack.dev/apis/events-api/using-socket-mode: an envelope is acknowledged within three seconds, and may come twice.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, RetryableError
from sellerwatch.delivery.presses import Press, presses_in
from sellerwatch.delivery.slack_errors import TOKEN_REFUSED
from sellerwatch.settings.load import Settings

APP_TOKEN: Final = "SLACK_APP_TOKEN"  # noqa: S105 - the variable's name
NOT_AN_APP_TOKEN: Final = frozenset({*TOKEN_REFUSED, "not_allowed_token_type", "missing_scope", "no_permission"})
"""What Slack says of a token that will never open a connection."""

BYTES_AT_ONCE: Final = 65_536
"""A press has more than the 1,024 bytes that the client reads by default, and it takes what it has for whole when no more comes in time."""

PING_SECONDS: Final = 5.0
"""A connection that answered no ping for four times as long is replaced."""

HELLO: Final = "hello"
"""What Slack says first on every connection."""

logger = logging.getLogger("sellerwatch.slack.socket")


class NoSecrets(logging.Filter):
    """Keeps tokens and the tickets of web sockets out of what the client logs."""

    _SECRET: Final = re.compile(r"xapp-[\w-]+|xoxb-[\w-]+|(?<=ticket=)[^&\s'\"]+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Blot them out."""
        record.msg, record.args = self._SECRET.sub("***", record.getMessage()), ()
        return True


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether Slack can be heard now."""

    is_connected: bool
    hello_at: datetime | None
    """When Slack last greeted a new connection; it renews them every few hours."""


def app_token(settings: Settings) -> str:
    """Return the app-level token.

    Raises:
        ConfigError: it is not set.
    """
    return settings.environment.require(APP_TOKEN, purpose="the Slack app's app-level token, with the scope connections:write")


def try_app_token(settings: Settings) -> str:
    """Ask Slack for a connection without opening it, and say that it may be had.

    Raises:
        ConfigError: Slack refuses the token, or it is not set.
        RetryableError: Slack does not answer.
    """
    web = _web_client(settings)
    _ask(lambda: web.apps_connections_open(app_token=app_token(settings)), web.base_url)
    return "Slack accepts the app-level token"


class Ear:
    """One app's connection to Slack."""

    def __init__(self, settings: Settings, *, clock: Clock, on_press: Callable[[Press], None]) -> None:
        """Prepare the client; nothing is called yet.

        Args:
            settings: token and address.
            clock: real time, for when Slack greeted.
            on_press: takes each press, on a thread of the client; the envelope is acknowledged before.

        Raises:
            ConfigError: the token is not set.
        """
        if not any(isinstance(kept, NoSecrets) for kept in logger.filters):
            logger.addFilter(NoSecrets())
        web = _web_client(settings)
        self._client = SocketModeClient(
            app_token(settings),
            web_client=web,
            logger=logger,
            ping_interval=PING_SECONDS,
            receive_buffer_size=BYTES_AT_ONCE,
        )
        host = urlsplit(web.base_url).hostname or ""
        if proxy_bypass(host):
            # The client takes HTTP_PROXY and overlooks NO_PROXY.
            self._client.proxy = None
        self._base_url, self._clock, self._on_press = web.base_url, clock, on_press
        self._hello_at: datetime | None = None
        self._client.message_listeners.append(self._note_hello)
        self._client.socket_mode_request_listeners.append(self._hear)

    def connect(self) -> None:
        """Open the connection; from then on the client renews it whenever it is lost.

        Raises:
            ConfigError: Slack refuses the token.
            RetryableError: Slack does not answer.
        """
        _ask(self._client.connect, self._base_url)

    def close(self) -> None:
        """End the connection and the client's threads."""
        self._client.close()

    def hearing(self) -> Hearing:
        """Return whether Slack can be heard now."""
        return Hearing(self._client.is_connected(), self._hello_at)

    def _note_hello(self, _client: object, message: dict[str, Any], _raw: str | None = None) -> None:
        if message.get("type") == HELLO:
            self._hello_at = self._clock.now()

    def _hear(self, client: Any, request: SocketModeRequest) -> None:  # noqa: ANN401 - the client's own base class
        try:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
        except (SlackClientError, OSError) as error:
            # Slack sends the envelope again; it is the same press then.
            logger.warning("an envelope could not be acknowledged: %s", type(error).__name__)
        for press in presses_in(request.envelope_id, request.payload):
            self._on_press(press)


def _web_client(settings: Settings) -> WebClient:
    base_url = settings.environment.get("SELLERWATCH_SLACK_URL") or WebClient.BASE_URL
    return WebClient(base_url=base_url, retry_handlers=[])


def _ask(call: Callable[[], object], place: str) -> None:
    try:
        call()
    except SlackApiError as error:
        reason = str(error.response.get("error", "no reason given"))
        if reason not in NOT_AN_APP_TOKEN:
            raise RetryableError(
                f"Slack opens no connection: {reason}", where=place, remedy="Wait; it is tried again"
            ) from None
        raise ConfigError(
            f"Slack refuses the app-level token: {reason}",
            where=APP_TOKEN,
            remedy="Make an app-level token with the scope connections:write, and switch Socket Mode on",
        ) from None
    except (OSError, HTTPException) as error:
        raise RetryableError(
            f"Slack does not answer: {type(error).__name__}",
            where=place,
            remedy="Check the way to Slack, or SELLERWATCH_SLACK_URL",
        ) from error
