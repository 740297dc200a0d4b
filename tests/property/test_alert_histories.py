"""Whatever happens to two marketplaces' alerts, people are told of each episode once, and the state is the fold of its judgements."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sellerwatch.alerts.condition.folding import Standing, advance, fold
from sellerwatch.alerts.condition.machine import Condition
from tests.unit.alerts.one_sku import FIRST, RULE, TWO_OF_THREE, judgement

VALUES = st.sampled_from([0.5, 2.0, 3.3, 6.0, 8.0, 12.0, 40.0])
SAID = st.one_of(VALUES, VALUES, st.sampled_from(["no_data", "insufficient", "not_applicable", "error"]))
PLACES = st.sampled_from(["DE", "UK"])


@dataclass
class Watched:
    """One alert, everything that was said of it, and what people were told."""

    rule: object
    condition: Condition = field(default_factory=Condition)
    before: Condition = field(default_factory=Condition)
    night: int = -1
    log: list = field(default_factory=list)
    told: list = field(default_factory=list)

    def said_on(self, night):
        """Return what was said of a night, the last of it last."""
        return [said for said in self.log if said.as_of == FIRST + timedelta(days=night)]

    def corrected(self, said):
        """A night of the past is judged anew: that is noted, and tells nothing by itself."""
        last = max(number for number, item in enumerate(self.log, 1) if item.as_of == said.as_of)
        self.log.insert(last, said)
        self.condition = replace(self.condition, is_behind=True)

    def judged(self, said):
        judged_for = FIRST + timedelta(days=self.night) if self.night >= 0 else None
        before = self.before if judged_for == said.as_of else self.condition
        after = advance(self.rule, Standing(self.condition, before, judged_for), said, lambda: list(self.log))
        if not self.log or self.log[-1] != said:
            self.log.append(said)
        self.condition, self.before = after.condition, after.before
        self.told += [event.kind for event in after.events]
        return after.events


class AlertHistories(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.alerts = {"DE": Watched(RULE), "UK": Watched(TWO_OF_THREE)}

    @rule(place=PLACES, said=SAID, skipped=st.integers(0, 2))
    def a_night_is_judged(self, place, said, skipped):
        alert, other = self.alerts[place], self.alerts[{"DE": "UK", "UK": "DE"}[place]]
        untouched = other.condition
        night = alert.night + 1 + skipped
        alert.judged(judgement(night, said, alert.rule))
        alert.night = night
        assert other.condition is untouched

    @rule(place=PLACES)
    def the_night_runs_again(self, place):
        alert = self.alerts[place]
        if alert.night < 0:
            return
        alert.judged(alert.said_on(alert.night)[-1])
        as_it_was = alert.condition
        assert alert.judged(alert.said_on(alert.night)[-1]) == ()
        assert alert.condition == as_it_was

    @rule(place=PLACES, said=SAID)
    def tonights_data_is_restated(self, place, said):
        alert = self.alerts[place]
        if alert.night >= 0:
            alert.judged(judgement(alert.night, said, alert.rule))

    @rule(place=PLACES, said=SAID, draw=st.integers(0, 40))
    def an_older_night_is_restated(self, place, said, draw):
        alert = self.alerts[place]
        nights = sorted({item.as_of for item in alert.log})[:-1]
        if nights:
            alert.corrected(judgement((nights[draw % len(nights)] - FIRST).days, said, alert.rule))

    @invariant()
    def there_are_as_many_root_messages_as_episodes(self):
        for alert in self.alerts.values():
            assert alert.told.count("fired") == alert.condition.episode

    @invariant()
    def only_what_was_told_is_called_over(self):
        for alert in self.alerts.values():
            is_open = False
            for kind in alert.told:
                if kind in {"fired", "reopened"}:
                    assert not is_open
                elif kind != "flapping":
                    assert is_open
                is_open = kind not in {"resolved", "closed"} and (is_open or kind in {"fired", "reopened"})
            assert is_open == alert.condition.is_open

    @invariant()
    def the_state_is_the_fold_of_all_that_was_said(self):
        for alert in self.alerts.values():
            folded, known = fold(alert.rule, alert.log), alert.condition
            if known.is_behind:
                continue
            assert known.is_open == folded.is_open
            if known.is_open:
                assert (known.status, known.tier, known.calm, known.recent) == (
                    folded.status,
                    folded.tier,
                    folded.calm,
                    folded.recent,
                )


TestAlertHistories = AlertHistories.TestCase
TestAlertHistories.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)


ONCE_FAILED = {
    "gone, and then no data of it": ("DE", "night 0.5", "tonight not_applicable", "tonight no_data"),
    "called over by a correction, judged again": ("UK", "night 0.5", "night 2.0", "older 8.0", "again"),
    "two nights lost their data": ("UK", "night 0.5", "night 0.5", "tonight no_data", "older no_data", "again"),
    "lost again and again": (
        "UK",
        "night 0.5",
        "night 0.5",
        "older no_data",
        "tonight no_data",
        "tonight no_data",
        "night no_data",
    ),
    "waited for what was taken back": ("UK", "night 2.0", "night no_data", "older 8.0", "again"),
}


@pytest.mark.parametrize("history", ONCE_FAILED.values(), ids=ONCE_FAILED)
def test_a_history_that_once_failed_keeps_the_promises(history):
    place, *acts = history
    state = AlertHistories()
    ways = {
        "night": lambda said: state.a_night_is_judged(place=place, said=said, skipped=0),
        "tonight": lambda said: state.tonights_data_is_restated(place=place, said=said),
        "older": lambda said: state.an_older_night_is_restated(place=place, said=said, draw=0),
        "again": lambda _: state.the_night_runs_again(place=place),
    }
    for act in acts:
        way, _, said = act.partition(" ")
        ways[way](float(said) if said[:1].isdigit() else said)
        state.there_are_as_many_root_messages_as_episodes()
        state.only_what_was_told_is_called_over()
        state.the_state_is_the_fold_of_all_that_was_said()


@pytest.mark.slow
@pytest.mark.long
class TestManyAlertHistories(AlertHistories.TestCase):
    settings = settings(max_examples=3000, stateful_step_count=60, deadline=None)
