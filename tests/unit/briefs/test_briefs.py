"""The night in numbers, the night in words, and the state of the pipeline."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from sellerwatch.alerts.judging.night import judge_night
from sellerwatch.briefs.check_lines import failure_words
from sellerwatch.briefs.night_report import night_markdown, require_complete
from sellerwatch.briefs.night_summary import NightSummary, summarise_night
from sellerwatch.briefs.pipeline_status import read_status
from sellerwatch.core.errors import PermanentError
from sellerwatch.delivery.sender import DeliveryReport
from sellerwatch.warehouse.checks.results import Result, replace_results
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.problems import Problem
from sellerwatch.warehouse.tables.outbox import OUTBOX
from tests.spec.small_world import NIGHT, NOW, day
from tests.unit.alerts.judged_store import JudgedStore

DELIVERED = DeliveryReport(posts=1, updates=2, replies=3, dead=0, pending=0, problems=())
QUIET = NightSummary(
    store_id="test_store",
    as_of=NIGHT,
    outcome="complete",
    documents=4,
    rows=1_234,
    quarantined=0,
    metrics=5_678,
    alerts={"yellow": 1, "orange": 0, "red": 2, "resolved": 0},
    slack={"posts": 1, "updates": 0, "replies": 0},
    problems=(),
    checks={"fail": 1, "pass": 12, "skipped": 3},
)
PROBLEM = ("pull", Problem("Amazon refused the report", "US/all_orders", "Ask for the role"))


def test_what_readers_go_without_is_shown_and_is_no_failure():
    without = replace(DELIVERED, remarks=("r: sent without cover.png",))

    assert night_markdown(QUIET, without).endswith("\n- r: sent without cover.png")
    assert require_complete(QUIET, without) is QUIET


def delivered(store):
    with writing(store.engine) as connection:
        connection.execute(update(OUTBOX).values(state="sent"))


def summary(store, night=NIGHT):
    return summarise_night(store.workspace, store.store_id, night)


def test_a_night_is_summed_up_from_what_is_stored(store):
    store.pulled(day(-1), day(-1))
    store.pulled(NIGHT, NIGHT, report="fba_inventory", document="quarantined")
    store.pulled(NIGHT, NIGHT, report="inventory_planning", document="raw")
    store.pulled(day(-1), day(-1), wanted_for=day(-1))
    store.night(0, {"A": 2.8, "B": 0.5, "C": 30.0})
    delivered(store)

    found = summary(store)

    assert (found.outcome, found.documents, found.rows, found.quarantined) == ("complete", 1, 1, 1)
    assert found.alerts == {"yellow": 0, "orange": 1, "red": 1, "resolved": 0}
    assert found.slack == {"posts": 2, "updates": 0, "replies": 0}
    assert found.metrics == len(store.settings.reports) + 1 + 2 * 3
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()


def test_a_night_that_did_not_run_says_so(store):
    found = summary(store)

    assert (found.outcome, found.documents, found.metrics) == ("not run", 0, 0)
    assert found.problems == ()


def test_problems_make_a_night_incomplete_and_are_listed(store):
    store.feeds()
    store.problems("one failed", "another failed")
    store.judge()

    found = summary(store)

    assert found.outcome == "incomplete"
    assert [(step, problem.what) for step, problem in found.problems] == [("pull", "one failed"), ("pull", "another failed")]
    assert found.to_dict()["problems"][0] == {
        "step": "pull",
        "what": "one failed",
        "where": "US/all_orders",
        "do": "Do it again",
    }


def test_messages_belong_to_the_night_that_decided_them_whenever_it_was_decided(store):
    """A night with a report missing decides by the clock: a second run must not lose sight of what the first one sent."""
    store.pulled(NIGHT, NIGHT, report="fba_inventory", state="wanted", document=None)
    store.night(0, {"A": 2.8})
    delivered(store)
    store.clock.moment += timedelta(hours=2)
    store.cover({"A": 0.9})
    judge_night(store.workspace, store.store_id, NIGHT)
    delivered(store)
    store.night(1, {"A": 0.8})
    delivered(store)

    assert summary(store).slack == {"posts": 1, "updates": 1, "replies": 1}
    assert summary(store, day(1)).slack == {"posts": 0, "updates": 1, "replies": 0}


def test_only_what_slack_has_is_counted(store):
    store.night(0, {"A": 2.8})

    assert summary(store).slack["posts"] == 0


def test_stores_that_decide_at_the_same_moment_are_summed_up_apart(store):
    other = JudgedStore(store.engine, store.shipped, store_id="other_store", clock=store.clock)
    store.night(0, {"A": 2.8})
    other.night(0, {"A": 2.8, "B": 0.5})
    delivered(store)

    assert (summary(store).slack["posts"], summary(other).slack["posts"]) == (1, 2)
    assert summary(store).alerts["red"] == 0
    assert (read_status(store.workspace, "test_store").waiting_messages, summary(store).metrics) == (
        0,
        len(store.settings.reports) + 1 + 2,
    )


def test_resolved_alerts_are_those_of_the_night(store):
    for offset, value in enumerate((2.8, 40.0, 40.0)):
        store.night(offset, {"A": value})

    assert [summary(store, day(offset)).alerts["resolved"] for offset in range(3)] == [0, 0, 1]


def test_the_page_of_a_quiet_night_names_no_problem():
    text = night_markdown(QUIET, DELIVERED)

    assert text.splitlines() == [
        "# test_store 2026-11-17: complete",
        "",
        "- 4 documents, 1,234 rows, 5,678 values",
        "- data checks: 12 passed, 1 failed, 3 not judged",
        "- alerts: 1 yellow, 0 orange, 2 red, 0 resolved",
        "- Slack: 1 posted, 2 updated, 3 replied, 0 waiting",
    ]


def test_the_page_of_a_bad_night_names_every_problem():
    text = night_markdown(replace(QUIET, problems=(PROBLEM,)), replace(DELIVERED, problems=("channel is archived",)))

    assert text.splitlines()[-2:] == [
        "- **problem** pull: Amazon refused the report [US/all_orders]. Ask for the role.",
        "- **problem** channel is archived",
    ]


def test_a_night_that_is_all_done_is_complete():
    assert require_complete(QUIET, DELIVERED) is QUIET


@pytest.mark.parametrize(
    ("night", "delivery", "words"),
    [
        (replace(QUIET, problems=(PROBLEM,)), DELIVERED, "Amazon refused the report"),
        (QUIET, replace(DELIVERED, problems=("channel is archived",)), "channel is archived"),
        (QUIET, replace(DELIVERED, dead=2), "2 messages were refused for good"),
        (QUIET, replace(DELIVERED, pending=3), "3 messages still wait"),
    ],
)
def test_anything_missing_fails_the_night_by_name(night, delivery, words):
    with pytest.raises(PermanentError, match=words) as caught:
        require_complete(night, delivery)

    assert "test_store 2026-11-17" in str(caught.value)
    assert "run the night again" in str(caught.value)


def test_the_status_shows_each_feeds_age_and_what_is_unfinished(store):
    store.pulled(day(-1), day(-1), through=NOW - timedelta(hours=30))
    store.pulled(NIGHT, NIGHT, report="fba_inventory", state="requested", document=None)
    store.night(0, {"A": 2.8})

    status = read_status(store.workspace, store.store_id)
    feeds = {feed.report: feed for feed in status.feeds}

    assert (feeds["all_orders"].age_words, feeds["all_orders"].state) == ("30 h, late after 26 h", "done")
    assert feeds["all_orders"].last_window == "2026-11-16..2026-11-16"
    assert (feeds["fba_inventory"].age_words, feeds["fba_inventory"].state) == ("no data yet", "requested")
    assert (feeds["sales_traffic"].last_window, feeds["sales_traffic"].state) == ("none", "never wanted")
    assert [told.state for told in status.calendar.unfinished] == ["requested"]
    assert status.to_dict()["unfinished"][0]["asked_by"] == "night"
    assert (status.waiting_messages, status.dead_messages) == (1, 0)
    assert status.night["outcome"] == "complete"
    assert json.loads(json.dumps(status.to_dict())) == status.to_dict()


def test_a_fresh_feed_is_not_called_late(store):
    store.pulled(day(-1), day(-1), through=NOW - timedelta(hours=5, minutes=40))

    assert {feed.report: feed.age_words for feed in read_status(store.workspace, store.store_id).feeds}["all_orders"] == "5 h"


def test_a_store_that_never_ran_has_a_status(store):
    status = read_status(store.workspace, store.store_id)

    assert (status.night, status.problems, status.calendar.unfinished, status.waiting_messages) == (None, (), (), 0)


def test_the_status_names_the_last_nights_problems_and_dead_messages_of_its_own_store(store):
    other = JudgedStore(store.engine, store.shipped, store_id="other_store", clock=store.clock)
    other.night(0, {"A": 2.8})
    with writing(store.engine) as connection:
        connection.execute(update(OUTBOX).values(state="dead"))
    store.feeds()
    store.problems("one failed")
    store.judge()

    mine, theirs = read_status(store.workspace, "test_store"), read_status(other.workspace, "other_store")

    assert ([problem.what for _, problem in mine.problems], theirs.problems) == (["one failed"], ())
    assert ((mine.waiting_messages, mine.dead_messages), (theirs.waiting_messages, theirs.dead_messages)) == ((1, 0), (0, 1))


def a_check(name, status, **cells):
    numbers = {"compared": 4, "off": 2, "expected": Decimal(120), "found": Decimal(110), "difference": Decimal(-10)}
    said = {"reason": "no_data"} if status == "skipped" else numbers
    base = {"check_name": name, "marketplace": "US", "day": day(-4), "measure": "units", "status": status, "severity": "orange"}
    return Result(**base | {"remedy": "Run the night again"} | said | cells)


@pytest.fixture
def checked(store):
    results = [
        a_check("orders_days", "pass"),
        a_check("orders_vs_sales_traffic", "fail"),
        *(a_check("orders_vs_sales_traffic", "fail", day=day(-offset)) for offset in range(5, 11)),
        a_check("order_in_two_marketplaces", "fail", severity="red"),
        a_check("economics_days", "skipped"),
    ]
    store.night(0, {})
    with writing(store.engine) as connection:
        replace_results(connection, store.store_id, NIGHT, results)
    return store


def test_a_nights_checks_are_counted_once_each_whatever_the_number_of_days(checked):
    assert summary(checked).checks == {"fail": 2, "pass": 1, "skipped": 1}
    assert summary(checked, day(-1)).checks == {"fail": 0, "pass": 0, "skipped": 0}


def test_the_status_shows_failed_checks_first_and_the_gravest_of_them(checked):
    status = read_status(checked.workspace, checked.store_id)

    assert [(item.check_name, item.status) for item in status.checks] == [
        ("order_in_two_marketplaces", "fail"),
        ("orders_vs_sales_traffic", "fail"),
        ("orders_days", "pass"),
        ("economics_days", "skipped"),
    ]
    said = status.to_dict()["checks"]
    assert (said["as_of"], said["counts"]) == ("2026-11-17", {"fail": 2, "pass": 1, "skipped": 1})
    assert [item["day"] for item in said["verdicts"][1]["failures"]] == [str(day(-offset)) for offset in range(4, 11)]
    assert said["verdicts"][0]["failures"][0] == {
        "day": "2026-11-13",
        "measure": "units",
        "compared": 4,
        "off": 2,
        "expected": "120.000000",
        "found": "110.000000",
        "difference": "-10.000000",
        "currency": None,
        "examples": [],
        "documents": [],
        "do": "Run the night again",
    }
    assert said["verdicts"][3]["reason"] == "no_data"
    assert said["stories"] == {"US": {"traffic": "fail", "behaviour": "skipped", "finance": "skipped"}}
    assert json.loads(json.dumps(status.to_dict())) == status.to_dict()


def test_a_failed_check_is_one_line_with_days_numbers_and_remedy(checked):
    grave, long, *_ = read_status(checked.workspace, checked.store_id).checks

    assert failure_words(grave) == (
        "order_in_two_marketplaces [US] 2026-11-13 units: expected 120, found 110. Run the night again."
    )
    assert failure_words(long).count("expected") == 5
    assert failure_words(long).endswith("; and 2 more. Run the night again.")
