"""What residents are asked or told is reachable from where they are: the front page, meetings and news."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal.core.clock import now
from tests.conftest import Work
from tests.make import make_post
from tests.page import Page, Reader
from tests.partners.sessions import make_public_session

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
PAGES = ("", "meetings/", "news/")


def links_on(page: Page) -> set[str]:
    return {link.get("href", "") for link in page.find_all("main a")}


@LANGUAGES
@pytest.mark.parametrize("path", PAGES)
def test_open_questions_and_acknowledgements_are_linked(page: Reader, work: Work, lang: str, path: str) -> None:
    with work() as session:
        make_public_session(session)
    question, said = f"/{lang}/listening/what-to-say", f"/{lang}/acknowledgements/"
    assert {question, said} <= links_on(page(f"/{lang}/{path}"))
    with time_machine.travel(now() + timedelta(days=2)):
        later = links_on(page(f"/{lang}/{path}"))
    # The question is closed; what an office acknowledged stays.
    assert (question in later, said in later) == (False, True)


@LANGUAGES
@pytest.mark.parametrize("path", PAGES)
def test_where_nothing_is_open_nothing_is_linked(page: Reader, lang: str, path: str) -> None:
    assert not {link for link in links_on(page(f"/{lang}/{path}")) if "listening" in link or "acknowledg" in link}


def test_older_news_do_not_repeat_it(page: Reader, work: Work) -> None:
    with work() as session:
        make_public_session(session)
        make_post(session, slug="lamps-are-back")
        make_post(session, published_at=now() - timedelta(days=1))
    older = page("/en/news/older-than/lamps-are-back/")
    assert "/en/acknowledgements/" not in links_on(older)
