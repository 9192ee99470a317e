"""Posts by their tags: lists, feeds, and what an editor is offered."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.web import Portal
from portal.news import posts
from portal.news.posts import Post, Tag
from tests.conftest import Work
from tests.make import both, make_guide, make_market, make_member, make_post, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
CITY = ZoneInfo("America/New_York")
ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TYPED = {f"{name}_{lang}": f"La lámpara {lang}" for name in ("title", "summary", "body") for lang in ("en", "es")}


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def fields_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


@LANGUAGES
def test_a_new_tag_leads_from_a_post_to_others_like_it(editor: Reader, page: Reader, work: Work, lang: str) -> None:
    new = {"new_tag_en": "Lamps", "new_tag_es": "Faroles"}
    fields_of(editor(f"/{lang}/team/news/new")).submit(press="publish", **TYPED, **new)
    with work() as session:
        post = session.query(Post).one()
        assert [tag.name for tag in post.tags] == [both("Lamps", "Faroles")]
    name = "Lamps" if lang == "en" else "Faroles"
    listed = page(f"/{lang}/news/{post.slug}").follow(name)
    assert listed.find("h1").text == name
    assert f"La lámpara {lang}" in listed.text
    assert name in page(f"/{lang}/").text


def test_a_tag_that_is_called_the_same_is_the_same(editor: Reader, work: Work) -> None:
    for title in ("One", "Two"):
        typed = TYPED | {"title_en": title, "new_tag_en": "lamps", "new_tag_es": "faroles"}
        fields_of(editor("/en/team/news/new")).submit(press="publish", **typed)
    with work() as session:
        assert session.query(Tag).count() == 1
        chosen = session.query(Tag).one().slug
    fields_of(editor("/en/team/news/new")).submit(press="publish", tags=[chosen], **TYPED)
    with work() as session:
        assert [len(post.tags) for post in session.query(Post)] == [1, 1, 1]


def test_half_a_tag_is_refused_and_nothing_is_lost(editor: Reader, work: Work) -> None:
    again = fields_of(editor("/en/team/news/new")).submit(422, press="save", new_tag_en="Half", **TYPED)
    assert fields_of(again).values["title_es"] == TYPED["title_es"]
    with work() as session:
        assert session.query(Tag).count() == session.query(Post).count() == 0


@pytest.mark.both_databases
def test_the_list_of_a_tag_comes_in_pages(page: Reader, work: Work) -> None:
    with work() as session:
        for number in range(11):
            make_post(session, tag="light", published_at=now() - timedelta(hours=number))
        make_post(session, slug="other", title=both("Other", "Otra"))
    first = page("/en/news/tags/light/")
    assert len(list(first.find_all("article"))) == 10
    assert "Other" not in first.text
    assert len(list(first.follow("Older").find_all("article"))) == 1
    page("/en/news/tags/light/older-than/other/", 404)


@pytest.mark.both_databases
def test_a_tag_nobody_may_know_of_is_one_that_never_was(app: Portal, client: FlaskClient, work: Work) -> None:
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


def test_an_editor_is_not_offered_the_tags_of_hidden_places(editor: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_post(session, tag="veiled", market_id=hidden.id)
        make_post(session, tag="draft", published=False)
        make_guide(session, "guide", published=False)
    for url in ("/en/team/news/new", "/en/team/guides/new"):
        offered = {choice.get("value") for choice in editor(url).find_all("input[name=tags]")}
        assert offered == {"draft", "guide"}


@LANGUAGES
def test_a_feed_of_a_tag_is_a_feed(client: FlaskClient, work: Work, lang: str) -> None:
    with work() as session:
        market = make_market(session, "Elm Street")
        market.released_at = (now() - timedelta(days=2)).replace(microsecond=0)
        early = now() - timedelta(days=9)
        old = {"published_at": early, "created_at": early, "updated_at": early}
        for number in range(3):
            make_post(session, tag="light", slug=f"lamp-{number}", market_id=market.id, **old)
        make_post(session, slug="other")
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


def test_a_name_in_the_feed_is_for_ever(client: FlaskClient, work: Work) -> None:
    with work() as session:
        post = make_post(session, published_at=now() - timedelta(days=40))
    before = ids(client)
    with work() as session:
        again = session.get(Post, post.id)
        posts.take_back_post(again, again.author_id)
        posts.publish_post(again, again.author_id)
    assert ids(client) == before


def ids(client: FlaskClient) -> list[str]:
    feed = ET.fromstring(client.get(f"/en/news.atom?{now()}").data)
    return [said(entry, "id") for entry in feed.findall("a:entry", ATOM)]


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
