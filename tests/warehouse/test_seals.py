"""Sealing what is written, and naming whatever is altered afterwards: on both databases alike."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import delete, insert, select, update

from sellerwatch.core.periods import Days
from sellerwatch.rawstore.verify import Finding, verify
from sellerwatch.settings.load import load_settings
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.seal_marks import METRIC, NO_STORE, STANDING, mark_documents, mark_periods, part_of, period_of
from sellerwatch.warehouse.sealing import leaves, seal
from sellerwatch.warehouse.sealing.check import check_seal, stores_sealed
from sellerwatch.warehouse.sealing.leaves import Leaf
from sellerwatch.warehouse.sealing.roots import merkle_root
from sellerwatch.warehouse.sealing.seal import read_due, read_leaves, seal_night, seal_store
from sellerwatch.warehouse.tables.facts import FACTS
from sellerwatch.warehouse.tables.measures import METRIC_NUMBER, METRIC_PERIOD, METRIC_VALUE
from sellerwatch.warehouse.tables.sealing import SEAL_LEAF
from sellerwatch.warehouse.tables.user import USER
from sellerwatch.warehouse.types import Micros
from sellerwatch.warehouse.user_import import import_again, import_user_file
from sellerwatch.warehouse.values import put_values
from tests.conftest import NIGHT, ROOT
from tests.metric_rows import alter_values, remove_values
from tests.walking import walk
from tests.warehouse.shelf import MORNING, STORE, flat, order, stock

ORDERS, STOCK = FACTS["order_line"], FACTS["fba_inventory"]
DAYS = Days(date(2026, 11, 7), date(2026, 11, 16))
FIRST = "cascade/US/all_orders/2026-11-07..2026-11-16#1"


def put_orders(shelf, *records, hours=0.0):
    shelf.put("all_orders", flat("all_orders", *records), days=DAYS, hours=hours)


def load_and_seal(shelf):
    shelf.load()
    return seal_store(shelf.workspace, STORE, NIGHT)


@pytest.fixture
def sealed(shelf):
    """Three orders and the stock of a SKU, loaded and sealed."""
    put_orders(shelf, order("1"), order("2"), order("3"))
    shelf.put("fba_inventory", flat("fba_inventory", stock("A")))
    load_and_seal(shelf)
    return shelf


def nothing_to_name(*_):
    return []


def check(shelf, name_values=nothing_to_name):
    roots = stores_sealed(shelf.workspace.raw).get(STORE, ())
    with reading(shelf.engine) as connection:
        return check_seal(connection, shelf.workspace.raw, STORE, roots, name_values=name_values)


def findings(shelf):
    return {(item.place, item.what) for item in check(shelf).findings}


def alter(shelf, *statements):
    with writing(shelf.engine) as connection:
        for statement in statements:
            connection.execute(statement)


def seven_units_of(number):
    return update(ORDERS).where(ORDERS.c.amazon_order_id == number).values(quantity=7)


def due(shelf):
    with reading(shelf.engine) as connection:
        return read_due(connection, STORE)


def leaf_of(shelf, document_id=FIRST):
    with reading(shelf.engine) as connection:
        return next(leaf for leaf in read_leaves(connection, STORE) if leaf.part == document_id)


def test_what_was_loaded_is_marked_and_sealing_takes_the_marks_away(shelf):
    put_orders(shelf, order("1"))
    shelf.load()
    assert due(shelf) == {("fact", "order_line", FIRST)}

    done = seal_store(shelf.workspace, STORE, NIGHT)

    assert (done.counted, done.refused, done.root.number, done.root.as_of, done.root.rows) == (1, (), 1, str(NIGHT), 1)
    assert due(shelf) == set()
    assert check(shelf).findings == ()


def test_the_root_is_the_same_on_both_databases_and_on_every_machine(sealed):
    (kept,) = stores_sealed(sealed.workspace.raw)[STORE]

    assert kept.root.root == "ee501414f55c6bbb84839947c50b1d16274ea09b2bd777bb1b62fa062c41dca1"


def test_a_store_that_was_never_sealed_is_not_called_altered(shelf):
    put_orders(shelf, order("1"))
    shelf.load()

    found = check(shelf)

    assert (found.root, found.findings, found.unsealed, found.rows) == (None, (), 1, 1)


def test_sealing_again_what_is_the_same_keeps_nothing(sealed):
    before = list(sealed.workspace.raw.manifest.entries())

    again = seal_store(sealed.workspace, STORE, NIGHT + timedelta(days=1))

    assert (again.counted, again.root.number, again.root.as_of) == (0, 1, str(NIGHT))
    assert list(sealed.workspace.raw.manifest.entries()) == before


def test_each_root_names_the_one_before_and_lies_in_the_chain_of_documents(sealed):
    put_orders(sealed, order("4"), hours=1)
    load_and_seal(sealed)

    first, second = stores_sealed(sealed.workspace.raw)[STORE]

    assert (second.root.number, second.root.previous) == (2, first.entry.sha256)
    assert verify(sealed.workspace.raw).is_intact
    assert check(sealed).findings == ()


def test_an_altered_fact_is_named_with_its_column_document_and_line(sealed):
    alter(sealed, seven_units_of("2"))

    assert findings(sealed) == {("order_line 2/A/1", f"quantity is 7, its line says 1 [{FIRST}, line 3]")}


def test_a_fact_that_was_put_in_and_one_that_was_deleted_are_named(sealed):
    with reading(sealed.engine) as connection:
        row = dict(connection.execute(select(ORDERS).where(ORDERS.c.amazon_order_id == "1")).mappings().one())
    alter(
        sealed,
        delete(ORDERS).where(ORDERS.c.amazon_order_id == "3"),
        insert(ORDERS).values(row | {"amazon_order_id": "9"}),
        delete(ORDERS).where(ORDERS.c.amazon_order_id == "2"),
    )

    assert findings(sealed) == {
        ("order_line 9/A/1", f"no line of its document says it [{FIRST}]"),
        ("order_line 2/A/1", f"it was deleted [{FIRST}, line 3]"),
        ("order_line 3/A/1", f"it was deleted [{FIRST}, line 4]"),
    }


OTHERS = {str: "other", int: 987, bool: False, date: date(2020, 2, 2), datetime: MORNING, Decimal: Decimal("9.87"), float: 9.5}


def other_than(cell, column):
    """Return a value that may stand in a cell in place of another."""
    kind = Decimal if isinstance(column.type, Micros) else type(cell) if cell is not None else column.type.python_type
    other = OTHERS[kind]
    return (not cell) if kind is bool and cell is not None else other


def test_not_one_cell_that_says_something_can_be_altered_unnoticed(sealed, subtests):
    def check_column(column):
        table = column.table
        with reading(sealed.engine) as connection:
            row = connection.execute(select(table).order_by(*table.primary_key).limit(1)).mappings().one()
        same = [key == row[key.name] for key in table.primary_key if key is not column]
        others = [document.id for document in sealed.documents() if document.id != row["document_id"]]
        other = others[0] if column.name == "document_id" else other_than(row[column.name], column)
        assert other != row[column.name]
        alter(sealed, update(table).where(*same).values({column.name: other}))
        assert check(sealed).findings != ()
        alter(sealed, update(table).where(*same).values({column.name: row[column.name]}))

    columns = [column for table in (ORDERS, STOCK) for column in leaves.said_columns(table) if column.name != "store_id"]
    with writing(sealed.engine) as connection:
        # So that a cell of the key is that of one row.
        connection.execute(delete(ORDERS).where(ORDERS.c.amazon_order_id != "1"))
        mark_documents(connection, STORE, "order_line", [FIRST])
    seal_store(sealed.workspace, STORE, NIGHT)
    walk(subtests, {f"{column.table.name}.{column.name}": column for column in columns}, check_column)
    assert check(sealed).findings == ()  # so that each was found by itself


def test_deleting_every_row_of_a_document_is_told_as_one(sealed):
    alter(sealed, delete(STOCK))

    (found,) = check(sealed).findings

    assert found.place.startswith("fba_inventory 2026-11-17/A")
    assert found.what.startswith("it was deleted")


def test_what_a_newer_document_replaces_is_sealed_anew_and_not_called_altered(sealed):
    before = leaf_of(sealed)
    put_orders(sealed, order("2", units="5"), hours=1)

    done = load_and_seal(sealed)

    assert done.refused == ()
    assert (before.row_count, leaf_of(sealed).row_count) == (3, 2)
    assert check(sealed).findings == ()


def test_an_altered_row_is_not_sealed_with_the_rest_of_a_document_that_lost_another_row(sealed):
    alter(sealed, seven_units_of("3"))
    put_orders(sealed, order("2", units="5"), hours=1)

    done = load_and_seal(sealed)

    assert done.refused == (("fact", "order_line", FIRST),)
    assert ("order_line 3/A/1", f"quantity is 7, its line says 1 [{FIRST}, line 4]") in findings(sealed)


def test_once_altered_a_document_stays_unsealed_however_many_rows_of_it_are_replaced(sealed):
    alter(sealed, seven_units_of("3"))
    for number, hours in (("2", 1), ("1", 2)):
        put_orders(sealed, order(number, units="5"), hours=hours)
        sealed.load()

    refused = [seal_store(sealed.workspace, STORE, NIGHT).refused for _ in range(2)]

    assert refused == [(("fact", "order_line", FIRST),), ()]
    assert "order_line 3/A/1" in {place for place, _ in findings(sealed)}


def test_an_altered_document_is_not_sealed_in_a_later_night_either(sealed):
    alter(sealed, seven_units_of("3"))
    for number, hours in (("2", 1), ("1", 2)):
        put_orders(sealed, order(number, units="5"), hours=hours)
        done = load_and_seal(sealed)

        assert done.refused == (("fact", "order_line", FIRST),)


def test_an_altered_row_that_was_replaced_itself_is_no_reason_to_keep_a_seal_of_nothing(sealed):
    alter(sealed, seven_units_of("1"))
    put_orders(sealed, order("1", units="2"), order("2", units="2"), order("3", units="2"), hours=1)

    done = load_and_seal(sealed)

    assert (done.refused, check(sealed).findings) == ((), ())


def test_an_altered_document_whose_bytes_are_gone_is_told_as_a_whole(sealed):
    alter(sealed, seven_units_of("3"))
    sealed.workspace.raw.object_path(sealed.documents()[0].sha256).unlink()

    (found,) = check(sealed).findings
    assert found.place == f"order_line, {FIRST}"
    assert found.what.startswith("its rows cannot be held against its bytes: a document of the raw store cannot be read")


def test_what_was_written_since_is_held_against_the_bytes(sealed):
    put_orders(sealed, order("4"), hours=1)
    sealed.load()
    assert (check(sealed).unsealed, check(sealed).findings) == (1, ())

    alter(sealed, seven_units_of("4"))

    assert {place for place, _ in findings(sealed)} == {"order_line 4/A/1"}


def test_a_mark_that_was_put_in_hides_no_altered_fact(sealed):
    alter(sealed, seven_units_of("2"))
    with writing(sealed.engine) as connection:
        mark_documents(connection, STORE, "order_line", [FIRST])

    assert {place for place, _ in findings(sealed)} == {"order_line 2/A/1"}


def test_an_altered_seal_does_not_hide_what_it_was_altered_for(sealed):
    alter(sealed, seven_units_of("2"))
    with reading(sealed.engine) as connection:
        (now,) = leaves.facts_of(connection, STORE, "order_line")
    alter(sealed, update(SEAL_LEAF).where(SEAL_LEAF.c.part == FIRST).values(digest=now.digest))

    (found,) = check(sealed).findings

    assert found.place == "table seal_leaf, store cascade"
    assert "sellerwatch rebuild" in found.what


def test_without_its_seals_a_warehouse_that_says_the_same_is_intact(sealed):
    alter(sealed, delete(SEAL_LEAF))

    found = check(sealed)

    assert (found.findings, found.rows) == ((), 4)


def test_a_root_that_was_taken_out_is_missed(sealed):
    for hours in (1, 2):
        put_orders(sealed, order("4", units=str(hours)), hours=hours)
        load_and_seal(sealed)
    first, _, third = stores_sealed(sealed.workspace.raw)[STORE]

    with reading(sealed.engine) as connection:
        found = check_seal(connection, sealed.workspace.raw, STORE, [first, third], name_values=nothing_to_name)

    assert [item.what for item in found.findings] == ["the root before it was removed, or one was put in"]


def test_killed_between_keeping_a_root_and_committing_nothing_looks_altered(sealed, monkeypatch):
    def keep_and_die(*arguments):
        kept(*arguments)
        raise KeyboardInterrupt

    kept = seal.keep
    put_orders(sealed, order("4"), hours=1)
    sealed.load()
    monkeypatch.setattr(seal, "keep", keep_and_die)
    with pytest.raises(KeyboardInterrupt):
        seal_store(sealed.workspace, STORE, NIGHT)
    monkeypatch.setattr(seal, "keep", kept)
    assert check(sealed).findings == ()
    put_orders(sealed, order("5"), hours=2)
    sealed.load()
    assert check(sealed).findings == ()

    seal_store(sealed.workspace, STORE, NIGHT)

    assert [kept.root.number for kept in stores_sealed(sealed.workspace.raw)[STORE]] == [1, 2, 3]
    assert check(sealed).findings == ()


def test_what_is_written_while_it_is_being_counted_stays_marked(sealed, monkeypatch):
    def write_meanwhile(*arguments):
        counted = count(*arguments)
        alter(sealed, seven_units_of("2"))
        with writing(sealed.engine) as connection:
            mark_documents(connection, STORE, "order_line", [FIRST])
        return counted

    count = seal._count_again
    with writing(sealed.engine) as connection:
        mark_documents(connection, STORE, "order_line", [FIRST])
    before = leaf_of(sealed)
    with monkeypatch.context() as patch:
        patch.setattr(seal, "_count_again", write_meanwhile)
        seal_store(sealed.workspace, STORE, NIGHT)

    assert due(sealed) == {("fact", "order_line", FIRST)}
    assert leaf_of(sealed) == before


def traffic(units):
    sales = {"orderedProductSales": {"amount": 30.5, "currencyCode": "USD"}, "unitsOrdered": units}
    day = {"date": "2026-11-16", "salesByDate": sales, "trafficByDate": {"sessions": 3, "pageViews": 4}}
    return json.dumps(
        {
            "reportSpecification": {
                "reportType": "GET_SALES_AND_TRAFFIC_REPORT",
                "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "CHILD"},
                "dataStartTime": "2026-11-16",
                "dataEndTime": "2026-11-16",
                "marketplaceIds": ["ATVPDKIKX0DER"],
            },
            "salesAndTrafficByDate": [day],
            "salesAndTrafficByAsin": [],
        }
    ).encode()


def test_a_daily_document_is_read_by_its_days_and_many_documents_all_at_once(shelf, monkeypatch):
    monday = Days(date(2026, 11, 16), date(2026, 11, 16))
    shelf.put("sales_traffic", traffic(1), days=monday)
    load_and_seal(shelf)
    shelf.put("sales_traffic", traffic(2), days=monday, hours=1)
    shelf.load()
    monkeypatch.setattr(leaves, "_NAMED_AT_MOST", 1)

    done = seal_store(shelf.workspace, STORE, NIGHT)

    assert (done.counted, done.refused) == (2, ())
    assert check(shelf).findings == ()
    alter(shelf, update(FACTS["sales_traffic_day"]).values(units_ordered=9))
    ((place, what),) = findings(shelf)
    assert (place, what.partition(" [")[0]) == ("sales_traffic_day 2026-11-16", "units_ordered is 9, its line says 2")


def value(metric="units", *, on=date(2026, 11, 16), number=3.0):
    return {
        "store_id": STORE,
        "marketplace": "US",
        "metric": metric,
        "subject_kind": "marketplace",
        "subject": "US",
        "period": "d7",
        "period_on": on,
        "value": number,
        "status": "ok",
        "is_final": True,
        "definition_version": 1,
        "measured_for": NIGHT,
    }


@pytest.fixture
def measured(shelf):
    """Two values, written and sealed."""
    days = (date(2026, 11, 15), date(2026, 11, 16))
    with writing(shelf.engine) as connection:
        put_values(connection, [value(on=on) for on in days])
        for kind in (METRIC, STANDING):
            mark_periods(connection, STORE, [("units", "d7", on) for on in days], kind=kind)
    seal_store(shelf.workspace, STORE, NIGHT)
    return shelf


def test_an_altered_value_is_named_by_whoever_knows_how_it_is_measured(measured):
    with writing(measured.engine) as connection:
        alter_values(connection, METRIC_VALUE.c.period_on == date(2026, 11, 16), value=4.0)
    asked = []

    def name_values(*about):
        asked.append(about)
        return [Finding("the value", "what is wrong")]

    assert check(measured, name_values).findings == (Finding("the value", "what is wrong"),)
    assert asked == [("units", "d7", date(2026, 11, 16))]


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        ({"value": 4.0}, "metric_value units d7 2026-11-16", "one or more of its 1 row were altered"),
        ({"is_final": False}, "metric_period units d7 2026-11-16", "one or more of its 1 row were altered"),
        ({"definition_version": 2}, "metric_period units d7 2026-11-16", "one or more of its 1 row were altered"),
        (None, "metric_value units d7 2026-11-16", "its 1 row were deleted"),
        (value("gmv"), "metric_value gmv d7 2026-11-16", "1 row were put in that nobody sealed"),
        (value("gmv"), "metric_period gmv d7 2026-11-16", "1 row were put in that nobody sealed"),
        (
            value() | {"subject": "UK"},
            "metric_value units d7 2026-11-16",
            "it had 1 row when it was sealed, and has 2 now",
        ),
    ],
    ids=["altered", "made provisional", "of another definition", "deleted", "put in", "put in with its period", "one more"],
)
def test_where_no_value_can_be_told_its_period_is_named(measured, change, place, what):
    with writing(measured.engine) as connection:
        if change is None:
            remove_values(connection)
        elif "subject" in change:
            put_values(connection, [change])
        else:
            alter_values(connection, **change)

    assert (place, what) in findings(measured)


def test_a_period_that_settles_leaves_its_values_under_the_seal_they_have(measured):
    """What somebody altered must not be sealed with it."""
    with writing(measured.engine) as connection:
        alter_values(connection, METRIC_VALUE.c.period_on == date(2026, 11, 16), value=4.0, is_final=False)
        mark_periods(connection, STORE, [("units", "d7", date(2026, 11, 16))], kind=STANDING)

    seal_store(measured.workspace, STORE, NIGHT + timedelta(days=1))

    assert findings(measured) == {("metric_value units d7 2026-11-16", "one or more of its 1 row were altered")}


def test_a_value_that_was_moved_to_the_period_of_another_currency_is_named(measured):
    """A store's values lie in one period for each currency: moved, a value would be an amount of the other."""
    of_store = {"marketplace": "*", "subject_kind": "store"}
    euros, dollars = (value("gmv") | of_store | {"subject": f"{STORE}/{code}", "currency": code} for code in ("EUR", "USD"))
    with writing(measured.engine) as connection:
        put_values(connection, [euros, dollars])
        for kind in (METRIC, STANDING):
            mark_periods(connection, STORE, [("gmv", "d7", date(2026, 11, 16))], kind=kind)
    seal_store(measured.workspace, STORE, NIGHT)

    of_dollars = select(METRIC_PERIOD.c.id).where(METRIC_PERIOD.c.apart == dollars["subject"]).scalar_subquery()
    number = update(METRIC_NUMBER).where(METRIC_NUMBER.c.subject == euros["subject"])
    alter(measured, number.values(metric_period_id=of_dollars))

    assert findings(measured) == {("metric_value gmv d7 2026-11-16", "one or more of its 2 rows were altered")}


