"""Holding the SQL engine to the reference engine, world by world; the tests beside this file say how many worlds.

A world is a metric or two, some marketplaces, what is known of each feed, rows of every table that is read, and what is said
anew afterwards. It makes two cases, as it was said first and as it was restated, and in each the engines are compared. `make test`
draws a few, `make test-slow` two thousand cases, `make test-long` fifty thousand.
"""

from __future__ import annotations

import itertools
import math
import os
from collections import Counter
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.metrics.measure import measure_past
from sellerwatch.metrics.sql import running_sums
from sellerwatch.warehouse.sealing.seal import seal_store
from tests.property.catalogue_worlds import PROVENANCE, redefined, restate, worlds, write
from tests.property.engines_compared import expected, stored
from tests.spec.small_world import NIGHT, World, day

CASES = int(os.environ.get("ENGINE_CASES", "2000"))
WORLDS = CASES // 2
SHARES = 4
"""The worlds are dealt to all metrics alike, and the metrics to so many tests, so that several can run at once."""

_STORES = itertools.count(1)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


def measured(world, night=NIGHT):
    """Measure what the catalogue computes, and nothing else."""
    return measure_past(world.workspace, world.store_id, night, periods=())


def with_sums(data):
    """Let the warehouse sum up the slices of every period, or take the differences of running sums: it says the same."""
    return patch.object(running_sums, "_OFTEN", data.draw(st.sampled_from([0, 1_000_000])))


def assert_agreement(engine, catalogue, drawn):
    """Measure the world, change what it says, measure it again, and compare both times; return what was compared."""
    world = World(engine, catalogue.only(drawn.definitions), store_id=f"drawn{next(_STORES)}", places=drawn.places)
    write(world, drawn)
    if drawn.is_measured_the_night_before:
        measured(world, day(-1))
    nights, windows = 1 + drawn.is_measured_the_night_before, (PROVENANCE, *drawn.pulled)
    measured(world)
    first, looked_at = expected(world, windows, nights=nights)
    assert stored(world, looked_at) == first

    restate(world, drawn)
    if drawn.is_redefined:
        world.shipped = catalogue.only(redefined(drawn.definitions))
    measured(world)
    then, looked_at = expected(world, (*windows, *drawn.learned), nights=nights)
    assert stored(world, looked_at) == then
    assert measured(world).changed == 0
    return [*first.items(), *then.items()]


def assert_agreement_from_night_to_night(engine, catalogue, drawn):
    """Measure and seal the night before, let newer documents come, and compare what the next night says."""
    world = World(engine, catalogue.only(drawn.definitions), store_id=f"drawn{next(_STORES)}", places=drawn.places)
    write(world, drawn)
    measured(world, day(-1))
    seal_store(world.workspace, world.store_id, day(-1))

    restate(world, drawn)
    measured(world)

    said, looked_at = expected(world, (PROVENANCE, *drawn.pulled, *drawn.learned), nights=2)
    assert stored(world, looked_at) == said


def assert_share_agrees(engine, catalogue, share):
    """Compare the engines on the share's part of all worlds: those of every so many-th metric."""
    own, said = catalogue.metrics[share::SHARES], Counter()

    @settings(max_examples=math.ceil(WORLDS / len(catalogue.metrics)), deadline=None, suppress_health_check=QUIET)
    @given(data=st.data())
    def assert_all_agree(name, data):
        with with_sums(data):
            compared = assert_agreement(engine, catalogue, data.draw(worlds(catalogue, [name], catalogue.metrics)))
        for (metric, *_), row in compared:
            said[metric] += 1
            said[row["status"]] += 1
            said["parts"] += row["numerator"] not in {None, 0}

    for name in own:
        assert_all_agree(name)

    # Otherwise they agreed on nothing.
    assert {*own, "ok", "provisional", "unknown", "parts"} <= said.keys()
    assert said["parts"] > said.total() / 100
