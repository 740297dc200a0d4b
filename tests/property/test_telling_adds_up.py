"""Whatever the nights bring, every open alert is told in exactly one place, or held by something people know of."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sellerwatch.alerts.showing.facts import Shown
from sellerwatch.alerts.telling.doubt import find_doubt
from sellerwatch.alerts.telling.tell import confirm
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.settings.telling import DigestLimits, MassChange
from sellerwatch.warehouse.engine import writing
from sellerwatch.warehouse.tables.alerting import ALERT
from sellerwatch.warehouse.tables.base import METADATA
from sellerwatch.warehouse.tables.telling import ALERT_TELLING, DIGEST_ROW, MASS_CHANGE
from tests.spec.small_world import day, shipped_settings
from tests.unit.alerts.judged_store import JudgedStore

SKUS = ("A", "B", "C", "D")
LEVELS = (0.5, 2.5, 6.0, 40.0, None, "not_listed")
SALES = (5.0, 25.0, 45.0, 100.0)
CASES = 12
MANY_CASES = 150

NIGHTS = st.lists(
    st.tuples(
        st.fixed_dictionaries(dict.fromkeys(SKUS, st.sampled_from(LEVELS))),
        st.fixed_dictionaries(dict.fromkeys(SKUS, st.sampled_from(SALES))),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
"""Of each night: cover and sales of each SKU, and whether somebody confirms what is doubted."""


@pytest.fixture
def quick(monkeypatch):
    def described(_at_hand, metric, asked):
        return Shown(f"{asked.subject.id} {metric}", f"{asked.value}", (), f"{asked.value}")

    monkeypatch.setattr("sellerwatch.alerts.judging.rule.describe", described)
    monkeypatch.setattr("sellerwatch.alerts.telling.scene.describe", described)


@pytest.fixture
def store(sqlite_warehouse, tmp_path):
    """Two rules, of which one holds the other's news back: the rules of feeds and problems would hear of nothing here."""
    store = JudgedStore(sqlite_warehouse, shipped_settings(tmp_path), store_id="test_store")
    store.configured(rules={"stockout_tiers": store.shipped.rules["stockout_tiers"]})
    store.also_watching("gmv")
    return store


def emptied(store):
    with writing(store.engine) as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())


def lived(store, offset, cover, sales):
    for sku, value in sales.items():
        store.put("gmv", "sku", sku, value, on=day(offset))
    return store.night(offset, {sku: value for sku, value in cover.items() if value is not None})


def confirmed(store):
    for row in store.rows(MASS_CHANGE):
        with writing(store.engine) as connection:
            confirm(connection, store.settings, find_doubt(connection, row.thread_key), now=store.clock.now(), by="Kim")


def check_places(store):
    told = {(row.fingerprint, row.episode): row for row in store.rows(ALERT_TELLING)}
    listed = Counter((row.fingerprint, row.episode) for row in store.rows(DIGEST_ROW) if row.standing != "moved")
    roots = Counter(row.thread_key for row in store.outbox() if row.kind == "root")
    assert all(count == 1 for count in roots.values())
    held = Counter()
    for alert in store.rows(ALERT):
        key = (alert.fingerprint, alert.episode)
        own = roots[f"{alert.fingerprint[:24]}-{alert.episode}"]
        if alert.status in {"firing", "recovering"}:
            how = told[key].how
            assert (how, own, listed[key]) in {("root", 1, 0), ("digest", 0, 1), ("held", 0, 0)}
            if how == "held":
                check_holder(store, told[key], told, roots)
                held[told[key].held_by] += told[key].freed_on is None
        elif key in told:
            assert told[key].how != "held", "what is over is not held"
    check_counts(store, held)


def check_holder(store, mine, told, roots):
    """What holds an alert is a conversation that people see."""
    if mine.held_by.startswith("doubt-"):
        assert roots[mine.held_by] == 1
    else:
        assert any(row.how in {"root", "digest"} for (name, _), row in told.items() if name == mine.held_by)


def check_counts(store, held):
    """Every parent's message names the number it holds."""
    for row in store.rows(ALERT_TELLING):
        if row.how == "root" and row.status in {"firing", "recovering"} and held[row.fingerprint]:
            seen = [item for item in store.outbox() if item.thread_key == row.thread_key and item.kind != "reply"]
            newest = max(seen, key=lambda item: (item.rev, item.created_at, item.key))
            words = render_plain(from_dict(newest.message), columns=400)
            assert f"Held back while this lasts: {held[row.fingerprint]}." in words


def total_said(words):
    """Return what a digest says of its rows' number; nothing where its title is its only row."""
    found = re.search(r"\d+ = \d+ here \+ \d+ in|All \d+ are here", words)
    return found[0] if found else ""


def check_totals(store):
    by_thread = Counter(row.thread_key for row in store.rows(DIGEST_ROW))
    for thread, count in by_thread.items():
        rows = [row for row in store.rows(DIGEST_ROW) if row.thread_key == thread]
        assert sorted(row.place for row in rows) == list(range(1, count + 1))
        seen = [item for item in store.outbox() if item.thread_key == thread]
        newest = max((item for item in seen if item.kind != "reply"), key=lambda item: item.rev)
        words = render_plain(from_dict(newest.message), columns=400)
        inline, paged = sum(row.page == 0 for row in rows), sum(row.page > 0 for row in rows)
        all_here = f"All {count} are here" if count > 1 else ""
        assert total_said(words) == (f"{count} = {inline} here + {paged} in" if paged else all_here)
        assert words.count("•") == inline
        pages = [render_plain(from_dict(item.message)) for item in seen if item.kind == "reply"]
        assert sum(page.count("•") for page in pages) == paged


def check_nights(store, nights, is_guarded):
    emptied(store)
    limits = MassChange(subjects=4, share_pct=60.0) if is_guarded else MassChange(share_pct=100.0)
    store.telling(digest=DigestLimits(rows=2, new_roots=2), mass_change=limits)

    for offset, (cover, sales, confirms) in enumerate(nights):
        lived(store, offset, cover, sales)
        check_places(store)
        check_totals(store)
        if confirms:
            confirmed(store)
            check_places(store)
            check_totals(store)
        assert store.again(offset) == []


SETTINGS = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(nights=NIGHTS, is_guarded=st.booleans())
def test_every_open_alert_is_told_in_one_place_or_held_by_what_people_see(quick, store, nights, is_guarded):
    check_nights(store, nights, is_guarded)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
@settings(SETTINGS, max_examples=MANY_CASES)
@given(nights=NIGHTS, is_guarded=st.booleans())
def test_every_open_alert_of_many_nights_is_told_in_one_place_or_held(quick, store, nights, is_guarded):
    check_nights(store, nights, is_guarded)
