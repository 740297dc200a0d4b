"""Columns no document holds: the store's local day, the place among equal lines; and the check that a key names one row."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.core.periods import local_day
from sellerwatch.reports.contract import LINE, FactTable
from sellerwatch.reports.document import SkippedRecord, excerpt

ORDINAL = "ordinal"
"""The column that tells equal lines of one document apart; a key that holds it is unique by construction."""

_QUARTER_SECONDS = 15 * 60
_QUARTER_MICROSECONDS = _QUARTER_SECONDS * 1_000_000


def local_days(instants: pa.ChunkedArray, zone: ZoneInfo) -> pa.Array:
    """Return the local calendar day of each instant.

    Every zone's offset is a whole number of quarter hours, so a day never changes within one; there are some three thousand
    quarters in a month, and only those are asked for their day.
    """
    quarters = pc.divide(instants.cast(pa.int64()), _QUARTER_MICROSECONDS).combine_chunks().dictionary_encode()
    days = [local_day(_quarter_start(number), zone) for number in quarters.dictionary.to_pylist()]
    return pa.array(days, pa.date32()).take(quarters.indices)


def _quarter_start(number: int) -> datetime:
    return datetime.fromtimestamp(number * _QUARTER_SECONDS, UTC)


def ordinals(facts: pa.Table, names: tuple[str, ...]) -> pa.Array:
    """Return, for each row, its place among the rows with equal cells in these columns: 1, 2, and so on.

    The cells are joined as text with TAB, which no cell of a flat file can hold.
    """
    cells = (facts.column(name).cast(pa.string()) for name in names)
    joined = pc.binary_join_element_wise(*cells, "\t").combine_chunks()
    encoded = joined.dictionary_encode()
    places = np.ones(len(encoded), np.int64)
    if len(encoded.dictionary) < len(encoded):
        codes = encoded.indices.to_numpy()
        is_shared = np.bincount(codes)[codes] > 1
        places[is_shared] += pd.Series(codes[is_shared]).groupby(codes[is_shared]).cumcount().to_numpy()
    return pa.array(places)


def constant(facts: pa.Table, value: object, kind: pa.DataType) -> pa.Array:
    """Return a column that holds the same value in every row."""
    return pa.repeat(pa.scalar(value, kind), facts.num_rows)


def set_aside_unkeyed(frame: pd.DataFrame, table: FactTable) -> tuple[pd.DataFrame, list[SkippedRecord]]:
    """Return the frame with one row per key, the first, and a record of each row whose key is blank or taken."""
    if ORDINAL in table.key:
        return frame, []
    key = list(table.key)
    is_blank = frame[key].isna().any(axis=1)
    is_dropped = is_blank | frame.duplicated(key)
    if not is_dropped.any():
        return frame, []
    dropped = frame.loc[is_dropped, [LINE, *key]].itertuples(index=False, name=None)
    records = [_unkeyed(table, *values) for values in dropped]
    return frame.loc[~is_dropped].reset_index(drop=True), records


def _unkeyed(table: FactTable, line: int, *key: object) -> SkippedRecord:
    blank = [name for name, value in zip(table.key, key, strict=True) if value is pd.NA]
    reason = f"blank {', '.join(blank)}, but part of the key" if blank else "repeats the key of an earlier record"
    known = " ".join(str(value) for value in key if value is not pd.NA)
    return SkippedRecord(table.name, int(line), "", reason, excerpt(known))
