"""Pages of the desks that read reports: inbox, one report with its forms, pictures, sorting and referrals.

Every view looks a report up among the desks that the signed-in member can open; all others raise `NotFound`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from portal.accounts.desk_keys import lock_of
from portal.accounts.roles import READS_REPORTS
from portal.accounts.sign_in import current_user
from portal.accounts.texts import DESK_LOCKS
from portal.accounts.users import desks_of, member_names
from portal.core.db import db, session
from portal.core.forms import only_changes_language
from portal.core.i18n import LANGUAGES, language, language_here
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal
from portal.markets.map.sheets import names_of_the_city
from portal.reports import at_work, notes, same, saved_answers, threads, worklist
from portal.reports.at_work import People
from portal.reports.desk_access import (
    id_in,
    market_names,
    my_keys,
    my_thread,
    my_worklist,
    noted_next,
    places,
    to_list,
    to_thread,
)
from portal.reports.desk_forms import DeskForm, DeskNoteForm, SortForm
from portal.reports.intake_pages import LONGEST_REPORT
from portal.reports.kept import kept_longer
from portal.reports.referrals import masked_finding, masked_words, unread
from portal.reports.reports import (
    OpenedMessage,
    Shared,
    Thread,
    answered_threads,
    attachment,
    clock,
    first_words,
    holders_sentence,
    is_stranded,
    opened_by_desk,
    opened_by_sender,
    referral_of,
    referrals_of,
)
from portal.reports.texts import (
    AGES,
    ANSWER_DELIVERIES,
    CHANNELS,
    DESK_CATEGORIES,
    DISPOSITIONS,
    OUTCOMES,
    PARTS,
    REFERRALS,
    STATES,
    STEPS,
    VERDICTS,
    WHY_UNREAD,
)
from portal.reports.triage import (
    OVERSIGHT,
    READERS,
    Category,
    Disposition,
    Referral,
    WhyUnread,
    desk_for,
    proposed_step,
)
from portal.reports.worklist import (
    FREE,
    MINE,
    NOWHERE,
    FoundReports,
    Worklist,
    how_many_turned_away,
    how_many_wait,
    totals,
)

MOST_WORDS = 100
"""Letters that can be looked for."""
MOST_BEGIN = 1_000_000
# Their list is long, and everybody who sends a report or a text would wait for it.
blueprint = AudienceBlueprint(
    "desk", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk", pages_read=True
)
WORDS = {
    "ages": AGES,
    "answer_deliveries": ANSWER_DELIVERIES,
    "states": STATES,
    "categories": DESK_CATEGORIES,
    "channels": CHANNELS,
    "dispositions": DISPOSITIONS,
    "outcomes": OUTCOMES,
    "verdicts": VERDICTS,
    "referrals": REFERRALS,
    "steps": STEPS,
    "why_unread": WHY_UNREAD,
    "parts": PARTS,
}


@blueprint.get("/", endpoint="inbox")
def arrivals() -> str:
    """List the reports of the member's desks that match the chosen filters, the most pressing first."""
    at_work.look_away(current_user.id)
    listed = my_worklist()
    found, more = listed.page()
    return _list(listed, found, more=more)


@blueprint.route("/search", methods=["GET", "POST"])
def search() -> ResponseReturnValue:
    """List the reports whose words match; the words that are looked for stand in no URL and are not kept."""
    if request.method != "POST":
        return to_list()
    listed = my_worklist()
    words = " ".join(request.form.get("words", "")[:MOST_WORDS].split())
    begin = min(max(request.form.get("begin", 0, int), 0), MOST_BEGIN)
    found = worklist.search(listed, words, my_keys(), begin)
    return _list(listed, found.threads, found=found, words=words)


def _list(
    listed: Worklist, rows: Sequence[Thread], *, more: bool = False, found: FoundReports | None = None, words: str = ""
) -> str:
    closed = [desk.id for desk in desks_of(current_user.id, READS_REPORTS) if desk.id not in listed.desk_ids]
    return render_template(
        "reports/inbox.html",
        rows=[(thread, clock(thread)) for thread in rows],
        begins=first_words(rows, my_keys()),
        heard=answered_threads(thread.id for thread in rows),
        stranded=listed.stranded,
        totals=totals(listed),
        matching=listed.count(),
        most_closed=worklist.MOST_CLOSED,
        turned_away=how_many_turned_away(),
        markets=market_names(),
        choices=_choices(),
        people=_at_work(rows, listed),
        me=current_user.id,
        selection=listed.selection,
        more=more,
        found=found,
        searched=words,
        most_words=MOST_WORDS,
        admitted=bool(listed.desk_ids),
        lock=lock_of(closed[0], current_user.id) if closed else None,
        locked=how_many_wait(closed),
        desk_locks=DESK_LOCKS,
        **WORDS,
    )


