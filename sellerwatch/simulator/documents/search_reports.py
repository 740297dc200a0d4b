"""GET_BRAND_ANALYTICS_SEARCH_CATALOG_PERFORMANCE_REPORT and _SEARCH_QUERY_PERFORMANCE_REPORT: JSON about one whole period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days
from sellerwatch.simulator.documents.brand_periods import asked_periods
from sellerwatch.simulator.documents.json_file import Row, amount, fatal_file, fraction, json_file, specification
from sellerwatch.simulator.documents.search_funnel import (
    QUERY_SHARES,
    SPEEDS,
    Funnel,
    funnels,
    queries_of,
    query_totals,
)
from sellerwatch.simulator.documents.shapes import Books, Listing
from sellerwatch.simulator.ports import Rendered, ReportRequest

LONGEST_ASIN_LIST = 200
IMPRESSIONS_PER_SEARCH = 8
Found = dict[str, tuple[Listing, Funnel, int]]
RowsOf = Callable[[Found, Sequence[str]], Iterator[Row]]


def search_catalog(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render what searching buyers did with each product; the option asins keeps some of them."""
    return _render(books, marketplaces, request, request.options.get("asins", ""), _catalog_rows)


def search_queries(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the search queries that led to the products named in the option asin."""
    asins = request.options.get("asin", "")
    if not asins.strip():
        return fatal_file("The report option asin is required.")
    return _render(books, marketplaces, request, asins, _query_rows)


def _render(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest, asins: str, rows_of: RowsOf) -> Rendered:
    period = _one_period(request, marketplaces[0], asins)
    if isinstance(period, str):
        return fatal_file(period)
    found = funnels(books, marketplaces[0], period)
    rows = rows_of(found, asins.split() or sorted(found))
    dates = {"startDate": period.first.isoformat(), "endDate": period.last.isoformat()}
    spoken = {"dataStartTime": dates["startDate"], "dataEndTime": dates["endDate"]}
    return json_file(
        {
            "reportSpecification": specification(request, marketplaces, **spoken),
            "dataByAsin": [{**dates, **row} for row in rows],
        }
    )


def _one_period(request: ReportRequest, marketplace: Marketplace, asins: str) -> Days | str:
    if len(asins) > LONGEST_ASIN_LIST:
        return f"{request.report_type}: the list of ASINs must not be longer than {LONGEST_ASIN_LIST} characters."
    asked = asked_periods(request, marketplace)
    if isinstance(asked, str):
        return asked
    if len(asked) > 1:
        return f"{request.report_type}: a request cannot span multiple periods."
    return asked[0]


def _catalog_rows(found: Found, asins: Sequence[str]) -> Iterator[Row]:
    for asin in asins:
        if asin in found and found[asin][1].impressions:
            yield _catalog_row(*found[asin])


def _catalog_row(listing: Listing, funnel: Funnel, cents: int) -> Row:
    price = amount(listing.price_cents, listing.marketplace.currency)
    return {
        "asin": listing.asin,
        "impressionData": {
            "impressionCount": funnel.impressions,
            "impressionMedianPrice": price,
            **_speeds(funnel.impressions, "Impression"),
        },
        "clickData": {
            "clickCount": funnel.clicks,
            "clickRate": fraction(funnel.clicks, funnel.impressions),
            "clickedMedianPrice": price,
            **_speeds(funnel.clicks, "Click"),
        },
        "cartAddData": {
            "cartAddCount": funnel.carts,
            "cartAddedMedianPrice": price,
            **_speeds(funnel.carts, "CartAdd"),
        },
        "purchaseData": {
            "purchaseCount": funnel.purchases,
            "searchTrafficSales": amount(cents, listing.marketplace.currency),
            "conversionRate": fraction(funnel.purchases, funnel.clicks),
            "purchaseMedianPrice": price,
            **_speeds(funnel.purchases, "Purchase"),
        },
    }


def _query_rows(found: Found, asins: Sequence[str]) -> Iterator[Row]:
    totals = query_totals(found)
    for asin in asins:
        if asin in found:
            listing, funnel, _ = found[asin]
            for rank, query in enumerate(queries_of(listing), start=1):
                own = funnel.share(QUERY_SHARES[rank - 1][0])
                if own.clicks:
                    yield _query_row(listing, query, rank, own=own, total=totals[query])


def _query_row(listing: Listing, query: str, rank: int, *, own: Funnel, total: Funnel) -> Row:
    volume = max(total.clicks, total.impressions // IMPRESSIONS_PER_SEARCH)
    return {
        "asin": listing.asin,
        "searchQueryData": {"searchQuery": query, "searchQueryScore": rank, "searchQueryVolume": volume},
        "impressionData": {
            "totalQueryImpressionCount": total.impressions,
            "asinImpressionCount": own.impressions,
            "asinImpressionShare": fraction(own.impressions, total.impressions),
        },
        "clickData": _stage(listing, "Click", own.clicks, total.clicks, volume),
        "cartAddData": _stage(listing, "CartAdd", own.carts, total.carts, volume),
        "purchaseData": _stage(listing, "Purchase", own.purchases, total.purchases, volume),
    }


def _stage(listing: Listing, name: str, own: int, total: int, volume: int) -> Row:
    price = amount(listing.price_cents, listing.marketplace.currency)
    return {
        f"total{name}Count": total,
        f"total{name}Rate": fraction(total, volume),
        f"asin{name}Count": own,
        f"asin{name}Share": fraction(own, total),
        f"totalMedian{name}Price": price,
        f"asinMedian{name}Price": price,
        **{f"total{key[0].upper()}{key[1:]}": count for key, count in _speeds(total, name).items()},
    }


def _speeds(count: int, name: str) -> Row:
    return {f"{speed}Shipping{name}Count": count * percent // 100 for speed, percent in SPEEDS}
