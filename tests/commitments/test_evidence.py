"""Files that show how a promise goes: made clean, behind the gate of its place, taken out in sight of everybody."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.commitments import promise_steps
from portal.commitments.promise_states import PromiseActor
from portal.commitments.promises import EvidenceFile, file_in, files_of
from portal.core.clock import now
from portal.core.files.uploads import CleanFile
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.web import Portal
from portal.markets.places import Market
from portal.organisations.organisations import Belonging
from tests.commitments.test_views import LANGUAGES, SAID, form_of, signed_in
from tests.conftest import Work
from tests.make import add_file, both, let_in, make_commitment, make_market, make_member, make_office, sign_in
from tests.news.test_files import jpeg
from tests.page import SAME_ORIGIN, Reader

WHY = both("A face could be seen.", "Se veía una cara.")
BETWEEN = PromiseActor(frozenset({"facilitator"}))


def send(reader: Reader, url: str, content: bytes, name: str = "maria-gomez.jpg", **typed: str) -> Any:
    form = form_of(reader(url))
    fields: MultiDict[str, Any] = MultiDict([*form.values.items(), *(SAID | typed).items()])
    for key in {*SAID, *typed}:
        fields.setlist(key, [(SAID | typed)[key]])
    fields["file"] = (io.BytesIO(content), name)
    answer = reader.client.post(url, data=fields, headers=SAME_ORIGIN, content_type="multipart/form-data")
    # The client keeps what it sends in a file when it is much.
    answer.request.environ["wsgi.input"].close()
    return answer


def test_file_taken_out_is_gone_while_its_history_stays(session: Session) -> None:
    it = make_commitment(session, make_office(session))
    file = add_file(session, it, b"Two lamps.")
    assert files_of(it) == [file]
    promise_steps.take_out_file(it, file.id, WHY, it.author_id, BETWEEN)
    session.flush()
    session.expire_all()
    assert [entry.step for entry in it.entries] == ["made", "evidence", "withdrawn"]
    assert it.entries[-1].text == WHY
    kept = session.scalars(select(EvidenceFile)).one()
    assert (kept.content, kept.is_there, files_of(it)) == (None, False, [])
    with pytest.raises(NotFound):
        promise_steps.take_out_file(it, file.id, WHY, it.author_id, BETWEEN)


def test_outsiders_add_and_take_out_nothing(session: Session) -> None:
    it = make_commitment(session, make_office(session))
    file = add_file(session, it, b"Two lamps.")
    stranger = PromiseActor(frozenset({"police_liaison"}), frozenset({99}))
    with pytest.raises(NotAllowed):
        promise_steps.add_evidence(it, WHY, "", it.author_id, stranger, CleanFile("txt", b"x"))
    with pytest.raises(NotAllowed):
        promise_steps.take_out_file(it, file.id, WHY, it.author_id, stranger)
    with pytest.raises(Refused):
        promise_steps.take_out_file(it, file.id, both("Only English.", ""), it.author_id, BETWEEN)


@LANGUAGES
def test_the_office_shows_a_picture_and_everybody_gets_it_without_what_it_carried(
    app: Portal, page: Reader, work: Work, lang: str
) -> None:
    with work() as session:
        office = make_office(session)
        it = make_commitment(session, office)
    officer = signed_in(app, work, "police_liaison", office.organisation_id)
    assert send(officer, f"/{lang}/team/promises/{it.id}/evidence", jpeg()).status_code == 302
    shown = page(f"/{lang}/promises/{it.slug}")
    assert "maria" not in shown.response.text
    link = shown.find("main a[download]")
    assert "".join(link.itertext()).strip() == SAID[f"text_{lang}"]
    got = app.test_client().get(link.get("href"))
    assert (got.status_code, got.mimetype) == (200, "image/jpeg")
    assert b"anary" not in got.data
    assert dict(Image.open(io.BytesIO(got.data)).getexif()) == {}
    assert got.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith('attachment; filename="evidence-')
    again = app.test_client().get(link.get("href"), headers={"If-None-Match": got.headers["ETag"]})
    assert again.status_code == 304


def test_what_a_file_is_says_its_content(app: Portal, work: Work) -> None:
    with work() as session:
        it = make_commitment(session, make_office(session))
    keeper = signed_in(app, work, "facilitator")
    for content in (
        b"MZ\x90\x00",
        b"PK\x03\x04word/document.xml",
        b"<svg onload=alert(1)>\x00",
        b"%PDF-1.7 and no more",
    ):
        again = keeper.read(send(keeper, f"/en/team/promises/{it.id}/evidence", content, "lamp.png"), 422)
        assert again.find("#file").get("aria-invalid") == "true"
        assert form_of(again).values["text_es"] == SAID["text_es"]
        with work() as session:
            assert session.scalars(select(EvidenceFile)).all() == []


@LANGUAGES
def test_what_is_taken_out_is_gone_with_its_reason(app: Portal, page: Reader, work: Work, lang: str) -> None:
    with work() as session:
        office = make_office(session)
        it = make_commitment(session, office)
        file = add_file(session, it, b"Two lamps.")
    address = f"/{lang}/promises/{it.slug}/files/{file.id}"
    assert app.test_client().get(address).data == b"Two lamps."
    officer = signed_in(app, work, "police_liaison", office.organisation_id)
    form = form_of(officer(f"/{lang}/team/promises/{it.id}/files/{file.id}/take-out"))
    assert form_of(form.submit(422, text_en="A face.")).values["text_en"] == "A face."
    form.submit(text_en=WHY.en, text_es=WHY.es)
    gone, never = (app.test_client().get(f"/{lang}/promises/{it.slug}/files/{one}") for one in (file.id, 77))
    assert (gone.status_code, gone.data) == (404, never.data)
    shown = page(f"/{lang}/promises/{it.slug}")
    assert WHY[lang] in shown.text
    assert not list(shown.find_all("main a[download]"))
    officer(f"/{lang}/team/promises/{it.id}/files/{file.id}/take-out", 404)


def test_a_file_about_a_hidden_place_is_one_that_never_was(app: Portal, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False, status=None)
        session.flush()
        it = make_commitment(session, make_office(session), market_id=hidden.id)
        file = add_file(session, it, b"Two lamps.")
        insider, outsider = make_member(session, ("community_lead",)), make_member(session, ("community_lead",))
        let_in(session, hidden, insider)
    for lang in ("en", "es"):
        there = app.test_client().get(f"/{lang}/promises/{it.slug}/files/{file.id}")
        never = app.test_client().get(f"/{lang}/promises/never-there-k7f2qd/files/{file.id ^ 1}")
        assert (there.status_code, there.data, there.headers.get("ETag")) == (404, never.data, None)
    inside, outside = app.test_client(), app.test_client()
    sign_in(inside, insider)
    sign_in(outside, outsider)
    assert inside.get(f"/en/team/promises/{it.id}/files/{file.id}").data == b"Two lamps."
    assert outside.get(f"/en/team/promises/{it.id}/files/{file.id}").status_code == 404
    with work() as session:
        session.get_one(Market, hidden.id).released_at = now() - timedelta(minutes=1)
        renew_cache_version()
    assert app.test_client().get(f"/en/promises/{it.slug}/files/{file.id}").data == b"Two lamps."


def test_file_of_one_promise_is_not_reached_through_another(app: Portal, work: Work) -> None:
    with work() as session:
        one, other = make_commitment(session, make_office(session)), make_commitment(session, make_office(session))
        file = add_file(session, one, b"Two lamps.")
        with pytest.raises(NotFound):
            file_in(other, file.id)
    assert app.test_client().get(f"/en/promises/{other.slug}/files/{file.id}").status_code == 404


def test_a_file_that_names_a_hidden_place_is_warned_of_once(app: Portal, work: Work) -> None:
    with work() as session:
        office = make_office(session)
        it = make_commitment(session, office)
        hidden = make_market(session, "Quetzal Stairs", released=False, status=None)
        session.flush()
        member = make_member(session, ("police_liaison",))
        session.add(Belonging(organisation_id=office.organisation_id, member_id=member.id))
        let_in(session, hidden, member)
    reader = Reader(app.test_client())
    sign_in(reader.client, member)
    url = f"/en/team/promises/{it.id}/evidence"
    warned = reader.read(send(reader, url, b"The lamps at the Quetzal Stairs", "lamps.txt"), 422)
    assert "Quetzal Stairs" in warned.text
    assert warned.find("#file").get("aria-invalid") == "true"
    send(reader, url, b"The lamps", "lamps.txt", warned="")
    with work() as session:
        assert len(session.scalars(select(EvidenceFile)).all()) == 1
