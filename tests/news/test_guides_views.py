"""The library as it is kept and as it is read."""

from __future__ import annotations

from portal.news.library import Guide, load_literature
from tests.conftest import Work
from tests.page import Reader, fields_of

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


def test_a_guide_goes_out_in_both_languages(editor: Reader, page: Reader) -> None:
    assert "A study" not in page("/en/guides/").text
    new = {"new_tag_en": "Studies", "new_tag_es": "Estudios"}
    fields_of(editor("/en/team/guides/new")).submit(press="publish", **TYPED, **new)
    for code, title, language, tag in (
        ("en", "A study", "in English", "Studies"),
        ("es", "Un estudio", "en inglés", "Estudios"),
    ):
        found = page(f"/{code}/guides/?fresh")
        assert found.has("a[href=https://example.org/study][rel]")
        assert found.find("article h2").text == title
        assert language in found.text
        assert title in found.follow(tag).text


def test_what_cannot_be_is_refused_and_nothing_is_lost(editor: Reader, work: Work) -> None:
    for name, text in (("url", "data:text/html,x"), ("year", "long ago"), ("year", "12"), ("new_tag_en", "Half")):
        again = fields_of(editor("/en/team/guides/new")).submit(422, press="save", **(TYPED | {name: text}))
        assert again.has(".error")
        assert {one: fields_of(again).values[one] for one in ("about_en", name)} == {
            "about_en": TYPED["about_en"],
            name: text,
        }
        with work() as session:
            assert session.query(Guide).count() == 0


def test_page_of_our_own_has_a_silent_address(page: Reader, work: Work) -> None:
    with work():
        load_literature(None)
    for lang in ("en", "es"):
        listed = page(f"/{lang}/guides/")
        first = listed.find("article h2 a")
        assert "/guides/read/" in (first.get("href") or "")
        text = page(first.get("href") or "").text
        assert ("Never a child." if lang == "en" else "Nunca un niño.") in text
        assert len(list(listed.find_all("article"))) == 15
        assert len(list(page(f"/{lang}/guides/reconciliation/").find_all("article"))) == 2
