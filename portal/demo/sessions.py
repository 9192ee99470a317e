"""The sessions of the demonstration's circle of reconciliation, as people plan, hold and answer them on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import session
from portal.core.i18n import LANGUAGES, Bilingual
from portal.demo.staff import Staff
from portal.organisations.queries import open_offices
from portal.partners.models import Circle
from portal.partners.queries.circles import my_seat
from portal.partners.reconciliation.actions import locked, sittings, words
from portal.partners.reconciliation.models import Locked
from portal.partners.reconciliation.queries.sittings import Part, part_in
from portal.partners.reconciliation.rules import Component, Scope, Source, State
from portal.partners.reconciliation.texts.patterns import PATTERNS

PAIRS = ("venue", "community", "agencies", "languages", "report", "report_by")
SPEAKS_FOR_COMMUNITY = "ruth"


def load_sessions(circle: Circle, one: Mapping[str, Any], staff: Staff) -> None:
    """Load what a circle has of sessions."""
    for each in one.get("sessions", ()):
        _load(circle, one["lead"], each, staff)


def _load(circle: Circle, lead_key: str, one: Mapping[str, Any], staff: Staff) -> None:
    lead = staff.members[lead_key]
    pattern = PATTERNS[Component(one["component"])]
    seat = my_seat(circle.id, lead)
    sitting = sittings.plan_session(seat, Component(one["component"]), _plan(one), pattern.rules, lead)
    sitting.ground_rules.made_on = sitting.community_on - timedelta(days=14)
    part = part_in(seat, sitting.id)
    community = part_in(my_seat(circle.id, staff.members[SPEAKS_FOR_COMMUNITY]), sitting.id)
    sittings.accept_rules(community, sitting.ground_rules.id)
    if "notice" in one:
        closes_on = sitting.held_on - timedelta(days=7)
        sittings.ask_public(part, _pair(one["notice"]["title"]), _pair(one["notice"]["about"]), closes_on)
    for key, keep in (("names", locked.keep_names), ("guests", locked.keep_guests)):
        if key in one:
            given = one[key]
            by = part_in(my_seat(circle.id, staff.members[given["by"]]), sitting.id)
            keep(by, {"names": given["names"].strip()}, given["days"])
    for number, (lang, suggestion) in enumerate(one.get("suggestions", ())):
        locked.suggest(sitting, {"suggestion": suggestion, "lang": lang}, number.to_bytes(32, "big"))
    for theme in one.get("themes", ()):
        _write_theme(part, community, theme)
    if sitting.is_over:
        _hold(part, community, one)


def _plan(one: Mapping[str, Any]) -> sittings.Plan:
    pattern = PATTERNS[Component(one["component"])]
    sealed = {"hour": "6:30 PM", "apart": "yes", "level": "themes", "length": "90"}
    texts = {**{name: one[name] for name in PAIRS}, "recorder": {"en": "", "es": ""}}
    for name, text in texts.items():
        sealed |= {f"{name}_{lang}": text[lang] for lang in LANGUAGES}
    for name in ("agenda", "questions"):
        sealed |= {f"{name}_{lang}": getattr(pattern, name)[lang] for lang in LANGUAGES}
    held_on = today() + timedelta(days=one["days"])
    before, after = (held_on - timedelta(days=6), held_on - timedelta(days=4)), held_on + timedelta(days=14)
    return sittings.Plan(pattern.purpose, *before, held_on, after, sealed)


def _write_theme(part: Part, community: Part, one: Mapping[str, Any]) -> None:
    texts = {"title": one["title"], "body": one["body"], "few": one.get("few", {"en": "", "es": ""})}
    said = {f"{name}_{lang}": text[lang] for name, text in texts.items() for lang in LANGUAGES}
    theme = words.write_theme(part, Source(one["source"]), said)
    if "groups" in one:
        asked = select(Locked).where(Locked.session_id == part.sitting.id).order_by(Locked.id)
        found = session.scalars(asked).all()
        locked.group([found[number] for number in one["groups"]], theme)
    if one["state"] != State.DRAFTED:
        words.approve_theme(community, theme, theme.version)
        words.share_theme(part, theme)


def _hold(part: Part, community: Part, one: Mapping[str, Any]) -> None:
    """What comes on the day and after it."""
    held_on = part.sitting.held_on
    sittings.count_heads(part, one["heads"])
    line, said = one["line"], one["acknowledgement"]
    ends = today() + timedelta(days=180)
    words.keep_line(part, Scope.PUBLIC, _pair(line["words"]), _pair(line["by"]), held_on, ends)
    office = next(office for _house, office in open_offices() if office.name.en == said["office"])
    spoken = words.Said(office.id, _pair(said["harm"]), _pair(said["words"]), held_on)
    found = words.draft_acknowledgement(part, spoken)
    words.publish_acknowledgement(part, found)
    words.answer_acknowledgement(community, found, _pair(said["answer"]), _pair(said["answered_by"]))
    found.published_on, found.answered_on = held_on, held_on + timedelta(days=6)
    session.flush()


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
