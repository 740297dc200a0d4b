"""A chart as a picture and as words: small, the same for the same input, never a box in the place of a letter."""

from __future__ import annotations

import io
import itertools
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

from sellerwatch.messages import chart as drawing
from sellerwatch.messages.blocks import Chart, Message, Text, Tone
from sellerwatch.messages.chart import can_write, png
from sellerwatch.messages.chart_words import LIMIT_NAMES, PHRASES, chart_words, short_words, value_words
from sellerwatch.messages.html import render_html
from sellerwatch.messages.markdown import render_markdown
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.slack import ALT_TEXT_LIMIT, charts_of, render_slack, render_slack_short
from sellerwatch.messages.wording import clean

FIRST = date(2026, 9, 19)
LIMITS = (("yellow", 7.0), ("orange", 3.0), ("red", 1.0))


def falling(**changes):
    points = tuple((FIRST + timedelta(days=number), None if 20 <= number < 26 else 30 - number / 2) for number in range(60))
    return Chart(**{"title": "Days of cover - A", "points": points, "limits": LIMITS, "unit": "days"} | changes)


CHINESE = falling(title="可售天数：A", unit="天", language="zh", title_en="Days of cover - A", unit_en="days")


def matplotlib_font(name):
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


def pixels(picture):
    return Image.open(io.BytesIO(picture)).convert("RGB")


def test_a_picture_is_small_and_the_same_for_the_same_chart():
    picture = png(falling())

    assert picture == png(falling())
    assert pixels(picture).size == (800, 320)
    assert len(picture) < 40_000


def test_a_picture_shows_the_trend_and_each_limit_in_its_colour():
    seen = {colour for _, colour in pixels(png(falling())).getcolors(800 * 320)}

    def is_there(hexadecimal):
        wanted = tuple(int(hexadecimal[place : place + 2], 16) for place in (1, 3, 5))
        return any(max(abs(one - other) for one, other in zip(colour, wanted, strict=True)) < 12 for colour in seen)

    assert [name for name, _ in LIMITS if not is_there(drawing.COLOURS[name])] == []
    assert is_there("#1d3557")


def test_days_without_a_value_are_a_gap_in_the_line():
    """Seen between the two parts of the trend: nothing of its ink stands there."""
    ink = (29, 53, 87)

    def columns(chart):
        shown = pixels(png(chart)).crop((62, 60, 670, 200))
        wide, high = shown.size
        return [
            x
            for x in range(wide)
            if any(sum(abs(a - b) for a, b in zip(shown.getpixel((x, y)), ink, strict=True)) < 40 for y in range(high))
        ]

    whole = columns(falling(points=tuple((day, 30 - number / 2) for number, (day, _) in enumerate(falling().points))))
    broken = columns(falling())

    assert max(b - a for a, b in itertools.pairwise(whole)) == 1
    assert 50 < max(b - a for a, b in itertools.pairwise(broken)) < 90


def test_without_a_font_for_it_the_picture_speaks_english(monkeypatch):
    monkeypatch.setattr(drawing, "_chinese_fonts", lambda: ())

    assert png(CHINESE) == png(falling())


