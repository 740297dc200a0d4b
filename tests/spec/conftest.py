"""Both databases, opened once, with a store of its own for each test."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from sellerwatch.warehouse.engine import open_engine
from tests.spec.small_world import World, make_tables, shipped_settings

_STORES = itertools.count(1)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def sqlite_warehouse(tmp_path_factory) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('spec') / 'warehouse.sqlite'}")
    make_tables(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres_warehouse(postgres_server) -> Iterator[Engine]:
    name = f"spec{uuid.uuid4().hex}"
    admin = create_engine(
        f"{postgres_server.replace('postgresql', 'postgresql+psycopg')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    opened = open_engine(f"{postgres_server}/{name}")
    make_tables(opened)
    yield opened
    opened.dispose()
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request) -> Engine:
    return request.getfixturevalue(f"{request.param}_warehouse")


@pytest.fixture
def world(engine, shipped) -> World:
    """A new store in a warehouse that other tests' stores live in too."""
    return World(engine, shipped, store_id=f"store{next(_STORES)}")


@pytest.fixture
def neighbour(engine, shipped) -> World:
    return World(engine, shipped, store_id=f"store{next(_STORES)}")
