"""A backfill that is killed or told to end anywhere, and resumed, ends as one that was left alone."""

import os
import signal

import pytest

from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import verify
from sellerwatch.warehouse.engine import open_engine, reading
from sellerwatch.warehouse.tables.backfills import BACKFILL
from tests.conftest import FEW, NIGHT_STARTS
from tests.e2e.contents import differences
from tests.e2e.killing import STORE, RememberedWorld, beyond, kill, open_place, wait_for_signs

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

ORDER = (
    *("backfill", "--store", STORE, "--feed", "orders_by_date", "--feed", "sales_traffic"),
    *("--from", "2026-11-09", "--to", "2026-11-12", "--reason", "days are missing", "--who", "Ada"),
)
CUTS = ((0.1, "kill"), (0.3, "kill"), (0.5, "term"), (0.7, "kill"), (0.9, "kill"))
"""After which share of its signs of life the run is cut short, and how."""


@pytest.fixture(scope="module")
def world(demo_world):
    return RememberedWorld(demo_world, NIGHT_STARTS[STORE])


def place_for(world, folder):
    return open_place(world, folder, (*FEW, "orders_by_date"))


def backfills(place):
    """Return the ids and states in the ledger."""
    engine = open_engine(f"sqlite:///{place.warehouse_path}")
    try:
        with reading(engine) as connection:
            return {row.id: row.state for row in connection.execute(BACKFILL.select())}
    finally:
        engine.dispose()


def cut_short(process, how):
    """Return whether the run was still at work."""
    if how == "kill":
        return kill(process)
    os.kill(process.pid, signal.SIGTERM)
    process.join(30)
    assert process.exitcode == 130
    return True


def comparable(place):
    """What the warehouse says, without the backfill's own id, which is new each time."""
    found = place.warehouse()
    (row,) = found["backfill"].values()
    found["backfill"] = {("it",): row}
    return found


def test_wherever_it_is_cut_short_it_is_resumed_and_nothing_is_paid_for_twice(world, tmp_path, subtests):
    with place_for(world, tmp_path / "undisturbed") as undisturbed:
        undisturbed.command = ORDER
        undisturbed.run_to_the_end()
        expected, signs, orders = comparable(undisturbed), undisturbed.signs(), undisturbed.orders()

    for share, how in CUTS:
        with subtests.test(f"{how} at {share:.0%}"), place_for(world, tmp_path / f"cut-{share:.0%}") as place:
            place.command = ORDER
            process = place.start()
            was_cut = wait_for_signs(place, process, round(share * signs)) and cut_short(process, how)
            process.join()
            assert was_cut, place.output_path.read_text()
            left = backfills(place)
            if how == "term":
                assert set(left.values()) == {"cancelled"}
            place.command = ("backfill", "--resume", *left) if left else ORDER
            place.run_to_the_end()

            assert set(backfills(place).values()) == {"complete"}
            assert differences(expected, comparable(place)) == []
            assert list(beyond(place.orders(), orders)) == list(beyond(orders, place.orders())) == []
            assert verify(RawStore(place.folder / "raw")).findings == ()
