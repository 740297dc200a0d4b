"""A seeded all-orders file of any length as Amazon writes it: 33 columns, and a later version in which a tenth of the rows differ."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip

SEED = 20261121
CHANGED_SHARE, PROMOTED_SHARE, BUSINESS_SHARE = 0.1, 0.2, 0.05
_BLOCK_ROWS = 50_000
_SKUS = 5_000
_FIRST_PURCHASE = int(datetime(2026, 10, 20, tzinfo=UTC).timestamp())
_SECONDS = 30 * 86_400
_UPDATED_AFTER = 3 * 86_400

HEADERS = [
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
    "cpf",
    "is-business-order",
    "purchase-order-number",
    "price-designation",
    "signature-confirmation-recommended",
]

_PLACES = [("Seattle", "WA", "98101"), ("Boston", "MA", "02108"), ("New York", "NY", "00501"), ("Austin", "TX", "73301")]
_TITLES = (
    'Northfield Monitor Arm 27" VESA Mount, Height Adjustable, Gas Spring, Fits Desks up to 3.5 in Thick, Black, Single Screen',
    "Northfield Folding Umbrella, Windproof and Compact, 42 in Canopy, Opens and Closes at a Push, with Sleeve, Navy Blue",
    "Northfield Käsemesser Set, 3 Pieces, Stainless Steel with Handles of Acacia Wood, in a Gift Box, for Hard and Soft Cheese",
    "Northfield Steel Bottle 750 ml, Double Wall, Keeps Cold 24 and Hot 12 Hours, Leakproof Lid, Free of BPA, Powder Coated",
)


def write_orders(path: Path, rows: int, *, is_later: bool, series: int = 0) -> Path:
    """Write the file as gzip; the later version has the same orders in the same places, and a tenth of its rows differ.

    What differs is what differs in life: the order's status, its moment of last update, and the line's price.
    """
    with igzip.open(path, "wb", compresslevel=1) as file:  # type: ignore[no-untyped-call]  # isal names no types
        file.write("\t".join(HEADERS).encode() + b"\n")
        for block in _blocks(rows, series, is_later=is_later):
            file.write(_text(block))
    return path


def _text(block: pa.Table) -> bytes:
    lines = pc.binary_join_element_wise(*block.columns, "\t").combine_chunks()
    return "".join(pc.binary_join_element_wise(lines, "", "\n").to_pylist()).encode()


def _blocks(rows: int, series: int, *, is_later: bool) -> Iterator[pa.Table]:
    for number, start in enumerate(range(0, rows, _BLOCK_ROWS)):
        yield _block(min(_BLOCK_ROWS, rows - start), np.random.default_rng([SEED, series, number]), is_later=is_later)


_SINGLE_SHARE = 6 / 7


def _block(rows: int, random: np.random.Generator, *, is_later: bool) -> pa.Table:
    """Return one block of lines; six in seven orders have one line, and an order's lines stand together."""
    order = np.cumsum(random.random(rows) < _SINGLE_SHARE)
    ids = random.integers(10**13, 10**14, order[-1] + 1)[order]
    bought = _FIRST_PURCHASE + random.integers(0, _SECONDS, order[-1] + 1)[order]
    updated = bought + random.integers(600, _UPDATED_AFTER, order[-1] + 1)[order]
    sku = random.integers(0, _SKUS, rows)
    cents = random.integers(299, 19_999, rows)
    place = random.integers(0, len(_PLACES), rows)
    has_promotion, is_business = random.random(rows) < PROMOTED_SHARE, random.random(rows) < BUSINESS_SHARE
    is_changed = (random.random(rows) < CHANGED_SHARE) & is_later
    return pa.table(
        _named(
            {
                "amazon-order-id": _order_ids(ids),
                "purchase-date": _instants(bought),
                "last-updated-date": _instants(updated + 3_600 * is_changed),
                "order-status": _choice(is_changed, "Shipped", "Shipping"),
                "fulfillment-channel": _same("Amazon", rows),
                "sales-channel": _same("Amazon.com", rows),
                "ship-service-level": _same("Expedited", rows),
                "product-name": pa.array(_TITLES).take(pa.array(sku % len(_TITLES))),
                "sku": pc.binary_join_element_wise("SKU", pc.utf8_lpad(pa.array(sku).cast(pa.string()), 5, "0"), "-"),
                "asin": pc.binary_join_element_wise("B0", pc.utf8_lpad(pa.array(sku * 7919).cast(pa.string()), 8, "0"), ""),
                "item-status": _same("Shipped", rows),
                "quantity": pa.array(1 + (cents % 11 == 0)).cast(pa.string()),
                "currency": _same("USD", rows),
                "item-price": _amounts(cents + 100 * is_changed),
                "item-tax": _amounts(cents // 12),
                "shipping-price": _amounts(np.where(has_promotion, 599, 0)),
                "shipping-tax": _same("0.00", rows),
                "item-promotion-discount": _blank_unless(has_promotion, _amounts(cents // 10)),
                "ship-promotion-discount": _blank_unless(has_promotion, _same("5.99", rows)),
                **{
                    header: pa.array([cells[index] for cells in _PLACES]).take(pa.array(place))
                    for index, header in enumerate(("ship-city", "ship-state", "ship-postal-code"))
                },
                "ship-country": _same("US", rows),
                "promotion-ids": _blank_unless(has_promotion, _same("PAWS-V2-A1B2 Save 10%", rows)),
                "is-business-order": _choice(is_business, "true", "false"),
                "signature-confirmation-recommended": _same("false", rows),
            },
            rows,
        ),
    )


def _named(cells: dict[str, pa.Array], rows: int) -> dict[str, pa.Array]:
    return {header: cells.get(header, _same("", rows)) for header in HEADERS}


def _order_ids(numbers: np.ndarray) -> pa.Array:
    digits = pa.array(numbers).cast(pa.string())
    parts = (pc.utf8_slice_codeunits(digits, start, stop) for start, stop in ((0, 7), (7, 14)))
    return pc.binary_join_element_wise("111", *parts, "-")


def _instants(seconds: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(pc.strftime(pa.array(seconds, pa.timestamp("s")), "%Y-%m-%dT%H:%M:%S"), "+00:00", "")


def _amounts(cents: np.ndarray) -> pa.Array:
    whole, part = pa.array(cents // 100).cast(pa.string()), pc.utf8_lpad(pa.array(cents % 100).cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(whole, part, ".")


def _same(text: str, rows: int) -> pa.Array:
    return pa.repeat(text, rows)


def _choice(condition: np.ndarray, yes: str, no: str) -> pa.Array:
    return pc.if_else(pa.array(condition), yes, no)


def _blank_unless(condition: np.ndarray, cells: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(condition), cells, "")
