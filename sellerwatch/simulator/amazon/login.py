"""Login with Amazon: exchanges a refresh token for an access token, and tells whose access token a request carries."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs

from sellerwatch.core.ids import fingerprint
from sellerwatch.simulator.amazon.answers import (
    EXPIRED_SECRET,
    EXPIRED_TOKEN,
    MISSING_TOKEN,
    UNKNOWN_TOKEN,
    Answer,
    RefusedError,
    refuse_access,
)
from sellerwatch.simulator.amazon.faults import Subject
from sellerwatch.simulator.amazon.state import AccessToken, AmazonState, Api
from sellerwatch.simulator.ports import Application, Seller

REQUIRED_FIELDS = ("client_id", "client_secret", "refresh_token")
UNKNOWN_SELLER = "unknown"


@dataclass(frozen=True, slots=True)
class _Account:
    """One way into one API: a client and a consent."""

    api: Api
    seller_id: str
    client_id: str
    client_secret: str
    refresh_token: str


def _accounts(state: AmazonState) -> Iterator[_Account]:
    for seller in state.world.sellers:
        ways: tuple[Seller | Application, ...] = (seller, *seller.further_applications)
        for access in ways:
            yield _Account("sp", seller.seller_id, access.client_id, access.client_secret, access.refresh_token)
        ads = seller.ads
        if ads is not None:
            yield _Account("ads", seller.seller_id, ads.client_id, ads.client_secret, ads.refresh_token)


def owner_of(state: AmazonState, refresh_token: str) -> str:
    """Return the seller a refresh token belongs to, for counting and for matching faults."""
    found = (account.seller_id for account in _accounts(state) if account.refresh_token == refresh_token)
    return next(found, UNKNOWN_SELLER)


def read_form(body: bytes, content_type: str) -> dict[str, str]:
    """Return what a token request says, as a form or as JSON: clients in the wild send either, and Amazon takes both."""
    text = body.decode("utf-8", "replace")
    if "json" not in content_type:
        return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def _login_error(status: int, error: str, description: str) -> RefusedError:
    return RefusedError(Answer(status, {"error": error, "error_description": description}))


def grant_access(state: AmazonState, form: Mapping[str, str]) -> Answer:
    """Answer a token request.

    Raises:
        RefusedError: the form is incomplete or its credentials open no account.
    """
    _check_grant(form)
    account = _find_account(state, form)
    issued = str(len(state.tokens))
    now = state.clock.now()
    access_token = "Atza|" + fingerprint("access", account.seller_id, now.isoformat(), issued)
    expires_at = now + timedelta(seconds=state.settings.token_seconds)
    state.tokens[access_token] = AccessToken(account.seller_id, expires_at, account.api, account.client_id)
    payload = {
        "access_token": access_token,
        "refresh_token": account.refresh_token,
        "token_type": "bearer",
        "expires_in": state.settings.token_seconds,
    }
    return Answer(200, payload)


def _check_grant(form: Mapping[str, str]) -> None:
    grant_type = form.get("grant_type")
    if not grant_type:
        raise _login_error(400, "invalid_request", "The request is missing a required parameter : grant_type")
    if grant_type != "refresh_token":
        raise _login_error(400, "unsupported_grant_type", "The grant type is not supported by the authorization server")
    for name in REQUIRED_FIELDS:
        if not form.get(name):
            raise _login_error(400, "invalid_request", f"The request is missing a required parameter : {name}")


def _find_account(state: AmazonState, form: Mapping[str, str]) -> _Account:
    clients = [account for account in _accounts(state) if _is_same(account.client_id, form["client_id"])]
    if not any(_is_same(account.client_secret, form["client_secret"]) for account in clients):
        raise _login_error(401, "invalid_client", "Client authentication failed")
    account = next((account for account in clients if _is_same(account.refresh_token, form["refresh_token"])), None)
    if account is None:
        raise _invalid_grant()
    subject = Subject(seller_id=account.seller_id)
    if state.faults.take(("wrong_secret", "expired_secret"), subject):
        raise _login_error(401, "invalid_client", "Client authentication failed")
    if state.faults.take(("revoked",), subject):
        raise _invalid_grant()
    return account


def _is_same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


def _invalid_grant() -> RefusedError:
    description = (
        "The request has an invalid grant parameter : refresh_token. User may have revoked or didn't grant the permission."
    )
    return _login_error(400, "invalid_grant", description)


def seller_claimed(state: AmazonState, access_token: str) -> str:
    """Return the seller an access token was issued to, valid or not, for counting and for matching faults."""
    token = state.tokens.get(access_token)
    return token.seller_id if token else UNKNOWN_SELLER


def authenticate(state: AmazonState, access_token: str) -> AccessToken:
    """Return whose access token this is, and which application's.

    Raises:
        RefusedError: it is missing, unknown or expired, or the account's permission is gone.
    """
    if not access_token:
        raise refuse_access(MISSING_TOKEN)
    token = state.tokens.get(access_token)
    if token is None or token.api != "sp":
        raise refuse_access(UNKNOWN_TOKEN)
    if state.clock.now() >= token.expires_at:
        raise refuse_access(EXPIRED_TOKEN)
    subject = Subject(seller_id=token.seller_id)
    if state.faults.take(("expired_secret",), subject):
        raise refuse_access(EXPIRED_SECRET)
    if state.faults.take(("revoked",), subject):
        raise refuse_access()
    return token
