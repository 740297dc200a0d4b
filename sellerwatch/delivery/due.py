"""Delivering what is due with the Slack that is configured: the real one, or a simulated one at an address of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sellerwatch.core.clock import Clock, SystemClock
from sellerwatch.core.errors import ConfigError, RetryableError, SellerwatchError
from sellerwatch.delivery.claims import channels_that_refused, revive, revive_first, sent_among
from sellerwatch.delivery.mirrors import deliver_mirrored, mirrors_of
from sellerwatch.delivery.notifier import notify
from sellerwatch.delivery.sender import DeliveryReport, deliver
from sellerwatch.delivery.showing import WITH_UPLOADS
from sellerwatch.delivery.slack_api import WebSlack
from sellerwatch.delivery.slack_errors import NOT_ALLOWED, NOT_THERE, TOKEN_REFUSED
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.workspace import Workspace

SLACK_TOKEN: Final = "SLACK_BOT_TOKEN"  # noqa: S105 - the variable's name


OF_CHANNELS: Final = {
    "not_in_channel": ("the app is not in the channel {channel}", "Invite it there: /invite and the app's name"),
    "channel_not_found": (
        "Slack knows no channel {channel!r}, or it is private and the app is not in it",
        "Write the channel's id, such as C0123ABCD (in Slack under the channel's details), and invite the app there",
    ),
    "missing_scope": (
        "the app may not read the channel {channel}: missing_scope",
        "Give it channels:history, and groups:history for private channels, and install it again",
    ),
}
"""What Slack says of a channel, in words: what is wrong, and what to do."""


ASKED_AGAIN_FOR: Final = timedelta(days=3)
"""What a channel refused for longer is history: an alert that still fires is told again with its next change."""


def slack_token(settings: Settings) -> str:
    """Return the bot token.

    Raises:
        ConfigError: it is not set.
    """
    return settings.environment.require(SLACK_TOKEN, purpose="the Slack app's bot token")


def greet_slack(settings: Settings) -> str:
    """Ask Slack who the token belongs to, and say it.

    Raises:
        ConfigError: Slack refuses the token, or it is not set.
        RetryableError: Slack does not answer.
    """
    try:
        with _reached(client := _client(settings)):
            answer = client.auth_test()
    except SlackApiError as error:
        raise ConfigError(
            f"Slack refuses the bot token: {error.response.get('error', 'no reason given')}",
            where=SLACK_TOKEN,
            remedy="Copy the bot token of the installed app again",
        ) from None
    return f"the token belongs to {answer.get('user', 'an app')} in {answer.get('team', 'a workspace')}"


def look_into_channel(settings: Settings, channel: str) -> str:
    """Ask Slack whether the app can read a channel, which shows that it is in it; what it may not read may refuse its messages.

    Raises:
        ConfigError: there is no such channel, the app is not in it, or lacks the scope.
        RetryableError: Slack does not answer.
    """
    try:
        with _reached(client := _client(settings)):
            client.conversations_history(channel=channel, limit=1)
    except SlackApiError as error:
        reason = str(error.response.get("error", "no reason given"))
        what, remedy = OF_CHANNELS.get(
            reason, (f"Slack does not show the channel {{channel}}: {reason}", "Look what Slack says")
        )
        raise ConfigError(what.format(channel=channel), where="Slack", remedy=remedy) from None
    return f"{channel}, which the app is in"


def _client(settings: Settings) -> WebClient:
    base_url = settings.environment.get("SELLERWATCH_SLACK_URL") or WebClient.BASE_URL
    return WebClient(slack_token(settings), base_url=base_url, retry_handlers=[])


@contextmanager
def _reached(client: WebClient) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        raise RetryableError(
            f"Slack does not answer: {type(error).__name__}",
            where=client.base_url,
            remedy="Check the way to Slack, or SELLERWATCH_SLACK_URL",
        ) from error


def deliver_due(workspace: Workspace) -> DeliveryReport:
    """Send every message that is due: first to the addresses beside Slack, which do not depend on it, then to Slack.

    Slack is asked first whether it knows the token: with a refused one no message of it is touched, and all of them wait. What a
    channel refused for a cause that people can remove is sent once they have, for as long as it is no history.

    Raises:
        ConfigError: the Slack token or a channel is not set, or Slack refuses the token.
        RetryableError: Slack does not answer.
    """
    mirrored = deliver_mirrored(workspace.engine, mirrors_of(workspace.settings), clock=_clock(workspace), notify=notify)
    greet_slack(workspace.settings)
    slack, clock = open_slack(workspace)
    with writing(workspace.engine) as connection:
        revive(connection, now=clock.now(), errors=TOKEN_REFUSED)
    _ask_again(workspace, now=clock.now())
    tried = _try_again(workspace, now=clock.now())
    report = _deliver(workspace, slack, clock)
    if _let_follow(workspace, tried, now=clock.now()):
        report = report.followed_by(_deliver(workspace, slack, clock))
    return replace(
        report,
        dead=report.dead + mirrored.dead,
        pending=report.pending + mirrored.pending,
        problems=(*mirrored.problems, *report.problems),
        mirrored=mirrored.sent,
    )


def _deliver(workspace: Workspace, slack: WebSlack, clock: Clock) -> DeliveryReport:
    return deliver(
        workspace.engine,
        slack,
        clock=clock,
        fallback_channel=workspace.settings.channel("fallback"),
        contacts=workspace.settings.routing.contacts,
        showing=WITH_UPLOADS,
    )


def _try_again(workspace: Workspace, *, now: datetime) -> Mapping[str, str]:
    """Let one message go out of each channel that takes none, or took none: no other call shows whether it does now."""
    with writing(workspace.engine) as connection:
        return revive_first(connection, now=now, errors=NOT_ALLOWED, since=now - ASKED_AGAIN_FOR)


def _let_follow(workspace: Workspace, tried: Mapping[str, str], *, now: datetime) -> int:
    """Let the others go out too where the one that was tried arrived; return how many."""
    since = now - ASKED_AGAIN_FOR
    with writing(workspace.engine) as connection:
        sent = sent_among(connection, tried.values())
        taken = [channel for channel, key in tried.items() if key in sent]
        return sum(revive(connection, now=now, channel=channel, errors=NOT_ALLOWED, since=since) for channel in taken)


def _ask_again(workspace: Workspace, *, now: datetime) -> None:
    """Let what a channel refused go out once the app is in it: nobody else has heard of it where no fallback channel is."""
    since = now - ASKED_AGAIN_FOR
    with reading(workspace.engine) as connection:
        channels = channels_that_refused(connection, errors=NOT_THERE, since=since)
    for channel in channels:
        if _is_in(workspace.settings, channel):
            with writing(workspace.engine) as connection:
                revive(connection, now=now, channel=channel, errors=NOT_THERE, since=since)


def _is_in(settings: Settings, channel: str) -> bool:
    try:
        look_into_channel(settings, channel)
    except SellerwatchError:
        return False
    return True


def open_slack(workspace: Workspace) -> tuple[WebSlack, Clock]:
    """Return the configured Slack, and the time it goes by: real time for the real one, whose limits no simulation hurries.

    Raises:
        ConfigError: the Slack token is not set.
    """
    base_url = workspace.settings.environment.get("SELLERWATCH_SLACK_URL")
    return WebSlack(slack_token(workspace.settings), base_url=base_url), _clock(workspace)


def _clock(workspace: Workspace) -> Clock:
    return workspace.clock if workspace.settings.environment.get("SELLERWATCH_SLACK_URL") else SystemClock()
