"""What many tests start from: a simulated Amazon and Slack, a configured environment, and both databases."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, event, text

from sellerwatch.cli.simulation import environment_for
from sellerwatch.core.clock import CLOCK_VARIABLE, ScaledClock
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.simulator.server import Simulator
from sellerwatch.simulator.world.catalogue import build_world
from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.workspace import Workspace, open_workspace

# A test says what is right, not how fast this machine was.
hypothesis_settings.register_profile("sellerwatch", deadline=None)
hypothesis_settings.load_profile("sellerwatch")

# A runner that a script started in the background ignores Ctrl-C, and every program that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are processors: many tests wait for a server, and the processor with them."""
    return (os.cpu_count() or 1) + 1


LONGEST = (
    "test_engines_agree_on_many",
    "test_engines_agree_on_more",
    "test_hostile_world",
    "test_demo_hostile",
    "test_demo_twice",
    "test_benchmark",
    "test_two_databases",
    "test_rebuild",
    "test_kill",
    "test_engines_agree",
)
"""The files that take longest begin first, or one of them would be left to run alone at the end."""


COUNTED = {"unit", "spec", "warehouse", "flows", "golden", "property"}
"""Folders whose tests count towards coverage; on PostgreSQL they show again what they showed on SQLite."""

WHOLE = {
    "test_rebuild",
    "test_scenarios",
    "test_response_scenarios",
    "test_messages",
    "test_rules_shipped",
    "test_cli_simulate",
    "test_cli_backtest",
    "test_years_cost_nothing",
}
"""Long files that go once more, as a whole, through what others count in parts: to count doubles what a test takes."""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what counts towards coverage, and which slow tests are long: those that show on PostgreSQL again what SQLite showed."""
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    is_on_postgres = item.get_closest_marker("postgres") is not None
    if folder in COUNTED and item.path.stem not in WHOLE and not is_on_postgres:
        item.add_marker("counted")
    is_slow = item.get_closest_marker("slow") is not None
    if is_slow and is_on_postgres and folder in {"e2e", "warehouse"}:
        item.add_marker("long")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files in front, after the order has been drawn."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


NIGHT = date(2026, 11, 17)
NIGHT_STARTS = {"cascade": datetime(2026, 11, 17, 13, 30, tzinfo=UTC), "alpine": datetime(2026, 11, 17, 4, 30, tzinfo=UTC)}
"""05:30 in Los Angeles and in Berlin on the first night of the demo world's story."""

SPEED = 600.0

FEW = ("all_orders", "sales_traffic", "fba_inventory", "inventory_planning")
"""What most tests pull: one report of each way to ask, and everything that the stock-out rule needs."""
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


def small_config(folder: Path, reports: tuple[str, ...] = FEW) -> Path:
    """The default configuration in a folder of its own, with these reports for every store."""
    shutil.copytree(ROOT / "config", folder)
    path = folder / "stores.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "    credentials:\n", f"    reports: [{', '.join(reports)}]\n    credentials:\n"
    )
    path.write_text(text, encoding="utf-8")
    return folder


def hold_nothing(folder: Path) -> None:
    """Let no alert hold others back: what does is named by its metric, which may not be there."""
    routing = (folder / "routing.yaml").read_text(encoding="utf-8")
    without = re.sub(r"(?m)^  inhibition:\n(    .*\n)+", "  inhibition: []\n", routing)
    (folder / "routing.yaml").write_text(without, encoding="utf-8")


def without_computed(folder: Path) -> Path:
    """The same configuration with the metrics alone that have code of their own or are typed in.

    What a test is not about need not be measured: the catalogue's SQL would be most of a short night.
    """
    path = folder / "metrics.yaml"
    head, metrics = path.read_text(encoding="utf-8").split("\nmetrics:\n")
    facts, _ = head.split("\nparts:\n")
    kept = "".join(block for block in re.split(r"(?m)^(?=  \w+:$)", metrics) if "status: computed" not in block)
    alone = re.sub(r"(?m)^    drivers: .*\n", "", kept)
    path.write_text(f"{facts}\nmetrics:\n{alone}", encoding="utf-8")
    hold_nothing(folder)
    (folder / "scorecards.yaml").write_text("cap: 8\n", encoding="utf-8")
    (folder / "categories.yaml").write_text("default: general\ncategories: {general: {}}\n", encoding="utf-8")
    with_rules_of(folder, set(re.findall(r"(?m)^  (\w+):$", kept)))
    return folder


