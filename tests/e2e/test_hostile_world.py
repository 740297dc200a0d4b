"""The hostile world leaves the same warehouse as the clean one, except where a document is lost, and then the reason is told."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.simulator.hostile.hostilities import HOSTILITIES
from sellerwatch.simulator.hostile.kinds import Always, Card, Recovery
from sellerwatch.simulator.hostile.mischief import Mischief
from sellerwatch.simulator.world.awkward_plans import AWKWARD, awkward_plans
from sellerwatch.simulator.world.books import WorldBooks
from sellerwatch.simulator.world.catalogue import WORLDS, SimulatedWorld
from sellerwatch.simulator.world.story import NIGHTS
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import DOCUMENT
from sellerwatch.warehouse.tables.measures import METRIC_VALUE
from tests.e2e.hostile_nights import fact_differences, opened, without_lost

SEED = 7
FEW, MANY = 24, 4
"""Every which listing a small world keeps: a night of the first takes some seconds, three of the second take a minute."""

REASONS = {
    "no_required_column": "'afn-fulfillable-quantity'",
    "cancelled_no_data": "Amazon cancelled 2 reports in a row",
    "cancelled_too_old": "Amazon cancelled 2 reports in a row",
}
"""What the warehouse says of a window that is lost for good, by the hostility that took it."""

NEVER = {item.name for item in HOSTILITIES if item.recovers is Recovery.NEVER}


def small_world(*, is_hostile, every=FEW):
    """The awkward listings and some of the others."""
    recipe = WORLDS["clean"]
    plans = [*recipe.plans(SEED)[::every], *awkward_plans()]
    chosen = {(plan.listing.marketplace.code, plan.listing.sku): plan for plan in plans}.values()
    mischief = Mischief(recipe.sellers, SEED) if is_hostile else None
    return SimulatedWorld(recipe.sellers, WorldBooks(list(chosen), SEED), mischief)


@pytest.fixture
def opened_in(tmp_path):
    """Opens a place for a world, and closes it at the end of the block."""
    return lambda world, name, **variables: opened(world, tmp_path / name, **variables)


def struck(place):
    return place.simulator.world.mischief.strikes


def assert_lost_for_a_reason(place):
    """Each lost window was taken by a hostility that takes for good, and says why; every such strike left a lost window."""
    lost = place.lost()
    taken = {(item.report_type, item.place): item.name for item in struck(place) if item.name in NEVER}
    assert {(REPORTS[item.report].amazon_type, item.marketplace) for item in lost} == set(taken)
    for item in lost:
        assert REASONS[taken[REPORTS[item.report].amazon_type, item.marketplace]] in item.reason
    return lost


@pytest.mark.slow
@pytest.mark.long
def test_a_small_hostile_world_leaves_the_facts_of_the_clean_one(opened_in):
    with opened_in(small_world(is_hostile=False), "clean") as place:
        place.run(NIGHTS[:1])
        assert place.problems == []
        assert place.lost() == []
        clean = place.facts()
    with opened_in(small_world(is_hostile=True), "hostile") as place:
        place.run(NIGHTS[:1])
        hostile, lost = place.facts(), assert_lost_for_a_reason(place)
        assert place.simulator.amazon.unexpected == []
        assert len({item.name for item in struck(place)}) > 20

    # What only a later night can put right is not there yet.
    for facts in (clean, hostile):
        facts["sales_traffic_day"] = facts["sales_traffic_asin_day"] = {}
    assert list(fact_differences(without_lost(clean, lost), hostile)) == []
    assert len(hostile["order_line"]) > 300


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(400)
def test_a_hostile_night_leaves_the_same_facts_and_losses_on_both_databases(opened_in, postgres_url):
    found = []
    for name, variables in (("sqlite", {}), ("postgresql", {"SELLERWATCH_WAREHOUSE_URL": postgres_url})):
        with opened_in(small_world(is_hostile=True), name, **variables) as place:
            place.run(NIGHTS[:2])
            found.append((place.facts(), place.lost(), place.problems))

    (facts, *rest), (facts_too, *rest_too) = found
    assert list(fact_differences(facts, facts_too)) == []
    assert sorted(rest[0], key=str) == sorted(rest_too[0], key=str)
    assert rest[1] == rest_too[1]


@pytest.fixture(scope="module")
def three_nights(tmp_path_factory):
    """A clean and a hostile world after the three nights, and what each of them did on the way."""
    folder, found = tmp_path_factory.mktemp("three_nights"), {}
    for name in ("clean", "hostile"):
        with opened(small_world(is_hostile=name == "hostile", every=MANY), folder / name) as place:
            place.run(NIGHTS)
            found[name] = Seen(place)
    return found


class Seen:
    """What can be asked of a place after it was closed."""

    def __init__(self, place):
        self.facts, self.problems = place.facts(), place.problems
        self.lost = place.lost()
        self.metrics = _metrics(place.workspace.engine)
        self.documents = _documents(place.workspace.engine)
        self.reports = set(place.workspace.settings.reports)
        self.unexpected = [*place.simulator.amazon.unexpected, *place.simulator.slack.journal.unexpected()]
        self.strikes = list(place.simulator.world.mischief.strikes) if place.simulator.world.mischief else []
        if self.strikes:
            assert_lost_for_a_reason(place)


def _metrics(engine):
    """What is measured of the last night and the day before it, by key; how old a feed is depends on when its report came.

    Days before are left out: what is known of them comes in another night where reports come late. So are the checks of
    the night before, which judged what had come by then.
    """
    name, on = METRIC_VALUE.c.metric, METRIC_VALUE.c.period_on
    is_newest = (on == NIGHTS[-1]) | ((on == NIGHTS[-1] - timedelta(days=1)) & (name != "check_failure"))
    chosen = select(METRIC_VALUE).where(is_newest, name != "feed_age_hours")
    with reading(engine) as connection:
        rows = connection.execute(chosen).mappings().all()
    key = [column.name for column in METRIC_VALUE.primary_key]
    said = ("numerator", "denominator", "value", "status", "reason")
    return {tuple(str(row[name]) for name in key): [row[name] for name in said] for row in rows}


def metric_differences(clean, hostile):
    return [
        f"{'/'.join(key)}: {clean.get(key)} -> {hostile.get(key)}"
        for key in sorted(clean.keys() | hostile.keys())
        if clean.get(key) != hostile.get(key)
    ]


def _documents(engine):
    with reading(engine) as connection:
        return connection.execute(select(DOCUMENT)).all()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
class TestThreeNights:
    def test_every_fact_table_is_that_of_the_clean_world_except_for_what_is_lost(self, three_nights):
        clean, hostile = three_nights["clean"], three_nights["hostile"]

        assert (clean.problems, clean.lost, clean.unexpected, hostile.unexpected) == ([], [], [], [])
        assert list(fact_differences(without_lost(clean.facts, hostile.lost), hostile.facts)) == []
        filled = {table.name for name in hostile.reports for table in REPORTS[name].tables}
        assert {name for name, rows in hostile.facts.items() if rows} >= {"order_line", "fba_inventory"}
        assert {name for name, rows in hostile.facts.items() if rows} <= filled

    def test_where_nothing_is_lost_the_last_night_measures_the_same(self, three_nights):
        clean, hostile = three_nights["clean"], three_nights["hostile"]
        spared = {"US", "DE"} - {item.marketplace for item in hostile.lost}
        place = list(METRIC_VALUE.primary_key.columns.keys()).index("marketplace")

        def of_spared(metrics):
            return {key: value for key, value in metrics.items() if key[place] in spared}

        assert spared == {"US", "DE"}
        assert len(of_spared(clean.metrics)) > 400
        assert metric_differences(of_spared(clean.metrics), of_spared(hostile.metrics)) == []

    def test_every_hostility_of_the_table_has_struck_something_that_is_pulled(self, three_nights):
        hostile = three_nights["hostile"]
        pulled = {REPORTS[name].amazon_type for name in hostile.reports}
        due = {
            item.name
            for item in HOSTILITIES
            if not isinstance(item.act, Always) and (not item.where.types or item.where.types & pulled)
        }

        assert {item.name for item in hostile.strikes} == due

    def test_every_pulled_report_has_been_struck_by_a_card_of_each_deck_that_fits_it(self, three_nights):
        hostile = three_nights["hostile"]
        decks = {item.name: item.act.deck for item in HOSTILITIES if isinstance(item.act, Card)}
        dealt = {(item.report_type, decks[item.name]) for item in hostile.strikes if item.name in decks}

        # Data Kiosk and the Inventory API make their documents of rows that a world gives: there only calls misbehave.
        documents = {name: REPORTS[name] for name in hostile.reports if REPORTS[name].source in {Source.REPORTS, Source.ADS}}
        for name, report in documents.items():
            fitting = {"lines", "character set"} if report.content.value == "tsv" else {"JSON keys", "JSON writing"}
            assert fitting <= {deck for kind, deck in dealt if kind == report.amazon_type}, name

    def test_every_document_is_loaded_or_quarantined_with_its_reason(self, three_nights):
        documents = three_nights["hostile"].documents

        assert {row.state for row in documents} == {"loaded", "quarantined"}
        assert all(bool(row.error) == (row.state == "quarantined") for row in documents)
        causes = {
            re.sub(r".*(ends early|afn-fulfillable-quantity'|unitsOrdered').*", r"\1", row.error)
            for row in documents
            if row.error
        }
        assert causes == {"ends early", "afn-fulfillable-quantity'", "unitsOrdered'"}

    def test_what_a_night_could_not_do_is_told_in_words(self, three_nights):
        told = "\n".join(three_nights["hostile"].problems)

        for words in ("IN_QUEUE", "could not be generated for this account", "401 Unauthorized", "ends early"):
            assert words in told

    def test_unknown_columns_and_repeated_headers_are_noted_with_the_document(self, three_nights):
        notes = {note.partition(":")[0] for row in three_nights["hostile"].documents for note in row.notes or ()}

        assert {"unknown_column", "header_repeated", "by_asin_late", "says_nothing_of", "left_out"} <= notes

    def test_encodings_are_decided_by_evidence_and_recorded(self, three_nights):
        encodings = {row.encoding for row in three_nights["hostile"].documents if row.state == "loaded"}

        assert encodings == {"utf-8", "cp1252", "cp932"}

    def test_awkward_names_survive_letter_by_letter(self, three_nights):
        stock = three_nights["hostile"].facts["fba_inventory"].values()
        names = {(row["marketplace"], row["sku"]): row["product_name"] for row in stock}

        assert {(code, sku): names.get((code, sku)) for code, sku, _ in AWKWARD} == {
            (code, sku): title for code, sku, title in AWKWARD
        }
