"""A judged store whose messages reach a Slack in memory: every way to act returns the calls that Slack heard, all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sellerwatch.delivery.sender import deliver
from sellerwatch.delivery.showing import WORDS_ALONE
from sellerwatch.messages.blocks import MARKERS
from tests.spec.small_world import day
from tests.unit.alerts.judged_store import JudgedStore, Sent
from tests.unit.delivery.fake_slack import Call, FakeSlack

TONES: Final = {marker: str(tone) for tone, marker in MARKERS.items()}
CONTACTS: Final = {"supply_chain": "U0SUPPLY01", "operations": "U0OPS00001", "lead": "U0LEAD0001", "data": "U0DATA0001"}


@dataclass
class HeardStore(JudgedStore):
    """What a night decides is sent at once; a look at the history, a deletion and an upload are calls as any other.

    Pictures are said in words unless `showing` is changed.
    """

    def __post_init__(self) -> None:
        """Open the channels, and say who has which role."""
        super().__post_init__()
        self.slack, self.showing = FakeSlack(self.clock), WORDS_ALONE
        self.configured(routing=self.shipped.routing.model_copy(update={"contacts": CONTACTS}))

    def night(self, offset: int, values: dict[str, Any] | None = None, *, place: str = "US", **ages: float) -> list[Sent]:
        super().night(offset, values, place=place, **ages)
        return self.heard()

    def again(self, offset: int) -> list[Sent]:
        self.judge(day(offset))
        return self.heard()

    def late(self, night: date) -> list[Sent]:
        """Judge a night of the past, now."""
        self.judge_late(night)
        return self.heard()

    def heard(self) -> list[Sent]:
        """Send what is due; return the calls."""
        first = len(self.slack.calls)
        report = deliver(self.engine, self.slack, clock=self.clock, contacts=CONTACTS, showing=self.showing)
        assert report.is_complete, report
        return [_heard(call) for call in self.slack.calls[first:]]

    def threads(self) -> list[list[str]]:
        """Return the conversations that stand in the channels, each by the keys of its messages."""
        roots = [message for message in self.slack.visible() if message.thread_ts is None]
        return [
            [message.tag.key for message in self.slack.visible(root.channel) if root.ts in {message.ts, message.thread_ts}]
            for root in roots
        ]

    def last_text(self) -> str:
        """Return all that the newest message shows."""
        return str(self.slack.shown[-1].payload)


def _heard(call: Call) -> Sent:
    marker, _, title = call.text.partition(" ")
    kind = {"post": "reply" if call.is_reply else "root"}.get(call.method, call.method)
    return Sent(kind, TONES.get(marker, ""), call.is_broadcast, title)
