"""Pictures and files of a message: uploaded unseen before it is sent, so that the keyed message stays the only visible effect.

A file that is shared by its upload carries no metadata, and a message that is refused because its picture is not processed
yet would have to be sent again: https://github.com/slackapi/python-slack-sdk/issues/1521.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sellerwatch.delivery.claims import Claim, renew
from sellerwatch.delivery.outcomes import FileSeen, Upload, Uploaded
from sellerwatch.delivery.session import Session
from sellerwatch.delivery.showing import Images
from sellerwatch.messages.mrkdwn import escape
from sellerwatch.messages.slack import SlackPayload
from sellerwatch.warehouse.engine import writing

_LINK_NAME_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """What Slack has of a message's uploads."""

    images: Images
    links: tuple[tuple[str, str], ...] = ()
    """Name and address of each file that is no picture."""

    def __bool__(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.images or self.links)


NOTHING: Final = Brought({})


def bring(session: Session, held: Claim, uploads: Mapping[int, Upload]) -> tuple[Claim | None, Brought]:
    """Upload what the message shows, and renew the claim, whose lease this may have used up.

    What cannot be brought is left out and remarked on: a message without its picture is worth more than none.

    Returns:
        The claim, None where another sender has taken the entry over, and what may be shown.
    """
    images: dict[int, str] = {}
    links: list[tuple[str, str]] = []
    for number, upload in uploads.items():
        seen = _bring_one(session, held, upload)
        if seen is None:
            continue
        if upload.is_picture:
            images[number] = seen.file_id
        elif seen.permalink:
            links.append((upload.name, seen.permalink))
    with writing(session.engine) as connection:
        renewed = renew(connection, held, lease_until=session.after(session.policy.lease_seconds))
    return renewed, Brought(images, tuple(links))


def linked(payload: SlackPayload, brought: Brought) -> SlackPayload:
    """Return the payload with a line for each file: Slack shows a file whose address stands in a message of its owner."""
    texts = [f"<{address}|{escape(name[:_LINK_NAME_LIMIT])}>" for name, address in brought.links]
    added = ({"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts)
    return replace(payload, blocks=(*payload.blocks, *added))


def _bring_one(session: Session, held: Claim, upload: Upload) -> FileSeen | None:
    outcome = session.slack.upload(upload)
    if not isinstance(outcome, Uploaded):
        session.remark(f"{held.key}: sent without {upload.name}: it could not be uploaded ({outcome.error})")
        return None
    seen = _wait_until_processed(session, outcome.file_id)
    if seen is None:
        session.remark(f"{held.key}: sent without {upload.name}: Slack is still processing it")
    return seen


def _wait_until_processed(session: Session, file_id: str) -> FileSeen | None:
    for attempt in range(session.policy.file_looks):
        session.clock.sleep(session.policy.file_gap_seconds if attempt else 0.0)
        outcome = session.slack.look_at_file(file_id)
        if isinstance(outcome, FileSeen) and outcome.is_ready:
            return outcome
    return None
