"""What one Web API call is, and the three ways it ends: done, refused, or answered in some other manner by a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sellerwatch.simulator.slack.journal import Finding

Ending = Literal["json", "html", "text", "reset", "close", "half"]
"""How the bytes leave: a JSON, HTML or plain text answer, a reset, a quiet close, or half of the JSON and then a close."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived; form values are text, values from a JSON body are what they were."""

    method: str
    arguments: Mapping[str, object]
    token: str | None = field(default=None, repr=False)
    origin: str = ""

    def text(self, name: str) -> str:
        """Return the argument as text; empty when it is absent or null."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return whether the argument says yes, in the spellings of forms and of JSON."""
        return self.text(name).lower() in {"1", "true"}

    def decoded(self, name: str) -> object:
        """Return the argument with JSON text decoded, as forms carry it; None when absent or empty.

        Raises:
            ValueError: the text is not JSON.
        """
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.strip() else None


@dataclass(frozen=True, slots=True)
class Done:
    """A call that Slack carried out: its answer, the message it touched, and what was odd about it all the same."""

    body: Mapping[str, object]
    ts: str | None = None
    findings: tuple[Finding, ...] = ()


class RefusedError(Exception):
    """A call that Slack answers with ``ok: false``."""

    def __init__(
        self,
        error: str,
        *,
        messages: tuple[str, ...] = (),
        extra: Mapping[str, object] | None = None,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        """Keep the code, the explaining messages, further answer fields, and what the journal should know."""
        super().__init__(error)
        self.error = error
        self.messages = messages
        self.extra = dict(extra or {})
        self.findings = findings

    def body(self) -> dict[str, object]:
        """Return the answer as Slack words it."""
        body: dict[str, object] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire, and after how many real seconds."""

    body: Mapping[str, object]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = "json"
    delay: float = 0.0
