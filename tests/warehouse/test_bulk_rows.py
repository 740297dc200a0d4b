"""Rows inserted in bulk are the rows that one insert after the other would have made."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, insert, select

from sellerwatch.warehouse import bulk
from sellerwatch.warehouse.engine import open_engine, writing
from sellerwatch.warehouse.types import Instant, Micros


def made(name):
    return Table(
        name,
        MetaData(),
        Column("store", Text),
        Column("order", Text, primary_key=True),  # a word of SQL, to be quoted
        Column("number", Integer, primary_key=True),
        Column("amount", Micros),
        Column("moment", Instant),
        Column("day", Date),
        Column("flag", Boolean),
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
BULK, PLAIN = made("in_bulk"), made("one_by_one")
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
    engine = open_engine(url)
    for table in (BULK, PLAIN):
        table.create(engine)
    yield engine
    for table in (BULK, PLAIN):
        table.drop(engine)
    engine.dispose()


def contents(connection, table):
    return sorted(map(tuple, connection.execute(select(table)).all()), key=repr)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=records)
def test_bulk_and_plain_inserts_agree(both_tables, rows):
    with writing(both_tables) as connection:
        for table in (BULK, PLAIN):
            connection.execute(table.delete())

        bulk.insert_rows(connection, BULK, pa.Table.from_pylist(rows, schema=SCHEMA), {"store": "caf\u00e9"})
        for row in rows:
            connection.execute(insert(PLAIN).values(store="caf\u00e9", **row))

        assert contents(connection, BULK) == contents(connection, PLAIN)


def test_batches_leave_no_row_out(both_tables, monkeypatch):
    monkeypatch.setattr(bulk, "_BATCH_ROWS", 3)
    rows = pa.table({"order": [f"{number:02}" for number in range(10)], "number": [1] * 10})

    with writing(both_tables) as connection:
        connection.execute(BULK.delete())
        bulk.insert_rows(connection, BULK, rows)

        assert [row[1] for row in contents(connection, BULK)] == rows.column("order").to_pylist()


def test_an_amount_that_no_database_holds_is_refused_before_anything_is_kept(both_tables):
    rows = pa.table({"order": ["a"], "number": [1], "amount": pa.array([Decimal(10) ** 13], pa.decimal128(20, 6))})

    with pytest.raises(OverflowError, match="larger than the warehouse holds"), writing(both_tables) as connection:
        bulk.insert_rows(connection, BULK, rows)
