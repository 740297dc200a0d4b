"""Every kind of bad input of a night, end to end: what is said, what is kept, what still runs, and what the shell is told.

Not here: what each parser makes of a damaged document (test_reports_contract), what each call makes of a bad answer (unit/amazon).
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import Engine, event

from sellerwatch.cli.main import run
from sellerwatch.cli.simulation import ALERT_CHANNEL, OPS_CHANNEL
from sellerwatch.core.clock import ScaledClock
from sellerwatch.rawstore.store import RawStore
from sellerwatch.rawstore.verify import verify
from sellerwatch.simulator.server import Simulator
from tests.conftest import small_config, without_computed

STARTS_AT = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)
SPEED = 600.0
NIGHTLY = ("nightly", "--store", "cascade", "--as-of", "2026-11-17")
STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
STOCK_WINDOW = "cascade/US/fba_inventory/2026-11-17"
ATTEMPTS = 4
"""How often a call to Amazon is made before it is given up."""

DOCUMENTS = 7
"""What the night wants: orders, three days of traffic, and two stock reports."""


class StillWorld:
    """The demo world at one fixed moment, each document made once: the nights below differ in their faults alone."""

    def __init__(self, world):
        self._world, self._made = world, {}

    @property
    def sellers(self):
        return self._world.sellers

    def render(self, request):
        asked = type(request)(
            **{name: getattr(request, name) for name in request.__dataclass_fields__ if name != "now"}, now=STARTS_AT
        )
        key = repr(asked)
        if key not in self._made:
            self._made[key] = self._world.render(asked)
        return self._made[key]


@pytest.fixture(scope="module")
def still_world(demo_world):
    return StillWorld(demo_world)


@pytest.fixture
def simulator(still_world):
    with Simulator(still_world, ScaledClock.starting(STARTS_AT, SPEED)) as running:
        yield running


@pytest.fixture
def configured(environment, tmp_path, monkeypatch):
    """The process's environment, with a configuration of its own that asks for few days of orders and measures little."""
    folder = without_computed(small_config(tmp_path / "config"))
    replace_in(folder / "reports.yaml", "history_days: 30", "history_days: 10")
    for name in [name for name in os.environ if name.startswith(("SELLERWATCH_", "SLACK_", "SP_API_"))]:
        monkeypatch.delenv(name)
    for name, value in (environment | {"SELLERWATCH_CONFIG": str(folder)}).items():
        monkeypatch.setenv(name, value)
    return folder


