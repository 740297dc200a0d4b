"""The wide world, for benchmarks: sellers of three hundred products in three marketplaces, whose reports cost next to nothing to make.

It renders sales and traffic, Data Kiosk's trends and sums by date, and the listings that name its products. A day is there
whole once it is over, and none is changed afterwards. Documents are put together from rows that were written before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.marketplaces import BY_CODE, BY_ID, Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.simulator.amazon.report_types import SALES_AND_TRAFFIC
from sellerwatch.simulator.documents.daily_figures import Figures
from sellerwatch.simulator.documents.flat_file import flat_file
from sellerwatch.simulator.documents.json_file import json_lines
from sellerwatch.simulator.documents.kiosk_traffic import BY_DATE, TRENDS, kiosk_sales
from sellerwatch.simulator.documents.merchant_listings import COLUMNS, listing_row
from sellerwatch.simulator.documents.rendering import fatal
from sellerwatch.simulator.documents.shapes import Listing
from sellerwatch.simulator.documents.traffic_rows import (
    product_sales,
    product_traffic,
    sales_by_date,
    sum_figures,
    traffic_by_date,
)
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.simulated import SimulatedWorld
from sellerwatch.simulator.world.wide_figures import CYCLE_DAYS, PRODUCTS, WideFigures, phase_of

MOST_SELLERS: Final = 20
PLACES: Final = tuple(BY_CODE[code] for code in ("US", "CA", "MX"))
CHILDREN: Final = 4
"""Products that share a parent."""

SHIFT: Final = 7
"""How many products further the next seller begins: no two sellers have the same figures for the same number."""

SINCE: Final = date(2024, 1, 8)
"""When every listing was opened."""

LISTINGS: Final = "GET_MERCHANT_LISTINGS_ALL_DATA"
DAILY: Final = {"dateGranularity": "DAY", "asinGranularity": "CHILD"}
"""The only report options under which the world makes sales and traffic; Amazon's default is PARENT."""

DAY, CHILD, PARENT = "@day@", "@child@", "@parent@"
"""What stands in a written row until it is known which day and product it is for."""

Row = dict[str, Any]


def wide_sellers(count: int) -> tuple[Seller, ...]:
    """Return sellers ``wide01`` and so on, each with credentials of its own.

    Raises:
        ConfigError: there are not so many.
    """
    if not 1 <= count <= MOST_SELLERS:
        raise ConfigError(f"{count} wide sellers", where="simulator", remedy=f"Choose 1 to {MOST_SELLERS}")
    return tuple(
        Seller(
            seller_id=f"A1SIMWIDE{number:05d}",
            name=f"wide{number:02d}",
            client_id=f"amzn1.application-oa2-client.wide{number:02d}",
            client_secret=f"amzn1.oa2-cs.v1.sim-wide{number:02d}",
            refresh_token=f"Atzr|sim-wide{number:02d}-refresh-token",
            marketplace_ids=tuple(place.id for place in PLACES),
        )
        for number in range(1, count + 1)
    )


class Shop:
    """The products of one wide seller, the same in every marketplace, numbered from 0."""

    def __init__(self, number: int, figures: WideFigures) -> None:
        """Keep the seller's number and where figures come from."""
        self._number = number
        self._figures = figures
        self._listings: dict[str, Sequence[Listing]] = {}

    @cached_property
    def asins(self) -> Mapping[str, int]:
        """Every product's number by its ASIN."""
        return {self.asin(number): number for number in range(PRODUCTS)}

    def asin(self, number: int) -> str:
        """Return a product's ASIN."""
        return f"B0W{self._number:02d}{number:05d}"

    def parent(self, number: int) -> str:
        """Return the ASIN of a product's parent."""
        return f"B0P{self._number:02d}{number // CHILDREN:05d}"

    def drawn(self, number: int) -> int:
        """Return the number under which a product's figures are found."""
        return (number + SHIFT * self._number) % PRODUCTS

    def named(self, text: str, number: int) -> str:
        """Return a written row with the product's names in it."""
        return text.replace(CHILD, self.asin(number)).replace(PARENT, self.parent(number))

    def listings(self, marketplace: Marketplace) -> Sequence[Listing]:
        """Return the offers in a marketplace."""
        if marketplace.code not in self._listings:
            self._listings[marketplace.code] = [self._listing(number, marketplace) for number in range(PRODUCTS)]
        return self._listings[marketplace.code]

    def _listing(self, number: int, marketplace: Marketplace) -> Listing:
        return Listing(
            sku=f"WIDE{self._number:02d}-{number:03d}",
            marketplace=marketplace,
            asin=self.asin(number),
            parent_asin=self.parent(number),
            fnsku=f"X00{self._number:02d}{number:05d}",
            title=f"Wide product {number}",
            category="Home",
            price_cents=self._figures.price_cents(self.drawn(number), marketplace),
            cubic_size=Decimal("0.20"),
            is_fba=True,
            listed_on=SINCE,
            stocked_since=SINCE,
        )


