"""A store in a warehouse of its own; its SKUs are A, B and so on."""

from __future__ import annotations

import pytest

from tests.spec.small_world import shipped_settings
from tests.unit.alerts.answered_store import AnsweredStore
from tests.unit.alerts.heard_store import HeardStore
from tests.unit.alerts.judged_store import JudgedStore


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture
def store(sqlite_warehouse, shipped) -> JudgedStore:
    return JudgedStore(sqlite_warehouse, shipped, store_id="test_store")


@pytest.fixture
def heard(sqlite_warehouse, shipped) -> HeardStore:
    return HeardStore(sqlite_warehouse, shipped, store_id="test_store")


@pytest.fixture
def answered(store) -> AnsweredStore:
    return AnsweredStore(store)
