"""Forms and views of the team for promises: drafts, corrections, and one short form for each step.

The text of a step is given in both languages, because it is public as soon as it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.commitments import promise_steps
from portal.commitments.promise_states import PromiseActor, PromiseState, PromiseVerdict, may_judge, may_write
from portal.commitments.promises import (
    TEXTS,
    Commitment,
    Pledge,
    commitments_page,
    file_in,
    person,
    team_commitment,
    team_commitments,
)
from portal.commitments.texts import MISSING, STANDINGS
from portal.core.editing import NOT_SURE, EditorForm, ParityForm, both, credit_fields, english, line, lines, spanish
from portal.core.files.apart import NotTaken
from portal.core.files.uploads import MOST_FILE_BYTES, NOT_TAKEN, CleanFile, clean, download, words_in
from portal.core.forms import DateField, at_most, strip
from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.places import Market, is_shown, known_markets
from portal.markets.team_pages import place_choices
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office, open_offices

WHAT, MADE_AT = _l("What is promised"), _l("On which occasion")
REASON = _l("Why")
FILL_IN = _l("Please fill this in.")
ONLY_HTTPS = _l("Please give an address that begins with https://.")


class CommitmentForm(ParityForm):
    """A promise, English and Spanish side by side. A draft may leave any field empty."""

    what_en, what_es = lines(english(WHAT), 600), lines(spanish(WHAT), 600)
    made_at_en, made_at_es = line(english(MADE_AT), 160), line(spanish(MADE_AT), 160)
    office = SelectField(_l("Which office promises it"), validators=[Optional()])
    market = SelectField(_l("About which of our places"), validators=[Optional()])
    made_on = DateField(_l("Day on which it was promised"), validators=[Optional()])
    due_on = DateField(_l("By when"), validators=[Optional()])

    def __init__(
        self, offices: Sequence[Office], markets: Sequence[Market], stored: Commitment | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data=as_typed(stored) if stored else None, **kwargs)
        self._offices = {str(office.id): office.id for office in offices}
        self._markets = {market.slug: market.id for market in markets}
        self.office.choices = [SelectChoice("", _l("Please choose")), *map(office_choice, offices)]
        self.market.choices = place_choices(markets)
        self.stale = stored.stale_fields if stored else frozenset()

    @property
    def pledge(self) -> Pledge:
        """The pledge as typed."""
        return Pledge(
            **{name: self.pair(name) for name in TEXTS},
            made_on=self.made_on.data,
            due_on=self.due_on.data,
            office_id=self._offices.get(self.office.data),
            market_id=self._markets.get(self.market.data),
            credit=self.credit,
        )

    def say_what_is_missing(self, gaps: Sequence[str]) -> None:
        """Add an error to each of the fields that `promise_states.gaps` found."""
        for name in gaps:
            self.complain(name, MISSING)


def office_choice(office: Office) -> SelectChoice:
    """Return the choice for an office: organisation and office in the reader's language."""
    lang = language()
    return SelectChoice(str(office.id), f"{office.organisation.name[lang]}: {office.name[lang]}")


def as_typed(commitment: Commitment) -> dict[str, Any]:
    """Return a promise as form data."""
    values: dict[str, Any] = {
        "office": str(commitment.office_id or ""),
        "market": commitment.market.slug if commitment.market else "",
        "made_on": commitment.made_on,
        "due_on": commitment.due_on,
        **credit_fields(commitment.credit),
    }
    for name in TEXTS:
        values |= both(name, getattr(commitment, name))
    return values


class PromiseStepForm(EditorForm):
    """A step of a promise, with a text in both languages: it is public the moment it is sent."""

    text_en, text_es = lines(english(REASON), 600), lines(spanish(REASON), 600)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for name in ("text_en", "text_es"):
            if not self[name].data:
                self.complain(name, FILL_IN)
        return whole and not self.errors

    @property
    def text(self) -> Bilingual:
        """The text as typed."""
        return self.pair("text")


class DueForm(PromiseStepForm):
    """Change the due date of a promise."""

    due_on = DateField(_l("The new day"), validators=[InputRequired(_l("Please give the new day."))])


class MilestoneForm(PromiseStepForm):
    """Add a milestone."""

    text_en, text_es = lines(english(_l("The step")), 600), lines(spanish(_l("The step")), 600)
    due_on = DateField(_l("By when"), validators=[InputRequired(_l("Please give a day."))])


class PromiseEvidenceForm(PromiseStepForm):
    """Add evidence of progress: words, and a link or a file if there is one."""

    text_en, text_es = lines(english(_l("What it shows")), 600), lines(spanish(_l("What it shows")), 600)
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

    text_en, text_es = lines(english(_l("What was done")), 600), lines(spanish(_l("What was done")), 600)


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


Answer = Response | str | tuple[str, int]
LAST_PAGE = 100_000
CALLERS = ("community_lead", "facilitator", "organizer")
TEAM = members("organizer", "community_lead", "faith_partner", "facilitator", "police_liaison", "services")
team_blueprint = AudienceBlueprint("commitments_team", __name__, audience=TEAM, url_prefix="/<lang:lang>/team/promises")


