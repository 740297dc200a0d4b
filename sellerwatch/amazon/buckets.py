"""One of Amazon's rate limits as a token bucket: exact arithmetic, who goes first, and what a slow way costs.

A bucket counts in whole numbers: millionths of a token per second times microseconds gives 10^-12 tokens, so that refilling
it a million times in small steps gives exactly what one big step gives, in every process and every database.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

PICOS_PER_TOKEN: Final = 10**12
MICROS_PER_TOKEN: Final = 10**6
MAX_RATE_PER_SECOND: Final = 1000.0
CLOCK_SKEW: Final = timedelta(minutes=10)
"""A clock further behind than this was set back; less is two machines that disagree."""

Lane: TypeAlias = Literal["nightly", "backfill"]
"""Whose call it is: a backfill's waits for the night's."""

NIGHTLY_MARGIN: Final = timedelta(seconds=30)
"""How long after its time a token is kept for the night that waits for it; a night that died keeps it no longer."""

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of one limit at ``refilled_at``.

    ``rate_micros`` is millionths of a token per second, ``level_picos`` is 10^-12 tokens; both fit a 64-bit integer column.
    Until ``nightly_until`` one token is kept for the night.
    """

    rate_micros: int
    burst: int
    level_picos: int
    refilled_at: datetime
    nightly_until: datetime | None = None

    @classmethod
    def full(cls, limit: tuple[float, int], now: datetime) -> Bucket:
        """Return a bucket in which a whole burst is saved up.

        Raises:
            ValueError: the rate is not above zero, or the burst is below one: no call would ever be allowed.
        """
        rate_per_second, burst = limit
        if burst < 1:
            message = f"a burst of {burst} allows no call at all"
            raise ValueError(message)
        return cls(
            rate_micros=rate_in_micros(rate_per_second), burst=burst, level_picos=burst * PICOS_PER_TOKEN, refilled_at=now
        )

    @property
    def tokens(self) -> float:
        """The calls saved up, for people to read."""
        return self.level_picos / PICOS_PER_TOKEN

    @property
    def rate_per_second(self) -> float:
        """The refill rate, for people to read."""
        return self.rate_micros / MICROS_PER_TOKEN


def rate_in_micros(rate_per_second: float) -> int:
    """Return the rate in millionths of a token per second, rounded down, at least one.

    Raises:
        ValueError: the rate is not a number above zero, or above a thousand a second.
    """
    if not 0 < rate_per_second <= MAX_RATE_PER_SECOND:
        message = f"not a rate in tokens per second: {rate_per_second}"
        raise ValueError(message)
    # The nudge undoes what binary fractions lose: 0.0167 * 10**6 is 16699.999999999996.
    return max(1, math.floor(rate_per_second * MICROS_PER_TOKEN + 1e-6))


def refill(bucket: Bucket, now: datetime) -> Bucket:
    """Return the bucket with what has dripped in since it was last refilled.

    A clock a little behind adds nothing and takes nothing: the bucket keeps its later time. A clock far behind was set
    back; the level stays, and counting goes on from the new time, or the bucket would stand still until the old time.
    """
    elapsed = now - bucket.refilled_at
    if -elapsed > CLOCK_SKEW:
        return replace(bucket, refilled_at=now, nightly_until=None)
    if elapsed <= timedelta(0):
        return bucket
    dripped = elapsed // _MICROSECOND * bucket.rate_micros
    return replace(bucket, level_picos=min(bucket.burst * PICOS_PER_TOKEN, bucket.level_picos + dripped), refilled_at=now)


def claim(
    buckets: Iterable[Bucket], now: datetime, *, lane: Lane = "nightly", margin_seconds: float = 0.0
) -> tuple[tuple[Bucket, ...], float]:
    """Take one token of every bucket, or of none.

    Both lanes use what is saved up. Once a nightly call has to wait, one token of each of its buckets is kept for it: a
    backfill's call gets the second one, so the next one is the night's and the refill is still used to the full.

    Args:
        buckets: what a call takes from.
        now: aware.
        lane: who calls.
        margin_seconds: what drips in within so many seconds is never taken; see `_margin`.

    Returns:
        The buckets afterwards, and 0.0 when the tokens were taken; otherwise the longest wait for one, in seconds.
    """
    current = tuple(refill(bucket, now) for bucket in buckets)
    wait_seconds = max(_wait(bucket, now, lane, margin_seconds) for bucket in current)
    if wait_seconds == 0:
        return tuple(replace(bucket, level_picos=bucket.level_picos - PICOS_PER_TOKEN) for bucket in current), 0.0
    if lane == "backfill":
        return current, wait_seconds
    until = now + timedelta(seconds=wait_seconds) + NIGHTLY_MARGIN
    return tuple(replace(bucket, nightly_until=max(until, bucket.nightly_until or until)) for bucket in current), wait_seconds


def _wait(bucket: Bucket, now: datetime, lane: Lane, margin_seconds: float) -> float:
    """Return the seconds until the refilled bucket has a token for the lane."""
    margin = _margin(bucket, margin_seconds)
    free = _seconds_until(bucket, PICOS_PER_TOKEN + margin, now)
    if lane == "nightly" or bucket.nightly_until is None or bucket.nightly_until <= now:
        return free
    given_up = max(free, (bucket.nightly_until - now).total_seconds())
    return given_up if bucket.burst == 1 else min(given_up, _seconds_until(bucket, 2 * PICOS_PER_TOKEN + margin, now))


def _margin(bucket: Bucket, margin_seconds: float) -> int:
    """Return what is left in the bucket for good, so that a call that is slow on its way is not followed too soon by a quick one.

    Amazon counts a call when it arrives. Calls that come as much as ``margin_seconds`` closer together than they were sent
    still find their tokens there. It costs that time once, and not with every call. A small burst keeps half of what it saves up.
    """
    dripped = round(margin_seconds * MICROS_PER_TOKEN) * bucket.rate_micros
    return min(dripped, (bucket.burst - 1) * PICOS_PER_TOKEN // 2)


def _seconds_until(bucket: Bucket, picos: int, now: datetime) -> float:
    missing = picos - bucket.level_picos
    if missing <= 0:
        return 0.0
    micros = -(-missing // bucket.rate_micros)
    return (bucket.refilled_at - now + micros * _MICROSECOND).total_seconds()


def learned(bucket: Bucket, rate_per_second: float, now: datetime) -> Bucket:
    """Return the bucket refilled at its old rate up to now and at the new one from now on."""
    return replace(refill(bucket, now), rate_micros=rate_in_micros(rate_per_second))


def emptied(bucket: Bucket, now: datetime) -> Bucket:
    """Return the bucket with nothing in it: Amazon has just said so."""
    return replace(refill(bucket, now), level_picos=0)


def spilled(before: Bucket, answered_at: datetime) -> int:
    """Return how much less Amazon has than we count, at worst, once a call has come back: 10^-12 tokens.

    Amazon counts a call when it arrives, and until then a full bucket takes no more. It arrived no later than it was
    answered, and then one of the burst was gone at the least; what we let drip in beyond that is not there.

    Args:
        before: the bucket as the call found it when it was granted.
        answered_at: when its answer came.
    """
    dripped = max(answered_at - before.refilled_at, timedelta(0)) // _MICROSECOND * before.rate_micros
    return min(max(0, before.level_picos + dripped - before.burst * PICOS_PER_TOKEN), PICOS_PER_TOKEN)


def without(bucket: Bucket, picos: int, now: datetime) -> Bucket:
    """Return the bucket refilled, less what it never had."""
    current = refill(bucket, now)
    return replace(current, level_picos=max(0, current.level_picos - picos))