@blueprint.get("/<int:thread_id>")
def thread(thread_id: int) -> str:
    """Show one report with all its messages."""
    found = my_thread(thread_id)
    at_work.look_at(found.id, current_user.id)
    opened = _open(found)
    return _show(found, _new_form(found, opened), opened=opened)


@blueprint.post("/<int:thread_id>/take")
def take(thread_id: int) -> ResponseReturnValue:
    """Note that the member works on a report."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    try:
        at_work.take(found, current_user.id, id_in(request.form, "seen"))
    except Refused as error:
        return _again(found, typed, reason=refusal(error.key)), 409
    flash(_("You have it. Your colleagues see that."), "success")
    return go_on(found, typed)


@blueprint.post("/<int:thread_id>/give-back")
def give_back(thread_id: int) -> ResponseReturnValue:
    """Make a report free for everybody at the desk again."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    at_work.give_back(found, current_user.id)
    flash(_("Nobody has it now. Whoever has time takes it."), "success")
    return go_on(found, typed)


@blueprint.post("/<int:thread_id>/read")
def mark_read(thread_id: int) -> ResponseReturnValue:
    """Mark a report as read."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    threads.mark_read(found, current_user.id)
    flash(_("Marked as read."), "success")
    return go_on(found, typed)


@blueprint.post("/<int:thread_id>")
def act(thread_id: int) -> ResponseReturnValue:
    """Answer a report, ask the resident for more, pass it on or close it."""
    found = my_thread(thread_id)
    form, typed = _sent_form(found), typed_there(found)
    if only_changes_language():
        return _again(found, typed)
    if not form.validate():
        # The page that asks has the new version: it says here or never that a colleague was faster.
        return _again(found, typed, form=form, changed=form.version.data != str(found.version)), 422
    if form.version.data != str(found.version):
        return _again(found, typed, form=form, changed=True), 409
    try:
        _do(found, form)
        session.flush()
    except (Refused, StaleDataError) as error:
        return _undone(thread_id, error, typed, form=form), 409
    flash(_("Done. The person sees it with their code words."), "success")
    left = typed.without("form")
    return to_list() if form.step[0] == "close" and not left else go_on(found, left)


@blueprint.post("/<int:thread_id>/begin/<int:answer_id>")
def begin_with(thread_id: int, answer_id: int) -> str:
    """Show the form again with a saved answer in it; nothing is sent yet."""
    found = my_thread(thread_id)
    saved = saved_answers.saved_answer(answer_id, [found.desk_id])
    return _with_more(found, saved.answer[found.language])


@blueprint.post("/<int:thread_id>/begin-with-finding/<int:referral_id>")
def begin_with_finding(thread_id: int, referral_id: int) -> str:
    """Show the form again with what receivers found in it; nothing is sent yet."""
    found = my_thread(thread_id)
    shared = opened_by_sender(referral_of(found.id, referral_id), my_keys())
    return _with_more(found, masked_finding(shared.finding, found.language))


def _with_more(found: Thread, words: str) -> str:
    form = _sent_form(found)
    form.what.data = "\n\n".join(filter(None, (form.what.data, words)))
    return _again(found, typed_there(found), form=form, changed=form.version.data != str(found.version))


ANSWER = ("what", "what_alike", "readable", "then", "alike")


class UnsentParts(dict[str, Any]):
    """What was typed on the page of a report and not sent by the pressed button; see `typed_there`.

    All forms of the page are one form for the browser, so that no button loses what stands in another part.
    """

    def without(self, part: str) -> UnsentParts:
        """Return what is left once a part was sent."""
        return UnsentParts({name: value for name, value in self.items() if name != part and value})


def typed_there(found: Thread) -> UnsentParts:
    """Return the sent forms of the page that differ from a new page. Call it before the report is changed."""
    form, fresh, typed = _sent_form(found), _new_form(found), UnsentParts()
    if "what" in request.form and any(_differs(form[name].data, fresh[name].data) for name in ANSWER):
        typed |= {"form": form, "changed": form.version.data != str(found.version)}
        if not _differs(form.readable.data, fresh.readable.data):
            # The draft is made anew: a translation that is saved changes it.
            form.readable.data = None
    if (noting := DeskNoteForm()).note.data:
        typed["noting"] = noting
    translations = {one.id: _translation(one.id) for one in found.messages}
    typed["translating"] = {key: one for key, one in translations.items() if one.note.data}
    sorting, before = SortForm(places(), language()), _sorting(found)
    if "category" in request.form and any(sorting[name].data != before[name].data for name in ("category", "market")):
        typed["sorting"] = sorting
    return typed.without("")


def _differs(typed: str | bool | None, before: str | bool | None) -> bool:
    return str(typed or "").split() != str(before or "").split()


def _again(found: Thread, typed: UnsentParts, **kwargs: Any) -> str:
    """Show the page with what was typed. Each part in `kwargs` comes before what was typed there."""
    shown, new = typed | kwargs, _new_form(found)
    form: DeskForm = shown.pop("form", new)
    if form.readable.data is None:
        form.readable.data = new.readable.data
    return _show(found, form, **shown)


def _undone(thread_id: int, error: Refused | StaleDataError, typed: UnsentParts, **kwargs: Any) -> str:
    """Undo everything, and show the page with the reason and what was typed."""
    db.rollback()
    reason = refusal(error.key) if isinstance(error, Refused) else None
    return _again(my_thread(thread_id), typed, changed=reason is None, reason=reason, **kwargs)


def go_on(found: Thread, typed: UnsentParts) -> ResponseReturnValue:
    """Redirect to the report, or show it with what else was typed."""
    session.flush()
    return _again(found, typed) if typed else to_thread(found.id)


def _sent_form(found: Thread) -> DeskForm:
    return DeskForm(
        Category(found.category),
        _readers(found, _unread(found)),
        said=lambda: _said(found),
        places=names_of_the_city,
        draft=lambda: _draft(found, _open(found)),
        has_voice=any(one.kind == "voice" for one in found.messages),
    )


@blueprint.post("/<int:thread_id>/note")
def note(thread_id: int) -> ResponseReturnValue:
    """Add a note for colleagues at this desk."""
    found, form = my_thread(thread_id), DeskNoteForm()
    typed = typed_there(found)
    if not form.validate():
        return _again(found, typed, noting=form), 422
    notes.add_note(found, form.note.data or "", current_user.id)
    flash(_("Noted. Only this desk reads it."), "success")
    return go_on(found, typed.without("noting"))


@blueprint.post("/<int:thread_id>/translate/<int:message_id>")
def translate(thread_id: int, message_id: int) -> ResponseReturnValue:
    """Add a translation of a message of the resident, under the name of the member."""
    found, form = my_thread(thread_id), _translation(message_id)
    typed, instead = typed_there(found), id_in(request.form, f"instead-{message_id}")
    if not form.validate():
        return _again(found, typed, translating={message_id: form}), 422
    try:
        notes.translate(found, message_id, form.note.data or "", current_user.id, instead)
    except Refused as error:
        return _undone(thread_id, error, typed), 409
    flash(_("The translation stands beside the words, with your name. Only this desk reads it."), "success")
    typed.get("translating", {}).pop(message_id, None)
    return go_on(found, typed.without(""))


@blueprint.post("/<int:thread_id>/note/<int:note_id>/erase")
def erase_note(thread_id: int, note_id: int) -> ResponseReturnValue:
    """Erase a note or a translation."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    notes.erase_note(found, note_id, current_user.id)
    flash(_("Erased."), "success")
    return go_on(found, typed)


