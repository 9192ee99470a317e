"""Posts by their tags: lists, feeds, and what an editor is offered."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.web import Portal
from portal.news.posts import Post, Tag
from tests.conftest import Work
from tests.make import both, make_guide, make_market, make_post
from tests.page import Reader, fields_of

CITY = ZoneInfo("America/New_York")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TYPED = {f"{name}_{lang}": f"La lámpara {lang}" for name in ("title", "summary", "body") for lang in ("en", "es")}


def test_new_tag_leads_from_post_to_others_like_it(editor: Reader, page: Reader, work: Work) -> None:
    new = {"new_tag_en": "Lamps", "new_tag_es": "Faroles"}
    fields_of(editor("/en/team/news/new")).submit(press="publish", **TYPED, **new)
    with work() as session:
        post = session.query(Post).one()
        assert [tag.name for tag in post.tags] == [both("Lamps", "Faroles")]
    name = "Lamps" if "en" == "en" else "Faroles"
    listed = page(f"/en/news/{post.slug}").follow(name)
    assert listed.find("h1").text == name
    assert "La lámpara en" in listed.text
    assert name in page("/en/").text


def test_tag_that_is_called_same_is_same(editor: Reader, work: Work) -> None:
    for title in ("One", "Two"):
        typed = TYPED | {"title_en": title, "new_tag_en": "lamps", "new_tag_es": "faroles"}
        fields_of(editor("/en/team/news/new")).submit(press="publish", **typed)
    with work() as session:
        assert session.query(Tag).count() == 1
        chosen = session.query(Tag).one().slug
    fields_of(editor("/en/team/news/new")).submit(press="publish", tags=[chosen], **TYPED)
    with work() as session:
        assert [len(post.tags) for post in session.query(Post)] == [1, 1, 1]


@pytest.mark.both_databases
def test_tag_nobody_may_know_of_never_was(app: Portal, client: FlaskClient, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_post(session, tag="veiled", market_id=hidden.id)
        make_post(session, tag="draft", published=False)
        make_post(session, tag="later", published_at=now() + timedelta(hours=1))
        make_guide(session, "guide")
        make_post(session, tag="open", slug="first")
        make_post(session, tag="open", published_at=now() - timedelta(hours=1))
    for end in ("/", "/older-than/first/", ".atom"):
        never = client.get(f"/en/news/tags/never{end}")
        for name in ("veiled", "draft", "later", "guide"):
            answer = client.get(f"/en/news/tags/{name}{end}")
            assert (answer.status_code, answer.data) == (404, never.data), name
            assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()
        assert client.get(f"/en/news/tags/open{end}").status_code == 200
    listed = client.get("/en/news/").text + client.get("/en/guides/").text
    assert [name for name in ("veiled", "draft", "later") if f"About {name}" in listed] == []


def test_editor_is_not_offered_tags_of_hidden_places(editor: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_post(session, tag="veiled", market_id=hidden.id)
        make_post(session, tag="draft", published=False)
        make_guide(session, "guide", published=False)
    for url in ("/en/team/news/new", "/en/team/guides/new"):
        offered = {choice.get("value") for choice in editor(url).find_all("input[name=tags]")}
        assert offered == {"draft", "guide"}


def test_a_feed_of_a_tag_is_a_feed(client: FlaskClient, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Elm Street")
        market.released_at = (now() - timedelta(days=2)).replace(microsecond=0)
        early = now() - timedelta(days=9)
        old = {"published_at": early, "created_at": early, "updated_at": early}
        for number in range(3):
            make_post(session, tag="light", slug=f"lamp-{number}", market_id=market.id, **old)
        make_post(session, slug="other")
    for lang in ("en", "es"):
        answer = client.get(f"/{lang}/news/tags/light.atom", headers={"Host": "evil.example"})
        assert answer.content_type == "application/atom+xml; charset=utf-8"
        assert b"evil" not in answer.data
        feed = ET.fromstring(answer.data)
        other = "es" if lang == "en" else "en"
        assert feed.get(LANG) == lang
        assert links(feed) == {
            ("self", None): f"http://localhost/{lang}/news/tags/light.atom",
            ("alternate", None): f"http://localhost/{lang}/news/tags/light/",
            ("alternate", other): f"http://localhost/{other}/news/tags/light.atom",
        }
        entries = feed.findall("a:entry", ATOM)
        assert len(entries) == 3
        check_atom(feed)
        for entry in entries:
            slug = said(entry, "id").rpartition("/")[2]
            assert links(entry) == {
                ("alternate", None): f"http://localhost/{lang}/news/{slug}",
                ("related", other): f"http://localhost/{other}/news/{slug}",
            }
            # The place was released after the post was written: nothing dates from before. A feed says no hour.
            day = market.released_at.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0)
            assert said(entry, "published") == said(entry, "updated") == day.isoformat()
            category = entry.find("a:category", ATOM)
            assert category is not None
            assert category.attrib == {"term": "light", "label": "About light" if lang == "en" else "Sobre light"}


def said(element: ET.Element, name: str) -> str:
    return element.findtext(f"a:{name}", "", ATOM)


def links(element: ET.Element) -> dict[tuple[str | None, str | None], str | None]:
    found = element.findall("a:link", ATOM)
    named = {(link.get("rel"), link.get("hreflang")): link.get("href") for link in found}
    assert len(named) == len(found)
    return named


def check_atom(feed: ET.Element) -> None:
    """What RFC 4287 asks of every feed and entry."""
    for element in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1, name
            assert said(element, name)
        if element is not feed:
            assert element.find("a:content", ATOM) is not None or element.find("a:summary", ATOM) is not None
    assert feed.find("a:author/a:name", ATOM) is not None
    every = [said(element, "id") for element in (feed, *feed.findall("a:entry", ATOM))]
    assert len(set(every)) == len(every)
