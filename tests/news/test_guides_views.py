"""The library as it is kept and as it is read."""

from __future__ import annotations

import pytest

from portal.core.web import Portal
from portal.news.library import Guide, load_literature
from tests.conftest import Work
from tests.make import both, make_guide, make_member, sign_in
from tests.page import Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
TYPED = {
    "title_en": "A study",
    "title_es": "Un estudio",
    "about_en": "It found little.",
    "about_es": "Encontró poco.",
    "url": "https://example.org/study",
    "written_in": "en",
    "source": "Ann Author",
    "year": "2012",
}


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def fields_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


def stored(work: Work) -> Guide:
    with work() as session:
        return session.query(Guide).one()


@LANGUAGES
def test_a_guide_goes_out_in_both_languages(editor: Reader, page: Reader, lang: str) -> None:
    assert "A study" not in page("/en/guides/").text
    new = {"new_tag_en": "Studies", "new_tag_es": "Estudios"}
    fields_of(editor(f"/{lang}/team/guides/new")).submit(press="publish", **TYPED, **new)
    for code, title, language, tag in (
        ("en", "A study", "in English", "Studies"),
        ("es", "Un estudio", "en inglés", "Estudios"),
    ):
        found = page(f"/{code}/guides/?fresh")
        assert found.has("a[href=https://example.org/study][rel]")
        assert found.find("article h2").text == title
        assert language in found.text
        assert title in found.follow(tag).text


@LANGUAGES
def test_one_language_alone_stays_a_draft_that_says_what_is_missing(
    editor: Reader, page: Reader, work: Work, lang: str
) -> None:
    half = {name: text for name, text in TYPED.items() if name.endswith("_es")}
    again = fields_of(editor(f"/{lang}/team/guides/new")).submit(press="publish", **half)
    assert {link.get("href") for link in again.find_all(".summary a")} == {"#title_en", "#about_en", "#url"}
    assert not stored(work).is_published
    assert "Un estudio" not in page("/es/guides/").text


@pytest.mark.parametrize(
    ("name", "text"),
    [("url", "data:text/html,x"), ("year", "long ago"), ("year", "12"), ("new_tag_en", "Half")],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(editor: Reader, work: Work, name: str, text: str) -> None:
    again = fields_of(editor("/en/team/guides/new")).submit(422, press="save", **(TYPED | {name: text}))
    assert again.has(".error")
    assert {one: fields_of(again).values[one] for one in ("about_en", name)} == {
        "about_en": TYPED["about_en"],
        name: text,
    }
    with work() as session:
        assert session.query(Guide).count() == 0


def test_what_is_out_stays_whole_until_it_is_taken_back(editor: Reader, page: Reader, work: Work) -> None:
    with work() as session:
        guide = make_guide(session, "evidence", title=both("A list", "Una lista"))
    url = f"/en/team/guides/{guide.id}"
    fields_of(editor(url)).submit(422, press="save", title_es="")
    fields_of(editor(url)).submit(press="save", title_en="Another list", tags=[])
    assert "Another list" in page(f"/en/guides/read/{guide.slug}").text
    page("/en/guides/evidence/", 404)
    editor(url).form("/take-back").submit()
    page(f"/en/guides/read/{guide.slug}?fresh", 404)
    assert not stored(work).is_published


def test_two_editors_lose_nothing(editor: Reader, work: Work) -> None:
    with work() as session:
        guide_id = make_guide(session, "evidence").id
    mine, theirs = (fields_of(editor(f"/en/team/guides/{guide_id}")) for _ in range(2))
    theirs.submit(press="save", source="Theirs", tags=[])
    conflict = mine.submit(409, press="save", title_en="Mine")
    assert {link.get("href") for link in conflict.find_all("dl.facts a")} >= {"#source", "#tags", "#title_en"}
    assert stored(work).title.en != "Mine"


@LANGUAGES
def test_a_page_of_our_own_can_be_read_and_its_address_tells_nothing(page: Reader, work: Work, lang: str) -> None:
    with work():
        load_literature(None)
    listed = page(f"/{lang}/guides/")
    first = listed.find("article h2 a")
    assert "/guides/read/" in (first.get("href") or "")
    text = page(first.get("href") or "").text
    assert ("Never a child." if lang == "en" else "Nunca un niño.") in text
    assert len(list(listed.find_all("article"))) == 15
    assert len(list(page(f"/{lang}/guides/reconciliation/").find_all("article"))) == 2


def test_titles_in_the_browser_say_nothing_about_drugs(page: Reader, work: Work) -> None:
    with work():
        load_literature(None)
    for url in ("/en/guides/", "/en/guides/evidence/", "/es/guides/evidence/"):
        assert page(url).title.partition(" · ")[0] in ("Tools and guides", "Herramientas y guías")