def test_the_name_of_a_period_leads_back_to_it():
    assert period_of(part_of("month_to_date", NIGHT)) == ("month_to_date", NIGHT)


def test_the_root_changes_with_every_leaf_and_not_with_their_order():
    leaf = partial(Leaf, "fact", "order_line", row_count=1, digest="d")
    some = [leaf(part=str(number)) for number in range(5)]

    assert merkle_root(some) == merkle_root(some[::-1])
    assert len({merkle_root(some), merkle_root(some[:-1]), merkle_root([*some[:-1], replace(some[-1], row_count=2)])}) == 3
    assert merkle_root([]) == "0" * 64


def test_a_cell_of_a_type_without_a_canonical_text_is_refused():
    with pytest.raises(TypeError, match="bytes"):
        leaves.canonical([b"raw"])


def test_rows_are_spelled_together_as_they_are_one_by_one_whatever_their_cells_say():
    rows = [("A", 1, None, True), ("a],[b", 2.5, date(2026, 11, 17), False), ('],["', -1, "],[", None), ("é\n]", 0, "[", True)]

    together = leaves.canonical(rows)

    assert together == b"".join(leaves.canonical([row]) for row in rows)
    assert together.splitlines()[1] == b'["a],[b",2.5,"2026-11-17",false]'
    assert [json.loads(text)[0] for text in together.splitlines()] == [name for name, *_ in rows]
    assert leaves.canonical(rows[:1] * 2) == 2 * b'["A",1,null,true]\n'


