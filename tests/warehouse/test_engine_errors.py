"""What a database refuses is said in one line that names the place and the next step."""

import os
import pwd
import socket
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sellerwatch.core.errors import ConfigError, PermanentError, RetryableError
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import bring_up_to_date


@pytest.fixture
def path(tmp_path):
    return tmp_path / "warehouse.sqlite"


@pytest.fixture
def sqlite(path):
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, body TEXT)"))
    yield engine
    engine.dispose()


@pytest.fixture
def ordinary_person():
    """Whoever runs the tests, root is not bound by permissions; for as long as the test lasts it is nobody."""
    if os.geteuid() == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        yield
        os.seteuid(0)
    else:
        yield


@pytest.fixture
def locked_up():
    """A folder anybody can look into; what is made of it is up to the test."""
    with tempfile.TemporaryDirectory(prefix="sellerwatch-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_temporary_tables_of_sqlite_have_room_in_memory(sqlite):
    """In a file that they spilled into, a large load beside another file was once called malformed: see the engine."""
    with reading(sqlite) as connection:
        assert connection.execute(text("PRAGMA temp.cache_size")).scalar_one() == -65536


def test_a_lock_held_by_another_process_is_worth_another_try(sqlite, path):
    with writing(sqlite) as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(RetryableError, match="database is locked") as caught, writing(sqlite):
        pass
    other.close()

    assert str(path) in caught.value.where
    assert "run again" in caught.value.remedy


def test_reading_goes_on_while_another_process_writes(sqlite, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with reading(sqlite) as connection:
        assert connection.execute(text("SELECT count(*) FROM thing")).scalar_one() == 0
    other.close()


def test_a_full_disk_keeps_what_was_committed(sqlite):
    with writing(sqlite) as connection:
        connection.execute(text("INSERT INTO thing (body) VALUES ('kept')"))
    with writing(sqlite) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=3")

    with pytest.raises(PermanentError, match="disk is full") as caught, writing(sqlite) as connection:
        connection.execute(text("INSERT INTO thing (body) VALUES (:body)"), {"body": "x" * 100_000})

    assert "Free disk space" in caught.value.remedy
    with reading(sqlite) as connection:
        assert connection.execute(text("SELECT body FROM thing")).scalars().all() == ["kept"]


def test_a_read_only_file_names_itself(locked_up, ordinary_person):
    path = locked_up / "warehouse.sqlite"
    _as_root(lambda: (path.write_bytes(b""), path.chmod(0o444)))
    engine = open_engine(f"sqlite:///{path}")

    with pytest.raises(ConfigError, match=r"readonly database|unable to open") as caught:
        bring_up_to_date(engine)
    engine.dispose()

    assert str(path) in caught.value.where


def test_a_read_only_folder_names_itself(locked_up, ordinary_person):
    _as_root(lambda: locked_up.chmod(0o555))
    engine = open_engine(f"sqlite:///{locked_up / 'warehouse.sqlite'}")

    with pytest.raises(ConfigError, match="unable to open database file") as caught:
        bring_up_to_date(engine)
    engine.dispose()

    assert "can be read and written" in caught.value.remedy


def test_a_folder_that_cannot_be_made_names_itself(locked_up, ordinary_person):
    _as_root(lambda: locked_up.chmod(0o555))

    with pytest.raises(ConfigError, match="cannot make the warehouse folder") as caught:
        open_engine(f"sqlite:///{locked_up / 'new' / 'warehouse.sqlite'}")

    assert caught.value.where == str(locked_up / "new")


def _as_root(change):
    """Make the change with the rights of whoever runs the tests."""
    if os.getuid() != 0:
        change()
        return
    person = os.geteuid()
    os.seteuid(0)
    change()
    os.seteuid(person)


def test_a_file_that_is_no_database_is_not_touched(path):
    path.write_text("a letter to my mother, long enough to have a header of its own\n" * 20)
    before = path.read_bytes()
    engine = open_engine(f"sqlite:///{path}")

    with pytest.raises(ConfigError, match="not a database"):
        bring_up_to_date(engine)
    engine.dispose()

    assert path.read_bytes() == before


def test_a_damaged_file_says_so(sqlite, path):
    with writing(sqlite) as connection:
        connection.execute(text("INSERT INTO thing (body) VALUES (:body)"), {"body": "x" * 50_000})
    with writing(sqlite) as connection:
        connection.exec_driver_sql("SELECT 1")
    sqlite.dispose()
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    path.write_bytes(data)

    with pytest.raises(PermanentError, match="malformed") as caught, reading(sqlite) as connection:
        connection.execute(text("SELECT * FROM thing")).all()

    assert "backup" in caught.value.remedy


def test_a_missing_table_or_column_asks_for_an_upgrade(database_url):
    engine = open_engine(database_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))

    for statement in ("SELECT * FROM absent", "SELECT no_such_one FROM thing"):
        with pytest.raises(ConfigError) as caught, reading(engine) as connection:
            connection.execute(text(statement))
        assert "sellerwatch init" in caught.value.remedy
    engine.dispose()


def test_a_broken_rule_of_the_tables_is_our_mistake_and_keeps_its_traceback(database_url):
    engine = open_engine(database_url)
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY)"))

    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("INSERT INTO thing VALUES (1), (1)"))
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://host/db", "nonsense", "", "sqlite+pysqlcipher"])
def test_an_unknown_address_says_what_is_known(url):
    with pytest.raises(ConfigError, match="neither SQLite nor PostgreSQL") as caught:
        open_engine(url)

    assert "sqlite:///PATH" in caught.value.remedy


def test_a_postgresql_that_is_down_is_worth_another_try_and_shows_no_password():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    engine = open_engine(f"postgresql://tester:hush@127.0.0.1:{port}/nowhere")

    with pytest.raises(RetryableError, match="PostgreSQL did not answer") as caught, reading(engine):
        pass
    engine.dispose()

    assert "hush" not in str(caught.value)
    assert f"127.0.0.1:{port}" in caught.value.where


@pytest.mark.postgres
def test_a_database_that_was_never_created_is_for_a_person_to_create(postgres_server):
    engine = open_engine(f"{postgres_server}/never_made")

    with pytest.raises(ConfigError, match='database "never_made" does not exist') as caught, reading(engine):
        pass
    engine.dispose()

    assert "Create it" in caught.value.remedy


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("option", "remedy"),
    [("role=pg_monitor", "Grant the user"), ("default_transaction_read_only=on", "Name the primary server")],
)
def test_a_user_without_rights_and_a_standby_are_told_apart(postgres_url, option, remedy):
    owner = open_engine(postgres_url)
    with writing(owner) as connection:
        connection.execute(text("CREATE TABLE thing (id INTEGER)"))
    owner.dispose()
    engine = open_engine(f"{postgres_url}?options=-c%20{option}")

    with pytest.raises(ConfigError) as caught, writing(engine) as connection:
        connection.execute(text("INSERT INTO thing VALUES (1)"))
    engine.dispose()

    assert remedy in caught.value.remedy
