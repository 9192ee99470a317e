"""Promises as the team writes them down, corrects them and publishes them; what comes afterwards is in `steps`."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.commitments.actions import promises
from portal.commitments.forms import CommitmentForm, as_typed
from portal.commitments.models import Commitment
from portal.commitments.queries import commitments_page, person, team_commitment, team_commitments
from portal.commitments.rules.promises import Person, Standing, may_judge, may_write
from portal.commitments.texts import REFUSALS, STANDINGS
from portal.core.editing import NOT_SURE
from portal.core.errors import NotAllowed
from portal.core.web import Room, members
from portal.markets.naming import names_hidden_place
from portal.markets.queries import is_shown, known_markets
from portal.organisations.models import Office
from portal.organisations.queries import open_offices

Answer = Response | str | tuple[str, int]
LAST_PAGE = 100_000
CALLERS = ("community_lead", "facilitator", "organizer")
TEAM = members("organizer", "community_lead", "faith_partner", "facilitator", "police_liaison", "services")
room = Room("commitments_team", __name__, audience=TEAM, url_prefix="/<lang:lang>/team/promises")


@room.record_once
def name_refusals(state: BlueprintSetupState) -> None:
    """Give the error page the sentences of this feature."""
    state.app.extensions.setdefault("refusals", {}).update(REFUSALS)


@room.get("/")
def index() -> str:
    """Drafts, and promises by how they stand."""
    chosen = Standing(request.args["show"]) if request.args.get("show") in set(Standing) else None
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


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _page(_form())


@room.post("/new")
def create() -> Answer:
    """Keep a first draft, or publish it at once."""
    form = _form()
    if not form.validate() or not form.says_something(("what",)):
        return _page(form), 422
    if _publishes() and names_hidden_place(form, current_user.id, form.pledge.market_id):
        return _page(form), 422
    return _keep_or_publish(promises.draft_commitment(form.pledge, current_user.id, _me()))


@room.get("/<int:commitment_id>")
def edit(commitment_id: int) -> str:
    """A draft as a form; what is published with everything that can be done about it."""
    found = team_commitment(commitment_id, current_user)
    if found.is_published:
        return _overview(found)
    form = _opened(found)
    if "check" in request.args:
        form.say_what_is_missing(promises.missing(found))
    return _page(form, found)


@room.post("/<int:commitment_id>")
def save(commitment_id: int) -> Answer:
    """Keep what was typed into a draft, or publish it."""
    found = team_commitment(commitment_id, current_user, to_change=True)
    form = _form()
    form.stale = found.stale_fields
    if form.is_behind(found.version):
        return _page(form, found, newer=form.differences(as_typed(found))), 409
    if not form.validate() or not form.says_something(("what",)):
        return _page(form, found), 422
    if _publishes() and names_hidden_place(form, current_user.id, form.pledge.market_id):
        return _page(form, found), 422
    promises.edit_draft(found, form.pledge, current_user.id, _me(), same=bool(form.same.data))
    return _keep_or_publish(found)


@room.get("/<int:commitment_id>/words")
def ask_words(commitment_id: int) -> str:
    """The words of a published promise, to be corrected."""
    found = _published(commitment_id)
    return _words_page(_opened(found), found)


@room.post("/<int:commitment_id>/words")
def correct_words(commitment_id: int) -> Answer:
    """Correct them; the old ones stay in its history."""
    found = _published(commitment_id)
    form = _form()
    form.stale = found.stale_fields
    if form.is_behind(found.version):
        return _words_page(form, found, newer=form.differences(as_typed(found))), 409
    form.say_what_is_missing([name for name in promises.missing(form.pledge) if name.startswith(("what_", "made_at_"))])
    if form.errors or not form.validate() or names_hidden_place(form, current_user.id, found.market_id):
        return _words_page(form, found), 422
    promises.reword(found, form.pledge, current_user.id, _me(), same=bool(form.same.data))
    flash(_("Saved. The page is up to date."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@room.post("/<int:commitment_id>/delete")
def delete(commitment_id: int) -> Response:
    """Erase a draft, once somebody said that they are sure."""
    found = team_commitment(commitment_id, current_user, to_change=True)
    if "sure" not in request.form:
        flash(NOT_SURE, "warning")
        return redirect(url_for("commitments_team.edit", commitment_id=found.id))
    promises.delete_draft(found, current_user.id, _me())
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("commitments_team.index"))


def _me() -> Person:
    return person(current_user)


def _publishes() -> bool:
    return request.form.get("then") == "publish"


def _published(commitment_id: int) -> Commitment:
    """A published promise whose words somebody may correct."""
    found = team_commitment(commitment_id, current_user, to_change=request.method == "POST")
    if not found.is_published or not _writes(found):
        raise NotAllowed
    return found


def _writes(found: Commitment) -> bool:
    return may_write(_me(), found.office.organisation_id if found.office else None)


def _offices(me: Person) -> list[Office]:
    return [office for house, office in open_offices() if may_write(me, house.id)]


def _form(stored: Commitment | None = None) -> CommitmentForm:
    offices = _offices(_me())
    if stored is not None and stored.office is not None and stored.office not in offices:
        # An office that was closed meanwhile keeps what it promised.
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
    if promises.missing(found):
        flash(_("Saved as a draft. It can be published when nothing is missing."), "warning")
        return redirect(url_for("commitments_team.edit", commitment_id=found.id, check=1))
    promises.publish_commitment(found, current_user.id, _me())
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
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(found.version)
    return render_template("commitments/edit.html", form=form, it=found, newer=newer)
