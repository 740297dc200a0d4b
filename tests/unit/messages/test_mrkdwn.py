from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sellerwatch.messages.blocks import Bold, Code, Line, Link, Mention, line
from sellerwatch.messages.mrkdwn import LOOKALIKES, escape, mrkdwn, plain_text, width
from sellerwatch.messages.wording import clean
from tests.unit.messages.message_strategies import lines, texts

CONTACTS = {"supply_chain": "U02ABC"}
OURS = re.compile(r"<@U02ABC>|<!subteam\^S02ABC>|<https?://[^<>|]+\|[^<>]*>")


def rendered(shown: Line, limit: int = 3000) -> str:
    return mrkdwn(shown, limit=limit, contacts=CONTACTS, language="en")


@settings(max_examples=60)
@given(lines())
def test_no_data_becomes_a_control_sequence(shown):
    left = OURS.sub("", rendered(shown))

    assert "<" not in left
    assert ">" not in left
    assert re.sub(r"&(amp|lt|gt);", "", left).count("&") == 0


@given(texts())
def test_no_data_formats_outside_of_words(text):
    shown = escape(clean(text))

    assert "`" not in shown
    assert not re.search(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])", re.sub(r"&(amp|lt|gt);", ".", shown))


@given(texts())
def test_escaped_text_reads_like_the_data(text):
    back_to_marks = {ord(alike): mark for mark, alike in LOOKALIKES.items()}

    assert html.unescape(escape(text)).translate(back_to_marks) == text.translate(back_to_marks)


def test_a_sku_stays_as_it_is_so_that_it_can_be_copied():
    assert escape("SKU_A_1*2~3") == "SKU_A_1*2~3"
    assert rendered(line(Code("_x_*y*"))) == "`_x_*y*`"


def test_marks_at_the_edge_of_a_word_are_replaced_by_lookalikes():
    assert escape("*NEW* _x_ ~y~ `z`") == "∗NEW∗ ˍxˍ ∼y∼ ˋzˋ"


def test_bold_and_code_keep_apart_from_letters_because_slack_formats_whole_words_only():
    shown = line("库存仅剩", Bold("0.9"), "天，", Code("A1"), Bold("x"))

    assert rendered(shown) == "库存仅剩 *0.9* 天， `A1` *x*"


def test_bold_stays_close_to_punctuation():
    assert rendered(line("(", Bold("0.9"), "), now")) == "(*0.9*), now"


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ((), "–"),
        (line("  "), "–"),
        (line(Bold(" "), Code("")), "–"),
        (line(Link("Trace", "javascript:x")), "Trace"),
        (line(Link("", "https://example.com")), "<https://example.com|https://example.com>"),
        (line(Link("a|b", "https://example.com/?a=1&b=2")), "<https://example.com/?a=1&amp;b=2|a|b>"),
        (line(Mention("supply_chain"), " look"), "<@U02ABC> look"),
        (line(Mention("nobody_known")), "@nobody_known"),
        (line(Mention("<!channel>")), "@&lt;!channel&gt;"),
    ],
)
def test_each_piece_has_one_form(shown, text):
    assert rendered(shown) == text


@settings(max_examples=30)
@given(st.lists(lines(), min_size=1, max_size=30), st.integers(60, 400))
def test_a_line_never_exceeds_its_limit(many, limit):
    whole = tuple(piece for shown in many for piece in shown)

    assert 0 < width(rendered(whole, limit)) <= limit


def test_a_cut_says_how_many_characters_are_missing():
    shown = rendered(line("a" * 5000), limit=3000)

    assert shown == "a" * 2950 + "… (characters cut: 2,050)"


def test_a_cut_counts_escaped_characters_by_what_they_take():
    shown = rendered(line("&" * 5000), limit=3000)

    assert width(shown) <= 3000
    assert shown.startswith("&amp;")
    assert "&amp;… (characters cut: 4,410)" in shown


def test_a_cut_shortens_bold_and_code_and_drops_whole_links_and_mentions():
    long = "x" * 500

    assert rendered(line(Bold(long)), 100).endswith("x* … (characters cut: 452)")
    assert rendered(line(Code(long)), 100).endswith("x` … (characters cut: 452)")
    assert rendered(line("see ", Link(long, "https://example.com"), " more"), 100) == "see … (characters cut: 505)"


def test_a_cut_in_chinese_speaks_chinese():
    shown = mrkdwn(line("库" * 500), limit=100, contacts={}, language="zh")

    assert shown == "库" * 50 + "…（已截去 450 个字符）"


def test_characters_beyond_the_basic_plane_count_twice():
    assert width("a\U0001f534") == 3


def test_a_control_sequence_in_plain_text_cannot_come_alive_elsewhere():
    assert plain_text("<!channel> 5 < 6 & <b>", limit=150, language="en") == "‹!channel> 5 < 6 & <b>"


@given(texts(), st.integers(60, 100))
def test_plain_text_is_never_empty_and_never_too_long(text, limit):
    assert 0 < width(plain_text(text * 5, limit=limit, language="en")) <= limit
