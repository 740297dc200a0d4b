"""Account health at one moment: the account's status in each marketplace, and every metric with Amazon's own target.

Amazon keeps no history of it, and its schema and its own example spell four names differently: both are read, and the
schema's are kept. Rates are fractions of one. Which target a metric must meet comes with it, so no limit is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed, read_bytes
from sellerwatch.reports.encoding import decode
from sellerwatch.reports.jsonfile import (
    Placed,
    Records,
    Row,
    assemble,
    flat,
    list_of,
    load_object,
    nothing,
    read_records,
    read_rows,
)


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """The account's status in one marketplace on one day."""

    snapshot_on: date
    marketplace_id: str
    status: str | None


@dataclass(frozen=True, slots=True)
class AccountMetric:
    """One health metric of the account in one marketplace on one day."""

    snapshot_on: date
    marketplace_id: str
    metric: str
    fulfillment_type: str
    period_from_utc: datetime | None
    period_to_utc: datetime | None
    event_count: int | None
    base_count: int | None
    rate_fraction: Decimal | None
    score: Decimal | None
    status: str | None
    target_value: Decimal | None
    target_condition: str | None


STATUS_COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column("marketplace_id", "marketplaceId", Kind.TEXT, "Amazon's id of the marketplace.", required=True),
    Column("status", "status", Kind.TEXT, "NORMAL, AT_RISK, DEACTIVATED, or a word of Amazon's.", required=True),
)

METRIC_COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column(
        "marketplace_id",
        "",
        Kind.TEXT,
        "Amazon's id of the marketplace; the one asked for where the report names none; computed.",
    ),
    Column(
        "metric",
        "",
        Kind.TEXT,
        "Amazon's name, such as lateShipmentRate; a part of one has a point: orderDefectRate.claims; computed.",
    ),
    Column("fulfillment_type", "", Kind.TEXT, "Who ships: mfn or afn; all where Amazon does not tell them apart; computed."),
    Column("period_from_utc", "*.reportingDateRange.reportingDateFrom", Kind.INSTANT, "Start of the time it looks at."),
    Column("period_to_utc", "*.reportingDateRange.reportingDateTo", Kind.INSTANT, "End of that time."),
    Column(
        "event_count",
        "*.defectsCount",
        Kind.INTEGER,
        "What the metric counts: defects, late shipments, cancellations, or deliveries on time.",
        also=(
            "*.lateShipmentCount",
            "*.cancellationCount",
            "*.onTimeDeliveryCount",
            "*.unitOnTimeDeliveryCount",
            "*.validTrackingCount",
            "*.orderWithDefects.count",
            "*.invoiceDefect.count",
            "*.count",
        ),
    ),
    Column(
        "base_count",
        "*.orderCount",
        Kind.INTEGER,
        "What they are counted among: orders, shipments or units; may be less than event_count in Amazon's own example.",
        also=("*.shipmentCount", "*.shipmentCountWithValidTracking", "*.totalUnitCount"),
    ),
    Column("rate_fraction", "*.rate", Kind.DECIMAL, "Amazon's rate, 0 to 1, although its text says percentage."),
    Column("score", "*.ahrScore", Kind.DECIMAL, "The account health rating as a number, where Amazon gives it."),
    Column(
        "status",
        "*.status",
        Kind.TEXT,
        "GOOD, BAD or NONE; GREAT or WARNED for the rating; or a word of Amazon's.",
        required=True,
        also=("*.accountHealthRatingStatus", "*.ahrStatus"),
    ),
    Column("target_value", "*.targetValue", Kind.DECIMAL, "Amazon's limit: a fraction for a rate, a count for a policy."),
    Column("target_condition", "*.targetCondition", Kind.TEXT, "How to meet it: LESS_THAN, GREATER_THAN or EQUALS."),
)

