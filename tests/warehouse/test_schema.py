"""The migrations and the tables say the same, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import METADATA


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
