"""One ASGI application that is the whole simulator: Amazon, Slack and the control endpoints, all at one simulated time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from sellerwatch.core.clock import Clock
from sellerwatch.simulator.amazon.answers import error_answer
from sellerwatch.simulator.amazon.faults import FaultBook
from sellerwatch.simulator.amazon.routes import amazon_routes
from sellerwatch.simulator.amazon.state import AmazonSettings, AmazonState
from sellerwatch.simulator.control import SimulatedTime, control_routes
from sellerwatch.simulator.hostile.mischief import Mischief
from sellerwatch.simulator.ports import World
from sellerwatch.simulator.slack.routes import slack_routes
from sellerwatch.simulator.slack.state import SlackState

logger = logging.getLogger(__name__)

DEFAULT_BASE_URL = "http://127.0.0.1"


def build_app(
    world: World,
    clock: Clock,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    base_url: str = DEFAULT_BASE_URL,
    settings: AmazonSettings | None = None,
) -> Starlette:
    """Return the simulator as an application; its memories are ``app.state.time``, ``.amazon`` and ``.slack``.

    Args:
        world: the sellers and their documents.
        clock: the simulated time; a `SimulatedTime` is used as it is, so that it can be shared with the extra routes.
        extra_routes: what else this server answers.
        base_url: where the server is reached, because the SP-API client sends a broken Host header over plain HTTP.
        settings: how Amazon behaves; the published behaviour when left out.
    """
    time = clock if isinstance(clock, SimulatedTime) else SimulatedTime(clock)
    amazon = AmazonState(world=world, clock=time, base_url=base_url, settings=settings or AmazonSettings())
    amazon.faults = _faults_of(world, time)
    slack = SlackState(time)
    not_found = _not_found(amazon)
    app = Starlette(
        routes=[*control_routes(time, amazon), *amazon_routes(amazon), *slack_routes(slack), *extra_routes],
        exception_handlers={404: not_found, 405: not_found, Exception: _failed(amazon)},
    )
    app.state.time = time
    app.state.amazon = amazon
    app.state.slack = slack
    return app


def _faults_of(world: World, clock: Clock) -> FaultBook:
    """Return the faults that wait: none, unless the world brings its own mischief."""
    mischief = getattr(world, "mischief", None)
    return mischief.faults(clock) if isinstance(mischief, Mischief) else FaultBook()


def _not_found(amazon: AmazonState) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, _: Exception) -> Response:
        amazon.note_unexpected("no such operation", f"{request.method} {request.url.path}")
        answer = error_answer(404, "NotFound", f"No operation answers {request.method} {request.url.path}.")
        return JSONResponse(answer.payload, answer.status)

    return handler


def _failed(amazon: AmazonState) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(request: Request, error: Exception) -> Response:
        where = f"{request.method} {request.url.path}"
        logger.error("the simulator itself failed at %s", where, exc_info=error)
        amazon.note_unexpected(f"{type(error).__name__}: {error}", where)
        answer = error_answer(500, "InternalFailure", "The simulator itself failed; see its log.")
        return JSONResponse(answer.payload, answer.status)

    return handler
