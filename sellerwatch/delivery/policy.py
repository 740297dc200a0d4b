"""How patient delivery is: the intervals and periods of the contract with Slack, in one place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sellerwatch.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """Seconds of the sender's clock. A simulated clock that runs N times as fast needs ``scaled(N)`` against a real network."""

    post_interval_seconds: float = 1.0
    """Slack takes one post a second and channel."""
    call_interval_seconds: float = 1.2
    """chat.update, history and replies are limited to about 50 a minute."""
    call_timeout_seconds: float = 30.0
    """No call may take longer; the client's own timeout must not exceed it."""
    quiet_period_seconds: float = 60.0
    """After an unknown outcome Slack may still accept the message this long; looking earlier could lead to a second one."""
    lease_seconds: float = 210.0
    """A claim's call must be over, with its quiet period and the gap between two looks, when the lease ends: only then may another
    process look, and one look tells it what two tell of a call whose outcome is unknown."""
    look_gap_seconds: float = 30.0
    looks_before_resend: int = 2
    first_backoff_seconds: float = 5.0
    longest_backoff_seconds: float = 60.0
    poll_seconds: float = 5.0
    """Longest single sleep, so that another sender's progress is seen."""
    file_looks: int = 5
    """How often Slack is asked whether it has processed a file, before its message is sent without it."""
    file_gap_seconds: float = 2.0
    max_wait_seconds: float = 900.0
    """Total waiting for limits, leases and quiet periods; the rest stays pending, and the night ends."""

    def __post_init__(self) -> None:
        """Refuse periods with which a message could be sent twice, or never.

        Raises:
            ConfigError: the quiet period does not exceed the call's timeout, or the lease does not outlast both.
        """
        if self.quiet_period_seconds <= self.call_timeout_seconds:
            raise _unsafe("quiet_period_seconds", "call_timeout_seconds", self.call_timeout_seconds)
        if self.lease_seconds <= self.settled_after_seconds:
            least = "call_timeout_seconds + quiet_period_seconds + look_gap_seconds"
            raise _unsafe("lease_seconds", least, self.settled_after_seconds)

    @property
    def settled_after_seconds(self) -> float:
        """How long after the beginning of a call one look tells whether its message is visible."""
        return self.call_timeout_seconds + self.quiet_period_seconds + self.look_gap_seconds

    def scaled(self, factor: float) -> DeliveryPolicy:
        """Return the policy whose safety periods last as long in real time on a clock that runs ``factor`` times as fast."""
        names = ("call_timeout_seconds", "quiet_period_seconds", "lease_seconds", "look_gap_seconds", "max_wait_seconds")
        return replace(self, **{name: getattr(self, name) * factor for name in names})

    def backoff_seconds(self, attempts: int) -> float:
        """Return the wait after this many attempts when Slack named none."""
        doubled: float = self.first_backoff_seconds * 2 ** min(max(attempts - 1, 0), 16)
        return min(self.longest_backoff_seconds, doubled)


def _unsafe(name: str, least: str, seconds: float) -> ConfigError:
    return ConfigError(f"{name} must be more than {least}", where="delivery policy", remedy=f"Set it above {seconds:g} seconds")


DEFAULT_POLICY: Final = DeliveryPolicy()
