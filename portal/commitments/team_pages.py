"""Forms and views of the team for promises: drafts, corrections, and one short form for each step.

The text of a step is given in both languages, because it is public as soon as it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import OpenItem, Tone
from portal.commitments import promise_steps
from portal.commitments.promise_states import (
    KEEPERS,
    SPEAKERS,
    PromiseActor,
    PromiseState,
    PromiseVerdict,
    may_judge,
    may_write,
)
from portal.commitments.promises import (
    Commitment,
    commitments_page,
    due_soon,
    file_in,
    promise_actor,
    team_commitment,
    team_commitments,
)
from portal.commitments.texts import STANDINGS
from portal.core.editing import Both, PublicWordsForm, line, lines, page_asked
from portal.core.files.apart import NotTaken
from portal.core.files.uploads import MOST_FILE_BYTES, NOT_TAKEN, CleanFile, clean, download, words_in
from portal.core.forms import DateField, FormPage, at_most, strip
from portal.core.i18n import language
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import PlaceField, PublishingEditor, PublishingForm, asks_before_public, say_published
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office, open_offices

FILL_IN = _l("Please fill this in.")
ONLY_HTTPS = _l("Please give an address that begins with https://.")


class CommitmentForm(PublishingForm):
    """The form of a promise; `offices` are those for which the member may write."""

    ROW = Commitment
    what = Both(lines, _l("What is promised"), 600)
    made_at = Both(line, _l("On which occasion"), 160)
    office = SelectField(_l("Which office promises it"), validators=[Optional()])
    market = PlaceField(_l("About which of our places"))
    made_on = DateField(_l("Day on which it was promised"), validators=[Optional()])
    due_on = DateField(_l("By when"), validators=[Optional()])

    def __init__(self, offices: Sequence[Office], stored: Commitment | None, **kwargs: Any) -> None:
        super().__init__(stored, **kwargs)
        self._offices = {str(office.id): office.id for office in offices}
        self.office.choices = [SelectChoice("", _l("Please choose")), *map(office_choice, offices)]

    def shown(self, row: Commitment) -> dict[str, Any]:
        return super().shown(row) | {"office": str(row.office_id or "")}

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"office_id": self._offices.get(self.office.data)}

    @property
    def words(self) -> dict[str, Any]:
        """The words alone, with who translated them."""
        fixed = ("office_id", "market_id", "made_on", "due_on")
        return {name: value for name, value in self.values.items() if name not in fixed}

    def gaps(self, row: Commitment | None = None) -> Sequence[str]:
        return promise_steps.missing(row or Commitment(**self.values))

    def is_blank(self) -> bool:
        """Extend the base: a promise is known by what it says."""
        return not self.says_something(("what",))


def office_choice(office: Office) -> SelectChoice:
    """Return the choice for an office: organisation and office in the reader's language."""
    lang = language()
    return SelectChoice(str(office.id), f"{office.organisation.name[lang]}: {office.name[lang]}")


