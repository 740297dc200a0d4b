"""What a night asks the warehouse does not grow with how much it has to tell."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.spec.small_world import day

FINE = {f"F{number:02}": 40.0 for number in range(60)}


@contextmanager
def counted(engine):
    said = []

    def note(_connection, _cursor, statement, *_):
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def asked_by(store, offset, values, **ages):
    """Judge a night; return how many statements read anything but a message's own row."""
    store.at(day(offset))
    store.feeds(on=day(offset), **ages)
    store.problems(on=day(offset))
    store.cover(FINE | values, on=day(offset))
    with counted(store.engine) as said:
        store.judge(day(offset))
    return sum(statement.startswith("SELECT") and "FROM outbox" not in statement for statement in said)


def short(count, cover):
    return {f"{count}-{number:02}": cover for number in range(count)}


@pytest.mark.parametrize("ages", [{}, {"fba_inventory": 44.0}], ids=["another value", "a late feed"])
def test_fifty_alerts_ask_for_no_more_than_five_do(store, ages):
    store.unguarded()
    few = [asked_by(store, 0, short(5, 6.0)), asked_by(store, 1, short(5, 5.5), **ages)]
    fine = short(5, 40.0)
    for offset in (2, 3, 4):
        asked_by(store, offset, fine)

    many = [asked_by(store, 5, fine | short(50, 6.0)), asked_by(store, 6, fine | short(50, 5.5), **ages)]

    assert len([row for row in store.outbox() if row.kind == "root" and row.thread_key.startswith("digest-")]) == 2
    assert [more - fewer for more, fewer in zip(many, few, strict=True)] == [0, 0]
