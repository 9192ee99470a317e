"""Which language is older, on the page and in the form: of posts and guides alike."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from sqlalchemy.orm import Session

from portal.core import page_cache
from portal.news.library import Guide
from portal.news.posts import Post
from tests.conftest import Work
from tests.make import make_guide, make_post
from tests.page import Reader, fields_of

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
    if kind.model is Post:
        return make_post(session, slug="lamp", **given)
    return make_guide(session, slug="lamp", **given)


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
def test_form_that_is_sent_as_it_is_marks_nothing(editor: Reader, work: Work, kind: Kind) -> None:
    with work() as session:
        url = f"/en/team/{kind.edit}/{make(session, kind, stale='title_es').id}"
    fields_of(editor(url)).submit(press="save")
    assert stale(work, kind) == {"title_es"}


@every_kind
def test_corrected_letter_needs_no_translation_when_editor_says_so(editor: Reader, work: Work, kind: Kind) -> None:
    with work() as session:
        url = f"/en/team/{kind.edit}/{make(session, kind).id}"
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
