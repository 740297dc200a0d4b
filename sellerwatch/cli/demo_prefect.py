"""The demo's private Prefect: a server of its own on a free port, and flow runs in processes of their own.

The library never imports Prefect, so both are started as the programs they are.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

import sellerwatch
from sellerwatch.core.errors import ConfigError, PermanentError

START_SECONDS = 90.0
STOP_SECONDS = 10.0
FLOW_SECONDS = 300.0
_FLOW_RUN = """
import datetime, sys
from flows.nightly import nightly
nightly(store=sys.argv[1], as_of=datetime.date.fromisoformat(sys.argv[2]))
"""


def flow_root() -> Path:
    """Return the checkout that holds ``flows/``.

    Raises:
        ConfigError: sellerwatch runs from a wheel, which has no flows.
    """
    root = Path(sellerwatch.__file__).resolve().parents[1]
    if not (root / "flows" / "nightly.py").is_file():
        raise ConfigError(
            "the demo runs the Prefect flows, and this installation has none",
            where=str(root),
            remedy="Clone the repository and run `make demo` there",
        )
    return root


@dataclass(slots=True)
class PrefectServer:
    """A Prefect server that lives as long as the ``with`` block."""

    folder: Path
    root: Path
    environment: dict[str, str]
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _log: IO[bytes] | None = field(default=None, repr=False)

    @property
    def ui_url(self) -> str:
        """Where a person looks at it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_path(self) -> Path:
        """Where the server and the flow runs write."""
        return self.folder / "demo.log"

    def __enter__(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            PermanentError: it does not come up; the message names the log.
        """
        self.port = _free_port()
        self.environment = self.environment | {
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PREFECT_LOGGING_EXTRA_LOGGERS": "sellerwatch",
            # A proxy that is set for the outside must not be asked for this machine.
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "PYTHONPATH": str(self.root),
        }
        self._log = self.log_path.open("ab")
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        # A session of its own: Ctrl-C reaches us only, and we stop the server after what uses it.
        self._process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait_until_up()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the server and everything it started."""
        self._stop()

    def _wait_until_up(self) -> None:
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process is not None and self._process.poll() is None:
            try:
                if httpx.get(f"{self.ui_url}/api/health", timeout=2, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise PermanentError("the Prefect server did not start", where=str(self.log_path), remedy="Read the end of the log")

    def _stop(self) -> None:
        if self._process is not None:
            stop_group(self._process)
        if self._log is not None:
            self._log.close()


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: politely, then for certain."""
    for number, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            return


def run_nightly_flow(server: PrefectServer, store_id: str, as_of: date, environment: Mapping[str, str]) -> None:
    """Run the nightly flow of a store in a process of its own, recorded by the server.

    Raises:
        PermanentError: the flow run failed; the message names the log.
    """
    command = [sys.executable, "-c", _FLOW_RUN, store_id, as_of.isoformat()]
    with server.log_path.open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=server.root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait(FLOW_SECONDS)
        except BaseException:
            stop_group(process)
            raise
    if code != 0:
        raise PermanentError(
            f"the night of {as_of} failed for store {store_id}: {_last_error(server.log_path)}",
            where=str(server.log_path),
            remedy="Read the end of the log",
        )


def _last_error(path: Path) -> str:
    lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else "no output"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