def _translation(message_id: int, **kwargs: Any) -> DeskNoteForm:
    form = DeskNoteForm(prefix=f"in-other-words-{message_id}-", **kwargs)
    form.note.label.text = _("Translation")
    return form


@blueprint.post("/<int:thread_id>/doubt")
def settle_doubt(thread_id: int) -> ResponseReturnValue:
    """Record whether the texter wants no more texts."""
    found, stop = my_thread(thread_id), request.form.get("stop") == "yes"
    typed = typed_there(found)
    threads.settle_doubt(found, stop, current_user.id)
    flash(
        _("They get no more texts.")
        if stop
        else _("Answers go to the phone again. What was answered in between goes out now."),
        "success",
    )
    return go_on(found, typed)


@blueprint.post("/<int:thread_id>/passed/<int:referral_id>/take-back")
def take_back(thread_id: int, referral_id: int) -> ResponseReturnValue:
    """Withdraw a referral, so that its receivers can no longer read it."""
    found = my_thread(thread_id)
    typed = typed_there(found)
    threads.take_back(found, referral_of(found.id, referral_id), current_user.id)
    flash(_("Taken back. They cannot read it any more; what they have read they know."), "success")
    return go_on(found, typed)


@blueprint.get("/<int:thread_id>/picture/<int:message_id>")
def show_picture(thread_id: int, message_id: int) -> Response:
    """Return a picture of a report as JPEG."""
    jpeg = attachment(my_thread(thread_id), message_id, my_keys(), "picture")
    return Response(jpeg, mimetype="image/jpeg")


