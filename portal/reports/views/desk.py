"""The desk: volunteers read, answer, pass on and close what was sealed for them."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal.accounts.queries import desk_private_keys, desks_of, member_names, open_desks
from portal.accounts.rules.roles import READS_REPORTS
from portal.core.db import db, session
from portal.core.editors import page_asked
from portal.core.errors import Refused
from portal.core.i18n import language
from portal.core.web import Room, members, refusal
from portal.markets.city_names import names_of_the_city
from portal.markets.models import Market
from portal.markets.queries import public_markets
from portal.reports import actions
from portal.reports.forms import LONGEST_REPORT, DeskForm, SortForm
from portal.reports.holding import holders_sentence
from portal.reports.masking import masked_words
from portal.reports.models import Thread
from portal.reports.queries import (
    Keys,
    clock,
    first_words,
    how_many_folded,
    how_many_in_flood,
    how_many_wait,
    inbox,
    opened_by_desk,
    picture,
    thread_at_desk,
)
from portal.reports.queries.readers import is_stranded, readers, stranded_threads
from portal.reports.queries.referrals import Shared, answered_threads, opened_by_sender, referral_of, referrals_of
from portal.reports.rules.referrals import READERS
from portal.reports.rules.triage import OVERSIGHT, Category, Disposition, Referral, desk_for
from portal.reports.texts import (
    CHANNELS,
    DISPOSITIONS,
    PARTS,
    REFERRALS,
    SORTED,
    STATES,
    STEPS,
    VERDICTS,
)

room = Room("desk", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk")
VIEWS = ("waiting", "open", "closed", "flood", "danger")
WORDS = {
    "states": STATES,
    "categories": SORTED,
    "channels": CHANNELS,
    "dispositions": DISPOSITIONS,
    "verdicts": VERDICTS,
    "referrals": REFERRALS,
    "steps": STEPS,
    "parts": PARTS,
}


@room.get("/", endpoint="inbox")
def arrivals() -> str:
    """Reports, the most pressing first."""
    view = request.args.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    page = page_asked()
    keys, desk_ids = _keys(), _desk_ids()
    closed = [desk.id for desk in desks_of(current_user.id, READS_REPORTS) if desk.id not in desk_ids]
    stranded = stranded_threads(desk_ids)
    threads, more = inbox(desk_ids, view, page, also_waiting=stranded)
    return render_template(
        "reports/inbox.html",
        rows=[(thread, clock(thread)) for thread in threads],
        begins=first_words(threads, keys),
        heard=answered_threads(thread.id for thread in threads),
        stranded=stranded,
        flood=how_many_in_flood(desk_ids),
        folded=how_many_folded(desk_ids),
        markets=_market_names(),
        view=view,
        page=page,
        more=more,
        admitted=bool(desk_ids),
        locked=how_many_wait(closed) if closed else None,
        **WORDS,
    )


@room.get("/<int:thread_id>")
def thread(thread_id: int) -> str:
    """One report, with everything said."""
    found = thread_at_desk(thread_id, _desk_ids())
    return _show(found, _new_form(found))


@room.post("/<int:thread_id>/read")
def mark_read(thread_id: int) -> Response:
    """Mark as read."""
    actions.mark_read(thread_at_desk(thread_id, _desk_ids()), current_user.id)
    flash(_("Marked as read."), "success")
    return redirect(url_for("desk.thread", thread_id=thread_id))


@room.post("/<int:thread_id>")
def act(thread_id: int) -> Response | tuple[str, int]:
    """Answer, ask, pass on or close."""
    found = thread_at_desk(thread_id, _desk_ids())
    form = DeskForm(Category(found.category), _readers(found), said=lambda: _said(found), places=names_of_the_city)
    if not form.validate():
        return _show(found, form), 422
    if form.version.data != str(found.version):
        return _show(found, form, changed=True), 409
    try:
        _do(found, form)
        session.flush()
    except (Refused, StaleDataError) as error:
        db.rollback()
        again = thread_at_desk(thread_id, _desk_ids())
        reason = refusal(error.key) if isinstance(error, Refused) else None
        return _show(again, form, changed=reason is None, reason=reason), 409
    flash(_("Done. The person sees it with their code words."), "success")
    if form.step[0] == "pass" and not form.is_shared:
        flash(_("Nobody reads it in the portal: tell them yourselves."), "info")
    return redirect(url_for("desk.inbox") if form.step[0] == "close" else url_for("desk.thread", thread_id=thread_id))


@room.post("/<int:thread_id>/doubt")
def settle_doubt(thread_id: int) -> Response:
    """Say whether somebody wants no more texts."""
    stop = request.form.get("stop") == "yes"
    actions.settle_doubt(thread_at_desk(thread_id, _desk_ids()), stop, current_user.id)
    flash(
        _("They get no more texts.")
        if stop
        else _("Answers go to the phone again. What was answered in between goes out now."),
        "success",
    )
    return redirect(url_for("desk.thread", thread_id=thread_id))


@room.post("/<int:thread_id>/passed/<int:referral_id>/take-back")
def take_back(thread_id: int, referral_id: int) -> Response:
    """Let those to whom it was passed on read nothing of it any more."""
    found = thread_at_desk(thread_id, _desk_ids())
    actions.take_back(found, referral_of(found.id, referral_id), current_user.id)
    flash(_("Taken back. They cannot read it any more; what they have read they know."), "success")
    return redirect(url_for("desk.thread", thread_id=thread_id))


@room.get("/<int:thread_id>/picture/<int:message_id>")
def show_picture(thread_id: int, message_id: int) -> Response:
    """A picture that came with a report."""
    jpeg = picture(thread_at_desk(thread_id, _desk_ids()), message_id, _keys())
    return Response(jpeg, mimetype="image/jpeg")


@room.post("/<int:thread_id>/sort")
def sort(thread_id: int) -> Response | tuple[str, int]:
    """Say what it is about and where."""
    found = thread_at_desk(thread_id, _desk_ids())
    markets = public_markets()
    form = SortForm(markets, language())
    reply = _new_form(found)
    if not form.validate():
        return _show(found, reply, sorting=form), 422
    if form.version.data != str(found.version):
        return _show(found, reply, sorting=form, changed=True), 409
    market = next((market for market in markets if market.slug == form.market.data), None)
    before = found.desk_id
    try:
        _sort(found, form, market)
        session.flush()
    except (Refused, StaleDataError) as error:
        db.rollback()
        again = thread_at_desk(thread_id, _desk_ids())
        reply = _new_form(again)
        reason = refusal(error.key) if isinstance(error, Refused) else None
        return _show(again, reply, sorting=form, changed=reason is None, reason=reason), 409
    if found.desk_id == before:
        flash(_("Sorted."), "success")
        return redirect(url_for("desk.thread", thread_id=thread_id))
    flash(
        _("It went to the oversight contact. This desk cannot open it any more.")
        if found.category == Category.CONDUCT
        else _("It went to the desk. The people there can read it now, and you cannot open it any more."),
        "success",
    )
    return redirect(url_for("desk.inbox"))


def _sort(found: Thread, form: SortForm, market: Market | None) -> None:
    category, place = Category(form.category.data), market.id if market else None
    actions.sort(found, category, place, _keys(), current_user.id, sure=bool(form.sure.data))


def _do(found: Thread, form: DeskForm) -> None:
    text, member_id = form.what.data or "", current_user.id
    match form.step:
        case "ask", _:
            actions.ask_more(found, text, member_id)
        case "pass", to:
            actions.pass_on(found, Referral(to), text, member_id, form.readable.data or "" if form.is_shared else "")
        case "close", ending:
            actions.close(found, Disposition(ending), text, member_id)
        case _:
            actions.answer(found, text, member_id)


def _show(
    found: Thread,
    form: DeskForm,
    *,
    changed: bool = False,
    reason: str | None = None,
    sorting: SortForm | None = None,
) -> str:
    sorting = sorting or _sorting(found)
    form.version.data = sorting.version.data = str(found.version)
    messages, passed = opened_by_desk(found, _keys()), _passed_on(found)
    people = [said.member_id for said in messages] + [one.row.acknowledged_by_id for one in passed]
    return render_template(
        "reports/desk_thread.html",
        thread=found,
        messages=messages,
        passed=passed,
        stranded=[one.row.id for one in passed if is_stranded(one.row)],
        who_has_it=holders_sentence(found),
        names=member_names({one for one in people if one}),
        form=form,
        sorting=sorting,
        at_oversight=desk_for(Category(found.category)) == OVERSIGHT,
        running=clock(found),
        markets=_market_names(),
        by_text=found.texts_back and not found.doubt,
        changed=changed,
        reason=reason,
        **WORDS,
    )


def _new_form(found: Thread) -> DeskForm:
    """The form as it is met: with what they could be let read, and how those who have it would close it."""
    endings = [one.finding.ending for one in _passed_on(found) if one.finding and not one.row.is_over]
    readers = _readers(found)
    words = masked_words(opened_by_desk(found, _keys()), found.language, LONGEST_REPORT) if readers else ""
    then = f"close {endings[0]}" if endings else "answer"
    return DeskForm(Category(found.category), readers, formdata=None, readable=words, then=then)


def _said(found: Thread) -> str:
    """All that the person wrote, opened for whoever looks at it now."""
    return "\n".join(
        said.words.all_text for said in opened_by_desk(found, _keys()) if said.author == "resident" and said.words
    )


def _readers(found: Thread) -> list[Referral]:
    """To whom it can be passed on so that somebody reads it here: what is about the police, to nobody."""
    if found.category == Category.CONDUCT:
        return []
    return [to for to in READERS if readers(to, found.market_id)]


def _passed_on(found: Thread) -> list[Shared]:
    keys = _keys()
    return [opened_by_sender(row, keys) for row in referrals_of(found.id)]


def _sorting(found: Thread) -> SortForm:
    form = SortForm(public_markets(), language(), formdata=None)
    form.category.data = found.category
    form.market.data = next((m.slug for m in public_markets() if m.id == found.market_id), "")
    return form


def _keys() -> Keys:
    return desk_private_keys(current_user.id, current_user.private_key())


def _desk_ids() -> list[int]:
    """The desks whose reports are shown: who was not admitted yet learns of none, not even where and what about."""
    return open_desks(current_user.id, _keys(), READS_REPORTS)


def _market_names() -> dict[int, str]:
    return {market.id: market.name[language()] for market in public_markets()}
