"""Messages as JSON and back, for the outbox: every block is an object whose ``type`` names its class."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any, Final

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages import blocks
from sellerwatch.messages.blocks import Message, Tone

TYPES: Final[dict[str, type[Any]]] = {
    "bold": blocks.Bold,
    "code": blocks.Code,
    "link": blocks.Link,
    "mention": blocks.Mention,
    "header": blocks.Header,
    "text": blocks.Text,
    "field": blocks.Field,
    "fields": blocks.Fields,
    "steps": blocks.Steps,
    "bullets": blocks.Bullets,
    "context": blocks.Context,
    "divider": blocks.Divider,
    "standing": blocks.Standing,
    "button": blocks.Button,
    "actions": blocks.Actions,
    "chart": blocks.Chart,
    "attachment": blocks.Attachment,
    "earlier": blocks.Earlier,
    "message": blocks.Message,
}
"""The stored name of every class. Names are for ever: rows written last year must still be readable."""

_NAMES: Final = {kind: name for name, kind in TYPES.items()}


def to_dict(message: Message) -> dict[str, Any]:
    """Return the message as JSON-ready data; `from_dict` gives an equal message back."""
    stored: dict[str, Any] = _encode(message)
    return stored


def from_dict(stored: object) -> Message:
    """Read what `to_dict` wrote.

    Raises:
        PermanentError: the data is not a message this version knows.
    """
    try:
        message = _decode(stored)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error
    if not isinstance(message, Message):
        raise _unreadable("it is not a message")
    return dataclasses.replace(message, tone=_tone(message.tone))


def _encode(value: Any) -> Any:  # noqa: ANN401 - a tree of dataclasses, tuples and plain values
    if dataclasses.is_dataclass(value):
        parts = {field.name: _encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"type": _NAMES[type(value)], **parts}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    # A lone surrogate cannot be written to any database as UTF-8.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _decode(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, dict):
        parts = {name: _decode(part) for name, part in value.items() if name != "type"}
        if value["type"] == "chart":
            parts["points"] = tuple((date.fromisoformat(day), number) for day, number in parts["points"])
        return TYPES[value["type"]](**parts)
    return tuple(_decode(item) for item in value) if isinstance(value, list) else value


def _tone(name: str) -> Tone:
    try:
        return Tone(name)
    except ValueError as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> PermanentError:
    return PermanentError(
        f"a stored message cannot be read: {why}",
        where="outbox",
        remedy="Deliver it with the version that wrote it, or let the next night decide it again",
    )
