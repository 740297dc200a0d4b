"""The migrations and the tables say the same, on both databases."""

from datetime import UTC, date, datetime
from hashlib import sha256
from operator import itemgetter

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import MIGRATIONS, bring_up_to_date
from sellerwatch.warehouse.sealing.leaves import canonical, values_of
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from sellerwatch.warehouse.tables.sealing import SEAL_DUE, SEAL_LEAF
from sellerwatch.warehouse.tables.user import FILE_IMPORT, USER

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


def leaves(engine):
    with reading(engine) as connection:
        return sorted((leaf.key, leaf.row_count, leaf.digest) for leaf in values_of(connection, "cascade"))


BROUGHT = {"number": 1, "file_name": "orders.csv", "sha256": "0", "manifest_number": 1, "imported_by": "anna"}
OLD_ORDERS = [
    ("1", sku, "s", "2026-08-03", None, None, 10, None, None, None, 5_000_000, "USD", 1, line, "2026-11-01 00:00:00.000000")
    for line, sku in enumerate("aB", 2)
]


@pytest.mark.parametrize("is_altered", [False, True])
def test_orders_from_before_are_for_all_stores_and_what_was_altered_is_not_sealed_anew(engine, is_altered):
    migrate(engine, command.upgrade, "0020")
    places = ", ".join(f":c{at}" for at in range(len(OLD_ORDERS[0])))
    rows = [{f"c{at}": cell for at, cell in enumerate(row)} for row in OLD_ORDERS]
    said = sorted((row[:-1] for row in OLD_ORDERS), key=itemgetter(1))
    leaf = {"store_id": "user-tables", "kind": "user", "name": "user_purchase_order", "part": "", "row_count": 2}
    with writing(engine) as connection:
        connection.execute(insert(FILE_IMPORT).values(BROUGHT | {"kind": "user_tables", "outcome": {}, "imported_at": AT}))
        connection.execute(text(f"INSERT INTO user_purchase_order VALUES ({places})"), rows)  # noqa: S608 - names of our own
        connection.execute(insert(SEAL_LEAF).values(leaf | {"digest": sha256(canonical(said)).hexdigest()}))
        if is_altered:
            connection.execute(text("UPDATE user_purchase_order SET unit_amount = 6000000 WHERE sku = 'B'"))

    bring_up_to_date(engine)
    with reading(engine) as connection:
        orders = connection.execute(select(USER["purchase_order"].c["store", "po_number", "sku", "ordered_units"])).all()
        due = connection.execute(select(SEAL_DUE.c["store_id", "kind", "name", "part", "was_altered"])).all()
    assert sorted(orders) == [("*", "1", "B", 10), ("*", "1", "a", 10)]
    assert due == [("user-tables", "user", "user_purchase_order", "", is_altered)]

    migrate(engine, command.downgrade, "0020")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM user_purchase_order")).scalar_one() == len(OLD_ORDERS)


def test_values_keep_their_seals_when_their_key_changes(engine):
    migrate(engine, command.upgrade, "0014")
    subjects = [("US", "marketplace", "US"), ("US", "asin", "B0A"), ("DE", "marketplace", "DE"), ("DE", "asin", "B0Z")]
    row = {"store_id": "cascade", "metric": "units", "status": "ok", "is_final": True, "definition_version": 1}
    days = [(period, date(2026, 11, on)) for period in ("day", "d7") for on in (15, 16)]
    rows = [
        {"marketplace": place, "subject_kind": kind, "subject": subject, "period": period, "period_on": on, "value": number / 3}
        for number, (place, kind, subject) in enumerate(subjects, 1)
        for period, on in days
    ]
    with writing(engine) as connection:
        connection.execute(insert(METRIC_VALUE), [row | own | {"measured_for": date(2026, 11, 17)} for own in rows])
    sealed = leaves(engine)

    bring_up_to_date(engine)
    assert len(sealed) == len(days)
    assert leaves(engine) == sealed

    migrate(engine, command.downgrade, "0014")
    assert leaves(engine) == sealed
