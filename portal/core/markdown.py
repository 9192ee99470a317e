"""Markdown to HTML that is safe to put into a page: no HTML of the writer's own, no pictures, no third party."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "em", "strong", "code", "pre", "hr", "a"}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}
PARSER = MarkdownIt("commonmark", {"html": False}).disable("image")


def to_html(text: str) -> Markup:
    """The HTML of `text`; its headings begin at h2, because the page's own h1 stands above it."""
    tokens = PARSER.parse(text)
    for token in tokens:
        _lower_heading(token)
    rendered = PARSER.renderer.render(tokens, PARSER.options, {})
    # Cleaned although the parser writes no foreign HTML: a fault in either alone lets nothing through.
    clean = nh3.clean(
        rendered, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return Markup(clean)  # noqa: S704 - sanitised on the line above


def _lower_heading(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 1, 4)}"
