from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.messages.addresses import slack_mention, web_address
from sellerwatch.messages.wording import PHRASES, clean, cut, phrase, visible


def test_control_characters_and_breaks_become_spaces():
    assert clean("a\r\nb\x1b[31mc\u2028d") == "a b [31mc d"


def test_characters_that_reverse_their_neighbours_are_dropped_and_right_to_left_text_stays():
    assert visible("SKU \u202e123 \u2067\u05d0\u05d1\u2069") == "SKU 123 \u05d0\u05d1"


def test_a_lone_surrogate_is_shown_as_unreadable():
    assert visible("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "abc"),
        ("cafe\u0301s", 4, "caf"),  # an accent is part of its letter
        ("a\U0001f44d\U0001f3fd!", 2, "a"),  # a skin tone belongs to its hand
        ("a\U0001f468\u200d\U0001f469 b", 3, "a"),  # a family is one sign
        ("abc", 0, ""),
    ],
)
def test_a_cut_never_halves_what_a_reader_sees_as_one(text, room, kept):
    assert cut(text, room) == kept


@given(st.text(), st.integers(0, 50))
def test_a_cut_is_a_start_of_the_text_and_fits(text, room):
    kept = cut(text, room)

    assert text.startswith(kept)
    assert len(kept) <= room


def test_both_languages_have_every_phrase():
    assert PHRASES["en"].keys() == PHRASES["zh"].keys()
    assert phrase("more", "zh", count=1200) == "…… 另有 1,200 条"


def test_an_unknown_language_falls_back_to_english():
    assert phrase("more", "fr", count=3) == "… and 3 more"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://example.com/a?b=1&c=%20", "https://example.com/a?b=1&c=%20"),
        (" https://example.com/<x>|y z ", "https://example.com/%3Cx%3E%7Cy%20z"),
        ('http://example.com/"`\\', "http://example.com/%22%60%5C"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_only_web_addresses_lead_anywhere_and_nothing_in_them_can_end_them(url, address):
    assert web_address(url) == address


@pytest.mark.parametrize(
    ("target", "called"),
    [
        ("supply_chain", "<@U02ABC>"),
        ("leads", "<!subteam^S02ABC>"),
        ("W07XYZ", "<@W07XYZ>"),
        ("ads", None),
        ("U1|x>", None),
        ("!channel", None),
    ],
)
def test_only_roles_with_a_contact_and_slack_ids_call_anybody(target, called):
    assert slack_mention(target, {"supply_chain": "U02ABC", "leads": "S02ABC"}) == called
