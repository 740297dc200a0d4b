"""What every command has in common, and the small ones: help, usage, JSON, exit codes, alerts, status, verify, init."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rich.console import Console
from sqlalchemy import create_engine, insert

from sellerwatch.alerts.response.machine import Acknowledgement, Handling, Person, Response, Snooze
from sellerwatch.alerts.response.storing import response_to_dict
from sellerwatch.cli import alerts as alerts_command
from sellerwatch.cli import nightly as nightly_command
from sellerwatch.cli import screen
from sellerwatch.cli.main import COMMANDS
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.rawstore.manifest import Received
from sellerwatch.rawstore.store import RawStore
from sellerwatch.settings.shipped import shipped_config
from sellerwatch.warehouse.intraday import StockLook
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.response import RESPONSE

NAMES = [command.__name__ for command in COMMANDS]
RECEIVED = Received(
    "cascade", "US", "all_orders", "2026-11-16", "2026-11-16", "1", "text/plain", "", *["2026-11-17T00:00:00+00:00"] * 2
)


# --- every command ----------------------------------------------------------------------------------------------------


def test_without_a_command_the_commands_are_listed(sellerwatch):
    ran = sellerwatch()

    assert all(name in ran.out for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_explains_itself(sellerwatch, name, option):
    ran = sellerwatch(name, option)

    assert ran.code == 0
    assert f"sellerwatch {name}" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"init", "listen"}])
def test_every_command_that_prints_facts_has_json(sellerwatch, name):
    assert "--json" in sellerwatch(name, "--help").out


@pytest.mark.parametrize(
    "arguments", [("nigtly",), ("nightly", "--shop", "x"), ("nightly", "--as-of", "17.11.2026"), ("simulate", "--port", "x")]
)
def test_a_usage_error_is_told_on_standard_error_with_exit_code_2(sellerwatch, arguments):
    ran = sellerwatch(*arguments)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err


@pytest.mark.parametrize("name", ["nightly", "intraday", "status", "alerts", "verify", "housekeeping"])
def test_an_empty_folder_is_one_line_about_the_missing_configuration(sellerwatch, outside, name):
    ran = sellerwatch(name)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "Error: there is no configuration folder [config]. "
        "Run `sellerwatch init` here, or set SELLERWATCH_CONFIG to the folder.\n"
    )
    assert not list(outside.iterdir())


@pytest.mark.parametrize("name", ["nightly", "intraday", "status", "alerts"])
@pytest.mark.parametrize("json_option", [(), ("--json",)], ids=["words", "json"])
def test_an_unknown_store_is_one_line_that_lists_the_known_ones(sellerwatch, configured, name, json_option):
    ran = sellerwatch(name, "--store", "cascad", *json_option)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Error: unknown store 'cascad'")
    assert "cascade, alpine" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [(ConfigError("change it"), 2), (PermanentError("gone"), 1), (RetryableError("later"), 1), (KeyboardInterrupt(), 130)],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_the_exit_code_tells_who_has_to_act(sellerwatch, configured, monkeypatch, error, code):
    def fail():
        raise error

    monkeypatch.setattr("sellerwatch.cli.verify.load_settings", fail)

    ran = sellerwatch("verify")

    assert (ran.code, ran.out) == (code, "")
    assert ran.err == ("" if code == 130 else f"Error: {error}\n")


def test_a_bug_is_not_made_up_as_a_persons_mistake(monkeypatch, sellerwatch):
    def fail():
        message = "a bug"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("sellerwatch.cli.verify.load_settings", fail)

    with pytest.raises(ZeroDivisionError):
        sellerwatch("verify")


# --- status and alerts ------------------------------------------------------------------------------------------------


def test_status_of_a_new_warehouse_says_that_nothing_ran(sellerwatch, configured):
    ran = sellerwatch("status")

    assert ran.code == 0
    assert "cascade: no night was run yet" in ran.out
    assert "US\tall_orders\tno data yet\tnone\tnever wanted" in ran.out
    assert ran.err == ""


def test_status_as_json_is_one_object(sellerwatch, configured):
    ran = sellerwatch("status", "--json", "--store", "alpine")

    (store,) = ran.facts["stores"]
    assert ran.code == 0
    assert (store["store"], store["night"]) == ("alpine", None)
    assert store["messages"] == {"waiting": 0, "dead": 0}


def test_no_alert_is_said_in_words_and_as_an_empty_list(sellerwatch, configured):
    assert sellerwatch("alerts").out == "No alert is open.\n"
    assert sellerwatch("alerts", "--json").facts == {"alerts": []}


def put_alert(folder, number, **values):
    row = {
        "fingerprint": f"{number:064x}",
        "rule": "stockout_tiers",
        "store_id": "cascade",
        "marketplace": "US",
        "subject_kind": "sku",
        "subject": f"SKU-{number}",
        "status": "firing",
        "tier": "yellow",
        "episode": 1,
        "rev": 1,
        "event_count": 1,
        "value": 5.25,
        "state": {"opened_on": "2026-11-17", "stale_since": None},
        "judged_for": date(2026, 11, 17),
    } | values
    put(folder, ALERT, row)


def put(folder, table, row):
    engine = create_engine(f"sqlite:///{folder / 'data' / 'warehouse.sqlite'}")
    with engine.begin() as connection:
        connection.execute(insert(table).values(row))
    engine.dispose()


ALERTED_AT = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
PEOPLE = {"store_id": "cascade", "episode": 1, "policy": {}, "event_count": 1, "rev": 1}


@pytest.fixture
def some_alerts(sellerwatch, configured):
    sellerwatch("status")
    put_alert(configured, 1)
    put_alert(configured, 2, tier="red", value=None, status="recovering")
    put_alert(configured, 3, tier=None, status="resolved")
    put_alert(configured, 4, store_id="alpine", marketplace="DE", tier="orange")


def test_open_alerts_are_listed_worst_first_as_tab_separated_lines(sellerwatch, some_alerts):
    ran = sellerwatch("alerts")

    header, *lines = ran.out.splitlines()
    assert header.split("\t") == list(alerts_command.COLUMNS)
    assert [line.split("\t")[0] for line in lines] == ["red", "orange", "yellow"]
    assert lines[2].split("\t") == [
        "yellow",
        "firing",
        "cascade",
        "US",
        "stockout_tiers",
        "SKU-1",
        "5.2 days of cover",
        "",
        "2026-11-17",
        "2026-11-17",
    ]
    assert "\x1b" not in ran.out


OPEN = Response("red", ALERTED_AT, 1, ALERTED_AT, -1)
MEI = Person("U1", "mei")


STANDING = (
    (OPEN, "open", None),
    (replace(OPEN, is_over=True), "over", None),
    (replace(OPEN, ack=Acknowledgement(MEI, ALERTED_AT, "red")), "acknowledged by mei", None),
    (replace(OPEN, snooze=Snooze(MEI, ALERTED_AT, ALERTED_AT)), "snoozed by mei", ALERTED_AT.isoformat()),
    (replace(OPEN, handling=Handling(MEI, ALERTED_AT, "red", date(2026, 11, 17))), "handled by mei", None),
)
"""Where people stand with an alert, how the list says so, and until when it holds."""


def test_the_list_of_alerts_says_who_is_on_it(sellerwatch, configured):
    sellerwatch("status")
    for number, (response, _, _) in enumerate(STANDING):
        put_alert(configured, number)
        people = {**PEOPLE, "thread_key": f"t-{number}", "fingerprint": f"{number:064x}"}
        put(configured, RESPONSE, {**people, "state": response_to_dict(response)})

    lines = sellerwatch("alerts").out.splitlines()[1:]
    facts = sellerwatch("alerts", "--json").facts["alerts"]

    assert [line.split("\t")[7] for line in lines] == [shown for _, shown, _ in STANDING]
    assert [item["response"]["until"] for item in facts] == [until for _, _, until in STANDING]


def test_an_alert_whose_rule_is_gone_is_listed_with_its_bare_number(sellerwatch, configured):
    sellerwatch("status")
    put_alert(configured, 1, rule="a_rule_of_old")
    put_alert(configured, 2, rule="a_rule_of_old", value=None)

    assert [item["words"] for item in sellerwatch("alerts", "--json").facts["alerts"]] == ["5.2", ""]


def test_alerts_that_are_over_are_listed_when_asked_for(sellerwatch, some_alerts):
    found = sellerwatch("alerts", "--all", "--json", "--store", "cascade").facts["alerts"]

    assert [(item["subject"], item["status"]) for item in found] == [
        ("SKU-2", "recovering"),
        ("SKU-1", "firing"),
        ("SKU-3", "resolved"),
    ]
    assert found[0]["value"] is None


# --- verify -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def raw(unused):
    store = RawStore(unused / "data" / "raw")
    store.put_bytes(b"one", RECEIVED)
    store.put_bytes(b"two", replace(RECEIVED, report_id="2"))
    return store


def test_verify_of_nothing_is_intact(sellerwatch, unused):
    assert sellerwatch("verify").out.startswith("0 documents, 0 bytes, chain head 0000000000000000: intact")


def test_verify_says_that_all_is_as_received(sellerwatch, raw):
    ran = sellerwatch("verify")

    assert ran.code == 0
    assert ran.out.startswith("2 documents, 6 bytes, chain head ")
    assert ran.out.endswith(": intact\n")


def test_verify_names_an_altered_document_and_fails(sellerwatch, raw):
    first = next(raw.manifest.entries())
    raw.object_path(first.sha256).write_bytes(b"0ne")

    ran = sellerwatch("verify")

    assert ran.code == 1
    assert f"{raw.object_path(first.sha256)}: the document was altered: cascade US " in ran.out
    assert "1 findings" in ran.out


def test_verify_names_an_altered_line_of_the_manifest_as_json(sellerwatch, raw):
    text = raw.manifest.path.read_text()
    raw.manifest.path.write_text(text.replace('"store":"cascade"', '"store":"alpine"', 1))

    ran = sellerwatch("verify", "--json")

    assert (ran.code, ran.facts["intact"]) == (1, False)
    assert {"place": "manifest line 1", "what": "its content was altered"} in ran.facts["findings"]


def test_verify_shows_what_a_killed_run_left_and_calls_it_harmless(sellerwatch, raw):
    stray = raw.object_path("f" * 64)
    stray.parent.mkdir()
    stray.write_bytes(b"left")

    ran = sellerwatch("verify")

    assert ran.code == 0
    assert f"{stray}: not in the manifest; left by a run that was killed, harmless" in ran.out


# --- init -------------------------------------------------------------------------------------------------------------


def test_init_writes_the_configuration_and_a_warehouse_and_says_what_comes_next(sellerwatch, outside):
    ran = sellerwatch("init")

    assert ran.code == 0
    assert {path.name for path in (outside / "config").iterdir()} == {path.name for path in shipped_config().iterdir()}
    assert (outside / "var" / "warehouse.sqlite").exists()
    assert "sellerwatch doctor" in ran.out
    assert sellerwatch("status").code == 0


def test_init_a_second_time_overwrites_nothing(sellerwatch, outside):
    sellerwatch("init")
    changed = outside / "config" / "stores.yaml"
    changed.write_text(changed.read_text() + "# mine\n")
    (outside / "config" / "limits.yaml").unlink()

    ran = sellerwatch("init")

    assert ran.code == 0
    assert [line for line in ran.out.splitlines() if line.startswith("wrote")] == ["wrote config/limits.yaml"]
    assert changed.read_text().endswith("# mine\n")
    assert "config is complete; nothing was changed" in sellerwatch("init").out


def test_init_writes_where_the_other_commands_will_look(sellerwatch, outside, monkeypatch, tmp_path):
    monkeypatch.setenv("SELLERWATCH_CONFIG", str(tmp_path / "elsewhere"))

    ran = sellerwatch("init")

    assert ran.code == 0
    assert (tmp_path / "elsewhere" / "stores.yaml").exists()
    assert not (outside / "config").exists()
    assert "Set SELLERWATCH_CONFIG" not in ran.out


def test_init_into_a_folder_of_its_own_says_how_to_use_it(sellerwatch, tmp_path):
    assert f"Set SELLERWATCH_CONFIG={tmp_path / 'own'}" in sellerwatch("init", str(tmp_path / "own")).out


def test_init_where_nothing_can_be_written_is_one_line(sellerwatch, outside):
    (outside / "config").write_text("a file in the way")

    ran = sellerwatch("init")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Error: cannot write the configuration: File exists [config].")


def test_init_that_is_cut_short_leaves_no_half_file(sellerwatch, outside, monkeypatch):
    def full(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        ran = sellerwatch("init")

    assert ran.code == 2
    assert "No space left on device" in ran.err
    assert not list((outside / "config").iterdir())
    assert sellerwatch("init").code == 0


# --- nightly ----------------------------------------------------------------------------------------------------------


def test_a_night_that_has_not_come_is_refused_before_any_store_is_run(sellerwatch, configured, monkeypatch):
    monkeypatch.setattr(nightly_command, "run_night", pytest.fail)

    ran = sellerwatch("nightly", "--as-of", "2999-01-01")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Error: the night of 2999-01-01 lies in the future [store cascade]. Use 20")


SUMMARY = nightly_command.NightSummary(
    store_id="alpine",
    as_of=date(2026, 11, 17),
    outcome="complete",
    documents=3,
    rows=1234,
    quarantined=0,
    metrics=9,
    alerts={"yellow": 1, "orange": 0, "red": 2, "resolved": 4},
    slack={"posts": 3, "updates": 0, "replies": 0},
    problems=(),
    checks={"fail": 1, "pass": 12, "skipped": 3},
)
DELIVERED = DeliveryReport(posts=3, updates=0, replies=0, dead=0, pending=0, problems=())


@pytest.fixture
def nights(monkeypatch):
    """What each store's night comes to: a summary and a delivery, or an error that stops it."""
    outcomes = {"cascade": (replace(SUMMARY, store_id="cascade"), DELIVERED), "alpine": (SUMMARY, DELIVERED)}

    def run_night(workspace, store_id, as_of, *, progress):
        outcome = outcomes[store_id]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(nightly_command, "run_night", run_night)
    return outcomes


