"""A store whose nights are judged, in a warehouse of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sellerwatch.warehouse.engine import open_engine
from tests.conftest import not_waiting_for_the_disk
from tests.spec.small_world import shipped_settings
from tests.unit.alerts.judged_store import JudgedStore


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture
def store(tmp_path, shipped, ready_sqlite) -> Iterator[JudgedStore]:
    engine = not_waiting_for_the_disk(open_engine(ready_sqlite(tmp_path / "warehouse.sqlite")))
    yield JudgedStore(engine, shipped, store_id="test_store")
    engine.dispose()
