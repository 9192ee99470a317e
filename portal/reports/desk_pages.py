"""The pages of one report at a desk: its messages and forms, pictures, sorting, referrals, and others of the same.

Every view looks a report up among the desks that the signed-in member can open; all others raise `NotFound`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.db import db, session
from portal.core.files.apart import CELLS_A_SIDE, NotTaken, covered
from portal.core.forms import ProtectedForm, only_changes_language
from portal.core.i18n import language
from portal.core.statuses import Refused
from portal.core.web import refusal
from portal.markets.map.sheets import names_of_the_city
from portal.reports import at_work, inbox_pages, notes, referrals, reports, same, saved_answers, threads, triage
from portal.reports.desk_forms import DeskForm, DeskNoteForm, SortForm
from portal.reports.inbox_pages import my_keys, my_thread, places, to_thread
from portal.reports.intake_pages import LONGEST_REPORT
from portal.reports.reports import Thread
from portal.reports.triage import Category, Disposition, Referral

blueprint = inbox_pages.blueprint
"""One with the list."""


@blueprint.get("/<int:thread_id>")
def thread(thread_id: int) -> str:
    report = my_thread(thread_id)
    at_work.look_at(report.id, current_user.id)
    opened = _open(report)
    return _show(report, _new_form(report, opened), opened=opened)


@blueprint.post("/<int:thread_id>/take")
def take(thread_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    try:
        at_work.take(report, current_user.id, inbox_pages.id_in(request.form, "seen"))
    except Refused as error:
        return _again(report, typed, reason=refusal(error.key)), 409
    return _go_on(report, typed, _("You have it. Your colleagues see that."))


@blueprint.post("/<int:thread_id>/give-back")
def give_back(thread_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    at_work.give_back(report, current_user.id)
    return _go_on(report, typed, _("Nobody has it now. Whoever has time takes it."))


@blueprint.post("/<int:thread_id>/read")
def mark_read(thread_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    threads.mark_read(report, current_user.id)
    return _go_on(report, typed, _("Marked as read."))


@blueprint.post("/<int:thread_id>")
def act(thread_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    form = _sent_form(report)
    if only_changes_language():
        return _again(report, typed)
    if not form.validate():
        # The page that asks has the new version: it says here or never that a colleague was faster.
        return _again(report, typed, form=form, changed=form.version.data != str(report.version)), 422
    if form.version.data != str(report.version):
        return _again(report, typed, form=form, changed=True), 409
    try:
        _do(report, form)
        session.flush()
    except (Refused, StaleDataError) as error:
        return _undone(thread_id, error, typed, form=form), 409
    left, done = typed.without("form"), _("Done. The person sees it with their code words.")
    if form.step[0] == "close" and not left:
        flash(done, "success")
        return inbox_pages.to_list()
    return _go_on(report, left, done)


def _do(report: Thread, form: DeskForm) -> None:
    text, member_id, ending = form.what.data or "", current_user.id, None
    at_work.note_act(report, member_id)
    match form.step:
        case "ask", _:
            threads.ask_more(report, text, member_id)
        case "pass", to:
            readable = form.readable.data or "" if form.is_shared else ""
            threads.pass_on(report, Referral(to), text, member_id, readable)
        case "close", which:
            ending = Disposition(which)
            threads.close(report, ending, text, member_id)
        case _:
            threads.answer(report, text, member_id)
    if form.alike.data and form.step[0] in ("answer", "close"):
        other = "en" if report.language == "es" else "es"
        same.answer_alike(report, {report.language: text, other: form.what_alike.data or ""}, member_id, ending)


@blueprint.post("/<int:thread_id>/begin/<int:answer_id>")
def begin_with(thread_id: int, answer_id: int) -> str:
    """Show the form again with a saved answer in it; nothing is sent yet."""
    report = my_thread(thread_id)
    saved = saved_answers.saved_answer(answer_id, [report.desk_id])
    return _with_more(report, saved.answer[report.language])


@blueprint.post("/<int:thread_id>/begin-with-finding/<int:referral_id>")
def begin_with_finding(thread_id: int, referral_id: int) -> str:
    """Show the form again with what receivers found in it; nothing is sent yet."""
    report = my_thread(thread_id)
    shared = reports.opened_by_sender(reports.referral_of(report.id, referral_id), my_keys())
    return _with_more(report, referrals.masked_finding(shared.finding, report.language))


def _with_more(report: Thread, words: str) -> str:
    form = _sent_form(report)
    form.what.data = "\n\n".join(filter(None, (form.what.data, words)))
    return _again(report, typed_there(report), form=form, changed=form.version.data != str(report.version))


@blueprint.post("/<int:thread_id>/note")
def note(thread_id: int) -> ResponseReturnValue:
    (report, typed), form = _with_typed(thread_id), DeskNoteForm()
    if not form.validate():
        return _again(report, typed, noting=form), 422
    notes.add_note(report, form.note.data or "", current_user.id)
    return _go_on(report, typed.without("noting"), _("Noted. Only this desk reads it."))


@blueprint.post("/<int:thread_id>/translate/<int:message_id>")
def translate(thread_id: int, message_id: int) -> ResponseReturnValue:
    (report, typed), form = _with_typed(thread_id), _translation(message_id)
    if not form.validate():
        return _again(report, typed, translating={message_id: form}), 422
    try:
        instead = inbox_pages.id_in(request.form, f"instead-{message_id}")
        notes.translate(report, message_id, form.note.data or "", current_user.id, instead)
    except Refused as error:
        return _undone(thread_id, error, typed), 409
    typed.get("translating", {}).pop(message_id, None)
    done = _("The translation stands beside the words, with your name. Only this desk reads it.")
    return _go_on(report, typed.without(""), done)


@blueprint.post("/<int:thread_id>/note/<int:note_id>/erase")
def erase_note(thread_id: int, note_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    notes.erase_note(report, note_id, current_user.id)
    return _go_on(report, typed, _("Erased."))


def _translation(message_id: int, **kwargs: Any) -> DeskNoteForm:
    form = DeskNoteForm(prefix=f"in-other-words-{message_id}-", **kwargs)
    form.note.label.text = _("Translation")
    return form


@blueprint.post("/<int:thread_id>/doubt")
def settle_doubt(thread_id: int) -> ResponseReturnValue:
    (report, typed), stop = _with_typed(thread_id), request.form.get("stop") == "yes"
    threads.settle_doubt(report, stop, current_user.id)
    if stop:
        return _go_on(report, typed, _("They get no more texts."))
    return _go_on(report, typed, _("Answers go to the phone again. What was answered in between goes out now."))


@blueprint.post("/<int:thread_id>/passed/<int:referral_id>/take-back")
def take_back(thread_id: int, referral_id: int) -> ResponseReturnValue:
    """Withdraw a referral, so that its receivers can no longer read it."""
    report, typed = _with_typed(thread_id)
    threads.take_back(report, reports.referral_of(report.id, referral_id), current_user.id)
    return _go_on(report, typed, _("Taken back. They cannot read it any more; what they have read they know."))


@blueprint.post("/<int:thread_id>/sort")
def sort(thread_id: int) -> ResponseReturnValue:
    (report, typed), form = _with_typed(thread_id), SortForm(places(), language())
    before = report.desk_id
    if not form.validate():
        return _again(report, typed, sorting=form), 422
    if form.version.data != str(report.version):
        return _again(report, typed, sorting=form, changed=True), 409
    place_id = next((place.id for place in places() if place.slug == form.market.data), None)
    category, sure = Category(form.category.data), bool(form.may_read_all.data)
    try:
        threads.sort(report, category, place_id, my_keys(), current_user.id, sure=sure)
        session.flush()
        if report.desk_id != before and typed.without("sorting"):
            raise Refused("answer_not_sent")
    except (Refused, StaleDataError) as error:
        return _undone(thread_id, error, typed, sorting=form), 409
    if report.desk_id == before:
        return _go_on(report, typed.without("sorting"), _("Sorted."))
    if category is Category.CONDUCT:
        flash(_("It went to the oversight contact. This desk cannot open it any more."), "success")
    else:
        flash(_("It went to the desk. The people there can read it now, and you cannot open it any more."), "success")
    return inbox_pages.to_list()


# --- pictures and voice notes ---


@blueprint.get("/<int:thread_id>/picture/<int:message_id>")
def show_picture(thread_id: int, message_id: int) -> Response:
    jpeg = reports.attachment(my_thread(thread_id), message_id, my_keys(), "picture")
    return Response(jpeg, mimetype="image/jpeg")


@blueprint.get("/<int:thread_id>/voice/<int:message_id>")
def play_voice(thread_id: int, message_id: int) -> Response:
    """Return a voice note of a report as WAV, or the part of it that the browser asks for."""
    sound = reports.attachment(my_thread(thread_id), message_id, my_keys(), "voice")
    answer = Response(sound, mimetype="audio/wav")
    return answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(sound))


class CoverForm(ProtectedForm):
    """The parts of a picture that are to be covered: cells of a grid, numbered row by row."""

    cells = SelectMultipleField(
        _l("What nobody should see"),
        coerce=int,
        option_widget=CheckboxInput(),
        validators=[DataRequired(_l("Please choose at least one part of the picture."))],
    )
    sure = BooleanField(
        _l("I am sure: what I cover is gone for good"),
        validators=[DataRequired(_l("Please say that you are sure: it cannot be undone."))],
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cells.choices = [
            (cell, _("Row %(row)s, column %(column)s", row=cell // CELLS_A_SIDE + 1, column=cell % CELLS_A_SIDE + 1))
            for cell in range(CELLS_A_SIDE**2)
        ]


@blueprint.get("/<int:thread_id>/picture/<int:message_id>/cover")
def show_cover(thread_id: int, message_id: int) -> str:
    report = my_thread(thread_id)
    reports.attachment(report, message_id, my_keys(), "picture")
    return render_template("reports/cover.html", thread=report, message_id=message_id, form=CoverForm())


@blueprint.post("/<int:thread_id>/picture/<int:message_id>/cover")
def cover(thread_id: int, message_id: int) -> Response | tuple[str, int]:
    """Replace a picture with a copy of which parts are covered for good: a face, a house number, a view."""
    report, form = my_thread(thread_id), CoverForm()
    jpeg = reports.attachment(report, message_id, my_keys(), "picture")
    sealed_key = next(message.key_for_desk for message in report.messages if message.id == message_id)
    if not form.validate():
        return render_template("reports/cover.html", thread=report, message_id=message_id, form=form), 422
    member_id, desk_id = current_user.id, report.desk_id
    # It takes a second, for which no connection is held.
    db.close()
    try:
        made = covered(jpeg, form.cells.data or ())
    except NotTaken:
        raise Refused("cover_later") from None
    threads.replace_picture(reports.thread_at_desk(thread_id, [desk_id]), message_id, sealed_key, made, member_id)
    flash(_("Covered. Nobody can open the picture as it was any more."), "success")
    return redirect(url_for("desk.show_cover", thread_id=thread_id, message_id=message_id))


# --- several reports of one matter ---


@blueprint.get("/<int:thread_id>/same")
def choose_same(thread_id: int) -> ResponseReturnValue:
    report = my_thread(thread_id)
    return _same(report, same.perhaps_the_same(report)) if same.may_have_same(report) else to_thread(thread_id)


@blueprint.post("/<int:thread_id>/same")
def close_same(thread_id: int) -> ResponseReturnValue:
    """Ask once whether the chosen reports are the same, then close them."""
    report = my_thread(thread_id)
    chosen = {int(value) for value in request.form.getlist("same") if value.isdecimal()}
    others = [other for other in same.perhaps_the_same(report) if other.id in chosen]
    if not others:
        flash(_("Choose at least one report that is still open."), "warning")
        return redirect(url_for("desk.choose_same", thread_id=thread_id, **inbox_pages.my_worklist().selection.kept))
    if "sure" not in request.form:
        return _same(report, others, asked=True)
    many = same.close_as_same(report, chosen, current_user.id)
    flash(
        ngettext(
            "%(num)s report is closed as the same as this one.",
            "%(num)s reports are closed as the same as this one.",
            many,
        ),
        "success",
    )
    return to_thread(thread_id)


def _same(report: Thread, others: Sequence[Thread], *, asked: bool = False) -> str:
    return render_template(
        "reports/desk_same.html",
        thread=report,
        others=others,
        begins=reports.first_words([report, *others], my_keys()),
        asked=asked,
        markets=inbox_pages.market_names(),
        selection=inbox_pages.my_worklist().selection,
        **inbox_pages.WORDS,
    )


@blueprint.post("/<int:thread_id>/part")
def part(thread_id: int) -> ResponseReturnValue:
    report, typed = _with_typed(thread_id)
    same.part(report, current_user.id)
    return _go_on(report, typed, _("It is open again, and on its own."))


# --- the page of a report, with what was typed on it ---

ANSWER = ("what", "what_alike", "readable", "then", "alike")


class UnsentParts(dict[str, Any]):
    """What was typed on the page of a report and not sent by the pressed button; see `typed_there`.

    All forms of the page are one form for the browser, so that no button loses what stands in another part.
    """

    def without(self, part: str) -> UnsentParts:
        return UnsentParts({name: value for name, value in self.items() if name != part and value})


def _with_typed(thread_id: int) -> tuple[Thread, UnsentParts]:
    report = my_thread(thread_id)
    return report, typed_there(report)


def typed_there(report: Thread) -> UnsentParts:
    """Return the sent forms of the page that differ from a new page. Call it before the report is changed."""
    form, fresh, typed = _sent_form(report), _new_form(report, _open(report)), UnsentParts()
    if "what" in request.form and any(_differs(form[name].data, fresh[name].data) for name in ANSWER):
        typed |= {"form": form, "changed": form.version.data != str(report.version)}
        if not _differs(form.readable.data, fresh.readable.data):
            # The draft is made anew: a translation that is saved changes it.
            form.readable.data = None
    if (noting := DeskNoteForm()).note.data:
        typed["noting"] = noting
    translations = {message.id: _translation(message.id) for message in report.messages}
    typed["translating"] = {message_id: form for message_id, form in translations.items() if form.note.data}
    sorting, before = SortForm(places(), language()), _sorting(report)
    if "category" in request.form and any(sorting[name].data != before[name].data for name in ("category", "market")):
        typed["sorting"] = sorting
    return typed.without("")


def _differs(typed: str | bool | None, before: str | bool | None) -> bool:
    return str(typed or "").split() != str(before or "").split()


def _again(report: Thread, typed: UnsentParts, **kwargs: Any) -> str:
    """Show the page with what was typed. Each part in `kwargs` comes before what was typed there."""
    shown, fresh = typed | kwargs, _new_form(report, _open(report))
    form: DeskForm = shown.pop("form", fresh)
    if form.readable.data is None:
        form.readable.data = fresh.readable.data
    return _show(report, form, **shown)


def _undone(thread_id: int, error: Refused | StaleDataError, typed: UnsentParts, **kwargs: Any) -> str:
    """Undo everything, and show the page with the reason and what was typed."""
    db.rollback()
    reason = refusal(error.key) if isinstance(error, Refused) else None
    return _again(my_thread(thread_id), typed, changed=reason is None, reason=reason, **kwargs)


def _go_on(report: Thread, typed: UnsentParts, done: str) -> ResponseReturnValue:
    """Say what is done, and redirect to the report, or show it with what else was typed."""
    flash(done, "success")
    session.flush()
    return _again(report, typed) if typed else to_thread(report.id)


class OpenedThread(NamedTuple):
    """What was written in and about a report, as the member's keys open it, and why targets cannot be chosen now."""

    messages: list[reports.OpenedMessage]
    passed: list[reports.Shared]
    noted: list[notes.OpenedDeskNote]
    unread: dict[Referral, triage.WhyUnread]


