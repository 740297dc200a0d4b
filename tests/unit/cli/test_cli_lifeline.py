"""Programs that end with whoever asked for them, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sellerwatch.cli import lifeline

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 20

# Writes its process id, and never ends by itself. A stubborn one ignores both polite signals.
POLITE = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()} '); time.sleep(600)"
STUBBORN = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN); " + POLITE
)
# Starts a stubborn program of its own and ends politely, leaving that one behind.
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}, sys.argv[2]]); " + POLITE


def is_alive(number):
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def comes_true(happened):
    give_up = time.monotonic() + SECONDS
    while not happened() and time.monotonic() < give_up:
        time.sleep(0.02)
    return happened()


def number_in(path):
    assert comes_true(lambda: path.exists() and path.read_text().endswith(" "))
    return int(path.read_text())


@pytest.fixture
def start(tmp_path):
    started = []

    def run(source, *arguments):
        # The keeper's own patience is short here: a test has no ten seconds for a program that does not listen.
        keeper = f"import sys; from sellerwatch.cli import lifeline; sys.exit(lifeline.keep({[sys.executable, '-c', source, *arguments]!r}, 0, patience_seconds=0.3))"
        process = subprocess.Popen(
            [sys.executable, "-c", keeper],
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()


@pytest.mark.parametrize("source", [POLITE, STUBBORN], ids=["polite", "stubborn"])
def test_a_program_ends_when_its_lifeline_closes(start, tmp_path, source):
    process = start(source, str(tmp_path / "pid"))
    program = number_in(tmp_path / "pid")

    lifeline.stop(process)

    assert process.returncode is not None
    assert comes_true(lambda: not is_alive(program))


def test_what_a_program_started_and_left_behind_ends_too(start, tmp_path):
    process = start(PARENT, str(tmp_path / "parent"), str(tmp_path / "child"))
    parent, child = number_in(tmp_path / "parent"), number_in(tmp_path / "child")

    lifeline.stop(process)

    assert comes_true(lambda: not is_alive(parent) and not is_alive(child))


def test_a_keeper_that_hangs_is_killed_with_its_group(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN, str(tmp_path / "pid")], stdin=subprocess.PIPE, start_new_session=True
    )
    number_in(tmp_path / "pid")

    lifeline.stop(process, patience_seconds=0.1)

    assert process.returncode == -signal.SIGKILL


def test_stopping_what_has_ended_does_nothing(start):
    process = start("pass")
    assert process.wait(SECONDS) == 0

    lifeline.stop(process)

    assert process.returncode == 0


def test_a_program_ends_when_its_parent_is_killed(tmp_path):
    source = (
        "import os, sys; from pathlib import Path; from sellerwatch.cli import lifeline\n"
        f"with open(os.devnull, 'wb') as log:\n"
        f"    process = lifeline.start([sys.executable, '-c', {POLITE!r}, {str(tmp_path / 'pid')!r}], "
        f"folder=Path({str(tmp_path)!r}), environment=os.environ, log=log)\n"
        "    process.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", source], env=dict(os.environ, PYTHONPATH=str(ROOT)))
    program = number_in(tmp_path / "pid")

    parent.kill()
    parent.wait()

    assert comes_true(lambda: not is_alive(program))


def test_a_programs_exit_code_and_words_come_through(tmp_path):
    with (tmp_path / "log").open("wb") as log:
        process = lifeline.start(
            [sys.executable, "-c", "print('said'); raise SystemExit(3)"],
            folder=tmp_path,
            environment=dict(os.environ, PYTHONPATH=str(ROOT)),
            log=log,
        )
        code = process.wait(SECONDS)
        lifeline.stop(process)

    assert code == 3
    assert (tmp_path / "log").read_text() == "said\n"
