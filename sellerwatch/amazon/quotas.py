"""Which limits a call has to keep to: its operation's own, and those that Amazon sets for the type of report it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from sellerwatch.core.errors import unknown_value

Sharers: TypeAlias = Literal["application", "account", "both"]
"""Who takes from one bucket: all sellers of an application, all applications of an account, or one seller through one application."""


class Limit(NamedTuple):
    """One published limit: tokens per second and how many may be saved up."""

    rate_per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of one operation for one type of report, beside the operation's own."""

    operation: str
    limit: Limit
    shared_by: Sharers


class Owner(NamedTuple):
    """Who calls: an application and the seller account that it calls for, each by a name that is no secret."""

    application: str = ""
    account: str = ""


class BucketKey(NamedTuple):
    """What a bucket is known by; the order of the keys is the order in which buckets are locked.

    No application, or no account, means that all of them share it. No report type means the operation's own bucket.
    """

    application: str
    account: str
    operation: str
    report_type: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit there is: of each operation, and further ones by Amazon's name of a report type.

    What drips into a bucket within ``margin_seconds`` stays in it.
    """

    operations: Mapping[str, tuple[float, int]]
    report_types: Mapping[str, tuple[Quota, ...]] = field(default_factory=dict)
    margin_seconds: float = 0.0

    def of(self, owner: Owner, operation: str, report_type: str) -> dict[BucketKey, Limit]:
        """Return the buckets that a call takes from, in the order of their keys.

        Raises:
            ConfigError: the operation has no limit; the message lists those that have.
        """
        if operation not in self.operations:
            raise unknown_value(operation, self.operations, what="operation", where="limits.yaml")
        own = {own_key(owner, operation): Limit(*self.operations[operation])}
        typed = {
            _key_of(quota, owner, report_type): quota.limit
            for quota in self.report_types.get(report_type, ())
            if quota.operation == operation
        }
        return dict(sorted((own | typed).items()))


def own_key(owner: Owner, operation: str) -> BucketKey:
    """Return the key of the bucket that all calls of an operation take from, whatever they are about."""
    return BucketKey(*owner, operation, "")


def _key_of(quota: Quota, owner: Owner, report_type: str) -> BucketKey:
    return BucketKey(
        application="" if quota.shared_by == "account" else owner.application,
        account="" if quota.shared_by == "application" else owner.account,
        operation=quota.operation,
        report_type=report_type,
    )
