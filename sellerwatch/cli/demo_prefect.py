"""The demo's private Prefect: a server of its own on a free port, and flow runs in processes of their own.

The library never imports Prefect, so both are started as the programs they are.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

import sellerwatch
from sellerwatch.cli import lifeline
from sellerwatch.core.errors import ConfigError, PermanentError

START_SECONDS = 90.0
FLOW_SECONDS = 300.0
ERROR_LENGTH = 300
_ERROR_LINE = re.compile(r"(?:[a-zA-Z_]\w*\.)*\w*Error: (.+)")
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
        """Start the server, which takes seconds until it answers; other things can be done meanwhile."""
        self.port = free_port()
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
        command = ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)]
        try:
            self._process = lifeline.start(
                [sys.executable, *command], folder=self.folder, environment=self.environment, log=self._log
            )
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the server and everything it started."""
        self._stop()

    def wait_until_up(self) -> None:
        """Wait until the server answers.

        Raises:
            PermanentError: it does not come up; the message names the log.
        """
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process is not None and self._process.poll() is None:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.ui_url}/api/health", timeout=2, trust_env=False).is_success:
                    return
            time.sleep(0.2)
        raise PermanentError("the Prefect server did not start", where=str(self.log_path), remedy="Read the end of the log")

    def _stop(self) -> None:
        if self._process is not None:
            lifeline.stop(self._process)
        if self._log is not None:
            self._log.close()


def run_nightly_flow(server: PrefectServer, store_id: str, as_of: date, environment: Mapping[str, str]) -> None:
    """Run the nightly flow of a store in a process of its own, recorded by the server.

    Raises:
        PermanentError: the flow run failed or hangs; the message names the log.
    """
    command = [sys.executable, "-c", _FLOW_RUN, store_id, as_of.isoformat()]
    with server.log_path.open("ab") as log:
        begins_at = log.tell()
        process = lifeline.start(command, folder=server.root, environment=environment, log=log)
        try:
            code = process.wait(FLOW_SECONDS)
        except subprocess.TimeoutExpired:
            raise _failed(server, store_id, as_of, f"no end after {FLOW_SECONDS:.0f} s") from None
        finally:
            lifeline.stop(process)
    if code != 0:
        raise _failed(server, store_id, as_of, _last_error(server.log_path, begins_at))


def _failed(server: PrefectServer, store_id: str, as_of: date, reason: str) -> PermanentError:
    return PermanentError(
        f"the night of {as_of} failed for store {store_id}: {reason}",
        where=str(server.log_path),
        remedy="Read the end of the log",
    )


def _last_error(path: Path, begins_at: int) -> str:
    """Return the last error that was logged from a place in the file on, or the last line; the server writes there too."""
    with path.open("rb") as log:
        log.seek(begins_at)
        lines = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [found[1] for line in lines if (found := _ERROR_LINE.match(line))]
    said = [*lines[-1:], *errors[-1:]]
    return said[-1].strip()[:ERROR_LENGTH] if said else "no output"


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