def test_complete_nights_end_with_exit_code_0(sellerwatch, configured, nights):
    ran = sellerwatch("nightly")

    assert (ran.code, ran.err) == (0, "")
    assert "cascade 2026-11-17: complete\n  3 documents, 1,234 rows, 9 values measured" in ran.out
    assert "data checks: 12 passed, 1 failed, 3 not judged" in ran.out
    assert "open alerts: 1 yellow, 0 orange, 2 red; resolved: 4" in ran.out


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (replace(DELIVERED, dead=2), "2 refused for good"),
        (replace(DELIVERED, pending=1), "1 waiting"),
        (replace(DELIVERED, problems=("it moved",)), "it moved"),
        (ConfigError("no token", remedy="Set it"), "nothing sent: no token. Set it."),
    ],
)
def test_what_slack_did_not_get_fails_the_night(sellerwatch, configured, nights, delivery, said):
    nights["alpine"] = (SUMMARY, delivery)

    ran = sellerwatch("nightly", "--store", "alpine")

    assert ran.code == 1
    assert said in ran.out


@pytest.mark.parametrize(
    ("error", "code"), [(PermanentError("disk full"), 1), (ConfigError("no channel"), 2)], ids=["failed", "person"]
)
def test_a_store_that_stops_does_not_stop_the_next(sellerwatch, configured, nights, error, code):
    nights["cascade"] = error

    ran = sellerwatch("nightly", "--json")

    assert ran.code == code
    assert ran.err == f"Error: {error}\n"
    stopped, done = ran.facts["nights"]
    assert (stopped["store"], stopped["outcome"], stopped["error"]) == ("cascade", "stopped", str(error))
    assert (done["store"], done["outcome"], done["delivery"]["posts"]) == ("alpine", "complete", 3)


