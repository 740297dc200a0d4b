"""What one run of the sender carries along: where it reads, whom it calls, how patient it is, and what it has done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from sellerwatch.core.clock import Clock
from sellerwatch.delivery.claims import Claim
from sellerwatch.delivery.outcomes import SlackApi, Tag
from sellerwatch.delivery.pacing import Pace
from sellerwatch.delivery.policy import DeliveryPolicy
from sellerwatch.delivery.showing import Images, Showing
from sellerwatch.messages.addresses import Contacts
from sellerwatch.messages.blocks import Message
from sellerwatch.messages.slack import SlackPayload


@dataclass(slots=True)
class Session:
    """One run. Counts and problems grow; all else stays."""

    engine: Engine
    slack: SlackApi
    clock: Clock
    policy: DeliveryPolicy
    pace: Pace
    fallback_channel: str | None
    contacts: Contacts
    showing: Showing
    counts: Counter[str] = field(default_factory=Counter)
    remarks: dict[str, None] = field(default_factory=dict)
    """What readers go without although every message was delivered."""
    problems: dict[str, None] = field(default_factory=dict)
    """Each problem once, in the order met."""
    waited_seconds: float = 0.0

    def after(self, seconds: float) -> datetime:
        """Return the instant this many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)

    def render(self, message: Message, images: Images) -> SlackPayload:
        """Return the message as Slack takes it, with these of its pictures."""
        return self.showing.render(message, self.contacts, images)

    def report_problem(self, text: str) -> None:
        """Keep a problem for the report."""
        self.problems.setdefault(text)

    def remark(self, text: str) -> None:
        """Keep for the report what readers go without."""
        self.remarks.setdefault(text)


def tag_of(held: Claim) -> Tag:
    """Return what the entry's message carries unseen. An update keeps its root's key: the message stays the root."""
    key = held.home.key if held.kind == "update" and held.home else held.key
    return Tag(key, held.thread_key, held.rev)
