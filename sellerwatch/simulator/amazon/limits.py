"""The published request rates, and the token buckets that enforce them by simulated time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from sellerwatch.core.clock import Clock
from sellerwatch.simulator.amazon.report_types import SALES_AND_TRAFFIC


class Sharing(Enum):
    """Who draws from one and the same bucket."""

    BY_NOBODY = "each application of each seller has its own"
    BY_APPLICATIONS = "all applications of one seller"
    BY_SELLERS = "all sellers of one application"


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket's size and refill, and who shares it."""

    rate_per_second: float
    burst: int
    shared: Sharing = Sharing.BY_NOBODY

    def owner(self, seller_id: str, client_id: str) -> str:
        """Return whose bucket a call by this application for this seller draws from."""
        owners = {Sharing.BY_APPLICATIONS: seller_id, Sharing.BY_SELLERS: client_id}
        return owners.get(self.shared, f"{seller_id} {client_id}")


PUBLISHED_LIMITS: Mapping[str, Limit] = {
    "createReport": Limit(0.0167, 15),
    "getReport": Limit(2, 15),
    "getReports": Limit(0.0222, 10),
    "getReportDocument": Limit(0.0167, 15),
    "cancelReport": Limit(0.0222, 10),
    "createQuery": Limit(0.0167, 15),
    "getQuery": Limit(2, 15),
    "getQueries": Limit(0.0222, 10),
    "cancelQuery": Limit(0.0222, 10),
    "getDocument": Limit(0.0167, 15),
    "getInventorySummaries": Limit(2, 2),
}
"""Rate and burst of every SP-API operation, per selling partner and application, as Amazon's models state them."""

ADS_LIMITS: Mapping[str, Limit] = {
    "createAdsReport": Limit(0.5, 30),
    "getAdsReport": Limit(0.5, 30),
    "deleteAdsReport": Limit(0.5, 30),
    "listProfiles": Limit(0.5, 30),
}
"""Rate and burst of the Ads API, per profile. Amazon publishes none; about thirty calls a minute are reported to pass."""

ALL_LIMITS: Mapping[str, Limit] = {**PUBLISHED_LIMITS, **ADS_LIMITS}

SALES_AND_TRAFFIC_QUOTAS: Mapping[str, Mapping[str, Limit]] = {
    "none": {},
    "once_in_15_minutes_per_application": {SALES_AND_TRAFFIC: Limit(1 / 900, 4, Sharing.BY_SELLERS)},
    "once_in_15_minutes_per_account": {SALES_AND_TRAFFIC: Limit(1 / 900, 4, Sharing.BY_APPLICATIONS)},
    "three_in_5_minutes": {SALES_AND_TRAFFIC: Limit(0.01, 3)},
}
"""The quota that sales and traffic got in April 2026, in the three readings that are in circulation, and none.

The first two were told as "once in 15 minutes, 96 a day" (github.com/amzn/selling-partner-api-models/issues/5210). How many may
come at once nobody said; four, an hour's worth, are assumed. The third was told by other tools, without saying who shares it.
"""


@dataclass(slots=True)
class Bucket:
    """What is left of a limit at an instant."""

    tokens: float
    refilled_at: datetime


ALMOST_NOTHING = 1e-6
"""What adding up fractions of a token may be off by: whoever waits exactly as long as he must is not turned away for it."""


def take_token(bucket: Bucket, limit: Limit, *, now: datetime) -> bool:
    """Refill the bucket up to ``now`` and take one token; False when there is none.

    A clock that was set back refills nothing, and takes nothing away.
    """
    elapsed = max(0.0, (now - bucket.refilled_at).total_seconds())
    bucket.tokens = min(float(limit.burst), bucket.tokens + elapsed * limit.rate_per_second)
    bucket.refilled_at = now
    if bucket.tokens < 1 - ALMOST_NOTHING:
        return False
    bucket.tokens -= 1
    return True


def seconds_until_token(bucket: Bucket, limit: Limit) -> float:
    """Return how long an empty bucket takes to hold a token again."""
    return max(0.0, 1 - bucket.tokens) / limit.rate_per_second


@dataclass(slots=True)
class Buckets:
    """The buckets of one simulated Amazon, each made full when it is first drawn from."""

    clock: Clock
    filled: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def take(self, name: str, limit: Limit, *, owner: str) -> float:
        """Take a token from the owner's bucket of this name; return 0, or how many seconds there will be none."""
        now = self.clock.now()
        bucket = self.filled.setdefault((owner, name), Bucket(float(limit.burst), now))
        return 0.0 if take_token(bucket, limit, now=now) else seconds_until_token(bucket, limit)

    def give_back(self, name: str, *, owner: str) -> None:
        """Put the token that was just taken back."""
        self.filled[owner, name].tokens += 1
