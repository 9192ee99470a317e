"""The handover pack: whole, in both languages, for those who answer for a place and for nobody else."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import now, today
from portal.core.i18n import speaking
from portal.markets.places import Evidence, Market
from portal.partners.callin.call_in import CallInPlan
from portal.partners.circle_rules import CircleRole
from portal.upkeep.pack import PackSection, bound
from tests.make import (
    both,
    let_in,
    make_circle,
    make_commitment,
    make_market,
    make_meeting,
    make_member,
    make_office,
    sign_in,
    sit_in,
)
from tests.page import SAME_ORIGIN, Reader
from tests.partners.callin.evenings import plan
from tests.pdfs import accessible, text_of

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
QUOTES = ("Nadia Ñandú", "Old Owner", "A signed letter.", "We knock on doors")


@pytest.fixture
def place(work):
    """A hidden place with an owner, a deputy, evidence and a meeting, and the ids of its people."""
    with work() as session:
        market = make_market(session, "Birch Street", released=False)
        lead = make_member(session, ["community_lead"], name="Nadia Ñandú")
        owner = make_member(session, ["organizer"], name="Old Owner")
        let_in(session, market, lead, owner)
        market.owner_id, market.deputy_id = owner.id, lead.id
        session.add(
            Evidence(
                market_id=market.id,
                item="sponsor",
                state="done",
                said="A signed letter.",
                link="",
                done_on=today(),
                member_id=lead.id,
                noted_at=now(),
            )
        )
        make_meeting(session, owner, market_id=market.id, title=both("We knock on doors", "Tocamos puertas"))
        make_commitment(session, make_office(session), market_id=market.id)
        return market.id, lead, owner


def reader_of(app, member):
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


@LANGUAGES
def test_the_page_and_the_file_say_the_same(app, place, lang):
    market_id, lead, _owner = place
    read = reader_of(app, lead)
    found = read(f"/{lang}/team/handover/{market_id}", quotes=QUOTES)
    answer = read.client.get(f"/{lang}/team/handover/{market_id}.pdf", headers=SAME_ORIGIN)
    assert answer.mimetype == "application/pdf"
    assert "irch" not in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    file = PdfReader(io.BytesIO(answer.data))
    text = " ".join(" ".join(sheet.extract_text() for sheet in file.pages).split())
    kinds = [kind for kind, _element in accessible(answer.data, lang, file.metadata.title)]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") > 4
    words = {
        "en": (
            "Birch Street",
            "Confidential",
            "Owner",
            "Nadia Ñandú",
            "A signed letter.",
            "We knock on doors",
            "line by night.",
        ),
        "es": (
            "Calle Birch",
            "Confidencial",
            "Responsable",
            "Nadia Ñandú",
            "A signed letter.",
            "Tocamos puertas",
            "de noche.",
        ),
    }[lang]
    for word in words:
        assert word in found.text
        assert word in text


@LANGUAGES
def test_a_release_to_come_is_not_said_to_have_been(app, work, place, lang):
    market_id, lead, _owner = place
    said = {"en": ("Will be released", "Released"), "es": ("Se hará público", "Se hizo público")}[lang]
    for hours, word in ((2, said[0]), (-2, said[1])):
        with work() as session:
            session.get(Market, market_id).released_at = now() + timedelta(hours=hours)
        found = reader_of(app, lead)(f"/{lang}/team/handover/{market_id}", quotes=QUOTES)
        assert {term.text for term in found.tree.iter("dt")} & set(said) == {word}


@pytest.mark.parametrize("filler", range(20, 60, 3))
def test_what_belongs_together_stands_on_one_page(app, filler):
    lines = [("Filler", "\n".join(["x"] * filler)), ("Item", "Evidence one\nEvidence two"), ("Last", "End")]
    with app.test_request_context("/en/"):
        file = PdfReader(io.BytesIO(bound("Pack", [PackSection("First", lines[:1]), PackSection("Second", lines[1:])])))
    pages = [sheet.extract_text() for sheet in file.pages]
    holder = next(page for page in pages if "Item" in page)
    assert all(word in holder for word in ("Second", "Evidence one", "Evidence two"))


@LANGUAGES
def test_a_pack_of_very_much_and_of_nothing_is_made_whole(app, lang):
    people = "; ".join(f"Nadia Ñandú the {number}." for number in range(400))
    long = PackSection("#panic() $x$ [y] \\ 🙂", [("W" * 300, "W" * 300), ("", ""), ("Admitted by name", people)])
    steps = PackSection(
        "Steps", [(f"Step {number}", "Done\n\nhttps://example.org/" + "x" * 300) for number in range(60)]
    )
    with app.app_context(), speaking(lang):
        whole, empty = bound("Pack", [long, steps]), bound("Pack", [])
    text = text_of(whole)
    assert all(f"the {number}." in text for number in range(400))
    assert all(f"Step {number} " in text for number in range(60))
    assert "#panic() $x$ [y] \\" in text
    foot = {"en": "Confidential", "es": "Confidencial"}[lang]
    pages = PdfReader(io.BytesIO(whole)).pages
    assert all(
        foot in page.extract_text() and f"{number} / {len(pages)}" in page.extract_text()
        for number, page in enumerate(pages, 1)
    )
    accessible(whole, lang, "Pack")
    accessible(empty, lang, "Pack")


def test_whoever_takes_it_is_in_the_audit_log(app, work, place):
    market_id, lead, _owner = place
    read = reader_of(app, lead)
    read(f"/en/team/handover/{market_id}")
    read.client.get(f"/en/team/handover/{market_id}.pdf", headers=SAME_ORIGIN)
    with work() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "market.handover_taken")).all()
        assert [(event.actor_id, event.object_id) for event in events] == [(lead.id, str(market_id))] * 2


@pytest.mark.parametrize("role", ["community_lead", "organizer", "police_liaison"])
def test_of_a_hidden_place_nobody_else_takes_one(app, work, place, role):
    market_id, _lead, _owner = place
    with work() as session:
        stranger = make_member(session, [role])
    read = reader_of(app, stranger)
    for ending in ("", ".pdf"):
        hidden = read.client.get(f"/en/team/handover/{market_id}{ending}", headers=SAME_ORIGIN)
        never = read.client.get(f"/en/team/handover/{market_id ^ 1}{ending}", headers=SAME_ORIGIN)
        assert hidden.status_code == never.status_code == 404
        assert hidden.data == never.data


def test_who_is_admitted_and_answers_for_nothing_takes_none(app, work, place):
    market_id, _lead, _owner = place
    with work() as session:
        other = make_member(session, ["organizer"])
        let_in(session, session.get(Market, market_id), other)
    reader_of(app, other)(f"/en/team/handover/{market_id}", 404)


@LANGUAGES
def test_of_a_public_place_it_has_reviews_and_what_is_open(app, work, lang):
    with work() as session:
        market = make_market(session)
        lead = make_member(session, ["community_lead"])
    found = reader_of(app, lead)(f"/{lang}/team/handover/{market.id}")
    assert {"en": "Next weekly review", "es": "Próxima revisión semanal"}[lang] in found.text
    assert {"en": "0 running", "es": "0 en curso"}[lang] in found.text


# --- the call-in that a circle prepares for the place ---

CALL_IN = {"en": "Call-in, prepared in a circle", "es": "Reunión con quienes vendían que prepara"}
ON = timedelta(days=9)


@pytest.fixture
def prepared(work, place):
    """Its call-in, which a circle prepares whose lead is admitted and stands in for the owner."""
    market_id, lead, owner = place
    with work() as session:
        circle = make_circle(session, lead, with_police=True)
        call_in = plan(circle, lead, today() + ON, run=False)
        call_in.market_id = market_id
        return market_id, lead, owner, circle, call_in


def pack_of(app, member, market_id, lang="en"):
    """The page without what is new with every second, and whether the call-in stands on it."""
    page = reader_of(app, member).client.get(f"/{lang}/team/handover/{market_id}").get_data(as_text=True)
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page), CALL_IN[lang] in page


@LANGUAGES
def test_who_prepares_the_call_in_finds_its_day(app, prepared, lang):
    market_id, lead, _owner, circle, call_in = prepared
    read = reader_of(app, lead)
    found = read(f"/{lang}/team/handover/{market_id}", quotes=QUOTES)
    line = next(one for one in found.find_all("dl.facts div") if CALL_IN[lang] in "".join(one.itertext()))
    assert str(call_in.held_on.day) in line.find("dt").text
    assert circle.name[lang] not in found.text
    file = PdfReader(io.BytesIO(read.client.get(f"/{lang}/team/handover/{market_id}.pdf", headers=SAME_ORIGIN).data))
    assert CALL_IN[lang] in " ".join(" ".join(sheet.extract_text() for sheet in file.pages).split())


@pytest.mark.parametrize("who", ["no seat", "no key", "police, no seat"])
def test_to_nobody_else_is_the_call_in_there(app, work, prepared, who):
    market_id, _lead, owner, circle, call_in = prepared
    with work() as session:
        reader = make_member(session, ["police_liaison"]) if who.startswith("police") else owner
        let_in(session, session.get(Market, market_id), *([reader] if reader is not owner else []))
        session.get(Market, market_id).owner_id = reader.id
        if who == "no key":
            sit_in(session, session.merge(circle), reader, CircleRole.MEMBER, with_key=False)
    with_it, stands = pack_of(app, reader, market_id)
    with work() as session:
        session.delete(session.get(CallInPlan, call_in.id))
    assert (stands, pack_of(app, reader, market_id)[0]) == (False, with_it)


@pytest.mark.parametrize("admitted", [True, False])
def test_which_evening_belongs_to_a_place_only_those_learn_who_are_admitted_by_name(app, work, prepared, admitted):
    _market_id, _lead, _owner, circle, call_in = prepared
    with work() as session:
        shown = make_market(session)
        session.get(CallInPlan, call_in.id).market_id = shown.id
        other = make_member(session, ["community_lead"])
        sit_in(session, session.merge(circle), other, CircleRole.MEMBER)
        if admitted:
            let_in(session, shown, other)
    assert pack_of(app, other, shown.id)[1] is admitted


def test_police_who_sit_in_the_circle_find_the_day_as_they_do_there(app, work, prepared):
    market_id, _lead, _owner, circle, _call_in = prepared
    with work() as session:
        liaison = make_member(session, ["police_liaison"])
        let_in(session, session.get(Market, market_id), liaison)
        session.get(Market, market_id).owner_id = liaison.id
        sit_in(session, session.merge(circle), liaison, CircleRole.MEMBER)
    assert pack_of(app, liaison, market_id)[1]


@pytest.mark.parametrize("change", [{"state": "off"}, {"market_id": None}, {"held_on": date(2020, 1, 7)}])
def test_what_is_off_or_elsewhere_or_over_is_not_said_to_come(app, work, prepared, change):
    market_id, lead, _owner, _circle, call_in = prepared
    with work() as session:
        for name, value in change.items():
            setattr(session.get(CallInPlan, call_in.id), name, value)
    assert not pack_of(app, lead, market_id)[1]
