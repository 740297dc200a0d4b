"""The Ads API over HTTP: who asks, for which profile, within which rate, and what goes wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sellerwatch.simulator.amazon.ads.answers import ADS_BROKEN, refuse, to_response, too_many_requests
from sellerwatch.simulator.amazon.ads.operations import ADS_HANDLERS, AdsCall
from sellerwatch.simulator.amazon.answers import Answer, CutResponse, RefusedError
from sellerwatch.simulator.amazon.exchange import Endpoint, Exchange
from sellerwatch.simulator.amazon.faults import Subject
from sellerwatch.simulator.amazon.login import seller_claimed
from sellerwatch.simulator.amazon.state import AmazonState

REPORTS = "/reporting/reports"
ADS_ROUTES: Mapping[str, tuple[str, str]] = {
    "createAdsReport": ("POST", REPORTS),
    "getAdsReport": ("GET", REPORTS + "/{path_id}"),
    "deleteAdsReport": ("DELETE", REPORTS + "/{path_id}"),
    "listProfiles": ("GET", "/v2/profiles"),
}
"""Method and path of every operation."""

CLIENT_HEADER = "Amazon-Advertising-API-ClientId"
SCOPE_HEADER = "Amazon-Advertising-API-Scope"
WITHOUT_SCOPE = frozenset({"listProfiles"})
BEARER = "Bearer "


def ads_routes(state: AmazonState) -> list[BaseRoute]:
    """Return the routes of the Ads API."""
    return [Route(path, _endpoint(state, name), methods=[method]) for name, (method, path) in ADS_ROUTES.items()]


def _endpoint(state: AmazonState, operation: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        exchange = Exchange(state, operation, seller_claimed(state, _bearer(request)), ADS_BROKEN)
        broken = await exchange.interruption()
        if broken is not None:
            return exchange.finish(broken)
        answer = _answer(state, operation, request, await request.body())
        if state.faults.take(("lost_answer",), exchange.subject):
            return exchange.finish(CutResponse())
        return exchange.finish(to_response(answer))

    return endpoint


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix(BEARER)


def _answer(state: AmazonState, operation: str, request: Request, body: bytes) -> Answer:
    try:
        call = _authenticate(state, request, _json_body(request, body), needs_scope=operation not in WITHOUT_SCOPE)
        wait = state.seconds_to_wait(operation, call.token, profile_id=call.profile_id)
        return too_many_requests(wait) if wait else ADS_HANDLERS[operation](state, call)
    except RefusedError as refused:
        return refused.answer


def _authenticate(state: AmazonState, request: Request, body: object, *, needs_scope: bool) -> AdsCall:
    """Return the call of whoever holds the token, once token, client and profile fit together."""
    token = state.tokens.get(_bearer(request))
    seller = state.seller(token.seller_id) if token else None
    access = seller.ads if seller else None
    if token is None or seller is None or access is None or token.api != "ads":
        raise refuse(401, "Not authorized to access this advertiser: the access token is missing or invalid")
    if state.clock.now() >= token.expires_at:
        raise refuse(401, "The access token has expired")
    if request.headers.get(CLIENT_HEADER) != token.client_id:
        raise refuse(401, f"{CLIENT_HEADER} is not the client the access token was issued to")
    if state.faults.take(("revoked",), Subject(seller_id=token.seller_id)):
        raise refuse(401, "The authorization was revoked")
    path_id = request.path_params.get("path_id", "")
    if not needs_scope:
        return AdsCall(token, seller, access, path_id=path_id, body=body)
    profile_id = request.headers.get(SCOPE_HEADER, "")
    marketplace_id = next((item for item, profile in access.profiles.items() if profile == profile_id), None)
    if marketplace_id is None:
        raise refuse(401, f"Not authorized to access scope {profile_id}")
    return AdsCall(token, seller, access, profile_id, marketplace_id, path_id, body)


def _json_body(request: Request, body: bytes) -> object:
    if not body:
        return None
    if "json" not in request.headers.get("content-type", ""):
        raise refuse(415, "Cannot consume content type")
    try:
        return cast("object", json.loads(body))
    except ValueError as error:
        raise refuse(400, "Could not read the request body") from error
