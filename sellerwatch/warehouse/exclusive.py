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
    with _lock(engine, store_id, patiently=True):
        yield


@contextmanager
def alone_if_free(engine: Engine, store_id: str) -> Iterator[bool]:
    """Hold the store if nobody holds it now; tell whether it is held.

    Raises:
        ConfigError: the lock file beside the SQLite warehouse cannot be written.
        RetryableError: PostgreSQL does not answer.
    """
    with _lock(engine, store_id, patiently=False) as is_held:
        yield is_held


@contextmanager
def _lock(engine: Engine, store_id: str, *, patiently: bool) -> Iterator[bool]:
    lock = _lock_session if engine.dialect.name == "postgresql" else _lock_file
    with lock(engine, store_id, patiently=patiently) as is_held:
        yield is_held


@contextmanager
def _lock_file(engine: Engine, store_id: str, *, patiently: bool) -> Iterator[bool]:
    database = sqlite_file(engine.url)
    if database is None:  # nobody else can see a warehouse in memory
        yield True
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
        yield _take(file, store_id, patiently=patiently)
    finally:
        os.close(file)


def _take(file: int, store_id: str, *, patiently: bool) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not patiently:
            return False
        _say_waiting(store_id)
        fcntl.flock(file, fcntl.LOCK_EX)
    return True


@contextmanager
def _lock_session(engine: Engine, store_id: str, *, patiently: bool) -> Iterator[bool]:
    """Hold an advisory lock of a session of its own, outside any transaction; closing the session ends the lock."""
    numbers = {"family": _LOCK_FAMILY, "store": int(fingerprint(store_id)[:7], 16)}
    own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with reading(own) as session:
        is_held = bool(session.execute(text("SELECT pg_try_advisory_lock(:family, :store)"), numbers).scalar_one())
        if patiently and not is_held:
            _say_waiting(store_id)
            session.execute(text("SELECT pg_advisory_lock(:family, :store)"), numbers)
        yield is_held or patiently


def _say_waiting(store_id: str) -> None:
    _log.info("another process is at work on store %s; waiting for it to finish", store_id)
