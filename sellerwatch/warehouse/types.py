"""Column types that mean the same on SQLite and PostgreSQL: exact amounts, aware instants, canonical JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from sellerwatch.core.money import from_micros, to_micros

_LARGEST = 2**63 - 1


class Micros(TypeDecorator[Decimal]):
    """A decimal kept as whole millionths, because SQLite has no exact decimal and sums must agree to the cent."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Store millionths.

        Raises:
            OverflowError: no 64-bit column holds so many; SQLite would keep another number, PostgreSQL stop.
        """
        if value is None:
            return None
        micros = to_micros(Decimal(value))
        if abs(micros) > _LARGEST:
            message = f"the amount {value} is larger than the warehouse holds"
            raise OverflowError(message)
        return micros

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 - drivers give int or Decimal
        """Return a Decimal; PostgreSQL gives sums of BIGINT as numeric, hence the int()."""
        return None if value is None else from_micros(int(value))


class Instant(TypeDecorator[datetime]):
    """An aware instant, always returned in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC.

        Raises:
            ValueError: the value carries no offset.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"an instant without an offset cannot be stored: {value.isoformat()}"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC; SQLite gives back the naive form of what was stored."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def canonical_json(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """Return sorted, compact JSON: the text that a `CanonicalJson` column holds."""
    return _ENCODER.encode(value)


class CanonicalJson(TypeDecorator[Any]):
    """JSON as text with sorted keys, so that equal content is equal text in both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ANN401 - JSON is anything
        """Store sorted, compact JSON."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401 - JSON is anything
        """Return the parsed JSON."""
        return None if value is None else json.loads(value)


class JsonOrText(CanonicalJson):
    """The same for what is read one row at a time by whoever can do without it: text that is no JSON is returned as it is."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401 - JSON is anything
        """Return the parsed JSON, or the text: a spoiled row must not stop the reading of all others."""
        try:
            return super().process_result_value(value, dialect)
        except ValueError:
            return value
