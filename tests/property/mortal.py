"""Runs that die where they are told, and two runs that take turns: one works while the other stands still, in an order that is drawn.

A run is a thread, or the test's own. It dies of an exception that no product code catches, and whatever tidies up on the way out
finds every call, commit and write refused, as after a real kill.
"""

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle

import httpx
import pytest
from sqlalchemy import event

from sellerwatch.rawstore.manifest import Manifest
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse import exclusive

MOMENTS = {
    "before an ask": 2,
    "after an ask": 2,
    "before a call": 12,
    "after a call": 12,
    "before a commit": 40,
    "after a commit": 40,
    "before the store": 3,
    "before the list": 3,
    "in the line": 3,
    "after the list": 3,
}
"""The moments at which a run may die, and how often each comes in one that is worth killing."""

ASKS = ("/reports", "/queries")
"""Where reports are asked for."""

TORN = b'{"byte_count":17,"num'
PATIENCE_SECONDS = 60


class Killed(BaseException):
    """The run is over; nothing in the product may catch it."""


@dataclass(frozen=True)
class Kill:
    """The death of a run: at which moment, counted from its begin."""

    moment: str
    number: int


class Turns:
    """Lets one of two runs work at a time; each works for so many moments, one length after another."""

    def __init__(self, lengths):
        self._lengths, self._changed = cycle(lengths), threading.Condition()
        self._at_work, self._turn, self._left = {0, 1}, 0, next(self._lengths)

    def begin(self, place):
        with self._changed:
            self._wait_for(place)

    def pause(self, place, *, must_wait=False):
        """Let the other one work when it is its turn; who has to wait lets it work at once."""
        with self._changed:
            self._left -= 1
            if self._left <= 0 or must_wait:
                self._pass_on(place)
                self._wait_for(place)

    def end(self, place):
        with self._changed:
            self._at_work.discard(place)
            self._pass_on(place)

    def _pass_on(self, place):
        self._left = next(self._lengths)
        if 1 - place in self._at_work:
            self._turn = 1 - place
            self._changed.notify_all()

    def _wait_for(self, place):
        assert self._changed.wait_for(lambda: self._turn == place, PATIENCE_SECONDS), "the other run does not stop"


@dataclass
class Life:
    """One run: how far it has come, when it dies, and what goes wrong at Amazon meanwhile."""

    kill: Kill | None = None
    troubles: dict = field(default_factory=dict)
    """What is to be done after so many calls."""
    turns: Turns | None = None
    place: int = 0
    hear: Callable = lambda *_: None
    """Is told of each call and its answer, which may be none."""
    passed: Counter = field(default_factory=Counter)
    is_over: bool = False

    def reach(self, moment):
        """Come to a moment, which may be the last."""
        if not self.is_over:
            self.passed[moment] += 1
            self.is_over = self.kill == Kill(moment, self.passed[moment])
        if self.is_over:
            raise Killed(moment)

    def pause(self, **how):
        if self.turns is not None and not self.is_over:
            self.turns.pause(self.place, **how)

    def call(self, send, request):
        """Make a call of Amazon."""
        self.pause()
        for trouble in self.troubles.pop(self.passed["before a call"], ()):
            trouble()
        is_ask = request.method == "POST" and request.url.path.endswith(ASKS)
        if is_ask:
            self.reach("before an ask")
        self.reach("before a call")
        response = None
        try:
            response = send()
        finally:
            self.hear(request, response)
        try:
            self.reach("after a call")
            if is_ask:
                self.reach("after an ask")
        except Killed:
            response.close()
            raise
        return response


_PRESENT = threading.local()
NOBODY = Life()
"""Who calls outside any run: the simulated Amazon's thread, and the test itself."""


def present_life():
    return getattr(_PRESENT, "life", NOBODY)


def live(life, work):
    """Do the work as this run; tell whether it came to its end."""
    _PRESENT.life = life
    try:
        work()
    except Killed:
        return False
    finally:
        life.is_over = False
        del _PRESENT.life
    return True


def live_together(lives, works):
    """Do two works side by side, taking turns; tell of each whether it came to its end."""
    ends, errors = [None, None], []

    def run(place):
        life = lives[place]
        life.turns.begin(place)
        try:
            ends[place] = live(life, works[place])
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            errors.append(error)
        finally:
            life.turns.end(place)

    threads = [threading.Thread(target=run, args=(place,), name=f"run {place}") for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error
    return ends


@contextmanager
def mortality(engine):
    """Let the runs die at their moments, and take turns, whatever product code they are in."""

    def pause_before_a_transaction(*_):
        present_life().pause()

    event.listen(engine, "checkout", pause_before_a_transaction)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(httpx.Client, "send", _mortal_send(httpx.Client.send))
            patch.setattr(engine.dialect, "do_commit", _mortal_commit(engine.dialect.do_commit))
            patch.setattr(RawStore, "put", _mortal_put(RawStore.put))
            patch.setattr(Manifest, "append", _mortal_append(Manifest.append))
            for kind in (exclusive._FileLock, exclusive._SessionLock):
                patch.setattr(kind, "take", _patient_take(kind.take))
            yield
    finally:
        event.remove(engine, "checkout", pause_before_a_transaction)


def _mortal_send(send):
    def sending(client, request, **options):
        return present_life().call(lambda: send(client, request, **options), request)

    return sending


def _mortal_commit(commit):
    def committing(connection):
        present_life().reach("before a commit")
        commit(connection)
        present_life().reach("after a commit")

    return committing


def _mortal_put(put):
    def putting(store, *args):
        present_life().reach("before the store")
        return put(store, *args)

    return putting


def _mortal_append(append):
    def appending(manifest, *args):
        life = present_life()
        life.reach("before the list")
        try:
            life.reach("in the line")
        except Killed:
            with manifest.path.open("ab") as file:
                file.write(TORN)
            raise
        entry = append(manifest, *args)
        life.reach("after the list")
        return entry

    return appending


def _patient_take(take):
    """Wait for a lock without standing in the way of the one that holds it."""

    def taking(lock):
        life = present_life()
        if life.turns is None:
            take(lock)
            return
        while not lock.take_at_once():
            life.pause(must_wait=True)

    return taking
