"""The migrations and the tables say the same, on both databases."""

from datetime import date

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import insert, text

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import MIGRATIONS, bring_up_to_date
from sellerwatch.warehouse.sealing.leaves import values_of
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.measures import METRIC_VALUE


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
