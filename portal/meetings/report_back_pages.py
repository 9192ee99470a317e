"""Pages for editing report-backs and head counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import NumberRange, Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import zone
from portal.core.editing import (
    SAME,
    PublicWordsForm,
    both,
    english,
    kept_as_draft,
    line,
    lines,
    not_out_yet,
    pressed,
    spanish,
)
from portal.core.forms import DateField, IntegerField, ProtectedForm
from portal.core.i18n import LANGUAGES, Bilingual, language
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.meetings import report_back
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.readiness import said_once
from portal.meetings.report_back import (
    SIDE_NAMES,
    Account,
    AnswerLine,
    DecisionLine,
    drafted,
    heads,
    published_versions,
    standing_of,
    versions_with_authors,
)
from portal.meetings.report_back_rules import AttendeeRole, gaps, one_language_left_behind
from portal.meetings.texts import MISSING

MINUTES, NEXT_STEPS = _l("What was talked about"), _l("What happens next")
MOST_LINES, MOST_HEADS = 20, 5_000
MORE = "more:"
"""Begins the value of the buttons that add an empty line."""
NOBODY = Bilingual(en="", es="")
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")
BEFORE_MEETING = _l("This day is before the meeting.")
NO_COUNT = _l("Please write a whole number, or leave it empty when nobody counted.")


class ReportBackForm(PublicWordsForm):
    """The content of a report-back, English and Spanish side by side. A draft may leave any field empty."""

    minutes_en, minutes_es = lines(english(MINUTES), 10_000), lines(spanish(MINUTES), 10_000)
    next_steps_en, next_steps_es = lines(english(NEXT_STEPS)), lines(spanish(NEXT_STEPS))
    same = BooleanField(SAME)
    PLAIN: ClassVar[dict[str, Any]]
    """The labels of the texts without a language."""
    decisions: int
    """The number of lines for decisions; their fields are `decision1_en`, `decision1_who_en`, `decision1_by` and so on.
    """
    answers: int
    """The number of lines for answers; their fields are `answer1_said_en`, `answer1_done_en` and so on."""

    @property
    def account(self) -> Account:
        """The content as typed, including empty lines."""
        return Account(
            decisions=tuple(self._decision(f"decision{number}") for number in _numbers(self.decisions)),
            answers=tuple(
                AnswerLine(self.pair(f"answer{number}_said"), self.pair(f"answer{number}_done"))
                for number in _numbers(self.answers)
            ),
            next_steps=self.pair("next_steps"),
            minutes=self.pair("minutes"),
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """The names of all texts, in the order of the form."""
        decisions = [
            name for number in _numbers(self.decisions) for name in (f"decision{number}", f"decision{number}_who")
        ]
        answers = [
            name for number in _numbers(self.answers) for name in (f"answer{number}_said", f"answer{number}_done")
        ]
        return ("minutes", *decisions, *answers, "next_steps")

    @property
    def first(self) -> str:
        """The language that is written first: the one in which more is there, else the reader's."""
        said = {lang: sum(bool(self[f"{name}_{lang}"].data) for name in self.texts) for lang in LANGUAGES}
        return language() if said["en"] == said["es"] else max(LANGUAGES, key=lambda lang: said[lang])

    @property
    def second(self) -> str:
        return "es" if self.first == "en" else "en"

    @property
    def due(self) -> int:
        """How many texts are there in the first language only."""
        return sum(
            bool(self[f"{name}_{self.first}"].data) > bool(self[f"{name}_{self.second}"].data) for name in self.texts
        )

    def name_first_language(self) -> None:
        """Leave the language out of the labels of texts that are written in the reader's language."""
        for name in self.texts if self.first == language() else ():
            self[f"{name}_{self.first}"].label.text = self.PLAIN[name]

    def has_typed(self, name: str) -> bool:
        """Return whether any field of a line is filled or has an error."""
        mine = [field for field in self if field.name == name or field.name.startswith(f"{name}_")]
        return any(field.data or field.errors for field in mine)

    def say_what_is_missing(self, found: Collection[str]) -> None:
        """Add the result of `gaps` as errors of the fields, each text once."""
        for name in said_once(found, self.first):
            self.complain(name, MISSING)

    def is_due_before(self, day: date | None) -> bool:
        """Return whether a decision is due before the day of the meeting; adds errors to the fields."""
        fields = [self[f"decision{number}_by"] for number in _numbers(self.decisions)]
        early = [field.name for field in fields if day is not None and field.data is not None and field.data < day]
        for name in early:
            self.complain(name, BEFORE_MEETING)
        return bool(early)

    def leaves_a_language_behind(self, before: Account) -> bool:
        """Return whether a revision would leave one language outdated; adds errors to the fields."""
        behind = () if self.same.data else one_language_left_behind(before, self.account)
        for name in behind:
            # Lines move up when one above them is emptied; a field that has moved away gets no error.
            if name in self:
                self.complain(name, BEHIND)
        return bool(behind)

    def _decision(self, name: str) -> DecisionLine:
        return DecisionLine(self.pair(name), self.pair(f"{name}_who"), self[f"{name}_by"].data)


