"""Pages for faith partners: meetings to announce, their texts, and the sheet for a phone tree."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, render_template, request, url_for

from portal.core.clock import now
from portal.core.i18n import LANGUAGES
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.meetings.lists import each_ahead
from portal.meetings.meeting import Meeting, next_meetings, public_meeting
from portal.meetings.paper.paper import CALLS, KIND_NAMES, KINDS, texting, to_announce
from portal.meetings.paper.sheets import sheet

blueprint = AudienceBlueprint(
    "meetings_congregation",
    __name__,
    audience=members("faith_partner", "organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/announce",
)
SOON = timedelta(days=35)
"""A bulletin covers a month, whereas a series is planned for half a year."""


def is_there_to_announce(_member_id: int) -> bool:
    """Return whether a public meeting is ahead."""
    return bool(next_meetings())


@blueprint.get("/")
def index() -> str:
    """List public meetings to come, each date of a series for itself: those to announce now, and later ones."""
    leaf, until = each_ahead(request.args.get("after")), now() + SOON
    soon = [one.meeting for one in leaf.rows if one.meeting.starts_at and one.meeting.starts_at <= until]
    later = [one.meeting for one in leaf.rows if one.meeting not in soon]
    return render_template("meetings/paper/congregation.html", leaf=leaf, meetings=soon, later=later)


@blueprint.get("/<slug>/")
def meeting(slug: str) -> str:
    """Show the texts in both languages and links to the sheets."""
    ahead = _ahead(slug)
    return render_template(
        "meetings/paper/to_announce.html",
        meeting=ahead,
        said={kind: to_announce(ahead, kind) for kind in KINDS},
        names=KIND_NAMES,
        languages=LANGUAGES,
    )


@blueprint.get("/<slug>/phone-tree")
def phone_tree(slug: str) -> str:
    """Show a sheet for members of a congregation who phone each other."""
    ahead = _ahead(slug)
    words = {"texting": texting(ahead), "file": url_for("meetings_congregation.phone_tree_file", slug=slug)}
    return render_template("meetings/paper/phone_tree.html", meeting=ahead, rows=CALLS, **words)


@blueprint.get("/<slug>/phone-tree.pdf")
def phone_tree_file(slug: str) -> Response:
    """Send the sheet for a phone tree as PDF."""
    return Response(sheet(_ahead(slug), "phone-tree"), mimetype="application/pdf")


def _ahead(slug: str) -> Meeting:
    """Return a public meeting that is not over, cancelled ones included: earlier announcements must be corrected.

    Raises `NotFound`.
    """
    found = public_meeting(slug)
    if found.ends_at is None or found.ends_at <= now():
        raise NotFound
    return found
