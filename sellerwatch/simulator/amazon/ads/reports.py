"""How an ads report is made: asked for, rendered by the world, cut down to the columns of its order."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from sellerwatch.core.ids import stable_uuid
from sellerwatch.simulator.amazon.ads.orders import AdsOrder
from sellerwatch.simulator.amazon.lifecycle import life_of_new, ordered_fault, status_of
from sellerwatch.simulator.amazon.shelf import Span
from sellerwatch.simulator.amazon.state import AdsReport, AmazonState, Order
from sellerwatch.simulator.ports import Rendered, ReportRequest

JSON_TYPE = "application/json;charset=UTF-8"
EVER = Span(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def new_ads_report(state: AmazonState, order: AdsOrder, *, seller_id: str, marketplace_id: str, profile_id: str) -> AdsReport:
    """Take an order in and remember it."""
    now = state.clock.now()
    asked = Order(seller_id, order.report_type, (marketplace_id,), _midnight(order.first), _midnight(order.last), {})
    report = AdsReport(
        stable_uuid("ads report", profile_id, now.isoformat(), str(len(state.ads_reports))),
        asked,
        *life_of_new(state),
        verdict=ordered_fault(state, asked, now),
        profile_id=profile_id,
        name=order.name,
        configuration=order.configuration,
    )
    report.maker = partial(_make, state, report, order)
    state.ads_reports[profile_id, report.report_id] = report
    return report


def same_report(state: AmazonState, order: AdsOrder, profile_id: str) -> AdsReport | None:
    """Return the report that was made for the same order a short while ago, or is still being made; its name may differ.

    Amazon does not say how long it holds on to an order. Were it for ever, nobody could ask for a day's restated figures.
    """
    held_since = state.clock.now() - timedelta(seconds=state.settings.ads_duplicate_seconds)
    for report in state.ads_reports.newest_first(profile_id, EVER, types=(order.report_type,)):
        is_same = (report.order.data_start, report.order.data_end) == (
            _midnight(order.first),
            _midnight(order.last),
        ) and report.configuration == order.configuration
        if is_same and _is_held(state, report, held_since):
            return report
    return None


def _is_held(state: AmazonState, report: AdsReport, held_since: datetime) -> bool:
    status = status_of(state, report)
    return status in {"IN_QUEUE", "IN_PROGRESS"} or (status == "DONE" and report.created_at >= held_since)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _make(state: AmazonState, report: AdsReport, order: AdsOrder) -> Rendered:
    asked = report.order
    rendered = state.world.render(
        ReportRequest(
            seller_id=asked.seller_id,
            report_type=asked.report_type,
            marketplace_ids=asked.marketplace_ids,
            data_start=asked.data_start,
            data_end=asked.data_end,
            options={"timeUnit": order.time_unit, "groupBy": order.group_by},
            now=report.ended_at,
        )
    )
    if rendered.status != "DONE":
        return rendered
    rows = [{name: row.get(name) for name in order.columns} for row in json.loads(rendered.body)]
    return Rendered("DONE", json.dumps(rows, ensure_ascii=False).encode(), JSON_TYPE)
