"""The facts of a document in the order of their key, however many there are: sorted in runs, kept in files, merged in ranges.

Only here are records compared with each other: the place among equal lines is told, and a key that comes again is set aside.
"""

from __future__ import annotations

import bisect
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.computed import ORDINAL
from sellerwatch.reports.contract import LINE, FactTable
from sellerwatch.reports.document import Parsed, Reading, SkippedRecord, SortedFacts, excerpt

_GROUP = "_group"
"""The column that is sorted by: the key without the ordinal, as one text."""

_SEPARATOR = "\0"
"""Sorts before every other character, as the end of a shorter text does, and stands in no cell."""

RUN_ROWS = 100_000
"""Sorted at once and then written out: some 25 MB of orders."""

_STEP_ROWS = 1_000
"""Read back at once from each run."""

_RANGE_STEPS = 32
"""Steps that make a range of keys, which is merged at once."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A sorted part of the facts in a file of its own: steps of equal length, and the group that each step begins with."""

    path: Path
    firsts: tuple[str, ...]

    def between(self, low: str | None, high: str | None) -> Iterator[pa.RecordBatch]:
        """Yield the rows whose group is at least ``low`` and less than ``high``; None is no limit."""
        start = 0 if low is None else max(bisect.bisect_left(self.firsts, low) - 1, 0)
        stop = len(self.firsts) if high is None else bisect.bisect_left(self.firsts, high)
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file) as reader:
            for number in range(start, stop):
                step = reader.get_batch(number)
                begin = 0 if low is None else _count_below(step.column(_GROUP), low)
                end = len(step) if high is None else _count_below(step.column(_GROUP), high)
                if begin < end:
                    yield step.slice(begin, end - begin)


class Sorter:
    """Takes the facts of a document as they are read, and gives them back sorted."""

    def __init__(self, table: FactTable, folder: Path | None) -> None:
        """Sort facts of ``table``; those that are too many for memory go through ``folder``, without which none are."""
        self.table, self.folder = table, folder
        self.skipped: list[SkippedRecord] = []
        self._group = tuple(name for name in table.key if name != ORDINAL)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._runs: list[_Run] = []

    def add(self, facts: pa.Table) -> None:
        """Take the next facts of the document; a record whose key is blank is set aside."""
        facts = self._keyed(facts)
        if facts.num_rows:
            self._waiting.append(facts)
            self._waiting_rows += facts.num_rows
        if self.folder is not None and self._waiting_rows >= RUN_ROWS:
            self._runs.append(self._written_run(self.folder, self._sorted_waiting()))

    def finish(self) -> SortedFacts:
        """Return everything that was taken; a record whose key was taken by an earlier one is set aside."""
        last = self._sorted_waiting()
        if self.folder is None or not self._runs:
            facts = self._resolved(last) if last.num_rows else self.table.schema.empty_table()
            return SortedFacts(facts.num_rows, facts)
        if last.num_rows:
            self._runs.append(self._written_run(self.folder, last))
        return self._merged(self.folder)

    def discard(self) -> None:
        """Remove the files."""
        for run in self._runs:
            run.path.unlink(missing_ok=True)
        self._runs.clear()

    def _keyed(self, facts: pa.Table) -> pa.Table:
        """Return the facts with the column they are sorted by, without those that have a blank in it."""
        cells = [facts.column(name).cast(pa.string()) for name in self._group]
        group = pc.binary_join_element_wise(*cells, _SEPARATOR)
        if group.null_count:
            self.skipped.extend(
                self._blank(row) for row in facts.filter(group.is_null()).select([*self._group, LINE]).to_pylist()
            )
        keyed = facts.append_column(_GROUP, group)
        return keyed.filter(group.is_valid()) if group.null_count else keyed

    def _sorted_waiting(self) -> pa.Table:
        if not self._waiting:
            return self.table.schema.empty_table()
        facts = pa.concat_tables(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        return _sorted(facts)

    def _written_run(self, folder: Path, facts: pa.Table) -> _Run:
        path = _new_file(folder)
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, facts.schema) as writer:
            writer.write_table(facts, max_chunksize=_STEP_ROWS)
        firsts = facts.column(_GROUP).take(pa.array(range(0, facts.num_rows, _STEP_ROWS)))
        return _Run(path, tuple(firsts.to_pylist()))

    def _merged(self, folder: Path) -> SortedFacts:
        """Merge the runs range by range into one file, and remove them."""
        pa.default_memory_pool().release_unused()
        path, row_count = _new_file(folder), 0
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, self.table.schema) as writer:
            for low, high in self._ranges():
                steps = [step for run in self._runs for step in run.between(low, high)]
                if steps:
                    facts = self._resolved(_sorted(pa.Table.from_batches(steps)))
                    writer.write_table(facts)
                    row_count += facts.num_rows
        self.discard()
        return SortedFacts(row_count, path)

    def _ranges(self) -> Iterator[tuple[str | None, str | None]]:
        """Yield ranges of groups with about as many rows each; rows of one group never part."""
        firsts = sorted(first for run in self._runs for first in run.firsts)
        bounds = sorted({*firsts[_RANGE_STEPS::_RANGE_STEPS]})
        return zip([None, *bounds], [*bounds, None], strict=True)

    def _resolved(self, facts: pa.Table) -> pa.Table:
        """Return sorted facts as the table has them: with ordinals, or else with one row per key, the first."""
        places = _places(facts.column(_GROUP))
        if ORDINAL in self.table.key:
            facts = facts.append_column(ORDINAL, pa.array(places))
        elif (places > 1).any():
            again = facts.filter(pa.array(places > 1)).select([*self._group, LINE])
            self.skipped.extend(self._repeated(row) for row in again.to_pylist())
            facts = facts.filter(pa.array(places == 1))
        schema = self.table.schema
        return facts.select(schema.names).cast(schema)

    def _blank(self, row: dict[str, object]) -> SkippedRecord:
        blank = ", ".join(name for name in self._group if row[name] is None)
        return self._set_aside(row, f"blank {blank}, but part of the key")

    def _repeated(self, row: dict[str, object]) -> SkippedRecord:
        return self._set_aside(row, "repeats the key of an earlier record")

    def _set_aside(self, row: dict[str, object], reason: str) -> SkippedRecord:
        known = " ".join(str(row[name]) for name in self._group if row[name] is not None)
        return SkippedRecord(self.table.name, int(str(row[LINE])), "", reason, excerpt(known))


