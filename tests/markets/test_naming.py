"""What names a hidden place is not shown to the public by somebody who knows of it, and betrays nothing to others."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import pytest

from portal.accounts.users import Member
from portal.core.web import Portal
from portal.markets.places import Market
from portal.news.library import Guide
from portal.news.posts import Post
from tests.conftest import Work
from tests.make import both, let_in, make_guide, make_market, make_meeting, make_member, make_post, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
WARNING = {"en": "This names a place that is not public: %s.", "es": "Esto nombra un lugar que no es público: %s."}


@dataclass
class Scene:
    """A public place and a hidden one, and somebody admitted to it."""

    public_id: int
    hidden_id: int
    lead: Member
    stranger: Member


@pytest.fixture
def scene(work: Work) -> Scene:
    with work() as session:
        public = make_market(session, "Open Street")
        hidden = make_market(session, "Birch Street", released=False, status=None)
        hidden.own_name = both("The Álamo", "El Álamo")
        lead, stranger = (make_member(session, ["community_lead"]) for _each in range(2))
        let_in(session, hidden, lead)
        return Scene(public.id, hidden.id, lead, stranger)


def browser(app: Portal, member: Member) -> Reader:
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def main_form(page: Page) -> Form:
    """The form that is written in: the one with the most fields."""
    forms = [Form(page, one) for one in page.tree.iter("form") if one.get("method") == "post"]
    return max(forms, key=lambda form: len(list(form.controls())))


@LANGUAGES
def test_a_published_post_names_no_hidden_place(app: Portal, work: Work, scene: Scene, lang: str) -> None:
    with work() as session:
        post = make_post(session, published=False).id
        twin = make_post(session).id
    for member, status in ((scene.stranger, 200), (scene.lead, 422)):
        read = browser(app, member)
        for row, then in ((post, "publish"), (twin, None)):
            form = main_form(read(f"/{lang}/team/news/{row}"))
            answered = form.submit(status=status, press=then, body_es="Nos vemos en el alamo.", quotes=("alamo",))
            assert (WARNING[lang] % "El Álamo" in answered.text) is (status == 422)
            if status == 200:
                with work() as session:
                    session.get(Post, post).published_at = None


def test_a_draft_may_and_what_is_tied_to_the_place_may(app: Portal, work: Work, scene: Scene) -> None:
    with work() as session:
        post = make_post(session, published=False).id
    read = browser(app, scene.lead)
    form = main_form(read(f"/en/team/news/{post}"))
    form.submit(press="save", body_en="Birch Street is next.")
    main_form(read(f"/en/team/news/{post}")).submit(press="publish", status=422)
    main_form(read(f"/en/team/news/{post}")).submit(press="publish", market="birch-street")


def test_the_second_press_lets_it_through(app: Portal, work: Work, scene: Scene) -> None:
    with work() as session:
        post = make_post(session, published=False).id
    refused = main_form(browser(app, scene.lead)(f"/en/team/news/{post}")).submit(
        press="publish", status=422, title_en="Remember the Alamo"
    )
    assert refused.has("#title_en-error")
    again = main_form(refused).submit(press="publish", status=422, summary_en="Birch Street")
    assert again.has("#summary_en-error")
    main_form(again).submit(press="publish")


@LANGUAGES
def test_neither_guides_nor_meetings_nor_other_places_name_it(app: Portal, work: Work, scene: Scene, lang: str) -> None:
    with work() as session:
        guide = make_guide(session, published=False).id
        meeting = make_meeting(session, published=False).id
        held = make_meeting(session).id
    said = "Para la calle Birch" if lang == "es" else "For Birch street"
    for path, then, field in (
        (f"team/guides/{guide}", "publish", f"title_{lang}"),
        (f"team/meetings/{meeting}", "publish", f"purpose_{lang}"),
        (f"team/meetings/{held}", "save", f"purpose_{lang}"),
        (f"team/meetings/{held}/cancel", "", f"reason_{lang}"),
        (f"lead/places/{scene.public_id}/edit", "", f"about_{lang}"),
        (f"lead/places/{scene.public_id}/status", "", f"evidence_{lang}"),
    ):
        page = browser(app, scene.lead)(f"/{lang}/{path}")
        form = main_form(page)
        values = {**form.values, field: said} | ({"then": then} if then else {})
        for name in ("evidence_en", "evidence_es", "reason_en", "reason_es"):
            if name in values and not values[name]:
                values[name] = "x"
        answered = page.reader.client.post(f"/{lang}/{path}", data=values, headers={"Sec-Fetch-Site": "same-origin"})
        assert answered.status_code == 422, path
        assert f'id="{field}-error"' in answered.text, path


def test_the_place_itself_may_be_named_in_its_own_texts(app: Portal, work: Work, scene: Scene) -> None:
    read = browser(app, scene.lead)
    form = read(f"/en/lead/places/{scene.hidden_id}/edit").form("/edit")
    form.submit(about_en="Birch Street walks.", about_es="La calle Birch camina.", quotes=("Álamo",))
    with work() as session:
        assert session.get(Market, scene.hidden_id).about.en == "Birch Street walks."


@LANGUAGES
def test_a_second_place_of_a_name_is_pointed_out_to_those_who_know_the_first(
    app: Portal, work: Work, scene: Scene, lang: str
) -> None:
    warning = {"en": "Another place has this name too.", "es": "Otro lugar también se llama así."}[lang]
    for name, spanish, knows in (
        ("open  STREET", "Rincón", True),
        ("Birch Street", "Patio", False),
        ("Open", "Loma", False),
    ):
        form = main_form(browser(app, scene.stranger)(f"/{lang}/lead/places/new"))
        found = form.submit(name_en=name, name_es=spanish, quotes=("Ana Member", name, spanish))
        assert (warning in found.text) is knows


@LANGUAGES
def test_a_file_of_a_guide_names_it_neither(app: Portal, work: Work, scene: Scene, lang: str) -> None:
    file = {"en": b"Meet at BIRCH\nstreet.", "es": "Nos vemos en el álamo.".encode()}[lang]
    with work() as session:
        kept = make_guide(session, published=False, files={lang: file}).id
        bare = make_guide(session, published=False).id
    for member, status in ((scene.stranger, 200), (scene.lead, 422)):
        read = browser(app, member)
        for row, sent in ((kept, {}), (bare, {f"file_{lang}": (BytesIO(file), "list.txt")})):
            path = f"/{lang}/team/guides/{row}"
            values = {**main_form(read(path)).values, **sent, "then": "publish"}
            answered = read.client.post(path, data=values, headers=SAME_ORIGIN)
            assert answered.status_code == (302 if status == 200 else 422)
            assert (f'id="file_{lang}-error"' in answered.text) is (status == 422)
            with work() as session:
                session.get(Guide, row).published_at = None
                if row == bare:
                    session.get(Guide, row).put_files({lang: None})


def test_what_a_worker_read_in_a_file_is_not_read_again(app: Portal, work: Work, scene: Scene) -> None:
    with work() as session:
        guide = make_guide(session, published=False, files={"en": b"Nothing."})
        guide.files[0].words = "Birch Street"
    refused = main_form(browser(app, scene.lead)(f"/en/team/guides/{guide.id}")).submit(press="publish", status=422)
    assert refused.has("#file_en-error")
    main_form(refused).submit(press="publish")
