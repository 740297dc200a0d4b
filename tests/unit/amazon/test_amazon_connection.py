"""Opening a connection: credentials, addresses, environment, and the token each connection has for itself."""

from __future__ import annotations

import dataclasses
import gc
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from sellerwatch.amazon.connection import connect
from sellerwatch.amazon.credentials import Credentials, validate
from sellerwatch.amazon.endpoint import Endpoint, is_loopback, locate, open_http, refuse_environment
from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError
from sellerwatch.core.marketplaces import MARKETPLACES, marketplace

LOGIN = "/auth/o2/token"
REPORT = "/reports/2021-06-30/reports/1"
DONE = {"reportId": "1", "reportType": "T", "processingStatus": "DONE", "createdTime": "2026-03-02T11:00:00Z"}


def test_credentials_do_not_show_their_secrets(credentials):
    assert "the-refresh-token" not in repr(credentials)
    assert "the-secret" not in repr(credentials)


def test_missing_credentials_are_named_by_their_variables():
    variables = {"refresh_token": "ACME_REFRESH_TOKEN", "lwa_client_secret": "ACME_SECRET"}
    with pytest.raises(ConfigError) as caught:
        validate(Credentials("", "app", "  "), variables, where="store acme")
    assert "ACME_REFRESH_TOKEN is empty, ACME_SECRET is empty [store acme]" in str(caught.value)
    assert "lwa_app_id" not in str(caught.value)


@pytest.mark.parametrize("value", ["pasted\n", " pasted", "pas ted"])
def test_white_space_in_a_credential_is_reported_without_the_value(value):
    with pytest.raises(ConfigError, match="lwa_app_id contains white space") as caught:
        validate(Credentials("token", value, "secret"), {})
    assert "pasted" not in str(caught.value)


def test_usable_credentials_come_back(credentials):
    assert validate(credentials, {}) is credentials


def test_an_empty_secret_is_never_looked_up_elsewhere(amazon, clock, budget, credentials, monkeypatch):
    # given the environment the client would fall back to
    for name in ("SP_API_REFRESH_TOKEN", "LWA_APP_ID", "LWA_CLIENT_SECRET"):
        monkeypatch.setenv(name, "another-sellers")
    broken = dataclasses.replace(credentials, lwa_client_secret="")
    # when we connect, then nothing was sent
    with pytest.raises(ConfigError, match="lwa_client_secret is empty"):
        connect(broken, marketplace("US"), base_url=amazon.url, budget=budget, clock=clock)
    assert amazon.seen == []


@pytest.mark.parametrize("item", MARKETPLACES, ids=lambda item: item.code)
def test_without_a_base_url_each_marketplace_is_reached_at_its_region(item):
    assert locate(item, None) == Endpoint(api_url=item.host, login_scheme="https://", login_host="api.amazon.com")


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8099/", "http://localhost:8099", "http://[::1]:8099", "https://amazon.example:444"]
)
def test_an_encrypted_or_local_server_may_stand_in(text):
    endpoint = locate(marketplace("US"), text)
    assert endpoint.api_url == text.rstrip("/")
    assert endpoint.login_scheme + endpoint.login_host == text.rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        "http://192.168.1.5:80",
        "http://amazon.example",
        "ftp://127.0.0.1",
        "",
        "127.0.0.1:8099",
        "https://",
        "https://a.example/x",
        "https://a.example?q=1",
        "https://someone:pass-word@a.example",
        "http://[::1",
    ],
)
def test_any_other_address_is_refused(text):
    with pytest.raises(ConfigError, match="not an address") as caught:
        locate(marketplace("US"), text)
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_loopback_is_this_machine_only(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize("environ", [{"SP_API_DEFAULT_MARKETPLACE": "DE"}, {"AWS_ENV": "staging"}])
def test_an_environment_that_steers_the_client_is_refused(environ):
    with pytest.raises(ConfigError, match=next(iter(environ))):
        refuse_environment(environ)


@pytest.mark.parametrize("environ", [{}, {"AWS_ENV": "SANDBOX"}, {"SP_API_DEFAULT_MARKETPLACE": ""}])
def test_a_harmless_environment_passes(environ):
    assert refuse_environment(environ) is None


def test_connect_reads_the_environment(connected, monkeypatch):
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "DE")
    with pytest.raises(ConfigError, match="SP_API_DEFAULT_MARKETPLACE"):
        connected()


