"""Only one process at a time is at work on a store, and a dead one holds nothing."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.exclusive import alone_if_free, alone_with, is_awaited

HOLDER = """
import sys
from sellerwatch.warehouse.engine import open_engine
from sellerwatch.warehouse.exclusive import alone_if_free, alone_with, is_awaited
with alone_with(open_engine(sys.argv[1]), "cascade"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_second_waits_until_the_first_has_finished(engine):
    order, first_is_in = [], threading.Event()

    def second():
        first_is_in.wait()
        with alone_with(engine, "cascade"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with alone_with(engine, "cascade"):
        first_is_in.set()
        thread.join(0.1)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]


def test_stores_do_not_wait_for_each_other(engine, caplog):
    caplog.set_level("INFO")

    with alone_with(engine, "cascade"), alone_with(engine, "alpine"):
        assert "waiting" not in caplog.text


def test_whoever_is_at_work_can_tell_that_somebody_waits(engine):
    waits, done = threading.Event(), threading.Event()

    def wait(*, gives_way):
        waits.set()
        with alone_with(engine, "cascade", gives_way=gives_way):
            pass
        done.set()

    for gives_way in (True, False):
        waits.clear(), done.clear()
        thread = threading.Thread(target=wait, kwargs={"gives_way": gives_way})
        with alone_with(engine, "cascade"):
            before = is_awaited(engine, "cascade")
            thread.start()
            waits.wait()
            while not gives_way and not is_awaited(engine, "cascade"):
                done.wait(0.01)
            assert (before, is_awaited(engine, "cascade")) == (False, not gives_way)
            assert not is_awaited(engine, "alpine")
        thread.join()
        assert not is_awaited(engine, "cascade")


def test_a_store_is_taken_only_if_it_is_free(engine):
    with alone_if_free(engine, "cascade") as first, alone_if_free(engine, "cascade") as second:
        assert (first, second) == (True, False)
    with alone_if_free(engine, "cascade") as third:
        assert third


def test_an_error_inside_lets_go(engine):
    with pytest.raises(ZeroDivisionError), alone_with(engine, "cascade"):
        raise ZeroDivisionError

    with alone_with(engine, "cascade"):
        pass


def test_who_does_not_want_to_wait_is_told_whether_the_store_is_free(engine):
    with alone_with(engine, "cascade"), alone_if_free(engine, "cascade") as is_free:
        assert not is_free
    with alone_if_free(engine, "cascade") as is_free, alone_if_free(engine, "cascade") as is_free_too:
        assert (is_free, is_free_too) == (True, False)


def test_a_killed_process_holds_nothing(database_url):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert holder.stdout.readline() == b"held\n"
    engine, done = open_engine(database_url), threading.Event()

    def wait_for_it():
        with alone_with(engine, "cascade"):
            done.set()

    thread = threading.Thread(target=wait_for_it)
    thread.start()
    assert not done.wait(0.1)
    holder.kill()
    holder.communicate()

    assert done.wait(10)
    thread.join()
    engine.dispose()


def test_a_folder_that_cannot_hold_the_lock_file_is_named(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'warehouse.sqlite'}")
    (tmp_path / "warehouse.sqlite.cascade.lock").mkdir()

    with pytest.raises(ConfigError, match="cannot write the lock file of store cascade"), alone_with(engine, "cascade"):
        pass
    engine.dispose()


def test_a_warehouse_in_memory_needs_no_lock_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with alone_with(open_engine("sqlite:///:memory:"), "cascade"):
        pass

    assert list(tmp_path.iterdir()) == []


def test_the_lock_file_lies_beside_the_warehouse_however_it_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    for url in (f"sqlite:///{tmp_path / 'a.sqlite'}", f"sqlite:///file:{tmp_path / 'b.sqlite'}?mode=ro&uri=true"):
        with alone_with(open_engine(url), "cascade"):
            pass

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sqlite.cascade.lock", "b.sqlite.cascade.lock"]
