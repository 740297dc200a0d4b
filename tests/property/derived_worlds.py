"""Small facts and what people filled in beside them, drawn at random, for metrics that read derived facts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from sqlalchemy import select

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.metrics.catalogue import measurements
from sellerwatch.metrics.derived.registry import DERIVED
from sellerwatch.metrics.known import known_feeds
from sellerwatch.metrics.measured_days import Measuring, known_days
from sellerwatch.metrics.reference.engine import Facts, measure, rows_by_day
from sellerwatch.metrics.reference.facts import derived_rows
from sellerwatch.metrics.reference.given import Given
from sellerwatch.metrics.spans import reach
from sellerwatch.metrics.storing import Run
from sellerwatch.reports.registry import TABLES
from sellerwatch.settings.catalogue import report_of
from sellerwatch.settings.load import Settings
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.user import USER
from tests.property import catalogue_worlds, engines_compared
from tests.property.catalogue_worlds import OWN, DrawnWorld, Pulled, Row
from tests.property.engines_compared import Key, decimal_of, key_of, spans_of
from tests.spec.people import People
from tests.spec.small_world import NIGHT, NOW, World

Told = tuple[str, tuple[tuple[str, Any], ...]]
"""A row of a table that people fill in: the table, and the cells that matter."""

Numbers = tuple[Any, ...]
"""Numerator, denominator, value, status, reason, and whether it is final."""

PLACES = ("US", "DE")
TERMS = ("acme",)
NEIGHBOUR = "neighbour"
AMOUNTS = (None, Decimal(0), Decimal("9.99"), Decimal("1234.567891"))
UNITS = (None, 0, 1, 2, 7)
SKUS = ("A", "B")
BACK = (-40, -31, -30, -17, -16, -9, -2, -1, 0)
RUNS = ((-120, 0), (-120, 0), (-120, 0), (-31, -1), (-9, -2))
CURRENCIES = ("own", "own", "own", "EUR", None)
ORDERED = {
    "sku": SKUS,
    "currency": CURRENCIES,
    "order_status": ("Shipped", "Shipped", "Pending", "Cancelled", None),
    "item_status": ("Shipped", "Cancelled", None),
    "sales_channel": ("Amazon.com", "Non-Amazon", None),
    "quantity": UNITS,
    "item_price_amount": AMOUNTS,
    "item_promotion_discount_amount": AMOUNTS[:3],
}
POOLS: dict[str, dict[str, tuple[Any, ...]]] = {
    "order_line": ORDERED | {"purchased_on": tuple(NIGHT + timedelta(days=at) for at in (*BACK, -365, -366, -380))},
    "economics_day": {
        "msku": SKUS,
        "currency": CURRENCIES,
        "units_ordered": UNITS,
        "units_refunded": UNITS,
        "net_units_sold": (*UNITS, -1),
        "net_product_sales_amount": (*AMOUNTS, Decimal("-5.5")),
        "refunded_product_sales_amount": AMOUNTS,
    },
    "fba_return": {"sku": SKUS, "units": UNITS, "disposition": ("SELLABLE", "DEFECTIVE", "CUSTOMER_DAMAGED", None)},
    "economics_charge": {"msku": SKUS, "charge_kind": ("FEE", "AD"), "currency": CURRENCIES, "total_amount": AMOUNTS},
    "settlement_line": {
        "sku": (*SKUS, None),
        "transaction_type": ("Order", "Refund", None),
        "amount_type": ("ItemPrice", "Promotion", "ItemFees"),
        "amount_description": ("Principal", "Storage Fee", "FBAPerUnitFulfillmentFee", "Commission"),
        "amount": (*AMOUNTS, Decimal("-3.3")),
        "currency": CURRENCIES,
        "quantity": UNITS,
    },
    "fba_inventory": {"sku": SKUS, "sellable_units": UNITS},
    "sales_traffic_day": {"units_ordered": UNITS, "currency": CURRENCIES, "ordered_product_sales_amount": AMOUNTS},
    "repeat_purchase": {
        "asin": SKUS,
        "period_kind": ("WEEK", "MONTH"),
        "currency": CURRENCIES,
        "repeat_revenue_amount": AMOUNTS,
        "repeat_revenue_fraction": (None, Decimal(0), Decimal("0.0217"), Decimal(1)),
    },
    "search_query_performance": {
        "asin": SKUS,
        "period_kind": ("WEEK", "MONTH"),
        "search_query": ("acme cup", "ACME", "cup", "Acme%"),
        "asin_impressions": UNITS,
    },
    "account_status": {
        "marketplace_id": tuple(marketplace(code).id for code in PLACES),
        "status": ("NORMAL", "AT_RISK", "DEACTIVATED", "FINE", None),
    },
}
"""What may stand in the columns that matter, by table; the day is the table's own."""

