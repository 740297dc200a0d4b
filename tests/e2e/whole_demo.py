"""The demo as a process of its own, and the processes that belong to it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def of_this_demo(folder):
    """Return the processes that name the folder in their environment: the flow runs and the Prefect server."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int(place.name) != os.getpid() and str(folder).encode() in (place / "environ").read_bytes():
                found.append(place.name)
        except OSError:
            continue
    return found


def start_demo(folder, *options):
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "SELLERWATCH_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "sellerwatch", "demo", "--json", "--data", str(folder), *options],
        cwd=ROOT,
        env=outside,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
