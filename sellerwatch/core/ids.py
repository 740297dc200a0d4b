"""Names for things that must keep the same name for ever: fingerprints made of parts that cannot run together."""

from __future__ import annotations

import hashlib
import uuid

_NAMESPACE = uuid.UUID("8f1c7a52-3a55-5c9b-9a6e-0d4b7f1f2a10")


def fingerprint(*parts: str) -> str:
    """Return a hex sha256 over the parts, each preceded by its length.

    Without the lengths ``("ab", "c")`` and ``("a", "bc")`` would be one alert.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()


def stable_uuid(*parts: str) -> str:
    """Return a UUID that is the same for the same parts on every machine."""
    return str(uuid.uuid5(_NAMESPACE, fingerprint(*parts)))