ACCOUNT_METRIC = FactTable(
    name="account_metric",
    columns=METRIC_COLUMNS,
    key=("snapshot_on", "marketplace_id", "metric", "fulfillment_type"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=AccountMetric,
    title="One account health metric on one day",
    records="performanceMetrics",
)

ACCOUNT_STATUS = FactTable(
    name="account_status",
    columns=STATUS_COLUMNS,
    key=("snapshot_on", "marketplace_id"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=AccountStatus,
    title="The account's status in one marketplace on one day",
    records="accountStatuses",
)

_OF_THE_METRIC = "the status of the metric itself"
LEFT_OUT: Mapping[str, str] = {
    "*.warningType": "part of the metric's name",
    "*.fulfillmentType": "the name of the block tells; Amazon's own example says mfn inside afn",
    "*.orderWithDefects.status": _OF_THE_METRIC,
    "*.invoiceDefect.status": _OF_THE_METRIC,
    "*.reportingDateRange.dateOffset.duration": "follows from the two ends",
    "*.reportingDateRange.dateOffset.offset": "follows from the two ends",
}

SCHEMA_NAMES: Mapping[str, str] = {
    "prefulfillmentCancelRate": "preFulfillmentCancellationRate",
    "warningState": "warningStates",
    "documentRequest": "documentRequests",
}
"""The names of Amazon's example, and of its schema."""

_MARKETPLACE = "marketplaceId"
_HALVES = ("mfn", "afn")
_EVERY_FULFILLMENT = "all"
_MAIN_COUNTS = ("orderWithDefects", "invoiceDefect")
"""Blocks whose count is the metric's own, unlike those of claims or late invoices, which are parts of it."""

_SHARED_WITH_PARTS = ("reportingDateRange", "orderCount")
"""What a part has in common with its metric."""

_GIVEN = ("marketplace_id", "metric", "fulfillment_type")


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a seller-performance document."""
    decoded = decode(read_bytes(data), context)
    if not decoded.utf8.strip():
        return nothing(decoded, (ACCOUNT_METRIC, ACCOUNT_STATUS))
    document = load_object(decoded, context)
    statuses = read_records(list_of(document, ACCOUNT_STATUS, context), context, table=ACCOUNT_STATUS)
    metrics = _read_metrics(list_of(document, ACCOUNT_METRIC, context), context)
    read = {ACCOUNT_METRIC: _dated(metrics, context), ACCOUNT_STATUS: _dated(statuses, context)}
    return assemble(decoded, read, left_out=LEFT_OUT)


def _dated(records: Records, context: DocumentContext) -> Records:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return records.with_columns({"snapshot_on": constant(records.facts.columns, snapshot_on, pa.date32())})


def _read_metrics(records: Iterable[Placed], context: DocumentContext) -> Records:
    """Type a row for each metric of each marketplace."""
    records = list(records)
    rows = [row for place, record in records for row in _metric_rows(place, record, context.marketplace.id)]
    metrics = read_rows(rows, context, table=ACCOUNT_METRIC, given=_GIVEN)
    strangers = (name for _, record in records if isinstance(record, dict) for name in _strangers(record))
    return replace(metrics, paths=tuple(dict.fromkeys((*strangers, *metrics.paths))))


def _strangers(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the cells of a marketplace that are no metric."""
    yield from (name for name, value in record.items() if name != _MARKETPLACE and not isinstance(value, dict | list | None))


def _metric_rows(place: int, record: object, marketplace: str) -> Iterator[Row]:
    """Yield a row for each metric of one marketplace, whatever its name is: Amazon adds policies."""
    if not isinstance(record, dict):
        yield Row(place, None, dict.fromkeys(_GIVEN, ""))
        return
    for name, value in record.items():
        metric = SCHEMA_NAMES.get(name, name)
        for part, fulfillment, block in _blocks(value):
            given = (str(record.get(_MARKETPLACE) or marketplace), metric + part, fulfillment)
            leaves = flat(block, "*.") if isinstance(block, dict) else None
            yield Row(place, leaves, dict(zip(_GIVEN, given, strict=True)))


def _blocks(value: object) -> Iterator[tuple[str, str, object]]:
    """Yield the name of the part, who ships, and the cells, for the metric that a value is, its halves and its parts."""
    if isinstance(value, list):
        yield from ((*_warning(item), item) for item in value)
    elif isinstance(value, dict):
        halves = {name: half for name, half in value.items() if name in _HALVES and isinstance(half, dict)}
        whole = {name: cell for name, cell in value.items() if name not in _HALVES or not isinstance(cell, dict | None)}
        for fulfillment, half in (halves | {_EVERY_FULFILLMENT: whole}).items():
            yield from ((part, fulfillment, block) for part, block in _parts(half) if block)


def _warning(item: object) -> tuple[str, str]:
    name = item.get("warningType") if isinstance(item, dict) else None
    return f".{name}" if name else "", _EVERY_FULFILLMENT


def _parts(block: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a metric without its parts, and then each part with what it shares with the metric."""
    parts = {
        name: part for name, part in block.items() if isinstance(part, dict) and "count" in part and name not in _MAIN_COUNTS
    }
    yield "", {name: value for name, value in block.items() if name not in parts}
    shared = {name: block[name] for name in _SHARED_WITH_PARTS if name in block}
    yield from ((f".{name}", shared | part) for name, part in parts.items())


REPORT = Report(
    name="seller_performance",
    amazon_type="GET_V2_SELLER_PERFORMANCE_REPORT",
    title="Account health",
    content=Content.JSON,
    tables=(ACCOUNT_METRIC, ACCOUNT_STATUS),
    left_out=LEFT_OUT,
    parse=parse,
)
