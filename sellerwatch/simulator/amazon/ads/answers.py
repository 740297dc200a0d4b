"""The shapes of the Ads API's answers: a code, which is the status as text, and a detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

from starlette.responses import JSONResponse, Response

from sellerwatch.simulator.amazon.answers import BROKEN, Answer, RefusedError

RETRY_AFTER_FAULT = 2
"""Seconds to wait after a 429 that was ordered, when no bucket says how long."""

UNAUTHORIZED = 401


def ads_error(status: int, detail: str) -> Answer:
    """Return an answer that says what is wrong."""
    return Answer(status, {"code": str(status), "detail": detail})


def refuse(status: int, detail: str) -> RefusedError:
    """Return a refusal."""
    return RefusedError(ads_error(status, detail))


def too_many_requests(seconds: float) -> Answer:
    """Return the answer to a request over the limit, with the whole seconds after which the next can pass."""
    payload = {"code": "429", "detail": "Too Many Requests"}
    return Answer(429, payload, {"Retry-After": str(ceil(seconds))})


def to_response(answer: Answer) -> Response:
    """Return an answer as HTTP."""
    return JSONResponse(answer.payload, answer.status, dict(answer.headers))


ADS_BROKEN: Mapping[str, Callable[[], Response]] = {
    **BROKEN,
    "throttle": lambda: to_response(too_many_requests(RETRY_AFTER_FAULT)),
    "expired_token": lambda: to_response(ads_error(UNAUTHORIZED, "The access token has expired.")),
}
"""The answer that each interrupting fault gives in place of the real one."""
