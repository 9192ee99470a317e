"""Pages for editing report-backs and head counts."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.editing import SAME, Both, PublicWordsForm, kept_as_draft, line, lines, not_out_yet, pressed
from portal.core.forms import DateField, IntegerField, ProtectedForm
from portal.core.i18n import LANGUAGES, language
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.meetings import report_back
from portal.meetings.forms import OneLanguageFirst
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting
from portal.meetings.readiness import AttendeeRole, report_gaps, revision_left_behind, said_once
from portal.meetings.report_back import SIDE_NAMES, Account, AnswerLine, DecisionLine, drafted, published_versions
from portal.meetings.texts import MISSING

MOST_LINES, MOST_HEADS = 20, 5_000
MORE = "more:"
"""Begins the value of the buttons that add an empty line."""
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")
BEFORE_MEETING = _l("This day is before the meeting.")


class ReportBackForm(OneLanguageFirst, PublicWordsForm):
    """The content of a report-back, English and Spanish side by side. A draft may leave any field empty."""

    minutes = Both(lines, _l("What was talked about"), 10_000)
    next_steps = Both(lines, _l("What happens next"))
    same = BooleanField(SAME)
    decisions: int
    """The number of lines for decisions; their fields are `decision1_en`, `decision1_who_en`, `decision1_by` and so on.
    """
    answers: int
    """The number of lines for answers; their fields are `answer1_said_en`, `answer1_done_en` and so on."""
    texts: tuple[str, ...]
    """The names of all texts, in the order of the form."""

    @property
    def account(self) -> Account:
        decisions = (f"decision{number}" for number in range(1, self.decisions + 1))
        answers = (f"answer{number}" for number in range(1, self.answers + 1))
        return Account(
            tuple(
                DecisionLine(self.pair(name), self.pair(f"{name}_who"), self[f"{name}_by"].data) for name in decisions
            ),
            tuple(AnswerLine(self.pair(f"{name}_said"), self.pair(f"{name}_done")) for name in answers),
            self.next_steps,
            self.minutes,
        )

    @property
    def first(self) -> str:
        """The language in which more is there, else the reader's."""
        written = {lang: sum(bool(self[f"{name}_{lang}"].data) for name in self.texts) for lang in LANGUAGES}
        return language() if written["en"] == written["es"] else max(LANGUAGES, key=lambda lang: written[lang])

    def is_due_before(self, meeting: Meeting) -> bool:
        """Return whether a decision is due before the day of the meeting; adds errors to the fields."""
        fields = [self[f"decision{number}_by"] for number in range(1, self.decisions + 1)]
        early = [field.name for field in fields if meeting.held_on and field.data and field.data < meeting.held_on]
        for name in early:
            self.complain(name, BEFORE_MEETING)
        return bool(early)


@cache
def _with_room_for(decisions: int, answers: int) -> type[ReportBackForm]:
    decisions, answers = min(decisions, MOST_LINES), min(answers, MOST_LINES)
    pairs: dict[str, Both] = {}
    days: dict[str, Any] = {}
    for number in range(1, decisions + 1):
        name = f"decision{number}"
        pairs[name] = Both(lines, _l("Decision %(number)s", number=number))
        pairs[f"{name}_who"] = Both(line, _l("Who takes on decision %(number)s", number=number))
        days[f"{name}_by"] = DateField(_l("By which day"), validators=[Optional()])
    for number in range(1, answers + 1):
        pairs[f"answer{number}_said"] = Both(lines, _l("You said, %(number)s", number=number))
        pairs[f"answer{number}_done"] = Both(lines, _l("We did, %(number)s", number=number))
    room = {"decisions": decisions, "answers": answers, "texts": ("minutes", *pairs, "next_steps")}
    return type("ReportForm", (ReportBackForm,), {**pairs, **days, **room})


def _form_for(account: Account, more: str) -> ReportBackForm:
    """Return the form with the lines that it was sent with or stored; `more` adds one: "decision" or "answer"."""
    decisions, answers = len(account.decisions), len(account.answers)
    if request.form:
        decisions = sum(f"decision{number}_en" in request.form for number in range(1, MOST_LINES + 1))
        answers = sum(f"answer{number}_said_en" in request.form for number in range(1, MOST_LINES + 1))
    return _with_room_for(max(decisions, 1) + (more == "decision"), max(answers, 1) + (more == "answer"))()


class HeadCountForm(ProtectedForm):
    """Head counts by role. Empty means that the role was not counted; 0 that no one in it came."""


