"""Organisations of the demonstration, their promises and circles, all loaded by the same actions as on the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any

from sqlalchemy import select

from demo.places import days_ago, morning, pair
from demo.staff import Staff
from portal.accounts.desk_keys import admit, set_up_desk
from portal.accounts.users import Member
from portal.commitments import promise_steps
from portal.commitments.promise_rules import PromiseStep, PromiseVerdict
from portal.commitments.promises import Commitment, promise_actor
from portal.core.clock import today, zone
from portal.core.crypto import new_recovery_phrase, recovery_key
from portal.core.db import session
from portal.core.files.uploads import clean
from portal.core.i18n import LANGUAGES
from portal.markets.places import Market
from portal.organisations import organisations
from portal.organisations.organisations import Office, open_offices
from portal.organisations.sides import OrganisationKind, TableSide
from portal.partners import circles, members, notes
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInCard, CallInItem, CallInOffer, lines
from portal.partners.callin.evening_rules import USUAL, Consent, RunPart, give, take_back
from portal.partners.circle_rules import CircleKind, CircleRole
from portal.partners.circles import Circle, CircleSeat, my_seat
from portal.partners.notes import Note
from portal.partners.polls import deciding
from portal.partners.polls.rules import SlotChoice, span_on
from portal.partners.reconciliation import planning
from portal.partners.reconciliation.rules import Component, QuoteScope, ThemeSource, ThemeState
from portal.partners.reconciliation.sessions import PATTERNS, Participation, SealedEnvelope, Theme, part_in

PLAN = ("begins", "where", "people", "coordinator", "reach", "labels", "apart", "chairs")
TEXTS = ("who", "name", "point", "asked_by", "block", "door", "ride", "support", "interpreter", "notes")


def load_call_in(seat: CircleSeat, texts: Mapping[str, Any]) -> None:
    held_on, voices = days_ago(-texts["in_days"]), texts["voices"]
    call_in = call_ins.plan_call_in(seat, held_on, {name: texts[name] for name in PLAN}, None)
    call_ins.fill_run(seat, call_in)
    cards: dict[str, CallInCard] = {}
    accounts = {other.member.name: str(other.member.id) for other in circles.seats(seat.circle)}
    # Alternates come first, because the other speakers refer to them.
    for voice in sorted(voices, key=lambda voice: "alternate" in voice):
        alternate = str(cards[voice["alternate"]].id) if "alternate" in voice else ""
        words = {**_words(voice), "alternate": alternate, "member": accounts.get(voice.get("account", ""), "")}
        cards[voice["name"]] = call_ins.keep_line(seat, call_in, CallInCard(), words)
    spares = {voice.get("alternate") for voice in voices}
    speaking = [cards[voice["name"]] for voice in voices if voice["name"] not in spares]
    run = zip(lines(CallInItem, call_in), USUAL, strict=True)
    turns = [row for row, item in run if item.part is RunPart.VOICE]
    for row, card in zip(turns, speaking, strict=False):
        words = {"part": RunPart.VOICE.value, "about": "", "voice": str(card.id)}
        call_ins.keep_line(seat, call_in, row, words)
    for offer in texts["offers"]:
        call_ins.keep_line(seat, call_in, CallInOffer(), {**offer, "made": "0", "delivered": "0"})


def _words(voice: Mapping[str, Any]) -> dict[str, str]:
    day = today()
    words = {name: voice.get(name, "") for name in TEXTS}
    words |= {"safety": "", "rehearsed": (day - timedelta(days=3)).isoformat() if voice.get("rehearsed") else ""}
    for consent in voice["consents"]:
        words = give(words, Consent(consent), day - timedelta(days=6))
    for consent in voice.get("taken_back", ()):
        words = take_back(words, Consent(consent), day)
    return words


def load_poll(circle: Circle, texts: Mapping[str, Any], staff: Staff) -> None:
    seat, slots = my_seat(circle.id, staff.members[texts["author"]]), texts["slots"]
    words = {f"{name}_{lang}": texts[name][lang] for name in ("question", "place") for lang in LANGUAGES}
    essential = [staff.members[key].id for key in texts["essential"]]
    days = [(days_ago(-slot["in_days"]), time.fromisoformat(slot["at"])) for slot in slots]
    spans = [span_on(zone(), day, at, texts["minutes"]) for day, at in days]
    values = {"closes_on": days_ago(-texts["closes_in_days"]), "community_needed": texts["community_needed"]}
    poll = deciding.propose(seat, words, spans, values, essential)
    poll.asked_on = days_ago(texts["days_ago"])
    for name in texts["guests"]:
        _guest, token = deciding.ask_guest(seat, poll, name, TableSide.COMMUNITY, is_essential=False)
        deciding.answer_as_guest(token, _says(slots, name))
    for key in sorted({key for slot in slots for key in slot["says"]} - set(texts["guests"])):
        deciding.answer(my_seat(circle.id, staff.members[key]), poll, _says(slots, key))


def _says(slots: Sequence[Mapping[str, Any]], key: str) -> deciding.Says:
    return {place: SlotChoice(slot["says"][key]) for place, slot in enumerate(slots, 1) if key in slot["says"]}


PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")
SPEAKS_FOR_COMMUNITY = "ruth"


def load_session(circle: Circle, lead: Member, texts: Mapping[str, Any], staff: Staff) -> None:
    component, seat = Component(texts["component"]), my_seat(circle.id, lead)
    pattern = PATTERNS[component]
    sealed = {"hour": "6:30 PM", "apart": "yes", "level": "themes", "length": "90"}
    pairs = {**{name: texts[name] for name in PAIRS}, "recorder": {"en": "", "es": ""}}
    pairs |= {name: pattern[name] for name in ("agenda", "questions")}
    sealed |= {f"{name}_{lang}": text[lang] for name, text in pairs.items() for lang in LANGUAGES}
    days = {"community_on": -6, "agencies_on": -4, "held_on": 0, "report_on": 14}
    plan: dict[str, Any] = {name: days_ago(-texts["days"]) + timedelta(days=number) for name, number in days.items()}
    about = {"component": component, "facilitator_id": lead.id, "purpose": pattern["purpose"]}
    circle_session = planning.plan_session(seat, {**plan, **about}, sealed, pattern["rules"])
    circle_session.ground_rules.made_on = circle_session.community_on - timedelta(days=14)
    part = part_in(seat, circle_session.id)
    community = part_in(my_seat(circle.id, staff.members[SPEAKS_FOR_COMMUNITY]), circle_session.id)
    planning.accept_rules(community, circle_session.ground_rules.id)
    if "notice" in texts:
        closes_on = circle_session.held_on - timedelta(days=7)
        planning.ask_public(part, pair(texts["notice"]["title"]), pair(texts["notice"]["about"]), closes_on)
    for key in ("names", "guests"):
        if key in texts:
            member = staff.members[texts[key]["by"]]
            by, names = part_in(my_seat(circle.id, member), circle_session.id), {"names": texts[key]["names"].strip()}
            planning.keep_names(by, names, texts[key]["days"], member if key == "guests" else None)
    for number, (lang, suggestion) in enumerate(texts.get("suggestions", ())):
        planning.suggest(circle_session, {"suggestion": suggestion, "lang": lang}, number.to_bytes(32, "big"))
    for theme in texts.get("themes", ()):
        _write_theme(part, community, theme)
    if circle_session.is_over:
        _hold(part, community, texts)


def _write_theme(part: Participation, community: Participation, texts: Mapping[str, Any]) -> None:
    pairs = {"title": texts["title"], "body": texts["body"], "few": texts.get("few", {"en": "", "es": ""})}
    words = {f"{name}_{lang}": text[lang] for name, text in pairs.items() for lang in LANGUAGES}
    theme = planning.keep_theme(part, Theme(source=ThemeSource(texts["source"])), words)
    if "groups" in texts:
        envelopes = select(SealedEnvelope).where(SealedEnvelope.session_id == part.circle_session.id)
        suggestions = session.scalars(envelopes.order_by(SealedEnvelope.id)).all()
        planning.group([suggestions[number] for number in texts["groups"]], theme)
    if texts["state"] != ThemeState.DRAFTED:
        planning.approve_theme(community, theme, theme.version)
        planning.share_theme(part, theme)


def _hold(part: Participation, community: Participation, texts: Mapping[str, Any]) -> None:
    held_on = part.circle_session.held_on
    planning.count_heads(part, texts["heads"])
    line, said = texts["line"], texts["acknowledgement"]
    planning.keep_line(part, QuoteScope.PUBLIC, pair(line["words"]), pair(line["by"]), held_on, days_ago(-180))
    office = next(office for office in open_offices() if office.name.en == said["office"])
    values = {"office_id": office.id, "harm": pair(said["harm"]), "words": pair(said["words"])}
    acknowledgement = planning.draft_acknowledgement(part, {**values, "spoken_on": held_on})
    planning.publish_acknowledgement(part, acknowledgement)
    planning.answer_acknowledgement(community, acknowledgement, pair(said["answer"]), pair(said["answered_by"]))
    acknowledgement.published_on, acknowledgement.answered_on = held_on, held_on + timedelta(days=6)
    session.flush()


def load_circles(texts: Mapping[str, Any], staff: Staff) -> dict[str, str]:
    """Load organisations and circles; return the recovery phrase of each circle by name."""
    by_id = staff.members["ruth"].id
    for house in texts["organisations"]:
        values = {"kind": OrganisationKind(house["kind"]), "name": pair(house["name"])}
        organisation = organisations.keep_organisation(None, values, by_id)
        for office in house["offices"]:
            row = Office(organisation_id=organisation.id)
            organisations.keep_office(row, {"name": pair(office["name"]), "contact": office["contact"]}, by_id)
        organisations.set_people(organisation, [staff.members[key].id for key in house["people"]], by_id)
    return {f"circle “{circle['name']['en']}”": _load_circle(circle, staff) for circle in texts["circles"]}


def _load_circle(texts: Mapping[str, Any], staff: Staff) -> str:
    lead = staff.members[texts["lead"]]
    values = {"kind": CircleKind(texts["kind"]), "with_police": texts["with_police"]}
    values |= {name: pair(texts[name]) for name in ("name", "purpose")}
    circle = members.found_circle(values, members.USUAL_STATEMENT, lead)
    circle.founded_on = circle.statement.made_on = days_ago(texts["days_ago"])
    phrase = new_recovery_phrase("en")
    set_up_desk(circle.desk, lead, recovery_key(phrase).public_key)
    for key, role in texts["people"].items():
        member, seat = staff.members[key], my_seat(circle.id, lead)
        members.invite(seat, member.email, "", "en", CircleRole(role))
        members.join(*circles.my_invitation(circle.id, member), member, circle.statement.id)
        admit(circle.desk, member, lead, staff.privates[texts["lead"]])
    for key, role in texts.get("invited", {}).items():
        members.invite(my_seat(circle.id, lead), staff.members[key].email, "", "en", CircleRole(role))
    for topic in texts["topics"]:
        words = {"title": topic["title"], "body": topic["body"].strip()}
        begun = notes.write(_seat(circle, topic, staff), Note(expires_on=days_ago(-90)), words)
        begun.written_on = days_ago(topic["days_ago"])
        for answer in topic.get("answers", ()):
            session.flush()
            reply = Note(topic_id=begun.id)
            note = notes.write(_seat(circle, answer, staff), reply, {"body": answer["body"].strip()})
            note.written_on = days_ago(answer["days_ago"])
        session.flush()
    if "call_in" in texts:
        load_call_in(my_seat(circle.id, lead), texts["call_in"])
    for circle_session in texts.get("sessions", ()):
        load_session(circle, lead, circle_session, staff)
    for poll in texts.get("polls", ()):
        load_poll(circle, poll, staff)
    return phrase


def _seat(circle: Circle, texts: Mapping[str, Any], staff: Staff) -> CircleSeat:
    return my_seat(circle.id, staff.members[texts["author"]])


def load_promises(texts: Mapping[str, Any], staff: Staff, markets: Mapping[str, Market]) -> None:
    """Load all promises, each with a history that is spread evenly between the day it was made and today."""
    offices = {office.name.en: office for office in session.scalars(select(Office))}
    for given in texts["promises"]:
        market, made_days_ago = markets.get(given.get("place", "")), given["made_days_ago"]
        promise = _take_steps(given, staff, offices[given["office"]].id, market.id if market else None)
        steps = len(promise.entries) + 1
        for number, entry in enumerate(promise.entries):
            entry.at = morning(days_ago(made_days_ago - number * made_days_ago // steps))
            if entry.step is PromiseStep.REACHED:
                promise.milestones[0].reached_on = entry.at.date()
        promise.created_at = promise.updated_at = promise.published_at = promise.entries[0].at
        if promise.judged_on is not None:
            promise.judged_on = promise.entries[-1].at.date()
        session.flush()


def _take_steps(given: Mapping[str, Any], staff: Staff, office_id: int, market_id: int | None) -> Commitment:
    by, judge = promise_actor(staff.members["simone"]), promise_actor(staff.members["ruth"])
    values = {
        "what": pair(given["what"]),
        "made_at": pair(given["made_at"]),
        "made_on": days_ago(given["made_days_ago"]),
        "due_on": days_ago(-given.get("first_due_in_days", given["due_in_days"])),
        "office_id": office_id,
        "market_id": market_id,
    }
    promise = promise_steps.draft_commitment(values, by)
    promise_steps.publish_commitment(promise, by)
    if "milestone" in given:
        due_on = days_ago(-given["milestone_in_days"])
        promise_steps.plan_milestone(promise, pair(given["milestone"]), due_on, by)
        session.flush()
    if given.get("reached"):
        promise_steps.reach_milestone(promise, promise.milestones[0].id, by)
    if "moved" in given:
        promise_steps.move_due(promise, days_ago(-given["due_in_days"]), pair(given["moved"]), by)
    if "evidence" in given:
        file = clean(given["evidence_file"].strip().encode()) if "evidence_file" in given else None
        promise_steps.add_evidence(promise, pair(given["evidence"]), "", by, file)
    if "claimed" in given:
        promise_steps.claim_kept(promise, pair(given["claimed"]), by)
    for verdict in PromiseVerdict:
        if verdict.value in given:
            promise_steps.judge(promise, verdict, pair(given[verdict.value]), judge)
    return promise