def test_a_stopped_night_is_told_beside_the_others_words(sellerwatch, configured, nights):
    nights["cascade"] = PermanentError("disk full")

    ran = sellerwatch("nightly")

    assert ran.out.startswith("alpine 2026-11-17: complete")
    assert ran.err == "Error: disk full.\n"


# --- the screen -------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch):
    """Every console draws for a terminal of 100 columns with colours."""

    def drawn(**options):
        return Console(**options, force_terminal=True, width=100, color_system="standard", _environ={})

    monkeypatch.setattr(screen, "Console", drawn)


def test_in_a_terminal_a_table_is_drawn_and_markup_in_data_stays_text(terminal, capsys):
    screen.say_table("Title", ("sku", "value"), [("[red]A[/red]", "1")])

    shown = capsys.readouterr().out
    assert "Title" in shown
    assert "[red]A[/red]" in shown
    assert "┃" in shown or "│" in shown


def test_in_a_pipe_nothing_is_drawn_coloured_or_wrapped(outside, capsys):
    screen.say_table("Title", ("sku", "value"), [("A" * 300, "1\t\n2")])
    screen.say("[bold]" + "x" * 300, style="red")
    screen.say_error(ConfigError("y" * 300))
    with screen.progress_bar("working") as bar:
        bar(1, 2, "half")

    out, err = capsys.readouterr()
    assert out == f"sku\tvalue\n{'A' * 300}\t1 2\n[bold]{'x' * 300}\n"
    assert err == f"Error: {'y' * 300}.\n"


