"""The simulated Amazon over HTTP: reads requests, lets faults strike, keeps the rates, counts, and writes answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sellerwatch.simulator.amazon.ads.routes import ads_routes
from sellerwatch.simulator.amazon.answers import Answer, CutResponse, RefusedError, quota_exceeded, refuse_input
from sellerwatch.simulator.amazon.calls import Call
from sellerwatch.simulator.amazon.exchange import Endpoint, Exchange
from sellerwatch.simulator.amazon.faults import DOWNLOAD, TOKEN
from sellerwatch.simulator.amazon.inventory import get_inventory_summaries
from sellerwatch.simulator.amazon.kiosk.operations import KIOSK_HANDLERS
from sellerwatch.simulator.amazon.login import (
    UNKNOWN_SELLER,
    authenticate,
    grant_access,
    owner_of,
    read_form,
    seller_claimed,
)
from sellerwatch.simulator.amazon.operations import OPERATION_HANDLERS
from sellerwatch.simulator.amazon.signing import document_response
from sellerwatch.simulator.amazon.state import AmazonState

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
KIOSK = "/dataKiosk/2023-11-15"
ROUTES: Mapping[str, tuple[str, str]] = {
    "createReport": ("POST", REPORTS),
    "getReports": ("GET", REPORTS),
    "getReport": ("GET", REPORTS + "/{path_id}"),
    "cancelReport": ("DELETE", REPORTS + "/{path_id}"),
    "getReportDocument": ("GET", DOCUMENTS + "/{path_id}"),
    "createQuery": ("POST", KIOSK + "/queries"),
    "getQueries": ("GET", KIOSK + "/queries"),
    "getQuery": ("GET", KIOSK + "/queries/{path_id}"),
    "cancelQuery": ("DELETE", KIOSK + "/queries/{path_id}"),
    "getDocument": ("GET", KIOSK + "/documents/{path_id}"),
    "getInventorySummaries": ("GET", "/fba/inventory/v1/summaries"),
}
"""Method and path of every SP-API operation."""

HANDLERS: Mapping[str, Callable[[AmazonState, Call], Answer]] = {
    **OPERATION_HANDLERS,
    **KIOSK_HANDLERS,
    "getInventorySummaries": get_inventory_summaries,
}
"""What each of them does with a call."""

STATUSES_WITH_RATE = frozenset({200, 201, 202, 204, 400, 404})
"""The answers in which Amazon names the rate; 429 and 403 are not among them."""


def amazon_routes(state: AmazonState) -> list[BaseRoute]:
    """Return the routes of the login, the SP-API, the Ads API and the document store, over one memory."""
    operations = [
        Route(path, _operation_endpoint(state, operation), methods=[method]) for operation, (method, path) in ROUTES.items()
    ]
    return [
        Route("/auth/o2/token", _login_endpoint(state), methods=["POST"]),
        Route("/documents/{path_id}", _download_endpoint(state), methods=["GET"]),
        *operations,
        *ads_routes(state),
    ]


def _operation_endpoint(state: AmazonState, operation: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        access_token = request.headers.get("x-amz-access-token", "")
        exchange = Exchange(state, operation, seller_claimed(state, access_token))
        broken = await exchange.interruption()
        if broken is not None:
            return exchange.finish(broken)
        answer = _answer(state, operation, request, await request.body())
        if state.faults.take(("lost_answer",), exchange.subject):
            return exchange.finish(CutResponse())
        return exchange.finish(_response(state, operation, answer))

    return endpoint


def _answer(state: AmazonState, operation: str, request: Request, body: bytes) -> Answer:
    try:
        token = authenticate(state, request.headers.get("x-amz-access-token", ""))
        if state.seconds_to_wait(operation, token):
            return quota_exceeded()
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        path_id = request.path_params.get("path_id", "")
        call = Call(state.seller(token.seller_id), token.client_id, path_id, query, _json_body(body))
        return HANDLERS[operation](state, call)
    except RefusedError as refused:
        return refused.answer


def _json_body(body: bytes) -> object:
    try:
        return cast("object", json.loads(body)) if body else None
    except ValueError as error:
        raise refuse_input("The request body is not JSON.") from error


def _response(state: AmazonState, operation: str, answer: Answer) -> Response:
    response = Response(status_code=answer.status) if answer.payload is None else JSONResponse(answer.payload, answer.status)
    limit = state.settings.limits.get(operation)
    if limit is not None and answer.status in STATUSES_WITH_RATE:
        response.headers["x-amzn-RateLimit-Limit"] = str(limit.rate_per_second)
    return response


def _login_endpoint(state: AmazonState) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        form = read_form(await request.body(), request.headers.get("content-type", ""))
        exchange = Exchange(state, TOKEN, owner_of(state, form.get("refresh_token", "")))
        broken = await exchange.interruption()
        if broken is not None:
            return exchange.finish(broken)
        try:
            answer = grant_access(state, form)
        except RefusedError as refused:
            answer = refused.answer
        return exchange.finish(JSONResponse(answer.payload, answer.status))

    return endpoint


def _download_endpoint(state: AmazonState) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        document_id = request.path_params["path_id"]
        report = state.report_of_document(document_id)
        exchange = Exchange(state, DOWNLOAD, report.order.seller_id if report else UNKNOWN_SELLER)
        broken = await exchange.interruption()
        if broken is not None:
            return exchange.finish(broken)
        return exchange.finish(document_response(state, document_id, request.query_params))

    return endpoint
