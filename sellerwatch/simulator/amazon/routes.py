"""The simulated Amazon over HTTP: reads requests, lets faults strike, keeps the rates, counts, and writes answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sellerwatch.core.ids import stable_uuid
from sellerwatch.simulator.amazon.answers import BROKEN, Answer, CutResponse, RefusedError, quota_exceeded, refuse_input
from sellerwatch.simulator.amazon.faults import DOWNLOAD, TOKEN, Subject
from sellerwatch.simulator.amazon.login import UNKNOWN_SELLER, authenticate, grant_access, seller_claimed
from sellerwatch.simulator.amazon.operations import OPERATION_HANDLERS, Call
from sellerwatch.simulator.amazon.signing import document_response
from sellerwatch.simulator.amazon.state import AmazonState

REPORTS = "/reports/2021-06-30/reports"
DOCUMENTS = "/reports/2021-06-30/documents"
ROUTES: Mapping[str, tuple[str, str]] = {
    "createReport": ("POST", REPORTS),
    "getReports": ("GET", REPORTS),
    "getReport": ("GET", REPORTS + "/{path_id}"),
    "cancelReport": ("DELETE", REPORTS + "/{path_id}"),
    "getReportDocument": ("GET", DOCUMENTS + "/{path_id}"),
}
"""Method and path of every operation."""

STATUSES_WITH_RATE = frozenset({200, 201, 202, 204, 400, 404})
"""The answers in which Amazon names the rate; 429 and 403 are not among them."""

Endpoint = Callable[[Request], Awaitable[Response]]


def amazon_routes(state: AmazonState) -> list[BaseRoute]:
    """Return the routes of the login, the Reports API and the document store, over one memory."""
    operations = [
        Route(path, _operation_endpoint(state, operation), methods=[method]) for operation, (method, path) in ROUTES.items()
    ]
    return [
        Route("/auth/o2/token", _login_endpoint(state), methods=["POST"]),
        Route("/documents/{path_id}", _download_endpoint(state), methods=["GET"]),
        *operations,
    ]


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request under way: its operation and the seller it seems to come from."""

    state: AmazonState
    operation: str
    seller_id: str

    @property
    def subject(self) -> Subject:
        return Subject(operation=self.operation, seller_id="" if self.seller_id == UNKNOWN_SELLER else self.seller_id)

    async def interruption(self) -> Response | None:
        """Wait if a fault makes this call slow; return the broken answer if one comes instead of the real one."""
        faults = self.state.faults
        slow = faults.take(("slow",), self.subject)
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        fault = faults.take(BROKEN, self.subject)
        return BROKEN[fault.fault]() if fault is not None else None

    def finish(self, response: Response) -> Response:
        """Count the call and give its answer an id."""
        self.state.count(self.seller_id, self.operation, response.status_code)
        total = sum(entry.calls for entry in self.state.calls.values())
        response.headers["x-amzn-RequestId"] = stable_uuid("request", self.state.clock.now().isoformat(), str(total))
        return response


def _operation_endpoint(state: AmazonState, operation: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        access_token = request.headers.get("x-amz-access-token", "")
        exchange = _Exchange(state, operation, seller_claimed(state, access_token))
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
        seller = authenticate(state, request.headers.get("x-amz-access-token", ""))
        if not state.has_token_left(seller.seller_id, operation):
            return quota_exceeded()
        query = {name: request.query_params.getlist(name) for name in request.query_params}
        call = Call(seller, request.path_params.get("path_id", ""), query, _json_body(body))
        return OPERATION_HANDLERS[operation](state, call)
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
        raw = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[0] for name, values in raw.items()}
        refresh_token = form.get("refresh_token", "")
        owner = next(
            (seller.seller_id for seller in state.world.sellers if seller.refresh_token == refresh_token), UNKNOWN_SELLER
        )
        exchange = _Exchange(state, TOKEN, owner)
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
        exchange = _Exchange(state, DOWNLOAD, report.order.seller_id if report else UNKNOWN_SELLER)
        broken = await exchange.interruption()
        if broken is not None:
            return exchange.finish(broken)
        return exchange.finish(document_response(state, document_id, request.query_params))

    return endpoint
