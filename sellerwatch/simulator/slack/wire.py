"""Getting calls off the wire and answers onto it, including the answers that break the connection."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from sellerwatch.simulator.slack.calls import Call, RefusedError, Reply

_BEARER = "bearer "
_PAGE = "<!DOCTYPE html><html><head><title>Server Error</title></head><body><h1>Something went wrong.</h1></body></html>"
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


async def read_call(request: Request) -> Call:
    """Return the call an HTTP request makes.

    Raises:
        RefusedError: the body is not of a kind that Slack takes.
    """
    query = dict(request.query_params)
    form_or_json, takes_token = _read_body(request.headers.get("content-type"), await request.body())
    arguments = {**query, **form_or_json}
    field_token = arguments.pop("token", None)
    header = request.headers.get("authorization", "")
    token = header[len(_BEARER) :] if header.lower().startswith(_BEARER) else None
    # A token inside a JSON body does not count: https://docs.slack.dev/apis/web-api/#posting-json
    if token is None and field_token and (takes_token or "token" in query):
        token = str(field_token)
    return Call(request.path_params["method"], arguments, token=token, origin=str(request.base_url).rstrip("/"))


def _read_body(content_type: str | None, body: bytes) -> tuple[Mapping[str, object], bool]:
    if not body:
        return {}, True
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _read_json(body), False
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True)), True
    raise RefusedError("invalid_post_type" if kind else "missing_post_type")


def _read_json(body: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(body)
    except ValueError:
        raise RefusedError("invalid_json") from None
    if not isinstance(value, dict):
        raise RefusedError("json_not_object")
    return value


async def respond(reply: Reply) -> Response:
    """Return what sends the reply, after its delay in real seconds."""
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.ending == "json":
        return JSONResponse(reply.body, status_code=reply.status, headers=dict(reply.headers))
    if reply.ending == "text":
        return PlainTextResponse(f"OK - {reply.body.get('size')}", status_code=reply.status)
    if reply.ending == "html":
        return HTMLResponse(_PAGE, status_code=reply.status)
    return _BrokenResponse(reply)


@dataclass(frozen=True, slots=True)
class _Connection:
    """The server's side of the TCP connection, as uvicorn holds it behind ``receive``."""

    transport: asyncio.Transport

    @classmethod
    def behind(cls, receive: Receive) -> _Connection:
        """Find the connection.

        Raises:
            ConnectionResetError: there is none, as in a client that calls the application without a network.
        """
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if not isinstance(transport, asyncio.Transport):
            raise ConnectionResetError("the simulated Slack dropped the connection")
        return cls(transport)

    def reset(self) -> None:
        """Break it so that the peer sees RST."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self.transport.abort()

    def close(self) -> None:
        """End it so that the peer sees FIN once everything written has arrived."""
        self.transport.close()


class _BrokenResponse(Response):
    """An answer that is never whole."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(status_code=reply.status)
        self.reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Send nothing, or half, and end the connection."""
        connection = _Connection.behind(receive)
        if self.reply.ending == "half":
            await self._send_half(send)
        if self.reply.ending == "reset":
            connection.reset()
        else:
            connection.close()
        # The server has to notice the end before this returns, else it would answer 500 in our place. The request's body
        # was read whole, so the next thing to receive is the end.
        await receive()

    async def _send_half(self, send: Send) -> None:
        body = json.dumps(self.reply.body).encode()
        headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self.reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
