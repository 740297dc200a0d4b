"""The closed vocabulary of things that can be made to go wrong, and the book of those that are waiting to happen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sellerwatch.core.errors import ConfigError, unknown_value
from sellerwatch.simulator.amazon.ads_types import ADS_REPORTS
from sellerwatch.simulator.amazon.kiosk_schema import QUERIES
from sellerwatch.simulator.amazon.limits import ALL_LIMITS
from sellerwatch.simulator.amazon.report_types import REPORT_TYPES

Level = Literal["operation", "report", "document", "account"]

TOKEN = "token"  # noqa: S105  the name of an operation
DOWNLOAD = "download"
OPERATIONS = (TOKEN, *ALL_LIMITS, DOWNLOAD)
"""Every kind of call: the login, those of the SP-API and the Ads API, and the download of a document."""

DOCUMENT_TYPES = (*REPORT_TYPES, *QUERIES, *ADS_REPORTS)
"""Everything that becomes a document: report types, queries of Data Kiosk by dataset and name, report types of the Ads API."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One word of the vocabulary: where it strikes, what it does, what must and may be said about it."""

    level: Level
    effect: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    operations: tuple[str, ...] = OPERATIONS


_API = tuple(ALL_LIMITS)
FAULTS: Mapping[str, FaultKind] = {
    "html_500": FaultKind("operation", "answer 500 with an HTML page"),
    "empty_503": FaultKind("operation", "answer 503 with an empty body"),
    "message_401": FaultKind("operation", 'answer 401 with {"message": "Unauthorized"}', operations=_API),
    "throttle": FaultKind("operation", "answer 429 although tokens are left", operations=_API),
    "expired_token": FaultKind("operation", "answer 403 (Ads: 401) as for an expired access token", operations=_API),
    "slow": FaultKind("operation", "wait this many real seconds, then answer as usual", needs=("seconds",)),
    "drop_connection": FaultKind("operation", "do nothing and close the connection inside the answer"),
    "lost_answer": FaultKind("operation", "do what was asked, then close the connection inside the answer", operations=_API),
    "cancelled": FaultKind("report", "the report ends CANCELLED (Ads: FAILED)"),
    "fatal": FaultKind(
        "report", "the report ends FATAL (Ads: FAILED); with text, that text is its document or reason", may=("text",)
    ),
    "stuck_in_queue": FaultKind(
        "report",
        "the report stays IN_QUEUE (Ads: PENDING) for ever, or for so many simulated seconds",
        may=("seconds",),
    ),
    "stuck_in_progress": FaultKind("report", "the report stays IN_PROGRESS (Ads: PROCESSING) for ever"),
    "truncated_gzip": FaultKind("document", "the stored gzip file lacks its second half"),
    "two_member_gzip": FaultKind("document", "the stored gzip file has two members"),
    "no_charset": FaultKind("document", "the Content-Type names no charset"),
    "empty_document": FaultKind("document", "the document has no byte"),
    "header_only": FaultKind("document", "a text document keeps its first line only; a JSON document empties its lists"),
    "missing_column": FaultKind("document", "the column (JSON: every key of this name) is gone", needs=("column",)),
    "new_column": FaultKind("document", "a column (JSON: a key in each row) nobody has seen is added", needs=("column",)),
    "html_document": FaultKind("document", "the document is an HTML page"),
    "expired_url": FaultKind("document", "the API hands out a URL that has already expired"),
    "revoked": FaultKind("account", "login answers 400 invalid_grant; the API answers 403"),
    "wrong_secret": FaultKind("account", "login answers 401 invalid_client; tokens already issued go on working"),
    "expired_secret": FaultKind("account", "login answers 401 invalid_client; the API answers 403 naming the secret"),
    "missing_role": FaultKind("account", "createReport and createQuery answer 403", may=("report_type",)),
}
"""Every fault there is."""

SELECTORS: Mapping[Level, tuple[str, ...]] = {
    "operation": ("operation", "seller_id"),
    "report": ("report_type", "marketplace_id", "seller_id"),
    "document": ("report_type", "marketplace_id", "seller_id"),
    "account": ("seller_id",),
}
"""What a fault of each level can be narrowed down to; what is left out matches everything."""


