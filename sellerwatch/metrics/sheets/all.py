"""Every worksheet that is written by hand; the catalogue makes one more for each metric that it computes."""

from __future__ import annotations

from typing import Final

from sellerwatch.metrics.sheets import (
    account,
    advertising,
    availability,
    bridges,
    freshness,
    gross,
    growth,
    losses,
    mix,
    money,
    moved,
    returns,
    scores,
    search,
    selling,
    service,
    settled,
    stock,
    targets,
    timing,
    traffic,
    turnover,
)
from sellerwatch.metrics.sheets.kinds import Sheet

SHEETS: Final[tuple[Sheet, ...]] = (
    *selling.SHEETS,
    *moved.SHEETS,
    *traffic.SHEETS,
    *advertising.SHEETS,
    *search.SHEETS,
    *availability.SHEETS,
    *stock.SHEETS,
    *losses.SHEETS,
    *turnover.SHEETS,
    *returns.SHEETS,
    *mix.SHEETS,
    *targets.SHEETS,
    *timing.SHEETS,
    *account.SHEETS,
    *service.SHEETS,
    *freshness.SHEETS,
    *gross.SHEETS,
    *money.SHEETS,
    *growth.SHEETS,
    *settled.SHEETS,
    *scores.SHEETS,
    *bridges.SHEETS,
)
"""In the order in which they are tried: the first that can answer with what is given is filled in."""
