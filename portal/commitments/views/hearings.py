"""Calling residents to say what became of promises: choosing the promises, printing slips, reading the counts."""

from __future__ import annotations

from flask import flash, render_template
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.commitments.actions import hearings as acts
from portal.commitments.forms import HearingForm
from portal.commitments.models import Hearing
from portal.commitments.queries import answerable, hearing_of, hearings, slips_left
from portal.commitments.texts import slip_words
from portal.commitments.views.team import CALLERS
from portal.core.clock import today
from portal.core.codes import show_code
from portal.core.i18n import LANGUAGES
from portal.core.web import Room, members

Answer = Response | str | tuple[str, int]
room = Room(
    "hearings",
    __name__,
    audience=members(*CALLERS),
    url_prefix="/<lang:lang>/team/promises/answers",
)


@room.get("/")
def index() -> str:
    """Every session at which residents answered or can answer."""
    return render_template("commitments/hearings.html", hearings=hearings(), today=today())


@room.get("/new")
def new() -> str:
    """An empty form."""
    return render_template("commitments/hearing_new.html", form=HearingForm(answerable()))


@room.post("/new")
def call() -> Answer:
    """Call the session, and show the slips to print: their codes are never shown again."""
    form = HearingForm(answerable())
    if not form.validate():
        return render_template("commitments/hearing_new.html", form=form), 422
    hearing = acts.call_hearing(form.title, form.chosen, form.opens_on.data, form.closes_on.data, current_user.id)
    return _slips(hearing, form.slips.data)


@room.get("/<int:hearing_id>")
def hearing(hearing_id: int) -> str:
    """How it stands: how many slips are still out, and the counts once it is over."""
    found = hearing_of(hearing_id)
    return render_template(
        "commitments/hearing.html", hearing=found, left=slips_left(found.id), is_over=today() > found.closes_on
    )


def _slips(hearing: Hearing, count: int) -> str:
    codes = acts.print_slips(hearing, count, current_user.id)
    flash(_("The slips are ready. Print them now: the codes are kept nowhere and not shown again."), "warning")
    words = {lang: slip_words(lang) for lang in LANGUAGES}
    shown = [show_code(code) for code in codes]
    return render_template("commitments/slips.html", hearing=hearing, codes=shown, words=words)