DAYS = {
    "order_line": "purchased_on",
    "economics_day": "sold_on",
    "fba_return": "returned_on",
    "economics_charge": "sold_on",
    "settlement_line": "posted_on",
    "fba_inventory": "snapshot_on",
    "sales_traffic_day": "sold_on",
    "repeat_purchase": "last_on",
    "search_query_performance": "last_on",
    "account_status": "snapshot_on",
}
FROM = tuple(NIGHT + timedelta(days=at) for at in (-400, -40, -10, -5))
TO = (None, None, NIGHT - timedelta(days=3), NIGHT + timedelta(days=9))
SCOPE = {"store": ("own", "*"), "marketplace": ("US", "DE", "*", "*")}
VALID = {"valid_from": FROM, "valid_to": TO}
MONEY = ("USD", "USD", "EUR", "CNY")
SAID: dict[str, dict[str, tuple[Any, ...]]] = {
    "unit_cost": SCOPE
    | VALID
    | {
        "sku": SKUS,
        "purchase_amount": (Decimal(5), Decimal("0.333333")),
        "packaging_amount": (None, Decimal("0.1"), Decimal("0.1")),
        "freight_amount": (None, Decimal(1), Decimal("1.5")),
        "duty_amount": (Decimal(0),),
        "other_amount": (None, Decimal("0.01")),
        "currency": MONEY,
    },
    "fx_rate": VALID
    | {"currency": ("CNY", "EUR", "USD"), "quote_currency": ("USD", "EUR"), "rate": (Decimal("0.14"), Decimal("1.085"))},
    "target": SCOPE
    | VALID
    | {
        "kpi": ("gmv", "gmv", "units"),
        "subject": ("*", "*", "A"),
        "period": ("day", "week", "month", "quarter", "year"),
        "target_value": (Decimal(0), Decimal(1000), Decimal("333.333333")),
        "currency": (None, *MONEY),
    },
    "event": SCOPE
    | {
        "event": ("peak", "calm"),
        "kind": ("peak",),
        "valid_from": FROM,
        "valid_to": (NIGHT - timedelta(days=2), NIGHT + timedelta(days=20)),
        "expected_factor": (None, Decimal(0), Decimal(3), Decimal("0.5")),
    },
    "operating_cost": {"store": ("own", "*"), "cost_type": ("rent", "pay"), "currency": MONEY}
    | VALID
    | {"monthly_amount": (Decimal(0), Decimal(3100))},
    "cost_share": {"store": ("own", NEIGHBOUR), "part": (Decimal(0), Decimal(1), Decimal("33.333333"))} | VALID,
    "promotion_cost": SCOPE
    | {
        "promotion": ("deal", "sale"),
        "sku": SKUS,
        "starts_on": tuple(NIGHT + timedelta(days=at) for at in (-200, -18, -9, -2)),
        "ends_on": tuple(NIGHT + timedelta(days=at) for at in (-2, -1)),
        "baseline_units": (Decimal(0), Decimal("1.5"), Decimal(40)),
        "fee_amount": (None, Decimal(3)),
        "extra_ads_amount": (None, Decimal(0)),
        "currency": MONEY,
    },
}
ALWAYS = NIGHT - timedelta(days=400)
EVERYWHERE = {"store": "*", "marketplace": "*"}
IN_DOLLARS = {"valid_from": ALWAYS, "valid_to": None, "currency": "USD"}
COST = {
    "purchase_amount": Decimal(5),
    "packaging_amount": Decimal("0.1"),
    "freight_amount": Decimal("1.5"),
    "duty_amount": Decimal(0),
    "other_amount": Decimal("0.01"),
}
RATES = (("EUR", "USD", "1.085"), ("USD", "EUR", "0.92"), ("CNY", "USD", "0.14"), ("CNY", "EUR", "0.13"))
GIVEN: dict[str, tuple[dict[str, Any], ...]] = {
    "unit_cost": tuple(EVERYWHERE | IN_DOLLARS | COST | {"sku": sku} for sku in SKUS),
    "fx_rate": tuple(
        {"valid_from": ALWAYS, "valid_to": None, "currency": of, "quote_currency": into, "rate": Decimal(rate)}
        for of, into, rate in RATES
    ),
    "target": tuple(
        EVERYWHERE | IN_DOLLARS | {"kpi": "gmv", "subject": "*", "period": period, "target_value": Decimal(1000)}
        for period in ("day", "week", "month")
    ),
    "operating_cost": ({"store": "*", "cost_type": "rent", "monthly_amount": Decimal(3100)} | IN_DOLLARS,),
    "cost_share": tuple(
        {"store": store, "part": Decimal(part), "valid_from": ALWAYS, "valid_to": None}
        for store, part in (("own", 2), (NEIGHBOUR, 1))
    ),
    "promotion_cost": tuple(
        EVERYWHERE
        | {"promotion": "fair", "sku": sku, "starts_on": NIGHT - timedelta(days=18), "ends_on": NIGHT - timedelta(days=2)}
        | {"baseline_units": Decimal("1.5"), "fee_amount": Decimal(3), "extra_ads_amount": Decimal(0), "currency": "USD"}
        for sku in SKUS
    ),
}
"""What people have said in a world where nothing is missing; other rows are drawn beside it."""

