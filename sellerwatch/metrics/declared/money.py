"""Money of the company: how long cash lasts, and what buying costs against before and in the end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.core.money import to_micros
from sellerwatch.core.periods import Days
from sellerwatch.metrics.declared.figure import NO_RATE, STALE, UNSAID, Asked, Figure
from sellerwatch.metrics.declared.terms import Term, joined, total
from sellerwatch.metrics.declared.typed import Measure
from sellerwatch.metrics.derived.holding import Row, holding, speaks_of
from sellerwatch.metrics.derived.sharing import ALL_OF_IT, COST_SHARE, NOT_SHARED
from sellerwatch.metrics.measured_days import known_days
from sellerwatch.reports.user.declare import EVERY
from sellerwatch.warehouse.tables.facts import FACTS

QUARTER: Final = timedelta(days=91)
_BALANCE_HOLDS: Final = timedelta(days=45)
_PARTS: Final = ("purchase_amount", "packaging_amount", "freight_amount", "duty_amount", "other_amount")
_SETTLED: Final = FACTS["settlement_line"]
_AFTER_SALES: Final = ("DisposalComplete", "RemovalComplete")


def cash_runway(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield the months that the newest balances last, at the running costs that hold."""
    balances, costs = _balances(asked), _costs(asked)
    if not (balances and costs):
        yield UNSAID
        return
    oldest = min(row["balance_on"] for row in balances)
    cash = _together(asked, [(row["balance_amount"], row["currency"]) for row in balances])
    spent = _together(asked, [(row["monthly_amount"], row["currency"]) for row in costs])
    if cash is None or spent is None:
        yield Figure(reason=NO_RATE, through=oldest)
        return
    doubt = STALE if asked.as_of - oldest > _BALANCE_HOLDS else None
    terms = (
        Term("numerator", "cash", "cash_balance", cash, ("balance_amount", "currency"), balances),
        Term("denominator", "running costs of a month", "operating_cost", spent, ("monthly_amount", "currency"), costs),
        *asked.rates_of((row["currency"] for row in (*balances, *costs)), asked.as_of),
    )
    known = Figure(cash, spent, doubt, oldest, terms=terms)
    yield known if spent > 0 else replace(known, top=None, bottom=None, reason="zero_denominator")


def _together(asked: Asked, amounts: Iterable[tuple[Decimal, str]]) -> int | None:
    """Return the sum in the home currency, in millionths; None where a currency has no rate."""
    found = [asked.at_home(amount, currency, asked.as_of) for amount, currency in amounts]
    return None if None in found else sum(amount for amount in found if amount is not None)


def _balances(asked: Asked) -> list[Row]:
    """Return the newest balance of each account and currency."""
    newest: dict[tuple[str, str], Row] = {}
    for row in sorted(asked.rows("cash_balance"), key=lambda row: row["balance_on"]):
        if row["balance_on"] <= asked.as_of:
            newest[row["account"], row["currency"]] = row
    return list(newest.values())


def _costs(asked: Asked) -> list[Row]:
    """Return the running costs of the whole company that hold, since its cash is that of all stores."""
    by_kind: dict[tuple[str, str], list[Row]] = {}
    for row in asked.every_row("operating_cost"):
        by_kind.setdefault((row["store"], row["cost_type"]), []).append(row)
    return [found for rows in by_kind.values() if (found := holding(rows, asked.as_of))]


