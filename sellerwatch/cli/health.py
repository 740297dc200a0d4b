"""A health check on loopback for what watches a long-running command: systemd, Kubernetes, or a person with curl."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from sellerwatch.core.errors import ConfigError

LOOPBACK: Final = "127.0.0.1"
PATH: Final = "/health"
Report = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well, and what else there is to say."""


@contextmanager
def health_check(port: int, report: Report) -> Iterator[int]:
    """Answer ``GET /health`` while the block runs, with 200 where all is well and 503 where not; give the port.

    Raises:
        ConfigError: the port cannot be used.
    """
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler(report))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise ConfigError(f"cannot listen on port {port}: {reason}", where="--health-port", remedy="Choose another") from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(report: Report) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers one path, and logs nothing."""

        def do_GET(self) -> None:
            """Say how it is."""
            is_well, said = report() if self.path == PATH else (False, {"error": f"ask for {PATH}"})
            body = json.dumps(dict(said)).encode()
            self.send_response(404 if self.path != PATH else 200 if is_well else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet: a check every few seconds is no news."""

    return Handler
