"""The rate budget that every process shares: one row per bucket, all of a call's changed in one short transaction, and its calls counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, select, update

from sellerwatch.amazon.buckets import PICOS_PER_TOKEN, Bucket, Lane, claim, emptied, learned, rate_in_micros, without
from sellerwatch.amazon.budget import Grants, Refusals
from sellerwatch.amazon.quotas import BucketKey, Limit, Limits, Owner, own_key
from sellerwatch.warehouse.dialect import insert_if_absent, insert_into
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.ledger import CALL_COUNT, RATE_BUCKET, WINDOW


class SharedBudget:
    """Implements `sellerwatch.amazon.budget.RateBudget` in the warehouse, so that it also survives a restart.

    The rows of a call are locked in the order of their keys, whoever calls, so that no two calls can wait for each other.
    """

    def __init__(
        self, engine: Engine, owner: Owner, limits: Limits, *, lane: Lane = "nightly", run: str = "", store_id: str = ""
    ) -> None:
        """Use the buckets of an application and account.

        Args:
            engine: the warehouse.
            owner: who calls.
            limits: how much is allowed; a row learns of a change when it is used next.
            lane: a backfill's calls come after the night's.
            run: what the calls are counted for, such as "night 2026-11-17"; they are not when it is empty.
            store_id: the store they are counted for.
        """
        self._engine = engine
        self._owner = owner
        self._limits = limits
        self._lane: Lane = lane
        self._run = run
        self._store_id = store_id
        self._window_id: str | None = None
        self._grants, self._refusals = Grants(), Refusals()

    def bill_to(self, window_id: str | None) -> None:
        """Count what is granted from now on as spent on a window of the ledger too, or on none."""
        self._window_id = window_id

    def reserve(self, operation: str, now: datetime, *, report_type: str = "") -> float:
        """Take one token of every bucket that applies, or none: 0.0 when taken, otherwise the seconds to wait before asking again.

        Raises:
            ConfigError: the operation has no limit; the message lists those that have.
        """
        limits = self._limits.of(self._owner, operation, report_type)
        with writing(self._engine) as connection:
            buckets = _locked(connection, limits, now)
            after, wait_seconds = claim(buckets.values(), now, lane=self._lane, margin_seconds=self._limits.margin_seconds)
            _keep(connection, limits, dict(zip(buckets, after, strict=True)))
            if wait_seconds == 0:
                self._count(connection, operation)
        if wait_seconds == 0:
            self._grants.note(operation, report_type, buckets, now)
        return wait_seconds

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named for the operation from now on."""
        limits = self._limits.of(self._owner, operation, "")
        with writing(self._engine) as connection:
            buckets = _locked(connection, limits, now)
            _keep(connection, limits, {key: learned(bucket, rate_per_second, now) for key, bucket in buckets.items()})

    def answered(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Take away what a full bucket did not take while the call was on its way; mostly there is none, and nothing is written."""
        spilled = self._grants.spilled_by(operation, report_type, now)
        if not spilled:
            return
        limits = self._limits.of(self._owner, operation, report_type)
        with writing(self._engine) as connection:
            buckets = _locked(connection, limits, now)
            _keep(connection, limits, {key: without(bucket, spilled.get(key, 0), now) for key, bucket in buckets.items()})

    def exhausted(self, operation: str, now: datetime, *, report_type: str = "") -> None:
        """Empty the bucket that the refused call has most likely run into."""
        limits = self._limits.of(self._owner, operation, report_type)
        with writing(self._engine) as connection:
            buckets = _locked(connection, limits, now)
            blamed = self._refusals.explained_by(buckets, now)
            _keep(connection, limits, {key: emptied(buckets[key], now) for key in blamed})

    def _count(self, connection: Connection, operation: str) -> None:
        """Count a granted call: in its bucket, for the run, and for the window; always in this order, as locks want it."""
        own = _is(own_key(self._owner, operation))
        connection.execute(update(RATE_BUCKET).where(own).values(calls=RATE_BUCKET.c.calls + 1))
        if self._run:
            counted = insert_into(connection, CALL_COUNT).values(
                run=self._run, store_id=self._store_id, operation=operation, calls=1
            )
            connection.execute(
                counted.on_conflict_do_update(
                    index_elements=list(CALL_COUNT.primary_key), set_={"calls": CALL_COUNT.c.calls + 1}
                )
            )
        if self._window_id is not None:
            connection.execute(update(WINDOW).where(WINDOW.c.id == self._window_id).values(calls=WINDOW.c.calls + 1))


def calls_of_run(connection: Connection, run: str, store_id: str) -> dict[str, int]:
    """Return how many calls of each operation a run of a store was granted, by the operation's name."""
    found = connection.execute(
        select(CALL_COUNT.c.operation, CALL_COUNT.c.calls)
        .where(CALL_COUNT.c.run == run, CALL_COUNT.c.store_id == store_id)
        .order_by(CALL_COUNT.c.operation)
    )
    return {row.operation: row.calls for row in found}


def read_buckets(connection: Connection, limits: Limits) -> dict[BucketKey, Bucket]:
    """Return every bucket that has been used and still has a limit, as it was last left."""
    buckets: dict[BucketKey, Bucket] = {}
    for row in connection.execute(select(RATE_BUCKET)):
        key = BucketKey(row.application, row.account, row.operation, row.report_type)
        if row.operation in limits.operations:
            limit = limits.of(Owner(row.application, row.account), row.operation, row.report_type).get(key)
            if limit is not None:
                buckets[key] = _bucket_of(row, limit)
    return buckets


def _locked(connection: Connection, limits: Mapping[BucketKey, Limit], now: datetime) -> dict[BucketKey, Bucket]:
    """Return the buckets as they were last left, locked one after another; one that is new is full."""
    return {key: _bucket_of(_locked_row(connection, key, limit, now), limit) for key, limit in limits.items()}


def _locked_row(connection: Connection, key: BucketKey, limit: Limit, now: datetime) -> Row[Any]:
    # On SQLite the transaction already holds the only write lock.
    wanted = select(RATE_BUCKET).where(_is(key)).with_for_update()
    row = connection.execute(wanted).one_or_none()
    if row is not None:
        return row
    new = {**key._asdict(), **_columns(Bucket.full(limit, now), limit), "calls": 0}
    connection.execute(insert_if_absent(connection, RATE_BUCKET).values(new))
    return connection.execute(wanted).one()


def _bucket_of(row: Row[Any], limit: Limit) -> Bucket:
    """Return the row's bucket with the burst that is configured now, and the learned rate unless another one was configured since."""
    configured = rate_in_micros(limit.rate_per_second)
    return Bucket(
        rate_micros=row.rate_micros if row.configured_micros == configured else configured,
        burst=limit.burst,
        level_picos=min(row.level_picos, limit.burst * PICOS_PER_TOKEN),
        refilled_at=row.refilled_at,
        nightly_until=row.nightly_until,
    )


def _keep(connection: Connection, limits: Mapping[BucketKey, Limit], buckets: Mapping[BucketKey, Bucket]) -> None:
    for key, bucket in buckets.items():
        connection.execute(update(RATE_BUCKET).where(_is(key)).values(_columns(bucket, limits[key])))


def _columns(bucket: Bucket, limit: Limit) -> dict[str, Any]:
    return {
        "rate_micros": bucket.rate_micros,
        "configured_micros": rate_in_micros(limit.rate_per_second),
        "burst": bucket.burst,
        "level_picos": bucket.level_picos,
        "refilled_at": bucket.refilled_at,
        "nightly_until": bucket.nightly_until,
    }


def _is(key: BucketKey) -> ColumnElement[bool]:
    return and_(*(RATE_BUCKET.c[name] == value for name, value in key._asdict().items()))
