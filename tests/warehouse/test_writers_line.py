"""Who writes to an embedded warehouse is let in in the order of coming, and a dead writer keeps nobody out."""

import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from sellerwatch.warehouse.engine import open_engine, reading, writing

LOCKS = Path("/proc/locks")
pytestmark = pytest.mark.skipif(not LOCKS.exists(), reason="who waits for a file's lock is read from Linux's /proc/locks")

WRITER = """
import sys
from sqlalchemy import text
from sellerwatch.warehouse.engine import open_engine, writing
with writing(open_engine(sys.argv[1])) as connection:
    connection.execute(text("INSERT INTO entry (name) VALUES (:name)"), {"name": sys.argv[2]})
    if sys.argv[2] == "dies":
        print("in", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "warehouse.sqlite"


@pytest.fixture
def warehouse(path):
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE entry (place INTEGER PRIMARY KEY, name TEXT)"))
    yield engine
    engine.dispose()


def write(engine, name):
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO entry (name) VALUES (:name)"), {"name": name})


def names(engine):
    with reading(engine) as connection:
        return connection.execute(text("SELECT name FROM entry ORDER BY place")).scalars().all()


def waiting(path):
    """How many wait in line."""
    inode = path.with_name(f"{path.name}.line").stat().st_ino
    return sum("->" in line and f":{inode} " in line for line in LOCKS.read_text().splitlines())


def wait_for(path, number, still_due=lambda: True):
    while waiting(path) < number:
        assert still_due(), "it ended instead of waiting"


@contextmanager
def in_a_process(warehouse, name):
    command = [sys.executable, "-c", WRITER, str(warehouse.url), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        if process.poll() is None:
            process.communicate()


def test_threads_are_let_in_in_the_order_of_coming(warehouse, path):
    expected = [f"writer {number}" for number in range(6)]
    threads = [threading.Thread(target=write, args=(warehouse, name)) for name in expected]

    with writing(warehouse):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            wait_for(path, number, thread.is_alive)
    for thread in threads:
        thread.join()

    assert names(warehouse) == expected


def test_another_process_waits_in_the_same_line(warehouse, path):
    late = threading.Thread(target=write, args=(warehouse, "thread"))

    with in_a_process(warehouse, "process") as process:
        with writing(warehouse):
            wait_for(path, 1, lambda: process.poll() is None)
            late.start()
            wait_for(path, 2, late.is_alive)
            assert names(warehouse) == []
        late.join()

    assert process.returncode == 0
    assert names(warehouse) == ["process", "thread"]


def test_a_killed_writer_leaves_nothing_and_keeps_nobody_out(warehouse, path):
    survivor = threading.Thread(target=write, args=(warehouse, "survivor"))

    with in_a_process(warehouse, "dies") as process:
        assert process.stdout.readline() == "in\n"
        survivor.start()
        wait_for(path, 1, survivor.is_alive)
        process.kill()
        survivor.join()

    assert names(warehouse) == ["survivor"]


def test_a_warehouse_in_memory_has_no_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    engine = open_engine("sqlite://")

    with writing(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1

    assert list(tmp_path.iterdir()) == []
    engine.dispose()


def test_who_cannot_make_the_line_writes_all_the_same(warehouse, path):
    """A folder that only lets its files be changed: SQLite itself decides whether that is enough."""
    line = path.with_name(f"{path.name}.line")
    line.unlink()
    line.mkdir()

    write(warehouse, "without a line")

    assert names(warehouse) == ["without a line"]
