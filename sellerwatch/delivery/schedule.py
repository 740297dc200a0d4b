"""What a sender should do next, decided from the heads of all conversations and the time alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sellerwatch.delivery.claims import Head
from sellerwatch.delivery.pacing import Pace


@dataclass(frozen=True, slots=True)
class Send:
    """Claim this entry and send it."""

    head: Head


@dataclass(frozen=True, slots=True)
class Look:
    """Find out what became of this entry."""

    head: Head


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be done before ``until``."""

    until: datetime
    is_pacing: bool
    """Only the steady rhythm of posts is in the way, so waiting is progress."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left that this run could deliver."""


Step: TypeAlias = Send | Look | Wait | Done


def heed(heads: Sequence[Head], pace: Pace, now: datetime) -> None:
    """Leave alone what Slack asked another run to leave alone, or this one before: the entry that it refused says until when."""
    for head in heads:
        if head.state == "pending" and head.attempts and head.not_before > now:
            pace.hold_channel(head.channel, head.not_before)
            if head.kind == "update":
                pace.hold_calls(head.not_before)


def next_step(heads: Sequence[Head], pace: Pace, now: datetime) -> Step:
    """Return the first thing that can be done now, else how long to wait, else that all is done."""
    waits: list[Wait] = []
    for head in heads:
        ready = _ready_at(head, pace, now)
        if ready is None:
            continue
        if ready <= now:
            return Look(head) if head.state == "sending" else Send(head)
        waits.append(Wait(ready, is_pacing=_is_only_pacing(head, pace, now)))
    return min(waits, key=lambda wait: wait.until, default=Done())


def _ready_at(head: Head, pace: Pace, now: datetime) -> datetime | None:
    if head.lease_until is not None:
        return max(head.lease_until, pace.look_free_at())
    if head.kind != "root" and not head.has_root:
        return None
    is_for_later = head.attempts == 0 and head.not_before > now
    return None if is_for_later else max(head.not_before, pace.free_at(head.channel, head.kind))


def _is_only_pacing(head: Head, pace: Pace, now: datetime) -> bool:
    if head.lease_until is not None:
        return max(head.lease_until, pace.looks_held_until()) <= now
    return max(head.not_before, pace.held_until(head.channel, head.kind)) <= now
