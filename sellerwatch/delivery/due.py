"""Delivering what is due with the Slack that is configured: the real one, or a simulated one at an address of its own."""

from __future__ import annotations

from dataclasses import replace
from http.client import HTTPException
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sellerwatch.core.clock import Clock, SystemClock
from sellerwatch.core.errors import ConfigError, RetryableError
from sellerwatch.delivery.claims import revive
from sellerwatch.delivery.mirrors import deliver_mirrored, mirrors_of
from sellerwatch.delivery.notifier import notify
from sellerwatch.delivery.sender import DeliveryReport, deliver
from sellerwatch.delivery.showing import WITH_UPLOADS
from sellerwatch.delivery.slack_api import WebSlack
from sellerwatch.delivery.slack_errors import TOKEN_REFUSED
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.workspace import Workspace

SLACK_TOKEN: Final = "SLACK_BOT_TOKEN"  # noqa: S105 - the variable's name


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
    client = WebClient(
        slack_token(settings),
        base_url=settings.environment.get("SELLERWATCH_SLACK_URL") or WebClient.BASE_URL,
        retry_handlers=[],
    )
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        raise ConfigError(
            f"Slack refuses the bot token: {error.response.get('error', 'no reason given')}",
            where=SLACK_TOKEN,
            remedy="Copy the bot token of the installed app again",
        ) from None
    except (OSError, HTTPException) as error:
        raise RetryableError(
            f"Slack does not answer: {type(error).__name__}",
            where=client.base_url,
            remedy="Check the way to Slack, or SELLERWATCH_SLACK_URL",
        ) from error
    return f"the token belongs to {answer.get('user', 'an app')} in {answer.get('team', 'a workspace')}"


def deliver_due(workspace: Workspace) -> DeliveryReport:
    """Send every message that is due: first to the addresses beside Slack, which do not depend on it, then to Slack.

    Slack is asked first whether it knows the token: with a refused one no message of it is touched, and all of them wait.

    Raises:
        ConfigError: the Slack token or a channel is not set, or Slack refuses the token.
        RetryableError: Slack does not answer.
    """
    mirrored = deliver_mirrored(workspace.engine, mirrors_of(workspace.settings), clock=_clock(workspace), notify=notify)
    greet_slack(workspace.settings)
    slack, clock = open_slack(workspace)
    with writing(workspace.engine) as connection:
        revive(connection, now=clock.now(), errors=TOKEN_REFUSED)
    report = deliver(
        workspace.engine,
        slack,
        clock=clock,
        fallback_channel=workspace.settings.channel("fallback"),
        contacts=workspace.settings.routing.contacts,
        showing=WITH_UPLOADS,
    )
    return replace(
        report,
        dead=report.dead + mirrored.dead,
        pending=report.pending + mirrored.pending,
        problems=(*mirrored.problems, *report.problems),
        mirrored=mirrored.sent,
    )


def open_slack(workspace: Workspace) -> tuple[WebSlack, Clock]:
    """Return the configured Slack, and the time it goes by: real time for the real one, whose limits no simulation hurries.

    Raises:
        ConfigError: the Slack token is not set.
    """
    base_url = workspace.settings.environment.get("SELLERWATCH_SLACK_URL")
    return WebSlack(slack_token(workspace.settings), base_url=base_url), _clock(workspace)


def _clock(workspace: Workspace) -> Clock:
    return workspace.clock if workspace.settings.environment.get("SELLERWATCH_SLACK_URL") else SystemClock()