def test_a_marketplace_no_client_knows_in_the_environment_ends_in_one_line_not_in_a_crash():
    # given a new process, since the client reads the environment when it is imported
    program = (
        "from sellerwatch.amazon.connection import connect\n"
        "from sellerwatch.amazon.credentials import Credentials\n"
        "from sellerwatch.core.errors import ConfigError\n"
        "from sellerwatch.core.marketplaces import marketplace\n"
        "try:\n"
        "    connect(Credentials('a', 'b', 'c'), marketplace('US'), base_url=None, budget=None, clock=None)\n"
        "except ConfigError as error:\n"
        "    print('refused', error.where)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env={"SP_API_DEFAULT_MARKETPLACE": "ATLANTIS"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "refused environment\n"


def test_the_connection_goes_to_the_region_and_login_of_real_amazon(credentials, budget, clock):
    with connect(credentials, marketplace("JP"), base_url=None, budget=budget, clock=clock) as api:
        assert api._client.endpoint == "https://sellingpartnerapi-fe.amazon.com"
        assert api._client.marketplace_id == "A1VC38T7YXB528"
        assert api._calls.tokens.scheme + api._calls.tokens.host == "https://api.amazon.com"
        assert api.http.timeout == httpx.Timeout(30)


def test_a_configured_proxy_is_not_used_for_this_machine(amazon, reply, connected, monkeypatch):
    # given a proxy that refuses connections
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    amazon.will(REPORT, reply(body=DONE))
    # when we call, then the server is reached
    assert connected().get_report("1").status == "DONE"


def test_a_configured_proxy_is_used_for_the_world(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    endpoint = Endpoint("https://sellingpartnerapi-na.amazon.com", "https://", "api.amazon.com")
    with open_http(endpoint, timeout_seconds=1) as http:
        assert http._transport_for_url(httpx.URL(endpoint.api_url)) is not http._transport
        assert http._transport_for_url(httpx.URL("http://127.0.0.1:1")) is http._transport


@pytest.mark.parametrize("text", ["http://127.0.0.2:8099", "http://[::1]:8099", "http://localhost:1"])
def test_every_local_server_is_reached_directly(text, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with open_http(locate(marketplace("US"), text), timeout_seconds=1) as http:
        assert http._transport_for_url(httpx.URL(text)) is http._transport


def test_the_login_sends_what_amazon_asks_for(amazon, api, credentials):
    api.log_in()
    assert amazon.requests(LOGIN)[0].form == {
        "grant_type": "refresh_token",
        "client_id": credentials.lwa_app_id,
        "refresh_token": credentials.refresh_token,
        "client_secret": credentials.lwa_client_secret,
    }


def test_one_token_serves_many_calls_until_a_minute_before_it_ends(amazon, reply, api, clock):
    amazon.will(REPORT, reply(body=DONE))
    api.get_report("1")
    clock.time += timedelta(seconds=3539)
    api.get_report("1")
    assert amazon.tokens_given == 1
    clock.time += timedelta(seconds=1)
    api.get_report("1")
    assert [seen.headers["x-amz-access-token"] for seen in amazon.requests(REPORT)] == [
        "Atza|token-1",
        "Atza|token-1",
        "Atza|token-2",
    ]


@pytest.mark.parametrize("expires_in", [None, "soon", -5])
def test_a_token_without_a_usable_lifetime_lives_an_hour(amazon, reply, api, clock, expires_in):
    amazon.will(LOGIN, reply(body={"access_token": "Atza|x", "expires_in": expires_in}))
    api.log_in()
    clock.time += timedelta(seconds=3500)
    api.log_in()
    assert len(amazon.requests(LOGIN)) == 1


@pytest.mark.parametrize("change", [{"lwa_client_secret": "rotated"}, {"lwa_app_id": "another-app"}])
def test_the_same_refresh_token_with_another_app_or_secret_gets_its_own_access_token(amazon, connected, credentials, change):
    connected().log_in()
    connected(credentials=dataclasses.replace(credentials, **change)).log_in()
    assert amazon.tokens_given == 2


def test_the_same_credentials_at_another_host_get_their_own_access_token(amazon, reply, connected):
    # given a token from one address
    connected().log_in()
    # when the same server is configured under another address
    amazon.will(REPORT, reply(body=DONE))
    connected(base_url=amazon.url.replace("127.0.0.1", "localhost")).get_report("1")
    # then it was asked for a token of its own, and addressed by its own name
    assert amazon.tokens_given == 2
    assert amazon.requests(REPORT)[0].headers["host"].startswith("localhost:")


def test_nothing_is_left_in_the_cache_all_clients_share(api):
    from sp_api.auth.access_token_client import cache  # noqa: PLC0415  # reads the environment when imported

    before = dict(cache)
    api.log_in()
    assert dict(cache) == before


def test_threads_that_start_together_log_in_once(amazon, reply, api):
    amazon.will(REPORT, reply(body=DONE))
    threads = [threading.Thread(target=api.get_report, args=("1",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(amazon.requests(REPORT)) == 8
    assert amazon.tokens_given == 1


def test_forgetting_a_token_another_thread_has_replaced_does_nothing(amazon, api):
    api.log_in()
    api._calls.tokens.forget("Atza|an-older-one")
    api.log_in()
    assert amazon.tokens_given == 1


LOGIN_REFUSALS = [
    (
        400,
        {"error": "invalid_grant", "error_description": "User may have revoked or didn't grant the permission."},
        "authorise the app again",
    ),
    (401, {"error": "invalid_client", "error_description": "Client authentication failed"}, "rotate the secret"),
    (400, {"error": "unauthorized_client"}, "same app"),
    (400, {"error": "unsupported_grant_type"}, "Login with Amazon"),
    (400, {"error": "invalid_request"}, "set and complete"),
    (400, {"error": "invalid_scope"}, "may use the Selling Partner API"),
    (401, "<html>no</html>", "current client id and secret"),
]


@pytest.mark.parametrize("refusal", LOGIN_REFUSALS)
def test_a_refused_login_says_what_to_renew_and_is_not_tried_again(amazon, reply, api, budget, clock, refusal):
    status, body, remedy = refusal
    amazon.will(LOGIN, reply(status, body))
    with pytest.raises(PermanentError, match=remedy):
        api.create_report("T", ["ATVPDKIKX0DER"])
    # then one login, and no token of the slow quota was spent
    assert len(amazon.requests(LOGIN)) == 1
    assert budget.bucket("createReport", clock.now()).tokens == 15


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (500, "<html>oops</html>", ""),
        (503, "", ""),
        (429, {"message": "slow"}, ""),
        (200, {}, ""),
        (200, "[]", ""),
        (200, "x", "hangup"),
    ],
)
def test_a_login_that_fails_by_chance_is_tried_again_even_before_a_create(amazon, reply, api, status, body, fault):
    # given a login that works at the second attempt
    amazon.will(LOGIN, reply(status, body, fault=fault), reply(body={"access_token": "Atza|good", "expires_in": 3600}))
    amazon.will("/reports/2021-06-30/reports", reply(202, {"reportId": "7"}))
    # when a report is asked for, then it is asked for once
    assert api.create_report("T", ["ATVPDKIKX0DER"]) == "7"
    assert len(amazon.requests("/reports/2021-06-30/reports")) == 1


def test_a_login_that_keeps_failing_is_given_up_after_a_few_attempts(amazon, reply, api):
    amazon.will(LOGIN, reply(503))
    with pytest.raises(RetryableError, match=r"Login with Amazon answered 503 \(no explanation\)"):
        api.get_report("1")
    assert len(amazon.requests(LOGIN)) == 4


def test_closing_leaves_no_socket_open(amazon, reply, connected):
    # given connections that have spoken to the login and to the API
    amazon.will(REPORT, reply(body=DONE))
    apis = [connected() for _ in range(5)]
    for api in apis:
        with api:
            api.get_report("1")
    # then all HTTP clients are closed, ours and those the library made for itself, and collecting them warns of nothing
    assert all(api.http.is_closed for api in apis)
    with pytest.raises(RuntimeError, match="closed"):
        apis[0].get_report("1")
    gc.collect()


def test_no_http_client_but_ours_stays_open(amazon, credentials, budget, clock, monkeypatch):
    # given a note of every HTTP client that is made
    made, original = [], httpx.Client.__init__
    monkeypatch.setattr(
        httpx.Client, "__init__", lambda self, *args, **kwargs: (made.append(self), original(self, *args, **kwargs))[1]
    )
    # when a connection is open and then closed
    with connect(credentials, marketplace("US"), base_url=amazon.url, budget=budget, clock=clock) as api:
        assert [client for client in made if not client.is_closed] == [api.http]
    assert all(client.is_closed for client in made)
