"""What must be true of a pulled store at rest, whatever has happened to it; each promise returns what breaks it, in words."""

from collections import Counter, defaultdict
from datetime import timedelta

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.core.periods import Days, local_day
from sellerwatch.rawstore.verify import verify
from sellerwatch.reports.contract import Source
from sellerwatch.reports.registry import REPORTS
from sellerwatch.settings.models import ListedPeriod, SnapshotPeriod
from sellerwatch.simulator.amazon.report_types import SETTLEMENT
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.ledger import DOCUMENT, PROBLEM
from sellerwatch.warehouse.wanting import LISTING
from sellerwatch.warehouse.windows import AT_AMAZON, FINISHED, LedgerRow, Window
from sellerwatch.warehouse.wishes import wish_for


def broken_promises(stored):
    """Return everything that is not as it must be."""
    return [
        *every_window_is_final_or_explained(stored),
        *no_window_was_pulled_twice_without_a_reason(stored),
        *what_was_wanted_anew_is_new(stored),
        *no_page_was_asked_for_twice_in_peace(stored),
        *the_raw_store_is_complete(stored),
        *cool_downs_were_respected(stored),
        *no_call_was_refused_for_its_rate(stored),
    ]


def every_window_is_final_or_explained(stored):
    with reading(stored.workspace.engine) as connection:
        places = {row.place.partition(" / ")[0] for row in connection.execute(PROBLEM.select())}
    told = places | {problem.place.partition(" / ")[0] for problem in stored.problems}
    for row in stored.ledger():
        if row.state in AT_AMAZON:
            yield f"{row.id} is still {row.state}"
        elif row.state not in FINISHED and not row.detail and row.id not in told:
            yield f"{row.id} is {row.state} and nothing says why"


def no_window_was_pulled_twice_without_a_reason(stored):
    asked, attempts, reasons, names = _asked(stored), Counter(), Counter(), defaultdict(list)
    bad_documents = _bad_documents(stored)
    wants = defaultdict(set)
    for row in stored.ledger():
        key = _key_of_window(stored, row)
        attempts[key] += row.attempts
        wants[key] |= stored.wants[row.id]
        reasons[key] += bad_documents[row.id]
        names[key].append(row.id)
    for key, reports in asked.items():
        bad_ends = sum(_ended_badly(report) for report in reports)
        allowed = len(wants[key]) + reasons[key] + bad_ends + _unrecognisable(stored, reports)
        if len(reports) > allowed:
            yield (
                f"{names[key]} was asked for {len(reports)} times; wanted by {sorted(wants[key])}, "
                f"{bad_ends} came to nothing, {reasons[key]} documents were of no use"
            )
        if len(reports) > attempts[key]:
            yield f"{names[key]} was asked for {len(reports)} times, and the ledger says {attempts[key]}"
    made = sum(len(reports) for reports in asked.values())
    most = made + stored.failed_asks + stored.deaths.total()
    if sum(attempts.values()) > most:
        yield f"the ledger says {sum(attempts.values())} requests; {made} were taken, and {most - made} may have failed"


def _asked(stored):
    """Return the reports that Amazon was asked for by what tells their windows apart; further pages are part of their first one."""
    asked = defaultdict(list)
    for report in stored.amazon.reports.values():
        if report.order.report_type != SETTLEMENT:
            asked[_key_of_report(report)].append(report)
    for query in stored.amazon.queries.values():
        if query.maker.args[-1].first_row == 0:
            asked[query.text].append(query)
    return asked


def _unrecognisable(stored, reports):
    """Return how many requests may have been taken that nobody can know again: the one thing that a death alone may cost.

    Amazon does not tell a query from one for a further page of the same text. Where the text has brought several pages before,
    a query that was taken and whose answer never arrived is therefore not adopted, but asked for once more.
    """
    has_pages = any(getattr(report, "next_token", "") for report in reports)
    return stored.deaths.total() + stored.failed_asks if has_pages else 0


def what_was_wanted_anew_is_new(stored):
    """No window is filled with a report from before it was last wanted, such as the one that it had already."""
    made_at = {report.report_id: report.created_at for report in stored.amazon.reports.values()}
    made_at |= {query.report_id: query.created_at for query in stored.amazon.queries.values()}
    for row in stored.ledger():
        wanted_at = stored.wanted_at.get(row.id)
        if row.state == "done" and row.part != LISTING and wanted_at and made_at[row.report_id] < wanted_at:
            yield f"{row.id} was wanted anew at {wanted_at} and has a report of {made_at[row.report_id]}"


def no_page_was_asked_for_twice_in_peace(stored):
    """Which further pages were asked for is known to the run alone: one that dies, or lets a night go first, loses that."""
    pages = Counter((query.text, query.maker.args[-1].first_row) for query in stored.amazon.queries.values())
    for (text, row), count in pages.items():
        if stored.is_peaceful and row and count > pages[text, 0]:
            yield f"the page from row {row} on was asked for {count} times, its query {pages[text, 0]} times"


def _key_of_report(report):
    order = report.order
    if order.report_type == "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA":
        return order.report_type, local_day(report.created_at, BY_CODE["US"].zone)
    is_open = order.report_type.endswith("BY_LAST_UPDATE_GENERAL")
    return order.report_type, order.data_start, None if is_open else order.data_end


def _key_of_window(stored, row):
    pull, report = stored.workspace.settings.reports[row.report], REPORTS[row.report]
    if isinstance(pull, ListedPeriod):
        return row.id
    window = Window(row.store_id, row.marketplace, row.report, Days(row.first_day, row.last_day), row.part)
    wish = wish_for(LedgerRow(window, row.state, row.report_id, row.asked_at, row.detail, tuple(row.asins)), pull)
    if isinstance(pull, SnapshotPeriod):
        return report.amazon_type, row.last_day
    return wish.query if report.source is Source.DATA_KIOSK else (report.amazon_type, wish.start, wish.end)


def _ended_badly(report):
    """Tell whether Amazon made nothing of it, or never will."""
    return report.verdict is not None and (report.verdict.stuck_in is not None or report.finished_as in {"CANCELLED", "FATAL"})


def _documents(stored):
    with reading(stored.workspace.engine) as connection:
        return connection.execute(DOCUMENT.select()).all()


def _bad_documents(stored):
    return Counter(row.window_id for row in _documents(stored) if row.state == "quarantined")


def the_raw_store_is_complete(stored):
    raw = stored.workspace.raw
    found, entries, documents = verify(raw), list(raw.manifest.entries()), _documents(stored)
    yield from (f"raw store: {finding}" for finding in found.findings)
    yield from (f"not listed: {path}" for path in found.unlisted)
    listed = Counter((entry.sha256, entry.received.report_id) for entry in entries)
    yield from (f"listed {count} times: {key}" for key, count in listed.items() if count > 1)
    by_number = {entry.number: entry for entry in entries}
    for row in documents:
        entry = by_number.get(row.manifest_number)
        if entry is None or entry.sha256 != row.sha256 or not raw.object_path(row.sha256).exists():
            yield f"document {row.id} has no bytes"
    times = Counter((row.window_id, row.manifest_number) for row in documents)
    yield from (f"{window} has line {number} {count} times" for (window, number), count in times.items() if count > 1)
    yield from _lines_that_nobody_knows(stored, entries, {row.manifest_number for row in documents})
    reports = {(row.window_id, by_number[row.manifest_number].received.report_id) for row in documents}
    for row in stored.ledger():
        if row.state == "done" and row.part != LISTING and (row.id, row.report_id) not in reports:
            yield f"{row.id} is done, and the document of its report {row.report_id} is not there"


def _lines_that_nobody_knows(stored, entries, told):
    """A line may lack its document only where the run died between the two, and a later night has wanted another report since."""
    current = {row.report_id for row in stored.ledger()}
    for entry in entries:
        received = entry.received
        is_superseded = stored.deaths and received.report_id not in current
        if entry.number not in told and received.outcome != "fatal" and not is_superseded:
            yield f"no document stands for line {entry.number} of report {received.report_id} {received.report}"


def cool_downs_were_respected(stored):
    pulls = {REPORTS[name].amazon_type: pull for name, pull in stored.workspace.settings.reports.items()}
    newest = {}
    for report in sorted(stored.amazon.reports.values(), key=lambda report: report.created_at):
        kind = report.order.report_type
        apart = timedelta(minutes=pulls[kind].cooldown_minutes)
        if kind in newest and report.created_at - newest[kind] < apart:
            yield f"{kind} was asked for at {newest[kind]} and too soon again at {report.created_at}"
        newest[kind] = report.created_at


def no_call_was_refused_for_its_rate(stored):
    refused = sum(count.throttled for count in stored.amazon.calls.values())
    ordered = stored.throttles_used()
    if refused != ordered:
        yield f"{refused} calls were refused for their rate, {ordered} of them as ordered"