def form_for(account: Account, posted: Iterable[str], more: str = "") -> ReportBackForm:
    """Return the form with as many lines as it was sent with, by the names of the `posted` fields.

    When it is opened: the stored lines, or one empty line of each kind. `more` adds one: "decision" or "answer".
    """
    sent = frozenset(posted)
    decisions = sum(f"decision{number}_en" in sent for number in _numbers(MOST_LINES))
    answers = sum(f"answer{number}_said_en" in sent for number in _numbers(MOST_LINES))
    if not sent:
        decisions, answers = len(account.decisions), len(account.answers)
    return _room_for(max(decisions, 1) + (more == "decision"), max(answers, 1) + (more == "answer"))()


def as_typed(account: Account) -> dict[str, Any]:
    """Return a report-back as data for the fields of the form."""
    typed: dict[str, Any] = {**both("minutes", account.minutes), **both("next_steps", account.next_steps)}
    for number, decision in enumerate(account.decisions, 1):
        name = f"decision{number}"
        typed |= {**both(name, decision.what), **both(f"{name}_who", decision.who), f"{name}_by": decision.by_on}
    for number, answer in enumerate(account.answers, 1):
        typed |= {**both(f"answer{number}_said", answer.said), **both(f"answer{number}_done", answer.done)}
    return typed


@cache
def _room_for(decisions: int, answers: int) -> type[ReportBackForm]:
    decisions, answers = min(decisions, MOST_LINES), min(answers, MOST_LINES)
    plain: dict[str, Any] = {"minutes": MINUTES, "next_steps": NEXT_STEPS}
    fields: dict[str, Any] = {"decisions": decisions, "answers": answers, "PLAIN": plain}
    for number in _numbers(decisions):
        name = f"decision{number}"
        plain[name] = _l("Decision %(number)s", number=number)
        plain[f"{name}_who"] = _l("Who takes on decision %(number)s", number=number)
        fields |= _pair(name, lines, plain[name]) | _pair(f"{name}_who", line, plain[f"{name}_who"])
        fields[f"{name}_by"] = DateField(_l("By which day"), validators=[Optional()])
    for number in _numbers(answers):
        name = f"answer{number}"
        plain[f"{name}_said"] = _l("You said, %(number)s", number=number)
        plain[f"{name}_done"] = _l("We did, %(number)s", number=number)
        fields |= _pair(f"{name}_said", lines, plain[f"{name}_said"])
        fields |= _pair(f"{name}_done", lines, plain[f"{name}_done"])
    return type("ReportForm", (ReportBackForm,), fields)


def _pair(name: str, kind: Any, label: Any) -> dict[str, Any]:
    return {f"{name}_en": kind(english(label)), f"{name}_es": kind(spanish(label))}


def _numbers(most: int) -> range:
    return range(1, most + 1)


def _count(side: AttendeeRole) -> IntegerField:
    wrong = NumberRange(min=0, max=MOST_HEADS, message=_l("Please write a number from 0 to %(max)s."))
    return IntegerField(SIDE_NAMES[side], validators=[Optional(), wrong])