for side, name in SIDE_NAMES.items():
    in_range = NumberRange(min=0, max=MOST_HEADS, message=_l("Please write a number from 0 to %(max)s."))
    setattr(HeadCountForm, side, IntegerField(name, validators=[Optional(), in_range]))

blueprint = AudienceBlueprint(
    "meetings_report", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/report-back"
)


@blueprint.route("/", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Store the draft, and publish it if asked to and complete. With `?check` gaps are shown beside the fields."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    report_back.require_begun(meeting)
    account, mark = _newest(meeting)
    more = pressed().removeprefix(MORE) if pressed().startswith(MORE) else ""
    form = _form_for(account, more)
    days: dict[str, Any] = {f"decision{number}_by": line.by_on for number, line in enumerate(account.decisions, 1)}
    halves = {f"{name}_{lang}": text[lang] for name, text in account.by_field.items() for lang in LANGUAGES}
    is_whole = form.validate_over(days | halves, mark)
    if more and form.newer is None:
        return _page(meeting, form, more)
    if not form.is_submitted() and "check" in request.args:
        for name in said_once(report_gaps(account.by_field), form.first):
            form.complain(name, MISSING)
    lets_out = pressed() == "publish"
    if not is_whole or form.is_due_before(meeting) or (lets_out and _must_not_go_out(meeting, form)):
        return _page(meeting, form), form.http_status
    report_back.draft_report(meeting, form.account, current_user.id)
    if not lets_out:
        return kept_as_draft(url_for("meetings_report.edit", meeting_id=meeting.id))
    if report_gaps(form.account.by_field):
        return not_out_yet(url_for("meetings_report.edit", meeting_id=meeting.id, check=1))
    report_back.publish_report(meeting, current_user.id)
    flash(_("Published in both languages."), "success")
    return redirect(url_for("meetings_editor.index"))


def _newest(meeting: Meeting) -> tuple[Account, str]:
    """Return the content that the form starts from, and a mark that changes with every save."""
    draft = drafted(meeting.id)
    if draft is not None:
        return draft.account, f"{draft.id}.{draft.version}"
    published = published_versions(meeting.id)
    return (published[0].account, str(published[0].id)) if published else (Account(), "new")


def _must_not_go_out(meeting: Meeting, form: ReportBackForm) -> bool:
    """Return whether the words change in one language only, name a hidden place or need a second look."""
    public = published_versions(meeting.id)
    before = public[0].account if public else Account()
    if public and not form.same.data:
        behind = revision_left_behind(before.by_field, form.account.closed_up.by_field)
        # Lines move up when one above them is emptied; a field that has moved away gets no error.
        for name in (name for name in behind if name in form):
            form.complain(name, BEHIND)
        if behind:
            return True
    if names_hidden_place(form, current_user.id, meeting.market_id):
        return True
    # With gaps it is only kept as a draft.
    return not report_gaps(form.account.by_field) and asks_before_public(form, before.by_field.values())


def _page(meeting: Meeting, form: ReportBackForm, more: str = "") -> str:
    """Render the form; `more`: an empty line of this kind was added, and nothing is saved yet."""
    form.name_first_language()
    versions = published_versions(meeting.id)
    return render_template(
        "meetings/report_back_edit.html",
        meeting=meeting,
        form=form,
        heads=report_back.heads(meeting.id),
        standing=report_back.standing_of(meeting),
        versions=versions,
        authors=member_names(version.author_id for version in versions),
        is_draft=drafted(meeting.id) is not None,
        promises=report_back.taken_over(meeting),
        missing=MISSING,
        more=more,
        most=MOST_LINES,
    )


@blueprint.post("/promise/<int:position>")
def promise(meeting_id: int, position: int) -> Response:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    commitment = report_back.take_over(meeting, position, current_user.member)
    return redirect(url_for("commitments_team.edit", commitment_id=commitment.id))


@blueprint.route("/heads", methods=["GET", "POST"])
def count(meeting_id: int) -> ResponseReturnValue:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    report_back.require_begun(meeting)
    form = HeadCountForm()
    if not form.is_submitted():
        form.process(data=report_back.heads(meeting.id))
    if not form.validate_on_submit():
        return render_template("meetings/heads.html", meeting=meeting, form=form), form.http_status
    report_back.count_heads(meeting, {side: form[side].data for side in AttendeeRole}, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_report.edit", meeting_id=meeting.id))