def reading_of(parsed: Parsed, tables: Mapping[str, FactTable]) -> Reading:
    """Return what a document says that was read as a whole; its keys are unique already."""
    frames = {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in parsed.frames.items()}
    keys = {name: [(column, "ascending") for column in tables[name].key] for name in frames}
    return Reading(parsed.told, {name: SortedFacts(len(facts), facts.sort_by(keys[name])) for name, facts in frames.items()})


def parsed_of(reading: Reading, tables: Mapping[str, FactTable]) -> Parsed:
    """Return what a reading says as frames in the document's order."""
    return reading.told.with_frames({name: tables[name].frame(_in_document_order(reading.tables[name])) for name in tables})


def _in_document_order(facts: SortedFacts) -> pa.Table:
    return pa.concat_tables(facts.batches()).sort_by(LINE) if facts.row_count else facts.place


def _sorted(facts: pa.Table) -> pa.Table:
    """Return the facts by group; those of one group stay in the document's order, for the sort is stable."""
    whole = facts.combine_chunks()
    return whole.take(pc.sort_indices(whole.column(_GROUP)))


def _places(groups: pa.ChunkedArray) -> np.ndarray:
    """Return the place of each row among those of its group, from 1; the groups are sorted."""
    whole = groups.combine_chunks()
    numbers = np.arange(len(whole), dtype=np.int64)
    is_first = np.ones(len(whole), bool)
    is_first[1:] = pc.not_equal(whole[1:], whole[:-1]).to_numpy(zero_copy_only=False)
    return numbers - np.maximum.accumulate(np.where(is_first, numbers, 0)) + 1


def _count_below(groups: pa.Array, bound: str) -> int:
    """Return how many of the sorted groups are less than the bound."""
    return int(pc.sum(pc.less(groups, bound), min_count=0).as_py())


def _new_file(folder: Path) -> Path:
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".arrow", delete=False) as file:
        return Path(file.name)
