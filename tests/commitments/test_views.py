"""The ledger as it is written, judged, read and answered."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.commitments import hearings, promise_steps
from portal.commitments.promise_rules import BallotChoice, PromiseActor, PromiseVerdict
from portal.commitments.promises import BallotSlip, Commitment, EvidenceFile, Hearing, HearingItem
from portal.core.clock import now, today
from portal.core.page_cache import renew_cache_version
from portal.core.texted import show_code
from portal.core.web import Portal
from portal.markets.places import Market
from portal.organisations.organisations import Belonging
from tests.conftest import Work
from tests.make import add_file, both, let_in, make_commitment, make_market, make_member, make_office
from tests.news.test_files import jpeg
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of

WHY = both("We saw it.", "Lo vimos.")
SAID = {"text_en": "We saw it.", "text_es": "Lo vimos."}
TYPED = {
    "what_en": "Two lamps at the park gate.",
    "what_es": "Dos luces en el portón del parque.",
    "made_at_en": "Listening session",
    "made_at_es": "Sesión de escucha",
}


def signed_in(app: Portal, work: Work, role: str, house: int | None = None) -> Reader:
    with work() as session:
        member = make_member(session, (role,))
        if house is not None:
            session.add(Belonging(organisation_id=house, member_id=member.id))
    return reader_of(app, member)


def form_of(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


def stored(work: Work) -> Commitment:
    with work() as session:
        return session.scalars(select(Commitment)).unique().one()


def test_promise_is_written_moved_judged_and_read(app: Portal, page: Reader, work: Work) -> None:
    with work() as session:
        office = make_office(session)
        first, other = (today() + timedelta(days=days) for days in (9, 30))
        days = {"made_on": today().isoformat(), "due_on": first.isoformat()}
    form = form_of(signed_in(app, work, "facilitator")("/en/team/promises/new"))
    form.submit(press="publish", office=str(office.id), **days, **TYPED)
    it = stored(work)
    team, public = f"/en/team/promises/{it.id}", f"promises/{it.slug}"
    for code in ("en", "es"):
        found = page(f"/{code}/{public}")
        assert TYPED[f"what_{code}"] in found.text
        assert office.name[code] in found.text
        assert TYPED[f"what_{code}"] in page(f"/{code}/promises/").text
    officer = signed_in(app, work, "police_liaison", office.organisation_id)
    move = form_of(officer(f"{team}/move"))
    again = move.submit(422, due_on=other.isoformat(), text_en="The lamps are late.")
    assert form_of(again).values["text_en"] == "The lamps are late."
    move.submit(due_on=other.isoformat(), **SAID)
    assert SAID["text_en"] in page(f"/en/{public}?moved").text
    assert (stored(work).first_due_on, stored(work).due_on) == (first, other)
    officer(f"{team}/judge", 403)
    pastor = signed_in(app, work, "faith_partner")
    form_of(pastor(f"{team}/judge")).submit(verdict="kept", **SAID)
    assert "The other side says: kept" in page(f"/en/{public}?judged").text
    pastor(f"{team}/move", 403)


def test_what_is_late_never_reads_as_done(app: Portal, page: Reader, work: Work) -> None:
    """Wherever its words stand with how it stands, they say that it was promised."""
    words = both("All nine street lamps are repaired.", "Las nueve luces están reparadas.")
    with work() as session:
        it = make_commitment(session, make_office(session), what=words, due_on=today() - timedelta(days=3))
    for lang in ("en", "es"):
        said = {"en": f"Promised: {words.en}", "es": f"Se prometió: {words.es}"}[lang]
        heads = {"en": ("Promises", "Promise"), "es": ("Compromisos", "Compromiso")}[lang]
        for path in ("", "late/"):
            shown = page(f"/{lang}/promises/{path}")
            assert (shown.find("h1").text, shown.find("article a").text) == (heads[0], words[lang])
        shown = page(f"/{lang}/promises/{it.slug}")
        assert (shown.find(".eyebrow").text, shown.find("h1").text) == (heads[1], words[lang])
        feed = page.client.get(f"/{lang}/promises/all.atom").text
        assert feed.count(words[lang]) == feed.count(said) > 0


def test_promises_about_a_hidden_place_are_nowhere(app: Portal, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False, status=None)
        it = make_commitment(session, make_office(session), market_id=hidden.id)
    client = app.test_client()
    for lang in ("en", "es"):
        never = client.get(f"/{lang}/promises/never-there-k7f2qd")
        there = client.get(f"/{lang}/promises/{it.slug}")
        assert (there.status_code, there.data) == (404, never.data)
        for path in ("", "late/", "due/", "all.csv", "all.atom"):
            assert it.what[lang] not in client.get(f"/{lang}/promises/{path}").text
        assert client.get(f"/{lang}/promises/places/{hidden.slug}/").status_code == 404
        assert client.get(f"/{lang}/promises/offices/{it.office_id}/").status_code == 404
    assert it.slug not in client.get("/sitemap.xml").text


def test_no_day_before_the_release_tells_when_work_began(app: Portal, page: Reader, work: Work) -> None:
    planned, long_ago = date(2031, 3, 9), datetime(2020, 3, 5, tzinfo=UTC)
    with work() as session:
        place = make_market(session, "Birch Street")
        it = make_commitment(session, make_office(session), market_id=place.id)
        promise_steps.plan_milestone(it, WHY, planned, BETWEEN(it.author_id))
        session.flush()
        promise_steps.reach_milestone(it, it.milestones[0].id, BETWEEN(it.author_id))
    lead = signed_in(app, work, "facilitator")
    for reader, address in ((page, f"promises/{it.slug}"), (lead, f"team/promises/{it.id}")):
        row = reader(f"/en/{address}").text.partition("Steps on the way")[2]
        assert str(planned.year) not in row.partition("What happened")[0], "it says when the step was reached"
    with work() as session:
        found = session.scalars(select(Commitment)).unique().one()
        member = make_member(session, ("community_lead",))
        promise_steps.judge(found, PromiseVerdict.KEPT, WHY, PromiseActor(member.roles, id=member.id))
        found.published_at, found.judged_on = long_ago, long_ago.date()
        found.milestones[0].reached_on = long_ago.date()
        for entry in found.entries:
            entry.at = long_ago
    for lang in ("en", "es"):
        for address in (
            f"promises/{it.slug}",
            "promises/",
            "promises/all.csv",
            "promises/all.atom",
            f"places/{place.slug}/",
        ):
            assert not re.search(rb"\b2020\b", page.client.get(f"/{lang}/{address}?then").data), address


def test_the_feed_tells_the_day_and_not_the_hour(app: Portal, work: Work) -> None:
    with work() as session:
        make_commitment(session, make_office(session), what=both("=HYPERLINK(1)", "+1"))
        day = today()
    client = app.test_client()
    feed = ET.fromstring(client.get("/es/promises/all.atom").data)
    moments = [one for kind in ("published", "updated") for one in feed.iter(f"{{http://www.w3.org/2005/Atom}}{kind}")]
    (said,) = {one.text for one in moments}
    assert said.startswith(f"{day}T00:00:00-")
    (row,) = csv.DictReader(io.StringIO(client.get("/en/promises/all.csv").text))
    assert row["what_en"] == "'=HYPERLINK(1)", "it runs nothing in a spreadsheet"
    assert row["standing"] == "due"


def hearing_with(work: Work, slips: int) -> tuple[Hearing, list[str]]:
    with work() as session:
        it = make_commitment(session, make_office(session))
        hearing = hearings.call_hearing(WHY, [it], today(), today() + timedelta(days=3), it.author_id)
        return hearing, hearings.print_slips(hearing, slips, it.author_id)


def test_a_resident_answers_with_a_slip_once(page: Reader, work: Work) -> None:
    hearing, (code, *others) = hearing_with(work, 12)
    door = page("/en/promises/slip/").form().in_other_language(slip=show_code(code)).form().in_other_language()
    assert (door.path, door.form().values["slip"]) == ("/en/promises/slip/", show_code(code))
    asked = door.form().submit(slip=f" {show_code(code).upper()} ")
    assert not asked.form().in_other_language(say1="kept").form().submit().has("form[method=post]")
    with work() as session:
        assert session.scalars(select(HearingItem.kept)).one() == 1
        assert len(session.scalars(select(BallotSlip)).all()) == len(others)
    assert page("/en/promises/slip/").form().send(slip=code).status_code == 422
    # Counts are shown when it is over only.
    with work():
        for other in others:
            hearings.answer(other, {1: BallotChoice.KEPT})
    public = f"/en/promises/{stored(work).slug}"
    assert "What residents say" not in page(public).text
    with work() as session:
        found = session.get_one(Hearing, hearing.id)
        found.opens_on, found.closes_on = today() - timedelta(days=9), today() - timedelta(days=1)
    assert "It was kept 12" in page(f"{public}?fresh").text


def test_codes_cannot_be_tried_without_end(app: Portal, page: Reader) -> None:
    form = page("/en/promises/slip/").form()
    assert {form.send(slip="k7f2-qd3m").status_code for _ in range(60)} == {422, 429}


def test_slips_are_printed_once_in_both_languages(app: Portal, work: Work) -> None:
    with work() as session:
        it = make_commitment(session, make_office(session))
    lead = signed_in(app, work, "community_lead")
    asked = lead("/en/team/promises/answers/new")
    told = form_of(asked).submit(title_en="Spring", title_es="Primavera", promises=[str(it.id)], slips="3")
    assert len(list(told.find_all("ul.slips li"))) == 3
    with work() as session:
        hearing = session.scalars(select(Hearing)).one()
    assert not lead(f"/en/team/promises/answers/{hearing.id}").has("ul.slips")


# --- Files that show how a promise goes: made clean, behind the gate of its place, taken out in sight of everybody ---

WITHDRAWN = both("A face could be seen.", "Se veía una cara.")
BETWEEN = partial(PromiseActor, frozenset({"facilitator"}), frozenset())


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


def test_everybody_gets_a_picture_without_what_it_carried(app: Portal, page: Reader, work: Work) -> None:
    with work() as session:
        office = make_office(session)
        it = make_commitment(session, office)
    officer = signed_in(app, work, "police_liaison", office.organisation_id)
    assert send(officer, f"/es/team/promises/{it.id}/evidence", jpeg()).status_code == 302
    shown = page(f"/es/promises/{it.slug}")
    assert "maria" not in shown.response.text
    link = shown.find("main a[download]")
    assert "".join(link.itertext()).strip() == SAID["text_es"]
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
    keeper, address = signed_in(app, work, "facilitator"), f"/en/team/promises/{it.id}/evidence"
    for url in ("http://example.org", "ftp://example.org", "https://", "seen it"):
        again = form_of(keeper(address)).submit(422, url=url, **SAID)
        assert form_of(again).values["url"] == url, "evidence leads to https only"
    for content in (
        b"MZ\x90\x00",
        b"PK\x03\x04word/document.xml",
        b"<svg onload=alert(1)>\x00",
        b"%PDF-1.7 and no more",
    ):
        again = keeper.read(send(keeper, address, content, "lamp.png"), 422)
        assert again.find("#file").get("aria-invalid") == "true"
        assert form_of(again).values["text_es"] == SAID["text_es"]
    with work() as session:
        assert session.scalars(select(EvidenceFile)).all() == []


def test_what_is_taken_out_is_gone_with_its_reason(app: Portal, page: Reader, work: Work) -> None:
    with work() as session:
        office = make_office(session)
        it, other = make_commitment(session, office), make_commitment(session, office)
        file = add_file(session, it, b"Two lamps.")
    address, client = f"/es/promises/{it.slug}/files/{file.id}", app.test_client()
    assert client.get(address).data == b"Two lamps."
    assert client.get(address.replace(it.slug, other.slug)).status_code == 404, "not through another promise"
    officer = signed_in(app, work, "police_liaison", office.organisation_id)
    take_out = f"/es/team/promises/{it.id}/files/{file.id}/take-out"
    other_house = signed_in(app, work, "police_liaison")
    for path in (take_out, f"/es/team/promises/{it.id}/evidence"):
        other_house(path, 403)
    form = form_of(officer(take_out))
    assert form_of(form.submit(422, text_en="A face.")).values["text_en"] == "A face."
    form.submit(text_en=WITHDRAWN.en, text_es=WITHDRAWN.es)
    gone, never = (client.get(f"/es/promises/{it.slug}/files/{one}") for one in (file.id, 77))
    assert (gone.status_code, gone.data) == (404, never.data)
    shown = page(f"/es/promises/{it.slug}")
    assert WITHDRAWN["es"] in shown.text
    assert not list(shown.find_all("main a[download]"))
    officer(take_out, 404)
    with work() as session:
        kept = session.scalars(select(EvidenceFile)).one()
        assert (kept.content, kept.is_there) == (None, False)
        steps = [entry.step for entry in session.get_one(Commitment, it.id).entries]
        assert steps == ["made", "evidence", "withdrawn"]


def test_a_file_about_a_hidden_place_never_was(app: Portal, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Birch Street", released=False, status=None)
        it = make_commitment(session, make_office(session), market_id=hidden.id)
        file = add_file(session, it, b"Two lamps.")
        insider, outsider = make_member(session, ("community_lead",)), make_member(session, ("community_lead",))
        let_in(session, hidden, insider)
    client = app.test_client()
    for lang in ("en", "es"):
        there = client.get(f"/{lang}/promises/{it.slug}/files/{file.id}")
        never = client.get(f"/{lang}/promises/never-there-k7f2qd/files/{file.id ^ 1}")
        assert (there.status_code, there.data, there.headers.get("ETag")) == (404, never.data, None)
    inside, outside = (reader_of(app, one).client for one in (insider, outsider))
    assert inside.get(f"/en/team/promises/{it.id}/files/{file.id}").data == b"Two lamps."
    assert outside.get(f"/en/team/promises/{it.id}/files/{file.id}").status_code == 404
    with work() as session:
        session.get_one(Market, hidden.id).released_at = now() - timedelta(minutes=1)
        renew_cache_version()
    assert app.test_client().get(f"/en/promises/{it.slug}/files/{file.id}").data == b"Two lamps."


def test_a_file_naming_a_hidden_place_is_warned_of(app: Portal, work: Work) -> None:
    with work() as session:
        office = make_office(session)
        it = make_commitment(session, office)
        hidden = make_market(session, "Quetzal Stairs", released=False, status=None)
        member = make_member(session, ("police_liaison",))
        session.add(Belonging(organisation_id=office.organisation_id, member_id=member.id))
        let_in(session, hidden, member)
    reader = reader_of(app, member)
    url = f"/en/team/promises/{it.id}/evidence"
    warned = reader.read(send(reader, url, b"The lamps at the Quetzal Stairs", "lamps.txt"), 422)
    assert "Quetzal Stairs" in warned.text
    assert warned.find("#file").get("aria-invalid") == "true"
    send(reader, url, b"The lamps", "lamps.txt", warned="")
    with work() as session:
        assert len(session.scalars(select(EvidenceFile)).all()) == 1
