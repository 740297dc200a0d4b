"""``sellerwatch listen``: hears the buttons of alerts, for as long as it runs."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from typing import Annotated

import typer

from sellerwatch.cli.health import health_check
from sellerwatch.cli.listening import Listener
from sellerwatch.cli.screen import say
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.workspace import open_workspace


def listen(
    *,
    health_port: Annotated[
        int | None,
        typer.Option(help="Answer GET /health on this port of 127.0.0.1: 200 while Slack can be heard; 0 takes a free one."),
    ] = None,
) -> None:
    """Hear the buttons of alerts over Slack's Socket Mode, and do what they ask, until SIGTERM or Ctrl-C."""
    listener = Listener(open_workspace(load_settings()))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: listener.end())
    with ExitStack() as stack:
        if health_port is not None:
            port = stack.enter_context(health_check(health_port, listener.health))
            say(f"health: http://127.0.0.1:{port}/health")
        listener.run(on_ready=lambda: say("Listening to Slack. SIGTERM or Ctrl-C ends it."))
    say("Ended.")
