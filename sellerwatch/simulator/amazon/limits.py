"""The published request rates, and the token buckets that enforce them by simulated time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket's size and refill; ``is_shared`` pools all sellers of one application."""

    rate_per_second: float
    burst: int
    is_shared: bool = False


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
    "per_seller": {"GET_SALES_AND_TRAFFIC_REPORT": Limit(1 / 900, 96)},
    "per_application": {"GET_SALES_AND_TRAFFIC_REPORT": Limit(1 / 900, 96, is_shared=True)},
    "three_in_five_minutes": {"GET_SALES_AND_TRAFFIC_REPORT": Limit(0.01, 3)},
}
"""The three readings in circulation of the quota sales and traffic got in 2026, and none; give one as ``type_limits``."""


@dataclass(slots=True)
class Bucket:
    """What is left of a limit at an instant."""

    tokens: float
    refilled_at: datetime


def take_token(bucket: Bucket, limit: Limit, *, now: datetime) -> bool:
    """Refill the bucket up to ``now`` and take one token; False when there is none.

    A clock that was set back refills nothing, and takes nothing away.
    """
    elapsed = max(0.0, (now - bucket.refilled_at).total_seconds())
    bucket.tokens = min(float(limit.burst), bucket.tokens + elapsed * limit.rate_per_second)
    bucket.refilled_at = now
    if bucket.tokens < 1:
        return False
    bucket.tokens -= 1
    return True


def seconds_until_token(bucket: Bucket, limit: Limit) -> float:
    """Return how long an empty bucket takes to hold a token again."""
    return max(0.0, 1 - bucket.tokens) / limit.rate_per_second
