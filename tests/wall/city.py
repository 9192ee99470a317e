"""A city in which everything of the table exists once, with everybody of the table in or around it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import people as accounts
from portal.accounts.roles import RECEIVES, Role, kinds_of_desks
from portal.accounts.users import Member
from portal.commitments.hearings import call_hearing
from portal.core.clock import now, today
from portal.following.announcements import draft_announcement
from portal.following.follow_words import Subject
from portal.indicators.counts import FigureEntry, found_area, load_standard_measures, measure_named, write_figures
from portal.indicators.imports import found_source, send_file
from portal.indicators.statistics.plans import default_plan
from portal.indicators.statistics.terms import AreaPart, FileKind
from portal.indicators.studies import keep_plan
from portal.indicators.surveys import call_survey
from portal.indicators.uploads import keep_upload
from portal.markets.gate import note_evidence, turn_key
from portal.markets.gate_rules import EvidenceItem, EvidenceState
from portal.meetings.rsvp import answering
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import MeetingSeats, locked_meeting
from portal.meetings.rsvp.rules import ContactKind
from portal.meetings.venues import keep_venue
from portal.organisations.organisations import Belonging, Organisation
from portal.organisations.sides import TableSide
from portal.partners import members
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInItem, CallInOffer, lines
from portal.partners.callin.evening_rules import Consent
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat, waiting
from portal.partners.notes import Note, write
from portal.partners.polls import deciding
from portal.partners.polls.rules import SlotChoice, SlotSpan
from portal.partners.reconciliation import planning
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource
from portal.partners.reconciliation.sessions import Quote, SealedEnvelope, Theme
from portal.reports.complaints import ComplaintMonth
from portal.reports.holds import ReportHold, place_hold
from portal.reports.threads import pass_on
from portal.reports.triage import Category, Referral
from tests.indicators.published import a_document, publish
from tests.make import (
    add_file,
    both,
    let_in,
    make_call_in,
    make_circle,
    make_commitment,
    make_desk,
    make_guide,
    make_hours,
    make_market,
    make_meeting,
    make_member,
    make_office,
    make_operator,
    make_post,
    make_report,
    make_report_back,
    make_series,
    sit_in,
)
from tests.partners.callin.evenings import add_voice, let_speak, plan
from tests.partners.sessions import accept_for, make_circle_session, make_public_session, part_of
from tests.wall.table import GONE, NOT_SIGNED_IN, ROLES, SEATS, WALL

PHONE = "+13365550142"
DAY = {"question_en": "Umber day", "question_es": "Umber día", "place_en": "Umber hall", "place_es": "Umber sala"}
LONG = f"See https://example.org/{'a' * 90} and what goes on there every night."
"""Behind the words that are looked for, so that a narrow window shows whether they stay in it."""
STATES = ("draft", "approved", "shared")


class City:
    """Ids of all there is, under the names that stand in addresses."""

    def __init__(self, session: Session) -> None:
        self.people: dict[str, Member] = {
            who: make_member(session, [] if who in GONE else ROLES.get(who, []), name=f"Person {number}")
            for number, who in enumerate(WALL)
            if who not in NOT_SIGNED_IN
        }
        self.holes: dict[str, list[Any]] = {}
        self._reports(session)
        self._place_and_meeting(session)
        self._passed_on(session)
        self._promises(session)
        self._voices(session)
        self._listening(session)
        self._public_pages(session)
        self._meetings_and_news(session)
        self._figures(session)
        self.add(token="made-up")

    def add(self, **holes: Any) -> None:
        """Note what stands in the holes of addresses."""
        for name, value in holes.items():
            self.holes.setdefault(name, []).append(value)

    def _reports(self, session: Session) -> None:
        desks = {
            kind: make_desk(session, [one for one in self.people.values() if kind in one.roles], kind)
            for kind in ("triage", "oversight")
        }
        filed = make_report(f"Umber seller at the bus stop. {LONG}", where="Umber corner")
        complaint = make_report("Umber officer pushed me", category=Category.CONDUCT)
        session.add(ComplaintMonth(month_on=today().replace(day=1), filed=11))
        self.code = " ".join(filed.code)
        self.add(thread_id=filed.thread.id, desk_id=desks["triage"].id)
        self.add(thread_id=complaint.thread.id, desk_id=desks["oversight"].id)

    def _place_and_meeting(self, session: Session) -> None:
        self.hidden = hidden = make_market(session, "Umber Alley", released=False)
        let_in(session, hidden, *(one for who, one in self.people.items() if who.endswith(", admitted")))
        for item, state in zip(EvidenceItem, EvidenceState, strict=False):
            lead = self.people["community lead, admitted"]
            note_evidence(hidden, item, lead.id, state=state, said=LONG, link="https://example.org/", done_on=today())
        turn_key(hidden, self.people["police, admitted"], LONG)
        self.place = shown = make_market(session, "Elm Street")
        meeting = make_meeting(session, self.people["organizer, hosts"], slug="porch-evening", market_id=shown.id)
        session.add(MeetingSeats(meeting_id=meeting.id, capacity=12, close_hours=0, text_code="4821"))
        session.flush()
        mail = Contact(ContactKind.MAIL, "umber@example.org")
        wish = Wish(3, first_name="Umberta", access_needs="Umber ramp", contact=mail)
        answering.file_rsvp(locked_meeting(meeting.id), wish, "en", bytes(32))
        self.add(market_id=shown.id, slug="porch-evening", meeting_id=meeting.id, typed="4821")
        self.add(market_id=hidden.id, slug=hidden.slug)
        self.add(slug=shown.slug)

    def _passed_on(self, session: Session) -> None:
        """One of each kind, at the place that the public knows; for every desk everybody whose role has a seat."""
        self.place.owner_id = self.people["organizer, of the place"].id
        let_in(session, self.place, self.people["police, of the place"])
        for kind in RECEIVES:
            seated = [one for one in self.people.values() if kind in kinds_of_desks(map(Role, one.roles))]
            self.add(desk_id=make_desk(session, seated, kind).id)
        for to, readable in (
            ("team", "Umber handed"),
            ("police", "Umber liaised"),
            ("outreach", "Umber helped"),
            ("property", "Umber mended"),
        ):
            about = Category.SERVICES if to == "outreach" else Category.SELLING
            filed = make_report("Umber seller again", category=about, market_id=self.place.id)
            shared = pass_on(filed.thread, Referral(to), "", self.people["outside: triage"].id, f"{readable} {LONG}")
            assert shared
            self.add(thread_id=filed.thread.id, referral_id=shared.id)

    def _promises(self, session: Session) -> None:
        office = make_office(session)
        kept = make_commitment(
            session, office, what=both("Umber pledge", "Umber pledge"), slug="umber-pledge", market_id=self.place.id
        )
        draft = make_commitment(session, office, what=both("Umber idea", "Umber idea"), published=False)
        author = self.people["facilitator, runs the session"].id
        hearing = call_hearing(both("Spring", "Primavera"), [kept], today(), today() + timedelta(days=3), author)
        self.add(office_id=office.id, organisation_id=office.organisation.id, hearing_id=hearing.id)
        self.add(commitment_id=kept.id, slug=kept.slug)
        self.add(file_id=add_file(session, kept, b"Two lamps.").id)
        self.public_promise = kept.id
        self.add(commitment_id=draft.id)

    def _seat_all(self, session: Session, circle: Circle) -> None:
        for who, role in SEATS.items():
            if who != "lead, faith partner":
                sit_in(session, circle, self.people[who], role, with_key=who != "joined, not let in")
        self.add(circle_id=circle.id)

    def _voices(self, session: Session) -> None:
        lead = self.people["lead, faith partner"]
        self.circle = circle = make_circle(session, lead, name="Umber circle", with_police=True)
        circle.purpose = both("Umber purpose", "Umber purpose")
        circle.statement.words = both("Umber vow", "Umber vow")
        self._seat_all(session, circle)
        witness, seat = make_member(session, [], name="Umbert Witness"), my_seat(circle.id, lead)
        sit_in(session, circle, witness, CircleRole.MEMBER)
        sits, topic = my_seat(circle.id, witness), Note(expires_on=_in_a_while())
        write(sits, topic, {"title": "Umber topic", "body": f"Umber words {LONG}"})
        note = write(sits, Note(topic_id=topic.id), {"body": f"Umber answer {LONG}"})
        self.people["witness"] = witness
        for guest in (self.people["invited"], make_member(session, [], name="Umbria Invited")):
            members.invite(seat, guest.email, "", "en", CircleRole.MEMBER)
        self.add(topic_id=topic.id, note_id=note.id, member_id=witness.id)
        self.add(membership_id=waiting(circle)[-1].membership.id)
        self._call_in(session, circle, lead)
        self._poll(circle, lead, witness)
        self._let_go(session, circle)

    def _let_go(self, session: Session, circle: Circle) -> None:
        """Those who sat there; somebody whose account was removed had the name of somebody outside."""
        removed = make_member(session, [], name=self.people["outside: no role"].name)
        for member in (*(self.people[who] for who in GONE), removed):
            sit_in(session, circle, member, CircleRole.MEMBER)
        members.leave(my_seat(circle.id, self.people["left"]))
        for who in ("now police", "now administrator"):
            accounts.give_roles(self.people[who], ROLES[who], None)
        accounts.remove_member(removed, None)

    def _call_in(self, session: Session, circle: Circle, lead: Member) -> None:
        seat = my_seat(circle.id, lead)
        where = {
            "where": f"Umber church {LONG}",
            "coordinator": "Umbra Coordinator",
            "apart": "umber group",
            "chairs": "Nobody.",
        }
        call_in = plan(circle, lead, **where)
        call_in.market_id = self.hidden.id
        voice = {
            "name": "Umberto Voice",
            "point": "worth",
            "safety": f"Umber safety {LONG}",
            "notes": f"Umber story {LONG}",
        }
        card = add_voice(circle, lead, call_in, *Consent, **voice)
        let_speak(circle, lead, call_in, card)
        given = {"what": f"Umber work {LONG}", "office": "", "made": "1", "delivered": "0"}
        offer = call_ins.keep_line(seat, call_in, CallInOffer(), given)
        self.add(call_in_id=call_in.id, card_id=card.id, offer_id=offer.id, item_id=lines(CallInItem, call_in)[0].id)

    def _poll(self, circle: Circle, lead: Member, witness: Member) -> None:
        noon = now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=10)
        spans = [
            SlotSpan(noon, noon + timedelta(hours=1)),
            SlotSpan(noon + timedelta(days=1), noon + timedelta(days=1, hours=1)),
        ]
        seat, closes = my_seat(circle.id, lead), {"closes_on": today() + timedelta(days=5)}
        poll = deciding.propose(seat, DAY, spans, closes, [witness.id])
        guest, token = deciding.ask_guest(seat, poll, "Umberline Slip", TableSide.COMMUNITY, is_essential=False)
        deciding.answer(my_seat(circle.id, witness), poll, {1: SlotChoice.YES})
        deciding.answer_as_guest(token, {1: SlotChoice.NO})
        other = deciding.propose(seat, DAY, spans, closes)
        date = deciding.choose(seat, other, other.slots[1], DAY)
        self.add(poll_id=poll.id, slot_id=poll.slots[0].id, guest_id=guest.id, date_id=date.id)

    def _listening(self, session: Session) -> None:
        lead = self.people["lead, faith partner"]
        facilitator = self.people["facilitator, runs the session"]
        self.listening = circle = make_circle(
            session, lead, name="Umber listeners", kind="reconciliation", with_police=True
        )
        self._seat_all(session, circle)
        house = Organisation(kind="police", name=both("Police", "Policía"))
        session.add(house)
        session.flush()
        session.add(Belonging(organisation_id=house.id, member_id=self.people["of the police's house"].id))
        pages = {
            "agenda_en": "10 Umber welcome\n20 Talk",
            "agenda_es": "10 Umber welcome\n20 Charla",
            "community_en": "Umber cellar",
        }
        circle_session = make_circle_session(session, circle, lead, facilitator=facilitator, days=0, **pages)
        circle_session.purpose = both("Umber aim", "Umber aim")
        accept_for(session, circle_session, *(one for who, one in self.people.items() if who != "has not accepted"))
        chair, leads, member = (
            part_of(circle, circle_session, self.people[who])
            for who in ("facilitator, runs the session", "lead, faith partner", "member, no role")
        )
        planning.suggest(circle_session, {"suggestion": f"Umber suggestion {LONG}", "lang": "en"}, b"n" * 32)
        planning.write_note(chair, {"note": f"Umber note {LONG}"}, 7)
        planning.keep_names(leads, {"names": "Umbro Guest"}, 1)
        contact = part_of(circle, circle_session, self.people["faith partner, member"])
        planning.keep_names(contact, {"names": "Umbrella Guest"}, 1, contact.seat.member)
        drafts = [Theme(source=ThemeSource.TOLD) for _state in STATES]
        themes = [
            planning.keep_theme(chair, draft, _theme(f"Umber {state}"))
            for draft, state in zip(drafts, STATES, strict=True)
        ]
        for one in themes[1:]:
            planning.approve_theme(member, one, one.version)
        planning.share_theme(chair, themes[2])
        for scope, line in ((QuoteScope.SIDES, "Umber sides"), (QuoteScope.CIRCLE, f"Umber inside {LONG}")):
            planning.keep_line(leads, scope, both(line, line), both("A", "Una"), today(), today())
        planning.count_heads(leads, {"residents": 471, "police": 2})
        said = {"office_id": make_office(session).id, "harm": both("Umber unsaid", "Umber unsaid")}
        said |= {"words": both("x", "y"), "spoken_on": today()}
        self.add(
            session_id=circle_session.id, theme_id=themes[0].id, said_id=planning.draft_acknowledgement(leads, said).id
        )
        self.add(line_id=session.scalars(select(Quote.id).where(Quote.scope == QuoteScope.CIRCLE)).one())
        self.add(note_id=session.scalars(select(SealedEnvelope.id).where(SealedEnvelope.kind == "note")).one())

    # What the table does not speak of, so that every page has something on it.

    def _public_pages(self, session: Session) -> None:
        self.place.why_here, self.place.services, self.place.own_name = (both("Elm", "Olmo") for _each in range(3))
        make_operator(session)
        make_call_in(session, self.place)
        make_public_session(session)
        document = a_document(frozen_on=today().isoformat())
        self.add(digest=publish(session, document), measure="drug_calls", slug="what-to-say")
        self.add(slug="stops", decision_id=self.place.standing.id)
        days = {name: today() + timedelta(days=far) for name, far in (("from_on", -9), ("to_on", -2), ("until_on", 9))}
        hold = ReportHold(**days, may_be_told=True)
        place_hold(hold, self.people["outside: administrator"].id)
        self.add(hold_id=hold.id)

    def _meetings_and_news(self, session: Session) -> None:
        editor = self.people["outside: organizer"]
        first = make_meeting(session, editor, slug="porch-first", market_id=self.place.id)
        past = make_meeting(session, editor, slug="porch-past", starts_at=now() - timedelta(days=20))
        make_report_back(session, past)
        # Lists go on after their first rows.
        make_meeting(session, editor, starts_at=now() - timedelta(days=30))
        make_post(session, editor, "light", published_at=now() - timedelta(days=1))
        series = make_series(session, first, slug="porch-series", times=4)
        self.add(series_id=series.id, slug="porch-series", meeting_id=past.id)
        post = make_post(session, editor, "light", slug="lamps-are-back", market_id=self.place.id)
        guide = make_guide(session, "evidence", slug="k7f2qd", files={"en": b"Chairs."}, stale="body_es")
        self.add(post_id=post.id, guide_id=guide.id, slug="lamps-are-back")
        self.add(slug="k7f2qd")
        self.add(slug="porch-past")
        make_hours(session, both("Elm Chapel", "Capilla del Olmo"), 6)
        venue = keep_venue({"place": both("Elm hall", "Salón Olmo"), "access": both("Ramp.", "Rampa.")}, editor.id)
        words = both(f"No water. {LONG}", f"No hay agua. {LONG}")
        values = {"subject": Subject.SAFETY, "words": words, "send_before": now() + timedelta(days=2)}
        told = draft_announcement(values, self.people["outside: community_lead"].id)
        self.add(venue_id=venue.id, announcement_id=told.id)

    def _figures(self, session: Session) -> None:
        lead = self.people["outside: community_lead"]
        load_standard_measures()
        month = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
        area, _other = found_area(self.place, AreaPart.PLACE), found_area(self.place, AreaPart.COMPARISON)
        write_figures([FigureEntry(area.id, measure_named("calls").id, month, 12)])
        keep_plan(self.place, default_plan(self.place.slug, ["calls"], [1]), lead.id)
        rows = f"place,measure,month,value\n{self.place.slug}/place,calls,{month:%Y-%m},14\n"
        table = keep_upload(BytesIO(rows.encode()), "counts.csv", FileKind.MONTHS, lead.id)
        incidents = send_file(
            BytesIO(b"Date,Offense,Lon,Lat\n"), "police.csv", found_source("Police", lead.id), lead.id
        )
        self.add(area_id=area.id, key="calls", survey_id=call_survey(self.place, today(), today(), lead.id).id)
        self.add(upload_id=table.id)
        self.add(upload_id=incidents.id)


def _theme(title: str) -> dict[str, str]:
    names = ("title_en", "title_es", "body_en", "body_es")
    return {**dict.fromkeys(names, title), "body_es": f"{title} {LONG}", "few_en": "", "few_es": ""}


def _in_a_while() -> Any:
    return today() + timedelta(days=90)