PLAIN = {"currency": OWN, "order_status": "Shipped", "item_status": "Shipped", "sales_channel": "Amazon.com"}
"""What stands in the cells of such a world's facts; where another cell was drawn blank, its first number does."""

FOR: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "refund_day": (("economics_day",), ()),
    "order_on_plan": (("order_line", "sales_traffic_day"), ("target", "event", "fx_rate")),
    "target_day": (("sales_traffic_day",), ("target", "event", "fx_rate")),
    "overhead_day": (("sales_traffic_day",), ("operating_cost", "cost_share", "fx_rate")),
    "promotion_run": (("order_line",), ("promotion_cost", "unit_cost", "fx_rate")),
}
"""Fact tables and user tables behind the derived facts that are no rows of one fact table."""


@dataclass(frozen=True)
class DerivedWorld:
    """One metric, its facts, and what people said beside them, at first and after it was measured once."""

    metric: str
    facts: DrawnWorld
    said: tuple[Told, ...]
    said_later: tuple[Told, ...]
    stores: tuple[str, ...]
    """The company's, besides the one that is measured."""


@dataclass(frozen=True)
class Drawing:
    """What can be drawn around a metric: its feeds, and strategies, made once, for facts and for what people say."""

    feeds: list[str]
    users: list[str]
    facts: st.SearchStrategy[tuple[list[Row], list[Row]]]
    many: st.SearchStrategy[tuple[list[Row], list[Row]]]
    told: st.SearchStrategy[tuple[list[Told], list[Told]]]


def chosen(settings: Settings, metric: str) -> Settings:
    """Return the configuration with this metric alone."""
    return replace(settings, metrics={metric: settings.metrics[metric]})


def derived_metrics(settings: Settings) -> list[str]:
    """Return the metrics that read a derived fact."""
    return sorted({item.metric for item in measurements(settings) if set(item.tables) & DERIVED.keys()})


def behind(settings: Settings, metric: str) -> tuple[list[str], list[str]]:
    """Return the fact tables and the user tables behind a metric."""
    names = {table for item in measurements(chosen(settings, metric)) for table in item.tables}
    facts, users = set(), set()
    for name in names:
        if name in FOR:
            facts |= set(FOR[name][0])
            users |= set(FOR[name][1])
        else:
            facts.add(DERIVED[name].base if name in DERIVED else name)
            users |= set(DERIVED[name].users) if name in DERIVED else set()
    return sorted(facts), sorted(users)


