"""The rate budget as it stands now, as plain numbers that a plan can reckon with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select

from sellerwatch.amazon.budget import Bucket, refill
from sellerwatch.core.errors import ConfigError
from sellerwatch.core.ids import fingerprint
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Limit
from sellerwatch.warehouse.accounts import seller_credentials
from sellerwatch.warehouse.planning.cost import Key, Tokens
from sellerwatch.warehouse.tables.ledger import RATE_BUCKET

SHARED: Final = ""
"""The account of a bucket that all sellers of an application share."""


@dataclass(frozen=True, slots=True)
class TypeLimit:
    """A limit of one operation for one report type, beside the operation's own."""

    operation: str
    limit: Limit
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class BudgetNow:
    """Every limit there is, and how much of it is saved up.

    Attributes:
        operations: the limit of each operation.
        report_types: further limits, by Amazon's name of the report type.
        accounts: the account that each store calls through; stores of one account share its buckets.
        buckets: what is saved up, by account, operation and report type; whatever is not in it is full.
    """

    operations: Mapping[str, Limit]
    accounts: Mapping[str, str]
    report_types: Mapping[str, tuple[TypeLimit, ...]] = field(default_factory=dict)
    buckets: Mapping[Key, Tokens] = field(default_factory=dict)

    def taken_from(self, store_id: str, operation: str, report_type: str = "") -> dict[Key, Tokens]:
        """Return the buckets that a call takes a token from."""
        account = self.accounts[store_id]
        limits = {(account, operation, ""): self.operations[operation]}
        for typed in self.report_types.get(report_type, ()):
            if typed.operation == operation:
                limits[SHARED if typed.is_shared else account, operation, report_type] = typed.limit
        return {key: self.buckets.get(key) or Tokens(limit.rate, limit.burst, limit.burst) for key, limit in limits.items()}


def read_budget(connection: Connection, settings: Settings, stores: Iterable[str], now: datetime) -> BudgetNow:
    """Return the budget of the stores, with the rates that Amazon's answers have named since."""
    accounts = {store_id: _account_of(settings, store_id) for store_id in stores}
    rows = connection.execute(select(RATE_BUCKET).where(RATE_BUCKET.c.account.in_(list(accounts.values()))))
    saved: dict[Key, Tokens] = {}
    for row in rows:
        bucket = refill(Bucket(row.rate_micros, row.burst, row.level_picos, row.refilled_at), now)
        saved[row.account, row.operation, ""] = Tokens(bucket.rate_per_second, bucket.burst, bucket.tokens)
    return BudgetNow(settings.limits, accounts, buckets=saved)


def _account_of(settings: Settings, store_id: str) -> str:
    """Return the name of the store's account; without its credentials nobody has called yet, and it stands for itself."""
    try:
        credentials = seller_credentials(settings, store_id)
    except ConfigError:
        return store_id
    return fingerprint(credentials.lwa_app_id, credentials.refresh_token)[:16]
