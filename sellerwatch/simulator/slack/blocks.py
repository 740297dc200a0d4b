"""Block Kit's grammar: which blocks there are, what each may hold, and the sentence Slack says about what is wrong.

https://docs.slack.dev/reference/block-kit/blocks. A shape is data; checking walks the shapes and names the JSON pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sellerwatch.simulator.slack.limits import BLOCKS_PER_MESSAGE, MARKDOWN_TEXT, SIZES

FileCheck = Callable[[Mapping[str, object]], bool]
"""Says whether a ``slack_file`` object names a file that a message may show."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    says: str
    pointer: str

    def __str__(self) -> str:
        """Return the problem as Slack words it."""
        return f"{self.says} [json-pointer:{self.pointer}]"


@dataclass(frozen=True, slots=True)
class Context:
    """What a check needs beside the value."""

    file_is_usable: FileCheck


Check = Callable[[object, str, Context], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its required and optional fields, and groups of which exactly, or at least, one must be there."""

    required: Mapping[str, Check] = field(default_factory=dict)
    optional: Mapping[str, Check] = field(default_factory=dict)
    exactly_one_of: tuple[str, ...] = ()
    at_least_one_of: tuple[str, ...] = ()

    def __call__(self, value: object, pointer: str, context: Context) -> Iterator[Problem]:
        """Check an object field by field."""
        if not isinstance(value, Mapping):
            yield Problem("must provide an object", pointer)
            return
        checks = {**self.required, **self.optional}
        for name in self.required.keys() - value.keys():
            yield Problem(f"missing required field: {name}", pointer)
        for name, item in value.items():
            if name in checks:
                yield from checks[name](item, f"{pointer}/{name}", context)
            elif name != "type":
                yield Problem(f"invalid additional property: {name}", pointer)
        yield from self._check_groups(value, pointer)

    def _check_groups(self, value: Mapping[str, object], pointer: str) -> Iterator[Problem]:
        if self.exactly_one_of and sum(name in value for name in self.exactly_one_of) != 1:
            yield Problem(f"must provide exactly one of: {', '.join(self.exactly_one_of)}", pointer)
        if self.at_least_one_of and not any(name in value for name in self.at_least_one_of):
            yield Problem(f"missing required field: {self.at_least_one_of[0]}", pointer)


def _length(text: str, pointer: str, *, most: int, least: int) -> Iterator[Problem]:
    if len(text) > most:
        yield Problem(f"must be less than {most + 1} characters", pointer)
    if len(text) < least:
        yield Problem(f"must be more than {least - 1} characters", pointer)


def string(most: int, *, least: int = 1) -> Check:
    """Return a check for a text of ``least`` to ``most`` characters."""

    def check(value: object, pointer: str, _: Context) -> Iterator[Problem]:
        if isinstance(value, str):
            yield from _length(value, pointer, most=most, least=least)
        else:
            yield Problem("must provide a string", pointer)

    return check


def one_word_of(*words: str) -> Check:
    """Return a check for a value out of a closed list."""

    def check(value: object, pointer: str, _: Context) -> Iterator[Problem]:
        if value not in words:
            yield Problem("must be a valid enum value", pointer)

    return check


def boolean(value: object, pointer: str, _: Context) -> Iterator[Problem]:
    """Check for true or false."""
    if not isinstance(value, bool):
        yield Problem("must provide a boolean", pointer)


def anything(_value: object, _pointer: str, _: Context) -> Iterator[Problem]:
    """Accept whatever is there: parts of Block Kit that this product does not send."""
    yield from ()


def some_object(value: object, pointer: str, _: Context) -> Iterator[Problem]:
    """Check for an object without looking into it."""
    if not isinstance(value, Mapping):
        yield Problem("must provide an object", pointer)


def items(each: Check, most: int, *, least: int = 1) -> Check:
    """Return a check for a list of ``least`` to ``most`` items."""

    def check(value: object, pointer: str, context: Context) -> Iterator[Problem]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield Problem("must provide an array", pointer)
            return
        if len(value) > most:
            yield Problem(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield Problem(f"must provide at least {least} items", pointer)
        for index, item in enumerate(value):
            yield from each(item, f"{pointer}/{index}", context)

    return check


def typed(shapes: Mapping[str, Check]) -> Check:
    """Return a check that picks the shape by the object's ``type``."""

    def check(value: object, pointer: str, context: Context) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem("must provide an object", pointer)
        elif "type" not in value:
            yield Problem("missing required field: type", pointer)
        elif value["type"] not in shapes:
            yield Problem(f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            yield from shapes[value["type"]](value, pointer, context)

    return check


def slack_file(value: object, pointer: str, context: Context) -> Iterator[Problem]:
    """Check for a file of this workspace that is complete and processed."""
    if not isinstance(value, Mapping) or not context.file_is_usable(value):
        yield Problem("invalid slack file", pointer)


def plain(most: int) -> Check:
    """Return a check for a plain_text object."""
    return typed({"plain_text": Shape(required={"text": string(most)}, optional={"emoji": boolean})})


def any_text(most: int) -> Check:
    """Return a check for a plain_text or mrkdwn object."""
    return typed(
        {
            "plain_text": Shape(required={"text": string(most)}, optional={"emoji": boolean}),
            "mrkdwn": Shape(required={"text": string(most)}, optional={"verbatim": boolean}),
        }
    )


_IDENTIFIER = string(SIZES["identifier"])
_OPTION = Shape(
    required={"text": any_text(SIZES["option_text"]), "value": string(SIZES["option_value"])},
    optional={"description": any_text(SIZES["option_text"]), "url": string(SIZES["url"])},
)
_IMAGE_FIELDS: Mapping[str, Check] = {"image_url": string(SIZES["url"]), "slack_file": slack_file}
_IMAGE_ELEMENT = Shape(
    required={"alt_text": string(SIZES["alt_text"])}, optional=_IMAGE_FIELDS, exactly_one_of=("image_url", "slack_file")
)
_BUTTON = Shape(
    required={"text": plain(SIZES["button_text"])},
    optional={
        "action_id": _IDENTIFIER,
        "url": string(SIZES["url"]),
        "value": string(SIZES["button_value"]),
        "style": one_word_of("primary", "danger"),
        "confirm": some_object,
        "accessibility_label": string(SIZES["button_text"]),
    },
)
_STATIC_SELECT = Shape(
    required={"options": items(_OPTION, SIZES["select_options"])},
    optional={
        "action_id": _IDENTIFIER,
        "placeholder": plain(SIZES["placeholder"]),
        "initial_option": _OPTION,
        "confirm": some_object,
        "focus_on_load": boolean,
    },
)
_OVERFLOW = Shape(
    required={"options": items(_OPTION, SIZES["overflow_options"])},
    optional={"action_id": _IDENTIFIER, "confirm": some_object},
)
_LENIENT = (
    "users_select",
    "conversations_select",
    "channels_select",
    "datepicker",
    "datetimepicker",
    "timepicker",
    "checkboxes",
)

ELEMENTS: Mapping[str, Check] = {
    "button": _BUTTON,
    "static_select": _STATIC_SELECT,
    "overflow": _OVERFLOW,
    **dict.fromkeys(_LENIENT, anything),
}
"""What an actions block may hold."""

CONTEXT_ELEMENTS: Mapping[str, Check] = {
    "image": _IMAGE_ELEMENT,
    "plain_text": Shape(required={"text": string(SIZES["text_object"])}, optional={"emoji": boolean}),
    "mrkdwn": Shape(required={"text": string(SIZES["text_object"])}, optional={"verbatim": boolean}),
}
"""What a context block may hold."""


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, **groups: tuple[str, ...]) -> Shape:
    return Shape(required=required, optional={"block_id": _IDENTIFIER, **(optional or {})}, **groups)


BLOCKS: Mapping[str, Check] = {
    "header": _block({"text": plain(SIZES["header"])}),
    "divider": _block({}),
    "section": _block(
        {},
        {
            "text": any_text(SIZES["section"]),
            "fields": items(any_text(SIZES["field"]), SIZES["section_fields"]),
            "accessory": typed({**ELEMENTS, "image": _IMAGE_ELEMENT}),
            "expand": boolean,
        },
        at_least_one_of=("text", "fields"),
    ),
    "context": _block({"elements": items(typed(CONTEXT_ELEMENTS), SIZES["context_elements"])}),
    "actions": _block({"elements": items(typed(ELEMENTS), SIZES["actions_elements"])}),
    "image": _block(
        {"alt_text": string(SIZES["alt_text"])},
        {**_IMAGE_FIELDS, "title": plain(SIZES["image_title"])},
        exactly_one_of=("image_url", "slack_file"),
    ),
    "markdown": _block({"text": string(MARKDOWN_TEXT)}),
    "rich_text": _block({"elements": items(some_object, SIZES["rich_text_elements"], least=0)}),
    "table": _block(
        {"rows": items(items(some_object, SIZES["table_cells"]), SIZES["table_rows"])}, {"column_settings": anything}
    ),
}
"""Every block a message may hold."""


def check_blocks(blocks: object, *, file_is_usable: FileCheck, pointer: str = "/blocks") -> tuple[Problem, ...]:
    """Return everything that Slack would say against these blocks; nothing when they are fine."""
    context = Context(file_is_usable)
    problems = [*items(typed(BLOCKS), BLOCKS_PER_MESSAGE, least=0)(blocks, pointer, context)]
    if problems or not isinstance(blocks, Sequence):
        return tuple(problems)
    known = [block for block in blocks if isinstance(block, Mapping)]
    return (*_markdown_sum(known, pointer), *_repeated_ids(known, pointer))


def _markdown_sum(blocks: Sequence[Mapping[str, object]], pointer: str) -> Iterator[Problem]:
    total = 0
    for index, block in enumerate(blocks):
        if block["type"] == "markdown":
            total += len(str(block["text"]))
            if total > MARKDOWN_TEXT:
                yield Problem(f"must be less than {MARKDOWN_TEXT + 1} characters", f"{pointer}/{index}/text")


def _repeated_ids(blocks: Sequence[Mapping[str, object]], pointer: str) -> Iterator[Problem]:
    yield from _repeats("block_id", [(block, f"{pointer}/{index}") for index, block in enumerate(blocks)])
    for index, block in enumerate(blocks):
        elements = block.get("elements")
        if isinstance(elements, Sequence):
            places = [(element, f"{pointer}/{index}/elements/{place}") for place, element in enumerate(elements)]
            yield from _repeats("action_id", places)


def _repeats(name: str, places: Sequence[tuple[Mapping[str, object], str]]) -> Iterator[Problem]:
    seen: set[object] = set()
    for item, pointer in places:
        value = item.get(name)
        if value is not None and value in seen:
            yield Problem(f'`{name}` "{value}" already exists', f"{pointer}/{name}")
        seen.add(value)
