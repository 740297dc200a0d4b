from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings

from sellerwatch.core.errors import PermanentError
from sellerwatch.messages import blocks
from sellerwatch.messages.blocks import Header, Message, Tone
from sellerwatch.messages.codec import TYPES, from_dict, to_dict
from tests.unit.messages.message_strategies import messages


@settings(max_examples=50)
@given(messages())
def test_a_stored_message_comes_back_equal(message):
    assert from_dict(json.loads(json.dumps(to_dict(message)))) == message


def test_every_class_of_a_message_has_a_stored_name():
    declared = {kind for kind in vars(blocks).values() if dataclasses.is_dataclass(kind)}

    assert set(TYPES.values()) == declared


def test_a_lone_surrogate_is_replaced_so_that_a_database_can_take_it():
    stored = to_dict(Message("half \ud83d", Tone.RED))

    assert json.dumps(stored, ensure_ascii=False).encode()
    assert from_dict(stored).title == "half ?"


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"type": "header", "text": "no message"},
        {"type": "carousel"},
        {"text": "no type"},
        {**to_dict(Message("x", Tone.RED)), "tone": "purple"},
        {**to_dict(Message("x", Tone.RED)), "footer": "unknown part"},
    ],
)
def test_what_is_not_a_message_is_refused_with_the_reason(stored):
    with pytest.raises(PermanentError, match="cannot be read"):
        from_dict(stored)


def test_the_stored_form_is_plain_and_named():
    stored = to_dict(Message("Low stock", Tone.YELLOW, (Header("Why"),)))

    assert stored == {
        "type": "message",
        "title": "Low stock",
        "tone": "yellow",
        "blocks": [{"type": "header", "text": "Why"}],
        "language": "en",
        "is_broadcast": False,
    }
