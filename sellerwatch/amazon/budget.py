"""Amazon's rate limits as token buckets: exact arithmetic, who goes first, the contract of a shared budget, and one kept in memory.

A bucket counts in whole numbers: millionths of a token per second times microseconds gives 10^-12 tokens, so that refilling
it a million times in small steps gives exactly what one big step gives, in every process and every database.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeAlias

from sellerwatch.amazon.errors import NotGrantedYet
from sellerwatch.amazon.quotas import BucketKey, Limit, Limits, Owner, Quota, own_key
from sellerwatch.core.clock import Clock

PICOS_PER_TOKEN: Final = 10**12
MICROS_PER_TOKEN: Final = 10**6
MAX_RATE_PER_SECOND: Final = 1000.0
PATIENCE_SECONDS: Final = 3600.0
CLOCK_SKEW: Final = timedelta(minutes=10)
"""A clock further behind than this was set back; less is two machines that disagree."""

Lane: TypeAlias = Literal["nightly", "backfill"]
"""Whose call it is: a backfill's waits for the night's."""

NIGHTLY_MARGIN: Final = timedelta(seconds=30)
"""How long after its time a token is kept for the night that waits for it; a night that died keeps it no longer."""

PREPAID_FOR: Final = timedelta(seconds=60)
"""How long a call that was paid in advance may still be made: the time of one token of the slow operations.

A bucket that was full at that time has refilled afterwards; together with what it holds, an older call would be one too many.
"""

SUSPECTED_FOR: Final = timedelta(minutes=15)
"""How soon a refusal has to follow another of the same type to show that the operation's own limit is not what it ran into."""

NOBODY: Final = Owner()
NO_QUOTAS: Final[Mapping[str, tuple[Quota, ...]]] = MappingProxyType({})
_MICROSECOND = timedelta(microseconds=1)


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


