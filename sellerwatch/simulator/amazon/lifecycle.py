"""How a report goes from IN_QUEUE to its end: decided when it is asked for, and made when its time has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sellerwatch.simulator.amazon.damage import CONTENT_DAMAGE, PACKING_DAMAGE, compress
from sellerwatch.simulator.amazon.faults import Fault, Subject
from sellerwatch.simulator.amazon.report_types import LONGEST_ORDER_SPAN, ORDER_TYPES, SALES_AND_TRAFFIC, broken_option
from sellerwatch.simulator.amazon.state import (
    AdsReport,
    AmazonState,
    Document,
    Order,
    Query,
    Report,
    Status,
    Verdict,
    new_report_id,
)
from sellerwatch.simulator.ports import Rendered, ReportRequest

CANCELLED = Rendered("CANCELLED")
ONE_MARKETPLACE = "This report accepts one marketplaceId only."
OLDEST_YEARS = 2
ADS_CONTENT_TYPE = "binary/octet-stream"
"""What the store of ads reports says of every file: it is a gzip file, and no header tells what is inside."""

LEAP_DAY = (2, 29)


def new_report(state: AmazonState, order: Order) -> Report:
    """Take an order in: decide what will come of it, and remember it."""
    now = state.clock.now()
    report_id = new_report_id(order.seller_id, order.report_type, now.isoformat(), str(len(state.reports)))
    verdict = _verdict(state, order, now)
    life = life_of_new(state, queued_longer=verdict.queued_longer if verdict else timedelta())
    report = Report(report_id, order, *life, verdict=verdict)
    state.keep(report)
    return report


def life_of_new(state: AmazonState, *, queued_longer: timedelta = timedelta()) -> tuple[datetime, datetime, datetime]:
    """Return when something asked for now is created, begins to be processed, and ends."""
    now = state.clock.now()
    started_at = now + timedelta(seconds=state.settings.queue_seconds) + queued_longer
    return now, started_at, started_at + timedelta(seconds=state.settings.processing_seconds)


def status_of(state: AmazonState, report: Report) -> Status:
    """Return a report's status at this moment, making its document when the time has come."""
    now = state.clock.now()
    stuck_in = report.verdict.stuck_in if report.verdict else None
    if report.cancelled_at is not None:
        return "CANCELLED"
    if now < report.started_at or stuck_in == "IN_QUEUE":
        return "IN_QUEUE"
    if now < report.ended_at or stuck_in is not None:
        return "IN_PROGRESS"
    return report.finished_as or finish(state, report)


def finish(state: AmazonState, report: Report) -> Status:
    """Make the report: its final status and, where there is one, its document; a query without a row has none."""
    decided = report.verdict.outcome if report.verdict else None
    rendered = decided or (report.maker() if report.maker else state.world.render(_request(report)))
    report.finished_as = rendered.status
    has_document = rendered.status == "DONE" and not isinstance(report, Query)
    if has_document or (rendered.status != "CANCELLED" and rendered.body):
        report.rendered = rendered
    return rendered.status


def subject_of(order: Order, operation: str = "") -> Subject:
    """Return what a fault is matched against for this order."""
    return Subject(operation, order.report_type, order.marketplace_ids, order.seller_id)


def _request(report: Report) -> ReportRequest:
    order = report.order
    start, end = order.data_start, order.data_end
    if order.report_type in ORDER_TYPES and start and end and end - start > LONGEST_ORDER_SPAN:
        start = end  # Amazon answers a longer span with DONE and no row: github.com/amzn/selling-partner-api-docs/issues/575
    return ReportRequest(
        seller_id=order.seller_id,
        report_type=order.report_type,
        marketplace_ids=order.marketplace_ids,
        data_start=start,
        data_end=end,
        options=order.options,
        now=report.ended_at,
    )


def stored_document(state: AmazonState, report: Report) -> Document | None:
    """Return a finished report's document as it is stored, None if it has none.

    It is stored when it is first looked for, so that a fault strikes a document somebody reads.
    """
    if report.document is None and report.rendered is not None:
        report.document = _store(state, report, report.rendered)
        report.rendered = replace(report.rendered, body=b"")  # a backfill makes hundreds of these
    return report.document


