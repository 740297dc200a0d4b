"""The simulator's own endpoints: what time it is, what Amazon was asked, and what shall go wrong next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sellerwatch.core.clock import Clock, ScaledClock
from sellerwatch.core.errors import ConfigError
from sellerwatch.simulator.amazon.ads.operations import STATES
from sellerwatch.simulator.amazon.faults import FAULTS, parse_faults
from sellerwatch.simulator.amazon.kiosk.operations import describe_query
from sellerwatch.simulator.amazon.lifecycle import status_of
from sellerwatch.simulator.amazon.operations import describe
from sellerwatch.simulator.amazon.state import AdsReport, AmazonState, Query, Report

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class SimulatedTime:
    """The simulator's clock, which can be replaced by another while the simulator runs."""

    clock: Clock

    def now(self) -> datetime:
        """Return the current simulated instant, aware, in UTC."""
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait until ``seconds`` of the present clock's time have passed."""
        self.clock.sleep(seconds)


def control_routes(time: SimulatedTime, amazon: AmazonState) -> list[BaseRoute]:
    """Return the routes under ``/_sim`` that steer the clock and the simulated Amazon."""
    return [
        Route("/_sim/clock", _show_clock(time), methods=["GET"]),
        Route("/_sim/clock", _set_clock(time), methods=["PUT"]),
        Route("/_sim/amazon", _show_amazon(amazon), methods=["GET"]),
        Route("/_sim/amazon/calls", _show_calls(amazon), methods=["GET"]),
        Route("/_sim/amazon/faults", _show_faults(amazon), methods=["GET"]),
        Route("/_sim/amazon/faults", _add_faults(amazon), methods=["POST"]),
        Route("/_sim/amazon/faults", _clear_faults(amazon), methods=["DELETE"]),
    ]


def _bad_request(error: ConfigError) -> Response:
    return JSONResponse({"error": str(error)}, 400)


def _clock_payload(time: SimulatedTime) -> dict[str, object]:
    text = str(time.clock) if isinstance(time.clock, ScaledClock) else None
    return {"now": time.now().isoformat(), "clock": text}


def _show_clock(time: SimulatedTime) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(_clock_payload(time))

    return endpoint


def _set_clock(time: SimulatedTime) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        text = (await request.body()).decode("utf-8", "replace").strip()
        try:
            time.clock = ScaledClock.parse(text)
        except ConfigError as error:
            return _bad_request(error)
        return JSONResponse(_clock_payload(time))

    return endpoint


def _show_amazon(amazon: AmazonState) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(amazon_payload(amazon))

    return endpoint


def amazon_payload(amazon: AmazonState) -> dict[str, object]:
    """Return what Amazon was asked so far, as ``/_sim/amazon`` shows it."""
    return {
        **calls_payload(amazon),
        "reports": [_report_payload(amazon, report) for report in list(amazon.reports.values())],
        "queries": [_query_payload(amazon, query) for query in list(amazon.queries.values())],
        "adsReports": [_ads_payload(amazon, report) for report in list(amazon.ads_reports.values())],
        "faults": [fault.summary() for fault in amazon.faults.waiting],
        "unexpected": amazon.unexpected,
    }


def calls_payload(amazon: AmazonState) -> dict[str, object]:
    """Return how often Amazon was called so far, as ``/_sim/amazon/calls`` shows it however much there is to list."""
    calls: dict[str, dict[str, object]] = {}
    for (seller_id, operation), count in sorted(amazon.calls.items()):
        shown = {"calls": count.calls, "throttled": count.throttled, "failed": count.failed}
        calls.setdefault(seller_id, {})[operation] = shown
    return {"now": amazon.clock.now().isoformat(), "calls": calls}


def _show_calls(amazon: AmazonState) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(calls_payload(amazon))

    return endpoint


def _report_payload(amazon: AmazonState, report: Report) -> dict[str, object]:
    return {
        **describe(amazon, report),
        "sellerId": report.order.seller_id,
        "reportOptions": dict(report.order.options),
        "because": _because(report),
    }


def _query_payload(amazon: AmazonState, query: Query) -> dict[str, object]:
    return {**describe_query(amazon, query), "sellerId": query.order.seller_id, "because": _because(query)}


def _ads_payload(amazon: AmazonState, report: AdsReport) -> dict[str, object]:
    return {
        "reportId": report.report_id,
        "reportTypeId": report.order.report_type,
        "status": STATES[status_of(amazon, report)],
        "profileId": report.profile_id,
        "sellerId": report.order.seller_id,
        "because": _because(report),
    }


def _because(report: Report) -> str | None:
    return report.verdict.because if report.verdict else None


def _show_faults(amazon: AmazonState) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        known = {name: {"level": kind.level, "effect": kind.effect} for name, kind in FAULTS.items()}
        return JSONResponse({"waiting": [fault.summary() for fault in amazon.faults.waiting], "known": known})

    return endpoint


def _add_faults(amazon: AmazonState) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        seller_ids = [seller.seller_id for seller in amazon.world.sellers]
        try:
            added = parse_faults(await _json_of(request), seller_ids=seller_ids)
        except ConfigError as error:
            return _bad_request(error)
        amazon.faults.waiting.extend(added)
        return JSONResponse({"waiting": [fault.summary() for fault in amazon.faults.waiting]}, 201)

    return endpoint


async def _json_of(request: Request) -> object:
    try:
        payload: object = await request.json()
    except ValueError as error:
        raise ConfigError("the body is not JSON", where=request.url.path, remedy="Send a JSON list of faults") from error
    return payload


def _clear_faults(amazon: AmazonState) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        amazon.faults.waiting = []
        return JSONResponse({"waiting": []})

    return endpoint
