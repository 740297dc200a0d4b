"""Amazon's rate limits as token buckets: exact arithmetic, the contract of a shared budget, and one kept in memory.

A bucket counts in whole numbers: millionths of a token per second times microseconds gives 10^-12 tokens, so that refilling
it a million times in small steps gives exactly what one big step gives, in every process and every database.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from sellerwatch.amazon.errors import Throttled
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import unknown_value

PICOS_PER_TOKEN: Final = 10**12
MICROS_PER_TOKEN: Final = 10**6
MAX_RATE_PER_SECOND: Final = 1000.0
PATIENCE_SECONDS: Final = 3600.0
CLOCK_SKEW: Final = timedelta(minutes=10)
"""A clock further behind than this was set back; less is two machines that disagree."""

_MICROSECOND = timedelta(microseconds=1)


class Limit(NamedTuple):
    """One published limit: tokens per second and how many may be saved up."""

    rate_per_second: float
    burst: int


PUBLISHED_LIMITS: Final[Mapping[str, Limit]] = MappingProxyType(
    {
        "createReport": Limit(0.0167, 15),
        "getReport": Limit(2.0, 15),
        "getReports": Limit(0.0222, 10),
        "getReportDocument": Limit(0.0167, 15),
        "cancelReport": Limit(0.0222, 10),
        "createQuery": Limit(0.0167, 15),
        "getQuery": Limit(2.0, 15),
        "getQueries": Limit(0.0222, 10),
        "cancelQuery": Limit(0.0222, 10),
        "getKioskDocument": Limit(0.0167, 15),
        "getInventorySummaries": Limit(2.0, 2),
        "createAdsReport": Limit(0.25, 5),
        "getAdsReport": Limit(0.25, 5),
    }
)
"""Amazon's usage plans of the Reports API 2021-06-30, Data Kiosk 2023-11-15 and the FBA Inventory API, by operation.

The Ads API publishes none; its users see about 30 calls a minute and profile, half of which each of its two operations gets.
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The state of one limit at ``refilled_at``.

    ``rate_micros`` is millionths of a token per second, ``level_picos`` is 10^-12 tokens; both fit a 64-bit integer column.
    """

    rate_micros: int
    burst: int
    level_picos: int
    refilled_at: datetime

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
        return replace(bucket, refilled_at=now)
    if elapsed <= timedelta(0):
        return bucket
    dripped = elapsed // _MICROSECOND * bucket.rate_micros
    return replace(bucket, level_picos=min(bucket.burst * PICOS_PER_TOKEN, bucket.level_picos + dripped), refilled_at=now)


def take(bucket: Bucket, now: datetime) -> tuple[Bucket, float]:
    """Take one token if there is one.

    Returns:
        The bucket afterwards, and 0.0 when the token was taken; otherwise the seconds after which one will be there.
    """
    current = refill(bucket, now)
    missing = PICOS_PER_TOKEN - current.level_picos
    if missing <= 0:
        return replace(current, level_picos=-missing), 0.0
    micros = -(-missing // current.rate_micros)
    return current, (current.refilled_at - now + micros * _MICROSECOND).total_seconds()


def learned(bucket: Bucket, rate_per_second: float, now: datetime) -> Bucket:
    """Return the bucket refilled at its old rate up to now and at the new one from now on."""
    return replace(refill(bucket, now), rate_micros=rate_in_micros(rate_per_second))


def emptied(bucket: Bucket, now: datetime) -> Bucket:
    """Return the bucket with nothing in it: Amazon has just said so."""
    return replace(refill(bucket, now), level_picos=0)


class RateBudget(Protocol):
    """Says when a call may be made. One budget serves everything that shares a seller account and an application."""

    def reserve(self, operation: str, now: datetime) -> float:
        """Take one token in one atomic step: 0.0 when taken, otherwise the seconds to wait before asking again."""
        ...

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named from now on; it lies above zero and is no more than a thousand."""
        ...

    def exhausted(self, operation: str, now: datetime) -> None:
        """Note that Amazon refused a call for its rate: nothing is left."""
        ...


def acquire(budget: RateBudget, operation: str, clock: Clock, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the budget grants one call.

    Raises:
        Throttled: the grant would come later than ``patience_seconds`` from now; nothing was taken.
    """
    give_up_at = clock.now() + timedelta(seconds=patience_seconds)
    while (wait_seconds := budget.reserve(operation, now := clock.now())) > 0:
        if now + timedelta(seconds=wait_seconds) > give_up_at:
            raise Throttled(
                f"the rate budget grants no call for another {wait_seconds:.0f} s, and {patience_seconds:.0f} s is the limit",
                where=operation,
                remedy="Run it later, or ask for fewer reports at a time",
            )
        clock.sleep(wait_seconds)


class MemoryBudget:
    """A budget for one process; every bucket starts full."""

    def __init__(self, limits: Mapping[str, tuple[float, int]]) -> None:
        self._limits = dict(limits)
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def reserve(self, operation: str, now: datetime) -> float:
        """Take one token: 0.0 when taken, otherwise the seconds to wait before asking again.

        Raises:
            ConfigError: the operation has no limit; the message lists those that have.
        """
        with self._lock:
            self._buckets[operation], wait_seconds = take(self.bucket(operation, now), now)
        return wait_seconds

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named from now on."""
        with self._lock:
            self._buckets[operation] = learned(self.bucket(operation, now), rate_per_second, now)

    def exhausted(self, operation: str, now: datetime) -> None:
        """Empty the bucket."""
        with self._lock:
            self._buckets[operation] = emptied(self.bucket(operation, now), now)

    def bucket(self, operation: str, now: datetime) -> Bucket:
        """Return the operation's bucket as it was last left, or a full one."""
        if operation not in self._limits:
            raise unknown_value(operation, self._limits, what="operation", where="rate limits")
        return self._buckets.get(operation) or Bucket.full(self._limits[operation], now)
