"""A window's way from wanted to finished, one step at a time: it is asked for, looked at, and fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar

from sqlalchemy import Engine

from sellerwatch.amazon.download import Download
from sellerwatch.amazon.errors import NotGrantedYet, OutcomeUnknown, ReportStillRunning, Throttled
from sellerwatch.amazon.lifecycle import look_after
from sellerwatch.amazon.report_state import ReportState
from sellerwatch.amazon.retries import Retries
from sellerwatch.core.clock import Clock
from sellerwatch.core.errors import RetryableError
from sellerwatch.warehouse import windows
from sellerwatch.warehouse.accounts import Accounts
from sellerwatch.warehouse.asking import Asking, CoolingDown
from sellerwatch.warehouse.collecting import Collecting
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.lanes import Step
from sellerwatch.warehouse.windows import LedgerRow, Window

MAX_ASKS: Final = 3
"""So often is a report asked for in one run when no answer tells whether Amazon took the request."""

LOOK_AGAIN_AFTER: Final = timedelta(minutes=1)
"""How long a report that Amazon may have accepted gets to appear in its list before it is looked for."""

Stage = Literal["ask", "look", "fetch"]
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Journey:
    """A window on its way.

    Attributes:
        window: the window.
        number: its rank; among steps that are due, the lowest goes first.
        give_up_at: when this run stops waiting for it.
        stage: what is done next.
        report_id: its report, once asked for.
        state: its report, once Amazon has finished with it.
        damaged: its document, when that was damaged the first time.
    """

    window: Window
    number: int
    give_up_at: datetime
    stage: Stage = "ask"
    report_id: str | None = None
    state: ReportState | None = None
    damaged: Download | None = None
    documents: int = 0
    asks: int = 0
    looks: int = 0
    failures: int = 0


@dataclass(slots=True)
class Steps:
    """Takes the steps of journeys; each returns when the next one is due, or None at the journey's end.

    Attributes:
        waits_out_cool_downs: whether a cool-down beyond the journey's deadline is waited for, as a backfill does and no night can.
    """

    engine: Engine
    accounts: Accounts
    clock: Clock
    asking: Asking
    collecting: Collecting
    waits_out_cool_downs: bool = False
    retries: Retries = field(default_factory=Retries)
    _usual: dict[str, float | None] = field(default_factory=dict)

    def begin(self, row: LedgerRow, number: int) -> Journey:
        """Return the journey of a window from where it stands in the ledger."""
        journey = Journey(row.window, number, self._deadline(row.window))
        if row.state == "requested" and row.report_id:
            journey.stage, journey.report_id = "look", row.report_id
        return journey

    def next_call(self, journey: Journey) -> Step:
        """Return what the journey's next step calls."""
        return self.accounts.step(journey.window.report, journey.stage)

    def bill_to(self, journey: Journey) -> None:
        """Have the calls that are made from now on noted with the journey's window."""
        self.accounts.budget.bill_to(journey.window.id)

    def take(self, journey: Journey) -> datetime | None:
        """Take the next step, whose call is reserved.

        Raises:
            SellerwatchError: the window cannot be filled in this run.
        """
        step: Mapping[Stage, Callable[[Journey], datetime | None]] = {
            "ask": self._ask,
            "look": self._look,
            "fetch": self._fetch,
        }
        try:
            return step[journey.stage](journey)
        except NotGrantedYet as refusal:
            return self.clock.now() + timedelta(seconds=refusal.seconds)

    def _ask(self, journey: Journey) -> datetime | None:
        """Come by the window's report id, or put that off until Amazon will take the request."""
        with reading(self.engine) as connection:
            row = windows.read_window(connection, journey.window)
        journey.asks += 1
        try:
            journey.report_id = self._calling(journey, lambda: self.asking.report_id(row))
        except OutcomeUnknown:
            if journey.asks >= MAX_ASKS:
                raise
            return self.clock.now() + LOOK_AGAIN_AFTER
        except CoolingDown as cooling:
            journey.asks -= 1
            return self._put_off(journey, row, cooling)
        except NotGrantedYet:
            journey.asks -= 1
            raise
        except _TryAgain as later:
            journey.asks -= 1
            return later.at
        journey.give_up_at = self._deadline(journey.window)
        journey.stage = "look"
        return self._next_look(journey)

    def _put_off(self, journey: Journey, row: LedgerRow, cooling: CoolingDown) -> datetime:
        if cooling.until <= journey.give_up_at or self.waits_out_cool_downs:
            return cooling.until
        why = "Amazon cancelled it" if row.state == "cancelled_unknown" else row.detail
        if not why:
            raise cooling
        raise RetryableError(f"the report is not there: {why}", remedy=cooling.remedy)

    def _look(self, journey: Journey) -> datetime | None:
        """Look once at a report that Amazon is making."""
        assert journey.report_id is not None  # noqa: S101 - nothing is looked at before it was asked for
        report_id, source = journey.report_id, self.accounts.source_of(journey.window.report)
        try:
            state = self._calling(journey, lambda: source.state(report_id))
        except _TryAgain as later:
            return later.at
        if not state.is_final:
            self._require_patience(journey, f"Amazon has not finished the report: {state.status}")
            return self._next_look(journey)
        journey.state, journey.stage = state, "fetch"
        return self._fetch(journey) if state.document_id is None else self.clock.now()

    def _fetch(self, journey: Journey) -> datetime | None:
        """Take in a finished report, in as many goes as its document needs."""
        assert journey.state is not None  # noqa: S101 - nothing is fetched before it was looked at
        state = journey.state
        try:
            outcome = self._calling(journey, lambda: self.collecting.collect(journey.window, state))
        except ReportStillRunning as running:
            self._require_patience(journey, running.what)
            return self._next_look(journey)
        except _TryAgain as later:
            return later.at
        if isinstance(outcome, Download):
            return self._fetch_once_more(journey, outcome)
        journey.documents = int(outcome == "done")
        if outcome != "cancelled_unknown":
            return None
        journey.stage, journey.report_id, journey.state = "ask", None, None
        journey.asks = journey.looks = 0
        return self.clock.now()

    def _fetch_once_more(self, journey: Journey, damaged: Download) -> datetime:
        """Have a damaged document fetched a second time; equal damage twice is Amazon's own."""
        before, journey.damaged = journey.damaged, damaged
        if before is not None:
            raise self.collecting.damaged(journey.window, str(journey.report_id), before, damaged)
        return self.clock.now()

    def _calling(self, journey: Journey, call: Callable[[], Answer]) -> Answer:
        """Call Amazon; a failure that may pass is tried again later, a few times, and the budget's refusals until the deadline.

        Raises:
            _TryAgain: the call failed and may be made again at the moment it names.
            SellerwatchError: it failed for good, or too often.
        """
        try:
            answer = call()
        except (CoolingDown, NotGrantedYet, OutcomeUnknown, ReportStillRunning):
            raise
        except Throttled:
            if self.clock.now() >= journey.give_up_at:
                raise
            raise _TryAgain(self.clock.now()) from None
        except RetryableError as error:
            journey.failures += 1
            if journey.failures >= self.retries.attempts:
                raise
            pause = self.retries.delay_seconds(journey.failures, journey.window.id)
            raise _TryAgain(self.clock.now() + timedelta(seconds=pause)) from error
        journey.failures = 0
        return answer

    def _require_patience(self, journey: Journey, what: str) -> None:
        if self.clock.now() >= journey.give_up_at:
            raise RetryableError(
                what,
                where=f"report {journey.report_id}",
                remedy="It will be resumed by the next run; nothing has to be asked for again",
            )

    def _next_look(self, journey: Journey) -> datetime:
        seconds = look_after(journey.looks, self._usual_seconds(journey.window.report))
        journey.looks += 1
        return self.clock.now() + timedelta(seconds=seconds)

    def _usual_seconds(self, report: str) -> float | None:
        """Return how long Amazon usually takes; read again until it is known, since this very run may teach it."""
        if self._usual.get(report) is None:
            with reading(self.engine) as connection:
                self._usual[report] = windows.usual_seconds(connection, report)
        return self._usual[report]

    def _deadline(self, window: Window) -> datetime:
        return self.clock.now() + timedelta(minutes=self.asking.pulls[window.report].deadline_minutes)


class _TryAgain(Exception):  # noqa: N818  # never leaves this module: it says when to come back
    """The step is to be taken again at the moment it names."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at