def _store(state: AmazonState, report: Report, rendered: Rendered) -> Document:
    if rendered.status != "DONE":
        return _pack(state, report, rendered, None)
    subject = subject_of(report.order)
    for fault in state.faults.take_each(CONTENT_DAMAGE, subject):
        damaged = CONTENT_DAMAGE[fault.fault](rendered, fault)
        if damaged == rendered:
            state.note_unexpected(f"fault {fault.fault} changed nothing", f"{report.order.report_type} {report.report_id}")
        rendered = damaged
    return _pack(state, report, rendered, state.faults.take(PACKING_DAMAGE, subject))


def _pack(state: AmazonState, report: Report, rendered: Rendered, fault: Fault | None) -> Document:
    """Return the document as stored: Data Kiosk says in a header that it is compressed, the Ads API always compresses."""
    is_ads = isinstance(report, AdsReport)
    is_gzip = is_ads or fault is not None or len(rendered.body) >= state.settings.compress_from_bytes
    pack = PACKING_DAMAGE[fault.fault] if fault else compress
    return Document(
        pack(rendered.body) if is_gzip else rendered.body,
        ADS_CONTENT_TYPE if is_ads else rendered.content_type,
        is_gzip,
        encoding="gzip" if is_gzip and isinstance(report, Query) else "",
    )


def ordered_fault(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    """Return what a waiting fault makes of the order, None if there is none for it."""
    del now
    fault = state.faults.take(("cancelled", "fatal", "stuck_in_queue", "stuck_in_progress"), subject_of(order))
    if fault is None:
        return None
    outcomes: dict[str, Verdict] = {
        "cancelled": Verdict("fault", CANCELLED),
        "fatal": Verdict("fault", Rendered("FATAL", fault.text.encode())),
        "stuck_in_queue": Verdict("fault", queued_longer=timedelta(seconds=fault.seconds))
        if fault.seconds
        else Verdict("fault", stuck_in="IN_QUEUE"),
        "stuck_in_progress": Verdict("fault", stuck_in="IN_PROGRESS"),
    }
    return outcomes[fault.fault]


def _asked_too_soon(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    cool_down = state.settings.cool_downs.get(order.report_type)
    if cool_down is None:
        return None
    return Verdict("asked again too soon", CANCELLED) if state.was_made_since(order, now - cool_down) else None


def _several_marketplaces(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    del state, now
    if order.report_type != SALES_AND_TRAFFIC or len(order.marketplace_ids) == 1:
        return None
    return Verdict("more than one marketplace", Rendered("FATAL", ONE_MARKETPLACE.encode()))


def _too_long_ago(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    del state
    if order.report_type != SALES_AND_TRAFFIC or order.data_start is None:
        return None
    if order.data_start.date() >= years_before(now.date(), OLDEST_YEARS):
        return None
    return Verdict("starts more than two years ago", CANCELLED)


def _wrong_option(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    del state, now
    rule = broken_option(order.report_type, order.options)
    return Verdict(f"report option {rule.option}", Rendered("FATAL", rule.text.encode())) if rule else None


VERDICTS: tuple[Callable[[AmazonState, Order, datetime], Verdict | None], ...] = (
    ordered_fault,
    _several_marketplaces,
    _too_long_ago,
    _wrong_option,
    _asked_too_soon,
)
"""What can be decided when a report is asked for; the first that speaks wins, and silence leaves it to the world."""


def _verdict(state: AmazonState, order: Order, now: datetime) -> Verdict | None:
    return next((verdict for decide in VERDICTS if (verdict := decide(state, order, now)) is not None), None)


def years_before(day: date, years: int) -> date:
    """Return the same calendar day this many years earlier; 29 February becomes the 28th."""
    if (day.month, day.day) == LEAP_DAY:
        day = day.replace(day=28)
    return day.replace(year=day.year - years)
