"""Socket Mode: apps.connections.open, the web socket it leads to, and people who press buttons in what the workspace shows.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.simulator.slack.calls import Call, Done
from sellerwatch.simulator.slack.connections import Connection
from sellerwatch.simulator.slack.journal import Entry, Finding
from sellerwatch.simulator.slack.rendering import message_json
from sellerwatch.simulator.slack.state import TEAM_ID, Channel, Message, SlackState, User, to_micros

APP_ID = "A0SIMAPP01"
SOCKET_PATH = "/slack/socket"
ACKNOWLEDGE_SECONDS = 3.0
"""An envelope that is not acknowledged by then shows the person a warning, and Slack may send it again."""

METHOD = "interactive"
"""What the journal calls a press."""

_WHERE = "simulated Slack, control"
_TRY_AGAIN_LATER = 1013


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press as a test or a person asks for it.

    Attributes:
        channel: where the message stands.
        message: the message.
        user: who presses.
        button: the button, as the message shows it.
        times: how often the same envelope is delivered.
    """

    channel: Channel
    message: Message
    user: User
    button: Mapping[str, object]
    times: int


def open_connection(slack: SlackState, call: Call) -> Done:
    """Carry out apps.connections.open: the address is good for one connection."""
    ticket = f"ticket-{next(slack.sockets.numbers)}"
    slack.sockets.tickets.add(ticket)
    address = call.origin.replace("http", "ws", 1)
    return Done({"ok": True, "url": f"{address}{SOCKET_PATH}?ticket={ticket}&app_id={APP_ID}"})


