"""Login with Amazon and access tokens. Not here: what a token gives access to."""

from __future__ import annotations

from datetime import timedelta

import pytest

REPORTS = "/reports/2021-06-30/reports"


def test_right_credentials_give_a_bearer_token_for_an_hour(bench):
    answer = bench.login()

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 3600
    assert answer.json()["access_token"].startswith("Atza|")
    assert answer.json()["refresh_token"] == "Atzr|first"


def test_credentials_are_taken_as_json_too(bench):
    said = {"grant_type": "refresh_token", "client_id": "client-1", "client_secret": "secret-1", "refresh_token": "Atzr|first"}

    answer = bench.send("POST", "/auth/o2/token", json=said)

    assert answer.json()["access_token"].startswith("Atza|")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"grant_type": 1}'])
def test_json_that_says_nothing_lacks_the_grant(bench, content):
    answer = bench.send("POST", "/auth/o2/token", content=content, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "grant_type" in answer.json()["error_description"]


def test_a_further_application_opens_the_same_account(bench):
    report_id = bench.created()
    bench.enter(bench.world.sellers[0].further_applications[0])

    assert bench.report(report_id)["reportId"] == report_id


def test_every_login_gives_another_token(bench):
    assert bench.login().json()["access_token"] != bench.login().json()["access_token"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"refresh_token": "Atzr|unknown"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "-"}, 400, "invalid_request"),
        ({"client_id": "-"}, 400, "invalid_request"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"refresh_token": "-"}, 400, "invalid_request"),
    ],
)
def test_wrong_credentials_are_refused_with_the_error_amazon_gives(bench, changes, status, error):
    answer = bench.login(**changes)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


def test_a_token_lives_an_hour_of_simulated_time(bench):
    bench.clock.advance(seconds=3599)
    assert bench.call("GET", f"{REPORTS}/1").status_code == 404

    bench.clock.advance(seconds=1)
    answer = bench.call("GET", f"{REPORTS}/1")

    assert answer.status_code == 403
    assert answer.json() == {
        "errors": [
            {
                "code": "Unauthorized",
                "message": "Access to requested resource is denied.",
                "details": "The access token you provided has expired.",
            }
        ]
    }


@pytest.mark.parametrize(
    ("token", "details"),
    [
        ("", "Access token is missing in the request header."),
        ("Atza|made-up", "The access token you provided is revoked, malformed or invalid."),
    ],
)
def test_a_call_without_a_valid_token_is_denied(bench, token, details):
    bench.token = token

    answer = bench.call("GET", REPORTS)

    assert answer.status_code == 403
    assert answer.json()["errors"][0]["details"] == details
    assert "x-amzn-RateLimit-Limit" not in answer.headers


def test_a_revoked_account_can_neither_log_in_nor_call(bench):
    bench.order_faults({"fault": "revoked", "seller_id": "A1FIRST"})

    assert bench.login().json()["error"] == "invalid_grant"
    assert bench.call("GET", REPORTS).json()["errors"][0]["details"] == ""

    bench.send("DELETE", "/_sim/amazon/faults")
    assert bench.login().status_code == 200


def test_a_wrong_secret_stops_logins_but_not_tokens_already_issued(bench):
    bench.order_faults({"fault": "wrong_secret", "seller_id": "A1FIRST"})

    assert bench.login().json()["error"] == "invalid_client"
    assert bench.call("GET", f"{REPORTS}/1").status_code == 404


def test_an_expired_secret_stops_both(bench):
    bench.order_faults({"fault": "expired_secret"})

    assert bench.login().json()["error"] == "invalid_client"
    assert bench.call("GET", REPORTS).json()["errors"][0]["details"] == "The LWA secret token you provided has expired."


def test_a_login_can_meet_a_broken_gateway(bench):
    bench.order_faults({"fault": "html_500", "operation": "token"})

    assert bench.login().headers["content-type"] == "text/html"
    assert bench.login().status_code == 200


def test_setting_the_clock_back_keeps_a_token_alive(bench):
    bench.clock.instant -= timedelta(days=1)

    assert bench.call("GET", f"{REPORTS}/1").status_code == 404
