"""The window ledger as a calendar, in both databases: how each day of each feed stands, and what is not finished."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from sellerwatch.briefs.window_calendar import read_calendar
from sellerwatch.core.periods import Days
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse import nights
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.ledger import DOCUMENT, WINDOW
from sellerwatch.warehouse.windows import IMPORTED, NO_NIGHT, PULLED, Window
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import NIGHT, NOW, HandClock, day, shipped_settings

STORE = "cascade"
LONG_AGO = day(-60)


@dataclass
class Ledger:
    """A store whose windows and documents are written by hand; every night since long ago has run."""

    workspace: Workspace
    numbers: list = field(default_factory=list)

    def night(self, as_of=NIGHT):
        with writing(self.workspace.engine) as connection:
            nights.begin(connection, STORE, as_of, NOW)

    def window(
        self,
        report,
        first,
        last=None,
        *,
        state="done",
        part="",
        wanted_for=NIGHT,
        entered_on=LONG_AGO,
        documents=("a",),
        observed=NOW,
        origin=PULLED,
        **cells,
    ):
        """One window with a document for each name; those with the same name have the same bytes, ``!`` is set aside."""
        window = Window(STORE, "US", report, Days(first, last or first), part, origin)
        with writing(self.workspace.engine) as connection:
            connection.execute(
                insert(WINDOW).values(
                    id=window.id,
                    store_id=STORE,
                    marketplace="US",
                    report=report,
                    first_day=first,
                    last_day=last or first,
                    part=part,
                    origin=origin,
                    wanted_for=wanted_for,
                    entered_on=entered_on,
                    state=state,
                    finished_at=observed,
                    cancellations=0,
                    **cells,
                )
            )
            for version, name in enumerate(documents, start=1):
                self.numbers.append(name)
                connection.execute(
                    insert(DOCUMENT).values(
                        id=f"{window.id}#{version}",
                        window_id=window.id,
                        version=version,
                        sha256=name * 64,
                        byte_count=1,
                        state="quarantined" if name == "!" else "loaded",
                        row_count=1,
                        skipped_count=0,
                        notes=[],
                        observed_at=observed,
                        received_at=observed,
                        manifest_number=len(self.numbers),
                    )
                )
        return window

    def only(self, *reports):
        settings = self.workspace.settings
        store = settings.stores[STORE].model_copy(update={"reports": reports})
        self.workspace = replace(self.workspace, settings=replace(settings, stores={STORE: store}))
        return self

    def read(self, days=28):
        return read_calendar(self.workspace, STORE, days=days)

    def row(self, feed, days=28):
        """Return a feed's symbols, oldest day first."""
        (row,) = [row for row in self.read(days).rows if row.feed == feed]
        return "".join(cell.standing.symbol for cell in row.cells)

    def cell(self, feed, on):
        (row,) = [row for row in self.read().rows if row.feed == feed]
        (cell,) = [cell for cell in row.cells if cell.day == on]
        return cell


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return shipped_settings(tmp_path_factory.mktemp("data"))


@pytest.fixture
def ledger(engine, shipped):
    return Ledger(Workspace(shipped, engine, RawStore(shipped.raw_folder), HandClock())).only("sales_traffic")


@pytest.mark.parametrize(
    ("state", "documents", "on", "standing", "restated"),
    [
        ("wanted", (), -1, "wanted", 0),
        ("requesting", (), -1, "asked", 0),
        ("requested", (), -1, "asked", 0),
        ("requested", ("a",), -1, "asked", 0),
        ("cancelled_unknown", (), -1, "cancelled_unknown", 0),
        ("fatal", (), -1, "fatal", 0),
        ("fatal", ("!",), -1, "fatal", 0),
        ("wanted", ("!",), -1, "quarantined", 0),
        ("requested", ("a", "!"), -1, "quarantined", 0),
        ("empty", (), -1, "empty", 0),
        ("done", ("a",), -1, "done", 0),
        ("done", ("a", "a"), -1, "done", 0),
        ("done", ("a", "b"), -1, "done_restated", 1),
        ("done", ("a", "b", "a"), -1, "done_restated", 2),
        ("done", ("!", "a"), -1, "done", 0),
        ("done", ("a",), -3, "done", 0),
        ("done", ("a",), -4, "final", 0),
        ("done", ("a", "b"), -4, "final_restated", 1),
    ],
)
def test_each_state_of_a_window_is_a_standing_of_its_day(ledger, state, documents, on, standing, restated):
    """Sales and traffic settle after four days: the document was made on the morning of the 17th."""
    ledger.night()
    ledger.window("sales_traffic", day(on), state=state, documents=documents)

    cell = ledger.cell("sales_traffic", day(on))

    assert (cell.standing.name, cell.restated) == (standing, restated)


