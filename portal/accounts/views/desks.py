"""Who can open what comes to my desk: its recovery phrase, colleagues who wait, requests to begin a desk anew."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import anew, queries
from portal.accounts.actions import begin_anew, desk_keys
from portal.accounts.desk_log import log_for_desks
from portal.accounts.forms import LostForm, SpokenForm
from portal.accounts.models import Desk
from portal.accounts.phrase_pages import Answer, make_phrase, use_phrase_of
from portal.accounts.rules.anew import WAIT
from portal.accounts.rules.roles import RECEIVES, SEAT_OF
from portal.accounts.sessions import person
from portal.accounts.texts import audited
from portal.core.editors import page_asked
from portal.core.errors import NotFound
from portal.core.web import Room, members

room = Room("desks", __name__, audience=members(*SEAT_OF), url_prefix="/<lang:lang>/colleagues")
A_FEW = 8


@room.get("/")
def index() -> str:
    """Who sits at my desks, who waits, and what was done lately with accounts and desks."""
    mine = [(desk, queries.seats(desk.id)) for desk in queries.desks_of(person().id)]
    return render_template(
        "accounts/desks.html",
        desks=mine,
        receives=RECEIVES,
        me=person().member,
        requests=anew.requests(),
        had_key=anew.had_key,
        takes_texts=queries.active_key_of,
        wait=WAIT.days,
        log=log_for_desks(1, A_FEW),
        **_words(),
    )


@room.get("/log")
def log() -> str:
    """All that was done with accounts and desks."""
    page = page_asked()
    shown = log_for_desks(page)
    return render_template(
        "accounts/desk_log.html",
        log=shown,
        newer=url_for("desks.log", page=page - 1) if page > 1 else None,
        older=url_for("desks.log", page=page + 1) if shown.has_older else None,
        **_words(),
    )


@room.post("/<int:desk_id>/admit/<int:member_id>")
def admit(desk_id: int, member_id: int) -> Response:
    """Let a colleague open everything that this desk can open."""
    newcomer = queries.member(member_id)
    desk_keys.admit(_my_desk(desk_id), newcomer, person().member, person().private_key())
    flash(_("%(name)s can now open what comes to this desk.", name=newcomer.name), "success")
    return redirect(url_for("desks.index"))


@room.route("/<int:desk_id>/phrase/new", methods=["GET", "POST"])
def new_phrase(desk_id: int) -> Answer:
    """Make the desk's recovery phrase."""
    desk = _my_desk(desk_id)
    return make_phrase(desk, str(desk.name), url_for("desks.index"))


@room.route("/<int:desk_id>/phrase", methods=["GET", "POST"])
def use_phrase(desk_id: int) -> Answer:
    """Open the desk with the printed phrase, when no colleague can."""
    desk = _my_desk(desk_id)
    return use_phrase_of(desk, str(desk.name), url_for("desks.index"))


@room.route("/<int:desk_id>/anew", methods=["GET", "POST"])
def ask_anew(desk_id: int) -> Answer:
    """Ask that my desk is begun anew, because nobody can open it and its phrase is lost."""
    desk, form = _my_desk(desk_id), LostForm()
    if queries.holders(desk_id):
        return redirect(url_for("desks.index"))
    if form.is_submitted() and form.validate():
        begin_anew.ask(desk, person().member)
        flash(_("Everybody with a seat at a desk gets word of it now."), "success")
        return redirect(url_for("desks.index"))
    page = render_template("accounts/anew.html", desk=desk, form=form, wait=WAIT.days)
    return page, 422 if form.errors else 200


@room.route("/<int:desk_id>/anew/answer", methods=["GET", "POST"])
def answer_anew(desk_id: int) -> Answer:
    """Look at a request to begin a desk anew, and agree to it."""
    asked, form = _asked(desk_id), SpokenForm()
    if form.is_submitted() and form.validate():
        begin_anew.agree(asked, person().member)
        flash(_("You agreed. It stands here with your name."), "success")
        return redirect(url_for("desks.index"))
    page = render_template("accounts/anew_answer.html", asked=asked, form=form, me=person().member)
    return page, 422 if form.errors else 200


@room.post("/<int:desk_id>/anew/refuse")
def refuse_anew(desk_id: int) -> Response:
    """Say no to a request, or take one's own back."""
    begin_anew.refuse(_asked(desk_id), person().member)
    flash(_("The request is over. Everybody with a seat at a desk gets word of it."), "success")
    return redirect(url_for("desks.index"))


def _asked(desk_id: int) -> anew.Request:
    found = anew.request_for(desk_id)
    if found is None:
        raise NotFound
    return found


def _my_desk(desk_id: int) -> Desk:
    for desk in queries.desks_of(person().id):
        if desk.id == desk_id:
            return desk
    raise NotFound


def _words() -> dict[str, object]:
    return {"audited": audited, "desk_names": {str(desk.id): str(desk.name) for desk in queries.desks()}}
