"""Every golden message looks in every channel as its folder shows; `python tests/golden_messages/regenerate.py` writes all anew."""

from __future__ import annotations

import json
import os
import re
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
PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]+")
"""Its bytes depend on the fonts of the machine."""

CONTACTS = {"supply_chain": "U0SUPPLY", "leads": "S0LEADS"}


def _slack(message: Message) -> str:
    payload = render_slack(message, contacts=CONTACTS)
    return json.dumps({"text": payload.text, "blocks": payload.blocks}, ensure_ascii=False, indent=2) + "\n"


RENDERERS: dict[str, Callable[[Message], str]] = {
    "slack.json": _slack,
    "slack_short.txt": lambda message: render_slack_short(message, contacts=CONTACTS).text + "\n",
    "message.md": render_markdown,
    "message.html": lambda message: PICTURE.sub("data:image/png;base64,(the picture)", render_html(message)),
    "message.txt": render_plain,
}


def _folders() -> list[Path]:
    return sorted(path.parent for path in GOLDEN.glob("*/message.json"))


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_golden_message_is_rendered_as_before(renderer):
    def differs(folder: Path) -> bool:
        message = from_dict(json.loads((folder / "message.json").read_text(encoding="utf-8")))
        path, shown = folder / renderer, RENDERERS[renderer](message)
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(shown, encoding="utf-8")
        return not path.exists() or shown != path.read_text(encoding="utf-8")

    assert [folder.name for folder in _folders() if differs(folder)] == []


def test_each_agreed_message_exists_in_both_languages():
    names = {folder.name for folder in _folders()}

    assert {name.removesuffix("_zh") + "_en" for name in names if name.endswith("_zh") and name != "stock_out_zh"} == {
        name for name in names if name.endswith("_en")
    }
