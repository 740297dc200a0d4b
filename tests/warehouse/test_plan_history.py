"""Plans of days gone by against a ledger in either database: the way that is chosen, what it costs, and that it is the whole truth."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.core.periods import Days
from sellerwatch.settings.models import Quota
from sellerwatch.warehouse import wanting, windows
from sellerwatch.warehouse.accounts import rate_limits
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.feeds import pulls_of
from sellerwatch.warehouse.planning.plan import Route
from sellerwatch.warehouse.planning.tonight import plan_tonight
from sellerwatch.warehouse.products import ever_known_asins, known_asins
from sellerwatch.warehouse.rate_budget import SharedBudget
from tests.warehouse.planner import NOW, STORE, TODAY, YEAR, Planner, ago, by_feed

THREE = ("US", "CA", "MX")


@pytest.fixture
def planner(engine):
    return Planner.at(engine)


@pytest.fixture
def north_america(engine):
    return Planner.at(engine, THREE)


def reasons(plan, feed):
    return {item.reason for item in plan.left_out if item.feed == feed}


# --- the way that is chosen -------------------------------------------------------------------------------------------


def test_a_year_of_300_products_in_three_marketplaces_takes_thirty_queries_and_three_reports(north_america):
    plan = north_america.knows(300, *THREE).plan("sales_traffic")

    assert by_feed(plan) == {("sales_traffic_trends", "data_kiosk_trends"): 30, ("sales_traffic", "range_reports"): 3}
    assert plan.calls == {
        "createQuery": 30,
        "getQuery": 30,
        "getKioskDocument": 30,
        "createReport": 3,
        "getReport": 3,
        "getReportDocument": 3,
    }
    assert plan.lower_bound_seconds == pytest.approx(15 / 0.0167 + 60)
    assert plan.seconds == pytest.approx(plan.lower_bound_seconds)
    assert {route.why for route in plan.routes} == {
        "30 queries and 3 range reports take 16 min at the least; 1,095 daily reports take 30.4 h at the least"
    }
    assert plan.left_out == ()


QUOTAS = {
    "none": ((), 64_671),
    "three in 5 minutes": ((Quota(operation="createReport", rate=0.01, burst=3, shared_by="both"),), 109_200),
    "once in 15 minutes": ((Quota(operation="createReport", rate=1 / 900, burst=4, shared_by="account"),), 1091 * 900),
}
"""What is said of the quota of sales and traffic, and the seconds that 1,095 reports then take."""


@pytest.mark.parametrize(("quotas", "seconds"), QUOTAS.values(), ids=QUOTAS)
def test_daily_reports_of_the_same_take_as_long_as_their_quota_says(north_america, quotas, seconds):
    plan = north_america.with_quota("sales_traffic", quotas).knows(300, *THREE).plan("sales_traffic", route="one_report_a_day")

    assert by_feed(plan) == {("sales_traffic", "one_report_a_day"): 1095}
    assert plan.calls == {"createReport": 1095, "getReport": 1095, "getReportDocument": 1095}
    assert round(plan.lower_bound_seconds) == seconds + 60
    assert plan.seconds == pytest.approx(plan.lower_bound_seconds)
    assert [str(request.window.days) for request in plan.requests[:4]] == ["2026-11-24"] * 3 + ["2026-11-23"]
    assert {route.why for route in plan.routes} == {"the way that was asked for"}


def test_a_few_missing_days_are_asked_for_one_by_one(planner):
    planner.knows(300).put_days("sales_traffic", Days(YEAR.first, ago(4)))

    plan = planner.plan("sales_traffic")

    assert by_feed(plan) == {("sales_traffic", "one_report_a_day"): 3}
    assert plan.routes[0].why.startswith("3 daily reports take 60 s at the least; 10 queries and 1 range report take")


@pytest.mark.parametrize("lacking", ["products", "trends"])
def test_without_products_or_without_the_feed_that_has_the_history_every_day_is_a_report(planner, lacking):
    if lacking == "trends":
        planner.knows(300).without("sales_traffic_trends")

    plan = planner.plan("sales_traffic")

    assert by_feed(plan) == {("sales_traffic", "one_report_a_day"): 365}
    assert (
        plan.routes[0].why
        == {
            "products": "one report covers one day, and no product is known that sales_traffic_trends could be asked about",
            "trends": "one report covers one day, and the store does not pull sales_traffic_trends",
        }[lacking]
    )


def test_each_marketplace_goes_its_own_way(north_america):
    plan = north_america.knows(60, "US", "CA").plan("sales_traffic")

    assert {(route.marketplace, route.feed, route.route.value, route.requests) for route in plan.routes} == {
        ("US", "sales_traffic_trends", "data_kiosk_trends", 2),
        ("CA", "sales_traffic_trends", "data_kiosk_trends", 2),
        ("US", "sales_traffic", "range_reports", 1),
        ("CA", "sales_traffic", "range_reports", 1),
        ("MX", "sales_traffic", "one_report_a_day", 365),
    }


def test_the_range_reports_alone_can_be_asked_for(planner):
    plan = planner.knows(30).plan("sales_traffic", "ledger_detail", route=Route.RANGE_REPORTS)

    assert by_feed(plan) == {("sales_traffic", "range_reports"): 1, ("ledger_detail", "range_reports"): 12}


def test_a_feed_that_two_others_need_is_asked_for_once(planner):
    planner.knows(30)

    both = planner.plan("sales_traffic", "sales_traffic_trends", "all_orders", "orders_by_date")
    apart = [*planner.plan("sales_traffic").requests, *planner.plan("all_orders").requests]

    assert {request.window for request in both.requests} == {request.window for request in apart}
    assert len(both.requests) == len(apart) == 1 + 1 + 12


def test_orders_of_the_past_come_by_order_date(planner):
    plan = planner.plan("all_orders")

    assert by_feed(plan) == {("orders_by_date", "range_reports"): 12}
    assert plan.routes[0].why == "all_orders has no history of its own: it comes from orders_by_date"
    assert reasons(plan, "all_orders") == {"asked for by last update, and so up to now; take orders_by_date"}
    assert planner.without("orders_by_date").plan("all_orders").requests == ()


def test_every_report_of_the_configuration_goes_a_way_or_is_left_out_with_a_reason(planner):
    plan = planner.knows(20).plan()

    ways = {route.feed: route.route.value for route in plan.routes}
    settings = planner.workspace.settings
    assert ways.keys() | {item.feed for item in plan.left_out} == settings.reports.keys()
    assert ways["settlement"] == "amazon_list"
    assert ways["storage_fees"] == ways["search_query_performance"] == "calendar_periods"
    assert ways["economics"] == ways["ads_sp_campaigns"] == "range_reports"
    assert ways["sales_traffic_trends"] == "data_kiosk_trends"
    snapshots = {name for name, pull in settings.reports.items() if pull.period == "snapshot"}
    assert snapshots
    assert not snapshots & ways.keys()
    assert {len(request.window.days) <= 365 for request in plan.requests} == {True}
    keys = {"requests", "calls", "seconds", "lower_bound_seconds", "routes", "left_out"}
    told = plan.to_dict()
    assert told.keys() == keys
    assert told["requests"] == len(plan.requests) == sum(route["requests"] for route in told["routes"])
    assert {tuple(route) for route in told["routes"]} == {
        ("store", "marketplace", "feed", "route", "why", "requests", "first", "last")
    }
    assert {tuple(item) for item in told["left_out"]} == {("store", "marketplace", "feed", "first", "last", "reason")}


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_what_is_finished_is_not_asked_for_again_unless_a_person_says_so(planner):
    planner.put("ledger_detail", Days(ago(40), ago(11)))
    planner.put("ledger_detail", Days(ago(8), ago(8)), "empty")
    planner.put("ledger_detail", Days(ago(500), ago(300)))
    planner.put("ledger_detail", Days(ago(10), ago(9)), place="CA")
    last = Days(ago(50), ago(1))

    gaps = planner.plan("ledger_detail", days=last)
    again = planner.plan("ledger_detail", days=last, mode="again")

    missing = [Days(ago(7), ago(1)), Days(ago(10), ago(9)), Days(ago(50), ago(41))]
    assert [request.window.days for request in gaps.requests] == missing
    assert [len(request.window.days) for request in again.requests] == [31, 19]


def test_what_a_person_imported_does_not_keep_amazons_own_from_being_asked_for(planner):
    with writing(planner.workspace.engine) as connection:
        imported = windows.Window(STORE, "US", "ledger_detail", YEAR, origin=windows.IMPORTED)
        windows.enter_imported(connection, imported, NOW)

    assert len(planner.plan("ledger_detail").requests) == 12


def test_a_look_through_the_list_after_the_days_counts_for_them(planner):
    days = Days(ago(80), ago(30))
    planner.put("settlement", Days(TODAY, TODAY), part="list")
    planner.put("settlement", Days(ago(79), ago(78)), part="100200300")

    (request,) = planner.plan("settlement", days=days).requests

    assert (request.window.part, request.window.days) == ("list", days)
    assert planner.plan("settlement", days=Days(ago(60), ago(30))).requests == ()


def test_products_of_a_night_count_in_whatever_parts_they_came(planner):
    planner.knows(40)
    asins = [f"BUS{number:07}" for number in range(40)]
    planner.put("sales_traffic_trends", Days(ago(30), ago(1)), part="asins-001", asins=asins[:35])
    days = Days(ago(40), ago(1))

    plan = planner.plan("sales_traffic_trends", days=days)

    assert {(len(request.asins), str(request.window.days)) for request in plan.requests} == {
        (30, str(Days(ago(40), ago(31)))),
        (5, str(Days(ago(40), ago(31)))),
        (5, str(days)),
    }


def test_windows_on_their_way_are_taken_over_and_cost_only_what_is_still_to_do(planner):
    asked_at = NOW - timedelta(seconds=45)
    requested = planner.put("ledger_detail", Days(ago(31), ago(1)), "requested", asked_at=asked_at)
    requesting = planner.put("ledger_detail", Days(ago(62), ago(32)), "requesting", asked_at=asked_at)

    plan = planner.plan("ledger_detail", days=Days(ago(62), ago(1)))

    assert [(one.window, one.state) for one in plan.requests] == [(requested, "requested"), (requesting, "requesting")]
    assert plan.calls == {"getReport": 2, "getReportDocument": 2, "getReports": 1}
    assert plan.seconds == plan.lower_bound_seconds == pytest.approx(15)


def test_entered_finished_and_planned_again_nothing_is_left_to_ask(planner):
    planner.knows(45)
    planner.put("ledger_detail", Days(ago(31), ago(1)), "requested")
    first = planner.plan()
    planner.enter(first)

    on_its_way = planner.plan()
    planner.finish_all()
    finished = planner.plan()

    assert {one.window for one in on_its_way.requests} == {one.window for one in first.requests}
    assert all(one.is_adopted for one in on_its_way.requests)
    assert finished.requests == ()
    assert finished.to_dict() | {"left_out": []} == {
        "requests": 0,
        "calls": {},
        "seconds": 0.0,
        "lower_bound_seconds": 0.0,
        "routes": [],
        "left_out": [],
    }


def test_entering_a_plan_wants_its_windows_for_the_backfill_with_their_products(planner):
    taken_over = planner.put("ledger_detail", Days(ago(31), ago(1)), "requested")
    plan = planner.knows(3).plan("ledger_detail", "sales_traffic_trends")

    planner.enter(plan)

    with reading(planner.workspace.engine) as connection:
        rows = windows.windows_asked_by(connection, STORE, "backfill b1")
    assert {row.window: row.asins for row in rows} == {one.window: one.asins for one in plan.requests}
    assert {row.window: row.state for row in rows}[taken_over] == "requested"


def test_a_plan_writes_nothing(planner):
    planner.knows(3)
    with reading(planner.workspace.engine) as connection:
        before = connection.execute(windows.WINDOW.select()).all()

    planner.plan()

    with reading(planner.workspace.engine) as connection:
        assert connection.execute(windows.WINDOW.select()).all() == before


# --- tonight ----------------------------------------------------------------------------------------------------------


def test_tonights_plan_is_what_the_night_then_wants(planner):
    planner.knows(40)
    settings = planner.workspace.settings
    plan = plan_tonight(planner.workspace, (), ())

    with writing(planner.workspace.engine) as connection:
        places = settings.marketplaces(STORE)
        asins = known_asins(connection, STORE, places, before=TODAY)
        wanting.want(connection, STORE, places, pulls_of(settings, STORE), TODAY, asins=asins)
        rows = windows.windows_of_night(connection, STORE, TODAY)

    assert {one.window: one.asins for one in plan.requests} == {row.window: row.asins for row in rows}
    assert {one.state for one in plan.requests} == {"new"}


def test_a_night_that_began_has_only_the_rest_to_ask(planner):
    before = plan_tonight(planner.workspace, (), ("ledger_detail", "restock"))
    with writing(planner.workspace.engine) as connection:
        for request in before.requests:
            windows.enter(connection, request.window, TODAY)
            windows.mark_finished(connection, request.window, "done", NOW)
        ledger = next(one.window for one in before.requests if one.window.report == "ledger_detail")
        windows.mark_requested(connection, ledger, "r-1")

    after = plan_tonight(planner.workspace, (STORE,), ("ledger_detail", "restock"))

    assert len(before.requests) == 2
    assert [(one.window, one.state) for one in after.requests] == [(ledger, "requested")]
    assert after.calls == {"getReport": 1, "getReportDocument": 1}


# --- products ---------------------------------------------------------------------------------------------------------


def test_every_product_ever_told_of_is_known(planner):
    day = date(2026, 1, 5)
    planner.told_of("fba_inventory", [{"snapshot_on": day, "sku": "s", "asin": "B-STOCK-LONG-AGO"}])
    planner.told_of("order_line", [{"amazon_order_id": "1", "sku": "s", "ordinal": 1, "asin": "B-SOLD"}])
    seen = {"sold_on": day, "asin_granularity": "CHILD", "parent_asin": "B-PARENT"}
    planner.told_of("sales_traffic_asin_day", [seen | {"item": "B-SEEN", "child_asin": "B-SEEN"}])
    planner.told_of("merchant_listing", [{"snapshot_on": day, "sku": "s", "asin": "B-OFFERED"}], place="CA")
    planner.told_of("merchant_listing", [{"snapshot_on": day, "sku": "s", "asin": None}], place="MX")
    planner.told_of("fba_inventory", [{"snapshot_on": day, "sku": "s", "asin": "B-OTHER"}], store="alpine", place="DE")

    with reading(planner.workspace.engine) as connection:
        known = ever_known_asins(connection, STORE)

    assert known == {"US": ("B-SEEN", "B-SOLD", "B-STOCK-LONG-AGO"), "CA": ("B-OFFERED",)}


# --- time -------------------------------------------------------------------------------------------------------------


def test_what_others_have_spent_of_the_budget_counts(planner):
    settings = planner.workspace.settings
    budget = SharedBudget(planner.workspace.engine, planner.pricing().budget.owners[STORE], rate_limits(settings))
    for _ in range(10):
        budget.reserve("createReport", NOW - timedelta(seconds=1))

    plan = planner.plan("ledger_detail")

    assert plan.lower_bound_seconds == 60
    assert plan.seconds == pytest.approx(60 + (12 - 5) / 0.0167, abs=2)


def test_two_stores_of_one_account_share_its_budget_and_two_accounts_do_not(planner):
    shared, apart = (planner.with_second_store(account=account).plan("ledger_detail") for account in ("CASCADE", "ALPINE"))

    assert len(shared.requests) == len(apart.requests) == 24
    assert (shared.lower_bound_seconds, apart.lower_bound_seconds) == (pytest.approx(9 / 0.0167 + 60), 60)


def test_a_limit_of_the_report_type_counts_beside_that_of_the_operation(planner):
    calls = planner.plan("ledger_detail", "ledger_summary").calls
    typed = Quota(operation="createReport", rate=1 / 900, burst=4, shared_by="both")
    of_another_call = Quota(operation="createQuery", rate=1 / 9000, burst=1, shared_by="both")

    plan = planner.with_quota("ledger_detail", (typed, of_another_call)).plan("ledger_detail", "ledger_summary")

    assert plan.lower_bound_seconds == plan.seconds == pytest.approx(8 * 900 + 60)
    assert plan.calls == calls


def test_how_long_a_type_usually_takes_is_what_the_ledger_has_seen(planner):
    with writing(planner.workspace.engine) as connection:
        for number in range(3):
            window = windows.Window(STORE, "US", "ledger_detail", Days(ago(900 + number), ago(900)))
            windows.enter_past(connection, window, "backfill earlier")
            windows.mark_finished(connection, window, "done", NOW)
            windows.note_making(connection, window, 500 + number)
        usual = windows.usual_seconds(connection, "ledger_detail")

    plan = planner.plan("ledger_detail")

    assert usual == plan.lower_bound_seconds == plan.seconds == 501


def test_cool_downs_between_periods_of_a_marketplace_count(north_america):
    days = Days(ago(180), ago(1))
    plan = north_america.plan("fba_returns", days=days)

    assert by_feed(plan) == {("fba_returns", "range_reports"): 9}
    assert plan.lower_bound_seconds == plan.seconds == 2 * 4 * 3600 + 60

    north_america.put("fba_returns", Days(ago(300), ago(290)), asked_at=NOW - timedelta(hours=1))
    assert north_america.plan("fba_returns", days=days).seconds == pytest.approx(3600 * (3 + 2 * 4) + 60)


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stores": ("cascad",)}, r"unknown store 'cascad' .* Use one of: cascade\."),
        ({"feeds": ("all_order",)}, r"unknown feed 'all_order' .*Use one of: all_orders, .*"),
        ({"route": "by_mail"}, r"unknown route 'by_mail'.*Use one of: data_kiosk_trends, .*"),
        (
            {"feeds": ("ledger_detail",), "route": "one_report_a_day"},
            r"no chosen feed can go the route 'one_report_a_day'\. Leave it out, or use one of: range_reports\.",
        ),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(planner, arguments, message):
    with pytest.raises(ConfigError, match=message):
        planner.plan(*arguments.get("feeds", ()), stores=arguments.get("stores", ()), route=arguments.get("route"))


def test_a_report_that_nothing_can_read_is_a_mistake_of_the_configuration(planner):
    settings = planner.workspace.settings
    unreadable = {**settings.reports, "weather": settings.reports["economics"]}
    planner.workspace = replace(planner.workspace, settings=replace(settings, reports=unreadable))

    with pytest.raises(ConfigError, match=r"unknown report 'weather' \[.*reports\.yaml\]"):
        planner.plan("ledger_detail")


def test_a_feed_that_the_store_does_not_pull_is_left_out_with_the_place_to_change_it(planner):
    plan = planner.without("ledger_detail").plan("ledger_detail")

    assert plan.requests == ()
    assert reasons(plan, "ledger_detail") == {"the store does not pull it: see its reports and without in stores.yaml"}
