"""What names a hidden place is not shown to the public by somebody who knows of it, and betrays nothing to others."""

from dataclasses import dataclass
from io import BytesIO

import pytest

from portal.accounts.texts import names_here
from portal.accounts.users import Member
from portal.core.web import Portal
from portal.news.library import Guide
from portal.news.posts import Post
from tests.conftest import Work
from tests.make import both, let_in, make_guide, make_market, make_meeting, make_member, make_post
from tests.page import SAME_ORIGIN, Form, Page, reader_of


@dataclass
class Scene:
    """A public place and a hidden one, somebody admitted to it, and somebody who knows nothing of it."""

    app: Portal
    public_id: int
    lead: Member
    stranger: Member


@pytest.fixture
def scene(app: Portal, work: Work) -> Scene:
    with work() as session:
        public = make_market(session, "Open Street")
        hidden = make_market(session, "Birch Street", released=False, status=None)
        hidden.own_name = both("The Álamo", "El Álamo")
        lead, stranger = (make_member(session, ["community_lead"]) for _each in range(2))
        let_in(session, hidden, lead)
        return Scene(app, public.id, lead, stranger)


def main_form(page: Page) -> Form:
    """The form that is written in: the one with the most fields."""
    forms = [Form(page, one) for one in page.tree.iter("form") if one.get("method") == "post"]
    return max(forms, key=lambda form: len(list(form.controls())))


def test_a_published_post_names_no_hidden_place(scene: Scene, work: Work) -> None:
    with work() as session:
        post = make_post(session, published=False).id
        twin = make_post(session).id
    for member, status in ((scene.stranger, 200), (scene.lead, 422)):
        read = reader_of(scene.app, member)
        for row, then in ((post, "publish"), (twin, None)):
            form = main_form(read(f"/es/team/news/{row}"))
            answered = form.submit(status=status, press=then, body_es="Nos vemos en el alamo.", quotes=("alamo",))
            assert ("Esto nombra un lugar que no es público: El Álamo." in answered.text) is (status == 422)
            with work() as session:
                session.get_one(Post, post).published_at = None
    # Each name that is new is asked about; the second press lets it through.
    refused = main_form(read(f"/en/team/news/{post}")).submit(422, press="publish", title_en="Remember the Alamo")
    assert refused.has("#title_en-error")
    again = main_form(refused).submit(press="publish", status=422, summary_en="Birch Street")
    assert again.has("#summary_en-error")
    main_form(again).submit(press="publish")


def test_neither_guides_nor_meetings_nor_other_places_name_it(scene: Scene, work: Work) -> None:
    with work() as session:
        guide = make_guide(session, published=False).id
        meeting = make_meeting(session, published=False).id
        held = make_meeting(session).id
    read = reader_of(scene.app, scene.lead)
    for path, then, field in (
        (f"team/guides/{guide}", "publish", "title_es"),
        (f"team/meetings/{meeting}", "publish", "purpose_es"),
        (f"team/meetings/{held}", "save", "purpose_es"),
        (f"team/meetings/{held}/cancel", "", "reason_es"),
        (f"lead/places/{scene.public_id}/edit", "", "about_es"),
        (f"lead/places/{scene.public_id}/status", "", "evidence_es"),
    ):
        values = {**main_form(read(f"/es/{path}")).values, field: "Para la calle Birch"} | (
            {"then": then} if then else {}
        )
        for name in ("evidence_en", "evidence_es", "reason_en", "reason_es"):
            if name in values and not values[name]:
                values[name] = "x"
        answered = read.client.post(f"/es/{path}", data=values, headers=SAME_ORIGIN)
        assert answered.status_code == 422, path
        assert f'id="{field}-error"' in answered.text, path


def test_only_public_names_are_known_to_all(scene: Scene) -> None:
    # A password may hold no name that all know; refusing that of a hidden place would tell it.
    with scene.app.test_request_context("/en/"):
        assert {"Open Street", "Birch Street"}.intersection(names_here()) == {"Open Street"}


def test_a_file_of_a_guide_names_it_neither(scene: Scene, work: Work) -> None:
    file = "Nos vemos en el álamo.".encode()
    with work() as session:
        kept = make_guide(session, published=False, files={"es": file}).id
        bare = make_guide(session, published=False).id
        read_by_worker = make_guide(session, published=False, files={"en": b"Nothing."})
        read_by_worker.files[0].words = "Birch Street"
    for member, status in ((scene.stranger, 302), (scene.lead, 422)):
        read = reader_of(scene.app, member)
        for row, sent in ((kept, {}), (bare, {"file_es": (BytesIO(file), "list.txt")})):
            path = f"/es/team/guides/{row}"
            values = {**main_form(read(path)).values, **sent, "then": "publish"}
            answered = read.client.post(path, data=values, headers=SAME_ORIGIN)
            assert answered.status_code == status
            assert ('id="file_es-error"' in answered.text) is (status == 422)
            with work() as session:
                session.get_one(Guide, row).published_at = None
                if row == bare:
                    session.get_one(Guide, row).put_files({"es": None})
    refused = main_form(read(f"/en/team/guides/{read_by_worker.id}")).submit(press="publish", status=422)
    assert refused.has("#file_en-error")
    main_form(refused).submit(press="publish")
