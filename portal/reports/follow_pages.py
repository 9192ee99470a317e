"""Public pages on which a resident follows a report: code words, messages, and the verdict.

The code words travel only in the body of a POST; `intake` describes what pages carry instead.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField

from portal.core.editing import lines
from portal.core.forms import PublicForm, choices_of, only_changes_language, refuse
from portal.core.i18n import language
from portal.core.limits import address_key, may_still_try, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import all_urgent
from portal.core.statuses import Refused
from portal.core.web import PUBLIC, AudienceBlueprint, error_page, refusal
from portal.reports import code as code_words, intake, intake_pages as pages, reports, texts
from portal.reports.attachments import ChosenFiles, FilesTold, allow_microphone, read_files, told_of_files
from portal.reports.code import Candidate
from portal.reports.intake import SHOWN_WORDS, TICKET, is_room_for_files
from portal.reports.intake_pages import LONGEST_REPORT, AlertPart, CodeWordsForm, ConfirmTicketForm
from portal.reports.reports import Thread
from portal.reports.threads import THREAD_OPENED, add_attachments, add_words, may_say, say_verdict
from portal.reports.triage import ResidentVerdict
from portal.reports.words import ReportWords


class SayForm(pages.FormWithWords):
    """A further message of the resident; `ticket` stands for the code that was just typed."""

    ticket = HiddenField()
    what = lines(_l("Write to us"), LONGEST_REPORT)

    def validate_what(self, field: TextAreaField) -> None:
        if not field.data and not self.files:
            refuse(_l("Please write something first."))
        self.look_through(field)


class VerdictForm(PublicForm):
    ticket = HiddenField()
    verdict = RadioField(_l("Is it better now?"), pages.CHOSEN, choices=choices_of(texts.VERDICTS))


blueprint = AudienceBlueprint(
    "reports_follow", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report", sent_from="reports_follow.enter"
)
QUARTER = 900
NO_FILES = FilesTold()
blueprint.after_request(allow_microphone)
blueprint.before_request(pages.make_room)


@blueprint.get("/follow")
def enter() -> str:
    return _ask(CodeWordsForm())


@blueprint.post("/follow")
def read() -> str:
    """Open the thread of the typed code words. The status of wrong ones is 200 as well: it would show on the line."""
    return _with_code(CodeWordsForm(), "enter")


@blueprint.post("/confirm")
def confirm() -> str:
    """Check that the resident has noted the code words; they stay on the page until they are typed correctly."""
    form = ConfirmTicketForm()
    code = SHOWN_WORDS.read(form.shown.data)
    thread = _thread_of(code)
    if code is None or thread is None or thread.code_confirmed:
        # Confirmed words are not shown again: a different person may be pressing Back.
        return _with_code(form, "confirm")
    typed = form.code.data or ""
    if only_changes_language():
        return _ask(form, "confirm", shown=code)
    if not form.validate() or code not in code_words.readings(typed):
        meant = code_words.meant_code(typed)
        differ = code_words.differences(meant, code)
        wrong = "differ" if differ else code_words.problem(meant) or "again"
        return _ask(form, "confirm", problem=wrong, differ=differ, shown=code)
    return _open(thread, code, "confirm", typed)


@blueprint.post("/say")
def say() -> tuple[str, int]:
    form = SayForm()
    code = TICKET.read(form.ticket.data)
    files = form.files if code else ChosenFiles()
    # Before the first query: it takes seconds, in which others may write.
    attachments, told = read_files(files, is_room=is_room_for_files)
    thread = _thread_of(code)
    if code is None or thread is None:
        # The ticket is too old: ask for the code words again, and keep the typed message.
        return _ask(CodeWordsForm(formdata=None), draft=form.what.data, problem="ticket"), 422
    if not form.validate():
        return show_thread(thread, code, form=form), 422
    try:
        if form.what.data:
            add_words(thread, ReportWords(form.what.data), form.nonce)
        add_attachments(thread, attachments, form.nonce)
    except Refused as refused:
        form.what.errors = [refusal(refused.key)]
        return show_thread(thread, code, form=form), 409
    return show_thread(thread, code, sent=form.what.data or "", told=told), 200


@blueprint.post("/better")
def better() -> tuple[str, int]:
    form = VerdictForm()
    code = TICKET.read(form.ticket.data)
    thread = _thread_of(code)
    if code is None or thread is None:
        return _ask(CodeWordsForm(formdata=None), problem="ticket"), 422
    if may_say(thread):
        if not form.validate():
            return show_thread(thread, code, verdict=form), 422
        say_verdict(thread, ResidentVerdict(form.verdict.data))
    return show_thread(thread, code), 200


@blueprint.keep_words
def unsaved() -> str:
    """Show the code words that were to be checked, or ask for them again; a message can be sent again as it is."""
    if request.endpoint == "reports_follow.confirm":
        form = ConfirmTicketForm()
        return _ask(form, "confirm", problem="not_checked", shown=SHOWN_WORDS.read(form.shown.data) or ())
    if "ticket" in request.form:
        return error_page(503)
    return _ask(CodeWordsForm(formdata=None), problem="unsaved")


def _thread_of(code: Candidate | None) -> Thread | None:
    return reports.thread_by_locator(intake.locator_of(code)) if code else None


def _with_code(form: CodeWordsForm, purpose: str) -> str:
    typed = form.code.data or ""
    if only_changes_language():
        return _ask(form, purpose)
    if not code_words.readings(typed):
        meant = code_words.meant_code(typed)
        wrong, unknown = code_words.problem(meant), code_words.unknown_words(meant, language())
        # In a whole sentence no single word is pointed out.
        is_sentence = wrong is code_words.CodeProblem.TOO_MANY and len(unknown) > code_words.CODE_WORDS // 2
        return _ask(form, purpose, problem=wrong, unknown=() if is_sentence else unknown)
    if not form.validate():
        return _ask(form, purpose, problem="again")
    # Correct words always open. After many wrong tries, only one attempt runs at a time.
    tries = ("wrong code", address_key(), current_portal.settings.codes_per_address, QUARTER)
    if opened := intake.report_opened_by(typed, slowly=not may_still_try(*tries)):
        return _open(*opened, purpose, typed)
    may_try(*tries)
    return _ask(form, purpose, problem="no_such")


def _open(thread: Thread, code: Candidate, purpose: str, typed: str) -> str:
    if purpose == "confirm":
        thread.code_confirmed = True
        part, slips = pages.alert_part(thread, ticket=TICKET.write(code)), code_words.slips(typed, code)
        return render_template("reports/confirmed.html", slips=slips, again=False, alert=part, files=())
    return show_thread(thread, code, form=SayForm(formdata=None, data={"what": request.form.get("draft", "")}))


def show_thread(
    thread: Thread,
    code: Candidate,
    part: AlertPart | None = None,
    *,
    form: SayForm | None = None,
    sent: str = "",
    verdict: VerdictForm | None = None,
    told: FilesTold = NO_FILES,
) -> str:
    form, verdict = form or SayForm(formdata=None), verdict or VerdictForm(formdata=None)
    form.ticket.data = verdict.ticket.data = TICKET.write(code)
    for note_opening in THREAD_OPENED.plugged():
        note_opening(thread.id)
    private = intake.key_of(code)
    return render_template(
        "reports/thread.html",
        thread=thread,
        messages=reports.opened_by_resident(thread, private),
        is_exchanged=bytes(private.public_key) != thread.public_key or not thread.is_vouched,
        form=form,
        said=sent,
        files=told_of_files(told),
        is_lost=told.is_lost,
        urgency=all_urgent(sent),
        texts=texts,
        who_has_it=reports.holders_sentence(thread),
        kept=reports.kept_longer(thread),
        verdict=verdict if may_say(thread) else None,
        alert=pages.alert_part(thread, ticket=TICKET.write(code)) if part is None else part,
    )


def ask_for_words(problem: str, shown: Candidate = ()) -> str:
    """Return the page that asks for the code words once more; `shown` are those that still stood on the page."""
    if not shown:
        return _ask(CodeWordsForm(formdata=None), problem=problem)
    form = ConfirmTicketForm(formdata=None)
    form.shown.data = SHOWN_WORDS.write(shown)
    return _ask(form, "confirm", problem=problem, shown=shown)


def _ask(form: CodeWordsForm, purpose: str = "enter", draft: str | None = None, **more: object) -> str:
    shown: dict[str, Any] = {"problem": None, "unknown": (), "differ": (), "shown": (), **more}
    words_in = code_words.language_of(shown["shown"]) if shown["shown"] else None
    draft = draft or request.form.get("draft")
    return render_template("reports/follow.html", form=form, purpose=purpose, draft=draft, words_in=words_in, **shown)
