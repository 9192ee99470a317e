"""The pages of those who receive referrals: team, police liaison, outreach and services, property and cleanup.

A referral of another place or desk, one that was withdrawn or closed, and one that never existed are answered alike.
"""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from portal.accounts import users
from portal.accounts.desk_keys import lock_of
from portal.accounts.roles import RECEIVERS, RECEIVES
from portal.accounts.sign_in import current_user
from portal.accounts.texts import DESK_LOCKS
from portal.core.db import db, session
from portal.core.editing import lines, page_asked
from portal.core.forms import ProtectedForm, choices_of, only_changes_language
from portal.core.statuses import NotFound, Refused
from portal.core.web import AudienceBlueprint, members, refusal
from portal.reports import referrals, reports, texts
from portal.reports.inbox_pages import market_names, my_keys
from portal.reports.reports import PassedOn, opened_referral
from portal.reports.triage import NEEDS_MORE, Disposition, ReferralFinding

NOTE_NEEDED = (
    _l("Please write in a few words how it is, so that the desk can tell the person."),
    _l("Please write what you need to know. The desk asks the person."),
)


class FindingForm(ProtectedForm):
    """The receivers' answer to the desk: the outcome, and a short note, without which only "done" says enough."""

    version = HiddenField()
    ending = RadioField(
        _l("What came of it?"), [InputRequired(_l("Please choose one of these."))], choices=choices_of(texts.OUTCOMES)
    )
    what = lines(_l("A few words for the desk"), 600)

    def validate_what(self, field: TextAreaField) -> None:
        if not field.data and self.ending.data in texts.OUTCOMES and self.ending.data != Disposition.ACTED:
            raise ValidationError(str(NOTE_NEEDED[self.ending.data == NEEDS_MORE]))


blueprint = AudienceBlueprint("received", __name__, audience=members(*RECEIVERS), url_prefix="/<lang:lang>/received")


@blueprint.get("/")
def index() -> str:
    me, page, opened = current_user, page_asked(), _open_desks()
    closed = [desk.id for desk in users.desks_of(me.id, RECEIVES) if desk.id not in opened]
    locked = select(func.count()).select_from(PassedOn).where(reports.readable_by(me.id, closed))
    rows, more = reports.received(me.id, opened, page)
    return render_template(
        "reports/received.html",
        rows=[opened_referral(row, my_keys()) for row in rows],
        places=market_names(),
        page=page,
        more=more,
        admitted=bool(opened),
        lock=lock_of(closed[0], me.id) if closed else None,
        locked=session.scalar(locked),
        desk_locks=DESK_LOCKS,
        texts=texts,
    )


@blueprint.get("/<int:referral_id>")
def show(referral_id: int) -> str:
    return _show(_my_referral(referral_id))


@blueprint.post("/<int:referral_id>/have", endpoint="acknowledge")
def say_have(referral_id: int) -> Response | str:
    """Acknowledge a referral; an answer that was begun stays in its field."""
    row, form = _my_referral(referral_id), FindingForm()
    changed = form.version.data != str(row.version)
    referrals.acknowledge(row, current_user.id)
    flash(_("The desk sees that you have it."), "success")
    if form.what.data or form.ending.data:
        session.flush()
        return _show(row, form, changed=changed)
    return redirect(url_for("received.show", referral_id=referral_id))


@blueprint.post("/<int:referral_id>")
def answer(referral_id: int) -> ResponseReturnValue:
    form = FindingForm()
    try:
        row = _my_referral(referral_id)
    except NotFound:
        if not form.what.data:
            raise
        # What was typed is not lost, and the page is the same whether the referral was ever the member's to answer.
        # Two addresses without content must return the same bytes, so it does not contain its own address.
        g.is_error = True
        return render_template("reports/received_gone.html", words=form.what.data), 404
    if only_changes_language():
        return _show(row, form, changed=form.version.data != str(row.version))
    if not form.validate():
        return _show(row, form), 422
    if form.version.data != str(row.version):
        return _show(row, form, changed=True), 409
    ending = None if form.ending.data == NEEDS_MORE else Disposition(form.ending.data)
    try:
        referrals.answer_desk(row, ReferralFinding(form.what.data or "", ending), current_user.id)
        session.flush()
    except (Refused, StaleDataError) as error:
        db.rollback()
        reason = refusal(error.key) if isinstance(error, Refused) else None
        return _show(_my_referral(referral_id), form, changed=reason is None, reason=reason), 409
    flash(_("Done. The desk has your answer, and decides what the person is told."), "success")
    return redirect(url_for("received.show", referral_id=referral_id))


def _show(row: PassedOn, form: FindingForm | None = None, *, changed: bool = False, reason: str | None = None) -> str:
    shared = opened_referral(row, my_keys())
    before = {"what": shared.finding.what, "ending": shared.finding.outcome} if shared.finding else {}
    form = form or FindingForm(formdata=None, data=before)
    form.version.data = str(row.version)
    return render_template(
        "reports/received_one.html",
        shared=shared,
        row=row,
        places=market_names(),
        form=form,
        changed=changed,
        reason=reason,
        texts=texts,
    )


def _my_referral(referral_id: int) -> PassedOn:
    return reports.received_one(referral_id, current_user.id, _open_desks())


def _open_desks() -> list[int]:
    return users.open_desks(current_user.id, my_keys(), RECEIVES)
