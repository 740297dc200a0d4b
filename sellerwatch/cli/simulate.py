"""``sellerwatch simulate``: a local Amazon and a local Slack to try everything against."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sellerwatch.cli.screen import say, say_json
from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import Clock, ScaledClock, SystemClock
from sellerwatch.core.errors import ConfigError
from sellerwatch.simulator.amazon.limits import SALES_AND_TRAFFIC_QUOTAS
from sellerwatch.simulator.amazon.state import AmazonSettings
from sellerwatch.simulator.ports import World
from sellerwatch.simulator.server import Simulator, serve
from sellerwatch.simulator.world.catalogue import WIDE, build_world
from sellerwatch.simulator.world.wide import WideWorld, wide_sellers


def simulate(  # noqa: PLR0913  each is an option of the command line
    world: Annotated[str, typer.Option(help="Which world to simulate: demo, clean, hostile or wide.")] = "demo",
    seed: Annotated[int, typer.Option(help="Seed of the world; the same seed gives the same bytes.")] = 7,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8099,
    start: Annotated[str, typer.Option(help="Simulated time to start at, ISO-8601 with offset; now when empty.")] = "",
    speed: Annotated[float, typer.Option(help="How many simulated seconds pass in a real one.", min=0.001)] = 1.0,
    *,
    sales_and_traffic_quota: Annotated[
        str,
        typer.Option(help=f"Quota of the sales and traffic report: {', '.join(SALES_AND_TRAFFIC_QUOTAS)}."),
    ] = "none",
    sellers: Annotated[int, typer.Option(help="How many sellers the wide world has, 1 to 20.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the environment to use as one JSON object.")] = False,
) -> None:
    """Serve a simulated Amazon and Slack on this machine until Ctrl-C, and print the environment to use them with."""
    settings = AmazonSettings(sales_and_traffic_quota=sales_and_traffic_quota)
    simulator = Simulator(_world(world, seed, sellers=sellers), _clock(start, speed), port=port, settings=settings)
    serve(simulator, on_ready=lambda running: _announce(running, as_json=as_json))


def _world(name: str, seed: int, *, sellers: int) -> World:
    if name == WIDE:
        wide = WideWorld(wide_sellers(sellers), seed)
        wide.prepare()
        return wide
    if sellers != 1:
        raise ConfigError(
            f"the world {name!r} has its own sellers", where="--sellers", remedy=f"Leave it out, or choose {WIDE}"
        )
    return build_world(name, seed)


def _clock(start: str, speed: float) -> Clock:
    if not start and speed == 1.0:
        return SystemClock()
    try:
        instant = datetime.fromisoformat(start) if start else SystemClock().now()
    except ValueError as error:
        raise ConfigError(f"not an instant: {start!r}", where="--start", remedy="Write 2026-11-17T05:30:00-08:00") from error
    if instant.tzinfo is None:
        raise ConfigError(f"the instant has no offset: {start!r}", where="--start", remedy="Write 2026-11-17T05:30:00-08:00")
    return ScaledClock.starting(instant, speed)


def _announce(simulator: Simulator, *, as_json: bool) -> None:
    variables = environment_for(simulator)
    if as_json:
        say_json(variables)
        return
    say(f"A simulated Amazon and Slack listen at {simulator.base_url}. Ctrl-C stops them. Use them with:")
    for name, value in variables.items():
        say(f"export {name}='{value}'")
