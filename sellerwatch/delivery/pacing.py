"""When Slack may be called again: posts by channel, other calls by workspace, and what Slack asked to leave alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sellerwatch.delivery.policy import DeliveryPolicy

LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Pace:
    """Remembers this run's calls and says when the next one is welcome."""

    def __init__(self, policy: DeliveryPolicy) -> None:
        """Start with everything free."""
        self._policy = policy
        self._next_post: dict[str, datetime] = {}
        self._next_call = LONG_AGO
        self._held_channels: dict[str, datetime] = {}
        self._held_calls = LONG_AGO

    def held_until(self, channel: str, kind: str) -> datetime:
        """Return until when Slack asked not to be sent entries of this kind for the channel."""
        channel_held = self._held_channels.get(channel, LONG_AGO)
        return max(channel_held, self._held_calls) if kind == "update" else channel_held

    def free_at(self, channel: str, kind: str) -> datetime:
        """Return when an entry of this kind may go to the channel."""
        turn = self._next_call if kind == "update" else self._next_post.get(channel, LONG_AGO)
        return max(self.held_until(channel, kind), turn)

    def looks_held_until(self) -> datetime:
        """Return until when Slack asked not to be asked about messages."""
        return self._held_calls

    def look_free_at(self) -> datetime:
        """Return when Slack may be asked about a message."""
        return max(self._next_call, self._held_calls)

    def posted(self, channel: str, now: datetime) -> None:
        """Note a post to the channel."""
        self._next_post[channel] = now + timedelta(seconds=self._policy.post_interval_seconds)

    def called(self, now: datetime) -> None:
        """Note a call that was not a post."""
        self._next_call = now + timedelta(seconds=self._policy.call_interval_seconds)

    def hold_channel(self, channel: str, until: datetime) -> None:
        """Leave the whole channel alone until then."""
        self._held_channels[channel] = max(until, self._held_channels.get(channel, LONG_AGO))

    def hold_calls(self, until: datetime) -> None:
        """Make no call other than posts until then: their limits count for the whole workspace."""
        self._held_calls = max(until, self._held_calls)
