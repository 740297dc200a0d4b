"""The operations of the Ads API, each from a call to an answer, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.core.periods import local_day, utc_text
from sellerwatch.simulator.amazon.ads.answers import refuse
from sellerwatch.simulator.amazon.ads.orders import read_order
from sellerwatch.simulator.amazon.ads.reports import new_ads_report, same_report
from sellerwatch.simulator.amazon.answers import Answer
from sellerwatch.simulator.amazon.lifecycle import status_of, stored_document
from sellerwatch.simulator.amazon.signing import document_url
from sellerwatch.simulator.amazon.state import AccessToken, AdsReport, AmazonState, Status
from sellerwatch.simulator.ports import AdsAccess, Seller

STATES: Mapping[Status, str] = {
    "IN_QUEUE": "PENDING",
    "IN_PROGRESS": "PROCESSING",
    "DONE": "COMPLETED",
    "FATAL": "FAILED",
    "CANCELLED": "FAILED",
}
"""Amazon's word for how far a report has come."""

CANCELLED_BECAUSE = "The report was cancelled."
FAILED_BECAUSE = "Report generation failed due to an internal error."
DAILY_BUDGET = 999_999_999.0


@dataclass(frozen=True, slots=True)
class AdsCall:
    """One authenticated request: who asks, for which profile and marketplace, the id in the path and the JSON body."""

    token: AccessToken
    seller: Seller
    access: AdsAccess
    profile_id: str = ""
    marketplace_id: str = ""
    path_id: str = ""
    body: object = None


def create_ads_report(state: AmazonState, call: AdsCall) -> Answer:
    """Take an order for a report; the same order again is told the report it already has."""
    order = read_order(call.body, local_day(state.clock.now(), BY_ID[call.marketplace_id].zone))
    known = same_report(state, order, call.profile_id)
    if known is not None:
        raise refuse(HTTPStatus.TOO_EARLY, f"The Request is a duplicate of : {known.report_id}")
    report = new_ads_report(
        state,
        order,
        seller_id=call.seller.seller_id,
        marketplace_id=call.marketplace_id,
        profile_id=call.profile_id,
    )
    return Answer(200, describe_ads_report(state, report))


def get_ads_report(state: AmazonState, call: AdsCall) -> Answer:
    """Tell how far a report has come, with a fresh URL once it is there."""
    return Answer(200, describe_ads_report(state, _own_report(state, call)))


def _own_report(state: AmazonState, call: AdsCall) -> AdsReport:
    report = state.ads_reports.get((call.profile_id, call.path_id))
    if report is None:
        raise refuse(404, f"Report {call.path_id} was not found")
    return report


def describe_ads_report(state: AmazonState, report: AdsReport) -> dict[str, object]:
    """Return a report as the API shows it: every key is there, null while it has no value."""
    status = status_of(state, report)
    is_done = status == "DONE"
    document = stored_document(state, report) if is_done else None
    order, now, seconds = report.order, state.clock.now(), state.settings.ads_url_seconds
    return {
        "reportId": report.report_id,
        "name": report.name,
        "status": STATES[status],
        "startDate": order.data_start.date().isoformat() if order.data_start else None,
        "endDate": order.data_end.date().isoformat() if order.data_end else None,
        "configuration": dict(report.configuration),
        "createdAt": utc_text(report.created_at),
        "updatedAt": utc_text(max(at for at in (report.created_at, report.started_at, report.ended_at) if at <= now)),
        "generatedAt": utc_text(report.ended_at) if is_done else None,
        "failureReason": _failure_reason(report) if STATES[status] == "FAILED" else None,
        "fileSize": len(document.payload) if document else None,
        "url": document_url(state, report, seconds=seconds) if document else None,
        "urlExpiresAt": utc_text(now + timedelta(seconds=seconds)) if document else None,
    }


def _failure_reason(report: AdsReport) -> str:
    if report.finished_as == "CANCELLED":
        return CANCELLED_BECAUSE
    return report.rendered.body.decode() if report.rendered else FAILED_BECAUSE


def delete_ads_report(state: AmazonState, call: AdsCall) -> Answer:
    """Delete a report that has not begun to be made."""
    report = _own_report(state, call)
    status = STATES[status_of(state, report)]
    if status != "PENDING":
        raise refuse(400, f"Report {report.report_id} is {status}; only a report that is PENDING can be deleted")
    del state.ads_reports[call.profile_id, report.report_id]
    return Answer(200, {"reportId": report.report_id})


def list_profiles(_state: AmazonState, call: AdsCall) -> Answer:
    """List the seller's profiles, one a marketplace."""
    return Answer(200, [_profile(call.seller, item, profile_id) for item, profile_id in call.access.profiles.items()])


def _profile(seller: Seller, marketplace_id: str, profile_id: str) -> Mapping[str, object]:
    place = BY_ID[marketplace_id]
    return {
        "profileId": int(profile_id),
        "countryCode": place.code,
        "currencyCode": place.currency,
        "dailyBudget": DAILY_BUDGET,
        "timezone": place.time_zone,
        "accountInfo": {
            "marketplaceStringId": marketplace_id,
            "id": seller.seller_id,
            "type": "seller",
            "name": seller.name,
            "validPaymentMethod": True,
        },
    }


ADS_HANDLERS: Mapping[str, Callable[[AmazonState, AdsCall], Answer]] = {
    "createAdsReport": create_ads_report,
    "getAdsReport": get_ads_report,
    "deleteAdsReport": delete_ads_report,
    "listProfiles": list_profiles,
}
"""What each operation does with a call."""