@dataclass(slots=True)
class Fault:
    """One fault that waits; ``times`` counts down to zero, None means until it is cleared."""

    fault: str
    times: int | None
    operation: str = ""
    report_type: str = ""
    marketplace_id: str = ""
    seller_id: str = ""
    seconds: float = 0.0
    column: str = ""
    text: str = ""

    def summary(self) -> dict[str, object]:
        """Return the fault as it was ordered, with the times that are left."""
        names = ("operation", "report_type", "marketplace_id", "seller_id", "seconds", "column", "text")
        said = {name: getattr(self, name) for name in names if getattr(self, name)}
        return {"fault": self.fault, **said, "times": self.times}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is happening, for a fault to be matched against."""

    operation: str = ""
    report_type: str = ""
    marketplace_ids: tuple[str, ...] = ()
    seller_id: str = ""


@dataclass(slots=True)
class FaultBook:
    """The faults that wait, in the order they were given."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, names: Collection[str], subject: Subject) -> Fault | None:
        """Use up the first waiting fault of these names that strikes this subject."""
        found = next((item for item in self.waiting if item.fault in names and _strikes(item, subject)), None)
        if found is not None and found.times is not None:
            found.times -= 1
            if found.times == 0:
                self.waiting = [item for item in self.waiting if item is not found]
        return found

    def take_each(self, names: Iterable[str], subject: Subject) -> list[Fault]:
        """Use up one fault of every name that strikes this subject, in the order of the names."""
        return [found for name in names if (found := self.take((name,), subject)) is not None]


def _strikes(item: Fault, subject: Subject) -> bool:
    return (
        (not subject.operation or subject.operation in FAULTS[item.fault].operations)
        and (not item.operation or item.operation == subject.operation)
        and (not item.report_type or item.report_type == subject.report_type)
        and (not item.marketplace_id or item.marketplace_id in subject.marketplace_ids)
        and (not item.seller_id or item.seller_id == subject.seller_id)
    )


def parse_faults(payload: object, *, seller_ids: Collection[str]) -> list[Fault]:
    """Read a list of faults as JSON gives them.

    Raises:
        ConfigError: not a list of objects, or one of them has an unknown word, a missing field or a value of a wrong kind.
    """
    if not isinstance(payload, list):
        raise ConfigError("faults are not a list", where="faults", remedy='Send a JSON list like [{"fault": "html_500"}]')
    return [_parse_fault(item, f"faults[{index}]", seller_ids) for index, item in enumerate(payload)]


def _parse_fault(item: object, where: str, seller_ids: Collection[str]) -> Fault:
    said: dict[str, Any] = item if isinstance(item, dict) else {}
    name = said.get("fault")
    if not isinstance(name, str) or name not in FAULTS:
        raise unknown_value(name, FAULTS, what="fault", where=where)
    kind = FAULTS[name]
    allowed = ("fault", "times", *SELECTORS[kind.level], *kind.needs, *kind.may)
    for key, value in said.items():
        _check_field(key, value, allowed, where)
    _check_references(said, kind, seller_ids, where)
    lacking = [need for need in kind.needs if need not in said]
    if lacking:
        raise ConfigError(f"fault {name!r} lacks {', '.join(lacking)}", where=where, remedy="Add it")
    times = said.get("times", None if kind.level == "account" else 1)
    return Fault(**{**said, "times": times})


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "times": (_is_count, "a whole number above zero, or null for every time"),
    "seconds": (_is_duration, "a number of seconds, zero or more"),
}
"""How the fields that are not text are checked, and what to say when they fail."""


def _check_field(key: str, value: object, allowed: tuple[str, ...], where: str) -> None:
    if key not in allowed:
        raise unknown_value(key, allowed, what="field", where=where)
    is_valid, wanted = CHECKS.get(key, (_is_text, "text that is not empty"))
    if not is_valid(value):
        raise ConfigError(f"{key} is {value!r}", where=where, remedy=f"Give {wanted}")


def _check_references(item: Mapping[str, object], kind: FaultKind, seller_ids: Collection[str], where: str) -> None:
    """Refuse a name that nothing in this simulator has: the fault would wait for ever."""
    known = {"operation": kind.operations, "report_type": DOCUMENT_TYPES, "seller_id": seller_ids}
    for key, names in known.items():
        if key in item and item[key] not in names:
            raise unknown_value(item[key], names, what=key, where=where)
