"""The organisations of the demonstration and its circles, which people found, join and write in as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.accounts.actions.desk_keys import set_up_desk
from portal.core.clock import today
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.phrases import new_recovery_phrase, recovery_key
from portal.demo.call_ins import load_call_in
from portal.demo.polls import load_poll
from portal.demo.sessions import load_sessions
from portal.demo.staff import Staff
from portal.organisations.actions import OrganisationDraft, add_organisation, keep_office, set_people
from portal.organisations.models import Office
from portal.organisations.rules import OrganisationKind
from portal.partners.actions.circles import Founding, found_circle
from portal.partners.actions.notes import answer, begin_topic
from portal.partners.actions.people import admit, desk_of, invite, join
from portal.partners.models import Circle, Note
from portal.partners.queries.circles import Seat, my_invitation, my_seat
from portal.partners.rules.circles import CircleRole, Kind
from portal.partners.rules.notes import last_day
from portal.partners.texts import USUAL_STATEMENT


def load_circles(texts: Mapping[str, Any], staff: Staff) -> dict[str, str]:
    """Load all of it; returns the recovery phrase of each circle by its name."""
    for one in texts["organisations"]:
        _load_organisation(one, staff)
    return {f"circle “{one['name']['en']}”": _load_circle(one, staff) for one in texts["circles"]}


def _load_organisation(one: Mapping[str, Any], staff: Staff) -> None:
    by_id = staff.members["ruth"].id
    organisation = add_organisation(OrganisationDraft(OrganisationKind(one["kind"]), _pair(one["name"])), by_id)
    for office in one["offices"]:
        keep_office(Office(organisation_id=organisation.id), _pair(office["name"]), office["contact"], by_id)
    set_people(organisation, [staff.members[key].id for key in one["people"]], by_id)


def _load_circle(one: Mapping[str, Any], staff: Staff) -> str:
    lead = staff.members[one["lead"]]
    founding = Founding(
        Kind(one["kind"]), _pair(one["name"]), _pair(one["purpose"]), USUAL_STATEMENT, one["with_police"]
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
        _set_back(answer(_seat(circle, one, staff), begun, {"body": one["body"].strip()}), one)


def _seat(circle: Circle, one: Mapping[str, Any], staff: Staff) -> Seat:
    return my_seat(circle.id, staff.members[one["author"]])


def _set_back(note: Note, one: Mapping[str, Any]) -> None:
    note.written_on = today() - timedelta(days=one["days_ago"])
    session.flush()


def _pair(texts: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
