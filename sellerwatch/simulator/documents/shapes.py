"""What a document is rendered from: listings, stock days, order lines and traffic, and the books that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol

from sellerwatch.core.marketplaces import Marketplace

Status = Literal["Pending", "Shipping", "Shipped", "Cancelled"]
OrderKind = Literal["sale", "replacement", "off_amazon"]
AdjustmentKind = Literal["damaged", "misplaced"]
ComplaintKind = Literal["feedback", "claim", "chargeback"]

NEGATIVE_STARS = 2
"""Feedback of at most this many stars is negative; three stars are neutral."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One SKU offered in one marketplace; ``price_cents`` is what a buyer pays, tax included where prices include it."""

    sku: str
    marketplace: Marketplace
    asin: str
    parent_asin: str
    fnsku: str
    title: str
    category: str
    price_cents: int
    cubic_size: Decimal
    is_fba: bool
    listed_on: date
    stocked_since: date


@dataclass(frozen=True, slots=True)
class StockDay:
    """One listing's stock over one local day; receipts and returns are booked when the day ends.

    ``opening`` is what could be sold at local midnight, the inbound counts are as seen during the day.
    """

    day: date
    opening: int
    unsellable: int
    sold: int
    received: int
    returned_sellable: int
    returned_unsellable: int
    inbound_working: int = 0
    inbound_shipped: int = 0
    inbound_receiving: int = 0

    @property
    def closing(self) -> int:
        """What can be sold at the next local midnight."""
        return self.opening - self.sold + self.received + self.returned_sellable

    @property
    def returned(self) -> int:
        """Units that came back, in whatever state."""
        return self.returned_sellable + self.returned_unsellable

    @property
    def inbound(self) -> int:
        """Units on their way, from announced to being received."""
        return self.inbound_working + self.inbound_shipped + self.inbound_receiving


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order ships to."""

    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Order:
    """One order with its life as (instant, status from then on), oldest first; it begins with the purchase.

    ``posted_at`` is when the order starts to count in the business reports.
    """

    order_id: str
    kind: OrderKind
    milestones: tuple[tuple[datetime, Status], ...]
    posted_at: datetime
    place: Place
    service: str

    @property
    def purchased_at(self) -> datetime:
        """The instant of the purchase."""
        return self.milestones[0][0]

    @property
    def settled_at(self) -> datetime:
        """The instant at which it shipped or was cancelled for good."""
        return self.milestones[-1][0]

    @property
    def is_cancelled_in_the_end(self) -> bool:
        """Whether the order's last word is a cancellation."""
        return self.milestones[-1][1] == "Cancelled"

    def state(self, now: datetime) -> tuple[datetime, Status]:
        """Return the last update at or before ``now``, and the status since; a purchase after ``now`` counts as made."""
        for milestone in reversed(self.milestones):
            if milestone[0] <= now:
                return milestone
        return self.milestones[0]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order, with the quantity that was ordered."""

    order: Order
    listing: Listing
    quantity: int
    discount_cents: int = 0

    @property
    def price_cents(self) -> int:
        """The price of the whole line before discounts; a replacement costs nothing."""
        return 0 if self.order.kind == "replacement" else self.listing.price_cents * self.quantity


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who looked at one listing on one day; ``featured_pct`` is the share of page views with the seller's offer featured."""

    browser_sessions: int
    app_sessions: int
    browser_views: int
    app_views: int
    featured_pct: int


@dataclass(frozen=True, slots=True)
class ReturnFate:
    """What became of one unit that came back; ``moved_by`` is how much later Amazon dates the return when asked again."""

    listing: Listing
    returned_at: datetime
    disposition: str
    reason: str
    plate: str
    comment: str
    moved_by: timedelta

    @property
    def is_sellable(self) -> bool:
        """Whether the unit went back on the shelf."""
        return self.disposition == "SELLABLE"


@dataclass(frozen=True, slots=True)
class ReturnedUnit:
    """One returned unit with the order line it was bought on."""

    fate: ReturnFate
    line: OrderLine


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One unit damaged in the warehouse and made up for by a found one, or misplaced and found again; stock stays as it is."""

    listing: Listing
    day: date
    kind: AdjustmentKind
    reference: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """A buyer's word on an order: feedback with stars, a claim, or a payment reversed by the bank."""

    line: OrderLine
    kind: ComplaintKind
    made_at: datetime
    stars: int
    comment: str
    response: str

    @property
    def is_negative(self) -> bool:
        """Whether Amazon counts it against the order: any claim or chargeback, and feedback of one or two stars."""
        return self.kind != "feedback" or self.stars <= NEGATIVE_STARS


class Books(Protocol):
    """Everything that happened to one seller, by marketplace and local day."""

    def listings(self, marketplace: Marketplace, day: date) -> Sequence[Listing]:
        """Return the listings that exist on the day."""
        ...

    def history(self, listing: Listing, until: date) -> Sequence[StockDay]:
        """Return the listing's stock days from its first to ``until``, without gaps; empty when it starts later."""
        ...

    def lines(self, marketplace: Marketplace, day: date) -> Sequence[OrderLine]:
        """Return the lines purchased on the local day, by purchase instant."""
        ...

    def traffic(self, listing: Listing, day: date) -> Traffic:
        """Return the day's final traffic."""
        ...

    def fates(self, listing: Listing, day: date) -> Sequence[ReturnFate]:
        """Return what became of each unit that came back on the day; as many as the stock day says."""
        ...

    def returns(self, marketplace: Marketplace, day: date) -> Sequence[ReturnedUnit]:
        """Return the units that came back on the day, each with the line it was bought on, by instant."""
        ...

    def adjustments(self, listing: Listing, day: date) -> Sequence[Adjustment]:
        """Return the warehouse's mishaps of the day."""
        ...

    def complaints(self, marketplace: Marketplace, day: date) -> Sequence[Complaint]:
        """Return what buyers had to say, sooner or later, about the orders purchased on the day."""
        ...

    def is_promoted(self, listing: Listing, day: date) -> bool:
        """Tell whether the listing's price is cut that day."""
        ...

    def stranded_since(self, listing: Listing) -> date | None:
        """Return the day from which the listing's stock has no offer, None if it always has one."""
        ...

    def ad_cents(self, listing: Listing, day: date) -> int:
        """Return what advertising the listing cost on the day."""
        ...
