from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings

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
    Mention,
    Message,
    Steps,
    Text,
    Tone,
    line,
)
from sellerwatch.messages.mrkdwn import width
from sellerwatch.messages.slack import (
    BLOCKS_PER_MESSAGE,
    BUDGET,
    BUTTON_TEXT_LIMIT,
    BUTTON_VALUE_LIMIT,
    BUTTONS_PER_BLOCK,
    CONTEXT_LIMIT,
    FIELD_LIMIT,
    FIELDS_PER_SECTION,
    HEADER_LIMIT,
    SECTION_LIMIT,
    UPDATE_TEXT_LIMIT,
    render_slack,
    render_slack_short,
)
from tests.unit.messages.message_strategies import messages

LIMITS = {
    "header": HEADER_LIMIT,
    "section": SECTION_LIMIT,
    "field": FIELD_LIMIT,
    "context": CONTEXT_LIMIT,
    "button": BUTTON_TEXT_LIMIT,
}
HOSTILE_TITLE = "<!channel> <@U1> <http://x|y> *_~ & " + "\u05e9\u05dc\u05d5\u05dd " + "x" * 5000


def text_objects(blocks: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in blocks:
        if "text" in block:
            yield block["type"], block["text"]
        for field in block.get("fields", []):
            yield "field", field
        for element in block.get("elements", []):
            yield ("context", element) if block["type"] == "context" else ("button", element["text"])


def assert_within_every_limit(blocks: list[dict[str, Any]]) -> None:
    assert 1 <= len(blocks) <= BLOCKS_PER_MESSAGE
    assert width(json.dumps(blocks, ensure_ascii=False)) <= BUDGET + 2 * len(blocks)
    for place, shown in text_objects(blocks):
        assert 0 < width(shown["text"]) <= LIMITS[place]
    for block in blocks:
        assert len(block.get("fields", "x")) in range(1, FIELDS_PER_SECTION + 1)
        assert len(block.get("elements", "x")) in range(1, BUTTONS_PER_BLOCK + 1)


@settings(max_examples=40)
@given(messages())
def test_every_message_is_within_every_limit(message):
    payload = render_slack(message)

    assert_within_every_limit(list(payload.blocks))
    assert 0 < width(payload.text) <= UPDATE_TEXT_LIMIT


@settings(max_examples=40)
@given(messages())
def test_the_short_text_is_within_the_limit_of_an_update(message):
    payload = render_slack_short(message)

    assert payload.blocks == ()
    assert 0 < width(payload.text) <= UPDATE_TEXT_LIMIT


@settings(max_examples=40)
@given(messages())
def test_no_live_control_sequence_stands_anywhere(message):
    for payload in (render_slack(message), render_slack_short(message)):
        everything = json.dumps([payload.text, [shown for _, shown in text_objects(list(payload.blocks))]])

        assert "<!channel>" not in everything
        assert "<@U1>" not in everything


@settings(max_examples=40)
@given(messages())
def test_mrkdwn_is_verbatim_so_that_slack_adds_no_links_of_its_own(message):
    shown = [shown for _, shown in text_objects(list(render_slack(message).blocks))]

    assert all(item["verbatim"] is True for item in shown if item["type"] == "mrkdwn")


def test_a_hostile_title_is_shown_and_harmless_in_header_and_notification():
    payload = render_slack(Message(HOSTILE_TITLE, Tone.RED))

    header = payload.blocks[0]["text"]
    assert header["type"] == "plain_text"
    assert header["text"].startswith("🔴 ‹!channel> ‹@U1> ‹http://x|y> *_~ &")
    assert header["text"].endswith("… (characters cut: 4,942)")
    assert payload.text.startswith("🔴 &lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt; ∗ˍ∼ &amp;")


def test_a_message_without_words_still_has_text_everywhere():
    blocks = (Header(""), Text(()), Fields((Field("", ()),)), Fields(()), Steps(()), Bullets(((),)), Context(()), Actions(()))

    payload = render_slack(Message("", Tone.GREY, blocks))

    assert_within_every_limit(list(payload.blocks))


def test_roles_become_mentions_when_rendered():
    message = Message("x", Tone.RED, (Text(line(Mention("supply_chain"))),))

    assert render_slack(message, contacts={"supply_chain": "U9"}).blocks[1]["text"]["text"] == "<@U9>"
    assert render_slack_short(message, contacts={"supply_chain": "U9"}).text.endswith("<@U9>")


def test_eleven_fields_take_two_sections():
    fields = tuple(Field(f"f{number}", line(str(number))) for number in range(11))

    sections = render_slack(Message("x", Tone.RED, (Fields(fields),))).blocks[1:]

    assert [len(section["fields"]) for section in sections] == [10, 1]


def test_items_that_do_not_fit_are_counted():
    rows = tuple(line(Code(f"SKU-{number}"), " runs out soon ", "x" * 80) for number in range(100))

    text = render_slack(Message("x", Tone.YELLOW, (Bullets(rows),))).blocks[1]["text"]["text"]

    shown = text.splitlines()
    assert shown[-1] == f"… and {100 - (len(shown) - 1)} more"


def test_blocks_beyond_the_budget_are_left_out_and_counted_while_the_buttons_stay():
    paragraphs = tuple(Text(line("x" * 2900)) for _ in range(7))
    buttons = Actions((Button("Acknowledge", "ack", "e1:1", "primary"),))

    blocks = list(render_slack(Message("x", Tone.RED, (*paragraphs, buttons))).blocks)

    assert_within_every_limit(blocks)
    assert [block["type"] for block in blocks] == ["header", "section", "section", "section", "context", "actions"]
    assert blocks[-2]["elements"][0]["text"] == "… parts left out for want of room: 4"


def test_more_than_fifty_blocks_are_left_out_and_counted():
    blocks = list(render_slack(Message("x", Tone.RED, (Divider(),) * 120)).blocks)

    assert len(blocks) == BLOCKS_PER_MESSAGE
    assert blocks[-1]["elements"][0]["text"] == "… parts left out for want of room: 72"


def test_buttons_too_large_for_the_budget_make_room_for_the_words():
    buttons = Actions(tuple(Button("b", f"a{number}", "v" * BUTTON_VALUE_LIMIT) for number in range(10)))

    blocks = list(render_slack(Message("x", Tone.RED, (Text(line("What to do")), buttons))).blocks)

    assert [block["type"] for block in blocks] == ["header", "section", "context"]


def test_a_button_carries_its_style_only_when_it_has_one():
    buttons = Actions((Button("A", "a", "1"), Button("B", "b", "1", "danger")))

    elements = render_slack(Message("x", Tone.RED, (buttons,))).blocks[1]["elements"]

    assert "style" not in elements[0]
    assert elements[1]["style"] == "danger"


def test_the_short_text_keeps_the_essence_and_counts_the_rest():
    rows = tuple(line("row ", str(number), " ", "x" * 300) for number in range(30))
    message = Message("Low stock", Tone.ORANGE, (Header("Why"), Fields((Field("Cover", line(Bold("2"))),)), Steps(rows)))

    lines = render_slack_short(message).text.splitlines()

    assert lines[:4] == ["*🟠 Low stock*", "*Why*", "Cover: *2*", "1. row 0 " + "x" * 300]
    assert lines[-1] == f"… parts left out for want of room: {33 - (len(lines) - 1)}"
