"""A night in which too much changes: one message, and everything else waits until somebody or something says that it is true."""

import pytest

from sellerwatch.alerts.pressing import act_on_presses, receive
from sellerwatch.delivery.presses import Press
from sellerwatch.messages.blocks import Actions
from sellerwatch.messages.plain import render_plain
from sellerwatch.warehouse.tables.telling import MASS_CHANGE
from tests.unit.alerts.answered_store import Whispers
from tests.unit.alerts.test_scenarios import calls

FINE = {f"S{number:02}": 40.0 for number in range(30)}
SHORT = dict.fromkeys(list(FINE)[:10], 2.5)
FEW = dict.fromkeys(list(FINE)[:9], 2.5)


def bad(value, base=FINE):
    return base | dict.fromkeys(SHORT, value)


def state(store):
    return [row.state for row in store.rows(MASS_CHANGE)]


def doubt(store):
    return store.conversation("doubt-")[0]


def press(store, doubted, *, number="1"):
    """Press the button of a doubt; return how many presses did something, and what the person is answered."""
    whispers = Whispers()
    receive(store.workspace, Press(f"e{number}", "U0KIM", "Kim", f"{number}.0", "confirm_mass_change", doubted, "C0ALERTS", ""))
    done = act_on_presses(store.workspace, whispers).done
    return done, whispers.texts()


def confirm(store):
    before = {row.key for row in store.outbox()}
    done, answers = press(store, store.rows(MASS_CHANGE)[0].thread_key)
    assert (done, answers) == (1, [])
    return store.sent(since=before)


def test_too_many_changes_are_one_message_with_a_button(store):
    sent = store.night(0, bad(2.5))

    assert calls(sent) == "P:orange"
    assert sent[0].title == "Suspect data: 10 of 30 subjects of Stock-out risk changed in one night (Test Store)"
    buttons = [block.buttons for block in doubt(store).blocks if isinstance(block, Actions)]
    key = store.rows(MASS_CHANGE)[0].thread_key
    assert [(button.action, button.value) for button in buttons[0]] == [("confirm_mass_change", key)]
    assert "S00" in render_plain(doubt(store))
    assert {store.how(sku) for sku in SHORT} == {"held"}
    assert {store.alert(sku).tier for sku in SHORT} == {"orange"}, "the states are saved"
    assert store.again(0) == []


@pytest.mark.parametrize(
    "values",
    [FINE | FEW, dict.fromkeys([f"S{number:02}" for number in range(19)], 2.5)],
    ids=["30 % and no more", "too few subjects"],
)
def test_an_ordinary_night_is_believed(store, values):
    store.night(0, values)

    assert state(store) == []


def test_a_confirmed_change_is_told_as_it_stands_and_only_once(store):
    store.night(0, bad(2.5))

    told = confirm(store)

    assert sorted(calls(told).split()) == ["P:orange", "U:grey"], "ten new messages are one digest"
    assert "Confirmed by Kim" in render_plain(doubt(store))
    assert not any(isinstance(block, Actions) for block in doubt(store).blocks)
    assert {store.how(sku) for sku in SHORT} == {"digest"}
    assert store.again(0) == []
    assert calls(store.night(1, bad(2.5))) == ""
    assert state(store) == ["confirmed"]


def test_a_doubt_is_confirmed_once(store):
    store.night(0, bad(2.5))
    confirm(store)
    told = store.outbox()

    done, answers = press(store, store.rows(MASS_CHANGE)[0].thread_key, number="2")

    assert (done, answers) == (0, ["Whether this data is true has been settled already. Nothing was changed."])
    assert store.outbox() == told


def test_a_doubt_that_nobody_knows_is_answered(store):
    assert press(store, "doubt-unknown") == (0, ["This button belongs to no alert that is known here. Nothing was changed."])


