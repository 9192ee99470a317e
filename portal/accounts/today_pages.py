"""The first page after signing in."""

from __future__ import annotations

from flask import render_template

from portal.accounts.sign_in import current_user
from portal.accounts.today import today_of
from portal.core.clock import today
from portal.core.web import SIGNED_IN, AudienceBlueprint

blueprint = AudienceBlueprint("today", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/team/today")


@blueprint.get("/")
def index() -> str:
    """Show what waits for the member, what is overdue, and their next evening."""
    found = today_of(current_user)
    return render_template("accounts/today.html", found=found, name=current_user.member.name, day=today())
