"""Delivering what is due with the Slack that is configured: the real one, or a simulated one at an address of its own."""

from __future__ import annotations

from sellerwatch.core.clock import Clock, SystemClock
from sellerwatch.delivery.sender import DeliveryReport, deliver
from sellerwatch.delivery.slack_api import WebSlack
from sellerwatch.warehouse.workspace import Workspace


def deliver_due(workspace: Workspace) -> DeliveryReport:
    """Send every message that is due.

    Raises:
        ConfigError: the Slack token or the fallback channel is not set.
    """
    environment = workspace.settings.environment
    base_url = environment.get("SELLERWATCH_SLACK_URL")
    token = environment.require("SLACK_BOT_TOKEN", purpose="the Slack app's bot token")
    return deliver(
        workspace.engine,
        WebSlack(token, base_url=base_url),
        clock=_clock(workspace, base_url),
        fallback_channel=workspace.settings.channel("fallback"),
        contacts=workspace.settings.routing.contacts,
    )


def _clock(workspace: Workspace, base_url: str | None) -> Clock:
    """Return real time for the real Slack, whose limits do not run faster because a simulated Amazon's do."""
    return workspace.clock if base_url else SystemClock()
