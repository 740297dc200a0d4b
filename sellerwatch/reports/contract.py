"""The contract all reports share: kinds of columns, fact tables with their keys, and the report that fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa

from sellerwatch.reports.document import DocumentContext, Parsed, Reading

LINE = "line"
"""The last column of every frame: where in the document the record stands."""


class Kind(Enum):
    """What a cell means, and with it the type it has in a frame."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    INSTANT = "instant"
    DAY = "day"
    FLAG = "flag"


ARROW_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.DECIMAL: pa.decimal128(20, 6),
    Kind.MONEY: pa.decimal128(20, 6),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
    Kind.DAY: pa.date32(),
    Kind.FLAG: pa.bool_(),
}
"""The Arrow type of each kind. Money has six decimals, the millionths of `core.money`."""

PYTHON_TYPES: Mapping[Kind, type[object]] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.MONEY: Decimal,
    Kind.INSTANT: datetime,
    Kind.DAY: date,
    Kind.FLAG: bool,
}
"""The Python type of each kind in a typed row."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table.

    Attributes:
        name: our name, with its unit.
        header: Amazon's name: a header cell, or a path such as ``salesByDate.unitsOrdered``. Empty for a column that we
            compute.
        kind: what its cells mean.
        note: one line saying what it means; the data dictionary prints it.
        required: a document without this column is refused. (A blank cell is another matter: it is null.)
        also: other names Amazon has used for the same thing.
    """

    name: str
    header: str
    kind: Kind
    note: str
    required: bool = field(default=False, kw_only=True)
    also: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def is_computed(self) -> bool:
        """Tell whether the column is ours and not in the document."""
        return not self.header


class Replace(Enum):
    """How the facts of a newer document supersede older ones."""

    BY_ORDER = "by_order"
    """All rows of each order in the document take the place of all older rows of that order."""
    BY_DAY = "by_day"
    """The rows of the days the document was asked for take the place of all older rows of those days."""
    SNAPSHOT = "snapshot"
    """The document's rows take the place of all older rows of the same snapshot day."""
    BY_SCOPE = "by_scope"
    """All rows of each value of the scope column (a settlement, a month) take the place of all older rows of that value."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """One table a report fills.

    Attributes:
        name: the table's name, the same in frames, warehouse and documents.
        columns: in the order of the frame.
        key: the columns that name a row; never null, unique within a document.
        replace: how newer rows supersede older ones.
        scope: the column whose values say which older rows are superseded (an order id or a day).
        row: the dataclass of one row, for code that reads rows one at a time.
        title: what one row is, in words.
        records: in a JSON document, the name of the list that holds the records.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    replace: Replace
    scope: str
    row: type[Any]
    title: str
    records: str = ""

    @property
    def document_columns(self) -> tuple[Column, ...]:
        """The columns that are read from the document, in order."""
        return tuple(column for column in self.columns if not column.is_computed)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table's frame, with ``line`` at the end."""
        fields = [(column.name, ARROW_TYPES[column.kind]) for column in self.columns]
        return pa.schema([*fields, (LINE, pa.int64())])

    def frame(self, facts: pa.Table) -> pd.DataFrame:
        """Return the facts as a pandas frame of Arrow types: the table's columns in order, then ``line``."""
        frame: pd.DataFrame = facts.select(self.schema.names).cast(self.schema).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def empty_frame(self) -> pd.DataFrame:
        """Return a frame without rows, with every column and type in place."""
        return self.frame(self.schema.empty_table())

    def rows(self, frame: pd.DataFrame) -> Iterator[Any]:
        """Yield each row of a frame as the table's dataclass; null becomes None."""
        names = [column.name for column in self.columns]
        for values in pa.Table.from_pandas(frame[names], preserve_index=False).to_pylist():
            yield self.row(**values)


class Content(Enum):
    """The two forms of document."""

    TSV = "tsv"
    JSON = "json"


class Source(Enum):
    """The API of Amazon's that makes a report's documents; with it comes the outer form of those that are JSON."""

    REPORTS = "reports"
    """The Selling Partner API's reports: a flat file, or one JSON object that holds lists."""
    DATA_KIOSK = "data_kiosk"
    """A query of Data Kiosk: JSON Lines, one object per record."""
    INVENTORY = "inventory"
    """The FBA Inventory API's answers: JSON Lines, one page per line."""
    ADS = "ads"
    """The Ads API's asynchronous reports: one JSON array of flat objects."""


@dataclass(frozen=True, slots=True)
class Report:
    """One Amazon report type: what it is called, the tables it fills, and how it is read.

    Attributes:
        name: our short name, the same in modules, tables, tests and documents.
        amazon_type: Amazon's name of the report type; of Data Kiosk, the dataset and the query in it, with a point between;
            of the Ads API, the reportTypeId.
        title: what it tells, in words.
        content: the form of its documents.
        tables: what it fills; two reports that tell the same thing name one and the same table.
        left_out: Amazon's columns that are known and deliberately not kept, each with the reason.
        parse: reads a document; raises `DocumentError` when it cannot be read as this report at all.
        source: the API that makes it.
        query: of Data Kiosk, the text of the query, with ``$first``, ``$last``, ``$marketplace`` and ``$quoted_asins`` to fill.
        is_sparse: nothing at all is good news and no gap: returns, coupons, or a kind of advertising that is not used.
        stream: reads a document of any length in bounded memory, for reports whose documents may be long; it says what
            `parse` says, with the facts sorted by their key.
    """

    name: str
    amazon_type: str
    title: str
    content: Content
    tables: tuple[FactTable, ...]
    left_out: Mapping[str, str]
    parse: Callable[[BinaryIO | bytes, DocumentContext], Parsed]
    source: Source = Source.REPORTS
    query: str = ""
    is_sparse: bool = False
    stream: Callable[[BinaryIO, DocumentContext, Path | None], Reading] | None = None

    @property
    def is_snapshot(self) -> bool:
        """Tell whether it shows one moment rather than days."""
        return any(table.replace is Replace.SNAPSHOT for table in self.tables)
