"""One firing life of an alert, as its events tell it."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import insert

from sellerwatch.alerts.backtest.episodes import Episode, Page, _episode, opened_within, pages_within, read_episodes
from sellerwatch.alerts.backtest.outages import Place
from sellerwatch.core.periods import Days
from sellerwatch.delivery.outbox import Entry, enqueue
from sellerwatch.messages.blocks import Message
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT

HERE = Place("store", "US", "A")


def day(number):
    return date(2026, 11, number)


def told(*events):
    """Read an episode of events as (day, kind, tier after it, reason)."""
    rows = [
        SimpleNamespace(
            store_id="store", marketplace="US", subject="A", as_of=day(on), kind=kind, tier_after=tier, reason=reason
        )
        for on, kind, tier, reason in events
    ]
    return _episode(rows, 1)


FIRED = (1, "fired", "yellow", "")
RAISED = (3, "raised", "red", "")


def test_an_episode_that_lasts_has_its_calls_and_no_end():
    assert told(FIRED, (2, "refreshed", "yellow", ""), RAISED, (4, "stale", "red", "no_data")) == Episode(
        place=HERE,
        opened_on=day(1),
        over_on=None,
        ended_as="",
        pages=(Page(day(1), "yellow", "fired"), Page(day(3), "red", "raised")),
        kinds={"fired": 1, "refreshed": 1, "raised": 1, "stale": 1},
        posts=1,
    )


@pytest.mark.parametrize(
    ("last", "ended_as"),
    [
        ((5, "resolved", "red", "recovered"), "resolved"),
        ((5, "resolved", "red", "restated"), "restated"),
        ((5, "closed", "red", "gone"), "closed"),
    ],
)
def test_an_episode_ends_with_its_last_end_and_says_how(last, ended_as):
    found = told(FIRED, RAISED, last, (6, "refreshed", "red", ""))

    assert (found.over_on, found.ended_as) == (day(5), ended_as)


def test_an_episode_that_reopens_goes_on():
    found = told(FIRED, (2, "resolved", "yellow", "recovered"), (4, "reopened", "orange", ""), (5, "relapsed", "orange", ""))

    assert (found.over_on, found.ended_as, found.flaps) == (None, "", 2)
    assert found.pages[-1] == Page(day(4), "orange", "reopened")


def test_an_episode_is_open_from_its_day_until_the_day_before_its_end():
    found = told((3, "fired", "yellow", ""), (5, "resolved", "yellow", ""))

    assert [on for on in range(1, 8) if found.is_open_on(day(on))] == [3, 4]
    assert told((3, "fired", "yellow", "")).is_open_on(day(30))


def test_episodes_and_calls_are_counted_on_the_days_alone():
    early, late = told(FIRED, RAISED), told((4, "fired", "yellow", ""))
    days = Days(day(2), day(4))

    assert opened_within([early, late], days) == [late]
    assert pages_within([early, late], days) == [(early, early.pages[1]), (late, late.pages[0])]


NOW = datetime(2026, 11, 30, tzinfo=UTC)


def stored(connection, name, subject, *events, rule="cover"):
    """One alert with its events as (episode, day, kind)."""
    alert = {
        "fingerprint": name,
        "rule": rule,
        "store_id": "store",
        "marketplace": "US",
        "subject_kind": "sku",
        "subject": subject,
    }
    rest = {"status": "firing", "episode": 1, "judged_for": day(1), "state": {}, "event_count": 1, "rev": 1}
    connection.execute(insert(ALERT).values(alert | rest))
    for number, (episode, on, kind) in enumerate(events, 1):
        said = {"episode": episode, "kind": kind, "as_of": day(on), "tier_after": "red", "rule_version": 1, "happened_at": NOW}
        connection.execute(insert(ALERT_EVENT).values(fingerprint=name, number=number, **said))


def posted(connection, thread, *kinds):
    for kind in kinds:
        entry = Entry(f"{thread}:{kind}", kind, "C1", thread, 1, Message("title", "red"), NOW, NOW)
        enqueue(connection, entry)


def test_the_episodes_of_each_rule_stand_by_place_and_day_with_their_own_messages(sqlite_warehouse):
    first, second = "a" * 64, "b" * 64
    with sqlite_warehouse.begin() as connection:
        stored(connection, first, "B", (1, 1, "fired"), (1, 4, "resolved"), (2, 9, "fired"))
        stored(connection, second, "A", (1, 5, "fired"), (1, 6, "raised"))
        stored(connection, "c" * 64, "A", (1, 2, "recovering"))
        stored(connection, "d" * 64, "A", (1, 2, "fired"), rule="sales")
        posted(connection, f"{first[:24]}-2", "root", "reply", "update")
        posted(connection, "another", "root")
        found = read_episodes(connection)
        alone = [list(read_episodes(connection, rules)) for rules in (["sales"], ["sales", "cover"], [])]

    assert list(found) == ["cover", "sales"]
    assert alone == [["sales"], ["cover", "sales"], []]
    said = [(item.place.subject, item.opened_on, item.over_on, len(item.pages), item.posts) for item in found["cover"]]
    assert said == [("A", day(5), None, 2, 0), ("B", day(1), day(4), 1, 0), ("B", day(9), None, 1, 1)]
    assert [item.place.subject for item in found["sales"]] == ["A"], "what never fired is no episode"