@team_blueprint.get("/")
def index() -> str:
    """List drafts, and promises by their state."""
    chosen = PromiseState(request.args["show"]) if request.args.get("show") in set(PromiseState) else None
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    found, more = commitments_page(team_commitments(current_user, chosen), page)
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


@team_blueprint.get("/new")
def new() -> str:
    """Show the form for a new promise."""
    return _page(_form())


@team_blueprint.post("/new")
def create() -> Answer:
    """Save a first draft, or publish it at once."""
    form = _form()
    if not form.validate() or not form.says_something(("what",)):
        return _page(form), 422
    if _publishes() and names_hidden_place(form, current_user.id, form.pledge.market_id):
        return _page(form), 422
    return _keep_or_publish(promise_steps.draft_commitment(form.pledge, current_user.id, _me()))


@team_blueprint.get("/<int:commitment_id>")
def edit(commitment_id: int) -> str:
    """Show a draft as a form, and a published promise with the steps that can be taken."""
    found = team_commitment(commitment_id, current_user)
    if found.is_published:
        return _overview(found)
    form = _opened(found)
    if "check" in request.args:
        form.say_what_is_missing(promise_steps.missing(found))
    return _page(form, found)


@team_blueprint.post("/<int:commitment_id>")
def save(commitment_id: int) -> Answer:
    """Save a draft, or publish it."""
    found = team_commitment(commitment_id, current_user, to_change=True)
    form = _form()
    form.stale = found.stale_fields
    if form.is_behind(found.version):
        return _page(form, found, newer=form.differences(as_typed(found))), 409
    if not form.validate() or not form.says_something(("what",)):
        return _page(form, found), 422
    if _publishes() and names_hidden_place(form, current_user.id, form.pledge.market_id):
        return _page(form, found), 422
    promise_steps.edit_draft(found, form.pledge, current_user.id, _me(), same=bool(form.same.data))
    return _keep_or_publish(found)


@team_blueprint.get("/<int:commitment_id>/words")
def ask_words(commitment_id: int) -> str:
    """Show the form for correcting the words of a published promise."""
    found = _published(commitment_id)
    return _words_page(_opened(found), found)


