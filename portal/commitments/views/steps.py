"""What happens to a published promise: another day, a step on the way, evidence, "it is done", the other side's word.

Each is a page with one short form, and public in both languages the moment it is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.commitments.actions import promises
from portal.commitments.forms import (
    ClaimForm,
    DueForm,
    EvidenceForm,
    JudgeForm,
    MilestoneForm,
    StepForm,
    TakeOutForm,
)
from portal.commitments.models import Commitment
from portal.commitments.queries import file_in, person, team_commitment
from portal.commitments.rules.promises import Verdict, may_judge, may_write
from portal.commitments.views.public import FILE_NAME
from portal.commitments.views.team import TEAM
from portal.core.errors import NotAllowed, NotFound
from portal.core.files.kinds import MOST_FILE_BYTES
from portal.core.files.reading import words_in
from portal.core.files.serving import download
from portal.core.web import Room
from portal.markets.naming import names_hidden_place

Answer = Response | str | tuple[str, int]
room = Room(
    "commitments_steps",
    __name__,
    audience=TEAM,
    url_prefix="/<lang:lang>/team/promises/<int:commitment_id>",
    # A file that is too large still gets an answer that keeps what was typed.
    largest=2 * MOST_FILE_BYTES,
)
FORMS: dict[str, type[StepForm]] = {
    "move": DueForm,
    "plan": MilestoneForm,
    "evidence": EvidenceForm,
    "claim": ClaimForm,
    "judge": JudgeForm,
}


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary file that a large upload is kept in meanwhile; nothing of it stays on the disk."""
    request.close()


@room.get("/<step>")
def ask(commitment_id: int, step: str) -> str:
    """The form for one step."""
    found = _allowed(commitment_id, step)
    form = FORMS[step]()
    form.version.data = str(found.version)
    return _page(found, step, form)


@room.post("/<step>")
def take(commitment_id: int, step: str) -> Answer:
    """Add it to the history."""
    found = _allowed(commitment_id, step)
    form = FORMS[step]()
    if form.is_behind(found.version):
        # Somebody may have named another day or judged it meanwhile: look first.
        form.version.data = str(found.version)
        return _page(found, step, form, is_newer=True), 409
    if not form.validate() or _names_hidden_place(found, form):
        return _page(found, step, form), 422
    DO[step](found, form)
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@room.post("/milestones/<int:milestone_id>")
def reach(commitment_id: int, milestone_id: int) -> Response:
    """A step on the way is reached."""
    found = _allowed(commitment_id, "plan")
    promises.reach_milestone(found, milestone_id, current_user.id, person(current_user))
    flash(_("Saved. Everybody can read it now."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


@room.get("/files/<int:file_id>")
def file(commitment_id: int, file_id: int) -> Response:
    """A file as everybody will get it, also before they can."""
    found = file_in(team_commitment(commitment_id, current_user), file_id)
    return download(f"{FILE_NAME}-{file_id}", found.kind, found.content or b"")


@room.route("/files/<int:file_id>/take-out", methods=["GET", "POST"])
def take_out(commitment_id: int, file_id: int) -> Answer:
    """Ask why a file is no longer shown, and erase it."""
    found, form = _allowed(commitment_id, "evidence"), TakeOutForm()
    entry = next(one for one in found.entries if one.file is file_in(found, file_id))
    if not form.is_submitted():
        return render_template("commitments/take_out.html", it=found, entry=entry, form=form)
    if not form.validate() or _names_hidden_place(found, form):
        return render_template("commitments/take_out.html", it=found, entry=entry, form=form), 422
    promises.take_out_file(found, file_id, form.text, current_user.id, person(current_user))
    flash(_("The file is erased. That it was there stays in the history."), "success")
    return redirect(url_for("commitments_team.edit", commitment_id=found.id))


def _names_hidden_place(found: Commitment, form: StepForm) -> bool:
    taken = form.taken if isinstance(form, EvidenceForm) else None
    said = partial(words_in, taken.kind, taken.content) if taken else None
    return names_hidden_place(form, current_user.id, found.market_id, attached=lambda: {"file": said()} if said else {})


def _allowed(commitment_id: int, step: str) -> Commitment:
    """A published promise about which somebody may take this step."""
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
    promises.move_due(found, form.due_on.data, form.text, current_user.id, person(current_user))


def _plan(found: Commitment, form: Any) -> None:
    promises.plan_milestone(found, form.text, form.due_on.data, current_user.id, person(current_user))


def _evidence(found: Commitment, form: Any) -> None:
    promises.add_evidence(found, form.text, form.url.data or "", current_user.id, person(current_user), form.taken)


def _claim(found: Commitment, form: Any) -> None:
    promises.claim_kept(found, form.text, current_user.id, person(current_user))


def _judge(found: Commitment, form: Any) -> None:
    me = person(current_user)
    if form.verdict.data == "open":
        promises.reopen(found, form.text, current_user.id, me)
    else:
        promises.judge(found, Verdict(form.verdict.data), form.text, current_user.id, me)


DO: dict[str, Callable[[Commitment, Any], None]] = {
    "move": _move,
    "plan": _plan,
    "evidence": _evidence,
    "claim": _claim,
    "judge": _judge,
}


def _page(found: Commitment, step: str, form: StepForm, *, is_newer: bool = False) -> str:
    return render_template("commitments/step.html", it=found, step=step, form=form, is_newer=is_newer)
