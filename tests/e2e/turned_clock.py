"""A clock that stands still until somebody waits, so that two runs of a night happen at the very same simulated instants."""

from datetime import timedelta


class TurnedClock:
    def __init__(self, moment):
        self._moment = moment

    def now(self):
        return self._moment

    def turn_to(self, moment):
        self._moment = moment

    def sleep(self, seconds):
        self._moment += timedelta(seconds=max(0.0, seconds))
