"""Many rows into one table at the speed of the driver: sorted by key, encoded column by column by the table's own types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from itertools import repeat
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Table

_BATCH_ROWS = 20_000
"""Enough to make the cost of a batch disappear, and few enough Python objects for a small machine."""

Rows = list[tuple[Any, ...]]


def insert_rows(connection: Connection, table: Table, rows: pa.Table, constants: Mapping[str, object] | None = None) -> None:
    """Insert rows whose columns are named as the table's; ``constants`` are columns with the same value in every row.

    Rows go in by key, which keeps the index's pages together. Equal cells are encoded once.

    Raises:
        OverflowError: an amount is larger than the databases hold.
    """
    if not rows.num_rows:
        return
    key = [(column.name, "ascending") for column in table.primary_key if column.name in rows.column_names]
    send = _copy if connection.dialect.name == "postgresql" else _execute_many
    send(
        connection,
        table,
        [*rows.column_names, *(constants or {})],
        _encoded(connection, table, rows.sort_by(key), constants or {}),
    )


def _encoded(connection: Connection, table: Table, rows: pa.Table, constants: Mapping[str, object]) -> Iterator[Rows]:
    """Yield the rows in batches of tuples, as the driver takes them."""
    encoders = {name: _encoder(connection, table, name) for name in (*rows.column_names, *constants)}
    same = [repeat(encoders[name](value)) for name, value in constants.items()]
    for start in range(0, rows.num_rows, _BATCH_ROWS):
        batch = rows.slice(start, _BATCH_ROWS)
        columns = [_cells(batch.column(name), encoders[name]) for name in batch.column_names]
        yield list(zip(*columns, *same, strict=False))  # the constants never end


def _encoder(connection: Connection, table: Table, name: str) -> Callable[[Any], Any]:
    """Return what turns a Python value into the driver's, None included."""
    kind = table.c[name].type.dialect_impl(connection.dialect)
    return kind.bind_processor(connection.dialect) or (lambda value: value)


def _cells(column: pa.ChunkedArray, encode: Callable[[Any], Any]) -> list[Any]:
    """Encode each distinct value once, and put it where it stands; the last of the values stands for null."""
    coded = column.combine_chunks().dictionary_encode()
    values = [*map(encode, _python_values(coded.dictionary)), None]
    places: list[int] = coded.indices.fill_null(len(values) - 1).to_numpy().tolist()
    return [values[place] for place in places]


def _python_values(column: pa.Array) -> list[Any]:
    """Return the cells as Python values; instants go through numpy, which makes them ten times as fast as Arrow."""
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    naive = column.cast(pa.timestamp("us")).to_numpy().tolist()
    return [instant.replace(tzinfo=UTC) for instant in naive]


def _execute_many(connection: Connection, table: Table, names: list[str], batches: Iterator[Rows]) -> None:
    marks = ", ".join("?" for _ in names)
    statement = f"INSERT INTO {_named(connection, table, names)} VALUES ({marks})"  # noqa: S608 - names are our own tables'
    for batch in batches:
        connection.exec_driver_sql(statement, batch)


def _copy(connection: Connection, table: Table, names: list[str], batches: Iterator[Rows]) -> None:
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_named(connection, table, names)} FROM STDIN") as copy:
        for batch in batches:
            for row in batch:
                copy.write_row(row)


def _named(connection: Connection, table: Table, names: list[str]) -> str:
    quote = connection.dialect.identifier_preparer
    return f"{quote.format_table(table)} ({', '.join(quote.quote(name) for name in names)})"
