"""A night reads through only days with something new, and measures only what is made from them."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.seal_marks import METRIC, STANDING, part_of
from sellerwatch.warehouse.sealing.leaves import all_leaves
from sellerwatch.warehouse.sealing.seal import read_due, read_leaves, seal_store
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.tables.measures import FACT_DAY, METRIC_VALUE
from sellerwatch.warehouse.tables.sealing import SEAL_DUE
from tests.metric_rows import alter_values
from tests.spec.small_world import NIGHT, World, day
from tests.spec.test_catalogue_spec import only, told

LATER = NIGHT + timedelta(days=5)
SOLD = {"parent_asin": "B0P", "child_asin": "B0A", "currency": "USD", "units_ordered": 2, "sessions": 10}
OF_STORE = {name: cell for name, cell in SOLD.items() if not name.endswith("_asin")}


@pytest.fixture
def measured(world, whole_catalogue):
    """A store with sales of two days, measured once."""
    world.shipped = only(whole_catalogue, ["unit_session_pct"])
    for back in (2, 1):
        world.pulled(day(-back), day(-back), report="sales_traffic")
    told(world, "sales_traffic_day", *({"back": back, **OF_STORE} for back in (2, 1)))
    told(world, "sales_traffic_asin_day", *({"back": back, **SOLD} for back in (2, 1)))
    world.measure()
    return world


def of_store(world):
    return METRIC_VALUE.c.store_id == world.store_id, METRIC_VALUE.c.metric == "unit_session_pct"


def bring_document(world, on):
    """A newer document of the window of a day."""
    with writing(world.engine) as connection:
        older = connection.execute(
            select(DOCUMENT).join(WINDOW).where(WINDOW.c.store_id == world.store_id, WINDOW.c.first_day == on)
        ).mappings()
        row = dict(older.one())
        connection.execute(insert(DOCUMENT).values({**row, "id": f"{row['window_id']}#2", "version": 2}))


def marks(world):
    with reading(world.engine) as connection:
        rows = connection.execute(
            select(FACT_DAY.c.day, FACT_DAY.c.mark).where(
                FACT_DAY.c.store_id == world.store_id, FACT_DAY.c.fact_table == "sales_traffic_day"
            )
        )
        return dict(rows.all())


def seal(world, night=NIGHT):
    seal_store(world.workspace, world.store_id, night)


def test_a_value_that_is_what_was_sealed_only_becomes_final(measured):
    seal(measured)
    with writing(
        measured.engine
    ) as connection:  # nothing that comes in alters a fact so, and whoever does is found by `verify`
        connection.execute(update(FACTS["sales_traffic_day"]).values(units_ordered=9))

    measured.measure(LATER)

    settled = measured.values("unit_session_pct", "marketplace", on=day(-1))[("US", "US")]
    assert (settled.is_final, settled.measured_for, settled.value) == (True, NIGHT, 20.0)


def test_a_value_that_was_altered_since_it_was_sealed_goes_on_contradicting_its_seal(measured):
    seal(measured)
    with writing(measured.engine) as connection:
        alter_values(connection, *of_store(measured), value=123.0, status="ok", reason=None)

    measured.measure(LATER)
    seal(measured, LATER)

    part = part_of("day", day(-1))
    with reading(measured.engine) as connection:
        assert read_due(connection, measured.store_id) == set()
        sealed = {leaf.key: leaf.digest for leaf in read_leaves(connection, measured.store_id)}
        there = {leaf.key: leaf.digest for leaf in all_leaves(connection, measured.store_id)}
    assert there[METRIC, "unit_session_pct", part] != sealed[METRIC, "unit_session_pct", part]
    assert there[STANDING, "unit_session_pct", part] == sealed[STANDING, "unit_session_pct", part]


def rows_of(world):
    """Return every value of a store, without its name."""
    with reading(world.engine) as connection:
        rows = connection.execute(select(METRIC_VALUE).where(METRIC_VALUE.c.store_id == world.store_id)).mappings().all()
    named = [{**row, "store_id": "", "subject": row["subject"].replace(world.store_id, "store")} for row in rows]
    return sorted(named, key=lambda row: [str(row[column.name]) for column in METRIC_VALUE.primary_key])


SETTLING = ["unit_session_pct", "asp", "sessions"]


def test_what_settles_in_place_says_what_measuring_it_again_says(engine, whole_catalogue):
    """Of several marketplaces and currencies: a day settles in one of them alone, and in the other it does not, for it is missing."""
    said, due = [], []
    for store_id in ("sealed", "unsealed"):
        world = World(engine, only(whole_catalogue, SETTLING), store_id=store_id, places=("US", "CA", "MX"))
        for place, until in (("US", 1), ("CA", 2)):
            world.pulled(day(-12), day(-until), place=place, report="sales_traffic")
            for table, cells in (("sales_traffic_day", OF_STORE), ("sales_traffic_asin_day", SOLD)):
                told(world, table, *({"back": back, **cells} for back in range(12, until - 1, -1)), place=place)
        world.measure(day(-1))
        if store_id == "sealed":
            seal(world, day(-1))
        with writing(engine) as connection:
            connection.execute(delete(SEAL_DUE).where(SEAL_DUE.c.store_id == store_id))
        before = rows_of(world)
        world.measure(LATER)
        said.append(rows_of(world))
        with reading(engine) as connection:
            due.append(read_due(connection, store_id))

    assert said[0] == said[1]
    assert due[0] == due[1]
    states = {(row["subject_kind"], row["is_final"]) for row in said[0] if row not in before}
    assert {("store", True), ("marketplace", True), ("asin", True), ("parent_asin", True), ("marketplace", False)} <= states


def test_a_period_that_has_settled_is_measured_again_so_that_nothing_altered_is_sealed_with_it(measured):
    with writing(measured.engine) as connection:
        alter_values(connection, *of_store(measured), value=123.0, status="ok", reason=None)

    measured.measure(LATER)

    settled = measured.values("unit_session_pct", "marketplace", on=day(-1))[("US", "US")]
    assert (settled.is_final, settled.measured_for, settled.value) == (True, LATER, 20.0)


def test_how_finally_a_period_is_known_is_sealed_anew_and_what_has_not_changed_keeps_its_seal(measured):
    with writing(measured.engine) as connection:
        connection.execute(delete(SEAL_DUE).where(SEAL_DUE.c.store_id == measured.store_id))

    measured.measure(LATER)

    with reading(measured.engine) as connection:
        due = read_due(connection, measured.store_id)
    assert (STANDING, "unit_session_pct", part_of("day", day(-1))) in due
    assert (METRIC, "unit_session_pct", part_of("day", day(-1))) not in due
    assert (STANDING, "unit_session_pct", part_of("day", day(-10))) not in due


def test_only_days_with_something_new_are_read_through(measured):
    assert set(marks(measured)) == {day(-2), day(-1)}
    with writing(measured.engine) as connection:
        connection.execute(update(FACT_DAY).where(FACT_DAY.c.store_id == measured.store_id).values(mark="as it was"))
    bring_document(measured, day(-1))

    measured.measure()

    assert marks(measured)[day(-2)] == "as it was"
    assert marks(measured)[day(-1)] not in ("", "as it was")


def test_a_newer_document_that_says_the_same_has_nothing_measured_again(measured):
    with writing(measured.engine) as connection:
        alter_values(connection, *of_store(measured), value=123.0, status="ok", reason=None)
    bring_document(measured, day(-1))

    measured.measure()

    assert measured.values("unit_session_pct", "asin", on=day(-1), period="d7")[("US", "B0A")].value == 123.0


def test_days_without_facts_and_documents_are_forgotten(measured):
    with writing(measured.engine) as connection:
        connection.execute(
            update(DOCUMENT)
            .where(DOCUMENT.c.window_id.in_(select(WINDOW.c.id).where(WINDOW.c.store_id == measured.store_id)))
            .values(state="raw")
        )
    measured.forget("sales_traffic_day", sold_on=day(-1))

    measured.measure()

    assert set(marks(measured)) == {day(-2)}


def sold_every_day(world, whole_catalogue):
    """A store that sold one product on each of forty days, the last of which the night before has not seen."""
    world.shipped = only(whole_catalogue, ["unit_session_pct"])
    for back in range(41, 1, -1):
        world.pulled(day(-back), day(-back), report="sales_traffic")
    told(world, "sales_traffic_asin_day", *({"back": back, **SOLD} for back in range(41, 1, -1)))
    world.measure(day(-1))
    world.pulled(day(-1), day(-1), report="sales_traffic")
    told(world, "sales_traffic_asin_day", {"back": 1, **SOLD, "units_ordered": 5})


def window(world):
    row = world.values("unit_session_pct", "asin", on=day(-1), period="d30")[("US", "B0A")]
    return (int(row.numerator), int(row.denominator))


def test_a_long_window_takes_the_day_that_enters_and_leaves_the_one_that_goes(world, whole_catalogue):
    sold_every_day(world, whole_catalogue)

    world.measure()

    assert window(world) == (29 * 2 + 5, 30 * 10)


def test_a_window_is_measured_again_when_a_day_amid_it_is_restated(world, whole_catalogue):
    sold_every_day(world, whole_catalogue)
    world.forget("sales_traffic_asin_day", sold_on=day(-20))

    world.measure()

    assert window(world) == (28 * 2 + 5, 29 * 10)
