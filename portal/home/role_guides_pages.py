"""The page with the guide of a member's roles, and the link to it from every page of the team."""

from __future__ import annotations

from flask import render_template, request, url_for

from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.home.role_guides import anchor_for, steps_of

blueprint = AudienceBlueprint("role_guides", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/team/how")


@blueprint.get("/")
def index() -> str:
    """Show the steps of a member's roles, with pictures."""
    return render_template("home/role_guide.html", steps=steps_of(_roles()))


@blueprint.app_template_global()
def how_it_is_done() -> str:
    """Return the URL of the step that is done on the current page, or of the whole guide."""
    return url_for("role_guides.index", _anchor=anchor_for(_roles(), request.blueprint or ""))


def _roles() -> list[Role]:
    return [Role(role) for role in current_user.roles]
