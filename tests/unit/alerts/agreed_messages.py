"""Messages as they were agreed on: what judging puts into the outbox, kept as data in tests/golden_messages, a folder a message."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, get_args

from sellerwatch.messages.blocks import Language, Message
from sellerwatch.messages.codec import to_dict
from sellerwatch.settings.load import Settings
from sellerwatch.settings.models import Titles

GOLDEN = Path(__file__).parents[2] / "golden_messages"
LANGUAGES: tuple[Language, ...] = get_args(Language)
HOSTILE = "<!channel> <@U1> <http://x|y> *b* _i_ ~s~ `c` & \u202egnp.exe\n> quote"


def latest(store: Any, subject: str | None = None) -> dict[str, dict[str, Any]]:
    """Return the messages of the newest event, by kind, as the outbox holds them; of one subject alone where it is named."""
    newest = max(row.created_at for row in store.outbox())
    thread = store.alert(subject).fingerprint[:24] if subject else ""
    return {row.kind: row.message for row in store.outbox() if row.created_at == newest and row.thread_key.startswith(thread)}


def differing(case: str, language: Language, messages: dict[str, dict[str, Any]]) -> list[str]:
    """Return which messages of a case are not as agreed; UPDATE_GOLDEN=1 agrees with them all."""
    return [kind for kind, message in messages.items() if not _is_agreed(f"{case}_{kind}_{language}", message)]


def is_agreed(case: str, message: Message) -> bool:
    """Tell whether one message is as agreed."""
    return _is_agreed(f"{case}_{message.language}", to_dict(message))


def _is_agreed(folder: str, message: dict[str, Any]) -> bool:
    path = GOLDEN / folder / "message.json"
    text = json.dumps(message, ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.exists() and text == path.read_text(encoding="utf-8")


STEPS_IN_CHINESE = {
    "Move stock from the overseas warehouse to Amazon": "从海外仓调货至亚马逊仓库",
    "Check that inbound shipments land before the stock-out date": "确认在途货件能在断货日前入仓",
    "Send by air freight": "改走空运补货",
    "Compare the air cost per unit with the margin that would be lost": "比较单件空运成本与断货损失的利润",
    "Open a pre-sale with a handling time of at most 30 days, on seller-fulfilled offers only": "仅对自配送商品开启预售，处理时间不超过 30 天",
    "Turn the SKU's ads down until stock lands": "到货前调低该 SKU 的广告投放",
}
"""The steps that golden messages show, as long as config/playbooks.yaml has them in one language."""


def in_both_languages(settings: Settings) -> dict[str, Any]:
    """Return the playbooks with every step in both languages; a step without Chinese words gets some."""

    def said(step: Any) -> Titles:
        return step if isinstance(step, Titles) else Titles(en=step, zh=STEPS_IN_CHINESE.get(step, "按上文提示处理"))

    return {
        name: playbook.model_copy(
            update={"steps": {tier: tuple(said(step) for step in steps) for tier, steps in playbook.steps.items()}}
        )
        for name, playbook in settings.playbooks.items()
    }


def words_of(message: dict[str, Any]) -> str:
    """Return every text of a stored message that is said in its language: without values to copy, names and links."""
    if message.get("type") in {"code", "link"}:
        return ""
    return " ".join(
        part
        for name, value in message.items()
        if name
        not in {
            "type",
            "title_en",
            "unit_en",
            "limits",
            "points",
            "tone",
            "language",
            "action",
            *(("value", "style") if "action" in message else ()),
        }
        for part in _texts(value)
    )


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [words_of(value)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []
