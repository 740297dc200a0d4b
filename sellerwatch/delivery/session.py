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
from sellerwatch.messages.addresses import Contacts


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
    counts: Counter[str] = field(default_factory=Counter)
    problems: dict[str, None] = field(default_factory=dict)
    """Each problem once, in the order met."""
    waited_seconds: float = 0.0

    def after(self, seconds: float) -> datetime:
        """Return the instant this many seconds from now."""
        return self.clock.now() + timedelta(seconds=seconds)

    def report_problem(self, text: str) -> None:
        """Keep a problem for the report."""
        self.problems.setdefault(text)


def tag_of(held: Claim) -> Tag:
    """Return what the entry's message carries unseen. An update keeps its root's key: the message stays the root."""
    key = held.home.key if held.kind == "update" and held.home else held.key
    return Tag(key, held.thread_key, held.rev)
