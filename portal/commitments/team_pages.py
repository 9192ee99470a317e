"""Forms and views of the team for promises: drafts, corrections, and one short form for each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import OpenItem, Tone
from portal.commitments import promise_steps, promises
from portal.commitments.promise_rules import KEEPERS, SPEAKERS, PromiseActor, PromiseState, PromiseVerdict
from portal.commitments.promises import Commitment, file_in, promise_actor, team_commitment
from portal.core.db import session
from portal.core.editing import Both, PublicWordsForm, WholeForm, done, line, lines, page_asked
from portal.core.files.uploads import MOST_FILE_BYTES, CleanFileField, download, words_in
from portal.core.forms import DateField, FormPage, at_most, choices_of, refuse, strip
from portal.core.i18n import language
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import AudienceBlueprint, members
from portal.markets.publishing import PlaceField, PublishingEditor, PublishingForm, asks_before_public, say_published
from portal.markets.texts import names_hidden_place
from portal.organisations.organisations import Office
from portal.organisations.pages import office_names

VERDICTS = {
    PromiseVerdict.KEPT: _l("The promise was kept"),
    PromiseVerdict.BROKEN: _l("The promise was broken"),
    "open": _l("Neither, it is still open: we take our word back"),
}
SAVED = _l("Saved. Everybody can read it now.")


class CommitmentForm(PublishingForm):
    ROW = Commitment
    what = Both(lines, _l("What is promised"), 600)
    made_at = Both(line, _l("On which occasion"), 160)
    office = SelectField(_l("Which office promises it"), validators=[Optional()])
    market = PlaceField(_l("About which of our places"))
    made_on = DateField(_l("Day on which it was promised"), validators=[Optional()])
    due_on = DateField(_l("By when"), validators=[Optional()])

    def __init__(self, offices: Sequence[Office], stored: Commitment | None, **kwargs: Any) -> None:
        super().__init__(stored, **kwargs)
        self.office.choices = choices_of(office_names(offices), _l("Please choose"))

    def shown(self, row: Commitment) -> dict[str, Any]:
        return super().shown(row) | {"office": str(row.office_id or "")}

    @property
    def values(self) -> dict[str, Any]:
        return super().values | {"office_id": int(self.office.data) if self.office.data else None}

    def gaps(self, row: Commitment | None = None) -> Sequence[str]:
        return promise_steps.missing(row or Commitment(**self.values))

    def is_blank(self) -> bool:
        """Extend the base: a promise is known by what it says."""
        return not self.says_something(("what",))


class PromiseStepForm(PublicWordsForm, WholeForm):
    """A step of a promise, with a text in both languages: it is public the moment it is sent."""

    text = Both(lines, _l("Why"), 600, rows=3)

    def attached(self) -> Mapping[str, str]:
        return {}

    def take(self, promise: Commitment) -> None:
        raise NotAllowed


class DueForm(PromiseStepForm):
    due_on = DateField(_l("The new day"), validators=[InputRequired(_l("Please give the new day."))])

    def take(self, promise: Commitment) -> None:
        promise_steps.move_due(promise, self.due_on.data, self.text, _me())


class MilestoneForm(PromiseStepForm):
    text = Both(lines, _l("The step"), 600)
    due_on = DateField(_l("By when"), validators=[InputRequired()])

    def take(self, promise: Commitment) -> None:
        promise_steps.plan_milestone(promise, self.text, self.due_on.data, _me())


class PromiseEvidenceForm(PromiseStepForm):
    text = Both(lines, _l("What it shows"), 600)
    url = StringField(_l("Address of a page that shows it"), filters=[strip], validators=[Optional(), at_most(500)])
    file = CleanFileField(_l("File that shows it"))

    def validate_url(self, field: StringField) -> None:
        parts = urlsplit(field.data or "")
        if parts.scheme != "https" or not parts.hostname:
            refuse(_l("Please give an address that begins with https://."))

    def attached(self) -> Mapping[str, str]:
        file = self.file.taken
        return {"file": words_in(file.kind, file.content)} if file else {}

    def take(self, promise: Commitment) -> None:
        promise_steps.add_evidence(promise, self.text, self.url.data or "", _me(), self.file.taken)


class ClaimForm(PromiseStepForm):
    text = Both(lines, _l("What was done"), 600)

    def take(self, promise: Commitment) -> None:
        promise_steps.claim_kept(promise, self.text, _me())


class JudgeForm(PromiseStepForm):
    verdict = RadioField(
        _l("What do you say?"), choices=choices_of(VERDICTS), validators=[InputRequired(_l("Please choose one."))]
    )

    def take(self, promise: Commitment) -> None:
        verdict = None if self.verdict.data == "open" else PromiseVerdict(self.verdict.data)
        promise_steps.judge(promise, verdict, self.text, _me())


CALLERS = ("community_lead", "facilitator", "organizer")
TEAM = members("organizer", "community_lead", "faith_partner", "facilitator", "police_liaison", "services")
team_blueprint = AudienceBlueprint("commitments_team", __name__, audience=TEAM, url_prefix="/<lang:lang>/team/promises")


class PromiseEditor(PublishingEditor[Commitment, CommitmentForm]):
    """The pages on which a promise is written; a published one is shown with the steps that can be taken."""

    name, template = "commitment", "commitments/edit.html"

    def find(self, row_id: int, *, to_change: bool) -> Commitment:
        return team_commitment(row_id, current_user.member, to_change=to_change)

    def form(self, row: Commitment | None) -> CommitmentForm:
        offices = promises.offices_to_write_for(_me())
        if row is not None and row.office is not None and row.office not in offices:
            # The choice includes a closed office if the promise was made for it.
            offices.append(row.office)
        return CommitmentForm(offices, row)

    def answer(self, row: Commitment | None) -> ResponseReturnValue:
        if row is None or not row.is_published or request.method != "GET":
            return super().answer(row)
        rights = {"may_write": row.may_be_written(_me()), "may_judge": row.may_be_judged(_me())}
        return render_template("commitments/team_commitment.html", it=row, **rights)

    def keep(self, form: CommitmentForm, row: Commitment | None) -> Commitment:
        if row is None:
            return promise_steps.draft_commitment(form.values, _me())
        promise_steps.edit_draft(row, form.values, _me(), same=bool(form.same.data))
        return row

    def let_out(self, row: Commitment, _form: CommitmentForm) -> None:
        promise_steps.publish_commitment(row, _me())
        say_published(row.market_id)

    def afterwards(self, row: Commitment) -> str:
        return self.address(row)

    def erase(self, row: Commitment) -> None:
        if not row.may_be_written(_me()):
            raise NotAllowed
        super().erase(row)


EDITOR = PromiseEditor(team_blueprint)


@team_blueprint.get("/")
def index() -> str:
    chosen = PromiseState(request.args["show"]) if request.args.get("show") in set(PromiseState) else None
    page = page_asked()
    listed, more = promises.commitments_page(promises.team_commitments(current_user.member, chosen), page)
    return render_template(
        "commitments/team_index.html",
        commitments=listed,
        more=more,
        page=page,
        chosen=chosen,
        standings=promises.STANDINGS,
        may_begin=bool(promises.offices_to_write_for(_me())),
        may_call=not current_user.roles.isdisjoint(CALLERS),
    )


@team_blueprint.route("/<int:commitment_id>/words", methods=["GET", "POST"])
def correct_words(commitment_id: int) -> ResponseReturnValue:
    """Correct the words of a published promise; the old ones stay in the history."""
    promise = team_commitment(commitment_id, current_user.member, to_change=request.method == "POST")
    if not promise.is_published or not promise.may_be_written(_me()):
        raise NotAllowed
    form = EDITOR.form(promise)
    is_whole = form.validate_row(promise)
    if is_whole:
        form.say_what_is_missing([name for name in form.gaps() if name.startswith(promise.PARITY)])
    before = [getattr(promise, name) for name in promise.PARITY]
    is_right = is_whole and not form.errors and not names_hidden_place(form, current_user.id, promise.market_id)
    if not is_right or asks_before_public(form, before):
        return render_template("commitments/edit.html", form=form, commitment=promise), form.http_status
    fixed = ("office_id", "market_id", "made_on", "due_on")
    words = {name: value for name, value in form.values.items() if name not in fixed}
    promise_steps.reword(promise, words, _me(), same=bool(form.same.data))
    return done(EDITOR.address(promise), _("Saved. The page is up to date."))


def _me() -> PromiseActor:
    return promise_actor(current_user.member)


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


@steps_blueprint.route("/<step>", methods=["GET", "POST"])
def take(commitment_id: int, step: str) -> ResponseReturnValue:
    promise, form = _allowed(commitment_id, step), FORMS[step]()
    if not form.validate_over({}, promise.version) or _must_not_go_out(promise, form):
        return render_template("commitments/step.html", it=promise, step=step, form=form), form.http_status
    form.take(promise)
    return done(EDITOR.address(promise), SAVED)


@steps_blueprint.post("/milestones/<int:milestone_id>")
def reach(commitment_id: int, milestone_id: int) -> Response:
    promise = _allowed(commitment_id, "plan")
    promise_steps.reach_milestone(promise, milestone_id, _me())
    return done(EDITOR.address(promise), SAVED)


@steps_blueprint.get("/files/<int:file_id>")
def file(commitment_id: int, file_id: int) -> Response:
    """Send a file as the public gets it, even before it is public."""
    stored = file_in(team_commitment(commitment_id, current_user.member), file_id)
    return download(f"{FILE_NAME}-{file_id}", stored.kind, stored.content or b"")


@steps_blueprint.route("/files/<int:file_id>/take-out", methods=["GET", "POST"])
def take_out(commitment_id: int, file_id: int) -> ResponseReturnValue:
    promise, form = _allowed(commitment_id, "evidence"), PromiseStepForm()
    stored = file_in(promise, file_id)
    entry = next(entry for entry in promise.entries if entry.file is stored)
    if not form.validate_on_submit() or _must_not_go_out(promise, form):
        words = _(
            "The file is erased for good. That it was there, and why it is gone, stays in the history for everybody."
        )
        return FormPage(
            _("Take out a file"),
            _("Take it out"),
            [words],
            lead=entry.text[language()],
            eyebrow=promise.what[language()],
            back=(EDITOR.address(promise), _("Back to the promise")),
            keep=True,
            busy=_("Saving…"),
        ).show(form)
    promise_steps.take_out_file(promise, file_id, form.text, _me())
    return done(EDITOR.address(promise), _("The file is erased. That it was there stays in the history."))


def _must_not_go_out(promise: Commitment, form: PromiseStepForm) -> bool:
    """Return whether the words name a hidden place or need a second look; the fields say so."""
    names_one = names_hidden_place(form, current_user.id, promise.market_id, form.attached)
    return names_one or asks_before_public(form)


def _allowed(commitment_id: int, step: str) -> Commitment:
    """Return a published promise for which the member may take this step."""
    if step not in FORMS:
        raise NotFound
    promise = team_commitment(commitment_id, current_user.member, to_change=request.method == "POST")
    may = promise.may_be_judged if step == "judge" else promise.may_be_written
    if not promise.is_published or promise.office is None or not may(_me()):
        raise NotAllowed
    return promise


def waits(me: SessionUser) -> Iterator[OpenItem]:
    if me.roles.isdisjoint(KEEPERS | SPEAKERS):
        return
    late = session.scalars(promises.team_commitments(me.member, PromiseState.LATE)).all()
    if not me.roles & KEEPERS:
        actor = promise_actor(me.member)
        late = [promise for promise in late if promise.may_be_written(actor)]
    if late:
        url = url_for("commitments_team.index", show=PromiseState.LATE)
        yield OpenItem(ngettext("%(num)d promise is late", "%(num)d promises are late", len(late)), url, Tone.OVERDUE)