def test_a_day_settles_in_the_marketplaces_own_zone(ledger):
    """At 07:59 UTC it is still the 16th in Los Angeles; one minute later the 13th has had its four days."""
    for number, minute in enumerate((59, 60)):
        observed = datetime(2026, 11, 17, 7, tzinfo=UTC) + timedelta(minutes=minute)
        ledger.window("sales_traffic", day(-4 - number), observed=observed)

    assert ledger.cell("sales_traffic", day(-4)).standing.name == "done"
    assert ledger.cell("sales_traffic", day(-5)).standing.name == "final"


def test_what_a_feed_should_have_and_nothing_covers_is_missing(ledger):
    """Four days before the first night are history; the last night asks for yesterday."""
    ledger.night(day(-5))
    ledger.night()
    for offset in (-9, -8, -6, -2, -1):
        ledger.window("sales_traffic", day(offset), entered_on=day(-5))

    assert ledger.row("sales_traffic", 12) == "..##!#!!!++."


def test_a_night_that_should_have_run_is_expected_and_todays_only_once_it_has_begun(ledger):
    ledger.night(day(-3))
    ledger.window("sales_traffic", day(-4), entered_on=day(-3))

    before = ledger.row("sales_traffic", 6)
    ledger.night()

    assert (before[-5:], ledger.row("sales_traffic", 6)[-5:]) == ("#!!..", "#!!!.")


def test_a_snapshot_is_final_as_it_comes_and_a_night_without_one_is_missing(ledger):
    ledger.only("fba_inventory").night()
    for offset in (-4, -2, 0):
        observed = NOW + timedelta(days=offset)
        ledger.window("fba_inventory", day(offset), observed=observed, entered_on=day(-4))

    assert ledger.row("fba_inventory", 6) == ".#!#!#"


def test_a_snapshot_of_every_second_night_misses_nothing_on_the_others(ledger):
    ledger.only("fee_preview").night()
    for offset in (-4, -2):
        ledger.window("fee_preview", day(offset), observed=NOW + timedelta(days=offset), entered_on=day(-4))

    assert ledger.row("fee_preview", 6) == ".#.#.!"


def test_what_lies_just_before_the_first_day_shown_is_known(ledger):
    ledger.only("fee_preview").night()
    ledger.window("fee_preview", day(-2), observed=NOW - timedelta(days=2), entered_on=day(-4))

    assert ledger.row("fee_preview", 2) == ".!"


def test_a_range_settles_day_by_day_and_the_best_of_overlapping_windows_counts(ledger):
    """Ledger summaries settle after three days."""
    ledger.only("ledger_summary").night()
    ledger.window("ledger_summary", day(-8), day(-2), observed=NOW - timedelta(days=1))
    ledger.window("ledger_summary", day(-6), day(-1), state="fatal", documents=())

    assert ledger.row("ledger_summary", 10)[1:] == "#####++F."


def test_a_week_settles_as_a_whole_and_covers_its_seven_days(ledger):
    """Sunday 1 to Saturday 7 November was made when it had settled, the week after it too early."""
    ledger.only("repeat_purchase").night()
    ledger.window("repeat_purchase", date(2026, 11, 1), date(2026, 11, 7))
    ledger.window("repeat_purchase", date(2026, 11, 8), date(2026, 11, 14))

    assert ledger.row("repeat_purchase", 18) == "!#######+++++++..."


def test_a_month_is_expected_once_amazon_has_it(ledger):
    ledger.only("storage_fees").night()
    ledger.window("storage_fees", date(2026, 8, 1), date(2026, 8, 31))

    assert ledger.row("storage_fees", 60)[-49:-46] == "!!!"
    assert ledger.row("storage_fees", 60)[-17:] == "." * 17


def test_parts_of_a_day_count_as_their_worst(ledger):
    ledger.night()
    for part, state in (("asins-001", "done"), ("asins-002", "requested"), ("asins-003", "empty")):
        documents = ("a",) if state == "done" else ()
        ledger.window("sales_traffic", day(-1), part=part, state=state, documents=documents)

    assert ledger.cell("sales_traffic", day(-1)).standing.name == "asked"