class HeadCountForm(ProtectedForm):
    """Head counts by role. Empty means that the role was not counted; 0 that no one in it came."""

    residents, youth, faith, organizers, services, city, police, others = (_count(side) for side in AttendeeRole)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for side in AttendeeRole:
            field = self[side.value]
            if field.errors and field.process_errors:
                # The message of WTForms is written for programmers.
                field.errors = [NO_COUNT]
        return whole

    @property
    def heads(self) -> Mapping[AttendeeRole, int | None]:
        """The counts as typed."""
        return {side: self[side.value].data for side in AttendeeRole}


blueprint = AudienceBlueprint(
    "meetings_report",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/report-back",
)


@blueprint.route("/", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Store the draft, and publish it if requested and complete.

    With `?check` the gaps that prevent publishing are shown beside the fields.
    """
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    report_back.require_begun(meeting)
    account, mark = _newest(meeting)
    more = pressed().removeprefix(MORE) if pressed().startswith(MORE) else ""
    form = form_for(account, request.form, more)
    is_whole = form.validate_over(as_typed(account), mark)
    if more and form.newer is None:
        return _page(meeting, form, more)
    if not form.is_submitted() and "check" in request.args:
        form.say_what_is_missing(gaps(account))
    lets_out = pressed() == "publish"
    if not is_whole or form.is_due_before(_day_of(meeting)) or (lets_out and _must_not_go_out(meeting, form)):
        return _page(meeting, form), form.http_status
    report_back.draft_report(meeting, form.account, current_user.id)
    return _keep_or_publish(meeting, form.account)


@blueprint.post("/promise/<int:position>")
def promise(meeting_id: int, position: int) -> Response:
    """Create a draft commitment for a published decision and redirect to it."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    taken = report_back.take_over(meeting, position, current_user.member)
    return redirect(url_for("commitments_team.edit", commitment_id=taken.id))


@blueprint.route("/heads", methods=["GET", "POST"])
def count(meeting_id: int) -> ResponseReturnValue:
    """Store the head counts."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    report_back.require_begun(meeting)
    form = HeadCountForm()
    if not form.is_submitted():
        form.process(data=heads(meeting.id))
    if not form.validate_on_submit():
        return render_template("meetings/heads.html", meeting=meeting, form=form), form.http_status
    report_back.count_heads(meeting, form.heads, current_user.id)
    flash(_("The counts are kept."), "success")
    return redirect(url_for("meetings_report.edit", meeting_id=meeting.id))


def _day_of(meeting: Meeting) -> date | None:
    return meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else None


def _must_not_go_out(meeting: Meeting, form: ReportBackForm) -> bool:
    """Return whether the words change in one language only, name a hidden place or need a second look."""
    public = published_versions(meeting.id)
    before = public[0].account if public else None
    if before is not None and form.leaves_a_language_behind(before):
        return True
    if names_hidden_place(form, current_user.id, meeting.market_id):
        return True
    # With gaps it is only kept as a draft.
    return not gaps(form.account) and asks_before_public(form, before.texts if before else ())


def _keep_or_publish(meeting: Meeting, account: Account) -> Response:
    if pressed() != "publish":
        return kept_as_draft(url_for("meetings_report.edit", meeting_id=meeting.id))
    if gaps(account):
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
    return (published[0].account, str(published[0].id)) if published else (Account((), (), NOBODY, NOBODY), "new")


def _page(meeting: Meeting, form: ReportBackForm, more: str = "") -> str:
    """Render the form; `more`: an empty line of this kind was added, and nothing is saved yet."""
    form.name_first_language()
    return render_template(
        "meetings/report_back_edit.html",
        meeting=meeting,
        form=form,
        heads=heads(meeting.id),
        standing=standing_of(meeting),
        versions=versions_with_authors(meeting.id),
        is_draft=drafted(meeting.id) is not None,
        promises=report_back.taken_over(meeting),
        missing=MISSING,
        more=more,
        most=MOST_LINES,
    )
