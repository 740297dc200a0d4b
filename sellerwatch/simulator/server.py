"""Runs the simulator as a server on this machine: in a thread for tests and demos, or in the foreground for the command line."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import uvicorn
from starlette.routing import BaseRoute

from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.simulator.amazon.state import AmazonSettings, AmazonState
from sellerwatch.simulator.app import build_app
from sellerwatch.simulator.control import SimulatedTime
from sellerwatch.simulator.ports import World
from sellerwatch.simulator.slack.state import SlackState

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
"""The simulator has no real authentication, so nobody outside this machine may reach it."""

HIGHEST_PORT = 65_535
SECONDS_FOR_OPEN_REQUESTS = 1
PORT_REMEDIES = {
    errno.EADDRINUSE: "Stop the program that uses it, or choose another port; 0 takes any free one",
    errno.EACCES: "Choose a port above 1023; 0 takes any free one",
}


class _Server(uvicorn.Server):
    """A uvicorn server that says when it accepts connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            self.is_ready.set()  # a server that failed must not be waited for

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()


@dataclass(slots=True)
class _Running:
    """What has to be put away when the simulator stops."""

    base_url: str
    amazon: AmazonState
    slack: SlackState
    server: _Server
    thread: threading.Thread


@dataclass(slots=True)
class Simulator:
    """A local Amazon and a local Slack, running on loopback for as long as the ``with`` block lasts.

    Attributes:
        world: the sellers and their documents.
        clock: the simulated time; pass a `SimulatedTime` to share it with the extra routes.
        host: the loopback address to listen on.
        port: the port to listen on; 0 takes a free one.
        extra_routes: what else the server answers.
        settings: how Amazon behaves.
    """

    world: World
    clock: Clock
    host: str = "127.0.0.1"
    port: int = 0
    extra_routes: Sequence[BaseRoute] = ()
    settings: AmazonSettings | None = None
    _running: _Running | None = field(default=None, init=False, repr=False)

    @property
    def base_url(self) -> str:
        """Where the running simulator is reached."""
        return self._now_running().base_url

    @property
    def amazon(self) -> AmazonState:
        """The memory of the running simulated Amazon."""
        return self._now_running().amazon

    @property
    def slack(self) -> SlackState:
        """The memory of the running simulated Slack."""
        return self._now_running().slack

    @property
    def time(self) -> SimulatedTime:
        """The simulated time, which can be replaced while the simulator runs."""
        if not isinstance(self.clock, SimulatedTime):
            self.clock = SimulatedTime(self.clock)
        return self.clock

    def __enter__(self) -> Self:
        """Start listening.

        Raises:
            ConfigError: the host is not this machine's loopback, or the port cannot be used.
        """
        listener = _bind(self.host, self.port)
        base_url = f"http://{self.host}:{listener.getsockname()[1]}"
        app = build_app(self.world, self.time, extra_routes=self.extra_routes, base_url=base_url, settings=self.settings)
        server = _Server(_uvicorn_config(app))
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        self._running = _Running(base_url, app.state.amazon, app.state.slack, server, thread)
        thread.start()
        server.is_ready.wait()
        if not server.started:
            self._stop()
            listener.close()
            raise ConfigError("the simulator did not start", where="simulator", remedy="Read the log above and try again")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop listening and wait until the thread has ended."""
        self._stop()

    def _stop(self) -> None:
        running = self._now_running()
        self._running = None
        running.server.should_exit = True
        running.thread.join()

    def _now_running(self) -> _Running:
        if self._running is None:
            raise ConfigError("the simulator is not running", where="simulator", remedy="Use it inside a with block")
        return self._running


def _uvicorn_config(app: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="websockets-sansio",
        ws_ping_interval=None,  # Slack's own pings are not simulated; the client sends its own
        lifespan="off",
        log_config=None,
        log_level="critical",  # a cut connection is ordered here, not an error
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=SECONDS_FOR_OPEN_REQUESTS,
    )


def _bind(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that the port is known before anything runs."""
    if host not in LOOPBACK_HOSTS:
        raise unknown_value(host, LOOPBACK_HOSTS, what="host", where="simulator")
    if not 0 <= port <= HIGHEST_PORT:
        raise ConfigError(f"port {port} does not exist", where="simulator", remedy=f"Choose 0 to {HIGHEST_PORT}")
    # asyncio sends at once only on sockets that name their protocol; on others each answer's body waits 40 ms for its head.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Without it a simulator that just stopped would hold its port for a minute.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise _cannot_listen(port, error) from error
    return listener


def _cannot_listen(port: int, error: OSError) -> ConfigError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    remedy = PORT_REMEDIES.get(error.errno or 0, "Choose another port; 0 takes any free one")
    return ConfigError(f"cannot listen on port {port}: {reason}", where="simulator", remedy=remedy)


def serve(simulator: Simulator, *, on_ready: Callable[[Simulator], None], stop: threading.Event | None = None) -> None:
    """Run the simulator until Ctrl-C, or until ``stop`` is set.

    Args:
        simulator: what to run; not yet running.
        on_ready: called once it accepts connections, to tell a person where it is.
        stop: ends the simulator when set by another thread.
    """
    with simulator:
        try:
            on_ready(simulator)
            (stop or threading.Event()).wait()
        except KeyboardInterrupt:
            return
