"""Generated messages, often made of what some channel would take for markup."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from sellerwatch.messages.blocks import (
    Actions,
    Attachment,
    Block,
    Bold,
    Bullets,
    Button,
    Chart,
    Code,
    Context,
    Divider,
    Earlier,
    Field,
    Fields,
    Header,
    Line,
    Link,
    Mention,
    Message,
    Standing,
    Steps,
    Text,
    Tone,
)

HOSTILE = (
    "<!channel>",
    "<@U1>",
    "<http://x|y>",
    "http://x",
    "*b*",
    "_i_",
    "~s~",
    "`c`",
    "&lt;",
    "a_b",
    "[a](b)",
    "<b>",
    "\u202e",
    "\x1b[31m",
    "\n&gt; q",
    "库存",
)


def texts() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(HOSTILE) | st.text(max_size=20), max_size=5).map("".join)


def lines() -> st.SearchStrategy[Line]:
    pieces = st.one_of(
        texts(),
        texts().map(Bold),
        texts().map(Code),
        st.builds(Link, texts(), texts() | st.just("https://example.com/a?b=1&c=2")),
        st.sampled_from(["supply_chain", "U02ABC", "S02ABC", "<!channel>"]).map(Mention),
    )
    return st.lists(pieces, max_size=4).map(tuple)


def charts() -> st.SearchStrategy[Chart]:
    numbers = st.none() | st.floats(-1e9, 1e9)
    points = st.lists(numbers, min_size=1, max_size=6).map(
        lambda values: tuple((date(2026, 11, 1) + timedelta(days=place), value) for place, value in enumerate(values))
    )
    limits = st.lists(st.tuples(st.sampled_from(["yellow", "red"]) | texts(), st.floats(-1e6, 1e6)), max_size=3).map(tuple)
    return st.builds(
        Chart, texts(), points, limits, st.sampled_from(["", "%", "USD", "days"]) | texts(), st.sampled_from(["en", "zh"])
    )


def blocks() -> st.SearchStrategy[Block]:
    buttons = st.builds(Button, texts(), st.sampled_from(["ack", "snooze"]), texts(), st.sampled_from(["default", "danger"]))
    many = st.lists(lines(), max_size=12).map(tuple)
    return st.one_of(
        texts().map(Header),
        lines().map(Text),
        st.lists(st.builds(Field, texts(), lines()), max_size=12).map(tuple).map(Fields),
        many.map(Steps),
        many.map(Bullets),
        lines().map(Context),
        lines().map(Standing),
        st.just(Divider()),
        charts(),
        st.builds(Attachment, texts(), texts()),
        st.builds(Earlier, texts(), texts()),
        st.lists(buttons, max_size=3).map(tuple).map(Actions),
    )


def messages() -> st.SearchStrategy[Message]:
    return st.builds(
        Message,
        texts(),
        st.sampled_from(Tone),
        st.lists(blocks(), max_size=6).map(tuple),
        st.sampled_from(["en", "zh"]),
        st.booleans(),
    )
