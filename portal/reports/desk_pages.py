"""The pages of one report at a desk: its messages and forms, pictures, sorting and referrals.

Every view looks a report up among the desks that the signed-in member can open; all others raise `NotFound`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.db import db, session
from portal.core.editing import lines
from portal.core.files.apart import CELLS_A_SIDE, NotTaken, covered
from portal.core.forms import ProtectedForm, long_text, only_changes_language, refuse
from portal.core.i18n import language, speaking
from portal.core.names import bare_names
from portal.core.pii import PersonalDetail, personal_details
from portal.core.statuses import Refused, existing
from portal.core.web import refusal
from portal.markets.map.sheets import names_of_the_city
from portal.reports import inbox_pages, notes, referrals, reports, texts, threads, triage
from portal.reports.desk_texts import ready_answers
from portal.reports.inbox_pages import my_keys, my_thread, places, to_thread
from portal.reports.intake_pages import LONGEST_REPORT
from portal.reports.reports import Thread
from portal.reports.texts import DESK_CATEGORIES, DISPOSITIONS, MARK, REFERRALS
from portal.reports.triage import READERS, Category, Disposition, Referral, may_refer, needs_own_words, obstacle
from portal.reports.words import CloseDetail, close_details, masked, says_only_race, speaks_of_police
from portal.reports.worklist import Worklist

RACE_PASSED_ON = _l("A part of it names a race and nothing else. That helps nobody: please take it out.")
NOBODY_THERE = _l("Nobody there can read it now. Nothing was sent: please choose again.")
NO_CHOICE = _l("Please choose one of these.")
OWN_WORDS = _l(
    "This report is about selling. Write only what is about the building, the light or the trash, and nothing else."
)

ANSWERED_WITH = frozenset(Disposition) - {Disposition.NOT_REPORT}


class OpenedReport:
    """What a member's keys open of a report as it stands now, and who could read what is passed on of it."""

    def __init__(self, report: Thread, keys: reports.Keys) -> None:
        self.report = report
        self.messages = reports.opened_by_desk(report, keys)
        self.passed = [reports.opened_referral(row, keys, as_sender=True) for row in reports.referrals_of(report.id)]
        noted = notes.notes_of(report, keys)
        self.noted = [note for note in noted if note.row.about_id is None]
        self.translations = {note.row.about_id: note for note in noted if note.row.about_id is not None}
        # A complaint about the police is passed on to nobody who reads here.
        is_complaint = report.category is Category.CONDUCT
        self.unread = {} if is_complaint else referrals.unread(report.market_id)
        self.readers = [] if is_complaint else [to for to in READERS if to not in self.unread]
        translated = {about_id: note.text for about_id, note in self.translations.items() if note.text}
        self.draft = ""
        if self.readers:
            self.draft = referrals.masked_words(self.messages, report.language, LONGEST_REPORT, translated)

    def written_by(self, author: str) -> list[str]:
        return [said.words.all_text for said in self.messages if said.row.author == author and said.words]