@blueprint.get("/<int:thread_id>/voice/<int:message_id>")
def play_voice(thread_id: int, message_id: int) -> Response:
    """Return a voice note of a report as WAV, or the part of it that the browser asks for."""
    sound = attachment(my_thread(thread_id), message_id, my_keys(), "voice")
    answer = Response(sound, mimetype="audio/wav")
    return answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(sound))


@blueprint.post("/<int:thread_id>/sort")
def sort(thread_id: int) -> ResponseReturnValue:
    """Set the category and the place of a report."""
    found, form = my_thread(thread_id), SortForm(places(), language())
    typed, before = typed_there(found), found.desk_id
    if not form.validate():
        return _again(found, typed, sorting=form), 422
    if form.version.data != str(found.version):
        return _again(found, typed, sorting=form, changed=True), 409
    try:
        _sort(found, form)
        session.flush()
        if found.desk_id != before and typed.without("sorting"):
            raise Refused("answer_not_sent")
    except (Refused, StaleDataError) as error:
        return _undone(thread_id, error, typed, sorting=form), 409
    if found.desk_id == before:
        flash(_("Sorted."), "success")
        return go_on(found, typed.without("sorting"))
    flash(_where_it_went(found), "success")
    return to_list()


def _where_it_went(found: Thread) -> str:
    if found.category == Category.CONDUCT:
        return str(_("It went to the oversight contact. This desk cannot open it any more."))
    return str(_("It went to the desk. The people there can read it now, and you cannot open it any more."))


def _sort(found: Thread, form: SortForm) -> None:
    place_id = next((place.id for place in places() if place.slug == form.market.data), None)
    sure = bool(form.may_read_all.data)
    threads.sort(found, Category(form.category.data), place_id, my_keys(), current_user.id, sure=sure)


def _do(found: Thread, form: DeskForm) -> None:
    text, member_id = form.what.data or "", current_user.id
    at_work.note_act(found, member_id)
    match form.step:
        case "ask", _:
            threads.ask_more(found, text, member_id)
        case "pass", to:
            threads.pass_on(found, Referral(to), text, member_id, form.readable.data or "" if form.is_shared else "")
        case "close", ending:
            threads.close(found, Disposition(ending), text, member_id)
            _answer_alike(found, form, Disposition(ending))
        case _:
            threads.answer(found, text, member_id)
            _answer_alike(found, form)


def _answer_alike(found: Thread, form: DeskForm, ending: Disposition | None = None) -> None:
    if form.alike.data:
        other = "en" if found.language == "es" else "es"
        texts = {found.language: form.what.data or "", other: form.what_alike.data or ""}
        same.answer_alike(found, texts, current_user.id, ending)


def _show(
    found: Thread,
    form: DeskForm,
    *,
    opened: OpenedThread | None = None,
    changed: bool = False,
    reason: str | None = None,
    sorting: SortForm | None = None,
    noting: DeskNoteForm | None = None,
    translating: dict[int, DeskNoteForm] | None = None,
) -> str:
    sorting = sorting or _sorting(found)
    form.version.data = sorting.version.data = str(found.version)
    listed = my_worklist()
    onward = listed.next_to(found, noted_next())
    return render_template(
        "reports/desk_thread.html",
        thread=found,
        form=form,
        sorting=sorting,
        noting=noting or DeskNoteForm(formdata=None),
        translating=translating or {},
        new_translation=partial(_translation, formdata=None),
        changed=changed,
        reason=reason,
        selection=listed.selection,
        people=_at_work([found], listed),
        me=current_user.id,
        onward=onward,
        here={**listed.selection.kept, **({"next": onward} if onward else {})},
        **_standing(found),
        **_told(opened or _open(found)),
        **WORDS,
    )


