"""What a congregation announces: words and sheets of public meetings, for faith partners. No answer, no name."""

from __future__ import annotations

from datetime import timedelta

from flask import render_template

from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.i18n import LANGUAGES
from portal.core.web import Room, members
from portal.meetings.models import Meeting
from portal.meetings.paper.models import KINDS
from portal.meetings.paper.texts import CALLS, KIND_NAMES, texting
from portal.meetings.paper.words import to_announce
from portal.meetings.queries import public_meeting, upcoming_meetings

room = Room(
    "meetings_congregation",
    __name__,
    audience=members("faith_partner", "organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/announce",
)
SOON = timedelta(days=35)
"""A bulletin speaks of the month; of a series half a year is planned."""


@room.get("/")
def index() -> str:
    """The meetings to come that everybody may know of: those that are announced by now, and what comes later."""
    ahead = upcoming_meetings()
    soon = [one for one in ahead if one.starts_at and one.starts_at <= now() + SOON]
    later = [one for one in ahead if one not in soon]
    return render_template("meetings/paper/congregation.html", meetings=soon, later=later)


@room.get("/<slug>/")
def meeting(slug: str) -> str:
    """The words in both languages, and the sheets."""
    ahead = _ahead(slug)
    return render_template(
        "meetings/paper/to_announce.html",
        meeting=ahead,
        said={kind: to_announce(ahead, kind) for kind in KINDS},
        names=KIND_NAMES,
        languages=LANGUAGES,
    )


@room.get("/<slug>/phone-tree")
def phone_tree(slug: str) -> str:
    """A sheet for people of one congregation who call each other."""
    ahead = _ahead(slug)
    return render_template("meetings/paper/phone_tree.html", meeting=ahead, rows=CALLS, texting=texting(ahead))


def _ahead(slug: str) -> Meeting:
    """A public meeting that is not over, called off or not: whoever announced it has to take that back."""
    found = public_meeting(slug)
    if found.ends_at is None or found.ends_at <= now():
        raise NotFound
    return found