async def serve_socket(slack: SlackState, socket: WebSocket) -> None:
    """Hold one connection until either side ends it."""
    ticket = socket.query_params.get("ticket", "")
    if ticket not in slack.sockets.tickets:
        await socket.close(_TRY_AGAIN_LATER)
        return
    slack.sockets.tickets.discard(ticket)
    connection = Connection()
    slack.sockets.connections.append(connection)  # before the handshake, so that no press finds nobody after it
    await socket.accept()
    await connection.outgoing.put(_hello(slack))
    sending = asyncio.create_task(_send_all(socket, connection))
    try:
        while True:
            _hear(slack, await socket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        sending.cancel()
        if connection in slack.sockets.connections:
            slack.sockets.connections.remove(connection)


def _hello(slack: SlackState) -> dict[str, object]:
    return {
        "type": "hello",
        "num_connections": len(slack.sockets.connections),
        "connection_info": {"app_id": APP_ID},
        "debug_info": {"host": "simulated", "approximate_connection_time": 3600},
    }


async def _send_all(socket: WebSocket, connection: Connection) -> None:
    while (message := await connection.outgoing.get()) is not None:
        await socket.send_text(json.dumps(message))
    await socket.close()


def _hear(slack: SlackState, text: str) -> None:
    """Take an acknowledgement; Slack ignores whatever else an app may say."""
    try:
        said = json.loads(text)
    except ValueError:
        return
    awaited = slack.sockets.awaited.get(str(said.get("envelope_id"))) if isinstance(said, dict) else None
    if awaited is not None:
        awaited.set()


async def press(slack: SlackState, call: Call) -> dict[str, object]:
    """Let a person press a button, and wait until the app has acknowledged it.

    Raises:
        ConfigError: no such channel, message, button or person; or no app is connected.
    """
    pressed = _read_press(slack, call)
    if not slack.sockets.connections:
        raise ConfigError("no app is connected", where=_WHERE, remedy="Start `sellerwatch listen` with SLACK_APP_TOKEN set")
    envelope_id = f"envelope-{next(slack.sockets.numbers)}"
    acknowledged = slack.sockets.awaited.setdefault(envelope_id, asyncio.Event())
    envelope = _envelope(slack, pressed, envelope_id)
    for number in range(pressed.times):
        # The payload goes to any of the connections: https://docs.slack.dev/apis/events-api/using-socket-mode#connections
        place = slack.sockets.connections[number % len(slack.sockets.connections)]
        await place.outgoing.put(envelope)
    try:
        await asyncio.wait_for(acknowledged.wait(), ACKNOWLEDGE_SECONDS)
    except TimeoutError:
        pass
    finally:
        slack.sockets.awaited.pop(envelope_id, None)
    _note(slack, pressed, is_acknowledged=acknowledged.is_set())
    return {"ok": True, "envelope_id": envelope_id, "acknowledged": acknowledged.is_set()}


def disconnect(slack: SlackState, call: Call) -> dict[str, object]:
    """End every connection: with Slack's warning, as it does every few hours, or without a word.

    Raises:
        ConfigError: another way is asked for.
    """
    how = call.text("how") or "refresh_requested"
    if how not in {"refresh_requested", "drop"}:
        raise unknown_value(how, ("refresh_requested", "drop"), what="way to disconnect", where=_WHERE)
    connections = list(slack.sockets.connections)
    for connection in connections:
        message = {"type": "disconnect", "reason": how, "debug_info": {"host": "simulated"}} if how != "drop" else None
        connection.outgoing.put_nowait(message)
    return {"ok": True, "connections": len(connections)}


def _read_press(slack: SlackState, call: Call) -> Pressed:
    channel = slack.channel_named(call.text("channel"))
    if channel is None:
        raise unknown_value(call.text("channel"), slack.channels, what="channel", where=_WHERE)
    message = channel.messages.get(call.text("ts"))
    if message is None:
        raise unknown_value(call.text("ts"), channel.messages, what="message", where=_WHERE)
    user = slack.users.get(call.text("user") or "U0OPS00001")
    if user is None:
        raise unknown_value(call.text("user"), slack.users, what="user", where=_WHERE)
    buttons = {str(button.get("action_id")): button for button in _buttons(message)}
    button = buttons.get(call.text("action"))
    if button is None:
        raise unknown_value(call.text("action"), buttons, what="button", where=_WHERE)
    seen = {"value": call.text("value")} if call.text("value") else {}
    times = call.text("times") or "1"
    if not times.isdigit() or not int(times):
        raise ConfigError(f"times is {times!r}", where=_WHERE, remedy="Give a whole number above zero")
    return Pressed(channel, message, user, {**button, **seen}, int(times))


def _buttons(message: Message) -> Iterator[Mapping[str, object]]:
    for index, block in enumerate(message.blocks):
        elements = block.get("elements")
        if block.get("type") != "actions" or not isinstance(elements, list):
            continue
        for element in elements:
            yield {"block_id": f"b{index}", **element}


def _envelope(slack: SlackState, pressed: Pressed, envelope_id: str) -> dict[str, object]:
    micros = to_micros(slack.clock.now()) + next(slack.sockets.numbers)
    user, channel, message = pressed.user, pressed.channel, pressed.message
    thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
    payload = {
        "type": "block_actions",
        "user": {"id": user.user_id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "team": {"id": TEAM_ID, "domain": "simulated"},
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.channel_id,
            "is_ephemeral": False,
            **thread,
        },
        "channel": {"id": channel.channel_id, "name": channel.name},
        "message": message_json(channel, message),
        "actions": [{**pressed.button, "action_ts": f"{micros // 1_000_000}.{micros % 1_000_000:06d}"}],
    }
    return {"type": METHOD, "envelope_id": envelope_id, "accepts_response_payload": True, "payload": payload}


def _note(slack: SlackState, pressed: Pressed, *, is_acknowledged: bool) -> None:
    findings = () if is_acknowledged else (Finding("not_acknowledged", str(pressed.button.get("action_id"))),)
    slack.journal.record(
        Entry(
            at=slack.clock.now(),
            method=METHOD,
            channel=pressed.channel.channel_id,
            kind="press",
            arguments={"action": pressed.button.get("action_id"), "value": pressed.button.get("value")},
            ok=is_acknowledged,
            error=None,
            http=None,
            accepted=is_acknowledged,
            ts=pressed.message.ts,
            unexpected=findings,
        )
    )
