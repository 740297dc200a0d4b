"""What buyers and sellers write, in English and German: return comments, feedback and answers to it."""

from __future__ import annotations

from sellerwatch.core.marketplaces import Marketplace

LANGUAGES = {"DE": "de"}
"""Marketplaces whose buyers do not write English."""

RETURN_COMMENTS = {
    "en": {
        "UNWANTED_ITEM": "Changed my mind",
        "ORDERED_WRONG_ITEM": 'I needed the 12" one',
        "DEFECTIVE": "Broke after two days",
        "MISSING_PARTS": "One screw is missing",
        "NOT_AS_DESCRIBED": "Smaller than it looks in the picture",
        "QUALITY_UNACCEPTABLE": "Feels cheap, the edge is rough",
        "DAMAGED_BY_CARRIER": "Box was crushed",
    },
    "de": {
        "UNWANTED_ITEM": "Gefällt mir nicht",
        "ORDERED_WRONG_ITEM": "Falsche Größe bestellt",
        "DEFECTIVE": "Nach zwei Tagen kaputt",
        "MISSING_PARTS": "Eine Schraube fehlt",
        "NOT_AS_DESCRIBED": "Kleiner als auf dem Bild",
        "QUALITY_UNACCEPTABLE": "Wirkt billig, Kante nicht entgratet",
        "DAMAGED_BY_CARRIER": "Karton war zerdrückt",
    },
}
"""Comments by language and return reason; a reason without one is never explained."""

FEEDBACK = {
    "en": {
        1: "Never again. Arrived broken and nobody answered.",
        2: "Took too long, box was damaged",
        3: "Okay, but not what I expected",
        4: "Good",
        5: "Great, fast delivery",
    },
    "de": {
        1: "Nie wieder. Kam beschädigt an, keine Antwort.",
        2: "Lieferung zu spät, Karton beschädigt",
        3: "Geht so, hätte mehr erwartet für den Preis",
        4: "Gut",
        5: "Schnelle Lieferung, gerne wieder",
    },
}
"""Feedback by language and stars."""

ANSWERS = {"en": "We are sorry and have sent a replacement.", "de": "Das tut uns leid, Ersatz ist unterwegs."}
"""What a seller replies, by language."""


def language_of(marketplace: Marketplace) -> str:
    """Return the language the marketplace's buyers write in."""
    return LANGUAGES.get(marketplace.code, "en")
