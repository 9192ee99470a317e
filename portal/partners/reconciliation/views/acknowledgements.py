"""What offices acknowledged, for everybody, with the community's answer and the lines that somebody lets us show."""

from __future__ import annotations

from flask import render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.partners.reconciliation.queries.public import (
    public_acknowledgement,
    public_acknowledgements,
    public_lines,
)

room = Room("acknowledgements", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/acknowledgements")


@room.get("/")
@shared_page
def index() -> str:
    """All of them, the newest first."""
    return render_template("reconciliation/acknowledgements.html", said=public_acknowledgements())


@room.get("/<slug>")
def show(slug: str) -> str:
    """One of them. Kept by nobody, not for a moment: a line that is withdrawn is gone with the next look."""
    found = public_acknowledgement(slug)
    lines = public_lines(found.session_id)
    return render_template("reconciliation/acknowledgement.html", it=found, lines=lines)
