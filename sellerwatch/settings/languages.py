"""Words of the configuration in the language of whoever reads them."""

from __future__ import annotations

from sellerwatch.messages.blocks import Language
from sellerwatch.settings.models import Titles


def in_language(text: str | Titles, language: Language) -> str:
    """Return the text in the language; one that was written once only is the same in each."""
    if isinstance(text, str):
        return text
    return text.zh if language == "zh" else text.en
