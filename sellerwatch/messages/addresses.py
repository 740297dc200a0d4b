"""Addresses and people made safe to name: only web links lead anywhere, only real Slack ids call anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

Contacts = Mapping[str, str]
"""Slack user or group id by role."""

NO_CONTACTS: Final[Contacts] = {}

_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]-._~"
_USER: Final = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{1,30}")


def web_address(url: str) -> str | None:
    """Return the URL with every character that could end it percent-encoded, or None when it is not http or https."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    return quote(url.strip(), safe=_URL_CHARACTERS, errors="replace")


def slack_mention(target: str, contacts: Contacts) -> str | None:
    """Return Slack's control sequence for a role, user or group, or None when nobody is behind the name."""
    known = contacts.get(target, target)
    if _USER.fullmatch(known):
        return f"<@{known}>"
    return f"<!subteam^{known}>" if _GROUP.fullmatch(known) else None