def _open(report: Thread) -> OpenedThread:
    keys = my_keys()
    passed = [reports.opened_by_sender(row, keys) for row in reports.referrals_of(report.id)]
    return OpenedThread(reports.opened_by_desk(report, keys), passed, notes.notes_of(report, keys), _unread(report))


def _unread(report: Thread) -> dict[Referral, triage.WhyUnread]:
    return {} if report.category is Category.CONDUCT else referrals.unread(report.market_id)


def _readers(report: Thread, unread: Collection[Referral]) -> list[Referral]:
    """Return the targets with members who can read this report here; none for a complaint about the police."""
    return [] if report.category is Category.CONDUCT else [to for to in triage.READERS if to not in unread]


def _sent_form(report: Thread) -> DeskForm:
    def resident_words() -> str:
        messages = reports.opened_by_desk(report, my_keys())
        return "\n".join(row.words.all_text for row in messages if row.author == "resident" and row.words)

    return DeskForm(
        report.category,
        _readers(report, _unread(report)),
        said=resident_words,
        places=names_of_the_city,
        draft=lambda: _draft(report, _open(report)),
        has_voice=any(message.kind == "voice" for message in report.messages),
    )


def _new_form(report: Thread, opened: OpenedThread) -> DeskForm:
    """Return an empty form with a masked draft of the referral and the ending that a receiver proposed."""
    then = triage.proposed_step([shared.finding for shared in opened.passed if not shared.row.is_over])
    readers = _readers(report, opened.unread)
    words = _draft(report, opened) if readers else ""
    return DeskForm(report.category, readers, formdata=None, readable=words, then=then)


