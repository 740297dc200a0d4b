"""Many rows into one table at the speed of the driver: encoded column by column, as the table's own types would encode them.

SQLite's many rows go through ADBC into a file of their own, since ADBC brings a second SQLite into the process: two of them
must never hold one file, for what one closes unlocks the other's.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from sellerwatch.core.ahead import ahead
from sellerwatch.core.errors import PermanentError

Encode = Callable[[pa.Array], pa.Array]

_WORDS = 2
"""64-bit words of an Arrow decimal, the lower one first."""

_CSV = csv.WriteOptions(include_header=False)
_SCRATCH = ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA locking_mode=EXCLUSIVE")
"""A file that a crash leaves behind is never read again."""


def insert_rows(connection: Connection, table: Table, batches: Iterable[pa.Table]) -> None:
    """Insert rows whose columns are named as the table's, through the connection's own driver.

    Raises:
        OverflowError: an amount is larger than the databases hold.
    """
    send = _copy if connection.dialect.name == "postgresql" else _execute_many
    for batch in ahead(partial(_encoded, _ENCODERS[connection.dialect.name]), filter(len, batches)):
        send(connection, table, batch)


def write_file(path: Path, table: Table, batches: Iterable[pa.Table]) -> None:
    """Make the table in an SQLite file of its own and fill it, without one Python object a cell.

    Raises:
        OverflowError: an amount is larger than the databases hold.
        PermanentError: the file cannot be written.
    """
    pa.default_memory_pool().release_unused()  # what was read with is not needed any more
    try:
        with closing(adbc.connect(f"file:{path}", autocommit=True)) as connection, closing(connection.cursor()) as cursor:
            for statement in (*_SCRATCH, _definition(table), "BEGIN"):
                _run(cursor, statement)
            for batch in ahead(partial(_encoded, _ENCODERS["sqlite"]), batches):
                cursor.adbc_ingest(table.name, batch, mode="append")
            _run(cursor, "COMMIT")
    except adbc.Error as error:
        raise PermanentError(
            f"a file beside the warehouse cannot be written: {error}",
            where=str(path),
            remedy="Free disk space and run again; what was committed is kept",
        ) from error


def _definition(table: Table) -> str:
    """Return what makes the table where no schema has a name; its columns compare as those of the warehouse do."""
    plain = Table(table.name, MetaData(), *(Column(column.name, column.type) for column in table.columns))
    return str(CreateTable(plain).compile(dialect=sqlite.dialect()))


def _run(cursor: adbc.Cursor, statement: str) -> None:
    cursor.execute(statement)
    cursor.fetchall()


def _encoded(encoders: Mapping[int, Encode], rows: pa.Table) -> pa.Table:
    """Return the rows as the driver takes them."""
    columns = {}
    for name in rows.column_names:
        column = rows.column(name).combine_chunks()
        encode = encoders.get(column.type.id)
        columns[name] = encode(column) if encode else column
    return pa.table(columns)


def _micros(column: pa.Array) -> pa.Array:
    """Return amounts as whole millionths: the lower word of a decimal of six places, as long as the upper one adds nothing."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.int64())
    words = np.frombuffer(column.buffers()[1], np.int64, _WORDS * len(column), column.offset * 16).reshape(-1, _WORDS)
    is_null = np.asarray(column.is_null())
    is_too_large = (words[:, 1] != words[:, 0] >> 63) & ~is_null
    if is_too_large.any():
        amount = column[int(np.flatnonzero(is_too_large)[0])].as_py()
        message = f"the amount {amount} is larger than the warehouse holds"
        raise OverflowError(message)
    return pa.array(np.ascontiguousarray(words[:, 0]), mask=is_null)


def _naive_text(column: pa.Array) -> pa.Array:
    return column.cast(pa.timestamp("us")).cast(pa.string())


def _utc_text(column: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(_naive_text(column), "Z", "")


def _text(column: pa.Array) -> pa.Array:
    return column.cast(pa.string())


def _number(column: pa.Array) -> pa.Array:
    return column.cast(pa.int8())


_ENCODERS: Mapping[str, Mapping[int, Encode]] = {
    "sqlite": {
        pa.decimal128(20, 6).id: _micros,
        pa.timestamp("us").id: _naive_text,
        pa.date32().id: _text,
        pa.bool_().id: _number,
    },
    "postgresql": {pa.decimal128(20, 6).id: _micros, pa.timestamp("us").id: _utc_text, pa.date32().id: _text},
}
"""By database and Arrow type: what makes the form that `warehouse.types` and SQLAlchemy store."""


def _execute_many(connection: Connection, table: Table, rows: pa.Table) -> None:
    marks = ", ".join("?" for _ in rows.column_names)
    statement = f"INSERT INTO {_named(connection, table, rows)} VALUES ({marks})"  # noqa: S608 - names are our own tables'
    tuples = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    connection.exec_driver_sql(statement, tuples)


def _copy(connection: Connection, table: Table, rows: pa.Table) -> None:
    text = io.BytesIO()
    csv.write_csv(rows, text, _CSV)
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_named(connection, table, rows)} FROM STDIN (FORMAT csv)") as copy:
        copy.write(text.getbuffer())


def _named(connection: Connection, table: Table, rows: pa.Table) -> str:
    quote = connection.dialect.identifier_preparer
    return f"{quote.format_table(table)} ({', '.join(quote.quote(name) for name in rows.column_names)})"
