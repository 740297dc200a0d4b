"""The place where a warehouse is made anew: empty at first, marked while it is being made, so that it may be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, inspect, select

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.dialect import insert_if_absent
from sellerwatch.warehouse.engine import open_engine, place_of, reading, sqlite_file, writing
from sellerwatch.warehouse.exclusive import alone_with, forget
from sellerwatch.warehouse.schema import bring_up_to_date, require_current

LOCK: Final = "rebuild"
"""What a rebuild holds in the place it fills; no store is called so."""

_STEP: Final = Table("rebuild_step", MetaData(), Column("name", Text, primary_key=True))
"""What is done already. The table is there only while the warehouse is being made: a finished one has none."""


def url_of(place: str) -> str:
    """Return the database URL of a place that may be written as a path."""
    return place if "://" in place else f"sqlite:///{place}"


@contextmanager
def opened_present(url: str) -> Iterator[Engine | None]:
    """Open the present warehouse to be read as it is; None where there is none.

    Raises:
        ConfigError: it is of another version.
    """
    engine = open_engine(url)
    file = sqlite_file(engine.url) if engine.dialect.name == "sqlite" else None
    if engine.dialect.name == "sqlite" and (file is None or not file.exists()):
        yield None
        return
    try:
        require_current(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def opened_target(place: str, present_url: str) -> Iterator[Engine]:
    """Open the place, tables ready, alone with it.

    Raises:
        ConfigError: it is the present warehouse, holds something else, or cannot be opened.
    """
    url = url_of(place)
    engine = open_engine(url)
    try:
        _refuse_present(engine, present_url)
        with alone_with(engine, LOCK):
            _refuse_full(engine)
            with writing(engine) as connection:
                _STEP.create(connection, checkfirst=True)
            bring_up_to_date(engine)
            yield engine
        forget(engine, LOCK)
    finally:
        engine.dispose()


def steps_done(engine: Engine) -> set[str]:
    """Return the steps that an earlier run has finished."""
    with reading(engine) as connection:
        return set(connection.execute(select(_STEP.c.name)).scalars())


def note_done(connection: Connection, name: str) -> None:
    """Note that a step is finished."""
    connection.execute(insert_if_absent(connection, _STEP).values(name=name))


def declare_finished(engine: Engine) -> None:
    """Take the mark away: from here on it is a warehouse like any other, which no rebuild touches again."""
    with writing(engine) as connection:
        _STEP.drop(connection)


def _refuse_present(engine: Engine, present_url: str) -> None:
    present = open_engine(present_url)
    if _place(engine) == _place(present):
        raise ConfigError(
            "the present warehouse is not to be touched", where=place_of(engine), remedy="Name another place with --into"
        )
    if engine.dialect.name == "sqlite" and sqlite_file(engine.url) is None:
        raise ConfigError("a warehouse in memory would be lost at once", where="--into", remedy="Name a file or a database")


def _place(engine: Engine) -> tuple[object, ...]:
    url = engine.url
    file = sqlite_file(url) if engine.dialect.name == "sqlite" else None
    return (Path(file).resolve(),) if file else (url.host, url.port, url.database)


def _refuse_full(engine: Engine) -> None:
    with reading(engine) as connection:
        names = set(inspect(connection).get_table_names())
    if names and _STEP.name not in names:
        raise ConfigError(
            "there is a database already, and it is no rebuild that was begun",
            where=place_of(engine),
            remedy="Name an empty place with --into, or remove it first",
        )
