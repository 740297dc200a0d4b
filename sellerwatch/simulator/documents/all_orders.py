"""GET_FLAT_FILE_ALL_ORDERS_DATA, by last update and by order date: one row per order line as it stands when rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.periods import Days, local_day
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file, money
from sellerwatch.simulator.documents.shapes import Books, Order, OrderLine
from sellerwatch.simulator.documents.snapshots import LONGEST_ORDER
from sellerwatch.simulator.ports import Rendered, ReportRequest

COLUMNS = (
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status", "fulfillment-channel",
    "sales-channel", "order-channel", "ship-service-level", "product-name", "sku", "asin", "item-status", "quantity", "currency",
    "item-price", "item-tax", "shipping-price", "shipping-tax", "gift-wrap-price", "gift-wrap-tax", "item-promotion-discount",
    "ship-promotion-discount", "ship-city", "ship-state", "ship-postal-code", "ship-country", "promotion-ids", "cpf",
    "is-business-order", "purchase-order-number", "price-designation", "signature-confirmation-recommended",
)  # fmt: skip
"""The 33 columns of a live account in 2026."""

LONGEST_RANGE = timedelta(days=31)
"""A longer range gives a finished report without rows and without an error."""

ITEM_STATUS = {"Pending": "Unshipped", "Shipping": "Unshipped", "Shipped": "Shipped", "Cancelled": "Cancelled"}
TAX_SHARES = {"na": (8, 100), "eu": (19, 119), "fe": (10, 110)}
"""Tax as a fraction of the printed price: added to it in America, contained in it in Europe."""

OrderInstant = Callable[[Order, datetime], datetime]


def by_last_update(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the lines of orders whose last update, as known now, lies in the range."""
    return _render(books, marketplaces, request, _last_update)


def by_order_date(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the lines of orders purchased in the range, as they stand now."""
    return _render(books, marketplaces, request, _purchase)


def _last_update(order: Order, now: datetime) -> datetime:
    return order.state(now)[0]


def _purchase(order: Order, _now: datetime) -> datetime:
    return order.purchased_at


def _render(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest, instant: OrderInstant) -> Rendered:
    now = request.now.astimezone(UTC)
    start, end = (request.data_start or now), min(request.data_end or now, now)
    lines: list[OrderLine] = []
    if start < end and end - start <= LONGEST_RANGE:
        candidates = chain.from_iterable(_candidates(books, item, start=start, end=end) for item in marketplaces)
        lines = [line for line in candidates if start <= instant(line.order, now) < end and line.order.purchased_at <= now]
    lines.sort(key=lambda line: (instant(line.order, now), line.order.order_id))
    rows = (_row(line, now) for line in lines)
    return flat_file(COLUMNS, rows, charset=charset_of(marketplaces, in_america="utf-8"), line_end="\r\n")


def _candidates(books: Books, marketplace: Marketplace, *, start: datetime, end: datetime) -> Iterator[OrderLine]:
    """Yield the lines of every local day an order of the range can have been purchased on."""
    first, last = local_day(start - LONGEST_ORDER, marketplace.zone), local_day(end, marketplace.zone)
    for day in Days(first, last):
        yield from books.lines(marketplace, day)


def _row(line: OrderLine, now: datetime) -> tuple[str, ...]:
    order, listing, place = line.order, line.listing, line.order.place
    updated_at, status = order.state(now)
    is_off_amazon = order.kind == "off_amazon"
    currency, price, tax, discount, shipping = _amounts(line, status)
    return (
        order.order_id,
        f"MCF-{order.order_id[-7:]}" if is_off_amazon else "",
        order.purchased_at.isoformat(),
        updated_at.isoformat(),
        status,
        "Amazon" if listing.is_fba else "Merchant",
        "Non-Amazon" if is_off_amazon else listing.marketplace.domain,
        "",
        order.service,
        listing.title,
        listing.sku,
        listing.asin,
        ITEM_STATUS[status],
        "0" if status == "Cancelled" else str(line.quantity),
        currency,
        price,
        tax,
        shipping,
        shipping,
        "",
        "",
        discount,
        "",
        place.city,
        place.state,
        place.postal_code,
        place.country,
        f"Core Free Shipping,{listing.sku}-SALE" if discount else "",
        "",
        "false",
        "",
        "",
        "false",
    )


def _amounts(line: OrderLine, status: str) -> tuple[str, str, str, str, str]:
    """Return currency, price, tax, discount and shipping; all blank while pending, when cancelled, and for outside orders."""
    if status in {"Pending", "Cancelled"} or line.order.kind == "off_amazon":
        return "", "", "", "", ""
    marketplace = line.listing.marketplace
    share, whole = TAX_SHARES[marketplace.region]
    price = line.price_cents
    discount = money(line.discount_cents) if line.discount_cents else ""
    return marketplace.currency, money(price), money(price * share // whole), discount, "0.00"
