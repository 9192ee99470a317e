"""What the editor of a meeting puts in with one tap: a saved venue, or who hosted and reported back before.

Its buttons save nothing. They fill in both languages; own words that they replace are shown, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from flask import request
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from portal.core.db import session
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, language, speaking
from portal.markets.places import may_be_known
from portal.meetings.forms import MeetingForm
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import Mode
from portal.meetings.venues import COPIED, LATEST, Venue, venues

PUT = "put:"
VENUE = "venue"
PEOPLE = ("host", "report_back_by")
MOST = 4
USUAL_REPORTER = _l("Whoever organizes it, on this page")


@dataclass(frozen=True)
class KnownName:
    """A host or reporter of earlier meetings, in both languages."""

    key: str
    name: Bilingual


@dataclass(frozen=True)
class Suggestions:
    """What can be put in: saved venues, the chosen one first, and people by the name of their field."""

    venues: Sequence[Venue]
    chosen: int | None
    people: dict[str, list[KnownName]]


def suggestions(form: MeetingForm, member_id: int) -> Suggestions:
    """Return what can be put into this form."""
    found = venues(member_id)
    place = form.pair("place")
    chosen = next((one.id for one in found if one.place == place and place != NOTHING), None)
    people = {field: [one for one in _known(field, member_id) if one.name != form.pair(field)] for field in PEOPLE}
    return Suggestions(found, chosen, {field: names[:MOST] for field, names in people.items()})


def begin(form: MeetingForm, member_id: int) -> None:
    """Fill in what is nearly always so in a new meeting: in person, and who reports back on the page."""
    form.original.data, form.mode.data = language(), Mode.IN_PERSON.value
    known = _known("report_back_by", member_id)
    _fill(form, "report_back_by", known[0].name if known else usual_reporter())


def usual_reporter() -> Bilingual:
    """Return the usual reporter in both languages."""
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = str(USUAL_REPORTER)
    return Bilingual(**said)


def put_in(form: MeetingForm, member_id: int) -> bool:
    """Put in what the pressed button offers; return whether it was such a button.

    The form then names the part that was filled, and the own words that were replaced.
    """
    then = request.form.get("then", "")
    if not then.startswith(PUT):
        return False
    field, _, key = then.removeprefix(PUT).partition(":")
    before, kept = _said(form), venues(member_id)
    if field == VENUE:
        _put_venue(form, next((one for one in kept if str(one.id) == key), None))
    elif field in PEOPLE:
        name = next((one.name for one in _known(field, member_id) if one.key == key), None)
        if name is not None:
            _fill(form, field, name)
    ours = {"", *(text for one in kept for text in _texts(one))}
    form.replaced = tuple(old for old, new in zip(before, _said(form), strict=True) if old != new and old not in ours)
    form.filled = field
    for one in form:
        one.errors = ()
    return True


def _texts(kept: Venue) -> list[str]:
    pairs = (kept.place, kept.access, kept.usual_host)
    return [*(pair[lang] for pair in pairs for lang in LANGUAGES), kept.address]


def _put_venue(form: MeetingForm, found: Venue | None) -> None:
    if found is None:
        return
    _fill(form, "place", found.place)
    _fill(form, "access", found.access)
    if found.usual_host != NOTHING:
        _fill(form, "host", found.usual_host)
    form.address.data, form.address.raw_data = found.address, None
    if form.mode.data == Mode.ONLINE:
        form.mode.data = Mode.HYBRID.value


def _said(form: MeetingForm) -> list[str]:
    texts = [form[f"{name}_{lang}"].data or "" for name in (*COPIED, *PEOPLE[1:]) for lang in LANGUAGES]
    return [*texts, form.address.data or ""]


def _fill(form: MeetingForm, field: str, text: Bilingual) -> None:
    for lang in LANGUAGES:
        one = form[f"{field}_{lang}"]
        one.data, one.raw_data = text[lang], None


def _known(field: str, member_id: int) -> list[KnownName]:
    """Return who stood in this field of the latest meetings, in both languages, without repeating anyone."""
    latest = select(Meeting).where(may_be_known(Meeting.market_id, member_id))
    meetings = session.scalars(latest.order_by(Meeting.updated_at.desc(), Meeting.id).limit(LATEST)).all()
    names = dict.fromkeys(getattr(one, field) for one in meetings)
    return [KnownName(_key(name), name) for name in names if name.is_whole]


def _key(name: Bilingual) -> str:
    return blake2b(f"{name.en}\n{name.es}".encode(), digest_size=6).hexdigest()