def test_the_next_night_that_agrees_has_it_told(store):
    store.night(0, bad(2.5))

    sent = store.night(1, bad(2.0))

    assert sorted(calls(sent).split()) == ["P:orange", "U:grey"]
    assert "The next night's data says the same" in render_plain(doubt(store))
    assert (state(store), {store.how(sku) for sku in SHORT}) == (["agreed"], {"digest"})
    assert store.again(1) == []


def test_what_the_next_night_takes_back_is_never_told(store):
    store.night(0, bad(2.5))

    assert calls(store.night(1, FINE)) == "U:green"
    assert "The data has gone back" in render_plain(doubt(store))
    assert state(store) == ["withdrawn"]
    assert [calls(store.night(offset, FINE)) for offset in (2, 3)] == ["", ""]
    assert {store.how(sku) for sku in SHORT} == {"none"}


def test_what_did_not_go_back_is_told_though_most_has(store):
    store.night(0, bad(2.5))

    assert sorted(calls(store.night(1, FINE | {"S03": 0.5})).split()) == ["P:red", "U:green"]
    assert calls(store.night(2, FINE | {"S03": 0.5})) in {"", "U:red"}


def test_corrected_data_of_the_same_night_takes_the_doubt_back(store):
    store.night(0, bad(2.5))
    store.cover(FINE | {"S03": 2.5})

    assert sorted(calls(store.again(0)).split()) == ["P:orange", "U:green"]
    assert state(store) == ["withdrawn"]


def test_a_night_without_data_agrees_with_nothing(store):
    store.night(0, bad(2.5))

    late = store.night(1, {}, fba_inventory=44)

    assert calls(late) == "P:orange", "the late feed alone"
    assert state(store) == ["waiting"]
    assert sorted(calls(store.night(2, bad(2.5))).split()) == ["P:orange", "R:green", "U:green", "U:grey"]


def test_what_joins_a_doubt_agrees_with_nothing_in_that_night_however_often_it_is_judged(store):
    store.night(0, bad(2.5))
    joining = dict.fromkeys(list(FINE)[10:15], 0.5)
    known = {sku: value for sku, value in (bad(2.5) | joining).items() if sku not in list(SHORT)[4:]}

    assert calls(store.night(1, known)) == "", "of ten that are doubted four have data"
    assert store.again(1) == []
    assert state(store) == ["waiting"]
    store.night(2, bad(2.5) | joining)
    assert (state(store), {store.how(sku) for sku in joining}) == (["agreed"], {"root"})


def test_a_sudden_recovery_of_everything_is_doubted_too_and_told_net(store):
    store.each_alone()
    store.night(0, bad(2.5))
    shipped = store.shipped.routing.telling
    store.telling(mass_change=type(shipped.mass_change)())

    assert calls(store.night(1, FINE)) == "P:orange"
    assert store.text("S00").startswith("🟠 2.5 days of cover"), "people still see what they saw"
    agreed = store.night(2, FINE)
    assert sorted(calls(agreed).split()) == [*["R:green"] * 10, *["U:green"] * 10, "U:grey"]
    assert calls(store.night(3, FINE)) == ""


def test_a_recovery_that_did_not_last_calls_nobody(store):
    store.each_alone()
    store.night(0, bad(2.5))
    store.telling(mass_change=type(store.shipped.routing.telling.mass_change)())
    store.night(1, FINE)

    assert sorted(calls(store.night(2, bad(2.5))).split()) == ["U:green", *["U:orange"] * 10]
    assert "Recovering" not in store.text("S00")


def test_other_rules_are_told_meanwhile(store):
    store.also_watching("gmv")
    store.put("gmv", "sku", "S29", 5.0)

    assert sorted(calls(store.night(0, bad(2.5))).split()) == ["P:orange", "P:red"]


def test_a_doubted_stock_out_holds_nothing(store):
    store.also_watching("gmv")
    store.put("gmv", "sku", "S00", 5.0)

    assert sorted(calls(store.night(0, bad(2.5))).split()) == ["P:orange", "P:red"]