def replace_in(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def night(self):
        (night,) = json.loads(self.out)["nights"]
        return night

    @property
    def problem(self):
        """The night's only problem."""
        (problem,) = self.night["problems"]
        return problem


@pytest.fixture
def sellerwatch(configured, monkeypatch, capsys):
    """Run a command as the shell does; give what it printed and its exit code."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["sellerwatch", *arguments])
        with pytest.raises(SystemExit) as ended:
            run()
        out, err = capsys.readouterr()
        return Ran(ended.value.code or 0, out, err)

    return command


def order_faults(simulator, *faults):
    httpx.post(f"{simulator.base_url}/_sim/amazon/faults", json=list(faults), trust_env=False).raise_for_status()


def posts_in(simulator, channel):
    shown = httpx.get(f"{simulator.base_url}/_sim/slack/messages", trust_env=False).json()
    return ["\n".join(message["rendered"]) for message in shown["channels"][channel]["messages"]]


def raw_entries(tmp_path):
    store = RawStore(tmp_path / "data" / "raw")
    assert verify(store).is_intact
    return list(store.manifest.entries())


def assert_one_line(ran, *words):
    """A person's mistake: one line on standard error, exit code 2, nothing else."""
    assert ran.code == 2
    assert ran.out == ""
    (line,) = ran.err.strip().splitlines()
    assert line.startswith("Error: ")
    for word in words:
        assert word in line


def assert_says_what_and_where(problem, *, where):
    assert problem["what"]
    assert where in problem["where"]
    assert not any("\n" in text for text in problem.values())


def assert_says_what_where_and_what_to_do(problem, *, where):
    assert_says_what_and_where(problem, where=where)
    assert problem["do"]


# --- configuration ----------------------------------------------------------------------------------------------------


def test_a_missing_configuration_is_one_line_with_the_command_that_makes_one(sellerwatch, monkeypatch, tmp_path):
    monkeypatch.setenv("SELLERWATCH_CONFIG", str(tmp_path / "nowhere"))

    assert_one_line(sellerwatch(*NIGHTLY), "no configuration folder", str(tmp_path / "nowhere"), "sellerwatch init")


WRONG = {
    "unknown marketplace": (
        ("stores.yaml", "marketplaces: [US]", "marketplaces: [USA]"),
        ("unknown marketplace 'USA'", "stores.yaml:", "UK"),
    ),
    "unknown key": (
        ("stores.yaml", "title: Cascade US", "titel: Cascade US"),
        ("unknown key 'titel'", "stores.yaml:", "marketplaces"),
    ),
    "wrong value": (
        ("alert_rules.yaml", "exit: 8.4", "exit: 6"),
        ("exit 6 lies deeper than enter 7", "alert_rules.yaml", "stockout_tiers"),
    ),
    "unknown report": (
        ("reports.yaml", "  all_orders:", "  all_order:"),
        ("unknown report 'all_orders'", "stores.yaml", "all_order"),
    ),
    "wrong kind": (("limits.yaml", "burst: 15", "burst: many"), ("'many'", "limits.yaml:", "whole number")),
}


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_configuration_is_one_line_and_starts_nothing(sellerwatch, configured, simulator, tmp_path, change, words):
    name, old, new = change
    replace_in(configured / name, old, new)

    assert_one_line(sellerwatch(*NIGHTLY), *words)

    assert simulator.amazon.calls == {}
    assert not (tmp_path / "data").exists()


def test_a_marketplace_forced_on_the_client_is_refused_before_amazon_is_asked(sellerwatch, simulator, monkeypatch):
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "JP")

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert "SP_API_DEFAULT_MARKETPLACE is set" in ran.problem["what"]
    assert_says_what_where_and_what_to_do(ran.problem, where="environment")
    assert simulator.amazon.calls == {}
    assert any("SP_API_DEFAULT_MARKETPLACE" in text for text in posts_in(simulator, OPS_CHANNEL))


# --- Amazon -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"fault": "wrong_secret"}, ("401 invalid_client", "current client id and secret")),
        ({"fault": "revoked"}, ("400 invalid_grant", "authorise the app again")),
    ],
    ids=["wrong secret", "revoked"],
)
def test_bad_credentials_end_the_pull_and_not_the_night(sellerwatch, simulator, fault, words):
    order_faults(simulator, fault)

    ran = sellerwatch(*NIGHTLY, "--json")

    said, todo = words
    assert ran.code == 1
    assert said in ran.problem["what"]
    assert todo in ran.problem["do"]
    assert_says_what_where_and_what_to_do(ran.problem, where="store cascade")
    assert ran.night["metrics"] > 0
    assert any(said in text for text in posts_in(simulator, OPS_CHANNEL))


def test_no_secret_of_a_refused_login_is_repeated(sellerwatch, simulator):
    order_faults(simulator, {"fault": "wrong_secret"})

    ran = sellerwatch(*NIGHTLY)

    (cascade,) = [seller for seller in simulator.world.sellers if seller.name == "cascade"]
    said = ran.out + ran.err + "".join(posts_in(simulator, OPS_CHANNEL))
    assert cascade.client_secret not in said
    assert cascade.refresh_token not in said