class WideWorld(SimulatedWorld):
    """Implements `ports.World` with few reports that are made fast; may be used by several threads."""

    def __init__(self, sellers: tuple[Seller, ...], seed: int = 7) -> None:
        """Keep the accounts, which are those of `wide_sellers` or the first of them."""
        super().__init__(sellers, WorldBooks([], seed))
        self._figures = WideFigures(seed)
        self._shops = {seller.seller_id: Shop(number, self._figures) for number, seller in enumerate(sellers, start=1)}
        self._written: dict[tuple[str, str, int, int], str] = {}
        self._renderers: Mapping[str, Callable[[Shop, Marketplace, ReportRequest], Rendered]] = {
            SALES_AND_TRAFFIC: self._sales_and_traffic,
            TRENDS: self._trends,
            BY_DATE: self._by_date,
            LISTINGS: self._listings,
        }

    def prepare(self) -> None:
        """Work out all figures now, so that no report waits for them on a clock that runs fast."""
        for place in PLACES:
            for phase in range(CYCLE_DAYS):
                self._figures.of_products(place, phase)

    def _render(self, request: ReportRequest) -> Rendered:
        renderer = self._renderers.get(request.report_type)
        if renderer is None:
            return fatal(f"Report type {request.report_type} is not supported by the wide world.")
        places = {place.id for place in PLACES}
        if len(request.marketplace_ids) != 1 or not places.issuperset(request.marketplace_ids):
            return fatal(f"{request.report_type} takes one marketplace of {sorted(places)}, not {request.marketplace_ids}.")
        return renderer(self._shops[request.seller_id], BY_ID[request.marketplace_ids[0]], request)

    def _sales_and_traffic(self, shop: Shop, marketplace: Marketplace, request: ReportRequest) -> Rendered:
        if {**request.options, **DAILY} != request.options:
            return fatal(f"The wide world makes {request.report_type} with the report options {DAILY} only.")
        days = _ended(request, marketplace)
        dates = self._date_rows(shop, marketplace, days)
        head = {"reportSpecification": _specification(request), "salesAndTrafficByDate": dates}
        products = ", ".join(self._product_rows(shop, marketplace, days))
        body = f'{json.dumps(head)[:-1]}, "salesAndTrafficByAsin": [{products}]}}'
        return Rendered("DONE", body.encode(), "application/json;charset=UTF-8")

    def _date_rows(self, shop: Shop, marketplace: Marketplace, days: Sequence[date]) -> list[Row]:
        offers, rows = shop.listings(marketplace), []
        for day in days:
            total = self._figures.total(marketplace, phase_of(day))
            sales, traffic = sales_by_date(total, marketplace.currency), traffic_by_date(total, offers)
            rows.append({"date": day.isoformat(), "salesByDate": sales, "trafficByDate": traffic})
        return rows

    def _product_rows(self, shop: Shop, marketplace: Marketplace, days: Sequence[date]) -> Iterator[str]:
        """Yield each product's row, summed over the days; that of a single day is written but once."""
        if len(days) == 1:
            phase = phase_of(days[0])
            written = [self._report_row(marketplace, shop.drawn(number), phase) for number in range(PRODUCTS)]
        else:
            written = list(self._summed_rows(shop, marketplace, days))
        for number, text in enumerate(written):
            yield shop.named(text, number)

    def _summed_rows(self, shop: Shop, marketplace: Marketplace, days: Sequence[date]) -> Iterator[str]:
        if not days:
            return
        times = Counter(phase_of(day) for day in days)
        products = [(self._figures.of_products(marketplace, phase), count) for phase, count in times.items()]
        sums = [_sum((day[shop.drawn(number)], count) for day, count in products) for number in range(PRODUCTS)]
        total = sum_figures(sums)
        for own in sums:
            yield _report_text(own, total, marketplace)

    def _report_row(self, marketplace: Marketplace, drawn: int, phase: int) -> str:
        key = ("", marketplace.code, drawn, phase)
        if key not in self._written:
            own = self._figures.of_products(marketplace, phase)[drawn]
            self._written[key] = _report_text(own, self._figures.total(marketplace, phase), marketplace)
        return self._written[key]

    def _trends(self, shop: Shop, marketplace: Marketplace, request: ReportRequest) -> Rendered:
        if request.options["date"] != "DAY":
            return fatal("The wide world makes trends by DAY only.")
        numbers = sorted(shop.asins[asin] for asin in set(request.options["asins"].split()) if asin in shop.asins)
        fields = request.options.get("fields", "")
        rows = self._trend_rows(shop, marketplace, _ended(request, marketplace), numbers=numbers, fields=fields)
        body = "".join([row + "\n" for row in rows])
        return Rendered("DONE", body.encode(), "application/jsonl;charset=UTF-8", is_selected=bool(fields))

    def _trend_rows(
        self, shop: Shop, marketplace: Marketplace, days: Iterable[date], *, numbers: Sequence[int], fields: str
    ) -> Iterator[str]:
        named: dict[int, list[str]] = {}
        for day in days:
            phase, text = phase_of(day), day.isoformat()
            if phase not in named:
                named[phase] = [
                    shop.named(self._trend_row(marketplace, shop.drawn(number), phase, fields), number) for number in numbers
                ]
            for row in named[phase]:
                yield row.replace(DAY, text)

    def _trend_row(self, marketplace: Marketplace, drawn: int, phase: int, fields: str) -> str:
        key = (f"trends {fields}", marketplace.code, drawn, phase)
        if key not in self._written:
            own, total = self._figures.of_products(marketplace, phase)[drawn], self._figures.total(marketplace, phase)
            row = {
                "asinAggregation": "CHILD",
                "startDate": DAY,
                "endDate": DAY,
                "marketplaceId": marketplace.id,
                "parentAsin": PARENT,
                "childAsin": CHILD,
                "sales": kiosk_sales(own, marketplace.currency),
                "traffic": product_traffic(own, total),
            }
            self._written[key] = json.dumps(_picked(row, _tree(fields)) if fields else row)
        return self._written[key]

    def _by_date(self, shop: Shop, marketplace: Marketplace, request: ReportRequest) -> Rendered:
        if request.options["date"] != "DAY":
            return fatal("The wide world makes sums by DAY only.")
        return json_lines(
            {
                "startDate": row["date"],
                "endDate": row["date"],
                "marketplaceId": marketplace.id,
                "sales": row["salesByDate"],
                "traffic": row["trafficByDate"],
            }
            for row in self._date_rows(shop, marketplace, _ended(request, marketplace))
        )

    def _listings(self, shop: Shop, marketplace: Marketplace, request: ReportRequest) -> Rendered:
        del request
        rows = [listing_row(listing, 0, "Active") for listing in shop.listings(marketplace)]
        return flat_file(COLUMNS, rows, charset=marketplace.charset, line_end="\n")


