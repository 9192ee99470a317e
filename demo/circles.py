"""Organisations and circles of the demonstration with call-ins, polls and sessions.

They are loaded by the same actions as on the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from sqlalchemy import select

from demo.staff import Staff
from demo.texts import days_ago, pair
from portal.accounts.desk_keys import set_up_desk
from portal.accounts.users import Member
from portal.core.clock import today, zone
from portal.core.code_words import new_recovery_phrase, recovery_key
from portal.core.db import session
from portal.core.i18n import LANGUAGES
from portal.organisations.organisations import (
    Office,
    OrganisationDraft,
    add_organisation,
    keep_office,
    open_offices,
    set_people,
)
from portal.organisations.sides import OrganisationKind, TableSide
from portal.partners.callin import call_in
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInOffer, CallInPlan, lines
from portal.partners.callin.evening_rules import USUAL, Consent, RunPart, give, take_back
from portal.partners.circle_rules import CircleKind, CircleRole, last_day
from portal.partners.circles import Circle, CircleSeat, my_invitation, my_seat, seats
from portal.partners.members import Founding, admit, desk_of, found_circle, invite, join
from portal.partners.notes import answer as answer_note
from portal.partners.notes import begin_topic
from portal.partners.polls.deciding import Proposal, Says, answer, answer_as_guest, ask_guest, propose
from portal.partners.polls.rules import SlotChoice, span_on
from portal.partners.reconciliation import planning, telling
from portal.partners.reconciliation.rules import Component, QuoteScope, ThemeSource, ThemeState
from portal.partners.reconciliation.sessions import Participation, SealedEnvelope, part_in
from portal.partners.reconciliation.texts import PATTERNS
from portal.partners.texts import USUAL_STATEMENT

PLAN = ("begins", "where", "people", "coordinator", "reach", "labels", "apart", "chairs")
TEXTS = ("who", "name", "point", "asked_by", "block", "door", "ride", "support", "interpreter", "notes")


def load_call_in(seat: CircleSeat, entry: Mapping[str, Any]) -> None:
    """Plan a call-in like its lead: the usual run of show, the speakers, and the offers."""
    held_on = today() + timedelta(days=entry["in_days"])
    plan = call_in.plan_call_in(seat, held_on, {name: entry[name] for name in PLAN}, None)
    call_in.fill_run(seat, plan)
    cards = _load_voices(seat, plan, entry["voices"])
    alternates = {voice.get("alternate") for voice in entry["voices"]}
    speakers = [card for name, card in cards.items() if name not in alternates]
    places = [row for row, item in zip(lines(CallInItem, plan), USUAL, strict=True) if item.part is RunPart.VOICE]
    for row, card in zip(places, speakers, strict=False):
        words = {"part": RunPart.VOICE.value, "about": "", "voice": str(card.id)}
        call_in.change_line(seat, plan, row, words)
    for offer in entry["offers"]:
        call_in.add_line(seat, plan, CallInOffer(), {**offer, "made": "0", "delivered": "0"})


def _load_voices(seat: CircleSeat, plan: CallInPlan, voices: list[Mapping[str, Any]]) -> dict[str, CallInCard]:
    cards: dict[str, CallInCard] = {}
    accounts = {other.member.name: str(other.member.id) for other in seats(seat.circle)}
    # Alternates come first, because the other speakers refer to them.
    for voice in sorted(voices, key=lambda voice: "alternate" in voice):
        words = {name: voice.get(name, "") for name in TEXTS}
        words["alternate"] = str(cards[voice["alternate"]].id) if "alternate" in voice else ""
        words["member"] = accounts.get(voice.get("account", ""), "")
        words |= {"safety": "", "rehearsed": days_ago(3).isoformat() if voice.get("rehearsed") else ""}
        for consent in voice["consents"]:
            words = give(words, Consent(consent), days_ago(6))
        for consent in voice.get("taken_back", ()):
            words = take_back(words, Consent(consent), today())
        cards[voice["name"]] = call_in.add_line(seat, plan, CallInCard(), words)
    return {voice["name"]: cards[voice["name"]] for voice in voices}


def load_poll(circle: Circle, entry: Mapping[str, Any], staff: Staff) -> None:
    """Propose a poll, make links for guests, and answer it."""
    seat = my_seat(circle.id, staff.members[entry["author"]])
    words = {f"{name}_{lang}": entry[name][lang] for name in ("question", "place") for lang in LANGUAGES}
    essential = [staff.members[key].id for key in entry["essential"]]
    spans = [
        span_on(
            zone(), today() + timedelta(days=slot["in_days"]), time.fromisoformat(slot["at"]), minutes=entry["minutes"]
        )
        for slot in entry["slots"]
    ]
    closes_on = today() + timedelta(days=entry["closes_in_days"])
    poll = propose(seat, Proposal(words, spans, closes_on, essential, entry["community_needed"]))
    poll.asked_on = days_ago(entry["days_ago"])
    for name in entry["guests"]:
        guest = ask_guest(seat, poll, name, TableSide.COMMUNITY, is_essential=False)
        answer_as_guest(guest.token, _says(entry, name))
    for key in sorted({key for slot in entry["slots"] for key in slot["says"]} - set(entry["guests"])):
        answer(my_seat(circle.id, staff.members[key]), poll, _says(entry, key))


def _says(entry: Mapping[str, Any], key: str) -> Says:
    return {place: SlotChoice(slot["says"][key]) for place, slot in enumerate(entry["slots"], 1) if key in slot["says"]}


PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")
SPEAKS_FOR_COMMUNITY = "ruth"


def _load_session(circle: Circle, lead: Member, entry: Mapping[str, Any], staff: Staff) -> None:
    component = Component(entry["component"])
    seat = my_seat(circle.id, lead)
    circle_session = planning.plan_session(seat, component, _plan(entry), PATTERNS[component].rules, lead)
    circle_session.ground_rules.made_on = circle_session.community_on - timedelta(days=14)
    part = part_in(seat, circle_session.id)
    community = part_in(my_seat(circle.id, staff.members[SPEAKS_FOR_COMMUNITY]), circle_session.id)
    planning.accept_rules(community, circle_session.ground_rules.id)
    if "notice" in entry:
        closes_on = circle_session.held_on - timedelta(days=7)
        planning.ask_public(part, pair(entry["notice"]["title"]), pair(entry["notice"]["about"]), closes_on)
    for key, keep in (("names", planning.keep_names), ("guests", planning.keep_guests)):
        if key in entry:
            given = entry[key]
            by = part_in(my_seat(circle.id, staff.members[given["by"]]), circle_session.id)
            keep(by, {"names": given["names"].strip()}, given["days"])
    for number, (lang, suggestion) in enumerate(entry.get("suggestions", ())):
        planning.suggest(circle_session, {"suggestion": suggestion, "lang": lang}, number.to_bytes(32, "big"))
    for theme in entry.get("themes", ()):
        _write_theme(part, community, theme)
    if circle_session.is_over:
        _hold(part, community, entry)


def _plan(entry: Mapping[str, Any]) -> planning.SessionPlan:
    pattern = PATTERNS[Component(entry["component"])]
    sealed = {"hour": "6:30 PM", "apart": "yes", "level": "themes", "length": "90"}
    texts = {name: entry[name] for name in PAIRS} | {name: getattr(pattern, name) for name in ("agenda", "questions")}
    for name, text in (texts | {"recorder": {"en": "", "es": ""}}).items():
        sealed |= {f"{name}_{lang}": text[lang] for lang in LANGUAGES}
    held_on = today() + timedelta(days=entry["days"])
    before, after = (held_on - timedelta(days=6), held_on - timedelta(days=4)), held_on + timedelta(days=14)
    return planning.SessionPlan(pattern.purpose, *before, held_on, after, sealed)


def _write_theme(part: Participation, community: Participation, entry: Mapping[str, Any]) -> None:
    texts = {"title": entry["title"], "body": entry["body"], "few": entry.get("few", {"en": "", "es": ""})}
    words = {f"{name}_{lang}": text[lang] for name, text in texts.items() for lang in LANGUAGES}
    theme = telling.write_theme(part, ThemeSource(entry["source"]), words)
    if "groups" in entry:
        of_session = select(SealedEnvelope).where(SealedEnvelope.session_id == part.circle_session.id)
        envelopes = session.scalars(of_session.order_by(SealedEnvelope.id)).all()
        planning.group([envelopes[number] for number in entry["groups"]], theme)
    if entry["state"] != ThemeState.DRAFTED:
        telling.approve_theme(community, theme, theme.version)
        telling.share_theme(part, theme)


def _hold(part: Participation, community: Participation, entry: Mapping[str, Any]) -> None:
    """Load the records of the day of a session and of the days after it."""
    held_on = part.circle_session.held_on
    planning.count_heads(part, entry["heads"])
    line, spoken = entry["line"], entry["acknowledgement"]
    ends = today() + timedelta(days=180)
    telling.keep_line(part, QuoteScope.PUBLIC, pair(line["words"]), pair(line["by"]), held_on, ends)
    office = next(office for _house, office in open_offices() if office.name.en == spoken["office"])
    text = telling.AcknowledgementText(office.id, pair(spoken["harm"]), pair(spoken["words"]), held_on)
    acknowledgement = telling.draft_acknowledgement(part, text)
    telling.publish_acknowledgement(part, acknowledgement)
    telling.answer_acknowledgement(community, acknowledgement, pair(spoken["answer"]), pair(spoken["answered_by"]))
    acknowledgement.published_on, acknowledgement.answered_on = held_on, held_on + timedelta(days=6)
    session.flush()


def load_circles(texts: Mapping[str, Any], staff: Staff) -> dict[str, str]:
    """Load organisations and circles; return the recovery phrase of each circle by name."""
    by_id = staff.members["ruth"].id
    for house in texts["organisations"]:
        organisation = add_organisation(OrganisationDraft(OrganisationKind(house["kind"]), pair(house["name"])), by_id)
        for office in house["offices"]:
            keep_office(Office(organisation_id=organisation.id), pair(office["name"]), office["contact"], by_id)
        set_people(organisation, [staff.members[key].id for key in house["people"]], by_id)
    return {f"circle “{entry['name']['en']}”": _load_circle(entry, staff) for entry in texts["circles"]}


def _load_circle(entry: Mapping[str, Any], staff: Staff) -> str:
    lead = staff.members[entry["lead"]]
    founding = Founding(
        CircleKind(entry["kind"]), pair(entry["name"]), pair(entry["purpose"]), USUAL_STATEMENT, entry["with_police"]
    )
    circle = found_circle(founding, lead)
    circle.founded_on = circle.statement.made_on = days_ago(entry["days_ago"])
    phrase = new_recovery_phrase("en")
    set_up_desk(desk_of(circle), lead, recovery_key(phrase).public_key)
    for key, role in entry["people"].items():
        member = staff.members[key]
        invite(my_seat(circle.id, lead), member.email, "", "en", CircleRole(role))
        invited, invitation = my_invitation(circle.id, member)
        join(invited, invitation, member, circle.statement.id)
        admit(my_seat(circle.id, lead), my_seat(circle.id, member), staff.privates[entry["lead"]])
    for key, role in entry.get("invited", {}).items():
        invite(my_seat(circle.id, lead), staff.members[key].email, "", "en", CircleRole(role))
    for topic in entry["topics"]:
        words = {"title": topic["title"], "body": topic["body"].strip()}
        begun = begin_topic(my_seat(circle.id, staff.members[topic["author"]]), words, last_day(90, today()))
        begun.written_on = days_ago(topic["days_ago"])
        for reply in topic.get("answers", ()):
            author = my_seat(circle.id, staff.members[reply["author"]])
            note = answer_note(author, begun, {"body": reply["body"].strip()})
            note.written_on = days_ago(reply["days_ago"])
    session.flush()
    if "call_in" in entry:
        load_call_in(my_seat(circle.id, lead), entry["call_in"])
    for held in entry.get("sessions", ()):
        _load_session(circle, lead, held, staff)
    for poll in entry.get("polls", ()):
        load_poll(circle, poll, staff)
    return phrase
