"""Organisations and circles of the demonstration with call-ins, polls and sessions; and child processes of `make run`.

The data is loaded by the same actions as on the pages.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time as clock
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from demo.staff import Staff
from portal.accounts.desk_keys import set_up_desk
from portal.core.clock import today, zone
from portal.core.code_words import new_recovery_phrase, recovery_key
from portal.core.db import session
from portal.core.i18n import LANGUAGES, Bilingual
from portal.leash import leashed
from portal.organisations.organisations import (
    Office,
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
from portal.partners.circles import Circle, CircleSeat, Note, my_invitation, my_seat, seats
from portal.partners.members import Founding, admit, desk_of, found_circle, invite, join
from portal.partners.notes import answer as answer_note
from portal.partners.notes import begin_topic
from portal.partners.polls.deciding import Proposal, Says, answer, answer_as_guest, ask_guest, propose
from portal.partners.polls.rules import SlotChoice, SlotSpan, span_on
from portal.partners.reconciliation import planning, telling
from portal.partners.reconciliation.rules import Component, QuoteScope, ThemeSource, ThemeState
from portal.partners.reconciliation.sessions import Participation, SealedEnvelope, part_in
from portal.partners.reconciliation.texts import PATTERNS
from portal.partners.texts import USUAL_STATEMENT

PLAN = ("begins", "where", "people", "coordinator", "reach", "labels", "apart", "chairs")
TEXTS = ("who", "name", "point", "asked_by", "block", "door", "ride", "support", "interpreter", "notes")


def load_call_in(seat: CircleSeat, one: Mapping[str, Any]) -> None:
    """Plan a call-in like its lead: the usual run of show, the speakers, and the offers."""
    held_on = today() + timedelta(days=one["in_days"])
    found = call_in.plan_call_in(seat, held_on, {name: one[name] for name in PLAN}, None)
    call_in.fill_run(seat, found)
    cards = _load_voices(seat, found, one["voices"])
    _let_speak(seat, found, [card for name, card in cards.items() if name not in _spares(one["voices"])])
    for offer in one["offers"]:
        call_in.add_line(seat, found, CallInOffer(), {**offer, "made": "0", "delivered": "0"})


def _load_voices(seat: CircleSeat, found: CallInPlan, voices: list[Mapping[str, Any]]) -> dict[str, CallInCard]:
    cards: dict[str, CallInCard] = {}
    accounts = {one.member.name: str(one.member.id) for one in seats(seat.circle)}
    # Alternates come first, because the other speakers refer to them.
    for one in sorted(voices, key=lambda voice: "alternate" in voice):
        alternate = cards[one["alternate"]].id if "alternate" in one else ""
        words = {**_words(one), "alternate": str(alternate), "member": accounts.get(one.get("account", ""), "")}
        cards[one["name"]] = call_in.add_line(seat, found, CallInCard(), words)
    return {one["name"]: cards[one["name"]] for one in voices}


def _words(one: Mapping[str, Any]) -> dict[str, str]:
    day = today()
    words = {name: one.get(name, "") for name in TEXTS}
    words |= {"safety": "", "rehearsed": (day - timedelta(days=3)).isoformat() if one.get("rehearsed") else ""}
    for consent in one["consents"]:
        words = give(words, Consent(consent), day - timedelta(days=6))
    for consent in one.get("taken_back", ()):
        words = take_back(words, Consent(consent), day)
    return words


def _spares(voices: list[Mapping[str, Any]]) -> set[str]:
    return {one["alternate"] for one in voices if "alternate" in one}


def _let_speak(seat: CircleSeat, found: CallInPlan, cards: list[CallInCard]) -> None:
    voices = [row for row, item in zip(lines(CallInItem, found), USUAL, strict=True) if item.part is RunPart.VOICE]
    for row, card in zip(voices, cards, strict=False):
        words = {"part": RunPart.VOICE.value, "about": "", "voice": str(card.id)}
        call_in.change_line(seat, found, row, words)


def load_poll(circle: Circle, one: Mapping[str, Any], staff: Staff) -> None:
    """Propose a poll, make links for guests, and answer it."""
    seat = my_seat(circle.id, staff.members[one["author"]])
    poll = propose(seat, _proposal(one, staff))
    poll.asked_on = today() - timedelta(days=one["days_ago"])
    for name in one["guests"]:
        made = ask_guest(seat, poll, name, TableSide.COMMUNITY, is_essential=False)
        answer_as_guest(made.token, _says(one, name))
    for key in sorted({key for slot in one["slots"] for key in slot["says"]} - set(one["guests"])):
        answer(my_seat(circle.id, staff.members[key]), poll, _says(one, key))


def _proposal(one: Mapping[str, Any], staff: Staff) -> Proposal:
    words = {f"{name}_{lang}": one[name][lang] for name in ("question", "place") for lang in ("en", "es")}
    essential = [staff.members[key].id for key in one["essential"]]
    spans = [_span(slot, one["minutes"]) for slot in one["slots"]]
    return Proposal(words, spans, today() + timedelta(days=one["closes_in_days"]), essential, one["community_needed"])


def _span(slot: Mapping[str, Any], minutes: int) -> SlotSpan:
    return span_on(zone(), today() + timedelta(days=slot["in_days"]), time.fromisoformat(slot["at"]), minutes)


def _says(one: Mapping[str, Any], key: str) -> Says:
    return {place: SlotChoice(slot["says"][key]) for place, slot in enumerate(one["slots"], 1) if key in slot["says"]}


PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")
SPEAKS_FOR_COMMUNITY = "ruth"


def load_sessions(circle: Circle, one: Mapping[str, Any], staff: Staff) -> None:
    """Load the sessions of a circle."""
    for each in one.get("sessions", ()):
        _load(circle, one["lead"], each, staff)


def _load(circle: Circle, lead_key: str, one: Mapping[str, Any], staff: Staff) -> None:
    lead = staff.members[lead_key]
    pattern = PATTERNS[Component(one["component"])]
    seat = my_seat(circle.id, lead)
    circle_session = planning.plan_session(seat, Component(one["component"]), _plan(one), pattern.rules, lead)
    circle_session.ground_rules.made_on = circle_session.community_on - timedelta(days=14)
    part = part_in(seat, circle_session.id)
    community = part_in(my_seat(circle.id, staff.members[SPEAKS_FOR_COMMUNITY]), circle_session.id)
    planning.accept_rules(community, circle_session.ground_rules.id)
    if "notice" in one:
        closes_on = circle_session.held_on - timedelta(days=7)
        planning.ask_public(part, _pair(one["notice"]["title"]), _pair(one["notice"]["about"]), closes_on)
    for key, keep in (("names", planning.keep_names), ("guests", planning.keep_guests)):
        if key in one:
            given = one[key]
            by = part_in(my_seat(circle.id, staff.members[given["by"]]), circle_session.id)
            keep(by, {"names": given["names"].strip()}, given["days"])
    for number, (lang, suggestion) in enumerate(one.get("suggestions", ())):
        planning.suggest(circle_session, {"suggestion": suggestion, "lang": lang}, number.to_bytes(32, "big"))
    for theme in one.get("themes", ()):
        _write_theme(part, community, theme)
    if circle_session.is_over:
        _hold(part, community, one)


def _plan(one: Mapping[str, Any]) -> planning.SessionPlan:
    pattern = PATTERNS[Component(one["component"])]
    sealed = {"hour": "6:30 PM", "apart": "yes", "level": "themes", "length": "90"}
    texts = {**{name: one[name] for name in PAIRS}, "recorder": {"en": "", "es": ""}}
    for name, text in texts.items():
        sealed |= {f"{name}_{lang}": text[lang] for lang in LANGUAGES}
    for name in ("agenda", "questions"):
        sealed |= {f"{name}_{lang}": getattr(pattern, name)[lang] for lang in LANGUAGES}
    held_on = today() + timedelta(days=one["days"])
    before, after = (held_on - timedelta(days=6), held_on - timedelta(days=4)), held_on + timedelta(days=14)
    return planning.SessionPlan(pattern.purpose, *before, held_on, after, sealed)


def _write_theme(part: Participation, community: Participation, one: Mapping[str, Any]) -> None:
    texts = {"title": one["title"], "body": one["body"], "few": one.get("few", {"en": "", "es": ""})}
    said = {f"{name}_{lang}": text[lang] for name, text in texts.items() for lang in LANGUAGES}
    theme = telling.write_theme(part, ThemeSource(one["source"]), said)
    if "groups" in one:
        asked = (
            select(SealedEnvelope)
            .where(SealedEnvelope.session_id == part.circle_session.id)
            .order_by(SealedEnvelope.id)
        )
        found = session.scalars(asked).all()
        planning.group([found[number] for number in one["groups"]], theme)
    if one["state"] != ThemeState.DRAFTED:
        telling.approve_theme(community, theme, theme.version)
        telling.share_theme(part, theme)


def _hold(part: Participation, community: Participation, one: Mapping[str, Any]) -> None:
    """Load the records of the day of a session and of the days after it."""
    held_on = part.circle_session.held_on
    planning.count_heads(part, one["heads"])
    line, said = one["line"], one["acknowledgement"]
    ends = today() + timedelta(days=180)
    telling.keep_line(part, QuoteScope.PUBLIC, _pair(line["words"]), _pair(line["by"]), held_on, ends)
    office = next(office for _house, office in open_offices() if office.name.en == said["office"])
    spoken = telling.AcknowledgementText(office.id, _pair(said["harm"]), _pair(said["words"]), held_on)
    found = telling.draft_acknowledgement(part, spoken)
    telling.publish_acknowledgement(part, found)
    telling.answer_acknowledgement(community, found, _pair(said["answer"]), _pair(said["answered_by"]))
    found.published_on, found.answered_on = held_on, held_on + timedelta(days=6)
    session.flush()


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())


def load_circles(texts: Mapping[str, Any], staff: Staff) -> dict[str, str]:
    """Load organisations and circles; return the recovery phrase of each circle by name."""
    for one in texts["organisations"]:
        _load_organisation(one, staff)
    return {f"circle “{one['name']['en']}”": _load_circle(one, staff) for one in texts["circles"]}


def _load_organisation(one: Mapping[str, Any], staff: Staff) -> None:
    by_id = staff.members["ruth"].id
    organisation = add_organisation({"kind": OrganisationKind(one["kind"]), "name": _pair(one["name"])}, by_id)
    for office in one["offices"]:
        keep_office(Office(organisation_id=organisation.id), _pair(office["name"]), office["contact"], by_id)
    set_people(organisation, [staff.members[key].id for key in one["people"]], by_id)


def _load_circle(one: Mapping[str, Any], staff: Staff) -> str:
    lead = staff.members[one["lead"]]
    founding = Founding(
        CircleKind(one["kind"]), _pair(one["name"]), _pair(one["purpose"]), USUAL_STATEMENT, one["with_police"]
    )
    circle = found_circle(founding, lead)
    circle.founded_on = circle.statement.made_on = today() - timedelta(days=one["days_ago"])
    phrase = new_recovery_phrase("en")
    set_up_desk(desk_of(circle), lead, recovery_key(phrase).public_key)
    for key, role in one["people"].items():
        _bring_in(circle, key, CircleRole(role), one["lead"], staff)
    for key, role in one.get("invited", {}).items():
        invite(my_seat(circle.id, lead), staff.members[key].email, "", "en", CircleRole(role))
    for topic in one["topics"]:
        _write(circle, topic, staff)
    if "call_in" in one:
        load_call_in(my_seat(circle.id, lead), one["call_in"])
    load_sessions(circle, one, staff)
    for poll in one.get("polls", ()):
        load_poll(circle, poll, staff)
    return phrase


def _bring_in(circle: Circle, key: str, role: CircleRole, lead_key: str, staff: Staff) -> None:
    member, lead = staff.members[key], my_seat(circle.id, staff.members[lead_key])
    invite(lead, member.email, "", "en", role)
    found, row = my_invitation(circle.id, member)
    join(found, row, member, circle.statement.id)
    admit(lead, my_seat(circle.id, member), staff.privates[lead_key])


def _write(circle: Circle, topic: Mapping[str, Any], staff: Staff) -> None:
    words = {"title": topic["title"], "body": topic["body"].strip()}
    begun = begin_topic(_seat(circle, topic, staff), words, last_day(90, today()))
    _set_back(begun, topic)
    for one in topic.get("answers", ()):
        _set_back(answer_note(_seat(circle, one, staff), begun, {"body": one["body"].strip()}), one)


def _seat(circle: Circle, one: Mapping[str, Any], staff: Staff) -> CircleSeat:
    return my_seat(circle.id, staff.members[one["author"]])


def _set_back(note: Note, one: Mapping[str, Any]) -> None:
    note.written_on = today() - timedelta(days=one["days_ago"])
    session.flush()


STOP_WITHIN = 1.5
"""Seconds until a child that was told to stop is killed. An interrupted job runs again at the next start."""
LOOK_EVERY = 0.05


@dataclass
class Children:
    """Child processes by name, all with the same environment and working directory."""

    environment: Mapping[str, str]
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], *, quiet: bool = False) -> None:
        """Start a child; `quiet` drops its standard output, but not its errors."""
        self.running[name] = subprocess.Popen(  # noqa: S603 - commands come from our own code
            leashed(command),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            # Ctrl-C must reach them through `stop` only, and their own children must die with them.
            start_new_session=True,
        )

    def ended(self) -> str | None:
        """Return the name of a child that has ended by itself, or None."""
        return next((name for name, child in self.running.items() if child.poll() is not None), None)

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Ask all children to stop, and kill those that do not."""
        for child in self.running.values():
            child.terminate()
        deadline = clock.monotonic() + within
        while clock.monotonic() < deadline and any(child.poll() is None for child in self.running.values()):
            clock.sleep(LOOK_EVERY)
        for child in self.running.values():
            self._kill(child)
        self.running.clear()

    def _kill(self, child: subprocess.Popen[bytes]) -> None:
        # Kill the whole process group: a killed web server leaves workers behind.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
