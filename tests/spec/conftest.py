"""Both databases, opened once, with a store of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.schema import bring_up_to_date
from tests.conftest import not_waiting_for_the_disk, postgres_database
from tests.spec.people import People
from tests.spec.small_world import World, coded_only, shipped_settings

_STORES = itertools.count(1)


@pytest.fixture(scope="session")
def whole_catalogue(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def shipped(whole_catalogue):
    return coded_only(whole_catalogue)


@pytest.fixture(scope="session")
def sqlite_warehouse(tmp_path_factory, ready_sqlite) -> Iterator[Engine]:
    opened = not_waiting_for_the_disk(open_engine(ready_sqlite(tmp_path_factory.mktemp("spec") / "warehouse.sqlite")))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres_warehouse(postgres_server, postgres_admin) -> Iterator[Engine]:
    with postgres_database(postgres_admin, "spec", like="template1"):
        opened = open_engine(f"{postgres_server}/spec")
        bring_up_to_date(opened)
        yield opened
        opened.dispose()


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


@pytest.fixture
def people(engine) -> Iterator[People]:
    """The tables that people fill in, empty before and after: those of the whole company would speak to other tests."""
    found = People(engine)
    found.forget()
    yield found
    found.forget()
