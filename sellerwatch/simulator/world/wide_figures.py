"""What the products of the wide world sell and how many look at them: made once for four weeks, which come again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.daily_figures import Figures
from sellerwatch.simulator.documents.traffic_rows import sum_figures
from sellerwatch.simulator.world.chance import draws
from sellerwatch.simulator.world.plans import WEEKDAY_SHARES

PRODUCTS = 300
CYCLE_DAYS = 28
PRICE_PCT = {"US": 100, "CA": 135, "MX": 1_800}
"""What a product costs by marketplace, as a share of its price in US dollars."""


class WideFigures:
    """The figures of every product by marketplace and day of the cycle; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        """Keep the seed; nothing is worked out yet."""
        self._seed = seed
        self._plans = [draws(seed, "wide", number) for number in range(PRODUCTS)]
        self._days: dict[tuple[str, int], tuple[Sequence[Figures], Figures]] = {}

    def price_cents(self, number: int, marketplace: Marketplace) -> int:
        """Return what a unit costs: a price that ends in 99."""
        dollars = 5 + int(self._plans[number][0] * 60)
        return (dollars * PRICE_PCT[marketplace.code] // 100) * 100 + 99

    def of_products(self, marketplace: Marketplace, phase: int) -> Sequence[Figures]:
        """Return the figures of all products on a day of the cycle, by their numbers."""
        return self._day(marketplace, phase)[0]

    def total(self, marketplace: Marketplace, phase: int) -> Figures:
        """Return the sum over all products on a day of the cycle."""
        return self._day(marketplace, phase)[1]

    def _day(self, marketplace: Marketplace, phase: int) -> tuple[Sequence[Figures], Figures]:
        key = (marketplace.code, phase)
        if key not in self._days:
            products = [self._figures(number, marketplace, phase) for number in range(PRODUCTS)]
            self._days[key] = (products, sum_figures(products))
        return self._days[key]

    def _figures(self, number: int, marketplace: Marketplace, phase: int) -> Figures:
        """Return one product's figures: always visitors, more of them than units."""
        luck = draws(self._seed, "wide", number, marketplace.code, phase)
        rate = 0.3 + 6 * self._plans[number][1] ** 2
        units = int(rate * WEEKDAY_SHARES[phase % 7] * (0.5 + luck[0]) + luck[1])
        items = units - int(units * 0.2 * luck[2])
        cents = units * self.price_cents(number, marketplace)
        browser = 2 + int(units * (2 + 3 * luck[3]) + 4 * luck[4])
        app = 1 + int(browser * 1.4 * luck[5])
        views = {"browser_views": browser + int(browser * luck[6]), "app_views": app + int(app * luck[7])}
        return Counter(
            units=units,
            items=items,
            cents=cents,
            refunded=int(units * 0.05 + luck[8] * 0.4),
            shipped_units=units,
            shipped_cents=cents,
            shipped_orders=items,
            browser_sessions=browser,
            app_sessions=app,
            **views,
            featured=sum(views.values()) * (80 + int(20 * luck[9])),
        )


def phase_of(day: date) -> int:
    """Return the day of the cycle; the cycle begins on a Monday."""
    return (day.toordinal() - 1) % CYCLE_DAYS
