"""A judged store whose messages reach a Slack in memory, with people who press buttons there and a clock that ticks on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sellerwatch.alerts.pressing import PressReport, act_on_presses, receive
from sellerwatch.alerts.ticking import TickReport, advance
from sellerwatch.delivery.presses import Press
from sellerwatch.delivery.sender import deliver
from sellerwatch.messages.blocks import Actions, Message
from sellerwatch.messages.plain import render_plain
from sellerwatch.settings.routing import WEEKDAYS, WorkingTime
from sellerwatch.warehouse.tables.response import RESPONSE, RESPONSE_EVENT, SLACK_ACTION
from tests.unit.alerts.judged_store import JudgedStore
from tests.unit.delivery.fake_slack import FakeSlack

OPS, LEAD, SUPPLY = "U0OPS00001", "U0LEAD0001", "U0SUPPLY01"
CONTACTS = {"supply_chain": SUPPLY, "operations": OPS, "lead": LEAD}
AROUND_THE_CLOCK = WorkingTime(days=WEEKDAYS, start="00:00", end="24:00")


@dataclass
class Whispers:
    """Keeps what people were told alone."""

    said: list[tuple[str, Message]] = field(default_factory=list)

    def say(self, press: Press, message: Message) -> bool:
        self.said.append((press.user_id, message))
        return True

    def texts(self) -> list[str]:
        return [message.title for _, message in self.said]


@dataclass
class AnsweredStore:
    """Every way to act returns the Slack calls it caused: P post, U update, R reply, R! reply shown in the channel, H look."""

    store: JudgedStore
    whispers: Whispers = field(default_factory=Whispers)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.slack = FakeSlack(self.store.clock)
        self.store.each_alone()
        self.store.with_everybodys_chain()
        self.routed(contacts=CONTACTS)

    def routed(self, **changes: Any) -> None:
        """Change routing.yaml from here on."""
        self.store.configured(routing=self.store.shipped.routing.model_copy(update=changes))

    @property
    def now(self) -> datetime:
        return self.store.clock.now()

    def night(self, offset: int, cover: float | str | None, **ages: float) -> str:
        self.store.night(offset, {} if cover is None else {"A": cover}, **ages)
        return self.deliver()

    def at(self, moment: datetime) -> str:
        """Let a tick happen at this moment."""
        self.store.clock.moment = moment
        self.ticked: TickReport = advance(self.store.workspace, self.whispers)
        return self.deliver()

    def after(self, **more: float) -> str:
        """Let a tick happen so much later."""
        return self.at(self.now + timedelta(**more))

    def press(
        self, action: str, *, by: str = OPS, name: str = "operations", value: str | None = None, envelopes: int = 1
    ) -> str:
        number = next(self.numbers)
        for copy in range(envelopes):
            press = Press(f"e{number}-{copy}", by, name, f"{number}.0", action, value or self.value(), "C0ALERTS", "")
            receive(self.store.workspace, press)
        self.pressed: PressReport = act_on_presses(self.store.workspace, self.whispers)
        return self.deliver()

    def deliver(self) -> str:
        """Send what is due; return the calls."""
        first = len(self.slack.calls)
        posted = sum(call.method == "post" for call in self.slack.calls)
        report = deliver(self.store.engine, self.slack, clock=self.store.clock, contacts=CONTACTS)
        assert report.problems == ()
        shown = iter(self.slack.shown[posted:])
        return " ".join(_sign(call.method, shown) for call in self.slack.calls[first:])

    def buttons(self) -> dict[str, str]:
        """Return name and words of every button of the alert's root message as it is now."""
        rows = [block for block in self.store.message("A").blocks if isinstance(block, Actions)]
        return {button.action: button.text for row in rows for button in row.buttons}

    def value(self) -> str:
        """Return what the buttons of the root carry now."""
        return next(block for block in self.store.message("A").blocks if isinstance(block, Actions)).buttons[0].value

    def root(self) -> str:
        return self.store.text("A")

    def root_in_slack(self) -> str:
        return str(self.slack.shown[0].payload)

    def last_in_slack(self) -> str:
        return str(self.slack.shown[-1].payload)

    def events(self) -> list[str]:
        return [row.kind for row in self.store.rows(RESPONSE_EVENT)]

    def response(self) -> Any:
        return self.store.rows(RESPONSE)[-1]

    def presses(self) -> list[str]:
        return sorted(row.state for row in self.store.rows(SLACK_ACTION))


def _sign(method: str, shown: Any) -> str:
    if method != "post":
        return {"update": "U", "find": "H", "delete": "D"}[method]
    message = next(shown)
    return ("R!" if message.is_broadcast else "R") if message.thread_ts else "P"


def text_of(message: Message) -> str:
    return render_plain(message)
