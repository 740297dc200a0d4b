"""Every hostility of the hostile world, one row each."""

from __future__ import annotations

from functools import partial

from sellerwatch.simulator.amazon.report_types import ORDERS_BY_DATE, ORDERS_BY_UPDATE, SALES_AND_TRAFFIC
from sellerwatch.simulator.hostile import flat_cards, forgeries, json_cards
from sellerwatch.simulator.hostile.json_cards import on_json
from sellerwatch.simulator.hostile.kinds import Always, Blow, Card, Forgery, Hostility, Recovery, Where
from sellerwatch.simulator.hostile.sheet import on_sheet

STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
PLANNING = "GET_FBA_INVENTORY_PLANNING_DATA"
ORDERS = frozenset({ORDERS_BY_UPDATE, ORDERS_BY_DATE})
LEDGERS = frozenset({"GET_LEDGER_SUMMARY_VIEW_DATA", "GET_LEDGER_DETAIL_VIEW_DATA"})

CREATES = frozenset({"createReport", "createQuery", "createAdsReport"})
LOOKS = frozenset({"getReport", "getQuery", "getAdsReport"})
DOWNLOAD = frozenset({"download"})
A_WHOLE_NIGHT = 24 * 60


def _where(*types: str, places: str = "", nights: tuple[int, ...] = (), ages: tuple[int, ...] = ()) -> Where:
    return Where(frozenset(types), frozenset(places.split()), frozenset(nights), frozenset(ages))


CHARSET, LINES, COLUMNS, NOTHING = "character set", "lines", "columns", "nothing"
JSON_WRITING, JSON_KEYS = "JSON writing", "JSON keys"

FLAT_FILES = (
    Hostility(
        "utf8_mark",
        "UTF-8 with a byte order mark",
        "the first column is found; the encoding is noted as utf-8",
        Card(CHARSET, on_sheet(flat_cards.in_utf8_with_mark)),
    ),
    Hostility(
        "old_charset",
        "cp1252 (Japan: cp932), labelled as such",
        "every letter as in UTF-8",
        Card(CHARSET, flat_cards.in_old_charset),
    ),
    Hostility(
        "no_charset",
        "no character set in Content-Type",
        "every letter right, by the bytes and the marketplace",
        Card(CHARSET, on_sheet(flat_cards.without_label)),
    ),
    Hostility(
        "wrong_charset",
        "cp1252 labelled UTF-8; cp932 labelled ISO-8859-1",
        "every letter right: a label that cannot be is not believed",
        Card(CHARSET, flat_cards.under_wrong_label),
    ),
    Hostility(
        "other_line_ends",
        r"\r\n where \n is usual, and the other way round",
        "no cell ends in a carriage return",
        Card(LINES, on_sheet(flat_cards.with_other_line_ends)),
    ),
    Hostility(
        "short_rows",
        "empty cells at the end of a row are dropped",
        "the row is whole, its last cells unknown",
        Card(LINES, on_sheet(flat_cards.with_short_rows)),
    ),
    Hostility(
        "repeated_header",
        "the header comes again in the middle",
        "it is no record; its line is noted",
        Card(LINES, on_sheet(flat_cards.with_repeated_header)),
    ),
    Hostility(
        "ragged_end",
        "a line of empty cells after the last row, and no line end",
        "no record more, none less",
        Card(LINES, on_sheet(flat_cards.with_ragged_end)),
    ),
    Hostility(
        "respelt_header",
        "header cells with spaces, underscores or neither, in any case (ledgers: without spaces)",
        "every column is found",
        Card(COLUMNS, on_sheet(flat_cards.with_respelt_header)),
    ),
    Hostility(
        "new_last_column",
        "a column nobody has heard of behind the last",
        "everything else is read; the column is noted as unknown",
        Card(COLUMNS, on_sheet(flat_cards.with_new_last_column)),
    ),
    Hostility(
        "new_middle_column",
        "a column nobody has heard of in the middle, in the middle of the year",
        "everything else is read; the column is noted as unknown",
        Card(COLUMNS, on_sheet(flat_cards.with_new_middle_column)),
    ),
    Hostility(
        "moved_columns",
        "the columns in another order",
        "columns are known by name, not by place",
        Card(COLUMNS, on_sheet(flat_cards.with_moved_columns)),
    ),
    Hostility(
        "no_optional_column",
        "a column that some accounts, years or marketplaces lack",
        "the column is unknown, the rest is read",
        Card(COLUMNS, flat_cards.without_optional_column),
    ),
    Hostility(
        "dashes_for_nothing",
        "-- where a column of numbers has nothing",
        "unknown, never zero",
        Card(NOTHING, on_sheet(flat_cards.with_dashes_for_nothing)),
    ),
)
"""What can happen to any flat file."""

