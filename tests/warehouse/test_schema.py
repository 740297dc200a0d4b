"""The migrations and the tables say the same, on both databases."""

import hashlib
import json
from datetime import UTC, date, datetime
from operator import itemgetter

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Boolean, Date, Double, Text, column, insert, inspect, select, table, text

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import MIGRATIONS, bring_up_to_date
from sellerwatch.warehouse.sealing.leaves import canonical
from sellerwatch.warehouse.sealing.seal import read_due, read_leaves
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.sealing import SEAL_LEAF
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER
from sellerwatch.warehouse.types import Instant

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def engine(database_url):
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def test_migrations_make_exactly_the_tables_that_the_code_uses(engine):
    bring_up_to_date(engine)

    with reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert [item for item in differences if "comment" not in str(item[0])] == []
    assert len(TABLES) > 10


def test_the_view_of_values_shows_the_columns_that_the_code_reads_however_it_was_made(engine, tmp_path):
    bring_up_to_date(engine)
    created = open_engine(f"sqlite:///{tmp_path / 'created.sqlite'}")
    METADATA.create_all(created)

    shown = [[column["name"] for column in inspect(each).get_columns("metric_value")] for each in (engine, created)]
    created.dispose()
    assert shown == [[column.name for column in METRIC_VALUE.columns]] * 2


def test_bringing_up_to_date_twice_changes_nothing(engine):
    bring_up_to_date(engine)
    bring_up_to_date(engine)

    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_warehouse_of_a_newer_version_is_refused(engine):
    bring_up_to_date(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))

    with pytest.raises(ConfigError, match="newer sellerwatch"):
        bring_up_to_date(engine)


def migrate(engine, change, revision):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        change(config, revision)


VALUES = table(
    "metric_value",
    *(
        column(name, Text)
        for name in ("store_id", "marketplace", "metric", "subject_kind", "subject", "period", "status", "reason")
    ),
    *(column(name, Date) for name in ("period_on", "measured_for")),
    *(column(name, BigInteger) for name in ("numerator", "denominator", "definition_version")),
    *(column("value", Double), column("currency", Text), column("is_final", Boolean), column("data_through", Instant)),
)
"""The table of old, and the view of today."""


def values_there(engine):
    with reading(engine) as connection:
        return sorted(connection.execute(select(VALUES)).all(), key=repr)


BROUGHT = {"number": 1, "file_name": "orders.csv", "sha256": "0", "manifest_number": 1, "imported_by": "anna"}
OLD_ORDERS = [
    ("1", sku, "s", "2026-08-03", None, None, 10, None, None, None, 5_000_000, "USD", 1, line, "2026-11-01 00:00:00.000000")
    for line, sku in enumerate("aB", 2)
]


@pytest.mark.parametrize("is_altered", [False, True])
def test_orders_from_before_are_for_all_stores_and_what_was_altered_is_not_sealed_anew(engine, is_altered):
    migrate(engine, command.upgrade, "0021")
    places = ", ".join(f":c{at}" for at in range(len(OLD_ORDERS[0])))
    rows = [{f"c{at}": cell for at, cell in enumerate(row)} for row in OLD_ORDERS]
    said = sorted((row[:-1] for row in OLD_ORDERS), key=itemgetter(1))
    leaf = {"store_id": "user-tables", "kind": "user", "name": "user_purchase_order", "part": "", "row_count": 2}
    with writing(engine) as connection:
        connection.execute(insert(FILE_IMPORT).values(BROUGHT | {"kind": "user_tables", "outcome": {}, "imported_at": AT}))
        connection.execute(text(f"INSERT INTO user_purchase_order VALUES ({places})"), rows)  # noqa: S608 - names of our own
        connection.execute(insert(SEAL_LEAF).values(leaf | {"digest": hashlib.sha256(canonical(said)).hexdigest()}))
        if is_altered:
            connection.execute(text("UPDATE user_purchase_order SET unit_amount = 6000000 WHERE sku = 'B'"))

    bring_up_to_date(engine)
    with reading(engine) as connection:
        orders = connection.execute(select(USER["purchase_order"].c["store", "po_number", "sku", "ordered_units"])).all()
        due = read_due(connection, "user-tables")
    assert sorted(orders) == [("*", "1", "B", 10), ("*", "1", "a", 10)]
    assert due == (set() if is_altered else {("user", "user_purchase_order", "")})

    migrate(engine, command.downgrade, "0021")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM user_purchase_order")).scalar_one() == len(OLD_ORDERS)


