"""Founding a circle."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.accounts.phrase_pages import Answer
from portal.accounts.sessions import person
from portal.core.editing import both
from portal.core.web import Room, members
from portal.partners.actions.circles import found_circle
from portal.partners.forms import FoundingForm
from portal.partners.texts import USUAL_STATEMENT

room = Room(
    "circles_founding",
    __name__,
    audience=members("community_lead", "faith_partner", "facilitator"),
    url_prefix="/<lang:lang>/circles/new",
)


@room.route("/", methods=["GET", "POST"])
def found() -> Answer:
    """Say what the circle is for; its recovery phrase comes next."""
    form = FoundingForm(data=both("words", USUAL_STATEMENT))
    if not form.is_submitted():
        return render_template("partners/found.html", form=form)
    if not form.validate():
        return render_template("partners/found.html", form=form), 422
    circle = found_circle(form.founding, person().member)
    flash(
        _("The circle is founded, and you lead it. Now make its recovery phrase, so that it can be written to."),
        "success",
    )
    return redirect(url_for("circles.new_phrase", circle_id=circle.id))