class PromiseStepForm(PublicWordsForm):
    """A step of a promise, with a text in both languages: it is public the moment it is sent."""

    text = Both(lines, _l("Why"), 600, rows=3)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("text_en", "text_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        return whole and not self.errors


class DueForm(PromiseStepForm):
    """Change the due date of a promise."""

    due_on = DateField(_l("The new day"), validators=[InputRequired(_l("Please give the new day."))])


class MilestoneForm(PromiseStepForm):
    """Add a milestone."""

    text = Both(lines, _l("The step"), 600)
    due_on = DateField(_l("By when"), validators=[InputRequired(_l("Please give a day."))])


class PromiseEvidenceForm(PromiseStepForm):
    """Add evidence of progress: words, and a link or a file if there is one."""

    text = Both(lines, _l("What it shows"), 600)
    url = StringField(_l("Address of a page that shows it"), filters=[strip], validators=[Optional(), at_most(500)])
    file = FileField(_l("File that shows it"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.taken: CleanFile | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate, and sanitize the file; a file that cannot be sanitized is an error of its field."""
        whole: bool = super().validate(extra_validators)
        if self.has_file:
            try:
                self.taken = clean(self.file.data.stream.read(MOST_FILE_BYTES + 1), self.file.data.filename or "")
            except NotTaken as reason:
                self.complain("file", NOT_TAKEN[reason.trouble])
        return whole and not self.errors

    @property
    def has_file(self) -> bool:
        """Whether a file was uploaded: a form shown again cannot keep it, so it must be chosen again."""
        return isinstance(self.file.data, FileStorage) and bool(self.file.data.filename)

    def validate_url(self, field: StringField) -> None:
        parts = urlsplit(field.data or "")
        if parts.scheme != "https" or not parts.hostname:
            raise ValidationError(str(ONLY_HTTPS))


class TakeOutFileForm(PromiseStepForm):
    """The reason why a file is removed."""


class ClaimForm(PromiseStepForm):
    """The office's claim that the promise is kept."""

    text = Both(lines, _l("What was done"), 600)


class JudgeForm(PromiseStepForm):
    """The verdict of the other side."""

    verdict = RadioField(
        _l("What do you say?"),
        choices=[
            SelectChoice(PromiseVerdict.KEPT.value, _l("The promise was kept")),
            SelectChoice(PromiseVerdict.BROKEN.value, _l("The promise was broken")),
            SelectChoice("open", _l("Neither, it is still open: we take our word back")),
        ],
        validators=[InputRequired(_l("Please choose one."))],
    )


CALLERS = ("community_lead", "facilitator", "organizer")
TEAM = members("organizer", "community_lead", "faith_partner", "facilitator", "police_liaison", "services")
team_blueprint = AudienceBlueprint("commitments_team", __name__, audience=TEAM, url_prefix="/<lang:lang>/team/promises")


class PromiseEditor(PublishingEditor[Commitment, CommitmentForm]):
    """The pages on which a promise is written; a published one is shown with the steps that can be taken."""

    name, template = "commitment", "commitments/edit.html"

    def find(self, row_id: int, *, to_change: bool) -> Commitment:
        return team_commitment(row_id, current_user.member, to_change=to_change)

    def form(self, row: Commitment | None) -> CommitmentForm:
        offices = _offices(_me())
        if row is not None and row.office is not None and row.office not in offices:
            # The choice includes a closed office if the promise was made for it.
            offices.append(row.office)
        return CommitmentForm(offices, row)

    def answer(self, row: Commitment | None) -> ResponseReturnValue:
        if row is not None and row.is_published and request.method == "GET":
            return _overview(row)
        return super().answer(row)

    def keep(self, form: CommitmentForm, row: Commitment | None) -> Commitment:
        if row is None:
            return promise_steps.draft_commitment(form.values, current_user.id, _me())
        promise_steps.edit_draft(row, form.values, current_user.id, _me(), same=bool(form.same.data))
        return row

    def let_out(self, row: Commitment, _form: CommitmentForm) -> None:
        promise_steps.publish_commitment(row, current_user.id, _me())
        say_published(row.market_id)

    def afterwards(self, row: Commitment) -> str:
        """Extend the base: its page shows the steps that can follow."""
        return self.address(row)

    def erase(self, row: Commitment) -> None:
        promise_steps.delete_draft(row, current_user.id, _me())


EDITOR = PromiseEditor(team_blueprint)


@team_blueprint.get("/")
def index() -> str:
    """List drafts, and promises by their state."""
    chosen = PromiseState(request.args["show"]) if request.args.get("show") in set(PromiseState) else None
    page = page_asked()
    found, more = commitments_page(team_commitments(current_user.member, chosen), page)
    return render_template(
        "commitments/team_index.html",
        commitments=found,
        more=more,
        page=page,
        chosen=chosen,
        standings=STANDINGS,
        may_begin=bool(_offices(_me())),
        may_call=not current_user.roles.isdisjoint(CALLERS),
    )


@team_blueprint.route("/<int:commitment_id>/words", methods=["GET", "POST"])
def correct_words(commitment_id: int) -> ResponseReturnValue:
    """Correct the words of a published promise; the old ones stay in the history."""
    found = team_commitment(commitment_id, current_user.member, to_change=request.method == "POST")
    if not found.is_published or not _writes(found):
        raise NotAllowed
    form = EDITOR.form(found)
    is_whole = form.validate_row(found)
    if is_whole:
        form.say_what_is_missing([name for name in form.gaps() if name.startswith(found.PARITY)])
    before = [getattr(found, name) for name in found.PARITY]
    is_right = is_whole and not form.errors and not names_hidden_place(form, current_user.id, found.market_id)
    if not is_right or asks_before_public(form, before):
        return render_template("commitments/edit.html", form=form, commitment=found), form.http_status
    promise_steps.reword(found, form.words, current_user.id, _me(), same=bool(form.same.data))
    flash(_("Saved. The page is up to date."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


def _me() -> PromiseActor:
    return promise_actor(current_user.member)


def _writes(found: Commitment) -> bool:
    return may_write(_me(), found.office.organisation_id if found.office else None)


def _offices(me: PromiseActor) -> list[Office]:
    return [office for house, office in open_offices() if may_write(me, house.id)]


def _overview(found: Commitment) -> str:
    me = _me()
    house = found.office.organisation if found.office else None
    return render_template(
        "commitments/team_commitment.html",
        it=found,
        may_write=_writes(found),
        may_judge=house is not None and may_judge(me, house.id, house.kind),
    )


FILE_NAME = "evidence"
"""Replaces the uploaded file's name, which can reveal who, where and why."""


steps_blueprint = AudienceBlueprint(
    "commitments_steps",
    __name__,
    audience=TEAM,
    url_prefix="/<lang:lang>/team/promises/<int:commitment_id>",
    # A file that is too large still gets a response that keeps the typed text.
    largest=2 * MOST_FILE_BYTES,
)
FORMS: dict[str, type[PromiseStepForm]] = {
    "move": DueForm,
    "plan": MilestoneForm,
    "evidence": PromiseEvidenceForm,
    "claim": ClaimForm,
    "judge": JudgeForm,
}


@steps_blueprint.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary file of a large upload, so that nothing of it stays on the disk."""
    request.close()


@steps_blueprint.route("/<step>", methods=["GET", "POST"])
def take(commitment_id: int, step: str) -> ResponseReturnValue:
    """Add a step to the history, unless another member changed or judged the promise meanwhile."""
    found = _allowed(commitment_id, step)
    form = FORMS[step]()
    if not form.validate_over({}, found.version) or _must_not_go_out(found, form):
        return render_template("commitments/step.html", it=found, step=step, form=form), form.http_status
    DO[step](found, form)
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@steps_blueprint.post("/milestones/<int:milestone_id>")
def reach(commitment_id: int, milestone_id: int) -> Response:
    """Mark a milestone as reached."""
    found = _allowed(commitment_id, "plan")
    promise_steps.reach_milestone(found, milestone_id, current_user.id, _me())
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@steps_blueprint.get("/files/<int:file_id>")
def file(commitment_id: int, file_id: int) -> Response:
    """Send a file as the public gets it, even before it is public."""
    found = file_in(team_commitment(commitment_id, current_user.member), file_id)
    return download(f"{FILE_NAME}-{file_id}", found.kind, found.content or b"")


@steps_blueprint.route("/files/<int:file_id>/take-out", methods=["GET", "POST"])
def take_out(commitment_id: int, file_id: int) -> ResponseReturnValue:
    """Ask for the reason, then remove a file."""
    found, form = _allowed(commitment_id, "evidence"), TakeOutFileForm()
    entry = next(one for one in found.entries if one.file is file_in(found, file_id))
    if not form.validate_on_submit() or _must_not_go_out(found, form):
        words = _(
            "The file is erased for good. That it was there, and why it is gone, stays in the history for everybody."
        )
        return FormPage(
            _("Take out a file"),
            _("Take it out"),
            [words],
            lead=entry.text[language()],
            eyebrow=found.what[language()],
            back=(url_for("commitments_team.edit", commitment_id=found.id), _("Back to the promise")),
            keep=True,
            busy=_("Saving…"),
        ).show(form)
    promise_steps.take_out_file(found, file_id, form.text, current_user.id, _me())
    flash(_("The file is erased. That it was there stays in the history."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


def _must_not_go_out(found: Commitment, form: PromiseStepForm) -> bool:
    """Return whether the words name a hidden place or need a second look; the fields say so."""
    taken = form.taken if isinstance(form, PromiseEvidenceForm) else None
    said = partial(words_in, taken.kind, taken.content) if taken else None
    hidden = names_hidden_place(
        form, current_user.id, found.market_id, attached=lambda: {"file": said()} if said else {}
    )
    return hidden or asks_before_public(form)


def _allowed(commitment_id: int, step: str) -> Commitment:
    """Return a published promise for which the member may take this step."""
    if step not in FORMS:
        raise NotFound
    found = team_commitment(commitment_id, current_user.member, to_change=request.method == "POST")
    me, house = _me(), found.office.organisation if found.office else None
    if not found.is_published or house is None:
        raise NotAllowed
    allowed = may_judge(me, house.id, house.kind) if step == "judge" else may_write(me, house.id)
    if not allowed:
        raise NotAllowed
    return found


def _move(found: Commitment, form: Any) -> None:
    promise_steps.move_due(found, form.due_on.data, form.text, current_user.id, _me())


def _plan(found: Commitment, form: Any) -> None:
    promise_steps.plan_milestone(found, form.text, form.due_on.data, current_user.id, _me())


def _evidence(found: Commitment, form: Any) -> None:
    promise_steps.add_evidence(found, form.text, form.url.data or "", current_user.id, _me(), form.taken)


def _claim(found: Commitment, form: Any) -> None:
    promise_steps.claim_kept(found, form.text, current_user.id, _me())


def _judge(found: Commitment, form: Any) -> None:
    me = _me()
    if form.verdict.data == "open":
        promise_steps.reopen(found, form.text, current_user.id, me)
    else:
        promise_steps.judge(found, PromiseVerdict(form.verdict.data), form.text, current_user.id, me)


DO: dict[str, Callable[[Commitment, Any], None]] = {
    "move": _move,
    "plan": _plan,
    "evidence": _evidence,
    "claim": _claim,
    "judge": _judge,
}


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield how many promises are late, of those that a member writes or judges."""
    if me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return
    late = [one for one in due_soon(me.member) if one.standing is PromiseState.LATE]
    if count := sum(bool(me.roles & KEEPERS) or _writes_as(me, one) for one in late):
        url = url_for("commitments_team.index", show=PromiseState.LATE.value)
        yield OpenItem(ngettext("%(num)d promise is late", "%(num)d promises are late", count), url, Tone.OVERDUE)


def _writes_as(me: SessionUser, promise: Commitment) -> bool:
    return may_write(promise_actor(me.member), promise.office.organisation_id if promise.office else None)