def put_old_values(engine):
    """Values of two metrics and several kinds of subjects: not all of a period were written in the same night."""
    always = {"store_id": "cascade", "status": "ok", "reason": None, "definition_version": 2, "denominator": None}
    subjects = [("US", "marketplace", "US"), ("US", "asin", "B0A"), ("US", "asin", "B0B"), ("DE", "asin", "B0A")]
    money = [("*", "store", "cascade/EUR", "EUR", True), ("*", "store", "cascade/USD", "USD", False)]
    rows = [
        {"marketplace": place, "subject_kind": kind, "subject": subject, "currency": None, "is_final": True, "metric": "units"}
        for place, kind, subject in subjects
    ]
    rows += [
        {
            "marketplace": place,
            "subject_kind": kind,
            "subject": subject,
            "currency": currency,
            "is_final": final,
            "metric": "gmv",
        }
        for place, kind, subject, currency, final in money
    ]
    through = datetime(2026, 11, 17, 4, tzinfo=UTC)
    full = [
        always
        | row
        | {"period": period, "period_on": date(2026, 11, on), "numerator": number * 10**6, "value": number / 3}
        | {"measured_for": date(2026, 11, 17 + (number == 3)), "data_through": through}
        for number, row in enumerate(rows, 1)
        for period, on in (("day", 15), ("d7", 15), ("d7", 16))
    ]
    with writing(engine) as connection:
        connection.execute(insert(VALUES), full)


def test_values_say_the_same_when_their_key_changes_and_when_nothing_is_said_twice(engine):
    migrate(engine, command.upgrade, "0014")
    put_old_values(engine)
    told = values_there(engine)
    assert len(told) == 18

    bring_up_to_date(engine)
    assert values_there(engine) == told

    migrate(engine, command.downgrade, "0014")
    assert values_there(engine) == told


@pytest.mark.postgres
def test_whoever_may_read_values_may_read_them_when_nothing_is_said_twice(postgres_url):
    opened = open_engine(postgres_url)
    migrate(opened, command.upgrade, "0020")
    with writing(opened) as connection:
        connection.execute(text("GRANT SELECT ON metric_value TO pg_monitor, PUBLIC"))

    bring_up_to_date(opened)

    with reading(opened) as connection:
        rights = text("SELECT has_table_privilege('pg_monitor', :name, 'SELECT')")
        may = [connection.execute(rights, {"name": name}).scalar_one() for name in ("metric_value", "metric_number")]
    opened.dispose()
    assert may == [True, False]


def old_seal(engine, metric, on, digest=None):
    """What 0020 sealed of the values of seven days: the hash over every column but the moment of the data."""
    names = (
        *("store_id", "marketplace", "metric", "subject_kind", "subject", "period", "period_on", "numerator", "denominator"),
        *("value", "currency", "status", "reason", "is_final", "definition_version", "measured_for"),
    )
    with writing(engine) as connection:
        is_meant = (VALUES.c.metric == metric, VALUES.c.period == "d7", VALUES.c.period_on == on)
        rows = connection.execute(select(*(VALUES.c[name] for name in names)).where(*is_meant)).all()
        rows.sort(key=lambda row: (row.marketplace, row.subject_kind, row.subject))
        said = "".join(json.dumps(list(row), default=date.isoformat, separators=(",", ":")) + "\n" for row in rows)
        connection.execute(
            text("INSERT INTO seal_leaf VALUES ('cascade', 'metric', :metric, :part, :count, :digest)"),
            {
                "metric": metric,
                "part": f"d7 {on}",
                "count": len(rows),
                "digest": digest or hashlib.sha256(said.encode()).hexdigest(),
            },
        )


def test_values_that_stand_are_sealed_anew_but_neither_those_that_were_altered_nor_those_that_were_put_in(engine):
    migrate(engine, command.upgrade, "0020")
    put_old_values(engine)
    old_seal(engine, "units", date(2026, 11, 15))
    old_seal(engine, "units", date(2026, 11, 16), digest="of what was there before")
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO seal_due VALUES ('cascade', 'metric', 'gmv', 'd7 2026-11-16', 1, false)"))

    bring_up_to_date(engine)

    with reading(engine) as connection:
        due = {key for key in read_due(connection, "cascade") if key[2].startswith("d7")}
        sealed = {leaf.key: leaf.digest for leaf in read_leaves(connection, "cascade")}
    periods = [(metric, f"d7 2026-11-{on}") for metric in ("units", "gmv") for on in (15, 16)]
    altered, put_in = ("metric", "units", "d7 2026-11-16"), ("metric", "gmv", "d7 2026-11-15")
    assert due == {(kind, *period) for kind in ("metric", "standing") for period in periods} - {altered, put_in}
    assert sealed[altered] == "of what was there before"
