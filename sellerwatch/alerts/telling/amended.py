"""What a message that people see already says besides its alert: a paragraph that comes, changes and goes while the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from sellerwatch.alerts.store import Alert
from sellerwatch.alerts.telling.scene import Scene
from sellerwatch.delivery.outbox import Entry, thread_state
from sellerwatch.messages.blocks import Actions, Block, Bold, Context, Message, Text


def with_paragraphs(message: Message, starts: tuple[str, ...], said: Iterable[Block]) -> Message:
    """Return the message with these paragraphs, before its small print, in place of those that begin in one of these ways."""
    kept = [block for block in message.blocks if not _begins(block, starts)]
    place = next((number for number, block in enumerate(kept) if isinstance(block, Context | Actions)), len(kept))
    return replace(message, blocks=(*kept[:place], *said, *kept[place:]))


def amended(scene: Scene, alert: Alert, name: str, change: Callable[[Message], Message]) -> Iterator[Entry]:
    """Yield an update of what people see of the alert, changed; none where they see nothing, or nothing would be different.

    Args:
        scene: the run.
        alert: whose message it is, of whichever store.
        name: what makes the update different from others of the same revision. Of two made at the same moment the one that sorts
            last is the newest.
        change: what is to be different.
    """
    seen, now = thread_state(scene.connection, alert.thread_key), scene.run.now
    if seen is None or seen.home is None or seen.message is None:
        return
    message = change(seen.message)
    if message == seen.message:
        return
    yield Entry(
        key=f"{alert.thread_key}:update:{seen.last_rev}:{name}",
        kind="update",
        channel=seen.home.channel,
        thread_key=alert.thread_key,
        rev=seen.last_rev,
        message=message,
        not_before=now,
        created_at=now,
    )


def _begins(block: Block, starts: tuple[str, ...]) -> bool:
    first = block.line[0] if isinstance(block, Text) and block.line else None
    return isinstance(first, Bold) and first.text.startswith(starts)
