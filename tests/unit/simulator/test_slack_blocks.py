"""The simulated Slack's grammar of blocks: every limit at its edge, every sentence with its pointer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sellerwatch.simulator.slack.blocks import BLOCKS, check_blocks
from sellerwatch.simulator.slack.content import as_lines, total_length

FILE = {"id": "F1"}


def says(*blocks: object) -> list[str]:
    return [str(problem) for problem in check_blocks(blocks, file_is_usable=lambda named: named == FILE)]


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, object]:
    return {"type": "mrkdwn", "text": text}


def button(**more: object) -> dict[str, object]:
    return {"type": "button", "text": plain("Acknowledge"), **more}


OPTION = {"text": plain("3 days"), "value": "3"}
EXAMPLES: Mapping[str, dict[str, object]] = {
    "header": {"type": "header", "text": {**plain("Stock-out in 2.8 days"), "emoji": True}, "block_id": "h"},
    "divider": {"type": "divider"},
    "section": {
        "type": "section",
        "text": {**mrkdwn("*Cover*"), "verbatim": True},
        "fields": [mrkdwn("on hand 14"), plain("velocity 5")],
        "accessory": {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
        "expand": True,
    },
    "context": {
        "type": "context",
        "elements": [mrkdwn("rule v3"), plain("A1"), {"type": "image", "slack_file": FILE, "alt_text": "a"}],
    },
    "actions": {
        "type": "actions",
        "elements": [
            button(action_id="ack", value="e:1", style="primary", url="https://example.com", confirm={}),
            {"type": "static_select", "placeholder": plain("Snooze"), "options": [OPTION], "action_id": "snooze"},
            {"type": "overflow", "options": [OPTION]},
            {"type": "datepicker", "action_id": "until"},
        ],
    },
    "image": {"type": "image", "slack_file": FILE, "alt_text": "trend", "title": plain("Trend")},
    "markdown": {"type": "markdown", "text": "**b**"},
    "rich_text": {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hello"}]}],
    },
    "table": {"type": "table", "rows": [[{"type": "raw_text", "text": "SKU"}]], "column_settings": [{"is_wrapped": True}]},
}


def test_every_block_type_has_an_example_that_is_fine():
    assert EXAMPLES.keys() == BLOCKS.keys()
    assert says(*EXAMPLES.values()) == []


LONG = [
    ("header", {"text": plain("x" * 150)}, {"text": plain("x" * 151)}, "must be less than 151 characters", "text/text"),
    ("section", {"text": mrkdwn("x" * 3000)}, {"text": mrkdwn("x" * 3001)}, "must be less than 3001 characters", "text/text"),
    ("section", {"fields": [plain("x")] * 10}, {"fields": [plain("x")] * 11}, "no more than 10 items allowed", "fields"),
    (
        "section",
        {"fields": [plain("x" * 2000)]},
        {"fields": [plain("x" * 2001)]},
        "must be less than 2001 characters",
        "fields/0/text",
    ),
    ("context", {"elements": [plain("x")] * 10}, {"elements": [plain("x")] * 11}, "no more than 10 items allowed", "elements"),
    ("actions", {"elements": [button()] * 25}, {"elements": [button()] * 26}, "no more than 25 items allowed", "elements"),
    (
        "actions",
        {"elements": [{"type": "button", "text": plain("x" * 75)}]},
        {"elements": [{"type": "button", "text": plain("x" * 76)}]},
        "must be less than 76 characters",
        "elements/0/text/text",
    ),
    (
        "actions",
        {"elements": [button(value="x" * 2000)]},
        {"elements": [button(value="x" * 2001)]},
        "must be less than 2001 characters",
        "elements/0/value",
    ),
    (
        "actions",
        {"elements": [button(action_id="x" * 255)]},
        {"elements": [button(action_id="x" * 256)]},
        "must be less than 256 characters",
        "elements/0/action_id",
    ),
    ("divider", {"block_id": "x" * 255}, {"block_id": "x" * 256}, "must be less than 256 characters", "block_id"),
    (
        "image",
        {"slack_file": FILE, "alt_text": "x" * 2000},
        {"slack_file": FILE, "alt_text": "x" * 2001},
        "must be less than 2001 characters",
        "alt_text",
    ),
    ("markdown", {"text": "x" * 12000}, {"text": "x" * 12001}, "must be less than 12001 characters", "text"),
]


@pytest.mark.parametrize(("kind", "fits", "exceeds", "sentence", "where"), LONG)
def test_every_limit_is_kept_at_its_edge(kind, fits, exceeds, sentence, where):
    assert says({"type": kind, **fits}) == []
    assert says({"type": kind, **exceeds}) == [f"{sentence} [json-pointer:/blocks/0/{where}]"]


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("text", "must provide an object [json-pointer:/blocks/0]"),
        ({}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "hero"}, "unsupported type: hero [json-pointer:/blocks/0/type]"),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        ({"type": "header", "text": "x"}, "must provide an object [json-pointer:/blocks/0/text]"),
        ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
        ({"type": "header", "text": plain("")}, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (
            {"type": "header", "text": {"type": "plain_text", "text": 7}},
            "must provide a string [json-pointer:/blocks/0/text/text]",
        ),
        ({"type": "divider", "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        ({"type": "section", "text": mrkdwn("x"), "expand": "yes"}, "must provide a boolean [json-pointer:/blocks/0/expand]"),
        ({"type": "context", "elements": []}, "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
        ({"type": "context", "elements": "x"}, "must provide an array [json-pointer:/blocks/0/elements]"),
        ({"type": "context", "elements": [button()]}, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
        (
            {"type": "actions", "elements": [button(style="loud")]},
            "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            {"type": "actions", "elements": [button(confirm="x")]},
            "must provide an object [json-pointer:/blocks/0/elements/0/confirm]",
        ),
        ({"type": "actions", "elements": ["x"]}, "must provide an object [json-pointer:/blocks/0/elements/0]"),
        (
            {"type": "actions", "elements": [{"type": "overflow", "options": ["x"]}]},
            "must provide an object [json-pointer:/blocks/0/elements/0/options/0]",
        ),
        ({"type": "image", "alt_text": "a"}, "must provide exactly one of: image_url, slack_file [json-pointer:/blocks/0]"),
        (
            {"type": "image", "alt_text": "a", "slack_file": {"id": "F2"}},
            "invalid slack file [json-pointer:/blocks/0/slack_file]",
        ),
        ({"type": "image", "alt_text": "a", "slack_file": "F1"}, "invalid slack file [json-pointer:/blocks/0/slack_file]"),
    ],
)
def test_wrong_blocks_are_named_with_their_place(block, sentence):
    assert says(block) == [sentence]


def test_fifty_blocks_fit_and_fifty_one_do_not():
    assert says(*[{"type": "divider"}] * 50) == []
    assert says(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_markdown_blocks_share_one_limit():
    half = {"type": "markdown", "text": "x" * 6000}

    assert says(half, half) == []
    assert says(half, half, {"type": "markdown", "text": "x"}) == [
        "must be less than 12001 characters [json-pointer:/blocks/2/text]"
    ]


def test_ids_are_unique():
    twins = {"type": "divider", "block_id": "d"}
    buttons = {"type": "actions", "elements": [button(action_id="ack"), button(action_id="ack"), button(), button()]}

    assert says(twins, twins) == ['`block_id` "d" already exists [json-pointer:/blocks/1/block_id]']
    assert says(buttons) == ['`action_id` "ack" already exists [json-pointer:/blocks/0/elements/1/action_id]']
    assert (
        says(
            {"type": "actions", "elements": [button(action_id="ack")]},
            {"type": "actions", "elements": [button(action_id="ack")]},
        )
        == []
    )


def test_the_length_of_a_message_is_the_sum_of_its_texts():
    assert total_length([EXAMPLES["header"], EXAMPLES["markdown"], EXAMPLES["rich_text"]]) == 21 + 5 + 5


def test_blocks_read_as_lines():
    lines = as_lines("fallback", [EXAMPLES[kind] for kind in EXAMPLES if kind != "table"])

    assert lines == [
        "Stock-out in 2.8 days",
        "---",
        "*Cover*",
        "on hand 14",
        "velocity 5",
        "rule v3 | A1 | a",
        "[Acknowledge] [Snooze] [] []",
        "[image: trend]",
        "**b**",
        "hello",
    ]
    assert as_lines("one\ntwo", []) == ["one", "two"]
