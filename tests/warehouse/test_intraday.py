"""The hourly look at the stock: asked once an hour, compared with what was before, and never in a night's way."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse import intraday, nights, windows
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.exclusive import alone_with
from sellerwatch.warehouse.intraday import BY_INTRADAY, change, look_at_stock
from sellerwatch.warehouse.load import load_night
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from tests.warehouse.conftest import NIGHT, NIGHT_STARTS, STORE

REPORT = "inventory_summaries"
HOUR = 3600


class OwnShelves:
    """The demo world, of which the test says what some SKUs have on the shelf."""

    def __init__(self, world):
        self._world, self.units, self.gone = world, {}, set()

    @property
    def sellers(self):
        return self._world.sellers

    def render(self, request):
        rendered = self._world.render(request)
        if request.report_type != "getInventorySummaries":
            return rendered
        rows = [row for row in json.loads(rendered.body) if row["sellerSku"] not in self.gone]
        for row in rows:
            units = self.units.get(row["sellerSku"], row["inventoryDetails"]["fulfillableQuantity"])
            row["inventoryDetails"]["fulfillableQuantity"] = units
        return replace(rendered, body=json.dumps(rows).encode())


def stocked(night):
    """Let the store pull nothing but its stock; from the next hour on four of its SKUs have 5, 5, 0 and 5 units."""
    night.only(REPORT)
    shelves = night.simulator.amazon.world = OwnShelves(night.simulator.amazon.world)
    assert look_at_stock(night.workspace, STORE).problems == ()
    shelves.skus = sorted(stock_rows(night.workspace.engine))[:4]
    shelves.units = dict(zip(shelves.skus, (5, 5, 0, 5), strict=True))
    night.clock.sleep(HOUR)
    return shelves


@pytest.fixture
def shelves(night):
    return stocked(night)


@pytest.fixture
def shelves_on_each(night, engine):
    """The same in a warehouse of each kind."""
    night.workspace = replace(night.workspace, engine=engine)
    return stocked(night)


def look(night):
    return look_at_stock(night.workspace, STORE)


def only_place(seen):
    (place,) = seen.places
    return place


def stock_rows(engine):
    table = FACTS["inventory_summary"]
    with reading(engine) as connection:
        return {row.sku: row for row in connection.execute(select(table)).all()}


def hours(engine):
    with reading(engine) as connection:
        rows = connection.execute(select(WINDOW).where(WINDOW.c.asked_by == BY_INTRADAY).order_by(WINDOW.c.id)).all()
    return {row.part: row for row in rows}


def test_a_look_keeps_the_bytes_and_shows_the_stock_of_the_hour(night, shelves):
    seen = look(night)

    a, b, c, d = shelves.skus
    rows = stock_rows(night.workspace.engine)
    assert (seen.skipped, seen.problems, seen.is_loaded, seen.hour) == ("", (), True, "2026-11-17 hour-06")
    assert [rows[sku].sellable_units for sku in (a, b, c, d)] == [5, 5, 0, 5]
    assert {row.snapshot_on for row in rows.values()} == {NIGHT}
    assert only_place(seen).skus == len(rows)
    assert only_place(seen).out == sum(row.sellable_units == 0 for row in rows.values())
    assert [entry.received.report for entry in night.manifest()] == [REPORT, REPORT]


def test_what_went_out_and_what_came_back_is_told_since_the_look_before(night, shelves):
    look(night)
    a, _, c, d = shelves.skus
    shelves.units |= {a: 0, c: 7}
    shelves.gone.add(d)
    night.clock.sleep(HOUR)

    place = only_place(look(night))

    assert (place.before.went_out, place.before.came_back, place.before.unknown) == ((a,), (c,), (d,))
    assert place.seen_at - place.before.since == timedelta(hours=1) + (place.seen_at - place.before.since) % timedelta(
        minutes=1
    )
    assert place.night is None


def test_since_the_night_is_told_by_the_nights_own_look(night, shelves_on_each):
    a, b, *_ = shelves_on_each.skus
    assert night.pull().problems == ()
    night.clock.sleep(HOUR)
    shelves_on_each.units[a] = 0
    look(night)
    shelves_on_each.units[b] = 0
    night.clock.sleep(HOUR)

    place = only_place(look(night))

    assert place.before.went_out == (b,)
    assert place.night.went_out == (a, b)


def test_the_first_look_has_nothing_to_compare_with(night):
    night.only(REPORT)

    seen = look(night)

    assert (only_place(seen).before, only_place(seen).night) == (None, None)
    assert json.loads(json.dumps(seen.to_dict())) == seen.to_dict()


def test_a_second_look_in_the_same_hour_asks_nothing_and_tells_the_same(night, shelves):
    first = look(night)
    calls = night.calls()
    night.clock.sleep(60)

    again = look(night)

    assert again == first
    assert night.calls() == calls


def test_a_look_that_failed_is_taken_up_again_in_its_hour(night, shelves):
    night.order({"fault": "html_500", "operation": "getInventorySummaries", "times": 20})
    failed = look(night)
    night.simulator.amazon.faults.waiting.clear()

    again = look(night)

    assert "500" in failed.problems[0].what
    assert failed.places == ()
    assert (again.problems, len(again.places)) == ((), 1)


def test_a_look_that_never_came_about_is_explained_by_the_next(night, shelves_on_each):
    night.order({"fault": "html_500", "operation": "getInventorySummaries", "times": 20})
    look(night)
    night.simulator.amazon.faults.waiting.clear()
    night.clock.sleep(HOUR)

    seen = look(night)

    missed = hours(night.workspace.engine)["hour-06"]
    assert (missed.state, missed.detail.endswith(intraday.MISSED)) == ("fatal", True)
    assert seen.problems == ()


def test_credentials_that_are_refused_are_one_problem_and_no_failure_of_the_code(night, shelves):
    night.order({"fault": "wrong_secret"})

    seen = look(night)

    (problem,) = seen.problems
    assert "invalid_client" in problem.what
    assert seen.to_dict()["problems"][0]["where"].startswith(f"store {STORE}")


def test_an_answer_that_is_no_stock_is_set_aside_and_asked_for_anew(night, shelves, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(shelves, "render", lambda request: replace(shelves._world.render(request), body=b'[{"asin": "B0"}]'))
        bad = look(night)

    good = look(night)

    assert "set aside" in bad.problems[0].what
    assert (good.problems, only_place(good).skus > 4) == ((), True)
    with reading(night.workspace.engine) as connection:
        states = connection.execute(select(DOCUMENT.c.state).order_by(DOCUMENT.c.manifest_number)).scalars().all()
    assert states == ["loaded", "quarantined", "loaded"]


def test_a_night_that_is_at_work_is_not_disturbed(night, shelves_on_each):
    with writing(night.workspace.engine) as connection:
        nights.begin(connection, STORE, NIGHT, night.clock.now())
    calls = night.calls()

    with alone_with(night.workspace.engine, STORE):
        seen = look(night)

    assert "night of the store is at work" in seen.skipped
    assert (seen.places, seen.problems, night.calls()) == ((), (), calls)


def test_a_backfill_that_is_at_work_keeps_nobody_from_looking_and_the_next_look_loads(night, shelves_on_each):
    shelves_on_each.units[shelves_on_each.skus[0]] = 3
    with alone_with(night.workspace.engine, STORE):
        seen = look(night)
    before = stock_rows(night.workspace.engine)[shelves_on_each.skus[0]].observed_at

    again = look(night)

    assert (seen.skipped, seen.is_loaded, only_place(seen).before.went_out) == ("", False, (shelves_on_each.skus[2],))
    assert again.is_loaded
    assert stock_rows(night.workspace.engine)[shelves_on_each.skus[0]].observed_at > before


def test_a_dead_night_keeps_nobody_from_looking(night, shelves):
    with writing(night.workspace.engine) as connection:
        nights.begin(connection, STORE, NIGHT, night.clock.now())

    assert look(night).skipped == ""


def test_a_night_neither_waits_for_looks_nor_takes_them_for_its_own(night, shelves):
    engine = night.workspace.engine
    night.order({"fault": "html_500", "operation": "getInventorySummaries", "times": 20})
    look(night)
    night.simulator.amazon.faults.waiting.clear()
    with reading(engine) as connection:
        before = nights.deciding_moment(connection, STORE, NIGHT, night.clock.now())

    report = night.pull()
    loaded = load_night(night.workspace, STORE, NIGHT)

    assert (report.documents, report.windows, report.problems, loaded.problems) == (1, 1, (), ())
    with reading(engine) as connection:
        assert [row.window.part for row in windows.windows_of_night(connection, STORE, NIGHT)] == [""]
        assert nights.deciding_moment(connection, STORE, NIGHT, night.clock.now()) > before


def test_a_nights_look_that_is_loaded_late_does_not_outrank_a_newer_hour(night, shelves):
    sku = shelves.skus[0]
    night.pull()
    shelves.units[sku] = 2
    night.clock.sleep(HOUR)
    look(night)

    load_night(night.workspace, STORE, NIGHT)

    assert stock_rows(night.workspace.engine)[sku].sellable_units == 2


def test_the_hour_that_comes_twice_when_clocks_are_put_back_is_looked_at_twice(night):
    """On 1 November 2026 at 09:30 UTC it is 01:30 in Los Angeles for the second time."""
    night.only(REPORT)
    night.clock._now = NIGHT_STARTS[STORE].replace(day=1, hour=8, minute=30)
    first = look(night)
    night.clock.sleep(HOUR)

    second = look(night)

    assert (first.hour, second.hour) == ("2026-11-01 hour-01", "2026-11-01 hour-01-again")
    assert second.problems == ()


def test_a_store_that_does_not_pull_its_stock_is_told_what_to_do(night):
    night.only("fba_inventory")

    with pytest.raises(ConfigError, match="Add inventory_summaries to its reports"):
        look(night)


@pytest.mark.parametrize(
    ("earlier", "now", "went_out", "came_back", "unknown"),
    [
        ({"A": 1}, {"A": 0}, ("A",), (), ()),
        ({"A": 0}, {"A": 1}, (), ("A",), ()),
        ({"A": -1}, {"A": 0}, (), (), ()),
        ({"A": 2}, {"A": 1}, (), (), ()),
        ({"A": 2}, {}, (), (), ("A",)),
        ({"A": 2}, {"A": None}, (), (), ("A",)),
        ({"A": None}, {"A": 0}, (), (), ()),
        ({}, {"A": 0}, (), (), ()),
    ],
)
def test_only_a_known_number_that_crosses_nothing_is_a_change(earlier, now, went_out, came_back, unknown):
    found = change(earlier, now, since=NIGHT_STARTS[STORE])

    assert (found.went_out, found.came_back, found.unknown) == (went_out, came_back, unknown)
