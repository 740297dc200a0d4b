"""One process at a time for each store: whoever pulls or loads a store holds it, and the next one waits.

The operating system or PostgreSQL keeps the lock, so it ends with the process that holds it, however that ends: a run
after a kill -9 goes on at once, and no lease has to run out first.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, NullPool, create_engine, text

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.ids import fingerprint
from sellerwatch.warehouse.engine import reading, sqlite_file

_LOCK_FAMILY = 5_317_205
"""An arbitrary number that tells these advisory locks of PostgreSQL from those of other programs."""

_log = logging.getLogger(__name__)


@contextmanager
def alone_with(engine: Engine, store_id: str) -> Iterator[None]:
    """Hold the store against every other process and thread, after waiting for the one that holds it now.

    Raises:
        ConfigError: the lock file beside the SQLite warehouse cannot be written.
        RetryableError: PostgreSQL does not answer.
    """
    lock = _lock_session if engine.dialect.name == "postgresql" else _lock_file
    with lock(engine, store_id):
        yield


@contextmanager
def _lock_file(engine: Engine, store_id: str) -> Iterator[None]:
    database = sqlite_file(engine.url)
    if database is None:  # nobody else can see a warehouse in memory
        yield
        return
    path = database.with_name(f"{database.name}.{store_id}.lock")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigError(
            f"cannot write the lock file of store {store_id}: {error.strerror}",
            where=str(path),
            remedy="Give write permission on the folder of the warehouse",
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say_waiting(store_id)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


@contextmanager
def _lock_session(engine: Engine, store_id: str) -> Iterator[None]:
    """Hold an advisory lock of a session of its own, outside any transaction; closing the session ends the lock."""
    numbers = {"family": _LOCK_FAMILY, "store": int(fingerprint(store_id)[:7], 16)}
    own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with reading(own) as session:
        if not session.execute(text("SELECT pg_try_advisory_lock(:family, :store)"), numbers).scalar_one():
            _say_waiting(store_id)
            session.execute(text("SELECT pg_advisory_lock(:family, :store)"), numbers)
        yield


def _say_waiting(store_id: str) -> None:
    _log.info("another process is at work on store %s; waiting for it to finish", store_id)
