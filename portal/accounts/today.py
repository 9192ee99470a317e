"""The first page of a signed-in member: what waits for them, what is overdue, their next evening; nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from flask import render_template, url_for
from flask_babel import gettext as _, ngettext

from portal.accounts.desk_keys import DeskLock, desk_states
from portal.accounts.reminders import reach_of
from portal.accounts.sign_in import SessionUser, current_user, must_unlock
from portal.accounts.texts import DESK_LOCKS
from portal.accounts.users import opens_reports, passkeys
from portal.core.clock import now, today
from portal.core.hosts import on_onion
from portal.core.i18n import moment
from portal.core.portal import Hook
from portal.core.stored_settings import waiting_changes
from portal.core.web import SIGNED_IN, AudienceBlueprint

NEW_FOR = timedelta(days=14)
"""How long after the invitation was accepted first steps are offered."""


class Tone(StrEnum):
    """How pressing an open item is, most pressing first."""

    OVERDUE = "overdue"
    TODAY = "today"
    MISSING = "missing"
    WAITING = "waiting"


DUE = (Tone.OVERDUE, Tone.TODAY)


def pressing(tone: Tone) -> int:
    return list(Tone).index(tone)


@dataclass(frozen=True)
class OpenItem:
    what: str
    url: str
    tone: Tone = Tone.MISSING


class NextEvening(NamedTuple):
    """A gathering; `when` says its day and hour in words, `is_mine` whether the member has a part in it."""

    day: date
    when: str
    what: str
    where: str
    url: str
    is_mine: bool = True


class FirstStep(NamedTuple):
    what: str
    url: str
    is_done: bool


WAITS: Hook[Callable[[SessionUser], Iterable[OpenItem]]] = Hook("what waits for a member")
NEXT_EVENINGS: Hook[Callable[[SessionUser], Iterable[NextEvening]]] = Hook("the next evenings of a member")


def first_steps(me: SessionUser) -> list[FirstStep]:
    """Return three things to do first, for two weeks or until all are done."""
    if now() - me.member.created_at > NEW_FOR:
        return []
    steps = [FirstStep(_("Choose how we remind you"), url_for("reminders.index"), reach_of(me.id) is not None)]
    # A passkey is set up at the public address.
    if not on_onion():
        one_tap = _("Sign in with one tap next time")
        steps.append(FirstStep(one_tap, url_for("second_step.passkey"), bool(passkeys(me.id))))
    if states := desk_states(me.id):
        closed = next((state.lock for state in states if state.lock), None)
        steps.append(FirstStep(str(DESK_LOCKS[closed or DeskLock.COLLEAGUES]), url_for("desks.index"), closed is None))
    else:
        steps.append(FirstStep(_("Read who can see what"), url_for("home.who_can_see"), is_done=False))
    return [] if all(step.is_done for step in steps) else steps


def own_waits(me: SessionUser) -> Iterable[OpenItem]:
    """Yield what waits for any member: a locked key, changes of what residents read, colleagues, a desk to open."""
    if must_unlock(me):
        yield OpenItem(_("Reports and notes are locked here. Open them"), url_for("account.unlock"), Tone.TODAY)
    if (waiting := waiting_changes()) and opens_reports(me.id):
        what = _(
            "An administrator wants to change what residents read or call. It counts from %(moment)s unless somebody "
            "refuses it",
            moment=moment(waiting[0].counts_at),
        )
        yield OpenItem(what, url_for("desks.index"), Tone.TODAY)
    for state in desk_states(me.id):
        if state.lock:
            yield OpenItem(str(DESK_LOCKS[state.lock]), url_for("desks.index"))
        elif state.waiting:
            what = ngettext(
                "%(num)d colleague waits to be let in", "%(num)d colleagues wait to be let in", state.waiting
            )
            yield OpenItem(what, url_for("desks.index"))


blueprint = AudienceBlueprint(
    "today", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/team/today", pages_read=True
)


@blueprint.get("/")
def index() -> str:
    me, day = current_user, today()
    items = sorted((item for ask in WAITS.plugged() for item in ask(me)), key=lambda item: pressing(item.tone))
    evenings = [evening for ask in NEXT_EVENINGS.plugged() for evening in ask(me) if evening.day >= day]
    own = [evening for evening in evenings if evening.is_mine]
    return render_template(
        "accounts/today.html",
        due=[item for item in items if item.tone in DUE],
        waiting=[item for item in items if item.tone not in DUE],
        evening=min(own or evenings, default=None),
        steps=first_steps(me),
        name=me.member.name,
        day=day,
    )
