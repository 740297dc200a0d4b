"""What a message says: its texts, whom it would notify, and how it looks as plain lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from sellerwatch.simulator.slack.journal import Finding

_BROADCAST = re.compile(r"<!(channel|here|everyone)(\|[^>]*)?>")
_BARE_BROADCAST = re.compile(r"(?<!\w)@(channel|here|everyone)\b")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")

Node = Mapping[str, object]


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _nodes(item)


def _texts(blocks: object, kinds: Container[object]) -> Iterator[str]:
    for node in _nodes(blocks):
        text = node.get("text")
        if isinstance(text, str) and node.get("type") in kinds:
            yield text


def total_length(blocks: object) -> int:
    """Return how many characters all texts of the blocks have together."""
    return sum(len(text) for text in _texts(blocks, {"plain_text", "mrkdwn", "markdown", "text"}))


def live_texts(text: str, blocks: object, attachments: object) -> list[str]:
    """Return the texts in which Slack looks for mentions: not plain_text objects, which are shown as they are."""
    strings = [
        str(value)
        for node in _nodes(attachments)
        for name, value in node.items()
        if name in {"text", "pretext", "fallback", "title", "value"}
        and isinstance(value, str)
        and node.get("type") != "plain_text"
    ]
    return [text, *_texts(blocks, {"mrkdwn", "markdown"}), *strings]


def notice_mentions(texts: Sequence[str], blocks: object, *, users: Container[str], links_names: bool) -> Iterator[Finding]:
    """Find everything that would notify a whole channel, or a user who does not exist.

    Args:
        texts: what `live_texts` returned.
        blocks: the blocks, for rich text elements that notify.
        users: the ids of the people who exist.
        links_names: whether Slack turns a bare ``@here`` into a notification as well.
    """
    for text in texts:
        for match in _BROADCAST.finditer(text):
            yield Finding("control_sequence", match.group())
        for match in _BARE_BROADCAST.finditer(text) if links_names else ():
            yield Finding("control_sequence", f"{match.group()} with name linking on")
        for match in _MENTION.finditer(text):
            if match.group(1) not in users:
                yield Finding("unknown_mention", match.group())
    for node in _nodes(blocks):
        if node.get("type") == "broadcast":
            yield Finding("control_sequence", f"broadcast {node.get('range')}")


def as_lines(text: str, blocks: Sequence[Node]) -> list[str]:
    """Return the message as a person reads it: the blocks where there are some, else the text."""
    return [line for block in blocks for line in _LINES.get(str(block["type"]), _other)(block)] if blocks else text.splitlines()


def _spoken(block: Node) -> list[str]:
    return [*_inner(block).splitlines(), *(_inner({"text": item}) for item in _list(block.get("fields")))]


def _actions(block: Node) -> list[str]:
    return [" ".join(f"[{_inner(element)}]" for element in _list(block.get("elements")))]


def _context(block: Node) -> list[str]:
    return [" | ".join(_inner(element) for element in _list(block.get("elements")))]


def _image(block: Node) -> list[str]:
    return [f"[image: {block.get('alt_text')}]"]


def _divider(_: Node) -> list[str]:
    return ["---"]


def _other(block: Node) -> list[str]:
    return ["".join(_texts(block, {"text", "plain_text", "mrkdwn"}))]


_LINES: Mapping[str, Callable[[Node], list[str]]] = {
    "header": _spoken,
    "markdown": _spoken,
    "section": _spoken,
    "actions": _actions,
    "context": _context,
    "image": _image,
    "divider": _divider,
}


def _inner(node: Node) -> str:
    text = node.get("text", node.get("placeholder", node.get("alt_text", "")))
    return _inner(text) if isinstance(text, Mapping) else str(text)


def _list(value: object) -> Sequence[Node]:
    return value if isinstance(value, Sequence) else ()