def drawings(settings: Settings) -> dict[str, Drawing]:
    """Return, by metric, what can be drawn around it."""
    return {metric: _drawing(settings, metric) for metric in derived_metrics(settings)}


def _drawing(settings: Settings, metric: str) -> Drawing:
    facts, users = behind(settings, metric)
    feeds = {report_of(feed) for item in measurements(chosen(settings, metric)) for feed in item.feeds}
    feeds |= {"sales_traffic"} if "sales_traffic_day" in facts else set()
    feeds |= {"fba_returns"} if "fba_return" in facts else set()
    row, told = st.one_of([_row(table) for table in facts]), st.one_of([_told(table) for table in users])
    return Drawing(
        sorted(feeds),
        users,
        st.tuples(st.lists(row, max_size=20), st.lists(row, max_size=3)),
        st.tuples(st.lists(row, min_size=10, max_size=24), st.lists(row, max_size=3)),
        st.tuples(st.lists(told, max_size=8), st.lists(told, max_size=2)) if users else st.just(([], [])),
    )


@st.composite
def worlds(draw, drawn_from: dict[str, Drawing]):
    metric = draw(st.sampled_from(sorted(drawn_from)))
    own, places = drawn_from[metric], draw(st.sampled_from([("US",), PLACES]))
    is_plain = draw(st.booleans())
    earlier = 365 if metric == "gmv_yoy_pct" else 0
    pulled = []
    for feed, place in itertools.product(own.feeds, places):
        first, last = RUNS[0] if is_plain else draw(st.sampled_from(RUNS))
        pulled.append(Pulled(feed, place, first - earlier, last, "done", "loaded", NOW))
    rows, restated = draw(own.many if is_plain else own.facts)
    said, said_later = draw(own.told)
    if is_plain:
        rows = [_plain(row) for row in rows]
        said = [*((table, tuple(sorted(row.items()))) for table in own.users for row in GIVEN.get(table, ())), *said]
    facts = DrawnWorld(
        definitions={},
        places=places,
        pulled=tuple(pulled),
        rows=tuple(_placed(rows, places)),
        restated=tuple(_placed(restated, places)),
        withdrawn=(),
        learned=(),
        is_redefined=False,
        is_measured_the_night_before=False,
    )
    has_company = {"cost_share", "target", "promotion_cost"} & set(own.users)
    stores = draw(st.sampled_from([(), (NEIGHBOUR,)])) if has_company else ()
    return DerivedWorld(metric, facts, tuple(said), tuple(said_later), stores)


def _plain(row: Row) -> Row:
    """Return the row without anything that keeps a number from being made of it."""
    filled = {name: PLAIN.get(name) or (_number(row.table, name) if value is None else value) for name, value in row.cells}
    return replace(row, cells=tuple(filled.items()))


def _number(table: str, column: str) -> Any:
    return next(value for value in POOLS[table][column] if value not in {None, 0})


def _placed(rows: list[Row], places: tuple[str, ...]) -> list[Row]:
    return [replace(row, place=places[int(row.place) % len(places)]) for row in rows]


def _row(table: str) -> st.SearchStrategy[Row]:
    """Draw a row; in place of its marketplace stands a number, from which that of the world is chosen."""
    cells = {DAYS[table]: tuple(NIGHT + timedelta(days=at) for at in BACK)} | POOLS[table]
    drawn = st.tuples(st.sampled_from("01"), *map(st.sampled_from, cells.values()))
    return drawn.map(lambda values: Row(table, values[0], tuple(zip(cells, values[1:], strict=True))))


def _told(table: str) -> st.SearchStrategy[Told]:
    cells = {name: st.sampled_from(values) for name, values in SAID[table].items()}
    return st.fixed_dictionaries(cells).filter(_makes_sense).map(lambda drawn: (table, tuple(sorted(drawn.items()))))


