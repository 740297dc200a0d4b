"""A PostgreSQL cluster for the time of a benchmark, as durable as PostgreSQL is by default."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

_USUAL_PLACES = tuple(Path(f"/usr/lib/postgresql/{version}/bin") for version in range(18, 13, -1))


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None where they are not installed."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    return next(
        (place for place in (*places, *_USUAL_PLACES) if (place / "initdb").exists() and (place / "postgres").exists()), None
    )


@contextmanager
def cluster(folder: Path, place: Path) -> Iterator[str]:
    """Run a cluster whose files lie in ``folder``, on a free loopback port; give the URL without a database's name."""
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("nobody")
        account = {"user": user.pw_uid, "group": user.pw_gid}
        os.chown(folder, user.pw_uid, user.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)

    data, log = folder / "data", folder / "log"
    run(place / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_wal_size=4GB"
    run(place / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgresql://bench@127.0.0.1:{port}"
    finally:
        run(place / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")


def create(url: str, name: str, template: str = "template1") -> str:
    """Make a database, as a copy of another one if one is named, and return its URL."""
    drop(url, name)
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        connection.execute(b"CHECKPOINT")
    return f"{url}/{name}"


def drop(url: str, name: str) -> None:
    """Remove a database, if there is one of that name."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