class DeskForm(ProtectedForm):
    """The form for a reply to the resident and the next step of a report.

    If the resident's own words mention the police, it asks about police conduct even if the desk left those words out
    of the referral. With a voice note it asks in any case, because no machine hears it.
    """

    version = HiddenField()
    what = lines(_l("Answer to the person"), LONGEST_REPORT)
    then = SelectField(_l("And then"), default="answer", validate_choice=False)
    readable = lines(_l("If you pass it on: what they may read"), LONGEST_REPORT)
    again = BooleanField(_l("Send them again"))
    sure = BooleanField(_l("I am sure: they may read it as it stands"))
    not_conduct = BooleanField(_l("I am sure: it is no complaint about how police behaved"))
    names_checked = BooleanField(_l("I looked: it is no person's name, or they may read it"))
    alike = BooleanField(_l("The others who told us the same get this answer too"))
    what_alike = lines(_l("The same answer in the other language"), LONGEST_REPORT)

    def __init__(self, opened: OpenedReport, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.opened, self.category, self.readers = opened, opened.report.category, opened.readers
        self.has_voice = any(message.row.kind == "voice" for message in opened.messages)
        self.was_sent = self.may_be_conduct = False
        self.found: tuple[PersonalDetail | CloseDetail, ...] = ()
        self.perhaps_names: tuple[str, ...] = ()
        there = [to for to in REFERRALS if may_refer(self.category, to) and (to in self.readers or to not in READERS)]
        shown = [to for to in there if obstacle(self.category, to, has_place=True) != f"not_to_{to}"]
        ends = [(f"close {end.value}", label) for end, label in DISPOSITIONS.items() if end in ANSWERED_WITH]
        choices = {
            _l("It stays open"): [("answer", _l("Just answer")), ("ask", _l("Ask for more, and wait"))],
            _l("Passed on to"): [(f"pass {to.value}", REFERRALS[to]) for to in shown],
            _l("Closed with"): ends,
        }
        self.then.choices = {group: ways for group, ways in choices.items() if ways}
        self.offered = {value for ways in choices.values() for value, _label in ways}

    def validate_what(self, field: TextAreaField) -> None:
        if self.then.data in ("answer", "ask") and not field.data:
            refuse(_l("Please write something first."))

    def validate_then(self, field: SelectField) -> None:
        if field.data not in self.offered:
            refuse(NOBODY_THERE if self.step[0] == "pass" else NO_CHOICE)

    def validate_readable(self, field: TextAreaField) -> None:
        if self.is_shared and not field.data:
            refuse(_l("Please write what they may read."))
        is_narrow = self.is_shared and needs_own_words(self.category, Referral(self.step[1]))
        if is_narrow and (field.data or "").split() == self.opened.draft.split():
            refuse(OWN_WORDS)
        # The proposed text holds the answers to several questions, one per paragraph.
        for paragraph in (field.data or "").replace("\r", "").split("\n\n") if self.is_shared else ():
            if says_only_race(paragraph.partition(":")[2] or paragraph):
                refuse(RACE_PASSED_ON)

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        text = self.what.data or ""
        self.was_sent = text.split() in [words.split() for words in self.opened.written_by("desk") if text]
        if read_by_others := self.readable.data or "" if self.is_shared else self.for_all:
            self.found = personal_details(read_by_others)
            self.perhaps_names = bare_names(read_by_others, names_of_the_city())
        if self.is_shared:
            self.found += close_details(read_by_others)
            said = "\n".join((read_by_others, *self.opened.written_by("resident")))
            self.may_be_conduct = self.has_voice or speaks_of_police(said)
        return all(self[name].data or not doubts for name, doubts in self.to_confirm.items())

    @property
    def for_all(self) -> str:
        """What the others who told the same would read; empty if only the one person gets the answer."""
        if not self.alike.data or self.step[0] not in ("answer", "close"):
            return ""
        return f"{self.what.data or ''}\n\n{self.what_alike.data or ''}".strip()

    @property
    def to_confirm(self) -> dict[str, object]:
        """What needs a second look before anybody reads it, by the fields that confirm it."""
        doubts = {"sure": self.found, "names_checked": self.perhaps_names, "not_conduct": self.may_be_conduct}
        return {"again": self.was_sent, **doubts}

    @property
    def first_question(self) -> str | None:
        """Name of the first field that the desk must answer before anything is sent, or None."""
        return next((name for name, doubts in self.to_confirm.items() if doubts), None)

    @property
    def is_shared(self) -> bool:
        what, which = self.step
        return what == "pass" and which in self.readers

    @property
    def step(self) -> tuple[str, str]:
        """The next step and its target or ending, such as ("pass", "outreach")."""
        what, _space, which = (self.then.data or "").partition(" ")
        return what, which


class DeskNoteForm(ProtectedForm):
    note = long_text(_l("Note"), LONGEST_REPORT)


class SortForm(ProtectedForm):
    version = HiddenField()
    category = SelectField(_l("About"), choices=[(key.value, label) for key, label in DESK_CATEGORIES.items()])
    market = SelectField(_l("Place"))
    may_read_all = BooleanField(_l("I am sure: it is not about the police, and the desk may read all of it"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        named = [(place.slug, place.name[language()]) for place in places()]
        self.market.choices = [("", _l("Not at a place of ours")), *named]


blueprint = inbox_pages.blueprint


# --- the page of a report as it was sent ---

ANSWER = ("what", "what_alike", "readable", "then", "alike")


class SentPage:
    """A report's page as it was sent: one form for the browser, so that no button loses what it does not send itself.

    `parts` holds the forms that differ from those of a new page, by their names in `_show`.
    """

    def __init__(self, thread_id: int) -> None:
        self.thread_id = thread_id
        self.report = report = my_thread(thread_id)
        self.opened = OpenedReport(report, my_keys())
        self.form, fresh = DeskForm(self.opened), _new_form(self.opened)
        self.noting, self.sorting, before = DeskNoteForm(), SortForm(), _sorting(report)
        self.is_behind = request.form.get("version") != str(report.version)
        translations = {message.id: _translation(message.id) for message in report.messages}
        self.parts: dict[str, Any] = {
            "translating": {message_id: form for message_id, form in translations.items() if form.note.data}
        }
        pairs = ((str(self.form[name].data or ""), str(fresh[name].data or "")) for name in ANSWER)
        if "what" in request.form and any(now.split() != new.split() for now, new in pairs):
            self.parts["form"] = self.form
        if self.noting.note.data:
            self.parts["noting"] = self.noting
        sorted_anew = any(self.sorting[name].data != before[name].data for name in ("category", "market"))
        if "category" in request.form and sorted_anew:
            self.parts["sorting"] = self.sorting

    def unsent(self, sent: str = "") -> dict[str, Any]:
        """Return the parts that were typed, without the one that was `sent`."""
        return {name: part for name, part in self.parts.items() if part and name != sent}

    def again(self, **shown: Any) -> str:
        """Show the page with what was typed. Each part in `shown` comes before what was typed there."""
        shown = {"changed": self.is_behind and "form" in self.parts, **self.parts, **shown}
        form: DeskForm = shown.pop("form", None) or _new_form(self.opened)
        if form.readable.data is None:
            form.readable.data = self.opened.draft
        return _show(self.opened, form, **shown)

    def go_on(self, done: str, sent: str = "") -> ResponseReturnValue:
        """Say what is done, and redirect to the report, or show it with what else was typed."""
        session.flush()
        flash(done, "success")
        self.parts = self.unsent(sent)
        if not self.parts:
            return to_thread(self.report.id)
        self._open_anew()
        return self.again()

    def undo(self, error: Refused | StaleDataError) -> str:
        """Undo everything, and show the page with the reason and what was typed."""
        db.rollback()
        self._open_anew()
        reason = refusal(error.key) if isinstance(error, Refused) else None
        changed = reason is None or (self.is_behind and "form" in self.parts)
        return self.again(changed=changed, reason=reason)

    def _open_anew(self) -> None:
        if (self.form.readable.data or "").split() == self.opened.draft.split():
            # The draft is made anew: a translation that is saved changes it.
            self.form.readable.data = None
        self.opened = OpenedReport(my_thread(self.thread_id), my_keys())


def of_sent_page(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Call a view with the page that was sent; if it is refused or too late, show that with the reason."""

    @wraps(view)
    def answer(thread_id: int, **ids: Any) -> ResponseReturnValue:
        page = SentPage(thread_id)
        try:
            return view(page, **ids)
        except (Refused, StaleDataError) as error:
            return page.undo(error), 409

    return answer


@blueprint.get("/<int:thread_id>")
def thread(thread_id: int) -> str:
    report = my_thread(thread_id)
    notes.look_at(report.id, current_user.id)
    opened = OpenedReport(report, my_keys())
    return _show(opened, _new_form(opened))


@blueprint.post("/<int:thread_id>/take")
@of_sent_page
def take(page: SentPage) -> ResponseReturnValue:
    notes.take(page.report, current_user.id, inbox_pages.id_in(request.form, "seen"))
    return page.go_on(_("You have it. Your colleagues see that."))


ACTS = {
    "give-back": (notes.give_back, _l("Nobody has it now. Whoever has time takes it.")),
    "read": (threads.mark_read, _l("Marked as read.")),
    "part": (threads.reopen, _l("It is open again, and on its own.")),
}


@blueprint.post("/<int:thread_id>/<any('give-back', read, part):act>")
@of_sent_page
def do(page: SentPage, act: str) -> ResponseReturnValue:
    act_on, done = ACTS[act]
    act_on(page.report, current_user.id)
    return page.go_on(str(done))


@blueprint.post("/<int:thread_id>/not-a-report")
@of_sent_page
def end_silently(page: SentPage) -> ResponseReturnValue:
    """End what is no report without a word to anybody, unless one is begun."""
    if page.is_behind:
        return page.again(changed=True), 409
    if page.unsent():
        raise Refused("nobody_is_told")
    threads.close(page.report, Disposition.NOT_REPORT, "", current_user.id)
    return _to_next(page.report, _("It is closed, and nobody is told."))


@blueprint.post("/<int:thread_id>")
@of_sent_page
def act(page: SentPage) -> ResponseReturnValue:
    if only_changes_language():
        return page.again()
    if not page.form.validate():
        # The page that asks has the new version: it says here or never that a colleague was faster.
        return page.again(form=page.form, changed=page.is_behind), 422
    if page.is_behind:
        return page.again(form=page.form, changed=True), 409
    _do(page.report, page.form)
    done = _("Done. The person sees it with their code words.")
    return page.go_on(done, "form") if page.unsent("form") else _to_next(page.report, done)


def _do(report: Thread, form: DeskForm) -> None:
    text, member_id, ending = form.what.data or "", current_user.id, None
    notes.note_act(report, member_id)
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
        threads.answer_alike(report, {report.language: text, other: form.what_alike.data or ""}, member_id, ending)


@blueprint.post("/<int:thread_id>/begin/<int:answer_id>")
@of_sent_page
def begin_with(page: SentPage, answer_id: int) -> ResponseReturnValue:
    """Show the form again with a saved answer in it; nothing is sent yet."""
    ready = existing(next((ours for ours in ready_answers(page.report.desk_id) if ours.id == answer_id), None))
    return _with_more(page, ready.answer[page.report.language], ready.then)


@blueprint.post("/<int:thread_id>/begin-with-finding/<int:referral_id>")
@of_sent_page
def begin_with_finding(page: SentPage, referral_id: int) -> ResponseReturnValue:
    """Show the form again with what receivers found in it; nothing is sent yet."""
    finding = existing(next((sent.finding for sent in page.opened.passed if sent.row.id == referral_id), None))
    with speaking(page.report.language):
        words = masked(finding.what, str(MARK))
    return _with_more(page, words)


def _with_more(page: SentPage, words: str, then: str = "") -> str:
    form = page.form
    form.what.data = "\n\n".join(filter(None, (form.what.data, words)))
    if then and form.then.data == form.then.default:
        form.then.data = then
    return page.again(form=form, changed=page.is_behind)


@blueprint.post("/<int:thread_id>/note")
@of_sent_page
def note(page: SentPage) -> ResponseReturnValue:
    if not page.noting.validate():
        return page.again(noting=page.noting), 422
    notes.add_note(page.report, page.noting.note.data or "", current_user.id)
    return page.go_on(_("Noted. Only this desk reads it."), "noting")


@blueprint.post("/<int:thread_id>/translate/<int:message_id>")
@of_sent_page
def translate(page: SentPage, message_id: int) -> ResponseReturnValue:
    form = _translation(message_id)
    if not form.validate():
        return page.again(translating={message_id: form}), 422
    instead = inbox_pages.id_in(request.form, f"instead-{message_id}")
    notes.translate(page.report, message_id, form.note.data or "", current_user.id, instead)
    del page.parts["translating"][message_id]
    return page.go_on(_("The translation stands beside the words, with your name. Only this desk reads it."))


@blueprint.post("/<int:thread_id>/note/<int:note_id>/erase")
@of_sent_page
def erase_note(page: SentPage, note_id: int) -> ResponseReturnValue:
    notes.erase_note(page.report, note_id, current_user.id)
    return page.go_on(_("Erased."))


def _translation(message_id: int, **kwargs: Any) -> DeskNoteForm:
    form = DeskNoteForm(prefix=f"in-other-words-{message_id}-", **kwargs)
    form.note.label.text = _("Translation")
    return form


@blueprint.post("/<int:thread_id>/doubt")
@of_sent_page
def settle_doubt(page: SentPage) -> ResponseReturnValue:
    stop = request.form.get("stop") == "yes"
    threads.settle_doubt(page.report, stop, current_user.id)
    if stop:
        return page.go_on(_("They get no more texts."))
    return page.go_on(_("Answers go to the phone again. What was answered in between goes out now."))


@blueprint.post("/<int:thread_id>/passed/<int:referral_id>/take-back")
@of_sent_page
def take_back(page: SentPage, referral_id: int) -> ResponseReturnValue:
    threads.take_back(page.report, reports.referral_of(page.report.id, referral_id), current_user.id)
    return page.go_on(_("Taken back. They cannot read it any more; what they have read they know."))


@blueprint.post("/<int:thread_id>/sort")
@of_sent_page
def sort(page: SentPage) -> ResponseReturnValue:
    report, form, before = page.report, page.sorting, page.report.desk_id
    if not form.validate():
        return page.again(sorting=form), 422
    if page.is_behind:
        return page.again(sorting=form, changed=True), 409
    place_id = next((place.id for place in places() if place.slug == form.market.data), None)
    category, sure = Category(form.category.data), bool(form.may_read_all.data)
    threads.sort(report, category, place_id, my_keys(), current_user.id, sure=sure)
    if report.desk_id == before:
        return page.go_on(_("Sorted."), "sorting")
    if page.unsent("sorting"):
        raise Refused("answer_not_sent")
    if category is Category.CONDUCT:
        return _to_next(report, _("It went to the oversight contact. This desk cannot open it any more."))
    gone = _("It went to the desk. The people there can read it now, and you cannot open it any more.")
    return _to_next(report, gone)


# --- pictures and voice notes ---


@blueprint.get("/<int:thread_id>/<any(picture, voice):file>/<int:message_id>")
def show_file(thread_id: int, file: str, message_id: int) -> Response:
    """Return a picture as JPEG or a voice note as WAV, or the part of it that the browser asks for."""
    content = reports.attachment(my_thread(thread_id), message_id, my_keys(), file)
    answer = Response(content, mimetype="image/jpeg" if file == "picture" else "audio/wav")
    return answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(content))


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


@blueprint.route("/<int:thread_id>/picture/<int:message_id>/cover", methods=["GET", "POST"])
def cover(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Replace a picture with a copy of which parts are covered for good: a face, a house number, a view."""
    report, form = my_thread(thread_id), CoverForm()
    jpeg = reports.attachment(report, message_id, my_keys(), "picture")
    if not form.validate_on_submit():
        shown = {"thread": report, "message_id": message_id, "form": form}
        return render_template("reports/cover.html", **shown), form.http_status
    sealed_key = session.get_one(reports.ThreadMessage, message_id).key_for_desk
    member_id, desk_id = current_user.id, report.desk_id
    # It takes a second, for which no connection is held.
    db.close()
    try:
        made = covered(jpeg, form.cells.data or ())
    except NotTaken:
        raise Refused("cover_later") from None
    threads.replace_picture(reports.thread_at_desk(thread_id, [desk_id]), message_id, sealed_key, made, member_id)
    flash(_("Covered. Nobody can open the picture as it was any more."), "success")
    return redirect(url_for("desk.cover", thread_id=thread_id, message_id=message_id))


# --- what is shown of a report ---


def _to_next(report: Thread, done: str) -> Response:
    """Say what is done, with the way back, and go on to the report that came next, or to the list if there is none."""
    session.flush()
    is_ours, is_closed = report.desk_id in inbox_pages.my_desks(), report.state == triage.TriageState.CLOSED
    inbox_pages.say_ended(done, [report.id] if is_ours else [], may_open_again=is_closed)
    listed = inbox_pages.my_worklist()
    after = listed.next_to(report, inbox_pages.id_in(request.args, "next"))
    if after is None:
        return inbox_pages.to_list()
    return redirect(url_for("desk.thread", thread_id=after, **listed.selection.kept))


def _new_form(opened: OpenedReport) -> DeskForm:
    """Return an empty form with a masked draft of the referral and the ending that a receiver proposed."""
    then = triage.proposed_step([shared.finding for shared in opened.passed if not shared.row.is_over])
    return DeskForm(opened, formdata=None, readable=opened.draft, then=then)


def _sorting(report: Thread) -> SortForm:
    place = next((place.slug for place in places() if place.id == report.market_id), "")
    return SortForm(formdata=None, category=report.category.value, market=place)


def _show(opened: OpenedReport, form: DeskForm, sorting: SortForm | None = None, **shown: object) -> str:
    """Show a report with these forms; `shown`: that it `changed`, why it is refused, a note or translations begun."""
    report, sorting = opened.report, sorting or _sorting(opened.report)
    form.version.data = sorting.version.data = str(report.version)
    listed = inbox_pages.my_worklist()
    onward = listed.next_to(report, inbox_pages.id_in(request.args, "next"))
    return render_template(
        "reports/desk_thread.html",
        thread=report,
        opened=opened,
        form=form,
        sorting=sorting,
        new_translation=partial(_translation, formdata=None),
        selection=listed.selection,
        me=current_user.id,
        onward=onward,
        here={**listed.selection.kept, **({"next": onward} if onward else {})},
        markets=inbox_pages.market_names(),
        saved=ready_answers(report.desk_id),
        **_standing(opened, listed),
        texts=texts,
        **{"noting": DeskNoteForm(formdata=None), "translating": {}, "changed": False, "reason": None, **shown},
    )


def _standing(opened: OpenedReport, listed: Worklist) -> dict[str, Any]:
    report, alike = opened.report, threads.same_as(opened.report)
    holder = session.get(notes.TakenReport, report.id, populate_existing=True)
    people = {message.row.member_id for message in opened.messages} | {holder and holder.member_id}
    people |= {note.row.member_id for note in (*opened.noted, *opened.translations.values())}
    people |= {shared.row.acknowledged_by_id for shared in opened.passed}
    deliveries = (arrived(report.id) for arrived in threads.ANSWER_ARRIVED.plugged())
    names = member_names({member_id for member_id in people if member_id})
    return {
        "names": names,
        "holder": holder,
        "reading": listed.read_by_others.get(report.id, []),
        "stranded": [shared.row.id for shared in opened.passed if reports.is_stranded(shared.row)],
        "who_has_it": reports.holders_sentence(report),
        "kept": reports.kept_longer(report),
        "answer_delivery": next(filter(None, deliveries), None),
        "alike": alike,
        "other_languages": {other.language for other in alike} - {report.language},
        "first": threads.first_of(report),
        "may_have_same": threads.may_have_same(report),
    }
