"""What part of the company's common costs and purchases a store bears, by the key that people stated."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sellerwatch.core.money import to_micros
from sellerwatch.metrics.derived.holding import Row, every_row, holding
from sellerwatch.metrics.storing import Run

COST_SHARE: Final = "cost_share"
NOT_SHARED: Final = "not_shared"


@dataclass(frozen=True, slots=True)
class Share:
    """A store's part of a whole, and the rows that state it.

    Attributes:
        part: the store's.
        whole: that of all stores together, above zero.
        rows: what was said of each store; none where there is but one.
    """

    part: int
    whole: int
    rows: tuple[Row, ...] = ()

    def of(self, micros: int) -> int:
        """Return the store's part of an amount in millionths; what is below one is cut off."""
        return micros * self.part // self.whole


ALL_OF_IT: Final = Share(1, 1)


@dataclass(frozen=True, slots=True)
class Sharing:
    """How the stores of a company share what is paid for all of them.

    Attributes:
        store_id: the store that is asked about.
        stores: every store of the company.
        rows: everything that was said in `cost_share`.
    """

    store_id: str
    stores: Collection[str]
    rows: Sequence[Row]

    def on(self, day: date) -> Share | None:
        """Return the store's part on a day: all of it where there is no other store.

        None while the part of any store is not known: that of the others would be too large.
        """
        if len(self.stores) == 1:
            return ALL_OF_IT
        named = sorted({*self.stores, *(row["store"] for row in self.rows)})
        held = {name: holding([row for row in self.rows if row["store"] == name], day) for name in named}
        parts = {name: to_micros(row["part"]) for name, row in held.items() if row}
        whole = sum(parts.values())
        if parts.keys() >= set(self.stores) and whole > 0:
            return Share(parts[self.store_id], whole, tuple(row for row in held.values() if row))
        return None


def sharing_of(run: Run) -> Sharing:
    """Read how the stores share what is paid for all of them."""
    return Sharing(run.measuring.store_id, run.settings.stores, every_row(run, COST_SHARE))
