"""The rate budget that every process shares: one row per account and operation, changed in one short transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select, update

from sellerwatch.amazon.budget import Bucket, emptied, learned, take
from sellerwatch.core.errors import unknown_value
from sellerwatch.settings.models import Limit
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.ledger import RATE_BUCKET


class SharedBudget:
    """Implements `sellerwatch.amazon.budget.RateBudget` in the warehouse, so that it also survives a restart."""

    def __init__(self, engine: Engine, account: str, limits: Mapping[str, Limit]) -> None:
        """Use the buckets of ``account``, a name that stands for one application and one seller."""
        self._engine = engine
        self._account = account
        self._limits = limits

    def reserve(self, operation: str, now: datetime) -> float:
        """Take one token in one atomic step: 0.0 when taken, otherwise the seconds to wait before asking again."""
        wait = 0.0

        def change(bucket: Bucket) -> Bucket:
            nonlocal wait
            bucket, wait = take(bucket, now)
            return bucket

        self._change(operation, now, change, granted=lambda: wait == 0)
        return wait

    def learn(self, operation: str, rate_per_second: float, now: datetime) -> None:
        """Use the rate Amazon has just named from now on; nothing is written when it is the known one."""
        self._change(operation, now, lambda bucket: learned(bucket, rate_per_second, now))

    def exhausted(self, operation: str, now: datetime) -> None:
        """Note that Amazon refused a call for its rate: nothing is left."""
        self._change(operation, now, lambda bucket: emptied(bucket, now))

    def _change(
        self,
        operation: str,
        now: datetime,
        change: Callable[[Bucket], Bucket],
        *,
        granted: Callable[[], bool] = lambda: False,
    ) -> None:
        with writing(self._engine) as connection:
            row = self._locked_row(connection, operation, now)
            bucket = change(Bucket(row.rate_micros, row.burst, row.level_picos, row.refilled_at))
            connection.execute(
                update(RATE_BUCKET)
                .where(RATE_BUCKET.c.account == self._account, RATE_BUCKET.c.operation == operation)
                .values(
                    rate_micros=bucket.rate_micros,
                    level_picos=bucket.level_picos,
                    refilled_at=bucket.refilled_at,
                    calls=row.calls + (1 if granted() else 0),
                ),
            )

    def _locked_row(self, connection: Connection, operation: str, now: datetime) -> Row[Any]:
        row = connection.execute(self._select(operation)).one_or_none()
        if row is None:
            self._create(connection, operation, now)
            row = connection.execute(self._select(operation)).one()
        return row

    def _select(self, operation: str) -> Select[Any]:
        """Lock the row on PostgreSQL; on SQLite the transaction already holds the only write lock."""
        return (
            select(RATE_BUCKET)
            .where(RATE_BUCKET.c.account == self._account, RATE_BUCKET.c.operation == operation)
            .with_for_update()
        )

    def _create(self, connection: Connection, operation: str, now: datetime) -> None:
        if operation not in self._limits:
            raise unknown_value(operation, self._limits, what="operation", where="limits.yaml")
        limit = self._limits[operation]
        bucket = Bucket.full((limit.rate, limit.burst), now)
        connection.execute(
            insert_if_absent(connection, RATE_BUCKET).values(
                account=self._account,
                operation=operation,
                rate_micros=bucket.rate_micros,
                burst=bucket.burst,
                level_picos=bucket.level_picos,
                refilled_at=bucket.refilled_at,
                calls=0,
            ),
        )
