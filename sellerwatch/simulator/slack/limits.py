"""Slack's limits: how long each text may be, how often each method may be called, and the meter that enforces the rates.

Sizes: https://docs.slack.dev/reference/block-kit and the method pages; rates: https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

TEXT_KEPT_ON_POST = 40_000
TEXT_ON_UPDATE = 4_000
MARKDOWN_TEXT = 12_000
BLOCKS_PER_MESSAGE = 50
ATTACHMENTS_PER_MESSAGE = 100
BLOCK_TEXT_SUM = 13_200
"""Not documented: observed at 13,172 to 13,297 characters (https://github.com/slackapi/bolt-js/issues/2509)."""
METADATA_CHARACTERS = 8_000
"""Slack names the error ``metadata_too_large`` but not the size; this is an assumption on the strict side."""
HISTORY_PAGE = 999
REPLIES_PAGE = 1_000
LIST_PAGE = 1_000

SIZES: Mapping[str, int] = {
    "header": 150,
    "section": 3_000,
    "section_fields": 10,
    "field": 2_000,
    "text_object": 3_000,
    "context_elements": 10,
    "actions_elements": 25,
    "button_text": 75,
    "button_value": 2_000,
    "option_text": 75,
    "option_value": 150,
    "select_options": 100,
    "overflow_options": 5,
    "placeholder": 150,
    "identifier": 255,
    "url": 3_000,
    "alt_text": 2_000,
    "image_title": 2_000,
    "table_rows": 100,
    "table_cells": 20,
    "rich_text_elements": 500,
}
"""Longest text or longest list for each place in a block."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something may happen: ``per_minute`` in the long run, ``burst`` at once."""

    per_minute: float
    burst: int
    is_per_channel: bool = False

    @property
    def per_second(self) -> float:
        """Return the refill in calls a second."""
        return self.per_minute / 60


TIER_2 = Rate(per_minute=20, burst=20)
TIER_3 = Rate(per_minute=50, burst=50)
TIER_4 = Rate(per_minute=100, burst=100)
ONE_A_SECOND = Rate(per_minute=60, burst=1, is_per_channel=True)

RATES: Mapping[str, Rate] = {
    "chat.postMessage": ONE_A_SECOND,
    "chat.postEphemeral": TIER_4,
    "chat.update": TIER_3,
    "chat.delete": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "conversations.info": TIER_3,
    "conversations.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "files.getUploadURLExternal": TIER_4,
    "files.completeUploadExternal": TIER_4,
    "files.info": TIER_4,
    "apps.connections.open": TIER_3,
}
"""Methods that Slack meters; a method that is not here has no limit that a small team meets."""

_ENOUGH = 0.95
"""Slack allows short bursts, so a sender that keeps one second by its own watch is never refused for a few milliseconds."""

Scope = tuple[str, str]


def scope_of(method: str, channel: str) -> Scope:
    """Return what shares one meter: the method, and for posting also the channel."""
    rate = RATES.get(method)
    return (method, channel if rate is not None and rate.is_per_channel else "")


@dataclass(slots=True)
class _Bucket:
    level: float
    at: datetime


@dataclass(frozen=True, slots=True)
class _Pause:
    since: datetime
    seconds: float


@dataclass(slots=True)
class Limiter:
    """Counts calls, and remembers the Retry-After periods that Slack has announced."""

    buckets: dict[Scope, _Bucket] = field(default_factory=dict)
    pauses: dict[Scope, _Pause] = field(default_factory=dict)

    def pause(self, scope: Scope, now: datetime, *, seconds: float) -> None:
        """Remember that the caller was told to stay away for ``seconds``."""
        self.pauses[scope] = _Pause(since=now, seconds=seconds)

    def pause_left(self, scope: Scope, now: datetime) -> int:
        """Return the whole seconds of an announced Retry-After period that are still to come."""
        pause = self.pauses.get(scope)
        if pause is None:
            return 0
        elapsed = (now - pause.since).total_seconds()
        # A clock set back makes the announcement meaningless.
        return 0 if elapsed < 0 else max(0, math.ceil(pause.seconds - elapsed))

    def wait(self, scope: Scope, now: datetime) -> int:
        """Return the whole seconds until one more call is allowed; zero when it is allowed now."""
        rate = RATES.get(scope[0])
        if rate is None:
            return 0
        missing = 1 - self._refilled(scope, rate, now).level
        return 0 if missing <= 1 - _ENOUGH else max(1, math.ceil(missing / rate.per_second))

    def take(self, scope: Scope, now: datetime) -> None:
        """Count one call."""
        rate = RATES.get(scope[0])
        if rate is not None:
            self._refilled(scope, rate, now).level -= 1

    def _refilled(self, scope: Scope, rate: Rate, now: datetime) -> _Bucket:
        bucket = self.buckets.setdefault(scope, _Bucket(level=rate.burst, at=now))
        elapsed = (now - bucket.at).total_seconds()
        # After a clock was set back nothing is known about the calls before: the meter starts afresh.
        bucket.level = float(rate.burst) if elapsed < 0 else min(float(rate.burst), bucket.level + elapsed * rate.per_second)
        bucket.at = now
        return bucket
