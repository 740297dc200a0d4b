"""Product families and their variants: the words, prices and sizes a catalogue is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Variant:
    """One child of a family: its part of the SKU and its words in English and German."""

    key: str
    english: str
    german: str


@dataclass(frozen=True, slots=True)
class Family:
    """Products that share a parent ASIN."""

    key: str
    english: str
    german: str
    category: str
    price_cents: int
    cubic_feet: Decimal
    variants: tuple[Variant, ...]


COLOURS = (
    Variant("BLK", "black", "schwarz"),
    Variant("BLU", "blue", "blau"),
    Variant("GRN", "moss green", "moosgrün"),
    Variant("GRY", "grey", "grau"),
)
SIZES = (
    Variant("08", '8" wide', '8" breit'),
    Variant("10", '10" wide', '10" breit'),
    Variant("12", '12" wide', '12" breit'),
    Variant("14", '14" wide', '14" groß'),
)
PACKS = (
    Variant("1P", "single", "einzeln"),
    Variant("2P", "pack of 2", "2er-Pack"),
    Variant("4P", "pack of 4", "4er-Pack"),
    Variant("6P", "pack of 6", "6er-Pack für Großküchen"),
)


def _family(key: str, words: tuple[str, str, str], cents: int, size: str, variants: tuple[Variant, ...]) -> Family:
    english, german, category = words
    return Family(key, english, german, category, cents, Decimal(size), variants)


FAMILIES = (
    _family("HOSE", ("Garden Hose", "Gartenschlauch", "Lawn & Garden"), 3499, "0.92", COLOURS),
    _family("PAN", ("Skillet", "Bratpfanne", "Kitchen"), 2999, "0.41", SIZES),
    _family("TOWEL", ("Tea Towel", "Geschirrtuch", "Kitchen"), 1299, "0.08", PACKS),
    _family("BOTTLE", ("Insulated Bottle", "Thermosflasche ≥ 24 h heiß", "Sports"), 2495, "0.11", COLOURS),
    _family("KNIFE", ("Bread Knife", "Brotmesser", "Kitchen"), 1899, "0.05", SIZES),
    _family("SPONGE", ("Scrub Sponge", "Spülschwamm", "Home"), 799, "0.03", PACKS),
    _family("LEASH", ("Dog Leash", "Hundeleine", "Pet Products"), 1699, "0.04", COLOURS),
    _family("SHELF", ("Wall Shelf", "Wandregal", "Home"), 4299, "1.35", SIZES),
    _family("FILTER", ("Water Filter", "Wasserfilter", "Home Improvement"), 2150, "0.06", PACKS),
    _family("LAMP", ("Desk Lamp", "Schreibtischleuchte", "Lighting"), 3850, "0.48", COLOURS),
    _family("CLAMP", ("Pipe Clamp", "Rohrschelle", "Home Improvement"), 1149, "0.02", SIZES),
    _family("SOAP", ("Soap Bar", "Seifenstück mit Kräutern", "Beauty"), 649, "0.01", PACKS),
    _family("MAT", ("Yoga Mat", "Yogamatte", "Sports"), 2799, "0.63", COLOURS),
    _family("PLANTER", ("Planter", "Blumenkübel", "Lawn & Garden"), 3199, "1.10", SIZES),
    _family("CANDLE", ("Beeswax Candle", "Bienenwachskerze", "Home"), 1450, "0.05", PACKS),
    _family("BACKPACK", ("Day Pack", "Tagesrucksack", "Luggage"), 5499, "0.85", COLOURS),
    _family("SAW", ("Pruning Saw", "Astsäge", "Tools"), 2349, "0.12", SIZES),
    _family("JAR", ("Storage Jar", "Vorratsglas", "Kitchen"), 1799, "0.18", PACKS),
    _family("GLOVE", ("Work Glove", "Arbeitshandschuh", "Tools"), 1399, "0.04", COLOURS),
    _family("BRUSH", ("Paint Brush", "Malerpinsel", "Tools"), 999, "0.02", SIZES),
    _family("SOCK", ("Hiking Sock", "Wandersocke", "Apparel"), 1599, "0.03", PACKS),
    _family("TENT", ("Trail Tarp", "Zeltplane", "Sports"), 6999, "0.77", COLOURS),
    _family("CLOCK", ("Wall Clock", "Wanduhr", "Home"), 2649, "0.22", SIZES),
    _family("NAIL", ("Picture Hook", "Bilderhaken", "Home Improvement"), 549, "0.01", PACKS),
    _family("MUG", ("Camp Mug", "Emaillebecher", "Kitchen"), 1349, "0.07", COLOURS),
    _family("TRAY", ("Seedling Tray", "Anzuchtschale", "Lawn & Garden"), 1699, "0.31", SIZES),
    _family("TREAT", ("Cat Treat", "Katzensnack", "Pet Products"), 899, "0.02", PACKS),
    _family("SCARF", ("Wool Scarf", "Wollschal", "Apparel"), 2999, "0.06", COLOURS),
    _family("RULER", ("Steel Ruler", "Stahllineal", "Office Products"), 749, "0.01", SIZES),
    _family("CARD", ("Blank Card", "Blankokarte", "Office Products"), 1099, "0.02", PACKS),
)
"""Thirty families of four variants."""