def _ended(request: ReportRequest, marketplace: Marketplace) -> list[date]:
    """Return the local days asked for that are over."""
    today = local_day(request.now, marketplace.zone)
    first = request.data_start.date() if request.data_start else today
    last = min(request.data_end.date() if request.data_end else today, today - timedelta(days=1))
    return list(Days(first, last)) if first <= last else []


def _specification(request: ReportRequest) -> Row:
    today = request.now.date()
    return {
        "reportType": request.report_type,
        "reportOptions": dict(request.options),
        "dataStartTime": (request.data_start.date() if request.data_start else today).isoformat(),
        "dataEndTime": (request.data_end.date() if request.data_end else today).isoformat(),
        "marketplaceIds": list(request.marketplace_ids),
    }


def _sum(parts: Iterable[tuple[Figures, int]]) -> Figures:
    """Return the sum of figures that come several times each."""
    total: Figures = Counter()
    for figures, count in parts:
        for name, value in figures.items():
            total[name] += count * value
    return total


def _report_text(own: Figures, total: Figures, marketplace: Marketplace) -> str:
    sales, traffic = product_sales(own, marketplace.currency), product_traffic(own, total)
    return json.dumps({"parentAsin": PARENT, "childAsin": CHILD, "salesByAsin": sales, "trafficByAsin": traffic})


def _tree(fields: str) -> Row:
    """Return paths such as ``sales.unitsOrdered`` as branches."""
    tree: Row = {}
    for path in fields.split():
        branch = tree
        for part in path.split("."):
            branch = branch.setdefault(part, {})
    return tree


def _picked(row: Row, tree: Row) -> Row:
    """Return what is wanted of a row; what it does not have is null."""
    found = {name: row.get(name) for name in tree}
    return {name: _picked(value, tree[name]) if isinstance(value, dict) else value for name, value in found.items()}
