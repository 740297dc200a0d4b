"""Facts with a number that Amazon only implies: revenue of all buyers, searches for a brand, and a state as a depth."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Select, case, func, null, or_

from sellerwatch.metrics.derived.declare import DerivedFact, made, rows_of, shared, taken
from sellerwatch.metrics.shape import NO_NUMBER, raw_micros
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.contract import Kind
from sellerwatch.warehouse.tables.facts import FACTS

_REVENUE_COLUMNS: Final = (
    *taken("repeat_purchase", "period_kind", "last_on", "asin", "currency", "repeat_revenue_amount"),
    made("revenue_amount", Kind.MONEY, "Revenue of all buyers: the repeat revenue by its share; blank where that is nothing."),
)


def buyer_revenue(_: Run) -> Select[Any]:
    """Repeat purchases with the revenue that they are a share of."""
    base = FACTS["repeat_purchase"]
    revenue, share = raw_micros(base.c.repeat_revenue_amount), raw_micros(base.c.repeat_revenue_fraction)
    own = {"revenue_amount": case((share > 0, shared(revenue, share)), else_=null())}
    return rows_of(base, _REVENUE_COLUMNS, own, joined=base)


_QUERY_COLUMNS: Final = (
    *taken("search_query_performance", "period_kind", "last_on", "asin", "search_query", "asin_impressions"),
    made("brand_impressions", Kind.INTEGER, "Impressions where a brand term was typed; blank while the store names none."),
)


def brand_query(run: Run) -> Select[Any]:
    """Search queries with whether they hold one of the store's brand terms, in capitals or not."""
    base = FACTS["search_query_performance"]
    terms = run.settings.store(run.measuring.store_id).brand_terms
    typed = func.lower(base.c.search_query)
    # SQLite's lower() knows ASCII alone, so what a person typed in capitals throughout is looked for as well.
    named = [typed.contains(term.lower(), autoescape=True) for term in terms]
    named += [base.c.search_query.contains(term.upper(), autoescape=True) for term in terms]
    own = {"brand_impressions": case((or_(*named), base.c.asin_impressions), else_=0) if named else NO_NUMBER}
    return rows_of(base, _QUERY_COLUMNS, own, joined=base)


STATE_DEPTHS: Final = {"NORMAL": 0, "AT_RISK": 1, "DEACTIVATED": 2, "SUSPENDED": 2}
"""How bad a state of the account is; a word that Amazon has made up since is blank."""

_ACCOUNT_COLUMNS: Final = (
    *taken("account_status", "snapshot_on", "marketplace_id", "status"),
    made("depth", Kind.INTEGER, "0 normal, 1 at risk, 2 deactivated; blank for another word."),
)


def account_state(_: Run) -> Select[Any]:
    """States of the account as depths."""
    base = FACTS["account_status"]
    own = {"depth": case(STATE_DEPTHS, value=func.upper(base.c.status), else_=null())}
    return rows_of(base, _ACCOUNT_COLUMNS, own, joined=base)


SHARES: Final = (
    DerivedFact(
        name="buyer_revenue",
        title="One product's repeat revenue in a period, with the revenue it is a share of",
        base="repeat_purchase",
        columns=_REVENUE_COLUMNS,
        select=buyer_revenue,
    ),
    DerivedFact(
        name="brand_query",
        title="One search query of a product, with its brand impressions",
        base="search_query_performance",
        columns=_QUERY_COLUMNS,
        select=brand_query,
    ),
    DerivedFact(
        name="account_state",
        title="The account's state in one marketplace on one day, as a depth",
        base="account_status",
        columns=_ACCOUNT_COLUMNS,
        select=account_state,
        is_snapshot=True,
    ),
)
