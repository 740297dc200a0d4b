from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.unit.delivery.fake_slack import FakeSlack, HandClock


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'warehouse.db'}")
    METADATA.create_all(opened, tables=[OUTBOX])
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def slack(clock: HandClock) -> FakeSlack:
    return FakeSlack(clock)
