"""GET_SELLER_FEEDBACK_DATA: feedback of one to three stars, under a header in the marketplace's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sellerwatch.core.marketplaces import Marketplace
from sellerwatch.simulator.documents.flat_file import charset_of, flat_file
from sellerwatch.simulator.documents.ranges import days_touched, instants
from sellerwatch.simulator.documents.shapes import Books, Complaint
from sellerwatch.simulator.ports import Rendered, ReportRequest

ENGLISH = ("Date", "Rating", "Comments", "Your Response", "Order ID", "Rater Email")
HEADERS = {"DE": ("Datum", "Bewertung", "Kommentare", "Ihre Antwort", "Bestellnummer", "E-Mail des Bewerters")}
"""Headers that are not English, per marketplace; the order of the columns never changes."""

DATE_FORMATS = {"US": "%m/%d/%y", "DE": "%d.%m.%y", "SE": "%Y-%m-%d", "JP": "%y/%m/%d"}
USUAL_DATE_FORMAT = "%d/%m/%y"
MOST_STARS = 3
LATEST = timedelta(days=20)
"""No feedback comes later than this after the purchase."""


def seller_feedback(books: Books, marketplaces: Sequence[Marketplace], request: ReportRequest) -> Rendered:
    """Render the feedback given in the range, oldest first; the header is that of the first marketplace."""
    start, end = instants(request)
    found = [item for marketplace in marketplaces for item in _given(books, marketplace, start=start, end=end)]
    found.sort(key=lambda item: item.made_at)
    header = HEADERS.get(marketplaces[0].code, ENGLISH)
    return flat_file(header, map(_row, found), charset=charset_of(marketplaces, in_america="utf-8"), line_end="\n")


def _given(books: Books, marketplace: Marketplace, *, start: datetime, end: datetime) -> Iterator[Complaint]:
    for day in days_touched(start - LATEST, end, marketplace):
        for complaint in books.complaints(marketplace, day):
            if complaint.kind == "feedback" and complaint.stars <= MOST_STARS and start <= complaint.made_at < end:
                yield complaint


def _row(complaint: Complaint) -> tuple[str, ...]:
    marketplace, order_id = complaint.line.listing.marketplace, complaint.line.order.order_id
    date_format = DATE_FORMATS.get(marketplace.code, USUAL_DATE_FORMAT)
    return (
        complaint.made_at.astimezone(marketplace.zone).strftime(date_format),
        str(complaint.stars),
        complaint.comment,
        complaint.response,
        order_id,
        f"buyer{order_id[-7:]}@marketplace.{marketplace.domain.lower()}",
    )
