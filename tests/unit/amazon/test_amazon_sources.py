"""The sources of one account together, and the Reports API as one of them."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import yaml

from sellerwatch.amazon import ads_api, inventory_source, kiosk_api, reports_api
from sellerwatch.amazon.budget import PUBLISHED_LIMITS
from sellerwatch.amazon.calls import Operation
from sellerwatch.amazon.connection import open_sources
from sellerwatch.core.errors import ConfigError, PermanentError
from sellerwatch.core.marketplaces import MARKETPLACES, marketplace
from tests.conftest import ROOT

MODULES = (reports_api, kiosk_api, inventory_source, ads_api)
LOGIN = "/auth/o2/token"
REPORTS = "/reports/2021-06-30/reports"
QUERY = "/dataKiosk/2023-11-15/queries/Q1"
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
START, END = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 2, 8, tzinfo=UTC)
SINCE = datetime(2026, 3, 2, 11, tzinfo=UTC)


def report(**changes) -> dict:
    return {
        "reportId": "1",
        "reportType": "T",
        "processingStatus": "DONE",
        "createdTime": "2026-03-02T11:00:00Z",
        "marketplaceIds": [US],
        "dataStartTime": "2026-03-01T08:00:00Z",
        "dataEndTime": "2026-03-02T08:00:00Z",
    } | changes


# All together


def test_opening_sends_nothing(amazon, opened):
    assert opened().ads is not None
    assert opened(ads=None).ads is None
    assert amazon.seen == []


def test_the_selling_partner_apis_share_one_token_and_advertising_has_its_own(amazon, reply, sources, wish):
    amazon.will(f"{REPORTS}/1", reply(body=report()))
    amazon.will(
        QUERY, reply(body={"queryId": "Q1", "query": "q", "processingStatus": "DONE", "createdTime": "2026-03-02T11:00Z"})
    )
    sources.reports.state("1")
    sources.kiosk.state("Q1")
    sources.inventory.log_in()
    assert amazon.tokens_given == 1
    sources.ads.log_in()
    assert amazon.tokens_given == 2


@pytest.mark.parametrize("name", ["reports", "kiosk", "inventory", "ads"])
def test_each_source_says_at_once_that_its_credentials_are_refused(amazon, reply, sources, name):
    amazon.will(LOGIN, reply(400, {"error": "invalid_grant"}))
    with pytest.raises(PermanentError, match="invalid_grant"):
        getattr(sources, name).log_in()


def test_no_http_client_but_ours_is_open_and_closing_closes_them_all(
    amazon, clock, budget, credentials, ads_account, monkeypatch
):
    made, original = [], httpx.Client.__init__
    monkeypatch.setattr(
        httpx.Client, "__init__", lambda self, *args, **kwargs: (made.append(self), original(self, *args, **kwargs))[1]
    )
    with open_sources(
        credentials, marketplace("US"), base_url=amazon.url, budget=budget, clock=clock, ads=ads_account
    ) as sources:
        assert [client for client in made if not client.is_closed] == [sources.reports.api.http, sources.ads.api.http]
        assert sources.kiosk.api.http is sources.reports.api.http
        assert len(sources.all()) == 4
    assert all(client.is_closed for client in made)


def test_credentials_and_environment_are_checked_first(opened, credentials, ads_account, monkeypatch):
    with pytest.raises(ConfigError, match="profiles are not usable"):
        opened(ads=type(ads_account)("a", "b", "c", {}))
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "DE")
    with pytest.raises(ConfigError, match="SP_API_DEFAULT_MARKETPLACE"):
        opened()


def test_every_operation_has_a_configured_rate_and_it_is_the_published_one():
    configured = yaml.safe_load((ROOT / "config" / "limits.yaml").read_text(encoding="utf-8"))["operations"]
    assert {name: (limit["rate"], limit["burst"]) for name, limit in configured.items()} == dict(PUBLISHED_LIMITS)
    made = [item.name for module in MODULES for item in vars(module).values() if isinstance(item, Operation)]
    assert sorted(made) == sorted(PUBLISHED_LIMITS)


# The Reports API


def test_a_report_is_asked_for_in_the_wishs_own_marketplace(amazon, reply, sources, wish):
    amazon.will(REPORTS, reply(202, {"reportId": "1"}))
    assert sources.reports.ask(wish(code="CA", start=START, end=END, options={"dateGranularity": "DAY"})) == "1"
    assert amazon.requests(REPORTS)[0].json == {
        "reportType": "T",
        "marketplaceIds": [CA],
        "dataStartTime": "2026-03-01T08:00:00Z",
        "dataEndTime": "2026-03-02T08:00:00Z",
        "reportOptions": {"dateGranularity": "DAY"},
    }


OTHERS = {
    "another type": {"reportType": "U"},
    "another marketplace": {"marketplaceIds": [CA]},
    "one marketplace more": {"marketplaceIds": [US, CA]},
    "no marketplace": {"marketplaceIds": None},
    "another start": {"dataStartTime": "2026-03-01T07:00:00Z"},
    "another end": {"dataEndTime": "2026-03-02T09:00:00Z"},
    "no period": {"dataStartTime": None, "dataEndTime": None},
}


def test_only_reports_of_exactly_the_wish_are_found(amazon, reply, sources, wish):
    others = [report(reportId=name, **changes) for name, changes in OTHERS.items()]
    respelled = report(reportId="2", dataStartTime="2026-03-01T00:00:00-08:00")
    amazon.will(REPORTS, reply(body={"reports": [*others, respelled, report()]}))
    found = sources.reports.find(wish(start=START, end=END), since=SINCE)
    assert [state.report_id for state in found] == ["2", "1"]
    assert dict(amazon.requests(REPORTS)[0].query) == {
        "reportTypes": "T",
        "marketplaceIds": US,
        "createdSince": "2026-03-02T11:00:00Z",
        "pageSize": "100",
    }


def test_of_a_report_of_the_present_the_dates_say_nothing(amazon, reply, sources, wish):
    amazon.will(REPORTS, reply(body={"reports": [report(), report(reportId="2", dataStartTime=None)]}))
    assert [state.report_id for state in sources.reports.find(wish(), since=SINCE)] == ["1", "2"]


def test_a_report_until_now_has_any_end(amazon, reply, sources, wish):
    amazon.will(REPORTS, reply(body={"reports": [report(dataEndTime="2026-03-02T11:00:00Z")]}))
    assert len(list(sources.reports.find(wish(start=START), since=SINCE))) == 1


def test_reports_that_amazon_makes_unasked_are_listed_over_all_pages_once_each(amazon, reply, sources):
    # given more marketplaces than one list takes, and a report that covers several of them
    pages = [{"reports": [report(reportId="1")], "nextToken": "t"}, {"reports": [report(reportId="2")]}]
    amazon.will(
        REPORTS, *(reply(body=page) for page in pages), reply(body={"reports": [report(reportId="1"), report(reportId="3")]})
    )
    found = sources.reports.listed("S", MARKETPLACES[:12], since=SINCE)
    assert [state.report_id for state in found] == ["1", "2", "3"]
    first, _, last = amazon.requests(REPORTS)
    assert dict(first.query)["processingStatuses"] == "DONE"
    assert [len(dict(seen.query)["marketplaceIds"].split(",")) for seen in (first, last)] == [10, 2]


def test_the_list_goes_back_no_further_than_amazon_allows(amazon, reply, sources, clock):
    amazon.will(REPORTS, reply(body={"reports": []}))
    assert list(sources.reports.listed("S", [marketplace("US")], since=clock.now() - timedelta(days=400))) == []
    asked = datetime.fromisoformat(dict(amazon.requests(REPORTS)[0].query)["createdSince"])
    assert timedelta(days=89) < clock.now() - asked < timedelta(days=90)


def test_a_reports_document_is_fetched(amazon, reply, sources, tmp_path):
    amazon.will(f"{REPORTS}/1", reply(body=report(reportDocumentId="d")))
    link = {"reportDocumentId": "d", "url": f"{amazon.url}/file?X-Amz-Signature=abc", "compressionAlgorithm": "GZIP"}
    amazon.will("/reports/2021-06-30/documents/d", reply(body=link))
    amazon.will("/file", reply(body=gzip.compress(b"sku\n")))
    assert sources.reports.fetch(sources.reports.state("1"), tmp_path).expanded_bytes == 4


def test_a_report_without_a_document_has_nothing_to_fetch(amazon, reply, sources, tmp_path):
    amazon.will(f"{REPORTS}/1", reply(body=report(processingStatus="CANCELLED")))
    with pytest.raises(PermanentError, match=r"a report that is CANCELLED has no document \[report 1 T\]"):
        sources.reports.fetch(sources.reports.state("1"), tmp_path)
