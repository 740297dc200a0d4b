"""The web sockets that an app holds open to the workspace, and the acknowledgements that are waited for."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Connection:
    """One open web socket: what is to be sent over it."""

    outgoing: asyncio.Queue[Mapping[str, object] | None] = field(default_factory=asyncio.Queue)
    """None closes it."""


@dataclass(slots=True)
class Sockets:
    """The connections of the workspace's app, and the acknowledgements that are waited for."""

    tickets: set[str] = field(default_factory=set)
    connections: list[Connection] = field(default_factory=list)
    awaited: dict[str, asyncio.Event] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
