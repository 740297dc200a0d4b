"""Every golden message looks in every channel as its folder shows; UPDATE_GOLDEN=1 writes the folder anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sellerwatch.messages.blocks import Message
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.html import render_html
from sellerwatch.messages.markdown import render_markdown
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.slack import render_slack, render_slack_short

GOLDEN = Path(__file__).parents[2] / "golden_messages"
CONTACTS = {"supply_chain": "U0SUPPLY", "leads": "S0LEADS"}


def _slack(message: Message) -> str:
    payload = render_slack(message, contacts=CONTACTS)
    return json.dumps({"text": payload.text, "blocks": payload.blocks}, ensure_ascii=False, indent=2) + "\n"


RENDERERS: dict[str, Callable[[Message], str]] = {
    "slack.json": _slack,
    "slack_short.txt": lambda message: render_slack_short(message, contacts=CONTACTS).text + "\n",
    "message.md": render_markdown,
    "message.html": render_html,
    "message.txt": render_plain,
}


def _folders() -> list[Path]:
    return sorted(folder for folder in GOLDEN.iterdir() if folder.is_dir())


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("folder", _folders(), ids=lambda folder: folder.name)
def test_a_golden_message_is_rendered_as_before(folder, renderer):
    message = from_dict(json.loads((folder / "message.json").read_text(encoding="utf-8")))
    path = folder / renderer

    shown = RENDERERS[renderer](message)

    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_there_are_golden_messages_in_both_languages():
    languages = {json.loads((folder / "message.json").read_text(encoding="utf-8"))["language"] for folder in _folders()}

    assert languages == {"en", "zh"}
