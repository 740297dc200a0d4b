"""A demo that somebody ends before its time."""

import signal
import time

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("number", "seconds"),
    [
        pytest.param(number, seconds, marks=pytest.mark.long if number in later else (), id=f"{when}-{number.name}")
        for when, seconds, later in (("starting", 2.0, {signal.SIGINT}), ("in a night", 14.0, {signal.SIGINT, signal.SIGTERM}))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
    ],
)
def test_a_demo_that_is_ended_at_any_moment_leaves_no_process(tmp_path, number, seconds):
    folder = tmp_path / "demo"
    process = start_demo(folder)
    time.sleep(seconds)

    process.send_signal(number)
    process.communicate(timeout=120)

    give_up = time.monotonic() + 60
    while of_this_demo(folder) and time.monotonic() < give_up:
        time.sleep(0.1)
    # Ctrl-C that comes before the command is loaded ends Python itself, which the shell also shows as 130.
    assert process.returncode in ({130, -number} if number == signal.SIGINT else {-number})
    assert of_this_demo(folder) == []
