"""What happens in the demo beside the nights; the whole of it is a test of the whole demo."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from sellerwatch.cli import demo_life, demo_stage
from sellerwatch.cli.demo_config import demo_environment
from sellerwatch.cli.demo_stage import Stage
from sellerwatch.cli.demo_story import words
from sellerwatch.cli.demo_tables import TABLES, fill_in
from sellerwatch.core.errors import PermanentError
from sellerwatch.messages.blocks import Bullets, Message, Standing, Text, Tone, line
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import load_settings
from sellerwatch.simulator.world.story import NIGHTS, STORY
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.user import USER


@pytest.fixture
def stage(simulator, tmp_path, ready_sqlite):
    environment, _ = demo_environment(tmp_path, simulator, Environment({}))
    ready_sqlite(tmp_path / "warehouse.sqlite")
    server = SimpleNamespace(log_path=tmp_path / "demo.log")
    return Stage(tmp_path, simulator, server, environment, load_settings(environment), is_real_slack=False)


def test_a_feed_fails_for_as_long_as_it_is_meant_to(stage):
    with demo_life.feed_fails(stage):
        (fault,) = stage.simulator.amazon.faults.waiting
        assert (fault.fault, fault.report_type, fault.times) == ("fatal", demo_life.STOCK_REPORT, None)

    assert stage.simulator.amazon.faults.waiting == []


def test_the_nights_before_pull_stock_and_orders_and_judge_nothing(stage):
    settings = demo_life._earlier_settings(stage.settings)

    assert set(settings.reports_of(demo_life.STORE)) == {"all_orders", "fba_inventory"}
    assert settings.rules == {}
    assert "days_of_cover" in settings.metrics
    assert "excess_inventory_pct" not in settings.metrics


def test_the_tables_that_people_fill_in_are_imported_whole_and_agree_with_what_will_arrive(stage):
    with demo_stage.workspace_at(stage, stage.set_clock(stage.local("cascade", NIGHTS[0], timedelta()))) as workspace:
        fill_in(workspace, stage.folder / "tables")
        with reading(workspace.engine) as connection:
            counts = {name: len(connection.execute(select(USER[name])).all()) for name in TABLES}

    assert counts == {name: len(rows) for name, rows in TABLES.items()}
    arriving = {listing.sku: listing.arrivals for listing in STORY}
    receiving = timedelta(days=int(TABLES["lead_time"][0]["receiving_days"]))
    for row in TABLES["in_transit"]:
        assert arriving[row["sku"]] == {date.fromisoformat(row["expected_on"]) + receiving: row["units"]}


def test_time_that_finds_nothing_to_do_says_nothing(stage):
    scene = demo_life.escalate(stage)

    assert scene.messages == ()
    assert stage.simulator.slack.journal.unexpected() == []
    assert scene.to_dict().keys() == {"headline", "why", "messages"}


def test_the_pictures_that_slack_got_are_kept_and_nothing_else(stage):
    stage.simulator.slack.files = {
        "F1": SimpleNamespace(name="trend.png", body=b"\x89PNG"),
        "F2": SimpleNamespace(name="trend.png", body=None),
        "F3": SimpleNamespace(name="rows.csv", body=b"place"),
    }

    (kept,) = demo_life.keep_pictures(stage)

    assert (stage.folder / "pictures" / "01.png").read_bytes() == b"\x89PNG"
    assert kept.endswith("01.png")


def test_what_does_not_come_ends_the_demo_in_words():
    with pytest.raises(PermanentError, match="nobody answers"):
        demo_life._until(lambda: (), "nobody answers", 0.0)


def test_an_update_says_who_is_on_it_and_how_it_stands():
    message = Message("2 days of cover", Tone.RED, (Standing(line("Acknowledged by A.")), Text(line("Recovering."))))

    assert words("update", message).splitlines()[1:] == ["    👤 Acknowledged by A.", "    Recovering."]


def test_a_long_list_in_a_thread_is_a_line():
    message = Message("Rows 16 to 17 of 17", Tone.ORANGE, (Bullets((line("A"), line("B"))),))

    assert words("reply", message) == "[reply in thread] 🟠 Rows 16 to 17 of 17 (2 rows)"
