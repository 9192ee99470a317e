"""Writing what came of a meeting, and how many came."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.meetings.models import Meeting
from portal.meetings.queries import editable_meeting
from portal.meetings.report_back import actions, ledger
from portal.meetings.report_back.forms import HeadsForm, ReportForm, as_typed, posted_form, stored_form
from portal.meetings.report_back.models import Account
from portal.meetings.report_back.queries import (
    drafted,
    heads,
    published_versions,
    standing_of,
    versions_with_authors,
)
from portal.meetings.report_back.rules import gaps

Answer = Response | str | tuple[str, int]
room = Room(
    "meetings_report",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/report-back",
)


@room.get("/")
def edit(meeting_id: int) -> str:
    """The form; with `?check` what keeps it from being published stands beside the fields."""
    meeting = editable_meeting(meeting_id, current_user.id)
    actions.require_begun(meeting)
    account, _mark = _newest(meeting)
    form = stored_form(account)
    if "check" in request.args and account:
        form.say_what_is_missing(gaps(account))
    return _page(meeting, form)


@room.post("/")
def save(meeting_id: int) -> Answer:
    """Keep what was typed, or publish it when nothing is missing."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    actions.require_begun(meeting)
    form = posted_form(request.form)
    account, mark = _newest(meeting)
    if form.is_behind(mark):
        return _page(meeting, form, newer=_differences(form, account)), 409
    if not form.validate():
        return _page(meeting, form), 422
    if request.form.get("then") == "publish" and (_is_half_revised(meeting, form) or _betrays(meeting, form)):
        return _page(meeting, form), 422
    actions.draft_report(meeting, form.account, current_user.id)
    return _keep_or_publish(meeting, form.account)


@room.post("/promise/<int:position>")
def promise(meeting_id: int, position: int) -> Response:
    """Take a published decision over into the ledger of promises, as a draft, and go there."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    taken = ledger.take_over(meeting, position, current_user)
    return redirect(url_for("commitments_team.edit", commitment_id=taken.id))


@room.get("/heads")
def ask_heads(meeting_id: int) -> str:
    """How many came, as it was counted so far."""
    meeting = editable_meeting(meeting_id, current_user.id)
    actions.require_begun(meeting)
    return _heads_page(meeting, HeadsForm(data=heads(meeting.id)))


@room.post("/heads")
def count(meeting_id: int) -> Answer:
    """Keep how many came."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    form = HeadsForm()
    if not form.validate():
        return _heads_page(meeting, form), 422
    actions.count_heads(meeting, form.heads, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_report.edit", meeting_id=meeting.id))


def _betrays(meeting: Meeting, form: ReportForm) -> bool:
    return names_hidden_place(form, current_user.id, meeting.market_id)


def _is_half_revised(meeting: Meeting, form: ReportForm) -> bool:
    """Whether what is public would change in one language only."""
    public = published_versions(meeting.id)
    return bool(public) and form.leaves_a_language_behind(public[0].account)


def _keep_or_publish(meeting: Meeting, account: Account) -> Response:
    if request.form.get("then") != "publish":
        flash(_("Saved as a draft."), "success")
        return redirect(url_for("meetings_report.edit", meeting_id=meeting.id))
    if gaps(account):
        flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
        return redirect(url_for("meetings_report.edit", meeting_id=meeting.id, check=1))
    actions.publish_report(meeting, current_user.id)
    flash(_("Published in both languages."), "success")
    return redirect(url_for("meetings_editor.index"))


def _newest(meeting: Meeting) -> tuple[Account | None, str]:
    """What the form begins with, and a mark that changes whenever somebody saves."""
    draft = drafted(meeting.id)
    if draft is not None:
        return draft.account, f"{draft.id}.{draft.version}"
    published = published_versions(meeting.id)
    return (published[0].account, str(published[0].id)) if published else (None, "new")


def _differences(form: ReportForm, account: Account | None) -> list[tuple[object, str]]:
    stored = as_typed(account) if account else {}
    return list(form.differences({name: value for name, value in stored.items() if name in form}))


def _page(meeting: Meeting, form: ReportForm, newer: list[tuple[object, str]] | None = None) -> str:
    if newer is not None or request.method == "GET":
        # Saving again is then a choice made with both versions in sight.
        form.version.data = _newest(meeting)[1]
    return render_template(
        "meetings/report_back_edit.html",
        meeting=meeting,
        form=form,
        newer=newer,
        heads=heads(meeting.id),
        standing=standing_of(meeting),
        versions=versions_with_authors(meeting.id),
        is_draft=drafted(meeting.id) is not None,
        promises=ledger.taken_over(meeting),
    )


def _heads_page(meeting: Meeting, form: HeadsForm) -> str:
    return render_template("meetings/heads.html", meeting=meeting, form=form)
