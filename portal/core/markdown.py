"""Markdown to safe HTML: no raw HTML of the author, no images, no third-party content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import nh3
from flask_babel import gettext as _
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {"p", "br", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "em", "strong", "code", "pre", "hr", "a", *TABLE}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}, "th": {"scope"}}
CLASSES = {"th": {"number"}, "td": {"number"}}
SCHEMES = {"http", "https", "mailto", "tel"}
DEEPEST = 4


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable("image").enable("table")


def to_html(text: str) -> Markup:
    """Return the HTML of `text`; its headings begin at h2, because the page has its own h1."""
    parser = _parser()
    tokens = parser.parse(text)
    _order_headings(tokens)
    for token in tokens:
        if token.type in ("th_open", "td_open") and token.attrs.pop("style", "") == "text-align:right":
            # By a class, since the CSP allows no inline style.
            token.attrs["class"] = "number"
        if token.type == "th_open":
            token.attrs["scope"] = "col"
    rendered = parser.renderer.render(tokens, parser.options, {})
    # Sanitised although the parser emits no raw HTML: a fault in either one alone lets nothing through.
    clean = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    first, *others = clean.split("<table>")
    scrolling = first + "".join(_frame(number) + "<table>" + other for number, other in enumerate(others, start=1))
    return Markup(scrolling.replace("</table>", "</table></div>"))  # noqa: S704 - sanitised above; what is added is ours


def _order_headings(tokens: Sequence[Token]) -> None:
    """Renumber headings so that the first is an h2 and no level is skipped: authors choose "##" by its size."""
    above: list[int] = []
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
            above = [*(higher for higher in above if higher < level), level]
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(len(above) + 1, DEEPEST)}"


def _frame(number: int) -> str:
    """Return the beginning of a named frame in which a table scrolls on its own on a phone and by keyboard."""
    name = escape(_("Table %(number)s", number=number))
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
