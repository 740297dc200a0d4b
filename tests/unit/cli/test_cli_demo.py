"""The demo's parts that need no Prefect: its folder, its environment, its numbers, what it makes of a log."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
import yaml

from sellerwatch.briefs.night_summary import NightSummary
from sellerwatch.cli import demo, demo_prefect
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.core.errors import ConfigError, PermanentError
from sellerwatch.settings.environment import Environment
from sellerwatch.settings.load import load_settings

ROOT = Path(__file__).resolve().parents[3]


# --- the folder -------------------------------------------------------------------------------------------------------


def test_a_new_folder_is_made_and_marked(tmp_path):
    with demo.own_folder(tmp_path / "a" / "demo"):
        assert [path.name for path in (tmp_path / "a" / "demo").iterdir()] == [demo.MARKER]


def test_an_earlier_demo_is_emptied_and_links_are_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine").write_text("mine")
    folder = tmp_path / "demo"
    with demo.own_folder(folder):
        (folder / "raw").mkdir()
        (folder / "raw" / "old").write_text("old")
        (folder / "log").write_text("old")
        (folder / "link").symlink_to(kept, target_is_directory=True)

    with demo.own_folder(folder):
        assert [path.name for path in folder.iterdir()] == [demo.MARKER]

    assert (kept / "mine").read_text() == "mine"


def test_a_folder_of_something_else_is_never_emptied(tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")

    with pytest.raises(ConfigError, match=r"in use by something else .*--data"), demo.own_folder(folder):
        pytest.fail("it was taken")

    assert (folder / "thesis.txt").read_text() == "years of work"


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path):
    (tmp_path / "demo").write_text("a file")

    with (
        pytest.raises(ConfigError, match=r"cannot write the demo folder: Not a directory .*--data"),
        demo.own_folder(tmp_path / "demo"),
    ):
        pytest.fail("it was taken")


def test_an_empty_folder_that_cannot_be_removed_is_used_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with demo.own_folder(Path()):
        assert (tmp_path / demo.MARKER).exists()


def test_two_demos_do_not_share_a_folder(tmp_path):
    with demo.own_folder(tmp_path / "demo"):
        (tmp_path / "demo" / "warehouse.sqlite").write_text("in use")
        with pytest.raises(ConfigError, match="another demo is running"), demo.own_folder(tmp_path / "demo"):
            pytest.fail("it was taken")
        assert (tmp_path / "demo" / "warehouse.sqlite").exists()

    with demo.own_folder(tmp_path / "demo"):
        pass


def test_an_emptying_that_was_cut_short_is_taken_up_again(tmp_path, monkeypatch):
    folder = tmp_path / "demo"
    with demo.own_folder(folder):
        (folder / "raw").mkdir()

    def interrupted(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo.shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt), demo.own_folder(folder):
            pytest.fail("it was taken")

    with demo.own_folder(folder):
        assert not (folder / "raw").exists()


def test_trouble_inside_the_demo_is_not_blamed_on_the_folder(tmp_path):
    with pytest.raises(OSError, match="elsewhere"), demo.own_folder(tmp_path / "demo"):
        raise OSError(5, "elsewhere")


# --- the environment --------------------------------------------------------------------------------------------------


@pytest.fixture
def made(simulator, tmp_path):
    def environment(**outside):
        return demo.demo_environment(tmp_path, simulator, Environment({"PATH": "/bin"} | outside))

    return environment


def test_the_demo_configures_the_simulated_sellers_as_stores(made, tmp_path, simulator):
    environment, is_real = made()

    settings = load_settings(environment)
    assert not is_real
    assert set(settings.stores) == {seller.name for seller in simulator.world.sellers}
    assert all(
        settings.environment.get(name) for store in settings.stores.values() for name in store.credentials.model_dump().values()
    )
    assert settings.data_folder == tmp_path.resolve()
    assert yaml.safe_load((tmp_path / "config" / "stores.yaml").read_text())["stores"]["alpine"]["marketplaces"] == ["DE", "UK"]


def test_a_real_slack_is_used_when_token_and_channel_are_set(made):
    environment, is_real = made(SLACK_BOT_TOKEN="xoxb-real", SLACK_CHANNEL="C0REAL", SLACK_OPS_CHANNEL="C0OPS")

    assert is_real
    assert environment["SLACK_BOT_TOKEN"] == "xoxb-real"
    assert environment["SLACK_OPS_CHANNEL"] == "C0OPS"
    assert "SELLERWATCH_SLACK_URL" not in environment


def test_a_real_token_may_lie_in_a_file(made, tmp_path):
    (tmp_path / "token").write_text("xoxb-real\n")

    environment, is_real = made(SLACK_BOT_TOKEN_FILE=str(tmp_path / "token"), SLACK_CHANNEL="C0REAL")

    assert is_real
    assert load_settings(environment).environment.get("SLACK_BOT_TOKEN") == "xoxb-real"


def test_nothing_of_a_real_slack_reaches_a_simulated_one(made):
    environment, is_real = made(SLACK_BOT_TOKEN="xoxb-real", SLACK_FALLBACK_CHANNEL="C0REAL", SLACK_BOT_TOKEN_FILE="/token")

    assert not is_real
    assert "xoxb-real" not in environment.values()
    assert "C0REAL" not in environment.values()
    assert environment["SELLERWATCH_SLACK_URL"].startswith("http://127.0.0.1:")


def test_the_environments_own_prefect_and_warehouse_are_left_alone(made, tmp_path):
    environment, _ = made(
        PREFECT_API_URL="https://prefect.example/api", PREFECT_API_KEY="key", SELLERWATCH_WAREHOUSE_URL="postgresql://db/real"
    )

    assert not [name for name in environment if name.startswith("PREFECT_")]
    assert load_settings(environment).warehouse_url == f"sqlite:///{tmp_path.resolve() / 'warehouse.sqlite'}"


def test_a_forced_marketplace_stops_the_demo_before_it_touches_its_folder(tmp_path, monkeypatch, demo_world):
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "US")

    with (
        pytest.raises(ConfigError, match="Unset SP_API_DEFAULT_MARKETPLACE"),
        demo.stage(tmp_path / "demo", demo_world, is_quiet=True),
    ):
        pytest.fail("it started")

    assert not (tmp_path / "demo").exists()


# --- the numbers ------------------------------------------------------------------------------------------------------

DAY = date(2026, 11, 17)


def a_summary(store_id, **alerts):
    return NightSummary(
        store_id=store_id,
        as_of=DAY,
        outcome="complete",
        documents=6,
        rows=100,
        quarantined=1,
        metrics=20,
        alerts={"yellow": 0, "orange": 0, "red": 0, "resolved": 0} | alerts,
        slack={"posts": 2, "updates": 1, "replies": 0},
        problems=(),
    )


def test_a_nights_numbers_are_those_of_all_stores_and_slack_is_what_slack_saw():
    journal = {"posts": 5, "updates": 2, "replies": 1, "unexpected": 3, "calls": 9}

    night = demo._numbers(DAY, [a_summary("a", red=1), a_summary("b", red=2, resolved=1)], journal)

    assert night == {
        "as_of": "2026-11-17",
        "documents": 12,
        "rows": 200,
        "metrics": 40,
        "alerts": {"yellow": 0, "orange": 0, "red": 3, "resolved": 1},
        "slack": {"posts": 5, "updates": 2, "replies": 1, "unexpected": 3},
        "quarantined": 2,
    }


def test_with_a_real_slack_the_numbers_are_what_the_warehouse_says_was_sent():
    assert demo._numbers(DAY, [a_summary("a"), a_summary("b")], {})["slack"] == {
        "posts": 4,
        "updates": 2,
        "replies": 0,
        "unexpected": 0,
    }


def test_the_journal_is_read_once(simulator):
    httpx.post(f"{simulator.base_url}/slack/api/chat.postMessage", trust_env=False)

    assert demo._journal(simulator)["unexpected"] > 0
    assert demo._journal(simulator)["unexpected"] == 0


class Saying:
    """Says the same at every look."""

    def since_last(self, workspace):
        return iter(["a message"])


@pytest.fixture
def scene(made, simulator, tmp_path, monkeypatch):
    environment, _ = made()
    monkeypatch.setattr(demo, "summarise_night", lambda workspace, store_id, as_of: a_summary(store_id))
    server = SimpleNamespace(ui_url="http://127.0.0.1:1", log_path=tmp_path / "demo.log")
    return demo.Stage(tmp_path, simulator, server, environment, load_settings(environment), is_real_slack=False, told=Saying())


def test_each_store_runs_at_its_own_half_past_five_by_one_clock_on_both_sides(scene, simulator, monkeypatch):
    runs = []
    monkeypatch.setattr(demo, "run_nightly_flow", lambda server, store, as_of, environment: runs.append((store, environment)))

    night, shown = demo._night(scene, 0, is_quiet=True)

    assert [store for store, _ in runs] == ["alpine", "cascade"]
    openings = [ScaledClock.parse(environment[CLOCK_VARIABLE]).simulated for _, environment in runs]
    assert [f"{opening:%Y-%m-%dT%H:%M}" for opening in openings] == ["2026-11-17T04:30", "2026-11-17T13:30"]
    assert str(simulator.time.clock) == runs[-1][1][CLOCK_VARIABLE]
    assert night["documents"] == 12
    assert shown.messages[-1] == "a message"
    assert "12 documents pulled" in shown.messages[0]


def a_failing_flow(messages, runs):
    """A flow that fails with these messages in turn, and then succeeds."""

    def run(server, store, as_of, environment):
        runs.append(ScaledClock.parse(environment[CLOCK_VARIABLE]))
        if len(runs) <= len(messages):
            raise PermanentError(messages[len(runs) - 1])

    return run


TOLD = "the night of 2026-11-17 failed for store alpine: the night is incomplete: pull: no stock"


def test_an_incomplete_night_of_the_hostile_world_is_run_once_more_some_hours_later(scene, monkeypatch):
    runs = []
    monkeypatch.setattr(demo, "run_nightly_flow", a_failing_flow([TOLD, TOLD], runs))

    demo._store_night(replace(scene, is_hostile=True, speed=240.0), "alpine", DAY, lambda *_: None)

    assert [run.simulated for run in runs] == [runs[0].simulated, runs[0].simulated + demo.RUN_AGAIN_AFTER]
    assert {run.speed for run in runs} == {240.0}


@pytest.mark.parametrize(
    ("is_hostile", "message"), [(False, TOLD), (True, "the night of 2026-11-17 failed for store alpine: no output")]
)
def test_any_other_failure_of_a_flow_ends_the_demo(scene, monkeypatch, is_hostile, message):
    monkeypatch.setattr(demo, "run_nightly_flow", a_failing_flow([message], []))

    with pytest.raises(PermanentError, match="failed for store alpine"):
        demo._store_night(replace(scene, is_hostile=is_hostile), "alpine", DAY, lambda *_: None)


def test_a_night_whose_feed_is_made_to_fail_is_incomplete_and_not_run_again(scene, monkeypatch):
    runs = []
    monkeypatch.setattr(demo, "run_nightly_flow", a_failing_flow([TOLD], runs))

    demo._store_night(scene, demo.LATE_STORE, demo.LATE_NIGHT, lambda *_: None)

    assert len(runs) == 1


def test_the_simulated_workspace_has_people_and_a_store_that_reads_chinese(made):
    simulated, _ = made()
    assert load_settings(simulated).routing.contacts["supply_chain"] == "U0SUPPLY01"
    assert {name: store.language for name, store in load_settings(simulated).stores.items()} == {
        "alpine": "zh",
        "cascade": "en",
    }


def test_nobody_is_called_in_a_real_workspace_by_a_simulated_ones_ids(made):
    real, _ = made(SLACK_BOT_TOKEN="xoxb-real", SLACK_CHANNEL="C0REAL")

    assert load_settings(real).routing.contacts == {}


@pytest.mark.parametrize("world", ["atlantis", "wide"])
def test_a_world_without_a_story_is_one_line_and_touches_no_folder(sellerwatch, tmp_path, world):
    ran = sellerwatch("demo", "--world", world, "--data", str(tmp_path / "demo"))

    assert ran.code == 2
    assert f"unknown world '{world}'" in ran.err
    assert "demo, clean, hostile" in ran.err
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("json_option", [(), ("--json",)], ids=["words", "json"])
@pytest.mark.parametrize(("unexpected", "code"), [(0, 0), (1, 1)])
def test_the_demo_fails_when_slack_was_called_in_a_way_nobody_expects(sellerwatch, monkeypatch, json_option, unexpected, code):
    class Nothing:
        def __init__(self, folder, world, *, is_quiet):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    journal = {"unexpected": unexpected}
    monkeypatch.setattr(demo, "stage", Nothing)
    nights = [demo._numbers(as_of, [a_summary("a")], journal) for as_of in demo.NIGHTS]
    monkeypatch.setattr(demo, "_live", lambda scene, *, is_quiet: (nights, []))
    monkeypatch.setattr(demo, "keep_pictures", lambda scene: [])

    ran = sellerwatch("demo", *json_option)

    assert ran.code == code
    if json_option:
        assert set(ran.facts) == {"nights", "life", "pictures", "quarantined", "seconds"}
        assert [night["as_of"] for night in ran.facts["nights"]] == ["2026-11-17", "2026-11-18", "2026-11-19"]
        assert ran.facts["quarantined"] == 3
    else:
        assert "Documents set aside: 3." in ran.out


# --- flow runs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    (tmp_path / "demo.log").write_text("ValueError: of an earlier run\n")
    return demo_prefect.PrefectServer(folder=tmp_path, root=ROOT, environment={})


def run_flow(server, source, monkeypatch):
    monkeypatch.setattr(demo_prefect, "_FLOW_RUN", source)
    demo_prefect.run_nightly_flow(server, "cascade", DAY, dict(os.environ, PYTHONPATH=str(ROOT)))


def test_a_flow_run_that_succeeds_is_given_store_and_day(server, monkeypatch, tmp_path):
    run_flow(server, "import sys; print(sys.argv[1:])", monkeypatch)

    assert "['cascade', '2026-11-17']" in (tmp_path / "demo.log").read_text()


def test_a_flow_run_that_fails_names_its_last_error_and_the_log(server, monkeypatch):
    with pytest.raises(PermanentError, match=r"the night of 2026-11-17 failed for store cascade: it broke .*demo\.log"):
        run_flow(server, "import atexit; atexit.register(print, 'goodbye'); raise RuntimeError('it broke')", monkeypatch)


def test_a_flow_run_without_a_word_is_not_given_an_earlier_runs_error(server, monkeypatch):
    with pytest.raises(PermanentError, match="no output"):
        run_flow(server, "raise SystemExit(1)", monkeypatch)


def test_a_flow_run_that_hangs_is_stopped(server, monkeypatch):
    monkeypatch.setattr(demo_prefect, "FLOW_SECONDS", 0.2)

    with pytest.raises(PermanentError, match="no end after 0 s"):
        run_flow(server, "import time; time.sleep(600)", monkeypatch)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "no output"),
        ("words\nmore words\n\n", "more words"),
        ("a.b.PermanentError: the night is incomplete\nINFO done\n", "the night is incomplete"),
        ("KeyError: 'x'\nRuntimeError: y\n", "y"),
        ("x" * 999, "x" * demo_prefect.ERROR_LENGTH),
    ],
)
def test_the_last_error_of_a_log_is_found(tmp_path, log, said):
    (tmp_path / "log").write_text("before\n" + log)

    assert demo_prefect._last_error(tmp_path / "log", len("before\n")) == said


def test_a_wheel_has_no_flows_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_prefect.sellerwatch, "__file__", str(tmp_path / "site-packages" / "sellerwatch" / "__init__.py"))

    with pytest.raises(ConfigError, match="Clone the repository"):
        demo_prefect.flow_root()


def test_a_server_that_does_not_start_names_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_prefect.lifeline, "start", _ends_at_once)

    with (
        pytest.raises(PermanentError, match=r"the Prefect server did not start .*demo\.log"),
        demo_prefect.PrefectServer(folder=tmp_path, root=ROOT, environment=dict(os.environ)) as server,
    ):
        server.wait_until_up()


def _ends_at_once(command, *, folder, environment, log):
    return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"], stdin=subprocess.PIPE, start_new_session=True)