# --- tables that people fill in -------------------------------------------------------------------------------------------

COSTS = b"sku,valid_from,valid_to,purchase_amount,currency\nA,2026-01-01,,5.00,USD\n"


@pytest.fixture
def costed(shelf):
    """A unit cost that was imported and sealed."""
    settings = load_settings({"SELLERWATCH_CONFIG": str(ROOT / "config")})
    shelf.workspace = replace(shelf.workspace, settings=settings)
    file = ImportedFile("costs.csv", COSTS, "sam", MORNING)
    import_user_file(shelf.workspace, file, table=None, is_dry_run=False)
    seal_night(shelf.workspace, STORE, NIGHT)
    return shelf


def people(shelf):
    roots = stores_sealed(shelf.workspace.raw).get(NO_STORE, ())
    with reading(shelf.engine) as connection:
        return check_seal(connection, shelf.workspace.raw, NO_STORE, roots, name_values=nothing_to_name)


def test_a_table_that_people_fill_in_is_sealed_as_a_whole_and_named_when_it_is_altered(costed):
    table = USER["unit_cost"]
    assert (people(costed).findings, people(costed).rows) == ((), 1)
    assert STORE not in stores_sealed(costed.workspace.raw)

    alter(costed, update(table).values(purchase_amount=1))

    assert people(costed).findings == (Finding(table.name, "one or more of its 1 row were altered"),)


def test_importing_again_from_the_raw_store_gives_the_same_seal(costed):
    import_again(costed.workspace)

    done = seal_store(costed.workspace, NO_STORE, NIGHT)

    assert (done.counted > 0, done.root.number) == (True, 1)
    assert people(costed).findings == ()


def test_a_row_that_is_taken_back_is_sealed_as_gone_and_nothing_is_called_altered(costed):
    back = COSTS.replace(b"currency", b"currency,remove").replace(b"USD", b"USD,yes")
    import_user_file(costed.workspace, ImportedFile("back.csv", back, "sam", MORNING), table=None, is_dry_run=False)

    seal_night(costed.workspace, STORE, NIGHT)

    assert (people(costed).findings, people(costed).rows) == ((), 0)
