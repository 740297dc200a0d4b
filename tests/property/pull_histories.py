"""What may happen to a store that is pulled: nights, backfills, two of them at once, waiting, trouble at Amazon, and deaths."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.property.mortal import MOMENTS, Kill

REPORTS = ("all_orders", "sales_traffic", "fba_inventory", "fba_returns", "economics", "settlement")
"""One of each way to ask: until now, day by day, a snapshot with a cool-down, a range with one, a query, and Amazon's list."""


@dataclass(frozen=True)
class Night:
    """The night of a day, pulled and loaded."""

    days_ago: int = 0
    loads: bool = True


@dataclass(frozen=True)
class Backfill:
    """A new backfill of some days, counted back from today."""

    first_back: int
    last_back: int
    mode: str = "gaps"
    loads: bool = True


@dataclass(frozen=True)
class Resumed:
    """One of the backfills once more."""

    number: int = 0


@dataclass(frozen=True)
class Load:
    """Whatever waits to be loaded is."""


@dataclass(frozen=True)
class Housekeeping:
    """What no run will move any more is settled."""


@dataclass(frozen=True)
class Run:
    """Something that is run: it may die, load meanwhile, and meet trouble after some calls."""

    what: Night | Backfill | Resumed | Load | Housekeeping
    kill: Kill | None = None
    troubles: tuple = ()
    loads_meanwhile: bool = False


@dataclass(frozen=True)
class Together:
    """Two things that run at the same time, each for so many moments at a time."""

    runs: tuple[Run, Run]
    turns: tuple[int, ...] = (1,)


@dataclass(frozen=True)
class Wait:
    """Nothing happens for a while."""

    minutes: int


@dataclass(frozen=True)
class History:
    """What happens to a store that pulls these reports."""

    reports: tuple[str, ...]
    events: tuple


TYPES = {
    "all_orders": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    "sales_traffic": "GET_SALES_AND_TRAFFIC_REPORT",
    "fba_inventory": "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA",
    "fba_returns": "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    "economics": "analytics_economics_2024_03_15.economics",
    "settlement": "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
}
COLUMNS = {
    "all_orders": "amazon-order-id",
    "sales_traffic": "salesAndTrafficByAsin",
    "fba_inventory": "sku",
    "fba_returns": "order-id",
    "economics": "startDate",
    "settlement": "settlement-id",
}
"""A column of each report without which its document is of no use."""

API = (
    "createReport",
    "getReport",
    "getReports",
    "getReportDocument",
    "createQuery",
    "getQuery",
    "getQueries",
    "getDocument",
)
EVERYWHERE = ("token", *API, "download")
OF_A_CALL = {
    "html_500": EVERYWHERE,
    "empty_503": EVERYWHERE,
    "drop_connection": EVERYWHERE,
    "lost_answer": API,
    "message_401": API,
    "throttle": API,
    "expired_token": API,
}
OF_A_REPORT = ("cancelled", "fatal", "stuck_in_queue", "stuck_in_progress")
OF_A_DOCUMENT = (
    "truncated_gzip",
    "two_member_gzip",
    "no_charset",
    "empty_document",
    "header_only",
    "html_document",
    "expired_url",
)
OF_AN_ACCOUNT = ("revoked", "wrong_secret", "expired_secret", "missing_role")


@st.composite
def faults(draw, reports):
    """One fault that concerns pulling, as the simulator is told of it."""
    asked = [name for name in reports if name != "settlement"] or list(reports)
    kind = draw(st.sampled_from(["call", "call", "report", "document", "column", "account"]))
    if kind == "call":
        fault = draw(st.sampled_from(sorted(OF_A_CALL)))
        times = draw(st.integers(1, 5))
        return {"fault": fault, "operation": draw(st.sampled_from(OF_A_CALL[fault])), "times": times}
    times = draw(st.integers(1, 3))
    if kind == "account":
        return {"fault": draw(st.sampled_from(OF_AN_ACCOUNT)), "times": times}
    if kind == "report":
        fault = {
            "fault": draw(st.sampled_from(OF_A_REPORT)),
            "report_type": TYPES[draw(st.sampled_from(asked))],
            "times": times,
        }
        seconds = draw(st.sampled_from([0, 600, 20_000]))
        return fault | ({"seconds": seconds} if fault["fault"] == "stuck_in_queue" and seconds else {})
    report = draw(st.sampled_from(reports))
    if kind == "column":
        return {"fault": "missing_column", "column": COLUMNS[report], "report_type": TYPES[report], "times": times}
    return {"fault": draw(st.sampled_from(OF_A_DOCUMENT)), "report_type": TYPES[report], "times": times}


OFTEN = ("after an ask", "after an ask", *MOMENTS)
"""Most is at stake when Amazon has just taken a request."""


@st.composite
def kills(draw):
    moment = draw(st.sampled_from(OFTEN))
    return Kill(moment, draw(st.integers(1, MOMENTS[moment])))


nights = st.builds(Night, days_ago=st.sampled_from([0, 0, 0, 1]), loads=st.booleans())


DAYS_BACK = [(1, 1), (2, 1), (3, 1), (4, 1), (4, 1), (3, 2), (6, 2)]
"""Mostly days that nights want too."""

backfills = st.builds(
    lambda days, mode, loads: Backfill(*days, mode, loads),
    st.sampled_from(DAYS_BACK),
    st.sampled_from(["gaps", "again"]),
    st.booleans(),
)


OTHER_WORK = st.sampled_from([Load(), Housekeeping()])


@st.composite
def runs(draw, reports):
    what = draw(nights | nights | backfills | backfills | st.builds(Resumed, st.integers(0, 2)) | OTHER_WORK)
    troubles = draw(st.lists(st.tuples(st.integers(0, 12), faults(reports)), max_size=2))
    kill = draw(kills()) if draw(st.integers(0, 3)) else None
    return Run(what, kill, tuple(troubles), draw(st.booleans()))


TURNS = (1, 2, 3, 5, 8, 13, 30, 100, 400)


@st.composite
def pairs(draw, reports):
    turns = draw(st.lists(st.sampled_from(TURNS), min_size=1, max_size=4))
    return Together((draw(runs(reports)), draw(runs(reports))), tuple(turns))


waits = st.builds(Wait, st.sampled_from([1, 20, 250, 24 * 60, 3 * 24 * 60]))


@st.composite
def histories(draw, most_events=5):
    """A short history, with few reports."""
    reports = tuple(draw(st.lists(st.sampled_from(REPORTS), min_size=1, max_size=2, unique=True)))
    event = runs(reports) | runs(reports) | runs(reports) | pairs(reports) | waits
    events = draw(st.lists(event, min_size=1, max_size=most_events))
    return History(reports, (draw(runs(reports) | pairs(reports)), *events))
