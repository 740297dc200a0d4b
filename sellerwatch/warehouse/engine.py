"""Opening the warehouse: SQLite in WAL mode by default, PostgreSQL beyond one machine, through the same code."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError

BUSY_TIMEOUT_SECONDS = 30
_READ_OPTION = "sellerwatch_read_only"


def open_engine(url: str) -> Engine:
    """Return an engine for the warehouse at ``url``; nothing is created in it.

    Raises:
        ConfigError: the URL is not one of SQLite or PostgreSQL, or its folder cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _bad_url(url) from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise _bad_url(url)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes; it takes SQLite's write lock at once, so it never fails half-way for want of it."""
    with _errors_said_plainly(engine), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads; on SQLite it neither takes nor waits for the write lock."""
    with _errors_said_plainly(engine), engine.connect() as connection:
        yield connection.execution_options(**{_READ_OPTION: True})


def _open_sqlite(url: str, database: str | None) -> Engine:
    if database and database != ":memory:":
        folder = Path(database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"cannot make the warehouse folder: {error.strerror}",
                where=str(folder),
                remedy="Give write permission or set SELLERWATCH_DATA to a folder you can write",
            ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's pool record
    # Autocommit in the driver: the BEGIN below is then the only one, and decides the lock.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_OPTION, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def _errors_said_plainly(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise _plain(error, engine) from error


_SQLITE_FAILURES = (
    ("database is locked", RetryableError, "Another process holds the warehouse; run again when it has finished"),
    ("readonly database", ConfigError, "Give write permission on the file and its folder"),
    ("unable to open database file", ConfigError, "Check that the folder exists and can be read and written"),
    ("disk is full", PermanentError, "Free disk space and run again; what was committed is kept"),
    ("disk I/O error", PermanentError, "Check the disk; run again when it is healthy"),
    ("no such table", ConfigError, "Run `sellerwatch init` to create or upgrade the warehouse"),
)
"""What SQLite says, how to treat it, and what a person should do."""


def _plain(error: DBAPIError, engine: Engine) -> Exception:
    text, place = str(error.orig), engine.url.render_as_string(hide_password=True)
    for needle, kind, remedy in _SQLITE_FAILURES:
        if needle in text:
            return kind(f"the warehouse refused: {needle}", where=place, remedy=remedy)
    if engine.dialect.name == "postgresql":
        first_line = text.strip().splitlines()[0] if text.strip() else type(error.orig).__name__
        return RetryableError(
            f"PostgreSQL did not answer: {first_line}",
            where=place,
            remedy="Check that the server runs, and the URL in SELLERWATCH_WAREHOUSE_URL",
        )
    return error


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        "the warehouse URL is neither SQLite nor PostgreSQL",
        where=f"SELLERWATCH_WAREHOUSE_URL, scheme {url.split(':', 1)[0]!r}",
        remedy="Write sqlite:///PATH or postgresql://USER@HOST/DATABASE, or unset it for the embedded default",
    )
