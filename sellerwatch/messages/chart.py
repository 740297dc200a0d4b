"""A chart as a small PNG: the trend with its gaps, the limits as named lines, the last value said; the same chart, the same bytes.

The picture brings its own light ground, so that it reads alike in a dark and in a light window.
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findSystemFonts, fontManager, get_font
from PIL import Image

from sellerwatch.messages.blocks import Chart, Language
from sellerwatch.messages.chart_words import is_currency, limit_name, short_words, tick_words
from sellerwatch.messages.wording import clean, cut

COLOURS: Final = {"yellow": "#a98600", "orange": "#d2691e", "red": "#c0282d", "usual": "#5f6b7a"}
"""Dark enough to be read on the ground, and different in lightness too, for eyes that do not tell red from green."""

CHINESE_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
    "Droid Sans Fallback",
    "Noto Serif CJK SC",
)
"""Fonts with Chinese letters that systems bring; the first that is there is taken."""

LATIN_FONT: Final = "DejaVu Sans"
"""Comes with matplotlib."""

_INCHES: Final = (8.0, 3.2)
_DOTS_PER_INCH: Final = 100
_INK, _PALE, _GROUND = "#1d3557", "#d9dee5", "#ffffff"
_TEXT: Final = "#2b2f36"
_OTHER: Final = "#5f6b7a"
_SHADES: Final = 96
_TICKS: Final = 6
_TITLE_ROOM: Final = 72
_LABEL_DISTANCE: Final = 0.09
"""So far apart names of lines stand, as a share of the height."""

_FLAT: Final = 0.5
"""A number that never falls below this share of its highest is shown without the empty room down to zero."""


@dataclass(frozen=True, slots=True)
class _Hand:
    """The language of the words in the picture, and the font that can write them."""

    language: Language
    font: str
    title: str
    unit: str

    def of_size(self, points: float, weight: str = "normal") -> FontProperties:
        # Few Chinese fonts have a bold face; asking for one that is missing would only be complained about in the log.
        chosen = weight if self.font == LATIN_FONT else "normal"
        return FontProperties(family=[self.font, LATIN_FONT], size=points, weight=chosen)

    def write(self, value: float) -> str:
        return self.spell(short_words(value, self.unit, self.language))

    def name(self, limit: str) -> str:
        return self.spell(limit_name(limit, self.language))

    def spell(self, text: str) -> str:
        """Return the text with a dot for each letter that the font lacks: a name is still recognised by the rest of it."""
        letters = _letters(self.font) | _letters(LATIN_FONT)
        return "".join(letter if ord(letter) in letters else "·" for letter in clean(text))


def png(chart: Chart) -> bytes:
    """Return the chart as a picture of 800 by 320 dots.

    Raises:
        ValueError: no value of the chart is known, so there is nothing to draw.
    """
    known = [value for _, value in chart.points if value is not None]
    if not known:
        raise ValueError("a chart without any known value cannot be drawn")
    hand = _hand(chart)
    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, facecolor=_GROUND)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.075, 0.13, 0.765, 0.72))
    low, high = _scale([*known, *(value for _, value in chart.limits)])
    axes.set_ylim(low, high)
    _draw_limits(axes, chart)
    _draw_trend(axes, chart)
    _draw_frame(axes, chart, hand)
    _write_labels(axes, chart, hand)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib has no types for it
    return _packed(canvas)


def _packed(canvas: FigureCanvasAgg) -> bytes:
    """Return the drawing with the few colours it is made of, a third of the size; nothing in it tells a time or a version."""
    drawn = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]  # as above
    file = io.BytesIO()
    drawn.quantize(_SHADES, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


def _hand(chart: Chart) -> _Hand:
    """Return the chart's own words where a font can write them all, else the English ones: never a box for a letter."""
    own = _Hand(chart.language, LATIN_FONT, chart.title, chart.unit)
    words = clean(f"{chart.title}{chart.unit}{''.join(limit_name(name, chart.language) for name, _ in chart.limits)}")
    needed = words + ("月日" if chart.language == "zh" else "")
    font = next((name for name in (LATIN_FONT, *_chinese_fonts()) if can_write(needed, name)), None)
    if font:
        return _Hand(own.language, font, own.title, own.unit)
    return _Hand("en", LATIN_FONT, chart.title_en, chart.unit_en)


@cache
def _chinese_fonts() -> tuple[str, ...]:
    if not (found := _known_chinese_fonts()):
        _learn_new_fonts()
    return found or _known_chinese_fonts()


def _known_chinese_fonts() -> tuple[str, ...]:
    present = {entry.name for entry in fontManager.ttflist}
    return tuple(name for name in CHINESE_FONTS if name in present)


def _learn_new_fonts() -> None:
    """Look for fonts that were installed since matplotlib wrote its list of them, which it never does again."""
    known = {entry.fname for entry in fontManager.ttflist}
    for file in sorted(set(findSystemFonts()) - known):
        with suppress(OSError, RuntimeError):  # a font that cannot be read is one that is not there
            fontManager.addfont(file)


