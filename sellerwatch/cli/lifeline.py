"""Runs a program, and ends it with all it started as soon as whoever asked for it is gone.

``python -m sellerwatch.cli.lifeline PROGRAM ARGUMENTS`` lives exactly as long as its standard input stays open. The kernel closes
that pipe when the parent ends, however it ends: by itself, by Ctrl-C in the middle of anything, or by kill -9.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

PATIENCE_SECONDS = 10.0
"""How long a program may take to end after each of the two polite signals."""

_POLITE = (signal.SIGINT, signal.SIGTERM)


def start(command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own: Ctrl-C reaches us only, and we stop it after what uses it."""
    return subprocess.Popen(
        [sys.executable, "-m", __name__, *command],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes], *, patience_seconds: float = 3 * PATIENCE_SECONDS) -> None:
    """End a program that `start` started, and wait until nothing of it is left."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def keep(command: Sequence[str], lifeline: int, *, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Run the program until it ends by itself or the lifeline, an open file's number, closes; return its exit code."""
    for number in _POLITE:
        # A handler, not SIG_IGN, which the program would inherit: the group's signals are meant for the program alone.
        signal.signal(number, lambda *_: None)
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    is_cut = threading.Event()
    threading.Thread(target=_end_when_cut, args=(program, lifeline, is_cut, patience_seconds), daemon=True).start()
    code = program.wait()
    if is_cut.is_set():
        os.killpg(0, signal.SIGKILL)  # what the program started and left behind, and this process with it
    return code


def _end_when_cut(program: subprocess.Popen[bytes], lifeline: int, is_cut: threading.Event, patience_seconds: float) -> None:
    while os.read(lifeline, 1024):  # nobody writes; the call returns when the pipe closes
        pass
    is_cut.set()
    for number in _POLITE:
        os.killpg(0, number)
        try:
            program.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:], sys.stdin.fileno()))
