"""The only place that reads the computer's clock: real time, or a simulated time that runs faster.

A simulated clock is written as ``REAL=SIMULATED@SPEED``: at the real instant REAL the simulated time is SIMULATED, and
from then on it advances SPEED times as fast. Two processes given the same text agree on the time without talking.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sellerwatch.core.errors import ConfigError

CLOCK_VARIABLE = "SELLERWATCH_CLOCK"


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait until ``seconds`` of this clock's time have passed."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The computer's own time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` real seconds; nothing for zero or less."""
        time.sleep(max(0.0, seconds))


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """A simulated time that runs ``speed`` times as fast as the real one."""

    real: datetime
    simulated: datetime
    speed: float

    def __post_init__(self) -> None:
        """Refuse a clock that cannot tell the time.

        Raises:
            ConfigError: an instant has no offset, or the speed is not a number above zero.
        """
        if self.real.tzinfo is None or self.simulated.tzinfo is None or not 0 < self.speed < math.inf:
            raise _bad_clock(str(self))

    @classmethod
    def starting(cls, simulated: datetime, speed: float) -> ScaledClock:
        """Return a clock that shows ``simulated`` at this moment."""
        return cls(real=datetime.now(UTC), simulated=simulated, speed=speed)

    @classmethod
    def parse(cls, text: str) -> ScaledClock:
        """Read ``REAL=SIMULATED@SPEED``.

        Raises:
            ConfigError: the text has another form, an instant has no offset, or the speed is not positive.
        """
        try:
            real_text, rest = text.split("=", 1)
            simulated_text, speed_text = rest.rsplit("@", 1)
            real, simulated = (datetime.fromisoformat(part) for part in (real_text, simulated_text))
            speed = float(speed_text)
        except ValueError as error:
            raise _bad_clock(text) from error
        return cls(real=real, simulated=simulated, speed=speed)

    def __str__(self) -> str:
        """Return the text that `parse` reads; every digit of the speed is in it, or two processes would drift apart."""
        return f"{self.real.isoformat()}={self.simulated.isoformat()}@{self.speed!r}"

    def now(self) -> datetime:
        """Return the simulated instant, aware, in UTC."""
        elapsed = (datetime.now(UTC) - self.real).total_seconds()
        return (self.simulated + timedelta(seconds=elapsed * self.speed)).astimezone(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait until ``seconds`` simulated seconds have passed."""
        time.sleep(max(0.0, seconds) / self.speed)


def clock_from_environment() -> Clock:
    """Return the simulated clock named by ``SELLERWATCH_CLOCK``, or the system clock when it is not set."""
    text = os.environ.get(CLOCK_VARIABLE, "")
    return ScaledClock.parse(text) if text else SystemClock()


def _bad_clock(text: str) -> ConfigError:
    return ConfigError(
        f"{CLOCK_VARIABLE} is not a clock: {text!r}",
        where="environment",
        remedy="Write REAL=SIMULATED@SPEED with two ISO-8601 instants that carry an offset and a speed above zero, or unset it",
    )
