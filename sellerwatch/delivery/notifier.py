"""One message to one address beside Slack, through Apprise: Feishu, Lark, DingTalk, WeCom, Teams, e-mail and many more.

Nothing here shows the address: it holds the token that opens the channel.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType

from sellerwatch.messages.blocks import MARKERS, Message, Tone
from sellerwatch.messages.html import render_html
from sellerwatch.messages.markdown import render_markdown
from sellerwatch.messages.plain import render_plain

Notify: TypeAlias = Callable[[str, Message], str | None]
"""Sends a message to an address; returns why it was not taken, or None when it was."""

RENDERERS: Final[Mapping[NotifyFormat, Callable[[Message], str]]] = {
    NotifyFormat.TEXT: render_plain,
    NotifyFormat.MARKDOWN: render_markdown,
    NotifyFormat.HTML: render_html,
}
"""How a message is written for a service, by the format that it takes."""

TYPES: Final[Mapping[Tone, NotifyType]] = {
    Tone.RED: NotifyType.FAILURE,
    Tone.ORANGE: NotifyType.WARNING,
    Tone.YELLOW: NotifyType.WARNING,
    Tone.GREEN: NotifyType.SUCCESS,
    Tone.GREY: NotifyType.INFO,
}
"""What each tone is to a service that shows colours."""

UNKNOWN_ADDRESS: Final = "it holds no address that Apprise knows"
NOT_TAKEN: Final = "the service did not take the message"

HIDES_TITLE: Final = frozenset({"DingTalk"})
"""Services that show a title in the notification alone, so that the text has to begin with it."""

_ELLIPSIS: Final = "\n…"
_TALKATIVE: Final = ("apprise", "requests", "urllib3", "urllib3.connectionpool")
_ASSET: Final = AppriseAsset(app_id="sellerwatch", app_desc="sellerwatch", secure_logging=True)


def is_address(address: str) -> bool:
    """Tell whether Apprise can send to such an address; nobody is called."""
    return _plugin(address) is not None


def notify(address: str, message: Message) -> str | None:
    """Send a message; return why it was not taken, or None when it was. Whether a message not taken was seen nobody knows."""
    with _silent_loggers():
        plugin = _plugin(address)
        if plugin is None:
            return UNKNOWN_ADDRESS
        title, body = written_for(plugin, message)
        try:
            is_taken = plugin.notify(title=title, body=body, notify_type=TYPES[message.tone], body_format=plugin.notify_format)
        except Exception as error:  # noqa: BLE001 - whatever a plug-in does, other addresses and Slack must not suffer
            return f"{NOT_TAKEN} ({type(error).__name__})"
    return None if is_taken else NOT_TAKEN


def written_for(plugin: Any, message: Message) -> tuple[str, str]:  # noqa: ANN401 - one of a hundred classes of Apprise
    """Return title and text as the service of the plug-in takes them, cut where it takes no more."""
    text = RENDERERS[NotifyFormat(plugin.notify_format)](message)
    if not plugin.title_maxlen:
        return "", _cut(text, plugin.body_maxlen)
    title = f"{MARKERS[message.tone]} {message.title}"
    if plugin.notify_format != NotifyFormat.HTML and plugin.service_name not in HIDES_TITLE:
        text = text.partition("\n\n")[2] or text
    return title[: plugin.title_maxlen], _cut(text, plugin.body_maxlen)


def _cut(text: str, most: int) -> str:
    """Return whole lines as far as there is room, and a sign that there was more."""
    if len(text) <= most:
        return text
    kept, room = [], most - len(_ELLIPSIS)
    for line in text.splitlines():
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return ("\n".join(kept) or text[: most - len(_ELLIPSIS)]) + _ELLIPSIS


def _plugin(address: str) -> Any:  # noqa: ANN401 - as above
    with _silent_loggers():
        return Apprise.instantiate(address.strip(), asset=_ASSET, suppress_exceptions=True)


@contextmanager
def _silent_loggers() -> Iterator[None]:
    """Silence what prints addresses: Apprise when it is asked for details, the HTTP client below it with every call."""
    before = {name: logging.getLogger(name).level for name in _TALKATIVE}
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