JSON_DOCUMENTS = (
    Hostility(
        "json_mark",
        "JSON behind a byte order mark",
        "it is read",
        Card(JSON_WRITING, json_cards.with_mark),
    ),
    Hostility(
        "json_no_charset",
        "JSON without a character set in Content-Type",
        "it is read as UTF-8",
        Card(JSON_WRITING, json_cards.without_label),
    ),
    Hostility(
        "json_indented",
        "JSON over many lines, letters beyond ASCII escaped",
        "the same values",
        Card(JSON_WRITING, on_json(json_cards.as_it_is, indent=2, is_ascii=True)),
    ),
    Hostility(
        "json_new_key",
        "a key nobody has heard of in every record",
        "everything else is read; the key is noted as unknown",
        Card(JSON_KEYS, on_json(json_cards.with_new_key)),
    ),
    Hostility(
        "json_keys_backwards",
        "the keys in another order",
        "the same values",
        Card(JSON_KEYS, on_json(json_cards.with_keys_backwards)),
    ),
)
"""What can happen to any JSON document."""

SINGLE_REPORTS = (
    Hostility(
        "no_required_column",
        "stock without afn-fulfillable-quantity",
        "the document is quarantined and names the column; the day's stock stays unknown",
        Forgery(forgeries.without("afn-fulfillable-quantity")),
        _where(STOCK, places="UK", nights=(2,)),
        Recovery.NEVER,
    ),
    Hostility(
        "no_required_key",
        "sales and traffic without unitsOrdered",
        "the document is quarantined and names the key; the day comes with the next night",
        Forgery(on_json(partial(json_cards.without_key, key="unitsOrdered"))),
        _where(SALES_AND_TRAFFIC, places="UK", nights=(2,), ages=(1,)),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "no_products_yet",
        "the list by product is empty beside a day with sales",
        "it empties nothing; the products come with the next night",
        Forgery(on_json(json_cards.without_products)),
        _where(SALES_AND_TRAFFIC, places="DE", nights=(1, 2), ages=(1,)),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "traffic_is_zero_first",
        "yesterday's sessions and page views are zero",
        "zero until the day is asked for again, then what was restated",
        Forgery(on_json(json_cards.with_late_traffic)),
        _where(SALES_AND_TRAFFIC, places="US", nights=(1, 2), ages=(1,)),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "restated_day",
        "yesterday's units are half of what they will be",
        "the newest document's figures",
        Forgery(on_json(json_cards.with_half_the_units)),
        _where(SALES_AND_TRAFFIC, places="UK JP", nights=(1,), ages=(1,)),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "other_marketplaces_orders",
        "orders of all the seller's marketplaces, whichever was asked for",
        "each order once, in its own marketplace",
        Forgery(forgeries.of_every_marketplace),
        _where(*ORDERS, places="DE", nights=(1,)),
    ),
    Hostility(
        "days_that_bleed",
        "a ledger that begins with rows of the day before",
        "the day before is as its own document tells it",
        Forgery(forgeries.with_days_that_bleed),
        _where(*LEDGERS, nights=(1, 2)),
    ),
    Hostility(
        "cancelled_no_data",
        "CANCELLED, and CANCELLED again after the cool-down: there is no data",
        "the window ends empty, with the reason; never zero",
        Forgery(forgeries.cancelled),
        _where(PLANNING, places="UK", nights=(1,)),
        Recovery.NEVER,
    ),
    Hostility(
        "cancelled_too_old",
        "CANCELLED because the day is older than what Amazon keeps for the account",
        "the window ends empty, with the reason; never zero",
        Forgery(forgeries.cancelled),
        _where(SALES_AND_TRAFFIC, places="JP", nights=(1,), ages=(4,)),
        Recovery.NEVER,
    ),
)
"""What happens to single reports."""

