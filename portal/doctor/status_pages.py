"""The page of the state of the installation, for administrators: what wants a look, and what to do about it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.core.jobs.engine import current_engine
from portal.core.web import AudienceBlueprint, members
from portal.doctor.status import last_checked, status_lines

blueprint = AudienceBlueprint(
    "status", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/team/status"
)


@blueprint.get("/")
def index() -> str:
    """Show all checks: those of the database as they are now, those of other servers as a worker last found them."""
    lines = status_lines()
    return render_template(
        "doctor/status.html",
        bad=[line for line in lines if not line.is_good],
        good=[line for line in lines if line.is_good],
        checked_at=last_checked(),
    )


@blueprint.post("/")
def again() -> ResponseReturnValue:
    """Ask a worker to make all checks now."""
    if current_engine().enqueue("check now"):
        flash(_("We are checking. Look again in a minute."), "success")
    else:
        flash(_("That did not work. The checks are made once an hour anyway."), "warning")
    return redirect(url_for("status.index"))