def test_in_a_terminal_progress_is_shown_and_taken_away_again(terminal, capsys):
    with screen.progress_bar("night") as bar:
        bar(1, 2, "orders")

    out, err = capsys.readouterr()
    assert out == ""
    assert "night: orders" in err
    assert "\x1b[2K" in err


def test_steps_taken_at_the_same_time_have_a_line_each(terminal, capsys):
    with screen.progress_bars(["cascade", "alpine"]) as (one, other):
        one(1, 2, "orders")
        other(2, 3, "stock")

    err = capsys.readouterr().err
    assert "cascade: orders" in err
    assert "alpine: stock" in err


def test_quiet_progress_shows_nothing_even_in_a_terminal(terminal, capsys):
    with screen.progress_bar("night", is_quiet=True) as bar:
        bar(1, 2, "orders")

    assert capsys.readouterr() == ("", "")


def test_no_color_is_honoured_in_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(
        screen,
        "Console",
        lambda **options: Console(**options, force_terminal=True, _environ={"NO_COLOR": "1", "TERM": "xterm-256color"}),
    )

    screen.say("words", style="red")

    assert capsys.readouterr().out == "words\n"


def test_json_keeps_every_character_and_is_read_back(capsys):
    screen.say_json({"name": "断货 ü"})

    out = capsys.readouterr().out
    assert "断货 ü" in out
    assert json.loads(out) == {"name": "断货 ü"}


