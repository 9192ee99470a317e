"""The page on which a lead sees what is open in all their circles."""

from __future__ import annotations

from flask import render_template

from portal.accounts.sessions import person
from portal.core.web import SIGNED_IN, Room
from portal.partners.board.queries import board_of
from portal.partners.board.rules import PROMISES_SHOWN, Tone
from portal.partners.sealing import my_keys

room = Room("circles_board", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/board")
ROOMS: tuple[Room, ...] = (room,)


@room.get("/")
def index() -> str:
    """What is open, the most pressing first."""
    board = board_of(person().member, my_keys())
    return render_template("partners/board.html", board=board, Tone=Tone, most=PROMISES_SHOWN)
