"""The HTTP face of the simulated Slack: the Web API, the web socket, the upload address, and the control endpoints for tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.simulator.slack.calls import Call, RefusedError
from sellerwatch.simulator.slack.faults import Fault, read_fault
from sellerwatch.simulator.slack.methods import FAULTY_METHODS, answer, answer_malformed, answer_upload, channel_id_of
from sellerwatch.simulator.slack.rendering import overview
from sellerwatch.simulator.slack.sockets import SOCKET_PATH, disconnect, press, serve_socket
from sellerwatch.simulator.slack.state import Channel, SlackState
from sellerwatch.simulator.slack.uploads import UPLOAD
from sellerwatch.simulator.slack.wire import read_call, respond

_WHERE = "simulated Slack, control"
_Endpoint = Callable[[Request], Awaitable[Response]]


def slack_routes(slack: SlackState) -> list[BaseRoute]:
    """Return the routes of one workspace, for the application that mounts them at its root."""
    return [
        Route("/slack/api/{method}", _api(slack), methods=["GET", "POST"]),
        Route("/slack/upload/{file_id}", _upload(slack), methods=["POST"]),
        WebSocketRoute(SOCKET_PATH, _socket(slack)),
        Route("/_sim/slack/press", _press(slack), methods=["POST"]),
        *(Route(path, _control(slack, act), methods=[verb]) for verb, path, act in _CONTROLS),
    ]


def _api(slack: SlackState) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            call = await read_call(request)
        except RefusedError as refusal:
            return await respond(answer_malformed(slack, request.path_params["method"], refusal))
        fault = slack.faults.take(call.method, channel_id_of(slack, call))
        await _wait_before(fault)
        return await respond(answer(slack, call, fault=fault))

    return endpoint


def _upload(slack: SlackState) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        fault = slack.faults.take(UPLOAD, "")
        await _wait_before(fault)
        reply = answer_upload(slack, request.path_params["file_id"], body, fault=fault)
        is_plain = reply.ending == "json" and reply.body.get("ok") is True
        return await respond(replace(reply, ending="text") if is_plain else reply)

    return endpoint


async def _wait_before(fault: Fault | None) -> None:
    if fault is not None and fault.kind.waits == "before":
        await asyncio.sleep(fault.seconds)


_Answer = Mapping[str, object]
_Act = Callable[[SlackState, Call], _Answer]


def _control(slack: SlackState, act: _Act) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            arguments = {**_body_object(await request.body()), **request.path_params}
            return JSONResponse(act(slack, Call("control", arguments)))
        except ConfigError as error:
            return JSONResponse({"ok": False, "error": str(error)}, status_code=400)

    return endpoint


def _socket(slack: SlackState) -> Callable[[WebSocket], Awaitable[None]]:
    async def endpoint(socket: WebSocket) -> None:
        await serve_socket(slack, socket)

    return endpoint


def _press(slack: SlackState) -> _Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await press(slack, Call("control", _body_object(await request.body()))))
        except ConfigError as error:
            return JSONResponse({"ok": False, "error": str(error)}, status_code=400)

    return endpoint


def _body_object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ConfigError("the body is not a JSON object", where=_WHERE, remedy="Send one JSON object")
    return value


def _show_journal(slack: SlackState, _: Call) -> _Answer:
    return slack.journal.as_json()


def _clear_journal(slack: SlackState, _: Call) -> _Answer:
    slack.journal.clear()
    return {"ok": True}


def _show_messages(slack: SlackState, _: Call) -> _Answer:
    return overview(slack)


def _write_as_person(slack: SlackState, call: Call) -> _Answer:
    channel = _channel(slack, call)
    user_id = call.text("user")
    if user_id not in slack.users:
        raise unknown_value(user_id, slack.users, what="user", where=_WHERE)
    message = slack.say(channel.channel_id, user_id, call.text("text"), thread_ts=call.text("thread_ts") or None)
    return {"ok": True, "channel": channel.channel_id, "ts": message.ts}


def _delete_as_person(slack: SlackState, call: Call) -> _Answer:
    channel, ts = _channel(slack, call), call.text("ts")
    if ts not in channel.messages:
        raise unknown_value(ts, channel.messages, what="message", where=_WHERE)
    channel.remove(ts)
    return {"ok": True}


def _channel(slack: SlackState, call: Call) -> Channel:
    channel = slack.channel_named(call.text("channel"))
    if channel is None:
        raise unknown_value(call.text("channel"), slack.channels, what="channel", where=_WHERE)
    return channel


def _show_faults(slack: SlackState, _: Call) -> _Answer:
    return {"ok": True, "faults": slack.faults.as_json()}


def _arm_fault(slack: SlackState, call: Call) -> _Answer:
    slack.faults.arm(read_fault(call.arguments, FAULTY_METHODS))
    return _show_faults(slack, call)


def _disarm_faults(slack: SlackState, call: Call) -> _Answer:
    slack.faults.clear()
    return _show_faults(slack, call)


def _expect(slack: SlackState, call: Call) -> _Answer:
    limits = {name: value for name, value in call.arguments.items() if name != "allow"}
    allow = call.arguments.get("allow", [])
    if not isinstance(allow, list):
        raise ConfigError(f"allow is {allow!r}", where=_WHERE, remedy="Give a list of reasons")
    slack.journal.expect({name: _whole(name, value) for name, value in limits.items()}, allow=[str(reason) for reason in allow])
    return {"ok": True, "declared": dict(slack.journal.declared), "allowed": sorted(slack.journal.allowed)}


def _whole(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ConfigError(f"{name} is {value!r}", where=_WHERE, remedy="Give a whole number")


_CONTROLS: tuple[tuple[str, str, _Act], ...] = (
    ("GET", "/_sim/slack/journal", _show_journal),
    ("DELETE", "/_sim/slack/journal", _clear_journal),
    ("GET", "/_sim/slack/messages", _show_messages),
    ("POST", "/_sim/slack/messages", _write_as_person),
    ("DELETE", "/_sim/slack/messages/{channel}/{ts}", _delete_as_person),
    ("GET", "/_sim/slack/faults", _show_faults),
    ("POST", "/_sim/slack/faults", _arm_fault),
    ("DELETE", "/_sim/slack/faults", _disarm_faults),
    ("POST", "/_sim/slack/expect", _expect),
    ("POST", "/_sim/slack/disconnect", disconnect),
)
"""What a test, or a person at a terminal, may ask for: verb, path, what answers."""
