"""The mischief of one simulated world: reports spoilt on their way, faults that come by themselves, and a book of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sellerwatch.core.clock import Clock
from sellerwatch.core.ids import fingerprint
from sellerwatch.core.marketplaces import BY_ID
from sellerwatch.simulator.hostile.blows import Blows
from sellerwatch.simulator.hostile.hostilities import HOSTILITIES
from sellerwatch.simulator.hostile.kinds import Card, Forgery, Hostility, Paper, Strike
from sellerwatch.simulator.ports import Rendered, ReportRequest, Seller

POSITIONAL = frozenset({"GET_SELLER_FEEDBACK_DATA"})
"""Reports whose header is in the account's language, so that its columns are known by place: their columns are left alone."""

ANSWERS = frozenset({"getInventorySummaries"})
"""What is handed out in an API's answers and never as a document: no card is played on it."""

COLUMN_DECK = "columns"
DECKS = ("nothing", COLUMN_DECK, "lines", "character set", "JSON keys", "JSON writing")
"""In the order in which the cards are played: cells before lines, and how it is written last."""

TYPE_SPREAD = 97
"""Types begin at different cards, so that one night shows them all."""

NIGHT_STEP = 11
"""How far the decks turn from night to night; no deck's number of cards divides it, so each night brings another card."""


class Mischief:
    """Spoils reports and brings faults; may be used by several threads."""

    def __init__(self, sellers: tuple[Seller, ...], seed: int) -> None:
        """Begin with nothing done."""
        self.strikes: list[Strike] = []
        self._sellers = {seller.seller_id: seller for seller in sellers}
        self._places = [item for seller in sellers for item in seller.marketplace_ids]
        self._seed = seed

    def faults(self, clock: Clock) -> Blows:
        """Return a book of faults that strikes by itself, by this clock."""
        return Blows(tuple(self._sellers.values()), clock, self.strikes)

    def spoil(self, request: ReportRequest, rendered: Rendered, render: Callable[[ReportRequest], Rendered]) -> Rendered:
        """Return what becomes of a true report on its way.

        Args:
            request: what was asked for.
            rendered: the true report.
            render: makes another true report of the same world.
        """
        paper = Paper(request, rendered, self._sellers[request.seller_id].marketplace_ids, render)
        if rendered.status != "DONE":
            return rendered
        for hostility, spoil in self._forgeries(paper):
            paper = self._done(hostility, paper, spoil(paper))
        for deck in DECKS if request.report_type not in ANSWERS else ():
            paper = self._deal(deck, paper)
        return paper.rendered

    def _forgeries(self, paper: Paper) -> Iterator[tuple[Hostility, Callable[[Paper], Rendered]]]:
        for hostility in HOSTILITIES:
            if isinstance(hostility.act, Forgery) and hostility.where.covers(paper):
                yield hostility, hostility.act.spoil

    def _deal(self, deck: str, paper: Paper) -> Paper:
        """Play the deck's next card on the document; where it has nothing to work on, the one after it."""
        cards = [(item, item.act.spoil) for item in HOSTILITIES if isinstance(item.act, Card) and item.act.deck == deck]
        if deck == COLUMN_DECK and paper.request.report_type in POSITIONAL:
            return paper
        first = self._turn(paper) % len(cards)
        for hostility, spoil in (*cards[first:], *cards[:first]):
            spoilt = spoil(paper)
            if spoilt != paper.rendered:
                return self._done(hostility, paper, spoilt)
        return paper

    def _turn(self, paper: Paper) -> int:
        """Return the document's place in the round: nights, marketplaces and days follow each other."""
        request = paper.request
        spread = int(fingerprint(request.report_type)[:8], 16) % TYPE_SPREAD
        place = self._places.index(request.marketplace_ids[0])
        return self._seed + spread + paper.made_on.toordinal() * NIGHT_STEP + place + (paper.age_days or 0)

    def _done(self, hostility: Hostility, paper: Paper, spoilt: Rendered) -> Paper:
        """Write down a strike that changed something, and go on with what it left."""
        if spoilt == paper.rendered:
            return paper
        request = paper.request
        self.strikes.append(Strike(hostility.name, request.report_type, BY_ID[request.marketplace_ids[0]].code, request.now))
        return replace(paper, rendered=spoilt)
