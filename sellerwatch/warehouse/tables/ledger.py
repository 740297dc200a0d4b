"""What was wanted from Amazon, what came of it, and how much of the rate budget is left."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text

from sellerwatch.warehouse.tables.base import CIRCUMSTANCE, METADATA
from sellerwatch.warehouse.types import CanonicalJson, Instant

WINDOW: Final = Table(
    "report_window",
    METADATA,
    Column("id", Text, primary_key=True, comment="store/marketplace/report/first..last, and the part where there are several"),
    Column("store_id", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    Column("report", Text, nullable=False, comment="short name of the report type"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column(
        "part", Text, nullable=False, server_default="", comment="some of the products, one settlement, or a look at the list"
    ),
    Column("asins", CanonicalJson, nullable=False, server_default="[]", comment="the products it is about; empty for all"),
    Column("entered_on", Date, nullable=False, server_default="2000-01-01", comment="the night that wanted it first"),
    Column("wanted_for", Date, nullable=False, comment="the newest night that wants it; 0001-01-01 for an imported one"),
    Column(
        "origin",
        Text,
        nullable=False,
        server_default="pulled",
        comment="pulled from Amazon, or imported from a file by a person",
    ),
    Column("state", Text, nullable=False, comment="wanted, requesting, requested, done, empty, cancelled_unknown, fatal"),
    Column("detail", Text, comment="why it is in the state, in Amazon's words where there are any"),
    Column("report_id", Text, info=CIRCUMSTANCE, comment="stored before it is polled"),
    Column("asked_at", Instant, info=CIRCUMSTANCE),
    Column("cancellations", Integer, nullable=False, info=CIRCUMSTANCE, comment="reports in a row that Amazon cancelled"),
    Column("finished_at", Instant, info=CIRCUMSTANCE),
    Column(
        "asked_by",
        Text,
        nullable=False,
        server_default="night",
        info=CIRCUMSTANCE,
        comment="what wanted it last: night, intraday, import, or a backfill and its id",
    ),
    Column("attempts", Integer, nullable=False, server_default="0", info=CIRCUMSTANCE, comment="how often it was asked for"),
    Column("calls", Integer, nullable=False, server_default="0", info=CIRCUMSTANCE, comment="calls of Amazon spent on it"),
    Column("making_seconds", Integer, info=CIRCUMSTANCE, comment="how long Amazon took to make its last report"),
    CheckConstraint(
        "state IN ('wanted','requesting','requested','done','empty','cancelled_unknown','fatal')",
        name="state",
    ),
    Index("ix_report_window_feed", "store_id", "marketplace", "report", "last_day"),
    Index("ix_report_window_night", "store_id", "wanted_for"),
    comment="Every report type x store x marketplace x period that was wanted, and what came of it",
)

DOCUMENT: Final = Table(
    "document",
    METADATA,
    Column("id", Text, primary_key=True, comment="window id and version: the same document has the same id after a rebuild"),
    Column("window_id", Text, ForeignKey("report_window.id"), nullable=False),
    Column("version", Integer, nullable=False, comment="1 for the window's first document"),
    Column("sha256", Text, nullable=False, comment="of the bytes as received; their name in the raw store"),
    Column("byte_count", Integer, nullable=False),
    Column("state", Text, nullable=False, comment="raw, loaded or quarantined"),
    Column("encoding", Text, comment="the one that decoded it"),
    Column("row_count", Integer, nullable=False, comment="records loaded"),
    Column("skipped_count", Integer, nullable=False, comment="records set aside, each in skipped_record"),
    Column("notes", CanonicalJson, nullable=False, comment="unknown columns and other things worth knowing"),
    Column("error", Text, comment="why it is in quarantine"),
    Column("data_through", Instant, info=CIRCUMSTANCE, comment="the newest moment its data speaks of"),
    Column("observed_at", Instant, nullable=False, info=CIRCUMSTANCE, comment="when Amazon made it"),
    Column("received_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("manifest_number", Integer, nullable=False, info=CIRCUMSTANCE, comment="its line in the raw store's manifest"),
    CheckConstraint("state IN ('raw','loaded','quarantined')", name="state"),
    Index("ix_document_window", "window_id"),
    Index("ix_document_state", "state"),
    comment="Every document received, and what parsing made of it",
)

SKIPPED_RECORD: Final = Table(
    "skipped_record",
    METADATA,
    Column("document_id", Text, ForeignKey("document.id"), primary_key=True),
    Column("table_name", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("column_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("excerpt", Text, nullable=False, comment="the offending value, shortened"),
    comment="Records that could not be used; the rest of their document was",
)

RATE_BUCKET: Final = Table(
    "rate_bucket",
    METADATA,
    Column("application", Text, primary_key=True, comment="hashed; empty where all applications of the account share it"),
    Column("account", Text, primary_key=True, comment="hashed; empty where all sellers of the application share it"),
    Column("operation", Text, primary_key=True),
    Column("report_type", Text, primary_key=True, comment="Amazon's name; empty for the bucket of all calls of the operation"),
    Column("rate_micros", BigInteger, nullable=False, info=CIRCUMSTANCE, comment="millionths of a call per second"),
    Column(
        "configured_micros", BigInteger, nullable=False, comment="what limits.yaml said when the rate was last taken from it"
    ),
    Column("burst", Integer, nullable=False),
    Column("level_picos", BigInteger, nullable=False, info=CIRCUMSTANCE, comment="10^-12 calls saved up at refilled_at"),
    Column("refilled_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("nightly_until", Instant, info=CIRCUMSTANCE, comment="until then one call is kept for a night that waits for it"),
    Column(
        "calls",
        Integer,
        nullable=False,
        info=CIRCUMSTANCE,
        comment="calls granted since the row exists, counted where report_type is empty",
    ),
    comment="One token bucket per application, account, operation and type of report, shared by all processes",
)

CALL_COUNT: Final = Table(
    "call_count",
    METADATA,
    Column("run", Text, primary_key=True, comment="what the calls were made for, such as: night 2026-11-17"),
    Column("store_id", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("calls", Integer, nullable=False, info=CIRCUMSTANCE, comment="calls granted"),
    comment="How many calls of Amazon each run was granted",
)

NIGHT: Final = Table(
    "night",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("outcome", Text, nullable=False, comment="running, complete or incomplete"),
    Column("problem_count", Integer, nullable=False),
    Column("started_at", Instant, nullable=False, info=CIRCUMSTANCE),
    Column("decided_at", Instant, info=CIRCUMSTANCE, comment="the clock reading every decision of the night uses"),
    Column("finished_at", Instant, info=CIRCUMSTANCE),
    CheckConstraint("outcome IN ('running','complete','incomplete')", name="outcome"),
    comment="One row per store and night",
)

PROBLEM: Final = Table(
    "problem",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("step", Text, primary_key=True, comment="pull, load, measure or decide"),
    Column("number", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    comment="What went wrong in a night and what to do about it; replaced when the step runs again",
)
