"""The pipelines that the product is measured against: the best ones found for each database, and a user's plain pandas."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import adbc_driver_sqlite.dbapi as adbc
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from isal import igzip
from pyarrow import csv
from sqlalchemy import create_engine, text

from benchmarks.orders import HEADERS
from sellerwatch.reports.all_orders import ORDER_LINE
from sellerwatch.reports.contract import Column, Kind

STORE, PLACE, DOCUMENT = "cascade", "US", "reference"
_OBSERVED = "2026-11-21 12:00:00.000000"
_READ: tuple[Column, ...] = ORDER_LINE.document_columns
_KEY = ("store_id", "marketplace", *ORDER_LINE.key)
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.MONEY: pa.float64(),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
    Kind.FLAG: pa.bool_(),
}
_CONSTANTS: dict[str, Any] = {"ordinal": 1, "store_id": STORE, "marketplace": PLACE, "document_id": DOCUMENT}


def best_sqlite(database: Path, file: Path) -> None:
    """Expand with isal, type with pyarrow, and upsert through ADBC in the order of the key, in one durable transaction."""
    rows = _stored_form(_typed(_expanded(file)))
    rows = rows.sort_by([("amazon_order_id", "ascending"), ("sku", "ascending")])
    names = rows.column_names
    statement = _upsert("order_line", names, f"VALUES ({', '.join('?' * len(names))})")
    with closing(adbc.connect(f"file:{database}", autocommit=True)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        connection.adbc_connection.set_autocommit(False)
        cursor.executemany(statement, rows)
        connection.adbc_connection.commit()


def best_postgres(url: str, file: Path) -> None:
    """Expand with isal, COPY the cells as they are into a temporary table, and let the server type and upsert them."""
    data = _expanded(file)
    raw = ", ".join(f'"{header}" text' for header in HEADERS)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE raw ({raw}, line bigserial) ON COMMIT DROP")
        columns = ", ".join(f'"{header}"' for header in HEADERS)
        body = memoryview(data)[data.index(b"\n") + 1 :]
        with cursor.copy(f"COPY raw ({columns}) FROM STDIN (FORMAT csv, DELIMITER E'\\t', QUOTE E'\\x01')") as copy:
            copy.write(body)
        cells = {column.name: _cast(column) for column in _READ}
        cells["purchased_on"] = "(\"purchase-date\"::timestamptz AT TIME ZONE 'America/Los_Angeles')::date"
        cells |= {name: f"'{value}'" if isinstance(value, str) else str(value) for name, value in _CONSTANTS.items()}
        cells |= {"line": "line + 1", "observed_at": f"'{_OBSERVED}+00'::timestamptz"}
        once = 'SELECT DISTINCT ON ("amazon-order-id", sku) * FROM raw'
        source = f"SELECT {', '.join(cells.values())} FROM ({once}) AS once"
        cursor.execute(_upsert("order_line", list(cells), source))


def plain_pandas(url: str, file: Path) -> None:
    """Do what a user would: read_csv, to_sql into a staging table, and one upsert from there."""
    frame = pd.read_csv(file, sep="\t")
    frame = frame[[column.header for column in _READ]].set_axis([column.name for column in _READ], axis=1)
    for name in ("purchased_at_utc", "last_updated_at_utc"):
        frame[name] = pd.to_datetime(frame[name])
    frame["purchased_on"] = frame["purchased_at_utc"].dt.date
    for column in _READ:
        if column.kind is Kind.MONEY:
            frame[column.name] = (frame[column.name] * 1_000_000).round().astype("Int64")
    frame = frame.assign(**_CONSTANTS, line=range(2, len(frame) + 2), observed_at=pd.Timestamp(_OBSERVED, tz="UTC"))
    frame = frame.drop_duplicates(list(_KEY))
    frame["merchant_order_id"] = frame["merchant_order_id"].astype("str").where(frame["merchant_order_id"].notna(), None)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        frame.to_sql("staging", connection, if_exists="replace", index=False, chunksize=10_000)
        names = list(frame.columns)
        connection.execute(text(_upsert("order_line", names, f"SELECT {', '.join(names)} FROM staging WHERE true")))
        connection.execute(text("DROP TABLE staging"))
    engine.dispose()


def _expanded(file: Path) -> bytes:
    data: bytes = igzip.decompress(file.read_bytes())  # type: ignore[no-untyped-call]  # isal names no types
    return data


def _typed(data: bytes) -> pa.Table:
    """Return the columns that the table keeps, typed by pyarrow's own CSV reader."""
    options = csv.ConvertOptions(
        include_columns=[column.header for column in _READ],
        column_types={column.header: _TYPES[column.kind] for column in _READ},
        null_values=[""],
        strings_can_be_null=True,
        true_values=["true"],
        false_values=["false"],
    )
    form = csv.ParseOptions(delimiter="\t", quote_char=False)
    rows = csv.read_csv(pa.BufferReader(data), parse_options=form, convert_options=options)
    return rows.rename_columns([column.name for column in _READ])


def _stored_form(rows: pa.Table) -> pa.Table:
    """Return the rows as the warehouse stores them; the day is taken in UTC, which costs less than the store's own."""
    columns = {column.name: _stored(rows.column(column.name), column.kind) for column in _READ}
    columns["purchased_on"] = pc.utf8_slice_codeunits(columns["purchased_at_utc"], 0, 10)
    constants = {name: pa.repeat(value, rows.num_rows) for name, value in _CONSTANTS.items()}
    line = pa.array(range(2, rows.num_rows + 2))
    return pa.table({**columns, **constants, "line": line, "observed_at": pa.repeat(_OBSERVED, rows.num_rows)})


def _stored(column: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    if kind is Kind.MONEY:
        return pc.round(pc.multiply(column, 1e6)).cast(pa.int64())
    if kind is Kind.INSTANT:
        return column.cast(pa.timestamp("us")).cast(pa.string())
    return column.cast(pa.int8()) if kind is Kind.FLAG else column


def _cast(column: Column) -> str:
    cell = f'"{column.header}"'
    return {
        Kind.TEXT: cell,
        Kind.INTEGER: f"{cell}::bigint",
        Kind.MONEY: f"({cell}::numeric * 1000000)::bigint",
        Kind.INSTANT: f"{cell}::timestamptz",
        Kind.FLAG: f"{cell}::boolean",
    }[column.kind]


def _upsert(table: str, names: list[str], source: str) -> str:
    news = ", ".join(f"{name} = excluded.{name}" for name in names if name not in _KEY)
    return f"INSERT INTO {table} ({', '.join(names)}) {source} ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {news}"


def rows_in(database: Path) -> int:
    """Return how many order lines an SQLite warehouse holds."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM order_line").fetchone()[0])
