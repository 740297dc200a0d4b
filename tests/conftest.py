"""What many tests start from: a simulated Amazon and Slack, a configured environment, and both databases."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.warehouse.workspace import Workspace, open_workspace

# A runner that a script started in the background ignores Ctrl-C, and every program that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]
NIGHT = date(2026, 11, 17)
NIGHT_STARTS = {"cascade": datetime(2026, 11, 17, 13, 30, tzinfo=UTC), "alpine": datetime(2026, 11, 17, 4, 30, tzinfo=UTC)}
"""05:30 in Los Angeles and in Berlin on the first night of the demo world's story."""

SPEED = 600.0
POSTGRES_PLACES = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/17/bin")


@pytest.fixture(scope="session")
def demo_world():
    return build_world("demo")


class StandingWorld:
    """The demo world at one fixed moment, so that two runs minutes apart see the same bytes."""

    def __init__(self, world, moment):
        self._world, self._moment = world, moment

    @property
    def sellers(self):
        return self._world.sellers

    def render(self, request):
        return self._world.render(replace(request, now=self._moment))


@pytest.fixture
def simulator(demo_world) -> Iterator[Simulator]:
    """A simulator at 05:30 Los Angeles time of the first night, running ten minutes a second."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture
def environment(simulator, tmp_path, monkeypatch) -> dict[str, str]:
    """The environment of the default configuration against the simulator, with data in a folder of its own."""
    values = environment_for(simulator) | {
        "SELLERWATCH_CONFIG": str(ROOT / "config"),
        "SELLERWATCH_DATA": str(tmp_path / "data"),
    }
    monkeypatch.setenv(CLOCK_VARIABLE, values[CLOCK_VARIABLE])
    return values


@pytest.fixture
def settings(environment) -> Settings:
    return load_settings(environment)


@pytest.fixture
def workspace(settings) -> Iterator[Workspace]:
    opened = open_workspace(settings)
    yield opened
    opened.engine.dispose()


def _postgres_bin() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += [Path(place) for place in POSTGRES_PLACES]
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: use an account that has no rights."""
    if os.geteuid() != 0:
        return {}
    account = next((pwd.getpwnam(name) for name in ("postgres", "nobody") if _has_account(name)), None)
    return {"user": account.pw_uid, "group": account.pw_gid} if account else {}


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL cluster of our own on a free loopback port; gone afterwards. Gives the URL without a database name."""
    programs = _postgres_bin()
    if programs is None:
        pytest.skip("PostgreSQL's server programs (initdb, postgres) are not installed")
    folder = Path(tempfile.mkdtemp(prefix="sellerwatch-pg-"))
    account = _unprivileged()
    if account:
        os.chown(folder, account["user"], account["group"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, log = folder / "data", folder / "log"

    def run(*command: object) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **account)

    run(programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}"
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server, request) -> Iterator[str]:
    """A database of the test's own."""
    name = f"t{abs(hash(request.node.nodeid)):x}"
    admin = create_engine(
        f"{postgres_server.replace('postgresql', 'postgresql+psycopg')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield f"{postgres_server}/{name}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'warehouse.sqlite'}"
    return request.getfixturevalue("postgres_url")