def _standing(found: Thread) -> dict[str, Any]:
    """Return where a report stands, for its page."""
    alike = same.same_as(found)
    return {
        "who_has_it": holders_sentence(found),
        "kept": kept_longer(found),
        "at_oversight": desk_for(Category(found.category)) == OVERSIGHT,
        "running": clock(found),
        "markets": market_names(),
        "by_text": found.texts_back and not found.doubt,
        "answer_delivery": threads.answer_delivery(found),
        "saved": saved_answers.saved_answers([found.desk_id]),
        "alike": alike,
        "other_languages": {one.language for one in alike} - {found.language},
        "first": same.first_of(found),
        "may_have_same": same.may_have_same(found),
    }


class OpenedThread(NamedTuple):
    """What was written in and about a report, decrypted with the keys of the signed-in member.

    `unread` are the targets that cannot be chosen now, and why.
    """

    messages: list[OpenedMessage]
    passed: list[Shared]
    noted: list[notes.OpenedDeskNote]
    unread: dict[Referral, WhyUnread]


def _open(found: Thread) -> OpenedThread:
    keys = my_keys()
    passed = [opened_by_sender(row, keys) for row in referrals_of(found.id)]
    return OpenedThread(opened_by_desk(found, keys), passed, notes.notes_of(found, keys), _unread(found))


def _told(opened: OpenedThread) -> dict[str, Any]:
    """Return what was written in and about a report, for its page."""
    messages, passed, noted, missed = opened
    people = [said.member_id for said in messages] + [one.row.acknowledged_by_id for one in passed]
    people += [one.member_id for one in noted]
    return {
        "messages": messages,
        "unread": missed,
        "passed": passed,
        "stranded": [one.row.id for one in passed if is_stranded(one.row)],
        "noted": [one for one in noted if one.about_id is None],
        "translations": {one.about_id: one for one in noted if one.about_id is not None},
        "names": member_names({one for one in people if one}),
    }


def _new_form(found: Thread, opened: OpenedThread | None = None) -> DeskForm:
    """Return an empty form with a masked draft of the referral and the ending that a receiver proposed."""
    opened = opened or _open(found)
    then = proposed_step([one.finding for one in opened.passed if not one.row.is_over])
    readers = _readers(found, opened.unread)
    words = _draft(found, opened) if readers else ""
    return DeskForm(Category(found.category), readers, formdata=None, readable=words, then=then)


def _draft(found: Thread, opened: OpenedThread) -> str:
    translated = {one.about_id: one.text for one in opened.noted if one.about_id and one.text}
    return masked_words(opened.messages, found.language, LONGEST_REPORT, translated)


def _said(found: Thread) -> str:
    """Return everything that the resident wrote, decrypted with the keys of the signed-in member."""
    return "\n".join(
        said.words.all_text for said in opened_by_desk(found, my_keys()) if said.author == "resident" and said.words
    )


def _readers(found: Thread, missed: Collection[Referral]) -> list[Referral]:
    """Return the targets with members who can read this report here; none for a complaint about the police."""
    if found.category == Category.CONDUCT:
        return []
    return [to for to in READERS if to not in missed]


def _unread(found: Thread) -> dict[Referral, WhyUnread]:
    """Return the targets that cannot be chosen now, and why."""
    return {} if found.category == Category.CONDUCT else unread(found.market_id)


def _sorting(found: Thread) -> SortForm:
    form = SortForm(places(), language(), formdata=None)
    form.category.data = found.category
    form.market.data = next((place.slug for place in places() if place.id == found.market_id), "")
    return form


def _at_work(rows: Sequence[Thread], listed: Worklist) -> dict[int, People]:
    """Return who has each of these reports, and who reads it now, by its id."""
    held, reading = at_work.holders_of(thread.id for thread in rows), listed.read_by_others
    names = member_names({holder.member_id for holder in held.values()})
    return {thread.id: People(held.get(thread.id), names, reading.get(thread.id, [])) for thread in rows}


def _choices() -> dict[str, dict[str, Any]]:
    """Return what each filter can be set to, with its words."""
    return {
        "place": {NOWHERE: _("No place of ours")} | {place.slug: place.name[language()] for place in places()},
        "about": {key.value: label for key, label in DESK_CATEGORIES.items()},
        "language": {code: language_here(code).capitalize() for code in LANGUAGES},
        "channel": {key.value: label for key, label in CHANNELS.items()},
        "age": {key.value: label for key, label in AGES.items()},
        "whose": {MINE: _("I have it"), FREE: _("Nobody has it")},
    }
