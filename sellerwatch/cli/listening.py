"""What `sellerwatch listen` does while it runs: it stores presses, acts on them, and lets the outbox be drained beside that."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sellerwatch.alerts.pressing import act_on_presses, receive
from sellerwatch.core.clock import SystemClock
from sellerwatch.core.errors import RetryableError, SellerwatchError
from sellerwatch.delivery.due import deliver_due
from sellerwatch.delivery.presses import Press
from sellerwatch.delivery.socket_mode import Ear
from sellerwatch.delivery.whispering import WebWhisper
from sellerwatch.messages.blocks import Message, Tone
from sellerwatch.warehouse.workspace import Workspace

CATCH_UP_SECONDS: Final = 60.0
"""Presses that another listener stored and could not act on are found at the latest after this long."""

FIRST_RETRY_SECONDS: Final = 2.0
LONGEST_RETRY_SECONDS: Final = 60.0
FAREWELL_SECONDS: Final = 10.0
"""How long an ending listener waits for a message that is being sent; one that is cut off is looked up by the next sender."""

NOT_STORED: Final = "Your press could not be stored. Nothing was changed; press again in a minute."

logger = logging.getLogger("sellerwatch.listen")


@dataclass
class Listener:
    """One process that hears buttons. Several may run: Slack gives each press to one, and the warehouse lets one act.

    Attributes:
        workspace: what presses are stored in.
        stop: ends it when set.
    """

    workspace: Workspace
    stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _drain: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Prepare everything that needs a token; nothing is called yet."""
        self._clock = SystemClock()  # Slack is real even where Amazon's time is simulated
        self._ear = Ear(self.workspace.settings, clock=self._clock, on_press=self.take)
        self._whisper = WebWhisper(self.workspace.settings)

    def end(self) -> None:
        """Let `run` return as soon as it can."""
        self.stop.set()
        self._wake.set()
        self._drain.set()

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Listen until `end`; what waits from before is seen to first.

        Raises:
            ConfigError: Slack refuses a token.
        """
        drainer = threading.Thread(target=self._drain_all_along, name="drain", daemon=True)
        try:
            self._connect()
            drainer.start()
            self._wake.set()
            on_ready()
            while not self.stop.is_set():
                self._wake.wait(CATCH_UP_SECONDS)
                self._wake.clear()
                self._act()
        finally:
            self.end()
            self._ear.close()
            if drainer.is_alive():
                drainer.join(FAREWELL_SECONDS)

    def take(self, press: Press) -> None:
        """Store a press that was acknowledged, and have it acted on; who cannot be heard is told to press again."""
        try:
            receive(self.workspace, press)
        except SellerwatchError as error:
            logger.error("a press could not be stored: %s", error)  # noqa: TRY400 - a failure of the warehouse, not of ours
            self._whisper.say(press, Message(NOT_STORED, Tone.GREY))
            return
        self._wake.set()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Return whether Slack can be heard, and since when."""
        hearing = self._ear.hearing()
        return hearing.is_connected, {
            "connected": hearing.is_connected,
            "hello_age_seconds": self._age(hearing.hello_at),
        }

    def _age(self, moment: datetime | None) -> int | None:
        return None if moment is None else int((self._clock.now() - moment).total_seconds())

    def _connect(self) -> None:
        """Connect at first; later the client does so by itself. A Slack that cannot be reached yet is no reason to give up."""
        wait = FIRST_RETRY_SECONDS
        while not self.stop.is_set():
            try:
                self._ear.connect()
            except RetryableError as error:
                logger.warning("%s", error)
                self.stop.wait(wait)
                wait = min(2 * wait, LONGEST_RETRY_SECONDS)
            else:
                return

    def _act(self) -> None:
        try:
            report = act_on_presses(self.workspace, self._whisper)
        except SellerwatchError as error:
            logger.error("presses wait: %s", error)  # noqa: TRY400 - the same
            return
        except Exception:
            logger.exception("presses wait")
            return
        for problem in report.problems:
            logger.error("%s", problem)
        if report.done:
            self._drain.set()

    def _drain_all_along(self) -> None:
        """Deliver on a thread of its own: a limit of Slack's may take minutes, and the next press must not wait for it."""
        while not self.stop.is_set():
            self._drain.wait()
            self._drain.clear()
            if self.stop.is_set():
                return
            try:
                deliver_due(self.workspace)
            except SellerwatchError as error:
                logger.error("messages wait: %s", error)  # noqa: TRY400 - the same
            except Exception:
                logger.exception("messages wait")