def with_rules_of(folder: Path, metrics: set[str]) -> None:
    """Keep of the rules those alone that watch nothing but these metrics; rules name metrics that may have been taken away."""
    path = folder / "alert_rules.yaml"
    rules = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["rules"]
    kept = {name: block for name, block in rules.items() if set(_named(block)) <= metrics}
    path.write_text(yaml.dump({"rules": kept}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _named(block: object) -> Iterator[str]:
    """Yield every metric that a part of a rule names."""
    if isinstance(block, dict):
        yield from ([block["metric"]] if "metric" in block else [])
        yield from (name.partition(".")[0] for name in block.get("minimum", {}))
        for part in block.values():
            yield from _named(part)
    if isinstance(block, list):
        for part in block:
            yield from _named(part)


@pytest.fixture
def environment(simulator, tmp_path, monkeypatch) -> dict[str, str]:
    """The environment of a configuration with few reports against the simulator, with data in a folder of its own."""
    values = environment_for(simulator) | {
        "SELLERWATCH_CONFIG": str(small_config(tmp_path / "few")),
        "SELLERWATCH_DATA": str(tmp_path / "data"),
    }
    monkeypatch.setenv(CLOCK_VARIABLE, values[CLOCK_VARIABLE])
    return values


@pytest.fixture
def settings(environment) -> Settings:
    return load_settings(environment)


@pytest.fixture
def workspace(settings, ready_sqlite) -> Iterator[Workspace]:
    ready_sqlite(settings.data_folder / "warehouse.sqlite")
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
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c autovacuum=off"
    run(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}"
    finally:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_admin(postgres_server) -> Iterator[Engine]:
    """A connection that makes and drops databases."""
    url = f"{postgres_server.replace('postgresql', 'postgresql+psycopg')}/postgres"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@contextmanager
def postgres_database(admin: Engine, name: str, *, like: str) -> Iterator[None]:
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    yield
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _name_for(request) -> str:
    return f"t{abs(hash((request.fixturename, request.node.nodeid))):x}"


@pytest.fixture
def postgres_url(postgres_server, postgres_admin, request) -> Iterator[str]:
    """An empty database of the test's own."""
    name = _name_for(request)
    with postgres_database(postgres_admin, name, like="template1"):
        yield f"{postgres_server}/{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request, tmp_path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'warehouse.sqlite'}"
    return request.getfixturevalue("postgres_url")


# Warehouses with their tables in place. Migrating one takes longer than most tests: each session migrates one and copies it.


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory):
    """Put an empty warehouse at a path that does not exist yet, and return its URL."""
    original = tmp_path_factory.mktemp("ready") / "warehouse.sqlite"
    engine = open_engine(f"sqlite:///{original}")
    bring_up_to_date(engine)
    engine.dispose()

    def put(path: Path) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # what a test left open keeps the file it had
        shutil.copyfile(original, path)
        return f"sqlite:///{path}"

    return put


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory, ready_sqlite) -> Iterator[Engine]:
    """One engine for the session: half the time of most tests would go into compiling the same statements anew for each."""
    path = tmp_path_factory.mktemp("shared") / "warehouse.sqlite"
    engine = not_waiting_for_the_disk(open_engine(ready_sqlite(path)))
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_warehouse(sqlite_engine, ready_sqlite) -> Iterator[Engine]:
    """An engine on an empty warehouse, tables in place."""
    path = Path(sqlite_engine.url.database)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    ready_sqlite(path)
    yield sqlite_engine
    sqlite_engine.dispose()


@pytest.fixture(scope="session")
def ready_postgres(postgres_server, postgres_admin) -> Iterator[str]:
    """The URL of a warehouse that is emptied after each test: a copy for each would take ten times as long."""
    with postgres_database(postgres_admin, "ready", like="template1"):
        url = f"{postgres_server}/ready"
        engine = open_engine(url)
        bring_up_to_date(engine)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def postgres_engine(ready_postgres) -> Iterator[Engine]:
    """One engine for the session, as `sqlite_engine` is."""
    engine = open_engine(ready_postgres)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_warehouse(postgres_engine) -> Iterator[Engine]:
    """An engine on a warehouse in PostgreSQL that holds nothing but its tables."""
    yield postgres_engine
    postgres_engine.dispose()
    with postgres_engine.begin() as connection:
        connection.execute(text(CUT_OFF_OTHERS))
        connection.execute(text(EMPTY_ALL_TABLES))


@pytest.fixture
def postgres_warehouse_url(postgres_warehouse) -> str:
    return postgres_warehouse.url.set(drivername="postgresql").render_as_string(hide_password=False)


CUT_OFF_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
"""What a test left open may hold locks."""

EMPTY_ALL_TABLES = """
DO $$
DECLARE
  name text;
  has_rows boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
    IF has_rows THEN
      EXECUTE format('TRUNCATE %I CASCADE', name);
    END IF;
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    PERFORM setval(format('%I', name)::regclass, 1, false);
  END LOOP;
END $$
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def warehouse(request) -> Engine:
    """An engine on an empty warehouse, tables in place, on each database in turn."""
    return request.getfixturevalue(f"{request.param}_warehouse")


@pytest.fixture
def warehouse_url(warehouse) -> str:
    """Where such a warehouse is."""
    return warehouse.url.set(drivername=warehouse.dialect.name).render_as_string(hide_password=False)


def not_waiting_for_the_disk(engine: Engine) -> Engine:
    """Return the engine; a test's database need not survive a power cut, so SQLite does not wait until bytes are on the disk."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine
