"""A scripted loopback server that plays Login with Amazon, the API and the document store, and a clock that waits for nobody."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from sellerwatch.amazon.budget import PUBLISHED_LIMITS, MemoryBudget
from sellerwatch.amazon.connection import Sources, connect, open_sources
from sellerwatch.amazon.credentials import AdsAccount, Credentials
from sellerwatch.amazon.reports_api import AmazonReports
from sellerwatch.amazon.source import Wish
from sellerwatch.core.marketplaces import marketplace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Shows the time it was given; sleeping moves it on at once."""

    time: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=max(0.0, seconds))


@dataclass(frozen=True)
class Reply:
    """One scripted answer; ``fault`` is "" (none), "hangup" (no answer), "stall" (a late one) or "short" (half of it)."""

    status: int = 200
    body: bytes | str | dict | list = b""
    headers: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)

    @property
    def form(self) -> dict:
        return dict(parse_qsl(self.body.decode()))


class LoopbackAmazon(ThreadingHTTPServer):
    """Answers each path, or each method and path such as ``POST /queries``, with its scripted replies in order; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: dict[str, list[Reply]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.tokens_given = 0
        self.patience = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def will(self, path: str, *replies: Reply) -> None:
        self.script[path] = list(replies)

    def requests(self, path: str) -> list[Seen]:
        """What was asked of a path, or of a method and path."""
        return [item for item in self.seen if path in {item.path, f"{item.method} {item.path}"}]

    def reply_to(self, seen: Seen) -> Reply:
        with self.lock:
            self.seen.append(seen)
            queue = self.script.get(f"{seen.method} {seen.path}") or self.script[seen.path]
            if queue:
                return queue.pop(0) if len(queue) > 1 else queue[0]
            if seen.path == "/auth/o2/token":
                self.tokens_given += 1
                return Reply(
                    body={"access_token": f"Atza|token-{self.tokens_given}", "token_type": "bearer", "expires_in": 3600}
                )
            return Reply(404, {"errors": [{"code": "NotFound", "message": f"nothing scripted for {seen.path}"}]})


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackAmazon

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.reply_to(Seen(self.command, parts.path, tuple(parse_qsl(parts.query)), headers, body))
        if reply.fault == "hangup":
            return
        if reply.fault == "stall":
            self.server.patience.wait(0.1)
            return
        raw = reply.raw()
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if reply.fault == "short" else raw)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  # names the base class calls

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def amazon() -> Iterator[LoopbackAmazon]:
    with LoopbackAmazon() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget() -> MemoryBudget:
    return MemoryBudget(PUBLISHED_LIMITS)


@pytest.fixture
def credentials() -> Credentials:
    return Credentials(refresh_token="Atzr|the-refresh-token", lwa_app_id="amzn1.app", lwa_client_secret="the-secret")


@pytest.fixture(autouse=True)
def _calm_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SP_API_DEFAULT_MARKETPLACE", "AWS_ENV", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def connected(amazon, clock, budget, credentials) -> Iterator[Callable[..., AmazonReports]]:
    """Opens connections to the loopback server and closes them at the end."""
    opened = []

    def open_one(**changes) -> AmazonReports:
        settings = {"base_url": amazon.url, "budget": budget, "clock": clock, "timeout_seconds": 5}
        given = {"credentials": credentials, "marketplace": marketplace("US")} | settings | changes
        opened.append(connect(given.pop("credentials"), given.pop("marketplace"), **given))
        return opened[-1]

    yield open_one
    for api in opened:
        api.close()


@pytest.fixture
def api(connected) -> AmazonReports:
    return connected()


@pytest.fixture
def ads_account(amazon) -> AdsAccount:
    return AdsAccount(
        refresh_token="Atzr|the-ads-refresh-token",
        client_id="amzn1.ads-app",
        client_secret="the-ads-secret",
        profiles={"US": "1111", "CA": "2222"},
        base_url=amazon.url,
    )


@pytest.fixture
def opened(amazon, clock, budget, credentials, ads_account) -> Iterator[Callable[..., Sources]]:
    """Opens all sources of a seller at the loopback server and closes them at the end."""
    opened = []

    def open_some(**changes) -> Sources:
        settings = {"base_url": amazon.url, "budget": budget, "clock": clock, "ads": ads_account}
        opened.append(open_sources(credentials, marketplace("US"), **(settings | changes)))
        return opened[-1]

    yield open_some
    for sources in opened:
        sources.close()


@pytest.fixture
def sources(opened) -> Sources:
    return opened()


@pytest.fixture
def wish() -> Callable[..., Wish]:
    """Makes wishes for one day in the United States."""

    def make(report_type="T", code="US", **parts) -> Wish:
        day = {"start": None, "end": None, "first_day": date(2026, 3, 1), "last_day": date(2026, 3, 1)}
        return Wish(report_type, marketplace(code), **(day | parts))

    return make