@team_blueprint.post("/<int:commitment_id>/words")
def correct_words(commitment_id: int) -> Answer:
    """Save corrected words; the old ones stay in the history."""
    found = _published(commitment_id)
    form = _form()
    form.stale = found.stale_fields
    if form.is_behind(found.version):
        return _words_page(form, found, newer=form.differences(as_typed(found))), 409
    form.say_what_is_missing(
        [name for name in promise_steps.missing(form.pledge) if name.startswith(("what_", "made_at_"))]
    )
    if form.errors or not form.validate() or names_hidden_place(form, current_user.id, found.market_id):
        return _words_page(form, found), 422
    promise_steps.reword(found, form.pledge, current_user.id, _me(), same=bool(form.same.data))
    flash(_("Saved. The page is up to date."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@team_blueprint.post("/<int:commitment_id>/delete")
def delete(commitment_id: int) -> Response:
    """Delete a draft after confirmation."""
    found = team_commitment(commitment_id, current_user, to_change=True)
    if "sure" not in request.form:
        flash(NOT_SURE, "warning")
        return redirect(url_for("commitments_team.edit", commitment_id=found.id))
    promise_steps.delete_draft(found, current_user.id, _me())
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("commitments_team.index"))


def _me() -> PromiseActor:
    return person(current_user)


def _publishes() -> bool:
    return request.form.get("then") == "publish"


def _published(commitment_id: int) -> Commitment:
    """Return a published promise whose words the member may correct."""
    found = team_commitment(commitment_id, current_user, to_change=request.method == "POST")
    if not found.is_published or not _writes(found):
        raise NotAllowed
    return found


def _writes(found: Commitment) -> bool:
    return may_write(_me(), found.office.organisation_id if found.office else None)


def _offices(me: PromiseActor) -> list[Office]:
    return [office for house, office in open_offices() if may_write(me, house.id)]


def _form(stored: Commitment | None = None) -> CommitmentForm:
    offices = _offices(_me())
    if stored is not None and stored.office is not None and stored.office not in offices:
        # The choice includes a closed office if the promise was made for it.
        offices.append(stored.office)
    return CommitmentForm(offices, known_markets(current_user.id), stored)


def _opened(found: Commitment) -> CommitmentForm:
    form = _form(found)
    form.version.data = str(found.version)
    return form


def _keep_or_publish(found: Commitment) -> Response:
    if not _publishes():
        flash(_("Saved as a draft."), "success")
        return redirect(url_for("commitments_team.edit", commitment_id=found.id))
    if promise_steps.missing(found):
        flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
        return redirect(url_for("commitments_team.edit", commitment_id=found.id, check=1))
    promise_steps.publish_commitment(found, current_user.id, _me())
    flash(_told(found), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


def _told(found: Commitment) -> str:
    if is_shown(found.market_id):
        return str(_("Published in both languages."))
    return str(_("It is ready. Everybody sees it from the hour in which its place is released."))


def _overview(found: Commitment) -> str:
    me = _me()
    house = found.office.organisation if found.office else None
    return render_template(
        "commitments/team_commitment.html",
        it=found,
        may_write=_writes(found),
        may_judge=house is not None and may_judge(me, house.id, house.kind),
    )


def _words_page(form: CommitmentForm, found: Commitment, newer: list[tuple[object, str]] | None = None) -> str:
    return _page(form, found, newer=newer)


def _page(
    form: CommitmentForm, found: Commitment | None = None, *, newer: list[tuple[object, str]] | None = None
) -> str:
    if found is not None and newer is not None:
        # Saving again is then a deliberate choice with both versions in sight.
        form.version.data = str(found.version)
    return render_template("commitments/edit.html", form=form, it=found, newer=newer)


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


@steps_blueprint.get("/<step>")
def ask(commitment_id: int, step: str) -> str:
    """Show the form for one step."""
    found = _allowed(commitment_id, step)
    form = FORMS[step]()
    form.version.data = str(found.version)
    return _step_page(found, step, form)


@steps_blueprint.post("/<step>")
def take(commitment_id: int, step: str) -> Answer:
    """Add the step to the history."""
    found = _allowed(commitment_id, step)
    form = FORMS[step]()
    if form.is_behind(found.version):
        # Another member may have changed the date or judged the promise meanwhile, so it is shown again first.
        form.version.data = str(found.version)
        return _step_page(found, step, form, is_newer=True), 409
    if not form.validate() or _names_hidden_place(found, form):
        return _step_page(found, step, form), 422
    DO[step](found, form)
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@steps_blueprint.post("/milestones/<int:milestone_id>")
def reach(commitment_id: int, milestone_id: int) -> Response:
    """Mark a milestone as reached."""
    found = _allowed(commitment_id, "plan")
    promise_steps.reach_milestone(found, milestone_id, current_user.id, person(current_user))
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@steps_blueprint.get("/files/<int:file_id>")
def file(commitment_id: int, file_id: int) -> Response:
    """Send a file as the public gets it, even before it is public."""
    found = file_in(team_commitment(commitment_id, current_user), file_id)
    return download(f"{FILE_NAME}-{file_id}", found.kind, found.content or b"")


@steps_blueprint.route("/files/<int:file_id>/take-out", methods=["GET", "POST"])
def take_out(commitment_id: int, file_id: int) -> Answer:
    """Ask for the reason, then remove a file."""
    found, form = _allowed(commitment_id, "evidence"), TakeOutFileForm()
    entry = next(one for one in found.entries if one.file is file_in(found, file_id))
    if not form.is_submitted():
        return render_template("commitments/take_out.html", it=found, entry=entry, form=form)
    if not form.validate() or _names_hidden_place(found, form):
        return render_template("commitments/take_out.html", it=found, entry=entry, form=form), 422
    promise_steps.take_out_file(found, file_id, form.text, current_user.id, person(current_user))
    flash(_("The file is erased. That it was there stays in the history."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


def _names_hidden_place(found: Commitment, form: PromiseStepForm) -> bool:
    taken = form.taken if isinstance(form, PromiseEvidenceForm) else None
    said = partial(words_in, taken.kind, taken.content) if taken else None
    return names_hidden_place(form, current_user.id, found.market_id, attached=lambda: {"file": said()} if said else {})


def _allowed(commitment_id: int, step: str) -> Commitment:
    """Return a published promise for which the member may take this step."""
    if step not in FORMS:
        raise NotFound
    found = team_commitment(commitment_id, current_user, to_change=request.method == "POST")
    me, house = person(current_user), found.office.organisation if found.office else None
    if not found.is_published or house is None:
        raise NotAllowed
    allowed = may_judge(me, house.id, house.kind) if step == "judge" else may_write(me, house.id)
    if not allowed:
        raise NotAllowed
    return found


def _move(found: Commitment, form: Any) -> None:
    promise_steps.move_due(found, form.due_on.data, form.text, current_user.id, person(current_user))


def _plan(found: Commitment, form: Any) -> None:
    promise_steps.plan_milestone(found, form.text, form.due_on.data, current_user.id, person(current_user))


def _evidence(found: Commitment, form: Any) -> None:
    promise_steps.add_evidence(found, form.text, form.url.data or "", current_user.id, person(current_user), form.taken)


def _claim(found: Commitment, form: Any) -> None:
    promise_steps.claim_kept(found, form.text, current_user.id, person(current_user))


def _judge(found: Commitment, form: Any) -> None:
    me = person(current_user)
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


def _step_page(found: Commitment, step: str, form: PromiseStepForm, *, is_newer: bool = False) -> str:
    return render_template("commitments/step.html", it=found, step=step, form=form, is_newer=is_newer)