def test_an_html_page_of_amazon_for_every_call_still_ends_in_a_judged_night(sellerwatch, simulator):
    order_faults(simulator, {"fault": "html_500", "operation": "createReport", "times": None})

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert len(ran.night["problems"]) == DOCUMENTS
    for problem in ran.night["problems"]:
        assert "Amazon answered 500" in problem["what"]
        assert "<html" not in problem["what"].lower()
        assert_says_what_where_and_what_to_do(problem, where="createReport")
    assert any("Amazon answered 500" in text for text in posts_in(simulator, OPS_CHANNEL))


@pytest.mark.parametrize(
    ("fault", "said", "outcome"),
    [
        pytest.param({"fault": "truncated_gzip"}, "the gzip stream ends early", "damaged", id="truncated document"),
        pytest.param(
            {"fault": "missing_column", "column": "afn-fulfillable-quantity"},
            "'afn-fulfillable-quantity'",
            "document",
            id="missing required column",
        ),
        pytest.param({"fault": "html_document"}, "HTML", "document", id="page in place of a document"),
        pytest.param({"fault": "fatal", "text": "no such role"}, "no such role", "fatal", id="report that fails"),
    ],
)
def test_one_bad_report_is_told_and_kept_and_the_others_are_done(sellerwatch, simulator, tmp_path, fault, said, outcome):
    order_faults(simulator, fault | {"report_type": STOCK, "times": None})

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert ran.night["outcome"] == "incomplete"
    assert said in ran.problem["what"]
    assert_says_what_where_and_what_to_do(ran.problem, where=STOCK_WINDOW)
    kept = [entry for entry in raw_entries(tmp_path) if entry.received.report == "fba_inventory"]
    assert kept
    assert {entry.received.outcome for entry in kept} == {outcome}
    assert ran.night["documents"] == DOCUMENTS - 1
    assert ran.night["rows"] > 1000
    assert ran.night["metrics"] > 1000
    assert ran.night["alerts"]["yellow"] == 1
    (told,) = posts_in(simulator, OPS_CHANNEL)
    assert said in told
    assert posts_in(simulator, ALERT_CHANNEL) == []


def test_html_pages_in_place_of_documents_are_told_and_lose_nothing(sellerwatch, simulator):
    order_faults(simulator, {"fault": "html_500", "operation": "getReportDocument", "times": None})

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    for problem in (of_pull := [told for told in ran.night["problems"] if told["step"] == "pull"]):
        assert "Amazon answered 500" in problem["what"]
        assert_says_what_and_where(problem, where="getReportDocument")
    assert (len(of_pull), ran.night["documents"]) == (DOCUMENTS, 0)
    assert any("Amazon answered 500" in text for text in posts_in(simulator, OPS_CHANNEL))
    simulator.amazon.faults.waiting = []
    assert sellerwatch(*NIGHTLY, "--json").night["documents"] == DOCUMENTS


def test_an_empty_stock_document_is_told(sellerwatch, simulator, tmp_path):
    order_faults(simulator, {"fault": "empty_document", "report_type": STOCK, "times": None})

    ran = sellerwatch(*NIGHTLY, "--json")

    assert [entry for entry in raw_entries(tmp_path) if entry.received.report == "fba_inventory"]
    assert ran.code == 1
    assert_says_what_where_and_what_to_do(ran.problem, where=STOCK_WINDOW)
    assert len(posts_in(simulator, OPS_CHANNEL)) == 1


# --- Slack ------------------------------------------------------------------------------------------------------------


def test_a_revoked_slack_token_fails_the_night_at_its_end_and_the_next_run_posts_what_was_refused(sellerwatch, simulator):
    faults = f"{simulator.base_url}/_sim/slack/faults"
    httpx.post(faults, json={"fault": "token_revoked", "times": 1000}, trust_env=False)
    first = sellerwatch(*NIGHTLY, "--json")
    assert first.code == 1
    assert first.night["documents"] == DOCUMENTS
    assert first.night["alerts"]["red"] > 0
    assert "token_revoked" in first.night["delivery"]["error"]

    httpx.delete(faults, trust_env=False)
    second = sellerwatch(*NIGHTLY, "--json")

    assert second.code == 0
    assert len(posts_in(simulator, ALERT_CHANNEL)) == sum(second.night["alerts"][tier] for tier in ("yellow", "orange", "red"))