class RateBudget(Protocol):
    """Says when a call may be made. One budget serves everything that shares a seller account and an application."""

    def reserve(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Take one token of every bucket that applies in one atomic step, or of none.

        Args:
            operation: what is to be called.
            now: aware.
            report_type: Amazon's name of the report that is asked for, where the call asks for one.

        Returns:
            0.0 when taken, otherwise the seconds to wait before asking again.
        """
        ...

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named for the operation from now on; above zero and no more than a thousand."""
        ...

    def answered(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Note that a call has come back, or that nothing more is heard of it; it may have been long on its way."""
        ...

    def exhausted(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Note that Amazon refused a call for its rate: of the limit that it has most likely run into, nothing is left."""
        ...


def acquire(
    budget: RateBudget,
    operation: str,
    clock: Clock,
    *,
    report_type: str = "",
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """Wait until the budget grants one call.

    Raises:
        NotGrantedYet: the grant would come later than ``patience_seconds`` from now; nothing was taken.
    """
    give_up_at = clock.now() + timedelta(seconds=patience_seconds)
    while (wait_seconds := budget.reserve(operation, now := clock.now(), report_type=report_type)) > 0:
        if now + timedelta(seconds=wait_seconds) > give_up_at:
            raise NotGrantedYet.after(
                wait_seconds, limit_seconds=patience_seconds, operation=f"{operation} {report_type}".rstrip()
            )
        clock.sleep(wait_seconds)


class Grants:
    """Remembers the calls that are on their way, one of each operation and type, and what each may have spilled."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Mapping[BucketKey, Bucket]] = {}

    def note(self, operation: str, report_type: str, buckets: Mapping[BucketKey, Bucket], now: datetime) -> None:
        """Remember the buckets as a call finds them that is granted now."""
        self._found[operation, report_type] = {key: refill(bucket, now) for key, bucket in buckets.items()}

    def spilled_by(self, operation: str, report_type: str, answered_at: datetime) -> dict[BucketKey, int]:
        """Return what is missing from which buckets after the call; see `spilled`."""
        found = self._found.pop((operation, report_type), {})
        return {key: picos for key, bucket in found.items() if (picos := spilled(bucket, answered_at))}


class Refusals:
    """Decides which buckets a refusal empties, for Amazon does not say which of its limits a call has run into.

    By our count every bucket had a token, so somebody else takes from one of them. The operation's own bucket belongs to one
    seller and one application; a type's is often shared with every other tool on the account. So the type's is emptied when
    the operation's has a token to spare. When it has none, either may be the one: the operation's goes first, being the one
    that costs a minute and not hours, and when the same type is refused again soon after, the type's follows.
    """

    def __init__(self) -> None:
        self._suspected: dict[tuple[str, str], datetime] = {}

    def explained_by(self, buckets: Mapping[BucketKey, Bucket], now: datetime) -> list[BucketKey]:
        """Return the keys of the buckets to empty, of those that the refused call took from, as they were left."""
        typed = [key for key in buckets if key.report_type]
        own = next(key for key in buckets if not key.report_type)
        if not typed:
            return [own]
        call = (own.operation, typed[0].report_type)
        before = self._suspected.pop(call, None)
        if buckets[own].level_picos >= PICOS_PER_TOKEN or (before is not None and now - before <= SUSPECTED_FOR):
            return typed
        self._suspected[call] = now
        return [own]


class Purse:
    """A budget that calls can be paid from in advance, for one connection and one thread.

    Who has several things to do prepays the next call of each, does what is paid for and waits for nothing; the call itself
    then finds its token taken. One call of each operation and type can be paid at a time; what no call used, the next may.
    """

    def __init__(self, budget: RateBudget) -> None:
        self._budget = budget
        self._paid: dict[tuple[str, str], datetime] = {}

    def prepay(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Pay for the next call, unless that is done: 0.0 when it may be made, otherwise the seconds to wait before asking again."""
        if self._is_paid(operation, report_type, now):
            return 0.0
        wait_seconds = self._budget.reserve(operation, now, report_type=report_type)
        if wait_seconds == 0:
            self._paid[operation, report_type] = now
        return wait_seconds

    def reserve(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Use what was paid for such a call, or else pay now: 0.0 when paid, otherwise the seconds to wait before asking again."""
        if self._is_paid(operation, report_type, now):
            del self._paid[operation, report_type]
            return 0.0
        return self._budget.reserve(operation, now, report_type=report_type)

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named from now on."""
        self._budget.learn(operation, rate_per_second, now)

    def answered(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Note that a call has come back."""
        self._budget.answered(operation, now, report_type=report_type)

    def exhausted(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Note that nothing is left; what was paid for calls of the operation is not there either."""
        for call in [call for call in self._paid if call[0] == operation]:
            del self._paid[call]
        self._budget.exhausted(operation, now, report_type=report_type)

    def _is_paid(self, operation: str, report_type: str, now: datetime) -> bool:
        paid_at = self._paid.get((operation, report_type))
        return paid_at is not None and now - paid_at <= PREPAID_FOR


@dataclass(frozen=True, slots=True)
class Pool:
    """Buckets that several budgets of one process take from."""

    buckets: dict[BucketKey, Bucket] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class MemoryBudget:
    """A budget for one process; every bucket starts full. Budgets of one pool share the buckets that Amazon lets them share."""

    def __init__(
        self,
        limits: Mapping[str, tuple[float, int]],
        *,
        quotas: Mapping[str, tuple[Quota, ...]] = NO_QUOTAS,
        owner: Owner = NOBODY,
        lane: Lane = "nightly",
        pool: Pool | None = None,
    ) -> None:
        self._limits = Limits(limits, quotas)
        self._owner = owner
        self._lane: Lane = lane
        self._pool = pool or Pool()
        self._grants, self._refusals = Grants(), Refusals()

    def reserve(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Take one token of every bucket that applies: 0.0 when taken, otherwise the seconds to wait before asking again.

        Raises:
            ConfigError: the operation has no limit; the message lists those that have.
        """
        with self._pool.lock:
            buckets = self._those_of(operation, now, report_type)
            after, wait_seconds = claim(buckets.values(), now, lane=self._lane)
            self._pool.buckets.update(zip(buckets, after, strict=True))
            if wait_seconds == 0:
                self._grants.note(operation, report_type, buckets, now)
        return wait_seconds

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named from now on."""
        with self._pool.lock:
            self._pool.buckets[self._own(operation)] = learned(self.bucket(operation, now), rate_per_second, now)

    def answered(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Take away what a full bucket did not take while the call was on its way."""
        with self._pool.lock:
            for key, picos in self._grants.spilled_by(operation, report_type, now).items():
                self._pool.buckets[key] = without(self._pool.buckets[key], picos, now)

    def exhausted(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Empty the bucket that the refused call has most likely run into."""
        with self._pool.lock:
            buckets = self._those_of(operation, now, report_type)
            self._pool.buckets.update(buckets)
            for key in self._refusals.explained_by(buckets, now):
                self._pool.buckets[key] = emptied(buckets[key], now)

    def bucket(self, operation: str, now: datetime) -> Bucket:
        """Return the operation's own bucket as it was last left, or a full one."""
        return self._those_of(operation, now, "")[self._own(operation)]

    def _own(self, operation: str) -> BucketKey:
        return own_key(self._owner, operation)

    def _those_of(self, operation: str, now: datetime, report_type: str) -> dict[BucketKey, Bucket]:
        limits = self._limits.of(self._owner, operation, report_type)
        return {key: self._pool.buckets.get(key) or Bucket.full(limit, now) for key, limit in limits.items()}
