"""What becomes of one alert's news, by how people know of it and what holds it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from sellerwatch.alerts.condition.machine import Condition, Event
from sellerwatch.alerts.reading.tonight import Subject
from sellerwatch.alerts.showing.about_rules import ABOUT_RULES
from sellerwatch.alerts.showing.facts import Shown
from sellerwatch.alerts.showing.notices import Closing, Notice
from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling import decide as deciding
from sellerwatch.alerts.telling.decide import decide, net_kind, seen_now, standing_of, timed, with_chart
from sellerwatch.alerts.telling.run import Run
from sellerwatch.alerts.telling.scene import Candidate, Item, Outgoing, Scene
from sellerwatch.alerts.telling.stored import Told
from sellerwatch.delivery.outbox import Entry
from sellerwatch.messages.blocks import Divider, Earlier, Message

NIGHT = date(2026, 11, 17)
NOW = datetime(2026, 11, 17, 13, tzinfo=UTC)
MORNING = NOW + timedelta(hours=8)
DOUBTED, PARENT = "doubt-1", "parent"
FIRING = Condition(status="firing", tier="orange", episode=1, value=2.5)
RESOLVED = replace(FIRING, status="resolved", value=40.0)
NEW = Told("f", 1, "store")
ROOT = Told("f", 1, "store", how="root", thread_key="thread", event_number=1, status="firing", tier="orange")
ROW = replace(ROOT, how="digest", thread_key="digest-1")
HELD = replace(NEW, how="held", held_by=PARENT)


def alert(condition, rule="stockout_tiers"):
    return Alert("f", rule, "store", Subject("US", "sku", "A"), condition, "{}", "{}", NIGHT, 4, 1)


def entry(kind, **other):
    message = Message("title", "red", other.pop("blocks", ()))
    return Entry(f"key-{kind}", kind, "C1", "thread", 1, message, **{"not_before": NOW, "created_at": NOW} | other)


def shown():
    return Shown("title", "2.5 days", (), "digest")


SENT = [entry("update"), entry("reply"), entry("chart")]


@pytest.fixture
def scene(shipped, monkeypatch):
    """A run in which every event has an update, a reply and a picture, and every conversation is there."""

    def entries(settings, told, channel):
        assert (settings, told.alert.fingerprint, channel) == (shipped, "f", f"channel of {told.rule.number}")
        return SENT[:2]

    def chart_entries(connection, settings, told, channel):
        assert connection == "connection"
        entries(settings, told, channel)
        return SENT[2:]

    def thread_state(connection, key):
        assert connection == "connection"
        return f"seen {key}"

    monkeypatch.setattr(deciding, "entries", entries)
    monkeypatch.setattr(deciding, "chart_entries", chart_entries)
    monkeypatch.setattr(deciding, "thread_state", thread_state)
    monkeypatch.setattr(deciding, "closing_entry", lambda closing, seen: entry("update"))
    monkeypatch.setattr(deciding, "row_words", lambda scene, notice: f"row of {notice.event.kind} of {scene.run.store_id}")
    router = SimpleNamespace(channel=lambda found, rule: f"channel of {rule.number}" if found.rule in shipped.rules else "")
    return Scene("connection", shipped, Run("store", NIGHT, NOW), router, MORNING, {}, {})


def notice(scene, kind, condition=FIRING, rule="stockout_tiers", *, number=5, before="orange"):
    event = Event(kind, before, condition.tier, condition.value)
    return Notice(alert(condition, rule), scene.settings.rules[rule], event, number, shown, None, NOW)


def item(scene, *kinds, condition=FIRING, rule="stockout_tiers"):
    found = (notice(scene, kind, condition, rule, number=number) for number, kind in enumerate(kinds, 5))
    return Item(alert(condition, rule), tuple(found))


def standing(scene, found, kind, told):
    """Return how an alert stands as one event, as the run would say it."""
    assert scene.told[told.key] is told
    return notice(scene, kind, found.condition)


def decided(scene, found, told, holder=None):
    """Decide, and return how the episode is told from here on, or None where that did not change."""
    scene.told[told.key] = told
    scene.changed.clear()
    decide(scene, found, holder)
    return scene.changed.get(told.key)


def sent(scene):
    return [(item.entry.kind, item.fingerprint, item.is_of_night) for item in scene.outgoing]


SEEN = replace(ROOT, event_number=5)


def test_a_new_alert_that_nothing_holds_is_to_be_told_by_its_tier_and_rule(scene):
    found = item(scene, "fired")

    assert decided(scene, found, NEW) is None
    assert scene.candidates == [Candidate(found.notices[0], "channel of R01", True, False, NEW, True)]
    assert scene.outgoing == []


@pytest.mark.parametrize(
    ("tier", "rule", "wants_root", "is_ops"), [("yellow", "stockout_tiers", False, False), ("yellow", "stale_feed", True, True)]
)
def test_a_yellow_one_is_a_row_unless_whoever_runs_the_pipeline_hears_it(scene, tier, rule, wants_root, is_ops):
    decided(scene, item(scene, "fired", condition=replace(FIRING, tier=tier), rule=rule), NEW)

    (found,) = scene.candidates
    assert (found.wants_root, found.is_ops) == (wants_root, is_ops)


def test_of_several_events_the_last_is_told_as_the_beginning(scene):
    decided(scene, item(scene, "fired", "raised"), NEW)

    (found,) = scene.candidates
    assert (found.notice.event.kind, found.notice.event.tier_before) == ("fired", "orange")


@pytest.mark.parametrize("holder", [DOUBTED, PARENT])
def test_a_new_alert_that_something_holds_is_held(scene, holder):
    assert decided(scene, item(scene, "fired"), replace(NEW, freed_on=NIGHT), holder) == replace(
        NEW, how="held", held_by=holder
    )
    assert (scene.candidates, scene.outgoing) == ([], [])


def test_what_ended_while_it_was_held_was_never_told(scene):
    assert decided(scene, item(scene, "resolved", condition=RESOLVED), replace(HELD, freed_on=NIGHT)) == NEW
    assert decided(scene, item(scene, condition=RESOLVED), NEW) is None
    assert (scene.candidates, scene.outgoing) == ([], [])


def test_what_an_alert_explained_waits_a_night_after_that_has_ended(scene, monkeypatch):
    monkeypatch.setattr(deciding, "standing_notice", standing)
    earlier = NIGHT - timedelta(days=1)

    assert decided(scene, item(scene), HELD) == replace(HELD, freed_on=NIGHT)
    assert scene.candidates == []
    assert decided(scene, item(scene), replace(HELD, freed_on=NIGHT)) is None
    assert scene.candidates == []
    decided(scene, item(scene), replace(HELD, freed_on=earlier))
    (found,) = scene.candidates
    assert (found.is_news, found.was, found.notice.event.kind) == (False, replace(HELD, freed_on=earlier), "fired")


def test_what_is_about_a_rule_and_not_about_a_number_waits_for_none(scene):
    found = item(scene, "fired")
    of_rule = replace(found.alert, subject=Subject("*", min(ABOUT_RULES), "stockout_tiers"))

    decided(scene, found._replace(alert=of_rule), HELD)

    assert len(scene.candidates) == 1


@pytest.mark.parametrize("held_by", [DOUBTED, None])
def test_what_was_doubted_is_told_as_soon_as_it_is_free(scene, held_by):
    decided(scene, item(scene, "fired"), replace(HELD, held_by=held_by))

    assert len(scene.candidates) == 1


def test_what_was_held_and_is_on_its_way_to_being_over_is_not_told_anew(scene):
    recovering = replace(FIRING, status="recovering")

    decided(scene, item(scene, "recovering", condition=recovering), replace(HELD, held_by=DOUBTED))
    assert scene.candidates == []
    decided(scene, item(scene, "recovering", condition=recovering), NEW)
    assert len(scene.candidates) == 1


def test_what_no_rule_is_left_of_is_not_told(scene, monkeypatch):
    monkeypatch.setattr(deciding, "standing_notice", lambda *_: None)

    decided(scene, item(scene), replace(HELD, held_by=DOUBTED))
    assert decided(scene, item(scene), replace(ROOT, is_behind=True)) is None
    assert (scene.candidates, scene.outgoing) == ([], [])


def test_each_event_of_what_people_know_goes_into_its_conversation(scene):
    after = decided(scene, item(scene, "refreshed", "lowered"), ROOT)

    assert after == replace(SEEN, event_number=6)
    assert sent(scene) == [(kind, "f", False) for kind in ("update", "reply", "chart")] * 2
    assert scene.patches == {}


def test_a_row_changes_where_it_is_listed_and_sends_nothing(scene):
    assert decided(scene, item(scene, "refreshed"), ROW) == replace(ROW, event_number=5)
    assert sent(scene) == []
    assert scene.patches == {
        ("digest-1", ("f", 1)): {"words": "row of refreshed of store", "tier": "orange", "standing": "open"}
    }


@pytest.mark.parametrize("kind", ["raised", "reopened"])
def test_a_row_that_gets_worse_is_to_be_told_anew(scene, kind):
    assert decided(scene, item(scene, kind, "refreshed"), ROW) is None
    (found,) = scene.candidates
    assert (found.notice.event.kind, found.is_news, found.was) == ("fired", True, ROW)
    assert (scene.patches, scene.outgoing) == ({}, [])


def test_while_another_alert_explains_it_people_see_updates_and_nobody_is_called(scene):
    assert decided(scene, item(scene, "refreshed"), ROOT, PARENT) == SEEN
    assert sent(scene) == [("update", "f", False)]


@pytest.mark.parametrize("told", [ROOT, ROW])
def test_what_gets_worse_while_another_explains_it_is_told_once_that_has_ended(scene, told):
    assert decided(scene, item(scene, "raised"), told, PARENT) == replace(told, held_by=PARENT, is_behind=True)
    assert scene.candidates == []


def test_what_people_know_is_held_as_it_is_while_the_night_is_doubted(scene):
    assert decided(scene, item(scene, "raised"), ROOT, DOUBTED) == replace(ROOT, held_by=DOUBTED, is_behind=True)
    assert (scene.candidates, scene.outgoing, scene.patches) == ([], [], {})


def test_what_was_held_back_is_told_as_one_event(scene, monkeypatch):
    seen = []
    monkeypatch.setattr(deciding, "row_words", lambda scene, notice: seen.append(notice.event) or "words")
    behind = replace(ROOT, held_by=PARENT, is_behind=True, freed_on=NIGHT, tier="yellow")

    assert decided(scene, item(scene, "refreshed", "refreshed", "lowered"), behind) == replace(SEEN, event_number=7)
    assert seen == [Event("raised", "yellow", "orange", 2.5, "")]
    assert {is_of_night for *_, is_of_night in sent(scene)} == {False}


def test_what_was_held_back_and_is_over_has_recovered(scene, monkeypatch):
    seen = []
    monkeypatch.setattr(deciding, "row_words", lambda scene, notice: seen.append(notice.event) or "words")
    monkeypatch.setattr(deciding, "standing_notice", standing)

    after = decided(scene, item(scene, condition=RESOLVED), replace(ROOT, is_behind=True))

    assert after == replace(SEEN, status="resolved")
    assert seen == [Event("resolved", "orange", "orange", 40.0, "recovered")]
    assert {is_of_night for *_, is_of_night in sent(scene)} == {True}


@pytest.mark.parametrize(
    ("told", "condition", "kind"),
    [
        (ROOT, RESOLVED, "resolved"),
        (replace(ROOT, status="resolved"), RESOLVED, "refreshed"),
        (ROOT, replace(FIRING, status="closed"), "refreshed"),
        (replace(ROOT, status="resolved"), FIRING, "reopened"),
        (ROOT, replace(FIRING, tier="red"), "raised"),
        (ROOT, replace(FIRING, tier="yellow", status="recovering"), "lowered"),
        (ROOT, replace(FIRING, status="recovering"), "recovering"),
        (replace(ROOT, status="recovering"), FIRING, "relapsed"),
        (ROOT, FIRING, "refreshed"),
    ],
)
def test_between_what_people_see_and_what_is_there_lies_one_event(told, condition, kind):
    assert net_kind(told, condition) == kind


def closing(condition=FIRING):
    return Item(alert(condition), (Closing(alert(condition), "gone", NOW),))


def test_what_nobody_watches_any_more_is_greyed_out(scene, monkeypatch):
    given = []
    monkeypatch.setattr(deciding, "closing_entry", lambda found, seen: given.append((found, seen)) or entry("update"))
    found = closing()

    after = decided(scene, found, replace(ROOT, held_by=PARENT, freed_on=NIGHT, is_behind=True))

    assert after == replace(ROOT, status="closed")
    assert given == [(found.closing, f"seen {found.alert.thread_key}")]
    assert sent(scene) == [("update", "f", False)]


def test_a_row_that_nobody_watches_any_more_is_closed_in_its_digest(scene):
    assert decided(scene, closing(), ROW) == replace(ROW, status="closed")
    assert scene.patches == {("digest-1", ("f", 1)): {"standing": "closed", "holds": 0}}
    assert scene.outgoing == []


def test_what_people_never_saw_just_ends(scene, monkeypatch):
    monkeypatch.setattr(deciding, "thread_state", lambda *_: None)

    assert decided(scene, closing(), HELD) == replace(NEW, how="none", status="closed")
    decide(scene, Item(replace(alert(FIRING), fingerprint="other"), closing().news), None)
    assert scene.outgoing == []
    assert list(scene.changed) == [("f", 1)], "of what was never told nothing is noted"


@pytest.mark.parametrize(
    ("condition", "standing"),
    [
        (RESOLVED, "resolved"),
        (replace(FIRING, status="closed"), "closed"),
        (replace(FIRING, stale_since=NIGHT), "frozen"),
        (replace(FIRING, status="recovering", stale_since=NIGHT), "frozen"),
        (replace(FIRING, status="recovering"), "recovering"),
        (FIRING, "open"),
    ],
)
def test_how_a_row_stands(condition, standing):
    assert standing_of(condition) == standing


@pytest.mark.parametrize(
    ("condition", "times"),
    [
        (FIRING, [NOW, MORNING, MORNING]),
        (replace(FIRING, tier="red"), [NOW] * 3),
        (replace(RESOLVED, tier="red"), [NOW, MORNING, MORNING]),
    ],
)
def test_news_waits_for_the_morning_but_updates_and_red_do_not(scene, condition, times):
    found = timed(scene, alert(condition), SENT)

    assert [item.not_before for item in found] == times
    assert [item.kind for item in found] == ["update", "reply", "chart"]


def test_a_new_episode_leads_to_the_digest_that_told_the_one_before(scene, monkeypatch):
    blocks = (Divider(), Earlier("the one before", "f-1"))
    monkeypatch.setattr(deciding, "entries", lambda settings, notice, channel: [entry("root", blocks=blocks)])
    again = notice(scene, "fired", replace(FIRING, episode=2))

    def led():
        return [item.message.blocks for item in with_chart(scene, again, "channel of R01") if item.kind == "root"]

    assert led() == [blocks]
    scene.told["f", 1] = ROOT
    assert led() == [blocks]
    scene.told["f", 1] = ROW
    assert led() == [(Divider(), Earlier("the one before", "digest-1"))]


def test_what_people_have_seen_is_neither_held_nor_behind(scene):
    before = replace(HELD, how="root", is_behind=True, freed_on=NIGHT, status=None)

    assert seen_now(before, notice(scene, "fired")) == replace(ROOT, thread_key=None, event_number=5)


def test_messages_know_whose_they_are(scene):
    scene.send([SENT[0]], "f", is_of_night=True)

    assert scene.outgoing == [Outgoing(SENT[0], "f", True)]
