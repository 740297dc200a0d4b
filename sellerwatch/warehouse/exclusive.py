"""One process at a time for each store: whoever pulls or loads a store holds it, and the next one waits.

The operating system or PostgreSQL keeps the lock, so it ends with the process that holds it, however that ends: a run
after a kill -9 goes on at once, and no lease has to run out first. A backfill, which may take hours, asks now and then
whether a night waits, and lets it go first.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.ids import fingerprint
from sellerwatch.warehouse.engine import reading, sqlite_file

_WORK: Final = ""
_QUEUE: Final = ".queue"
_LOCK_FAMILIES: Final[Mapping[str, int]] = MappingProxyType({_WORK: 5_317_205, _QUEUE: 5_317_206})
_MEASURING: Final = 5_317_207
"""Arbitrary numbers that tell these advisory locks of PostgreSQL from those of other programs."""

_log = logging.getLogger(__name__)


@contextmanager
def alone_with(engine: Engine, store_id: str, *, gives_way: bool = False) -> Iterator[None]:
    """Hold the store against every other process and thread, after waiting for the one that holds it now.

    Args:
        engine: the warehouse.
        store_id: the store.
        gives_way: wait without asking the one at work to hurry; `is_awaited` then tells it nothing.

    Raises:
        ConfigError: the lock file beside the SQLite warehouse cannot be written.
        RetryableError: PostgreSQL does not answer.
    """
    with _lock(engine, store_id) as lock:
        if not lock.take_at_once():
            _log.info("another process is at work on store %s; waiting for it to finish", store_id)
            with nullcontext() if gives_way else _shown_waiting(engine, store_id):
                lock.take()
        yield


@contextmanager
def alone_if_free(engine: Engine, store_id: str) -> Iterator[bool]:
    """Hold the store if nobody else does; tell whether that is so."""
    with _lock(engine, store_id) as lock:
        yield lock.take_at_once()


def alone_until_commit(connection: Connection, store_id: str) -> None:
    """Have nobody else measure the store until the transaction ends; of SQLite's transactions that write there is one at a time anyway.

    It is a lock of its own: measuring a past day waits for no pull, only for the minute in which a night measures the same store.
    """
    if connection.dialect.name == "postgresql":
        numbers = {"family": _MEASURING, "store": int(fingerprint(store_id)[:7], 16)}
        connection.execute(text("SELECT pg_advisory_xact_lock(:family, :store)"), numbers)


def is_awaited(engine: Engine, store_id: str) -> bool:
    """Tell the one at work on a store whether somebody waits who should not have to: a night, and no backfill."""
    with _lock(engine, store_id, _QUEUE) as queue:
        return not queue.take_at_once()


def forget(engine: Engine, store_id: str) -> None:
    """Remove the file behind a name that nobody will hold again; PostgreSQL keeps none."""
    database = sqlite_file(engine.url) if engine.dialect.name == "sqlite" else None
    if database is not None:
        for purpose in (_WORK, _QUEUE):
            database.with_name(f"{database.name}.{store_id}{purpose}.lock").unlink(missing_ok=True)


@contextmanager
def _shown_waiting(engine: Engine, store_id: str) -> Iterator[None]:
    """Be seen to wait; whoever comes later waits here until the first one has been let in."""
    with _lock(engine, store_id, _QUEUE) as queue:
        queue.take()
        yield


class _Lock(Protocol):
    """A lock that ends with the process that holds it."""

    def take_at_once(self) -> bool:
        """Take it if it is free; tell whether it was."""
        ...

    def take(self) -> None:
        """Wait for it and take it."""
        ...


@contextmanager
def _lock(engine: Engine, store_id: str, purpose: str = _WORK) -> Iterator[_Lock]:
    """Open a lock of the store, not yet taken; it is free again afterwards."""
    database = sqlite_file(engine.url)
    if engine.dialect.name == "postgresql":
        # In a session of its own, outside any transaction: closing the session ends the lock.
        own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with reading(own) as session, _let_go(session):
            yield _SessionLock(session, _LOCK_FAMILIES[purpose], int(fingerprint(store_id)[:7], 16))
    elif database is None:
        yield _NoLock()
    else:
        file = _open(database.with_name(f"{database.name}.{store_id}{purpose}.lock"), store_id)
        try:
            yield _FileLock(file)
        finally:
            os.close(file)


@contextmanager
def _let_go(session: Connection) -> Iterator[None]:
    """Free the session's locks at the end: the server notices that a session was closed only a little later."""
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):
            session.execute(text("SELECT pg_advisory_unlock_all()"))


def _open(path: Path, store_id: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigError(
            f"cannot write the lock file of store {store_id}: {error.strerror}",
            where=str(path),
            remedy="Give write permission on the folder of the warehouse",
        ) from error


@dataclass(frozen=True, slots=True)
class _FileLock:
    file: int

    def take_at_once(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_EX)


@dataclass(frozen=True, slots=True)
class _SessionLock:
    session: Connection
    family: int
    store: int

    def take_at_once(self) -> bool:
        return bool(self.session.execute(text("SELECT pg_try_advisory_lock(:family, :store)"), self._numbers()).scalar_one())

    def take(self) -> None:
        self.session.execute(text("SELECT pg_advisory_lock(:family, :store)"), self._numbers())

    def _numbers(self) -> dict[str, int]:
        return {"family": self.family, "store": self.store}


class _NoLock:
    """Of a warehouse in memory, which nobody else can see."""

    def take_at_once(self) -> bool:
        return True

    def take(self) -> None:
        """Have nothing to wait for."""