CALLS = (
    Hostility(
        "cancelled_cool_down",
        "CANCELLED because the seller's own last report of the type is too young",
        "asked again after the cool-down, then loaded",
        Blow("cancelled", minutes=20, times=A_WHOLE_NIGHT),
        _where(PLANNING, places="DE", nights=(2,)),
    ),
    Hostility(
        "cancelled_other_app",
        "CANCELLED because another application asked minutes ago",
        "asked again after the cool-down, then loaded",
        Blow("cancelled", minutes=25, times=A_WHOLE_NIGHT),
        _where(STOCK, places="US", nights=(3,)),
    ),
    Hostility(
        "fatal_with_text",
        "FATAL, and a document that says why in words",
        "the text stands in the night's problems; the next run asks again",
        Blow("fatal", text="The report could not be generated for this account at this time. Please request it again."),
        _where(STOCK, places="DE", nights=(2,)),
        Recovery.RERUN,
    ),
    Hostility(
        "stuck_in_queue",
        "IN_QUEUE for hours, past the deadline of the night",
        "the night goes on without it; the next run of the night resumes it and asks for nothing",
        Blow("stuck_in_queue", seconds=2.5 * 3600),
        _where(PLANNING, places="US", nights=(1,)),
        Recovery.RERUN,
    ),
    Hostility(
        "expired_link",
        "the link to a document has expired when it is handed out",
        "a new link is asked for",
        Blow("expired_url"),
        _where(*ORDERS),
    ),
    Hostility(
        "truncated_gzip",
        "the stored gzip file lacks its second half",
        "its bytes are quarantined with the reason; the next run asks for another report",
        Blow("truncated_gzip"),
        _where(*ORDERS, places="DE", nights=(2,)),
        Recovery.RERUN,
    ),
    Hostility(
        "gzip_in_parts",
        "a gzip file of two members",
        "both are read",
        Blow("two_member_gzip"),
        _where(*ORDERS, places="US UK", nights=(1, 3)),
    ),
    Hostility(
        "html_500",
        "500 with an HTML page where JSON should be",
        "the call is made again",
        Blow("html_500", operations=LOOKS | DOWNLOAD, times=2),
    ),
    Hostility(
        "empty_503",
        "503 with an empty body",
        "the call is made again",
        Blow("empty_503", operations=CREATES, times=2),
        _where(nights=(1, 3)),
    ),
    Hostility(
        "message_401",
        '401 with {"message": ...}, which the client takes for an answer',
        "the feed is told as a problem; the next run of the night fetches it",
        Blow("message_401", operations=LOOKS),
        _where(places="US", nights=(1,)),
        Recovery.RERUN,
    ),
    Hostility(
        "throttle_storm",
        "429 again and again although the quota is not used up",
        "waited out; nothing is lost",
        Blow("throttle", operations=CREATES, times=3),
        _where(nights=(2,)),
    ),
    Hostility(
        "lost_answer",
        "the connection breaks after Amazon has taken the order",
        "the report is found in the list and adopted; it is not asked for twice",
        Blow("lost_answer", operations=frozenset({"createReport", "createQuery"})),
        _where(nights=(1, 3)),
    ),
    Hostility(
        "broken_download",
        "the connection breaks inside a document",
        "fetched again over the same link",
        Blow("drop_connection", operations=DOWNLOAD),
        _where(nights=(2,)),
    ),
)
"""What happens to the life of a report and to the calls."""

ALWAYS = (
    Hostility(
        "raw_quotes",
        "quotation marks in titles, a lone one, one that is never closed (awkward listings)",
        "titles letter by letter",
        Always(),
    ),
    Hostility(
        "awkward_names",
        'SKUs and titles such as 00501, NA, null, a lone ", 1.234,56, --',
        "the text, letter by letter",
        Always(),
    ),
    Hostility(
        "twin_order_lines",
        "two equal lines of one order",
        "both",
        Always(),
        _where(*ORDERS),
    ),
    Hostility(
        "pending_without_price",
        "a pending order has no price; it gets one when the payment is checked",
        "unknown first, then the price",
        Always(),
        _where(*ORDERS),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "traffic_comes_late",
        "sessions and page views are published over three days, the first hours show none",
        "the newest document's figures",
        Always(),
        _where(SALES_AND_TRAFFIC),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "sold_out_is_not_planned",
        "the planning report omits SKUs that are sold out",
        "they stand in the stock report, with zero",
        Always(),
        _where(PLANNING),
    ),
    Hostility(
        "returns_move",
        "a return comes back with another date when it is asked for again",
        "once, with the newer date",
        Always(),
        _where("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"),
        Recovery.NEXT_NIGHT,
    ),
    Hostility(
        "settlement_locales",
        "settlements with 1.234,56 and 31.12.2026 by currency",
        "the amounts and days; their sum is the settlement's total",
        Always(),
        _where("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"),
    ),
    Hostility(
        "lone_next_token",
        "400 when nextToken comes with any other parameter",
        "nextToken is sent alone",
        Always(),
    ),
    Hostility(
        "over_31_days",
        "orders of more than 31 days: DONE, and no row",
        "longer periods are asked for in parts",
        Always(),
        _where(*ORDERS),
    ),
)
"""What every world does, because Amazon does."""

HOSTILITIES: tuple[Hostility, ...] = (*FLAT_FILES, *JSON_DOCUMENTS, *SINGLE_REPORTS, *CALLS, *ALWAYS)
"""Every hostility there is."""
