"""A number that people gave, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import end_of_day
from sellerwatch.metrics.declared.terms import Term
from sellerwatch.metrics.derived.holding import Row, every_row, holding, rate, rows_of_store
from sellerwatch.metrics.derived.sharing import COST_SHARE, Sharing
from sellerwatch.metrics.feeds import EVERY_MARKETPLACE
from sellerwatch.metrics.storing import Run

NO_USER_DATA: Final = "no_user_data"
NO_RATE: Final = "no_rate"
STALE: Final = "stale"


@dataclass(frozen=True, slots=True)
class Figure:
    """What is said of one subject.

    Attributes:
        top: the value, or its upper part, in millionths; None where it is unknown.
        bottom: the lower part of a ratio.
        reason: why it is unknown, or provisional.
        through: the last day that it speaks of.
        kind: what the subject is.
        subject: its name; empty for the store.
        place: its marketplace, or every one.
        currency: that of amounts it is made of.
        terms: the numbers that it is made of, with the rows that say them.
    """

    top: int | None = None
    bottom: int | None = None
    reason: str | None = None
    through: date | None = None
    kind: str = "store"
    subject: str = ""
    place: str = EVERY_MARKETPLACE
    currency: str = ""
    terms: tuple[Term, ...] = ()

    @property
    def status(self) -> str:
        """What `metric_value` calls it."""
        return "unknown" if self.top is None else "provisional" if self.reason else "ok"


UNSAID: Final = Figure(reason=NO_USER_DATA)


@dataclass(frozen=True, slots=True)
class Asked:
    """One night, with the user tables that were read for it: what they say of the store, or of all stores."""

    run: Run
    tables: dict[str, list[Row]] = field(default_factory=dict)
    whole_tables: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def as_of(self) -> date:
        """The night's day."""
        return self.run.measuring.as_of

    @property
    def home(self) -> Marketplace:
        """The store's first marketplace, in whose currency amounts of the whole store are."""
        return self.run.measuring.marketplaces[0]

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a user table that are about the store."""
        if name not in self.tables:
            self.tables[name] = rows_of_store(self.run, name)
        return self.tables[name]

    def every_row(self, name: str) -> list[Row]:
        """Return the rows of a user table whatever store they are about."""
        if name not in self.whole_tables:
            self.whole_tables[name] = every_row(self.run, name)
        return self.whole_tables[name]

    def sharing(self) -> Sharing:
        """Return how the stores share what is paid for all of them."""
        return Sharing(self.run.measuring.store_id, self.run.settings.stores, self.every_row(COST_SHARE))

    def rates_of(self, currencies: Iterable[str], on: date) -> Iterator[Term]:
        """Yield what foreign currencies are worth in the home currency, each with the row that says it."""
        for currency in sorted(set(currencies) - {self.home.currency}):
            pair = (currency, self.home.currency)
            rows = [row for row in self.rows("fx_rate") if (row["currency"], row["quote_currency"]) == pair]
            if found := holding(rows, on):
                name = f"what one {currency} is worth in {self.home.currency}"
                yield Term("rests on", name, "fx_rate", to_micros(found["rate"]), ("rate",), [found])

    def at_home(self, amount: Decimal, currency: str, on: date) -> int | None:
        """Return an amount in the home currency, in millionths; None where the currency has no rate."""
        worth = rate(self.rows("fx_rate"), currency, self.home.currency, on)
        return None if worth is None else to_micros(amount * worth)


def as_row(asked: Asked, metric: str, figure: Figure) -> Mapping[str, Any]:
    """Return the figure in the columns of `storing.MEASURED`."""
    definition = asked.run.settings.metrics[metric]
    store_id = asked.run.measuring.store_id
    named = figure.subject or (f"{store_id}/{figure.currency}" if figure.currency else store_id)
    return {
        "metric": metric,
        "subject_kind": figure.kind,
        "marketplace": figure.place,
        "subject": named,
        "period_on": asked.as_of,
        "numerator": figure.top,
        "denominator": figure.bottom,
        "currency": None,
        "status": figure.status,
        "reason": figure.reason,
        "is_final": True,
        "data_through": end_of_day(figure.through, asked.home.zone) if figure.through else None,
        "scale": definition.scale,
        "definition_version": definition.version,
    }