@cache
def _letters(font: str) -> frozenset[int]:
    return frozenset(get_font(fontManager.findfont(FontProperties(family=font))).get_charmap())


def can_write(text: str, font: str) -> bool:
    """Tell whether a font, with the Latin one beside it, has every letter of the text."""
    letters = _letters(font) | _letters(LATIN_FONT)
    return all(ord(letter) in letters for letter in text)


def _scale(values: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and highest number of the axis, with room above the trend for what is written there."""
    low, high = min(values), max(values)
    floor = low if low < 0 or (low > 0 and low > high * _FLAT) else 0.0
    spread = (high - floor) or abs(high) or 1.0
    return floor - (spread * 0.12 if floor else 0.0), high + spread * 0.14


def _draw_trend(axes: Axes, chart: Chart) -> None:
    # Not clipped: at the bottom of the picture, where a SKU that is sold out lies, half of the line would be missing.
    places = list(range(len(chart.points)))
    values = [math.nan if value is None else value for _, value in chart.points]
    axes.plot(places, values, color=_INK, linewidth=2.0, solid_capstyle="round", zorder=4, clip_on=False)
    alone = [place for place in places if _stands_alone(values, place)]
    axes.plot(alone, [values[place] for place in alone], "o", color=_INK, markersize=3.5, zorder=4, clip_on=False)
    last = _last(chart)
    axes.plot([last], [values[last]], "o", color=_INK, markersize=6.5, zorder=5, clip_on=False)


def _last(chart: Chart) -> int:
    """Return the place of the last known value."""
    return max(place for place, (_, value) in enumerate(chart.points) if value is not None)


def _stands_alone(values: Sequence[float], place: int) -> bool:
    """Tell whether a value has gaps on both sides, where no line would show it."""
    beside = [values[other] for other in (place - 1, place + 1) if 0 <= other < len(values)]
    return not math.isnan(values[place]) and all(math.isnan(value) for value in beside)


def _draw_limits(axes: Axes, chart: Chart) -> None:
    for name, value in chart.limits:
        axes.axhline(value, color=COLOURS.get(name, _OTHER), linewidth=1.4, linestyle=(0, (5, 3)), zorder=3)


class _Label(NamedTuple):
    """What is written beside the picture, at the height of a value."""

    text: str
    value: float
    colour: str
    size: float


def _write_labels(axes: Axes, chart: Chart, hand: _Hand) -> None:
    """Name the lines, and say the last value, in the margin: there they hide nothing."""
    last = chart.points[_last(chart)][1] or 0.0
    labels = [_Label(hand.write(last), last, _INK, 11.5)] + [
        _Label(f"{hand.name(name)} {hand.write(value)}", value, COLOURS.get(name, _OTHER), 9.5) for name, value in chart.limits
    ]
    low, high = axes.get_ylim()
    heights = _apart([(label.value - low) / (high - low) for label in labels])
    for label, height in zip(labels, heights, strict=True):
        axes.text(
            1.012,
            height,
            label.text,
            transform=axes.transAxes,
            va="center",
            color=label.colour,
            fontproperties=hand.of_size(label.size, "bold"),
            parse_math=False,
        )


def _apart(heights: Sequence[float]) -> list[float]:
    """Return the heights moved up just so far that no name stands on another, or down again where the picture ends."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = list(heights)
    for below, place in itertools.pairwise(order):
        moved[place] = max(moved[place], moved[below] + _LABEL_DISTANCE)
    excess = max([*moved, 1.0]) - 1.0
    return [height - excess for height in moved]


def _draw_frame(axes: Axes, chart: Chart, hand: _Hand) -> None:
    days = [day for day, _ in chart.points]
    places = _tick_places(len(days))
    axes.set_xlim(-0.5, max(len(days) - 0.5, 0.5))
    axes.set_xticks(places, [tick_words(days[place], hand.language) for place in places])
    # A word that stands behind a number would only repeat itself along the axis.
    sign = hand.unit if hand.unit == "%" or is_currency(hand.unit) else ""
    ticks = [tick for tick in axes.get_yticks() if axes.get_ylim()[0] <= tick <= axes.get_ylim()[1]]
    axes.set_yticks(ticks, [short_words(tick, sign, hand.language) for tick in ticks])
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(hand.of_size(9))
        label.set_color(_TEXT)
    axes.grid(visible=True, axis="y", color=_PALE, linewidth=0.8, zorder=0)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", pad=6)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_PALE)
    title = cut(hand.spell(hand.title), _TITLE_ROOM)
    # Without this a dollar sign, or two, would begin a formula.
    axes.set_title(title, loc="left", color=_TEXT, fontproperties=hand.of_size(11, "bold"), pad=12, parse_math=False)


def _tick_places(count: int) -> list[int]:
    """Return evenly spaced places that end with the last one."""
    step = max(1, math.ceil((count - 1) / (_TICKS - 1)))
    return sorted(range(count - 1, -1, -step))
