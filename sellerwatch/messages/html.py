"""Messages as an HTML fragment for boards and mail: every text is escaped, every link is a web link, and pictures are within it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from html import escape

from sellerwatch.messages.addresses import web_address
from sellerwatch.messages.blocks import (
    MARKERS,
    STANDING_MARKER,
    Actions,
    Attachment,
    Block,
    Bold,
    Bullets,
    Chart,
    Code,
    Context,
    Divider,
    Earlier,
    Fields,
    Header,
    Inline,
    Line,
    Link,
    Mention,
    Message,
    Standing,
    Steps,
    Text,
)
from sellerwatch.messages.chart_words import chart_words
from sellerwatch.messages.wording import EMPTY, clean, visible


def render_html(message: Message) -> str:
    """Return one ``article`` whose class names the tone; it brings no style of its own. Buttons and files are left out."""
    parts = [
        f'<article class="message {message.tone}" lang="{escape(message.language)}">',
        f"<h2>{MARKERS[message.tone]} {_shown(message.title)}</h2>",
        *(part for block in message.blocks for part in _render(block) if part),
        "</article>",
    ]
    return "\n".join(parts) + "\n"


def _render(block: Block) -> Iterator[str]:  # noqa: C901 - one case for each kind of block
    match block:
        case Header(text):
            yield f"<h3>{_shown(text)}</h3>"
        case Text(line):
            yield f"<p>{_line(line)}</p>"
        case Fields(fields):
            rows = (f"<dt>{_shown(field.label)}</dt><dd>{_line(field.value)}</dd>" for field in fields)
            yield _wrapped("dl", rows)
        case Steps(items):
            yield _wrapped("ol", (f"<li>{_line(item)}</li>" for item in items))
        case Bullets(items):
            yield _wrapped("ul", (f"<li>{_line(item)}</li>" for item in items))
        case Context(line):
            yield f'<p class="context"><small>{_line(line)}</small></p>'
        case Chart():
            yield _figure(block)
        case Divider():
            yield "<hr>"
        case Standing(line):
            yield f'<p class="standing">{STANDING_MARKER} {_line(line)}</p>'
        case Actions() | Attachment() | Earlier():
            return


def _figure(chart: Chart) -> str:
    """Return the picture within the page itself, with its words for who does not see it; without any value, the words alone."""
    words = escape(clean(chart_words(chart)))
    if all(value is None for _, value in chart.points):
        return f"<p>{words}</p>"
    # Not at the top: importing what draws takes half a second, and most commands draw nothing.
    from sellerwatch.messages.chart import png  # noqa: PLC0415

    address = f"data:image/png;base64,{b64encode(png(chart)).decode('ascii')}"
    return f'<figure><img src="{address}" alt="{words}" width="800" height="320"></figure>'


def _wrapped(tag: str, rows: Iterable[str]) -> str:
    inside = "\n".join(rows)
    return f"<{tag}>\n{inside}\n</{tag}>" if inside else ""


def _shown(text: str) -> str:
    return escape(clean(text).strip()) or EMPTY


def _line(line: Line) -> str:
    return "".join(_piece(piece) for piece in line).strip() or EMPTY


def _piece(piece: Inline) -> str:
    match piece:
        case str():
            return escape(clean(piece))
        case Bold(text):
            return f"<strong>{escape(clean(text))}</strong>"
        case Code(text):
            return f"<code>{escape(visible(text))}</code>"
        case Link(text, url):
            address = web_address(url)
            shown = escape(clean(text))
            return f'<a href="{escape(address)}" rel="noopener noreferrer">{shown}</a>' if address else shown
        case Mention(target):
            return f'<span class="mention">@{escape(clean(target))}</span>'
