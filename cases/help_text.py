"""Markdown of help articles as HTML (rule S14).

HTML in the text is shown as it was typed, never as HTML; what the parser makes is cleaned once more by a short list of
what may stand on a page. Pictures are not fetched from anywhere: their words stand instead.
"""

from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s"),
    *("ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}


def html_of(text: str, *, highest: int = 2) -> SafeString:
    """The text as HTML that is safe to show. Its own highest heading becomes `highest`, the others follow."""
    tokens = _PARSER.parse(text.replace("\0", ""))
    _shift(tokens, highest)
    made = _PARSER.renderer.render(tokens, _PARSER.options, {})
    clean = nh3.clean(made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer")
    return mark_safe(clean)  # noqa: S308 - cleaned right above


def _shift(tokens: Sequence[Token], highest: int) -> None:
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    down = highest - min((int(token.tag[1]) for token in headings), default=highest)
    for token in headings:
        token.tag = f"h{min(6, int(token.tag[1]) + down)}"


def _words_instead(_renderer: Any, tokens: Sequence[Token], number: int, _options: Any, _env: Any) -> str:
    """What a picture shows, in the words that its writer gave it."""
    return escape(tokens[number].content)


def _a_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _words_instead)
    return parser


_PARSER = _a_parser()