def _makes_sense(row: dict[str, Any]) -> bool:
    if row.get("valid_to") is not None and row["valid_to"] <= row["valid_from"]:
        return False
    return row.get("quote_currency") != row.get("currency") or "quote_currency" not in row


def say(world: World, people: People, rows: tuple[Told, ...]) -> None:
    """Import what people said, each key once."""
    with reading(world.engine) as connection:
        taken = {
            (name, *key)
            for name in {name for name, _ in rows}
            for key in connection.execute(select(*USER[name].primary_key.columns))
        }
    for name, cells in rows:
        row = dict(cells)
        if row.get("store") == "own":
            row["store"] = world.store_id
        full = {column.name: row.get(column.name) for column in USER[name].primary_key.columns}
        key = (name, *full.values())
        if key not in taken:
            taken.add(key)
            people.say(name, row)


def write(world: World, people: People, drawn: DerivedWorld) -> None:
    catalogue_worlds.write(world, drawn.facts)
    say(world, people, drawn.said)


def restate(world: World, people: People, drawn: DerivedWorld) -> None:
    catalogue_worlds.restate(world, drawn.facts)
    say(world, people, drawn.said_later)


def stored(world: World) -> dict[Key, Numbers]:
    """Return what the SQL engine wrote of the periods that a night looks at."""
    looked_at = {
        (item.metric, span.period, span.on) for item in measurements(world.settings) for span in spans_of(item, nights=1)
    }
    kept = ("numerator", "denominator", "value", "status", "reason", "is_final")
    return {key: tuple(said[name] for name in kept) for key, said in engines_compared.stored(world, looked_at).items()}


def _rows_of(connection: Any, table: Any, store_id: str) -> list[dict[str, Any]]:
    statement = select(table)
    if "store_id" in table.c:
        statement = statement.where(table.c.store_id == store_id)
    elif "store" in table.c and table is not USER["cost_share"]:
        statement = statement.where(table.c.store.in_([store_id, "*"]))
    return [dict(row) for row in connection.execute(statement).mappings()]


def _days_in(run: Run, report: str) -> dict[str, frozenset[date]]:
    """Return by marketplace the days whose facts of a report are in."""
    return {
        place.code: frozenset(known_days(run.connection, run.measuring.store_id, place.code, report, reach(NIGHT)))
        for place in run.measuring.marketplaces
    }


def expected(world: World, settings: Settings) -> dict[Key, Numbers]:
    """Return what the reference engine says, over derived facts made by plain code."""
    places = settings.marketplaces(world.store_id)
    wanted = measurements(settings)
    measuring = Measuring(world.store_id, NIGHT, world.clock.now(), places)
    with reading(world.engine) as connection:
        run = Run(connection, measuring, settings)
        known = known_feeds(run, {feed for item in wanted for feed in item.feeds})
        given = Given(
            store_id=world.store_id,
            places=places,
            days=tuple(reach(NIGHT)),
            facts={name: _rows_of(connection, FACTS[name], world.store_id) for name in POOLS},
            users={name: _rows_of(connection, table, world.store_id) for name, table in USER.items()},
            known=_days_in(run, "all_orders"),
            returned=_days_in(run, "fba_returns"),
            brand_terms=TERMS,
            stores={name: store.marketplaces for name, store in settings.stores.items()},
        )
    rows: dict[tuple[str, str, date], list[dict[Any, Any]]] = {}
    for name in {table for item in wanted for table in item.tables}:
        made = derived_rows(name, given) if name in DERIVED else [dict(row) for row in given.facts[name]]
        columns = [column.name for column in (DERIVED[name] if name in DERIVED else TABLES[name]).columns]
        frame = pd.DataFrame(made, columns=["marketplace", *columns], dtype=object)
        rows |= rows_by_day(name, frame, settings.facts[name])
    facts = Facts(world.store_id, places, rows, settings.facts, known)
    return {
        key_of(number): (
            decimal_of(number.numerator),
            decimal_of(number.denominator),
            number.value(settings.metrics[number.metric].scale),
            number.status,
            number.reason,
            number.is_final,
        )
        for item in wanted
        for number in measure(item, facts, spans_of(item, nights=1))
    }