def unit_cost_reduction(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield how much less a unit costs than a quarter ago: of each SKU, and of a basket with one unit of each."""
    by_sku: dict[str, list[Row]] = {}
    for row in asked.rows("unit_cost"):
        by_sku.setdefault(row["sku"], []).append(row)
    own = [found for place in asked.run.measuring.marketplaces for found in _reductions(asked, place, by_sku)]
    yield from (figure for figure, _ in own)
    known = [(figure, currency) for figure, currency in own if figure.top is not None]
    if not known:
        yield UNSAID
    for currency in sorted({currency for _, currency in known}):
        terms = joined(term for figure, other in known if other == currency for term in figure.terms)
        top, bottom = total(terms, "numerator"), total(terms, "denominator")
        yield Figure(top, bottom, through=asked.as_of, currency=currency, terms=terms)


def _reductions(asked: Asked, place: Marketplace, by_sku: Mapping[str, Collection[Row]]) -> Iterator[tuple[Figure, str]]:
    for sku, rows in sorted(by_sku.items()):
        here = [row for row in rows if speaks_of(row, place.code)]
        now, then = holding(here, asked.as_of), holding(here, asked.as_of - QUARTER)
        if now and then:
            yield _reduction(asked, now, then, sku=sku, place=place.code), now["currency"]


def _reduction(asked: Asked, now: Row, then: Row, *, sku: str, place: str) -> Figure:
    """Compare two costs of one term and currency, of which the same parts are known."""
    before, after = _cost("cost of a unit a quarter ago", then), _cost("cost of a unit now", now)
    terms = (before, replace(after, times=-1), replace(before, side="denominator"))
    found = Figure(None, None, "incomparable", asked.as_of, "sku", sku, place, terms=terms)
    if _basis(now) != _basis(then) or total([before], "numerator") <= 0:
        return found
    return replace(found, top=total(terms, "numerator"), bottom=before.micros, reason=None)


def _cost(name: str, row: Row) -> Term:
    cost = sum(to_micros(row[part]) for part in _PARTS if row[part] is not None)
    return Term("numerator", name, "unit_cost", cost, (*_PARTS, "currency", "incoterm"), [row])


def _basis(row: Row) -> tuple[object, ...]:
    return (row["currency"], row["incoterm"], *(row[name] is None for name in _PARTS))


def composite_cost(asked: Asked, _: str) -> Iterator[Figure]:
    """Yield what a quarter's purchases cost with what follows the sale, against the purchases alone."""
    days = Days(asked.as_of - QUARTER, asked.as_of - timedelta(days=1))
    own, common = _orders(asked, days)
    if not (own or common):
        yield UNSAID
        return
    bought, why = _purchases(asked, own, common)
    after, doubt = _after_sales(asked, days)
    if after is None or bought is None:
        yield Figure(reason=doubt if after is None else why, through=days.last)
        return
    currencies = {row["currency"] for row in (*own, *common)} | {place.currency for place in asked.run.measuring.marketplaces}
    below = [replace(term, side="denominator") for term in bought if term.side == "numerator"]
    terms = (*bought, after, *below, *asked.rates_of(currencies, asked.as_of))
    whole = total(terms, "denominator")
    found = Figure(total(terms, "numerator"), whole, doubt, days.last, terms=terms)
    yield found if whole > 0 else replace(found, top=None, bottom=None, reason="zero_denominator")


def _orders(asked: Asked, days: Days) -> tuple[list[Row], list[Row]]:
    """Return what was ordered on these days for the store, and for all stores.

    What names no store gives way where the same order and SKU are there for a store: it is the same goods.
    """
    rows = [row for row in asked.every_row("purchase_order") if row["ordered_on"] in days]
    assigned = {(row["po_number"], row["sku"]) for row in rows if row["store"] != EVERY}
    own = [row for row in rows if row["store"] == asked.run.measuring.store_id]
    return own, [row for row in rows if row["store"] == EVERY and (row["po_number"], row["sku"]) not in assigned]


def _purchases(asked: Asked, own: Sequence[Row], common: Sequence[Row]) -> tuple[list[Term] | None, str | None]:
    """Return what the store's orders cost, and its part of those for all stores; None and the reason where it is not known."""
    sharing = asked.sharing()
    shares = [sharing.on(row["ordered_on"]) for row in common]
    costs = [_cost_of_order(asked, row) for row in (*own, *common)]
    if None in shares or None in costs:
        return None, NO_RATE if None in costs else NOT_SHARED
    known = [share for share in shares if share]
    amounts = [amount for amount in costs if amount is not None]
    parts = [share.of(amount) for share, amount in zip(known, amounts[len(own) :], strict=True)]
    if all(share is ALL_OF_IT for share in known):
        return [_bought("purchases", sum(amounts), [*own, *common])], None
    stated = {(row["store"], row["valid_from"]): row for share in known for row in share.rows}
    its_own = [_bought("purchases", sum(amounts[: len(own)]), own)] if own else []
    shared = _bought("its part of purchases for all stores", sum(parts), common)
    return [
        *its_own,
        shared,
        Term("rests on", "the parts that stores bear", COST_SHARE, None, ("part",), [*stated.values()]),
    ], None


def _cost_of_order(asked: Asked, row: Row) -> int | None:
    return asked.at_home(row["ordered_units"] * row["unit_amount"], row["currency"], asked.as_of)


def _bought(name: str, micros: int, rows: Sequence[Row]) -> Term:
    return Term("numerator", name, "purchase_order", micros, ("ordered_on", "ordered_units", "unit_amount", "currency"), rows)


def _after_sales(asked: Asked, days: Days) -> tuple[Term | None, str | None]:
    """Return what refunds, disposals and removals took from the settlements of these days, and what is doubtful about it."""
    whole, doubt = 0, None
    places = asked.run.measuring.marketplaces
    for place in places:
        known = known_days(asked.run.connection, asked.run.measuring.store_id, place.code, "settlement", days)
        seen = len(known)
        if not seen:
            return None, "no_data"
        doubt = doubt or ("missing_days" if seen < len(days) else None)
        taken = _together(asked, _taken(asked, place, days))
        if taken is None:
            return None, NO_RATE
        whole += taken
    name, cells = "settled for refunds, disposals and removals", ("posted_on", "transaction_type", "amount_description")
    reads = tuple(select(_SETTLED).where(*_is_after_sale(asked, place, days)) for place in places)
    return Term("numerator", name, _SETTLED.name, whole, (*cells, "amount", "currency"), reads=reads, times=-1), doubt


def _taken(asked: Asked, place: Marketplace, days: Days) -> Iterator[tuple[Decimal, str]]:
    currency, amount = _SETTLED.c.currency, func.sum(_SETTLED.c.amount)
    grouped = select(currency, amount).where(*_is_after_sale(asked, place, days)).group_by(currency)
    for code, settled in asked.run.connection.execute(grouped):
        yield settled or Decimal(0), code or place.currency


def _is_after_sale(asked: Asked, place: Marketplace, days: Days) -> list[ColumnElement[bool]]:
    return [
        _SETTLED.c.store_id == asked.run.measuring.store_id,
        _SETTLED.c.marketplace == place.code,
        _SETTLED.c.posted_on.between(days.first, days.last),
        or_(_SETTLED.c.transaction_type == "Refund", _SETTLED.c.amount_description.in_(_AFTER_SALES)),
    ]


MONEY: Final[Mapping[str, Measure]] = {
    "cash_runway_months": cash_runway,
    "unit_cost_reduction_pct": unit_cost_reduction,
    "composite_cost_ratio": composite_cost,
}
"""Metrics of the company's own money."""
