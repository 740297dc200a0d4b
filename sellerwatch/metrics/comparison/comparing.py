"""The statement behind baselines: values joined to what they are compared with, and medians by rank, alike on both databases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Double,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
    values,
)

from sellerwatch.core.periods import Days
from sellerwatch.metrics.comparison.comparable import DayOf, Offer, Pair
from sellerwatch.metrics.shape import NO_TEXT, whole
from sellerwatch.metrics.stock.cover import IS_IN_STOCK, IS_OUT, STOCK
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.types import Instant

LEFT_OUT: Final = ("out_of_stock", "promotion", "event", "unknown")
"""Why a period is not comparable, the first that holds."""

ABSENT_IS_ZERO: Final = frozenset({"gmv", "net_sales", "units"})
"""Sums over order lines. Any line of a SKU makes a row of its day: a cancelled one a row of 0, one in another currency a row that
is unknown. So a SKU without a row had no order at all, and its marketplace's row says whether that is known. What the catalogue
computes may also lack a row because a feed does not name the SKU, which is unknown and not 0."""

_KEY: Final = ("marketplace", "subject", "judged_on")
_EARLIER: Final = METRIC_VALUE.alias("earlier")


@dataclass(frozen=True, slots=True)
class Compared:
    """Everything the statement is made from.

    Attributes:
        version: of the metric's definition; values of another one are not comparable.
        reach: the days in which all compared periods lie.
        pairs: which period is compared with which.
        days: the days of the compared periods.
        offers: promotions and coupons that ran in them, by kind.
    """

    store_id: str
    metric: str
    subject_kind: str
    period: str
    subject: str | None
    version: int
    reach: Days
    pairs: Sequence[Pair]
    days: Sequence[DayOf]
    offers: Mapping[str, Sequence[Offer]]


def compare(compared: Compared) -> Select[Any]:
    """Return the statement: a row for each judged value, with median, median absolute deviation and what was left out."""
    rows = _rows(compared).cte("compared_rows")
    typical = _middle(_ranked(rows, rows.c.amount, rows.c.why.is_(None)), "typical")
    away = (
        select(*(rows.c[name] for name in _KEY), func.abs(rows.c.amount - typical.c.middle).label("amount"))
        .select_from(rows.join(typical, _same(rows, typical)))
        .where(rows.c.why.is_(None))
        .cte("away")
    )
    spread = _middle(_ranked(away, away.c.amount), "spread")
    counts = _counts(rows)
    return select(counts, typical.c.middle.label("typical"), spread.c.middle.label("spread")).select_from(
        counts.outerjoin(typical, _same(counts, typical)).outerjoin(spread, _same(counts, spread)),
    )


def _same(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in _KEY))


def _counts(rows: CTE) -> CTE:
    """Count, for each judged value, what is comparable and what is not."""
    return (
        select(
            *(rows.c[name] for name in _KEY),
            func.max(rows.c.value).label("value"),
            _how_many(rows.c.why.is_(None)).label("compared"),
            _how_many(and_(rows.c.why.is_(None), rows.c.is_provisional == 1)).label("provisional"),
            *(_how_many(rows.c.why == why).label(why) for why in LEFT_OUT),
        )
        .group_by(*(rows.c[name] for name in _KEY))
        .cte("counts")
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return whole(func.sum(case((condition, 1), else_=0)))


def _ranked(rows: CTE, amount: ColumnElement[Any], *where: ColumnElement[bool]) -> FromClause:
    """Number the amounts of each judged value from the smallest on, and say how many there are."""
    own = [rows.c[name] for name in _KEY]
    return (
        select(
            *own,
            amount.label("amount"),
            func.row_number().over(partition_by=own, order_by=amount).label("place"),
            func.count().over(partition_by=own).label("count"),
        )
        .where(*where)
        .subquery()
    )


def _middle(ranked: FromClause, name: str) -> CTE:
    """Return the median: the one in the middle, or half the sum of the two."""
    twice = ranked.c.place * 2
    half_sum = (func.min(ranked.c.amount) + func.max(ranked.c.amount)) / literal(2.0, Double())
    return (
        select(*(ranked.c[key] for key in _KEY), half_sum.label("middle"))
        .where(twice >= ranked.c["count"], twice <= ranked.c["count"] + 2)
        .group_by(*(ranked.c[key] for key in _KEY))
        .cte(name)
    )


def _rows(compared: Compared) -> Select[Any]:
    """Return each judged value beside each period it is compared with, the amount of that, and why it does not count."""
    judged, pair, left_out = _judged(compared), _pairs(compared), _left_out(compared)
    joined: FromClause = judged.join(
        pair, and_(pair.c.marketplace == judged.c.marketplace, pair.c.judged_on == judged.c.period_on)
    )
    other = _others(compared)
    same_subject = (other.c[name] == judged.c[name] for name in ("marketplace", "subject"))
    joined = joined.outerjoin(other, and_(*same_subject, other.c.period_on == pair.c.compared_on))
    joined, amount = _amount(compared, joined, judged, pair, other)
    is_out: ColumnElement[Any] = null()
    is_promoted: ColumnElement[Any] = null()
    if left_out is not None:
        same = [left_out.c[name] == judged.c[name] for name in ("marketplace", "subject")]
        joined = joined.outerjoin(left_out, and_(*same, left_out.c.compared_on == pair.c.compared_on))
        is_out, is_promoted = left_out.c.is_out, left_out.c.is_promoted
    why = case(
        (is_out == 1, "out_of_stock"),
        (is_promoted == 1, "promotion"),
        (pair.c.is_event == 1, "event"),
        (amount.is_(None), "unknown"),
        else_=NO_TEXT,
    )
    return select(
        judged.c.marketplace,
        judged.c.subject,
        judged.c.period_on.label("judged_on"),
        judged.c.value,
        amount.label("amount"),
        why.label("why"),
        case((other.c.status == "provisional", 1), else_=0).label("is_provisional"),
    ).select_from(joined)


def _pairs(compared: Compared) -> CTE:
    rows = [(item.marketplace, item.judged_on, item.compared_on, int(item.is_event)) for item in compared.pairs]
    days = (("judged_on", Date()), ("compared_on", Date()))
    return _values("pairs", rows, ("marketplace", Text()), *days, ("is_event", Integer()))


def _judged(compared: Compared) -> CTE:
    """Return the judged values, found by their days: joined to the pairs at once, SQLite would go through all of their history."""
    return _found("judged", compared, compared.subject_kind, {pair.judged_on for pair in compared.pairs}, compared.subject)


def _others(compared: Compared) -> CTE:
    """Return the values that they are compared with; SQLite would read all there are to join them as they are, for it is a view."""
    return _found("others", compared, compared.subject_kind, {pair.compared_on for pair in compared.pairs}, compared.subject)


def _found(name: str, compared: Compared, kind: str, days: Collection[date], subject: str | None) -> CTE:
    """Return the values of some days, of one subject or of all."""
    table = METRIC_VALUE.c
    own = [] if subject is None else [table.subject == subject]
    return (
        select(METRIC_VALUE)
        .where(
            table.store_id == compared.store_id,
            table.metric == compared.metric,
            table.subject_kind == kind,
            table.period == compared.period,
            table.period_on.in_(sorted(days)),
            *own,
        )
        .cte(name)
        .prefix_with("MATERIALIZED")
    )


def _amount(
    compared: Compared, joined: FromClause, judged: CTE, pair: CTE, other: CTE
) -> tuple[FromClause, ColumnElement[Any]]:
    """Return what a period is compared by: its value under the present definition and in the same currency."""
    currency = func.coalesce(other.c.currency, "") == func.coalesce(judged.c.currency, "")
    own = case((and_(other.c.definition_version == compared.version, currency), other.c.value))
    if compared.metric not in ABSENT_IS_ZERO or compared.subject_kind != "sku":
        return joined, own
    place = _found("places", compared, "marketplace", {item.compared_on for item in compared.pairs}, None)
    whole_place = and_(
        place.c.marketplace == judged.c.marketplace,
        place.c.subject == judged.c.marketplace,
        place.c.period_on == pair.c.compared_on,
        place.c.definition_version == compared.version,
    )
    names = ("store_id", "marketplace", "metric", "subject_kind", "subject", "period")
    is_same = (_EARLIER.c[name] == judged.c[name] for name in names)
    was_sold_before = exists().where(*is_same, _EARLIER.c.period_on < pair.c.compared_on)
    is_zero = and_(other.c.subject.is_(None), place.c.value.is_not(None), was_sold_before)
    return joined.outerjoin(place, whole_place), case((is_zero, literal(0.0, Double())), else_=own)


def _values(name: str, rows: Sequence[tuple[Any, ...]], *columns: tuple[str, Any]) -> CTE:
    """Return rows that the statement brings along."""
    return values(*(column(label, kind) for label, kind in columns)).data([tuple(row) for row in rows]).cte(name)


def _left_out(compared: Compared) -> CTE | None:
    """Return the subjects and compared periods in which one was out of stock or in a promotion; None where neither can be."""
    if compared.subject_kind not in {"sku", "asin"} or not compared.days:
        return None
    day = _values(
        "days_of_periods",
        compared.days,
        ("marketplace", Text()),
        ("compared_on", Date()),
        ("day", Date()),
        ("starts_at", Instant()),
        ("ends_at", Instant()),
    )
    found = [_out_of_stock(compared, day), *_promoted(compared, day)]
    every = union_all(*found).subquery("unlike")
    return (
        select(
            every.c.marketplace,
            every.c.subject,
            every.c.compared_on,
            func.max(every.c.is_out).label("is_out"),
            func.max(every.c.is_promoted).label("is_promoted"),
        )
        .group_by(every.c.marketplace, every.c.subject, every.c.compared_on)
        .cte("left_out")
    )


def _marked(subject: ColumnElement[Any], day: CTE, *, is_out: int, is_promoted: int) -> Select[Any]:
    return select(
        day.c.marketplace,
        subject.label("subject"),
        day.c.compared_on,
        literal(is_out, Integer()).label("is_out"),
        literal(is_promoted, Integer()).label("is_promoted"),
    )


def _out_of_stock(compared: Compared, day: CTE) -> Select[Any]:
    """Mark the periods with a day on which the product was out: of an ASIN, each of its SKUs whose stock is known."""
    subject = STOCK.c[compared.subject_kind]
    out_days = (
        select(STOCK.c.marketplace, subject.label("subject"), STOCK.c.snapshot_on)
        .where(
            STOCK.c.store_id == compared.store_id,
            STOCK.c.marketplace.in_(_places(compared)),
            STOCK.c.snapshot_on.between(compared.reach.first, compared.reach.last),
            or_(IS_IN_STOCK, IS_OUT),
        )
        .group_by(STOCK.c.marketplace, subject, STOCK.c.snapshot_on)
        .having(func.max(case((IS_IN_STOCK, 1), else_=0)) == 0)
        .subquery("out_days")
    )
    same = and_(out_days.c.marketplace == day.c.marketplace, out_days.c.snapshot_on == day.c.day)
    return _marked(out_days.c.subject, day, is_out=1, is_promoted=0).select_from(day.join(out_days, same))


def _places(compared: Compared) -> list[str]:
    """Return the marketplaces; the key of a snapshot is its marketplace and day, and both have to be named to be found by it."""
    return sorted({day.marketplace for day in compared.days})


def _promoted(compared: Compared, day: CTE) -> Iterator[Select[Any]]:
    """Mark the periods with a day on which a promotion or coupon of the product ran."""
    for kind, offers in compared.offers.items():
        if offers:
            ran = _values(
                f"{kind}s_that_ran",
                offers,
                ("marketplace", Text()),
                ("offer_id", Text()),
                ("starts_at", Instant()),
                ("ends_at", Instant()),
            )
            yield _of_offers(compared, day, ran, kind)


def _of_offers(compared: Compared, day: CTE, ran: CTE, kind: str) -> Select[Any]:
    product = FACTS[f"{kind}_product"]
    overlaps = and_(ran.c.marketplace == day.c.marketplace, ran.c.starts_at < day.c.ends_at, ran.c.ends_at > day.c.starts_at)
    own = and_(
        product.c.store_id == compared.store_id,
        product.c.marketplace == ran.c.marketplace,
        product.c[f"{kind}_id"] == ran.c.offer_id,
    )
    joined: FromClause = day.join(ran, overlaps).join(product, own)
    subject: ColumnElement[Any] = product.c.asin
    if compared.subject_kind == "sku":
        listed = _listed(compared)
        joined = joined.join(listed, and_(listed.c.marketplace == product.c.marketplace, listed.c.asin == product.c.asin))
        subject = listed.c.sku
    return _marked(subject, day, is_out=0, is_promoted=1).select_from(joined)


def _listed(compared: Compared) -> FromClause:
    """Return the SKUs of each ASIN, from the first compared day until the morning after the last judged one.

    Of days before a seller's first night there are no snapshots: those of that night say which SKU is which product.
    """
    last = max(pair.judged_on for pair in compared.pairs) + timedelta(days=1)
    return union(
        *(
            select(table.c.marketplace, table.c.sku, table.c.asin).where(
                table.c.store_id == compared.store_id,
                table.c.marketplace.in_(_places(compared)),
                table.c.snapshot_on.between(compared.reach.first, last),
                table.c.asin.is_not(None),
            )
            for table in (STOCK, FACTS["merchant_listing"])
        ),
    ).subquery("listed")
