"""Write every golden message anew: first what alerts say, as data, then how each channel shows it. Review the difference after it.

Run ``python tests/golden_messages/regenerate.py`` after a deliberate change of words or of a renderer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ("tests/unit/alerts/test_messages.py", "tests/unit/messages/test_golden_messages.py")


def main() -> int:
    """Run both tests in the order in which one makes what the other shows."""
    environment = os.environ | {"UPDATE_GOLDEN": "1"}
    for test in TESTS:
        command = [sys.executable, "-m", "pytest", test, "-q", "-k", "agreed or golden", "-p", "no:randomly"]
        if code := subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