# --- the calendar, intraday and housekeeping ----------------------------------------------------------------------------


def test_the_calendar_needs_a_sensible_number_of_days(sellerwatch, configured):
    ran = sellerwatch("status", "--days", "0")

    assert (ran.code, ran.out) == (2, "")


def test_pieces_of_a_line_have_their_colours_in_a_terminal_and_none_elsewhere(terminal, capsys, monkeypatch):
    screen.say_pieces([("[b]", ""), ("F", "red")])
    drawn = capsys.readouterr().out
    monkeypatch.undo()
    screen.say_pieces([("[b]", ""), ("F", "red")])

    assert drawn == "[b]\x1b[31mF\x1b[0m\n"
    assert capsys.readouterr().out == "[b]F\n"


def test_housekeeping_of_a_new_warehouse_needs_nobody(sellerwatch, configured):
    ran = sellerwatch("housekeeping")
    facts = sellerwatch("housekeeping", "--json").facts

    assert (ran.code, ran.err) == (0, "")
    assert "raw store: compared 0 documents with the manifest, 0 bytes." in ran.out
    assert {finding["weight"] for finding in facts["findings"]} == {"done"}


def test_housekeeping_that_finds_something_grave_says_so_first_and_fails(sellerwatch, raw):
    first = next(raw.manifest.entries())
    raw.object_path(first.sha256).write_bytes(b"0ne")

    ran = sellerwatch("housekeeping")

    assert ran.code == 1
    assert ran.out.startswith("raw store: the document was altered: cascade US ")


LOOK = StockLook("cascade", "2026-11-17 hour-06", problems=(Problem("no answer", "US", "Look again"),))


def test_a_look_that_saw_nothing_fails_and_says_why(sellerwatch, configured, monkeypatch):
    monkeypatch.setattr("sellerwatch.cli.intraday.look_at_stock", lambda _, store: replace(LOOK, store_id=store))

    words, facts = sellerwatch("intraday"), sellerwatch("intraday", "--json", "--store", "alpine")

    assert (words.code, facts.code) == (1, 1)
    assert words.out.startswith("cascade 2026-11-17 hour-06\n  problem: no answer [US]. Look again.\nalpine")
    assert [look["store"] for look in facts.facts["looks"]] == ["alpine"]


def test_where_no_store_pulls_its_stock_the_look_says_so(sellerwatch, configured):
    stores = configured / "config" / "stores.yaml"
    text = stores.read_text(encoding="utf-8")
    for title in ("title: Alpine EU", "title: Cascade US"):
        text = text.replace(title, f"{title}\n    without: [inventory_summaries]")
    stores.write_text(text, encoding="utf-8")

    ran = sellerwatch("intraday")

    assert ran.code == 2
    assert "no store pulls inventory_summaries" in ran.err


def test_only_stores_that_pull_their_stock_are_looked_at(sellerwatch, configured, monkeypatch):
    stores = configured / "config" / "stores.yaml"
    text = stores.read_text(encoding="utf-8")
    stores.write_text(
        text.replace("title: Alpine EU", "title: Alpine EU\n    without: [inventory_summaries]"), encoding="utf-8"
    )
    fine = replace(LOOK, problems=())
    monkeypatch.setattr("sellerwatch.cli.intraday.look_at_stock", lambda _, store: replace(fine, store_id=store))

    ran = sellerwatch("intraday", "--json")

    assert (ran.code, [look["store"] for look in ran.facts["looks"]]) == (0, ["cascade"])