def test_of_a_listed_feed_the_look_of_the_night_counts_and_every_settlement_it_found(ledger):
    ledger.only("settlement").night()
    for offset in (-2, -1, 0):
        ledger.window(
            "settlement", day(offset), part="list", documents=(), observed=NOW + timedelta(days=offset), entered_on=day(-2)
        )
    ledger.window("settlement", day(-6), day(-5), part="r-1", observed=NOW, entered_on=day(-2))
    ledger.window("settlement", day(-4), day(-1), part="r-2", state="requested", documents=(), entered_on=day(-2))

    assert ledger.row("settlement", 8) == ".##aaaa#"


def test_looks_between_the_nights_have_a_row_of_their_own(ledger):
    ledger.only("inventory_summaries").night()
    ledger.window("inventory_summaries", NIGHT, entered_on=NIGHT)
    hours = {"part": "hour-07", "wanted_for": NO_NIGHT, "entered_on": NO_NIGHT, "asked_by": "intraday"}
    ledger.window("inventory_summaries", NIGHT, state="fatal", documents=(), **hours)

    assert ledger.row("inventory_summaries", 3) == "..#"
    assert ledger.row("inventory_summaries hourly", 3) == "..F"


def test_a_file_that_a_person_imported_covers_its_days(ledger):
    ledger.night()
    ledger.window("sales_traffic", day(-1))
    ledger.window("sales_traffic", day(-9), day(-8), origin=IMPORTED, wanted_for=NO_NIGHT, entered_on=NO_NIGHT)

    assert ledger.row("sales_traffic", 10) == "##!!!!!!+."


def test_what_only_a_backfill_wants_makes_no_earlier_day_expected(ledger):
    ledger.night()
    ledger.window("sales_traffic", day(-1), entered_on=NIGHT)
    ledger.window("sales_traffic", day(-20), wanted_for=NO_NIGHT, entered_on=NO_NIGHT, asked_by="backfill b1")

    assert ledger.row("sales_traffic", 21) == "#" + "." * 15 + "!!!+."


def test_feeds_of_which_nothing_is_there_and_nothing_expected_are_named_apart(ledger):
    ledger.only("sales_traffic", "all_orders").night()
    ledger.window("sales_traffic", day(-1))

    calendar = ledger.read()

    assert [row.feed for row in calendar.rows] == ["sales_traffic"]
    assert calendar.blank == ("US all_orders",)


def test_a_report_that_is_no_longer_configured_keeps_its_row(ledger):
    ledger.night()
    ledger.window("ledger_detail", day(-1))

    assert ledger.row("ledger_detail", 3) == ".#."


def test_unfinished_windows_tell_who_asked_when_how_often_at_what_cost_and_what_amazon_said(ledger):
    ledger.night()
    cells = {"asked_by": "backfill b1", "asked_at": NOW, "attempts": 2, "calls": 5, "detail": "No such day."}
    window = ledger.window("sales_traffic", day(-1), state="fatal", documents=(), **cells)

    (told,) = ledger.read().unfinished

    assert (told.window, told.asked_by, told.asked_at, told.attempts, told.calls, told.detail) == (
        window,
        "backfill b1",
        NOW,
        2,
        5,
        "No such day.",
    )


def test_unfinished_windows_that_need_nobody_are_counted_and_not_listed(ledger):
    """One whose days a later report brought, one that failed before the calendar begins, one of an hour that is over."""
    ledger.only("ledger_summary", "sales_traffic").night()
    ledger.window("inventory_summaries", NIGHT, part="hour-07", state="fatal", documents=(), wanted_for=NO_NIGHT)
    ledger.window("ledger_summary", day(-5), day(-2), state="requested", documents=())
    ledger.window("ledger_summary", day(-6), day(-1))
    ledger.window("sales_traffic", day(-40), state="fatal", documents=())
    waiting = ledger.window("sales_traffic", day(-41), state="requested", documents=())

    calendar = ledger.read()

    assert ([told.window for told in calendar.unfinished], calendar.covered, calendar.given_up) == ([waiting], 1, 2)


def test_a_store_without_a_night_has_an_empty_calendar(ledger):
    calendar = ledger.read()

    assert (calendar.rows, calendar.unfinished, calendar.blank) == ((), (), ("US sales_traffic",))


def test_the_calendar_as_json_names_every_day(ledger):
    ledger.night()
    ledger.window("sales_traffic", day(-1), documents=("a", "b"))

    said = ledger.read(3).to_dict()

    assert (said["first"], said["last"], said["rows"][0]["symbols"]) == ("2026-11-15", "2026-11-17", "!r.")
    assert said["rows"][0]["days"][1] == {"day": "2026-11-16", "standing": "done_restated", "restated": 1}
    assert said["legend"]["!"]["standing"] == "missing"
    assert json.loads(json.dumps(said)) == said
