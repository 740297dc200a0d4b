"""The rate budget as it stands now, as plain numbers that a plan can reckon with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from sellerwatch.amazon.buckets import refill
from sellerwatch.amazon.quotas import BucketKey, Limits, Owner
from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.accounts import owner_of, rate_limits
from sellerwatch.warehouse.planning.cost import Key, Tokens
from sellerwatch.warehouse.rate_budget import read_buckets


@dataclass(frozen=True, slots=True)
class BudgetNow:
    """Every limit there is, and how much of it is saved up.

    Attributes:
        limits: the limits of operations and of report types.
        owners: who calls for each store; stores of one account share its buckets.
        buckets: what is saved up; whatever is not in it is full.
    """

    limits: Limits
    owners: Mapping[str, Owner]
    buckets: Mapping[BucketKey, Tokens] = field(default_factory=dict)

    def taken_from(self, store_id: str, operation: str, report_type: str = "") -> dict[Key, Tokens]:
        """Return the buckets that a call takes a token from."""
        limits = self.limits.of(self.owners[store_id], operation, report_type)
        return {
            key: self.buckets.get(key) or Tokens(limit.rate_per_second, limit.burst, limit.burst)
            for key, limit in limits.items()
        }


def read_budget(connection: Connection, settings: Settings, stores: Iterable[str], now: datetime) -> BudgetNow:
    """Return the budget of the stores, with the rates that Amazon's answers have named since."""
    limits = rate_limits(settings)
    saved = {key: refill(bucket, now) for key, bucket in read_buckets(connection, limits).items()}
    buckets = {key: Tokens(bucket.rate_per_second, bucket.burst, bucket.tokens) for key, bucket in saved.items()}
    return BudgetNow(limits, {store_id: _owner_of(settings, store_id) for store_id in stores}, buckets)


def _owner_of(settings: Settings, store_id: str) -> Owner:
    """Return who calls for the store; without its credentials nobody has called yet, and it stands for itself."""
    try:
        return owner_of(settings, store_id)
    except ConfigError:
        return Owner(account=store_id)
