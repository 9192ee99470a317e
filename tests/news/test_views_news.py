"""News as it is written and as it is read."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core import page_cache
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.web import Portal
from portal.news.library import Guide
from portal.news.posts import Post, PostState, Tag
from tests.conftest import Work
from tests.make import both, let_in, make_guide, make_market, make_member, make_post
from tests.page import SAME_ORIGIN, Reader, fields_of, reader_of

ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TYPED = {
    "title_en": "The lamps are back",
    "title_es": "Volvieron las luces",
    "summary_en": "All of them.",
    "summary_es": "Todas.",
    "body_en": "On *Monday*.\n\n<b>raw</b>",
    "body_es": "El *lunes*.",
}


def stored(work: Work) -> Post:
    with work() as session:
        return session.query(Post).one()


def test_a_post_goes_out_in_both_languages_and_back(editor: Reader, page: Reader, work: Work) -> None:
    form = fields_of(editor("/en/team/news/new"))
    seen = form.submit(press="preview", **TYPED)
    assert seen.has("#preview em")
    assert fields_of(seen).values["body_en"].replace("\r", "") == TYPED["body_en"]
    with work() as session:
        assert session.query(Post).count() == 0
    form.submit(press="publish", **TYPED)
    post = stored(work)
    for code, words in (("en", "The lamps are back"), ("es", "Volvieron las luces")):
        found = page(f"/{code}/news/{post.slug}")
        assert words in found.text and words in page(f"/{code}/news/").text
        assert found.has("em") and not found.has("b")
    editor(f"/en/team/news/{post.id}").form("/take-back").submit()
    page(f"/en/news/{post.slug}?back", 404)
    assert not stored(work).is_published


def test_two_editors_lose_nothing(app: Portal, editor: Reader, work: Work) -> None:
    with work() as session:
        url, lead = f"/en/team/news/{make_post(session).id}", make_member(session, ("community_lead",))
    mine, theirs = fields_of(editor(url)), fields_of(reader_of(app, lead)(url))
    theirs.submit(press="save", summary_en="Theirs")
    conflict = mine.submit(409, press="save", title_en="Mine")
    assert "Theirs" in conflict.text
    assert stored(work).title.en != "Mine"
    fields_of(conflict).submit(press="save", summary_en="Theirs")
    assert (stored(work).title.en, stored(work).summary.en) == ("Mine", "Theirs")


def test_post_at_hidden_place_is_nothing_to_outside_editors(editor: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        post_id = make_post(session, tag="veiled", market_id=hidden.id, title=both("Veiled", "Velada")).id
        make_post(session, tag="draft", published=False)
        make_guide(session, "guide", published=False)
    assert "Veiled" not in editor("/en/team/news/").text + editor("/en/team/news/new").text
    editor(f"/en/team/news/{post_id}", 404)
    for url in ("/en/team/news/new", "/en/team/guides/new"):
        offered = {choice.get("value") for choice in editor(url).find_all("input[name=tags]")}
        assert offered == {"draft", "guide"}


def test_each_post_is_on_one_page_both_ways(page: Reader, work: Work) -> None:
    at = now() - timedelta(hours=1)
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_post(session, slug="veiled", market_id=hidden.id)
        make_post(session, slug="later", published_at=now() + timedelta(hours=1))
        for number in range(25):
            # Some at the same moment, across the end of a page.
            make_post(session, published_at=at - timedelta(hours=number // 4))
    pages = [page("/en/news/?fresh")]
    while pages[-1].has("a[rel=next]"):
        pages.append(pages[-1].follow("Older"))
    posts = [[link.get("href") for link in one.find_all("article a")] for one in pages]
    assert [len(one) for one in posts] == [10, 10, 5]
    assert len(set().union(*posts)) == 25
    back = pages[-1].follow("Newer")
    assert (back.path, back.follow("Newer").path) == (pages[1].path, "/en/news/")
    assert not pages[0].has("a[rel=prev]")
    # A page begins after no post that nobody may know of.
    for slug in ("veiled", "later"):
        assert page(f"/en/news/older-than/{slug}/", 404).text == page("/en/news/older-than/never/", 404).text


def test_the_feed_is_whole(client: FlaskClient, work: Work) -> None:
    published = datetime(2026, 11, 3, 12, tzinfo=UTC)
    early = now() - timedelta(days=9)
    with work() as session:
        words = {"title": both("Lamps & trash", "Luces y basura"), "summary": both("<All> of them", "Todas")}
        days = {"published_at": published, "updated_at": published + timedelta(days=1)}
        slug = make_post(session, **words, **days).slug
        market = make_market(session, "Elm Street")
        market.released_at = (now() - timedelta(days=2)).replace(microsecond=0)
        old = {"published_at": early, "created_at": early, "updated_at": early}
        for number in range(3):
            make_post(session, tag="light", slug=f"lamp-{number}", market_id=market.id, **old)
    # The place was released after the post was written: nothing dates from before. A feed says no hour.
    released = market.released_at.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
    for lang, other in (("en", "es"), ("es", "en")):
        feed = feed_of(client, "news", lang, other)
        found = {said(entry, "id"): entry for entry in feed.findall("a:entry", ATOM)}
        entry = found[f"tag:localhost,2026-01-01:{lang}/{slug}"]
        assert {name: said(entry, name) for name in ("title", "published", "updated", "summary")} == {
            "title": words["title"][lang],
            "published": "2026-11-03T00:00:00-05:00",
            "updated": "2026-11-04T00:00:00-05:00",
            "summary": "&lt;All&gt; of them" if lang == "en" else "Todas",
        }
        assert said(feed, "updated") == max(said(one, "updated") for one in found.values())
        tagged = [one for one in found.values() if one.find("a:category", ATOM) is not None]
        assert len(tagged) == 3
        for entry in tagged:
            about = said(entry, "id").rpartition("/")[2]
            assert links(entry) == {
                ("alternate", None): f"http://localhost/{lang}/news/{about}",
                ("related", other): f"http://localhost/{other}/news/{about}",
            }
            assert said(entry, "published") == said(entry, "updated") == released
            label = {"en": "About light", "es": "Sobre light"}[lang]
            assert [one.attrib for one in entry.findall("a:category", ATOM)] == [{"term": "light", "label": label}]


def test_what_waits_for_its_place_links_nowhere(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
        place = make_market(session, "Veiled Street", released=False)
        let_in(session, place, member)
        post = make_post(session, market_id=place.id)
    read = reader_of(app, member)
    for lang in ("en", "es"):
        form = read(f"/{lang}/team/news/{post.id}", quotes=(str(post.title.en),))
        waits = "Waits for its place" if lang == "en" else "Espera a su lugar"
        assert waits in form.text
        assert not form.has(f"a[href=/{lang}/news/{post.slug}]")
        assert waits in read(f"/{lang}/team/news/").text


@pytest.mark.parametrize(("room", "kind", "make"), [("news", Post, make_post), ("guides", Guide, make_guide)])
def test_draft_is_deleted_when_sure_and_nothing_else(
    editor: Reader, work: Work, room: str, kind: Any, make: Any
) -> None:
    with work() as session:
        draft, out = make(session, published=False), make(session)
    address = f"/es/team/{room}/{draft.id}"
    form = editor(address, quotes=(str(draft.title.en), "Evaluation")).form("/delete")
    form.send()
    with work() as session:
        assert session.query(kind).count() == 2
    assert form.send(sure="y").location == f"/es/team/{room}/"
    refused = editor.client.post(
        f"/es/team/{room}/{out.id}/delete", data=form.values | {"sure": "y"}, headers=SAME_ORIGIN
    )
    assert refused.status_code == 409
    with work() as session:
        assert [one.id for one in session.query(kind)] == [out.id]
        assert session.query(AuditEvent).filter(AuditEvent.action.endswith(".deleted")).count() == 1


def test_names_are_asked_about_once_when_it_goes_out(editor: Reader, page: Reader, work: Work) -> None:
    named = TYPED | {"summary_en": "Call Rosa Gomez.", "summary_es": "Llame a Rosa Gómez."}
    quotes = tuple(named.values())
    draft = fields_of(editor("/en/team/news/new")).submit(press="save", quotes=quotes, **named)
    asked = fields_of(draft).submit(422, press="publish", quotes=quotes)
    assert "Rosa Gómez" in " ".join(asked.find("#may_be_public-error").itertext())
    assert stored(work).state is PostState.DRAFT
    fields_of(asked).submit(press="publish", quotes=quotes, may_be_public="y")
    assert stored(work).state is PostState.PUBLISHED
    # What everybody can read already is not asked about again.
    again = fields_of(editor(f"/en/team/news/{stored(work).id}", quotes=quotes))
    assert not again.submit(press="save", quotes=quotes).has("#may_be_public")


def test_forbidden_signs_break_no_feed(client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_post(session, title=both("Pasted\x0b from\x1f a document", "Pegado"))
        make_post(session)
    feed = ET.fromstring(client.get("/en/news.atom").data)
    titles = [entry.findtext("{*}title") for entry in feed.findall("{*}entry")]
    assert "Pasted from a document" in titles and len(titles) == 2


# --- Posts by their tags: lists, feeds, and what an editor is offered ---

CITY = ZoneInfo("America/New_York")
TAGGED = {f"{name}_{lang}": f"La lámpara {lang}" for name in ("title", "summary", "body") for lang in ("en", "es")}


def test_new_tag_leads_from_post_to_others_like_it(editor: Reader, page: Reader, work: Work) -> None:
    for english, spanish in (("Lamps", "Faroles"), ("lamps", "faroles")):
        new = {"new_tag_en": english, "new_tag_es": spanish}
        fields_of(editor("/en/team/news/new")).submit(press="publish", **TAGGED, **new)
    with work() as session:
        # A tag that is called the same is the same.
        tag = session.query(Tag).one()
        assert tag.name == both("Lamps", "Faroles")
    fields_of(editor("/en/team/news/new")).submit(press="publish", tags=[tag.slug], **TAGGED)
    with work() as session:
        assert [len(post.tags) for post in session.query(Post)] == [1, 1, 1]
        slug = session.query(Post.slug).first()[0]
    listed = page(f"/en/news/{slug}").follow("Lamps")
    assert listed.find("h1").text == "Lamps"
    assert "La lámpara en" in listed.text


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
    for end in ("/", "/older-than/first/"):
        never = client.get(f"/en/news/tags/never{end}")
        for name in ("veiled", "draft", "later", "guide"):
            answer = client.get(f"/en/news/tags/{name}{end}")
            assert (answer.status_code, answer.data) == (404, never.data), name
            assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()
        assert client.get(f"/en/news/tags/open{end}").status_code == 200
    listed = client.get("/en/news/").text + client.get("/en/guides/").text
    assert [name for name in ("veiled", "draft", "later") if f"About {name}" in listed] == []


def said(element: ET.Element, name: str) -> str:
    return element.findtext(f"a:{name}", "", ATOM)


def links(element: ET.Element) -> dict[tuple[str | None, str | None], str | None]:
    found = element.findall("a:link", ATOM)
    named = {(link.get("rel"), link.get("hreflang")): link.get("href") for link in found}
    assert len(named) == len(found)
    return named


def feed_of(client: FlaskClient, path: str, lang: str, other: str) -> ET.Element:
    """A feed that names our own addresses whatever it is asked by, with what RFC 4287 asks of feeds and entries."""
    answer = client.get(f"/{lang}/{path}.atom", headers={"Host": "evil.example"})
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    assert b"evil" not in answer.data
    feed = ET.fromstring(answer.data)
    assert feed.get(LANG) == lang
    assert links(feed) == {
        ("self", None): f"http://localhost/{lang}/{path}.atom",
        ("alternate", None): f"http://localhost/{lang}/{path}/",
        ("alternate", other): f"http://localhost/{other}/{path}.atom",
    }
    for element in (feed, *feed.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1, name
            assert said(element, name)
        if element is not feed:
            assert element.find("a:content", ATOM) is not None or element.find("a:summary", ATOM) is not None
    assert feed.find("a:author/a:name", ATOM) is not None
    every = [said(element, "id") for element in (feed, *feed.findall("a:entry", ATOM))]
    assert len(set(every)) == len(every)
    return feed


# --- The library as it is kept and as it is read ---

STUDY = {"title_en": "A study", "title_es": "Un estudio", "about_en": "It found little.", "about_es": "Encontró poco."}
STUDY |= {"url": "https://example.org/study", "written_in": "en", "source": "Ann Author", "year": "2012"}


def test_a_guide_goes_out_in_both_languages(editor: Reader, page: Reader, work: Work) -> None:
    assert "A study" not in page("/en/guides/").text
    new = {"new_tag_en": "Studies", "new_tag_es": "Estudios"}
    fields_of(editor("/en/team/guides/new")).submit(press="publish", **STUDY, **new)
    for code, title, language, tag in (
        ("en", "A study", "in English", "Studies"),
        ("es", "Un estudio", "en inglés", "Estudios"),
    ):
        found = page(f"/{code}/guides/?fresh")
        assert found.has("a[href=https://example.org/study][rel]")
        assert found.find("article h2 a").text == title
        assert language in found.text
        assert title in found.follow(tag).text
    with work() as session:
        guide = session.query(Guide).one().id
    assert fields_of(editor(f"/en/team/guides/{guide}")).values["year"] == "2012"


def test_what_cannot_be_is_refused_and_nothing_is_lost(editor: Reader, work: Work) -> None:
    for name, text in (("url", "data:text/html,x"), ("year", "long ago"), ("year", "12"), ("new_tag_en", "Half")):
        again = fields_of(editor("/en/team/guides/new")).submit(422, press="save", **(STUDY | {name: text}))
        kept = fields_of(again).values
        assert again.has(".error") and (kept["about_en"], kept[name]) == (STUDY["about_en"], text)
    with work() as session:
        assert session.query(Guide).count() == 0


# --- Which language is older, on the page and in the form: of posts and guides alike ---


OLDER = {
    "es": "El texto en español es más antiguo que el texto en inglés.",
    "en": "The English text is older than the Spanish one.",
}


class Kind(NamedTuple):
    """Something that is edited in two languages."""

    model: type[Post] | type[Guide]
    edit: str
    read: str
    field: str


KINDS = (Kind(Post, "news", "news/lamp", "summary"), Kind(Guide, "guides", "guides/read/lamp", "about"))
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.edit)


def make(session: Session, kind: Kind, **given: object) -> Post | Guide:
    return (make_post if kind.model is Post else make_guide)(session, slug="lamp", **given)


def stale(work: Work, kind: Kind) -> frozenset[str]:
    with work() as session:
        return session.query(kind.model).one().stale_fields


@every_kind
def test_page_says_which_text_is_older_until_translated(editor, page, work, kind, monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", 0)
    with work() as session:
        url = f"/en/team/{kind.edit}/{make(session, kind).id}"
    assert not any(OLDER[lang] in page(f"/{lang}/{kind.read}").text for lang in OLDER)

    form = fields_of(editor(url)).submit(press="save", **{f"{kind.field}_en": "New words"})
    assert stale(work, kind) == {f"{kind.field}_es"}
    assert form.find(f"#{kind.field}_es-mark") is not None
    assert not form.has(f"#{kind.field}_en-mark")
    assert "One language is now older than the other" in form.text
    spanish = page(f"/es/{kind.read}?1")
    assert OLDER["es"] in spanish.text
    assert "New words" in spanish.follow("Léalo en inglés").text
    assert OLDER["en"] not in page(f"/en/{kind.read}?1").text
    assert "One language is older" in editor(f"/en/team/{kind.edit}/").text

    fields_of(form).submit(press="save", **{f"{kind.field}_es": "Palabras nuevas"})
    assert stale(work, kind) == frozenset()
    assert OLDER["es"] not in page(f"/es/{kind.read}?2").text

    fields_of(editor(url)).submit(press="save", **{f"{kind.field}_es": "Más palabras"})
    assert OLDER["en"] in page(f"/en/{kind.read}?3").text
    fields_of(editor(url)).submit(press="save", same="y")
    assert stale(work, kind) == frozenset()


@every_kind
def test_what_needs_no_translation_marks_nothing(editor: Reader, work: Work, kind: Kind) -> None:
    with work() as session:
        url = f"/en/team/{kind.edit}/{make(session, kind, stale='title_es').id}"
    fields_of(editor(url)).submit(press="save")
    assert stale(work, kind) == {"title_es"}
    # A letter that was corrected, if the editor says so.
    fields_of(editor(url)).submit(press="save", same="y", title_en="The lamps")
    assert stale(work, kind) == frozenset()


@every_kind
def test_readers_of_a_translation_learn_who_made_it(editor: Reader, page: Reader, work: Work, kind: Kind) -> None:
    with work() as session:
        url = f"/en/team/{kind.edit}/{make(session, kind).id}"
    names = {"translated_by": "Ana P.", "reviewed_by": "Luz M."}
    fields_of(editor(url)).submit(press="save", **names)
    assert "Traducción de Ana P., revisada por Luz M." in page(f"/es/{kind.read}?1").text
    assert "Ana P." not in page(f"/en/{kind.read}?1").text

    fields_of(editor(url)).submit(press="save", translation="machine", reviewed_by="", original="es")
    assert "No person has checked it yet." in page(f"/en/{kind.read}?2").text
    assert "máquina" not in page(f"/es/{kind.read}?2").text

    again = fields_of(editor(url)).submit(422, press="save", translation="checked")
    assert [link.get("href") for link in again.find_all(".summary a")] == ["#reviewed_by"]
    fields_of(editor(url)).submit(press="save", translation="checked", reviewed_by="Luz M.")
    assert "A machine translated this text. Checked by Luz M." in page(f"/en/{kind.read}?3").text
