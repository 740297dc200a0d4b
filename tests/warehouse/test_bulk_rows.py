"""Rows inserted in bulk are the rows that one insert after the other would have made."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, insert, select

from sellerwatch.core.errors import ConfigError, PermanentError
from sellerwatch.warehouse import bulk, engine
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.types import Instant, Micros


def made(name, schema=None):
    return Table(
        name,
        MetaData(),
        Column("order", Text, primary_key=True),  # a word of SQL, to be quoted
        Column("number", Integer, primary_key=True),
        Column("amount", Micros),
        Column("moment", Instant),
        Column("day", Date),
        Column("flag", Boolean),
        schema=schema,
    )


SCHEMA = pa.schema(
    [
        ("order", pa.string()),
        ("number", pa.int64()),
        ("amount", pa.decimal128(20, 6)),
        ("moment", pa.timestamp("us", "UTC")),
        ("day", pa.date32()),
        ("flag", pa.bool_()),
    ],
)
BULK, PLAIN, BESIDE = made("in_bulk"), made("one_by_one"), made("in_bulk", engine.BESIDE)
awkward = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["", "\\N", "\\.", "\t", "\n", "\r", '"', "'", ",", "NULL", "\u2028"],
)
records = st.lists(
    st.fixed_dictionaries(
        {
            "order": awkward,
            "number": st.integers(0, 5),
            "amount": st.none() | st.decimals(-(10**9), 10**9, places=6),
            "moment": st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone beside it
            "day": st.none() | st.dates(date(1970, 1, 1), date(2199, 1, 1)),
            "flag": st.none() | st.booleans(),
        },
    ),
    max_size=12,
    unique_by=lambda row: (row["order"], row["number"]),
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both_tables(request):
    url = "sqlite:///:memory:"
    if request.param == "postgresql":
        url = f"{request.getfixturevalue('postgres_server')}/postgres"
    opened = open_engine(url)
    for table in (BULK, PLAIN):
        table.create(opened)
    yield opened
    for table in (BULK, PLAIN):
        table.drop(opened)
    opened.dispose()


def contents(connection, table):
    return sorted(map(tuple, connection.execute(select(table)).all()), key=repr)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=records)
def test_bulk_and_plain_inserts_agree(both_tables, rows):
    with writing(both_tables) as connection:
        for table in (BULK, PLAIN):
            connection.execute(table.delete())

        bulk.insert_rows(connection, BULK, halves(pa.Table.from_pylist(rows, schema=SCHEMA)))
        for row in rows:
            connection.execute(insert(PLAIN).values(**row))

        assert contents(connection, BULK) == contents(connection, PLAIN)


@settings(deadline=None, max_examples=25)
@given(rows=records)
def test_a_file_beside_the_warehouse_holds_what_plain_inserts_would_have_made(rows):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sqlite"
        bulk.write_file(path, BESIDE, halves(pa.Table.from_pylist(rows, schema=SCHEMA)))
        opened = open_engine("sqlite:///:memory:")
        PLAIN.create(opened)

        with writing(opened, beside=path) as connection:
            for row in rows:
                connection.execute(insert(PLAIN).values(**row))

            assert contents(connection, BESIDE) == contents(connection, PLAIN)
        opened.dispose()


def halves(rows):
    middle = rows.num_rows // 2
    return [rows[:middle], rows[middle:]]


@pytest.mark.parametrize("amount", [Decimal(10) ** 13, -(Decimal(10) ** 13), Decimal("9223372036854.775808")])
def test_an_amount_that_no_database_holds_is_refused_before_anything_is_kept(both_tables, tmp_path, amount):
    rows = pa.table({"order": ["a"], "number": [1], "amount": pa.array([amount], pa.decimal128(20, 6))})

    with pytest.raises(OverflowError, match="larger than the warehouse holds"), writing(both_tables) as connection:
        bulk.insert_rows(connection, BULK, [rows])
    with pytest.raises(OverflowError, match="larger than the warehouse holds"):
        bulk.write_file(tmp_path / "rows.sqlite", BESIDE, [rows])
    with reading(both_tables) as connection:
        assert "a" not in [row[0] for row in contents(connection, BULK)]


def test_the_file_beside_is_there_for_one_transaction_even_if_it_fails(tmp_path):
    path = tmp_path / "rows.sqlite"
    bulk.write_file(path, BESIDE, [])
    opened = open_engine("sqlite:///:memory:")

    with pytest.raises(ConfigError, match="no such table"), writing(opened, beside=path) as connection:
        connection.execute(select(PLAIN.c.order))

    with writing(opened, beside=path) as connection:
        assert contents(connection, BESIDE) == []
    with pytest.raises(ConfigError, match="no such table: beside"), writing(opened) as connection:
        connection.execute(select(BESIDE))
    opened.dispose()


def test_a_disk_without_room_is_told_as_such(tmp_path):
    with pytest.raises(PermanentError, match="cannot be written") as caught:
        bulk.write_file(tmp_path / "nowhere" / "rows.sqlite", BESIDE, [])

    assert "Free disk space" in caught.value.remedy
