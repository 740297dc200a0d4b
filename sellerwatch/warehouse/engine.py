"""Opening the warehouse: SQLite in WAL mode by default, PostgreSQL beyond one machine, through the same code."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError, SellerwatchError

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
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise _bad_url(url)


BESIDE = "beside"
"""The name under which an SQLite transaction knows the file beside the warehouse."""


@contextmanager
def writing(engine: Engine, *, beside: Path | None = None) -> Iterator[Connection]:
    """Open a transaction that writes; it takes SQLite's write lock at once, so it never fails half-way for want of it.

    Args:
        engine: the warehouse.
        beside: another SQLite file, whose tables the transaction reads as those of the schema `BESIDE`.
    """
    with (
        _errors_said_plainly(engine),
        engine.connect() as connection,
        _attached(connection, beside),
        _in_turn(engine),
        connection.begin(),
    ):
        yield connection


@contextmanager
def _in_turn(engine: Engine) -> Iterator[None]:
    """Wait in line before SQLite's only writer's place: SQLite itself lets whoever happens to look first have it.

    Where many write, the unlucky one would otherwise look in vain for seconds. The system keeps the line and the place,
    across threads and processes, and frees it when a process ends, however it ends.
    """
    file = _open_line(engine)
    if file is None:
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _open_line(engine: Engine) -> int | None:
    """Open the file beside an embedded warehouse at which its writers line up; None where there is none."""
    database = sqlite_file(engine.url) if engine.dialect.name == "sqlite" else None
    if database is None:
        return None
    try:
        return os.open(database.with_name(f"{database.name}.line"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        return None  # a folder that cannot be written: SQLite says so itself, and of the warehouse


@contextmanager
def _attached(connection: Connection, file: Path | None) -> Iterator[None]:
    """Attach the file for the time of a transaction; SQLite can do neither within one without trouble."""
    if file is None:
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute(f"ATTACH ? AS {BESIDE}", [str(file)])
    try:
        yield
    finally:
        driver.execute(f"DETACH {BESIDE}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads; on SQLite it neither takes nor waits for the write lock."""
    with _errors_said_plainly(engine), engine.connect() as connection:
        yield connection.execution_options(**{_READ_OPTION: True})


def place_of(engine: Engine) -> str:
    """Return where the warehouse is, without what opens it: a password may also stand in the URL's query."""
    return engine.url.set(query={}).render_as_string(hide_password=True)


def sqlite_file(url: URL) -> Path | None:
    """Return the file of an embedded warehouse, or None for one in memory; SQLite also takes names such as ``file:PATH``."""
    name = (url.database or ":memory:").removeprefix("file:")
    return None if name == ":memory:" else Path(name)


def _open_sqlite(url: URL) -> Engine:
    file = sqlite_file(url)
    if file is not None:
        folder = file.parent
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
    # Room for every temporary table, which hold a few thousand rows: where they spilled into their file while another one
    # was attached, SQLite 3.40 has been seen to call that file malformed. What is sorted still goes through files.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp.cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_OPTION, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def _errors_said_plainly(engine: Engine) -> Iterator[None]:
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        # A bulk load talks to the driver itself; its errors then come as they are.
        original = error.orig if isinstance(error, DBAPIError) else error
        plain = _plain(original, engine)
        if plain is None:
            raise
        raise plain from error


class _Failure(NamedTuple):
    """What a database says, how to treat it, and what a person should do."""

    needle: str
    kind: type[SellerwatchError]
    remedy: str


_UPGRADE = "Run `sellerwatch init` to create or upgrade the warehouse"
_FREE_SPACE = "Free disk space and run again; what was committed is kept"
_FAILURES = {
    "sqlite": (
        _Failure("database is locked", RetryableError, "Another process holds the warehouse; run again when it has finished"),
        _Failure("readonly database", ConfigError, "Give write permission on the file and its folder"),
        _Failure("unable to open database file", ConfigError, "Check that the folder exists and can be read and written"),
        _Failure("file is not a database", ConfigError, "Name another file, or move this one away to start a new warehouse"),
        _Failure("disk is full", PermanentError, _FREE_SPACE),
        _Failure("disk I/O error", PermanentError, "Check the disk; run again when it is healthy"),
        _Failure("disk image is malformed", PermanentError, "Restore the file from a backup"),
        _Failure("no such table", ConfigError, _UPGRADE),
        _Failure("no such column", ConfigError, _UPGRADE),
    ),
    "postgresql": (
        _Failure("does not exist\nLINE", ConfigError, _UPGRADE),
        _Failure("does not exist", ConfigError, "Create it, or correct the URL in SELLERWATCH_WAREHOUSE_URL"),
        _Failure("authentication failed", ConfigError, "Correct user and password in SELLERWATCH_WAREHOUSE_URL"),
        _Failure("permission denied", ConfigError, "Grant the user in SELLERWATCH_WAREHOUSE_URL the right to it"),
        _Failure("read-only transaction", ConfigError, "Name the primary server in SELLERWATCH_WAREHOUSE_URL"),
        _Failure("No space left on device", PermanentError, _FREE_SPACE),
    ),
}
"""Failures that people can do something about, by database."""


def _plain(error: BaseException | None, engine: Engine) -> SellerwatchError | None:
    """Return the error for a person, or None for one that is no failure of the database but a mistake of ours."""
    text, place = str(error).strip(), place_of(engine)
    first_line = text.splitlines()[0] if text else type(error).__name__
    for needle, kind, remedy in _FAILURES[engine.dialect.name]:
        if needle in text:
            return kind(f"the warehouse refused: {first_line}", where=place, remedy=remedy)
    if engine.dialect.name == "postgresql" and isinstance(error, engine.dialect.loaded_dbapi.OperationalError):
        return RetryableError(
            f"PostgreSQL did not answer: {first_line}",
            where=place,
            remedy="Check that the server runs, and the URL in SELLERWATCH_WAREHOUSE_URL",
        )
    return None


def _bad_url(url: str) -> ConfigError:
    return ConfigError(
        "the warehouse URL is neither SQLite nor PostgreSQL",
        where=f"SELLERWATCH_WAREHOUSE_URL, scheme {url.split(':', 1)[0]!r}",
        remedy="Write sqlite:///PATH or postgresql://USER@HOST/DATABASE, or unset it for the embedded default",
    )