def test_a_chinese_font_that_was_installed_after_the_first_picture_is_found(monkeypatch, tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    monkeypatch.setattr(drawing, "CHINESE_FONTS", ("DejaVu Serif",))
    monkeypatch.setattr(drawing.fontManager, "ttflist", [])
    monkeypatch.setattr(drawing, "findSystemFonts", lambda: [str(broken), str(matplotlib_font("DejaVuSerif.ttf"))])

    assert drawing._chinese_fonts.__wrapped__() == ("DejaVu Serif",)


def test_letters_that_no_font_has_become_dots_and_no_boxes(monkeypatch):
    monkeypatch.setattr(drawing, "_chinese_fonts", lambda: ())

    assert png(falling(title="\u5e93\u5b58 A", title_en="\u5e93\u5b58 A", unit_en="days")) == png(falling(title="·· A"))
    assert not can_write("库", drawing.LATIN_FONT)


def test_a_font_that_can_write_everything_is_used_for_chinese(monkeypatch):
    asked = []
    monkeypatch.setattr(drawing, "_chinese_fonts", lambda: ("Some CJK",))
    monkeypatch.setattr(drawing, "can_write", lambda text, font: asked.append(text) or font == "Some CJK")

    hand = drawing._hand(CHINESE)

    assert (hand.font, hand.language, hand.title, hand.unit) == ("Some CJK", "zh", "可售天数：A", "天")
    assert "橙色" in asked[-1]


@pytest.mark.parametrize(
    "chart",
    [
        falling(points=((FIRST, 0.0),), limits=()),
        falling(points=((FIRST, None), (FIRST + timedelta(days=1), -3.0)), limits=(("usual", 4.0),), unit="%"),
        falling(points=tuple((FIRST + timedelta(days=number), 1e7 + number) for number in range(9)), unit="USD"),
        falling(limits=tuple((f"line {number}", 3.0 + number / 100) for number in range(12))),
        falling(title="$5 and $6 _{x} \\frac " * 20),
    ],
    ids=["one point at zero", "below zero", "millions", "crowded lines", "what looks like a formula"],
)
def test_no_chart_breaks_the_picture(chart):
    assert pixels(png(chart)).size == (800, 320)


def test_a_chart_without_any_value_is_no_picture():
    chart = falling(points=((FIRST, None),))

    with pytest.raises(ValueError, match="cannot be drawn"):
        png(chart)
    assert "Days of cover - A. No value is known; limits: yellow 7 days" in render_html(Message("t", Tone.RED, (chart,)))


def test_the_words_say_from_where_to_where_the_lowest_and_the_limits():
    assert chart_words(falling()) == (
        "Days of cover - A. From 30 days on Sat, Sep 19 to 0.5 days on Tue, Nov 17; lowest 0.5 days on Tue, Nov 17; "
        "limits: yellow 7 days, orange 3 days, red 1 day."
    )
    assert chart_words(CHINESE) == (
        "可售天数：A。9月19日周六为 30 天，11月17日周二为 0.5 天；最低为11月17日周二的 0.5 天；"
        "参考线：黄色 7 天，橙色 3 天，红色 1 天。"
    )
    assert chart_words(falling(points=falling().points[:1], limits=())) == "Days of cover - A. 30 days on Sat, Sep 19."


def test_both_languages_have_the_words_of_charts():
    assert PHRASES["en"].keys() == PHRASES["zh"].keys()
    assert LIMIT_NAMES["en"].keys() == LIMIT_NAMES["zh"].keys() == drawing.COLOURS.keys()


@pytest.mark.parametrize(
    ("value", "unit", "language", "words"),
    [
        (2.5, "%", "en", "2.5%"),
        (1234.4, "USD", "en", "$1,234"),
        (0.0, "USD", "zh", "US$0"),
        (3.0, "天", "zh", "3 天"),
        (3.0, "", "en", "3"),
    ],
)
def test_values_are_written_by_their_unit(value, unit, language, words):
    assert value_words(value, unit, language) == words


def test_large_numbers_are_short_in_the_picture():
    assert short_words(1_500_000, "USD", "en") == "$1.5M"
    assert short_words(1_500_000, "", "zh") == "150万"


def test_slack_shows_the_uploaded_picture_and_else_the_words():
    message = Message("t", Tone.RED, (falling(), Text(("between",)), falling(title="second")))

    shown = render_slack(message, images={1: "F0ABC"}).blocks

    assert [block["type"] for block in shown] == ["header", "section", "section", "image"]
    assert shown[1]["text"]["text"].startswith("Days of cover - A. From 30 days")
    assert (shown[3]["slack_file"], shown[3]["alt_text"][:6]) == ({"id": "F0ABC"}, "second")
    assert [chart.title for chart in charts_of(message)] == ["Days of cover - A", "second"]
    assert "lowest 0.5 days" in render_slack_short(message).text


def test_hostile_titles_of_charts_stay_text():
    message = Message("t", Tone.RED, (falling(title="<!channel> *b* " + "x" * 5000),))

    image = render_slack(message, images={0: "F0ABC"}).blocks[1]
    assert len(image["alt_text"]) <= ALT_TEXT_LIMIT
    assert "<!" not in image["alt_text"]
    assert "<!" not in str(render_slack(message).blocks)
    assert "<!channel>" not in render_html(message)


def test_a_page_brings_the_picture_with_it_and_says_what_it_shows():
    pictures = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag == "img":
                pictures.append(dict(attrs))

    Reader().feed(render_html(Message("t", Tone.RED, (falling(),))))

    assert pictures[0]["src"].startswith("data:image/png;base64,iVBOR")
    assert pictures[0]["alt"] == chart_words(falling())


@pytest.mark.parametrize("render", [render_plain, render_markdown])
def test_text_channels_say_the_chart_in_words(render):
    shown = clean(render(Message("t", Tone.RED, (falling(title="Cover"),))))

    assert "Cover. From 30 days on Sat, Sep 19" in shown
