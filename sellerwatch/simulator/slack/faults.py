"""The closed list of ways in which the simulated Slack can fail on demand, and the box in which they wait for their call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.simulator.slack.calls import Ending

_WHERE = "simulated Slack, faults"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way to fail.

    ``accepts``: Slack carries the call out before it fails. ``may_choose``: the request may say which with ``accept``.
    ``error``: the code of an ``ok: false`` answer. ``waits``: real seconds pass before or after the call is carried out.
    """

    meaning: str
    accepts: bool = False
    may_choose: bool = False
    error: str = ""
    messages: tuple[str, ...] = ()
    status: int = 200
    ending: Ending = "json"
    waits: Literal["", "before", "after"] = ""
    only: str = ""
    """The one method this makes sense for; empty for any."""


def _says(error: str, *, messages: tuple[str, ...] = ()) -> FaultKind:
    return FaultKind(f"ok:false {error}, not carried out", error=error, messages=messages)


FAULTS: Mapping[str, FaultKind] = {
    "ratelimited": FaultKind("429 with Retry-After, not carried out", error="ratelimited", status=429),
    "http_500_before": FaultKind("500 page, not carried out", status=500, ending="html"),
    "http_500_after_accept": FaultKind("500 page, carried out", accepts=True, status=500, ending="html"),
    "http_503_before": FaultKind("503 page, not carried out", status=503, ending="html"),
    "reset_before": FaultKind("connection reset (RST), not carried out", ending="reset"),
    "reset_after_accept": FaultKind("connection reset (RST), carried out", accepts=True, ending="reset"),
    "close_before": FaultKind("connection closed (FIN) without an answer, not carried out", ending="close"),
    "close_after_accept": FaultKind("connection closed (FIN) without an answer, carried out", accepts=True, ending="close"),
    "slow_accept": FaultKind("carried out at once, answered after `seconds`", accepts=True, waits="after"),
    "late_accept": FaultKind("carried out and answered only after `seconds`", accepts=True, waits="before"),
    "half_body": FaultKind("carried out, answer cut in the middle", accepts=True, ending="half"),
    "html_200": FaultKind("200 with an HTML page", may_choose=True, ending="html"),
    "internal_error": FaultKind("ok:false internal_error", may_choose=True, error="internal_error"),
    "fatal_error": FaultKind("ok:false fatal_error", may_choose=True, error="fatal_error"),
    "request_timeout": FaultKind("ok:false request_timeout", may_choose=True, error="request_timeout"),
    "service_unavailable": FaultKind("ok:false service_unavailable", may_choose=True, error="service_unavailable"),
    "message_limit_exceeded": _says("message_limit_exceeded"),
    "token_revoked": _says("token_revoked"),
    "missing_scope": _says("missing_scope"),
    "channel_not_found": _says("channel_not_found"),
    "not_in_channel": _says("not_in_channel"),
    "restricted_action": _says("restricted_action"),
    "is_archived": _says("is_archived"),
    "message_not_found": _says("message_not_found"),
    "cant_update_message": _says("cant_update_message"),
    "edit_window_closed": _says("edit_window_closed"),
    "msg_too_long": _says("msg_too_long"),
    "msg_blocks_too_long": _says("msg_blocks_too_long"),
    "metadata_too_large": _says("metadata_too_large"),
    "invalid_blocks": _says("invalid_blocks", messages=("refused on demand [json-pointer:/blocks/0]",)),
    "invalid_slack_file": FaultKind(
        "ok:false invalid_blocks, as for a file that is still being processed",
        error="invalid_blocks",
        messages=("invalid slack file [json-pointer:/blocks/0/slack_file]",),
    ),
    "file_not_ready": FaultKind("the file is still being processed", accepts=True, only="files.info"),
}
"""Every fault by name. A test may ask for no other."""


@dataclass(slots=True)
class Fault:
    """A fault that waits for its calls: it lets ``after`` matching calls pass, then hits ``times`` of them."""

    name: str
    method: str | None = None
    channel: str | None = None
    times: int = 1
    after: int = 0
    retry_after: int = 1
    seconds: float = 0.0
    accept: bool | None = None

    @property
    def kind(self) -> FaultKind:
        """Return what this fault does."""
        return FAULTS[self.name]

    @property
    def accepts(self) -> bool:
        """Return whether Slack carries the call out."""
        return self.kind.accepts if self.accept is None else self.accept

    def matches(self, method: str, channel: str) -> bool:
        """Return whether this fault is meant for such a call."""
        return self.method in {None, method} and self.channel in {None, channel} and self.kind.only in {"", method}


_FIELDS: Mapping[str, tuple[type, ...]] = {
    "fault": (str,),
    "method": (str,),
    "channel": (str,),
    "times": (int,),
    "after": (int,),
    "retry_after": (int,),
    "seconds": (int, float),
    "accept": (bool,),
}


def read_fault(body: Mapping[str, object], methods: frozenset[str]) -> Fault:
    """Turn a control request into a fault.

    Raises:
        ConfigError: an unknown fault, method or field, or a value of the wrong kind; the known ones are named.
    """
    for name, value in body.items():
        _check_field(name, value)
    kind = FAULTS.get(str(body.get("fault", "")))
    if kind is None:
        raise unknown_value(body.get("fault"), FAULTS, what="fault", where=_WHERE)
    if "method" in body and body["method"] not in methods:
        raise unknown_value(body["method"], sorted(methods), what="method", where=_WHERE)
    if "accept" in body and not kind.may_choose:
        choosing = ", ".join(name for name, each in FAULTS.items() if each.may_choose)
        raise ConfigError(
            f"fault {body['fault']!r} has no choice of accept", where=_WHERE, remedy=f"Only these have: {choosing}"
        )
    return _fault_from(body)


def _check_field(name: str, value: object) -> None:
    kinds = _FIELDS.get(name)
    if kinds is None:
        raise unknown_value(name, _FIELDS, what="field", where=_WHERE)
    # A bool is an int to Python, but never a count.
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        raise ConfigError(f"{name} is {value!r}", where=_WHERE, remedy=f"Give {wanted}")
    if isinstance(value, int | float) and value < 0:
        raise ConfigError(f"{name} is {value!r}", where=_WHERE, remedy="Give zero or more")


def _fault_from(body: Mapping[str, object]) -> Fault:
    fault = Fault(name=str(body["fault"]))
    for name, value in body.items():
        if name != "fault":
            setattr(fault, name, value)
    return fault


@dataclass(slots=True)
class FaultBox:
    """The faults that are armed, in the order in which they were asked for."""

    armed: list[Fault] = field(default_factory=list)

    def arm(self, fault: Fault) -> None:
        """Add a fault."""
        self.armed.append(fault)

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()

    def take(self, method: str, channel: str) -> Fault | None:
        """Return the first armed fault that hits this call, and count it; None when the call goes through."""
        for fault in self.armed:
            if not fault.matches(method, channel) or fault.times == 0:
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            return fault
        return None

    def as_json(self) -> list[dict[str, object]]:
        """Return the faults that still have calls to hit."""
        return [
            {"fault": fault.name, "method": fault.method, "channel": fault.channel, "times": fault.times, "after": fault.after}
            for fault in self.armed
            if fault.times > 0
        ]