def test_a_missing_slack_token_is_told_on_the_screen_after_everything_else_was_done(sellerwatch, monkeypatch):
    monkeypatch.delenv("SLACK_BOT_TOKEN")

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert ran.night["documents"] == DOCUMENTS
    assert "SLACK_BOT_TOKEN is not set" in ran.night["delivery"]["error"]


# --- this machine -----------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_line(sellerwatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert_one_line(sellerwatch("simulate", "--port", port), f"port {port}", "another port")


def test_a_data_folder_that_cannot_be_made_is_one_line(sellerwatch, simulator, tmp_path):
    (tmp_path / "data").write_text("a file, so that the test holds for root too")

    assert_one_line(sellerwatch(*NIGHTLY), "cannot make the warehouse folder", str(tmp_path / "data"), "SELLERWATCH_DATA")

    assert simulator.amazon.calls == {}


def test_a_read_only_warehouse_is_one_line(sellerwatch, monkeypatch, tmp_path):
    assert sellerwatch("status").code == 0
    monkeypatch.setenv("SELLERWATCH_WAREHOUSE_URL", f"sqlite:///file:{tmp_path / 'data' / 'warehouse.sqlite'}?mode=ro&uri=true")

    ran = sellerwatch(*NIGHTLY)

    assert_one_line(ran, "readonly database", "warehouse.sqlite", "write permission")


def test_a_raw_store_that_cannot_be_written_costs_the_documents_and_not_the_night(sellerwatch, simulator, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").write_text("a file where a folder should be")

    ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert ran.night["problems"]
    for problem in ran.night["problems"]:
        assert "cannot write to the raw store" in problem["what"]
        assert_says_what_where_and_what_to_do(problem, where=str(tmp_path / "data" / "raw"))
    assert ran.night["metrics"] > 0
    assert any("cannot write to the raw store" in text for text in posts_in(simulator, OPS_CHANNEL))


def test_a_full_disk_costs_the_documents_and_not_the_night(sellerwatch, simulator, tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        ran = sellerwatch(*NIGHTLY, "--json")

    assert ran.code == 1
    assert len(ran.night["problems"]) == DOCUMENTS
    for problem in ran.night["problems"]:
        assert "No space left on device" in problem["what"]
        assert "Free space" in problem["do"]
        assert_says_what_where_and_what_to_do(problem, where=str(tmp_path / "data" / "raw"))
    assert not [path for path in (tmp_path / "data" / "raw").rglob("*") if path.is_file()]
    assert any("No space left" in text for text in posts_in(simulator, OPS_CHANNEL))

    # When there is room again the next run resumes: the reports that were paid for are fetched, not asked for anew.
    again = sellerwatch(*NIGHTLY, "--json")

    assert again.code == 0
    assert again.night["documents"] == DOCUMENTS
    assert len(simulator.amazon.reports) == DOCUMENTS


@contextmanager
def warehouse_of_at_most(pages):
    """SQLite's own refusal of a full disk, which it also gives for a file that may not grow."""

    def limit(connection, _record):
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_warehouse_is_one_line_the_bytes_are_kept_and_no_report_is_paid_for_twice(sellerwatch, simulator, tmp_path):
    assert sellerwatch("status").code == 0

    with warehouse_of_at_most(100):
        ran = sellerwatch(*NIGHTLY)

    assert ran.code == 1
    (line,) = ran.err.strip().splitlines()
    assert "disk is full" in line
    assert "Free disk space" in line
    assert len(raw_entries(tmp_path)) == DOCUMENTS

    again = sellerwatch(*NIGHTLY, "--json")

    assert again.night["documents"] == DOCUMENTS
    assert len(simulator.amazon.reports) == DOCUMENTS
