"""What the shell is told when a command ends."""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
"""Something is missing or wrong; the output says what."""

PERSON_HAS_TO_ACT: Final = 2
"""Configuration, environment or arguments; one line on standard error says what to change."""

INTERRUPTED: Final = 130
"""Ctrl-C, as shells count it."""
