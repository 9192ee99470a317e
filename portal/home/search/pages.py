"""The pages that are always there and stand in no database: how it works, who can see what, where to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from portal.core.i18n import language
from portal.home.results import RESULTS
from portal.home.search.rules import Question, words_of

BLOCKS_END = re.compile(r"(?<![.!?:;>\s])(?:\s*</(?:h[1-6]|p|li|dt|dd|th|td|figcaption)>)+")
Texts = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class FixedPage:
    """A page by the endpoint that shows it; `template` is what it says, else its title and one sentence."""

    endpoint: str
    title: Any
    about: Any = ""
    template: str = ""


PAGES = (
    FixedPage("about.how_it_works", _l("How this works"), template="home/how_it_works.html"),
    FixedPage("home.who_can_see", _l("Who can see this"), template="home/who_can_see.html"),
    FixedPage("sms_page.about", _l("Text messages"), template="sms/about.html"),
    FixedPage("about.other_cities", _l("What other cities found"), template="home/other_cities.html"),
    FixedPage(
        "reports.intake",
        _l("Tell us what is happening"),
        _l("No name, no account. A person on our team reads it, and you can read the answer here."),
    ),
    FixedPage("reports_follow.enter", _l("Read our answer with your code words")),
    FixedPage(
        "markets.places",
        _l("Places"),
        _l(
            "Neighbors and the team look at each place again and again."
            " Here is how each one stands, since when, and when it is reviewed next."
        ),
    ),
    FixedPage(
        "meetings.upcoming",
        _l("Meetings"),
        _l(
            "Everybody may come. Each page says beforehand whether there is an interpreter, childcare, food and a ride."
        ),
    ),
    FixedPage("meetings.past", _l("Earlier meetings"), _l("What was held, and what was canceled.")),
    FixedPage("news.posts", _l("News"), _l("What happened and what comes next.")),
    FixedPage("guides.index", _l("Tools and guides")),
)

TO_TELL_US = (
    next(page for page in PAGES if page.endpoint == "reports.intake"),
    FixedPage(
        "home.who_can_see",
        _l("About the police: who reads what you tell us"),
        _l("Who reads it, on this website and by text message, and who never does."),
    ),
    FixedPage(
        "acknowledgements.index",
        _l("What offices have acknowledged"),
        _l("Where an office said in public what harm was done, and what the community answered."),
    ),
    next(page for page in PAGES if page.endpoint == "reports_follow.enter"),
)
"""What comes first for whoever may want to tell us something, and when nothing was found."""
FOR_HELP = (TO_TELL_US[0], next(page for page in PAGES if page.endpoint == "guides.index"))
"""What comes first, after 911, for whoever may need help."""


def found_pages(question: Question) -> list[tuple[FixedPage, str]]:
    """The pages that have every word that was asked for, each with its text."""
    found = []
    for page in PAGES:
        text, words = _texts(page)
        if question.is_in(words):
            found.append((page, text))
    return found


def _texts(page: FixedPage) -> Texts:
    """What a page says, and its words: the same for as long as the process runs, as no row stands in it."""
    kept: dict[tuple[str, str], Texts] = current_app.extensions.setdefault("page_texts", {})
    key = (page.endpoint, language())
    if key not in kept:
        text = _said(page)
        kept[key] = (text, frozenset(words_of(f"{page.title} {text}")))
    return kept[key]


def _said(page: FixedPage) -> str:
    if not page.template:
        return str(page.about)
    whole = render_template(page.template, results=RESULTS, is_open=True)
    main = whole.partition("</header>\n<main")[2].partition(">")[2].partition("</main>")[0]
    # Without its heading, which is shown as the title.
    body = main.partition("</h1>")[2] or main
    # Headings and lines would run into each other.
    apart = BLOCKS_END.sub(" ·", body)
    return str(Markup(apart.replace("<", " <")).striptags()).removesuffix(" ·")  # noqa: S704 - its tags are taken out
