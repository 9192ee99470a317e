"""Who can open what comes to my desk: its recovery phrase, colleagues who wait to be admitted."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import queries
from portal.accounts.actions import desk_keys
from portal.accounts.models import Desk
from portal.accounts.phrase_pages import Answer, make_phrase, use_phrase_of
from portal.accounts.rules.roles import RECEIVES, SEAT_OF
from portal.accounts.sessions import person
from portal.core.errors import NotFound
from portal.core.web import Room, members

room = Room("desks", __name__, audience=members(*SEAT_OF), url_prefix="/<lang:lang>/colleagues")


@room.get("/")
def index() -> str:
    """Who sits at my desks, and who waits."""
    mine = [(desk, queries.seats(desk.id)) for desk in queries.desks_of(person().id)]
    return render_template("accounts/desks.html", desks=mine, receives=RECEIVES, me=person().id)


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


def _my_desk(desk_id: int) -> Desk:
    for desk in queries.desks_of(person().id):
        if desk.id == desk_id:
            return desk
    raise NotFound
