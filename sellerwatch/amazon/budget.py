"""Amazon's published limits, the contract of a shared rate budget, paying in advance, and a budget kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Protocol

from sellerwatch.amazon.buckets import PICOS_PER_TOKEN, Bucket, Lane, claim, emptied, learned, refill, spilled, without
from sellerwatch.amazon.errors import NotGrantedYet
from sellerwatch.amazon.quotas import BucketKey, Limit, Limits, Owner, Quota, own_key
from sellerwatch.core.clock import Clock

PATIENCE_SECONDS: Final = 3600.0

PREPAID_FOR: Final = timedelta(seconds=60)
"""How long a call that was paid in advance may still be made: the time of one token of the slow operations.

A bucket that was full at that time has refilled afterwards; together with what it holds, an older call would be one too many.
"""

SUSPECTED_FOR: Final = timedelta(minutes=15)
"""How soon a refusal has to follow another of the same type to show that the operation's own limit is not what it ran into."""

NOBODY: Final = Owner()
NO_QUOTAS: Final[Mapping[str, tuple[Quota, ...]]] = MappingProxyType({})

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
