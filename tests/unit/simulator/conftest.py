"""The demo world, which keeps what it has rendered: the more tests share it, the less is rendered."""

import pytest

from sellerwatch.simulator.world.catalogue import SimulatedWorld


@pytest.fixture(scope="session")
def world(demo_world) -> SimulatedWorld:
    return demo_world
