from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from sellerwatch.messages.blocks import (
    Actions,
    Bold,
    Bullets,
    Button,
    Code,
    Context,
    Divider,
    Field,
    Fields,
    Header,
    Link,
    Mention,
    Message,
    Steps,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.html import render_html
from sellerwatch.messages.markdown import render_markdown
from sellerwatch.messages.plain import column_count, line_text, render_plain
from sellerwatch.messages.wording import clean
from tests.unit.messages.message_strategies import messages, texts

OUR_TAGS = {
    "article",
    "h2",
    "h3",
    "p",
    "dl",
    "dt",
    "dd",
    "ol",
    "ul",
    "li",
    "small",
    "hr",
    "strong",
    "code",
    "a",
    "span",
    "figure",
    "img",
}
EMPTY_BLOCKS = (Header(""), Text(()), Fields(()), Fields((Field("", ()),)), Steps(()), Bullets(()), Context(()), Actions(()))


class Reader(HTMLParser):
    """Collects the tags, the addresses and the text of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str | None] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data):
        self.text += data


@settings(max_examples=30, deadline=None)  # a picture takes a tenth of a second
@given(messages())
def test_html_has_only_our_tags_and_web_addresses(message):
    seen = Reader(render_html(message))

    assert seen.tags <= OUR_TAGS
    assert all(address and address.startswith(("http", "data:image/png;base64,")) for address in seen.addresses)


@settings(max_examples=60)
@given(texts())
def test_html_shows_exactly_the_data(text):
    shown = Reader(render_html(Message("t", Tone.RED, (Text((text,)),)))).text

    assert shown.split() == ["🔴", "t", *(clean(text).split() or ["–"])]


@settings(max_examples=60)
@given(texts())
def test_markdown_shows_exactly_the_data(text):
    for dialect in ("commonmark", "gfm-like"):
        source = render_markdown(Message("t", Tone.RED, (Text((text,)),)))
        seen = Reader(MarkdownIt(dialect, {"linkify": False}).disable("linkify", ignoreInvalid=True).render(source))

        assert seen.tags == {"h2", "p"}
        assert seen.text.split() == ["🔴", "t", *(clean(text).split() or ["–"])]


@settings(max_examples=30)
@given(messages())
def test_markdown_leads_only_to_web_addresses(message):
    seen = Reader(MarkdownIt("commonmark").render(render_markdown(message)))

    assert all(address and address.startswith("http") for address in seen.addresses)
    assert seen.tags <= {"h2", "h3", "p", "ul", "ol", "li", "blockquote", "hr", "strong", "code", "a", "em"}


@pytest.mark.parametrize(
    ("shown", "source"),
    [
        (line("库存", Bold("0.9"), "天"), "库存**0.9**天"),
        (line("a", Bold("(b)"), "c"), "a **(b)** c"),
        (line(Code("a"), Code("`b"), Bold("c"), Bold("d")), "`a` `` `b `` **c** **d**"),
    ],
)
def test_markdown_marks_stay_readable_as_marks(shown, source):
    assert source in render_markdown(Message("t", Tone.RED, (Text(shown),)))


@pytest.mark.parametrize("text", ["1. x", "12) x", "- x", "+ x", "* x", "# x", "> x", "---", "===", "| a | b |", "www.x.com"])
def test_markdown_data_at_the_start_of_a_line_makes_no_structure(text):
    seen = Reader(MarkdownIt("commonmark").render(render_markdown(Message("t", Tone.RED, (Text((text,)),)))))

    assert seen.tags == {"h2", "p"}
    assert text in seen.text


@pytest.mark.parametrize(
    ("text", "code"), [("A_1", "`A_1`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("", ""), ("``", "``` `` ```")]
)
def test_markdown_code_chooses_a_fence_the_data_does_not_contain(text, code):
    source = render_markdown(Message("t", Tone.RED, (Text(line("x ", Code(text), " y")),)))

    assert f"x {code} y" in source


@settings(max_examples=30)
@given(messages())
def test_plain_text_carries_no_control_characters_to_a_terminal(message):
    shown = render_plain(message)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.startswith(("🔴", "🟠", "🟡", "🟢", "⚪"))


def test_plain_text_wraps_at_the_width_counting_wide_characters():
    text = "库存 " * 40
    shown = render_plain(Message("t", Tone.RED, (Text((text,)), Steps(((text,),)))), columns=40)

    assert max(column_count(row) for row in shown.splitlines()) <= 40
    assert "\n   库存" in shown  # the second row of a step hangs under the first


def test_plain_fields_align_also_with_wide_labels():
    fields = Fields((Field("库存", line("1")), Field("Days", line("2"))))

    assert "库存  1\nDays  2\n" in render_plain(Message("t", Tone.RED, (fields,)))


def test_plain_text_shows_buttons_so_that_a_demo_tells_what_slack_offers():
    shown = render_plain(Message("t", Tone.RED, (Actions((Button("Ack", "a", "1"), Button("Snooze", "s", "1"))),)))

    assert "[ Ack ]  [ Snooze ]" in shown


def test_the_words_of_a_line_are_one_text():
    shown = line("see ", Bold("b"), " ", Code("c"), " ", Link("l", "https://e.com"), " ", Link("x", "ftp://e"), Mention("ads"))

    assert line_text(shown) == "see b c l (https://e.com) x@ads"


@pytest.mark.parametrize("render", [render_plain, render_html, render_markdown])
def test_empty_parts_are_shown_as_a_dash_or_not_at_all(render):
    shown = render(Message("", Tone.GREY, (*EMPTY_BLOCKS, Divider(), Text((Bold(""),)))))

    assert "⚪ –" in shown
    assert "****" not in shown