def _draft(report: Thread, opened: OpenedThread) -> str:
    translated = {row.about_id: row.text for row in opened.noted if row.about_id and row.text}
    return referrals.masked_words(opened.messages, report.language, LONGEST_REPORT, translated)


def _sorting(report: Thread) -> SortForm:
    form = SortForm(places(), language(), formdata=None)
    form.category.data = report.category.value
    form.market.data = next((place.slug for place in places() if place.id == report.market_id), "")
    return form


def _show(
    report: Thread,
    form: DeskForm,
    *,
    opened: OpenedThread | None = None,
    changed: bool = False,
    reason: str | None = None,
    sorting: SortForm | None = None,
    noting: DeskNoteForm | None = None,
    translating: dict[int, DeskNoteForm] | None = None,
) -> str:
    sorting = sorting or _sorting(report)
    form.version.data = sorting.version.data = str(report.version)
    listed = inbox_pages.my_worklist()
    onward = listed.next_to(report, inbox_pages.noted_next())
    return render_template(
        "reports/desk_thread.html",
        thread=report,
        form=form,
        sorting=sorting,
        noting=noting or DeskNoteForm(formdata=None),
        translating=translating or {},
        new_translation=partial(_translation, formdata=None),
        changed=changed,
        reason=reason,
        selection=listed.selection,
        people=inbox_pages.people_at([report], listed),
        me=current_user.id,
        onward=onward,
        here={**listed.selection.kept, **({"next": onward} if onward else {})},
        markets=inbox_pages.market_names(),
        saved=saved_answers.saved_answers([report.desk_id]),
        **_standing(report),
        **_opened_parts(opened or _open(report)),
        **inbox_pages.WORDS,
    )


def _standing(report: Thread) -> dict[str, Any]:
    alike = same.same_as(report)
    return {
        "who_has_it": reports.holders_sentence(report),
        "kept": reports.kept_longer(report),
        "at_oversight": report.category is Category.CONDUCT,
        "running": reports.clock(report),
        "by_text": report.texts_back and not report.doubt,
        "answer_delivery": threads.answer_delivery(report),
        "alike": alike,
        "other_languages": {other.language for other in alike} - {report.language},
        "first": same.first_of(report),
        "may_have_same": same.may_have_same(report),
    }


def _opened_parts(opened: OpenedThread) -> dict[str, Any]:
    messages, passed, noted, unread = opened
    people = [message.member_id for message in messages] + [shared.row.acknowledged_by_id for shared in passed]
    people += [row.member_id for row in noted]
    return {
        "messages": messages,
        "unread": unread,
        "passed": passed,
        "stranded": [shared.row.id for shared in passed if reports.is_stranded(shared.row)],
        "noted": [row for row in noted if row.about_id is None],
        "translations": {row.about_id: row for row in noted if row.about_id is not None},
        "names": member_names({member_id for member_id in people if member_id}),
    }
