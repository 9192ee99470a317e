"""Public pages on which a resident follows a report: code words, messages, and the verdict.

The code words travel only in the body of a POST; `tickets` describes what pages carry instead.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired

from portal.core.forms import PublicForm, at_most, only_changes_language, refuse, strip
from portal.core.i18n import language
from portal.core.limits import address_key, may_still_try, may_try
from portal.core.portal import current_portal
from portal.core.reading.danger import all_urgent
from portal.core.statuses import Refused
from portal.core.web import PUBLIC, AudienceBlueprint, error_page, refusal
from portal.reports.attachments import (
    ChosenFiles,
    FilesTold,
    allow_microphone,
    read_files,
    told_of_files,
)
from portal.reports.code import (
    CODE_WORDS,
    CodeProblem,
    differences,
    language_of,
    meant_code,
    problem,
    readings,
    slips,
    unknown_words,
)
from portal.reports.intake import is_room_for_files, key_of, locator_of, report_opened_by
from portal.reports.intake_pages import (
    LONGEST_REPORT,
    RACE_INSTEAD,
    AlertPart,
    CodeWordsForm,
    ConfirmTicketForm,
    FormWithWords,
    _refuse_race_alone,
    alert_part,
    make_room,
)
from portal.reports.kept import kept_longer
from portal.reports.reports import (
    Thread,
    clock,
    holders_sentence,
    opened_by_resident,
    thread_by_locator,
    thread_opened,
)
from portal.reports.texts import DISPOSITIONS, HEADS, PARTS, VERDICTS
from portal.reports.threads import add_attachments, add_words, confirm_code, may_say, say_verdict
from portal.reports.tickets import read_ticket, read_words, write_ticket, write_words
from portal.reports.triage import ResidentVerdict
from portal.reports.urgency import ReportWords


class SayForm(FormWithWords):
    """A further message of the resident; `ticket` stands for the code that was just typed."""

    ticket = HiddenField()
    what = TextAreaField(
        _l("Write to us"),
        filters=[strip],
        validators=[at_most(LONGEST_REPORT)],
    )

    def validate_what(self, field: TextAreaField) -> None:
        if not field.data and not self.files:
            refuse(_l("Please write something first."))
        self.refuse_code(field.data)
        _refuse_race_alone(field.data, RACE_INSTEAD)


class VerdictForm(PublicForm):
    """The resident's verdict; `ticket` stands for the code that was just typed."""

    ticket = HiddenField()
    verdict = RadioField(
        _l("Is it better now?"),
        choices=[SelectChoice(key.value, words) for key, words in VERDICTS.items()],
        validators=[InputRequired(_l("Please choose one."))],
    )


blueprint = AudienceBlueprint(
    "reports_follow", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report", sent_from="reports_follow.enter"
)
QUARTER = 900


blueprint.after_request(allow_microphone)


@blueprint.before_request
def allow_long_forms() -> None:
    """Raise the size limit so that an overlong text reaches the form, as in `intake_pages`."""
    make_room()


@blueprint.get("/follow")
def enter() -> str:
    """Ask for the code words."""
    return _ask(CodeWordsForm())


@blueprint.post("/follow")
def read() -> str:
    """Open the thread of the typed code words.

    The status of wrong ones is 200 as well: it would show on the line, in the length of the answer.
    """
    return _with_code(CodeWordsForm(), "enter")


@blueprint.post("/confirm")
def confirm() -> str:
    """Check that the resident has noted the code words; they stay on the page until they are typed correctly."""
    form = ConfirmTicketForm()
    code = read_words(form.shown.data)
    thread = thread_by_locator(locator_of(code)) if code else None
    if code is None or thread is None or thread.code_confirmed:
        # Confirmed words are not shown again: a different person may be pressing Back.
        return _with_code(form, "confirm")
    typed = form.code.data or ""
    if only_changes_language():
        return _ask(form, "confirm", shown=code)
    if not form.validate() or code not in readings(typed):
        return _ask(form, "confirm", **_wrong(typed, code))
    return _open(thread, code, "confirm", typed)


@blueprint.post("/say")
def say() -> tuple[str, int]:
    """Add a message to the thread."""
    form = SayForm()
    code = read_ticket(form.ticket.data)
    files = form.files if code else ChosenFiles()
    # Before the first query: it takes seconds, in which others may write.
    attachments, told = read_files(files, is_room=is_room_for_files)
    thread = thread_by_locator(locator_of(code)) if code else None
    if code is None or thread is None:
        # The ticket is too old: ask for the code words again, and keep the typed message.
        return _ask(CodeWordsForm(formdata=None), draft=form.what.data, problem="ticket"), 422
    if not form.validate():
        return _show(thread, code, form), 422
    try:
        if form.what.data:
            add_words(thread, ReportWords(form.what.data), form.nonce)
        add_attachments(thread, attachments, form.nonce)
    except Refused as refused:
        form.what.errors = [refusal(refused.key)]
        return _show(thread, code, form), 409
    return _show(thread, code, SayForm(formdata=None), said=form.what.data or "", told=told), 200


@blueprint.post("/better")
def better() -> tuple[str, int]:
    """Record the resident's verdict: once, two to four weeks after the report was closed."""
    form = VerdictForm()
    code = read_ticket(form.ticket.data)
    thread = thread_by_locator(locator_of(code)) if code else None
    if code is None or thread is None:
        return _ask(CodeWordsForm(formdata=None), problem="ticket"), 422
    if may_say(thread):
        if not form.validate():
            return _show(thread, code, SayForm(formdata=None), verdict=form), 422
        say_verdict(thread, ResidentVerdict(form.verdict.data))
    return _show(thread, code, SayForm(formdata=None)), 200


@blueprint.keep_words
def unsaved() -> str:
    """Show the code words that were to be checked, or ask for them again; a message can be sent again as it is."""
    if request.endpoint == "reports_follow.confirm":
        form = ConfirmTicketForm()
        return _ask(form, "confirm", problem="not_checked", shown=read_words(form.shown.data) or ())
    if "ticket" in request.form:
        return error_page(503)
    return _ask(CodeWordsForm(formdata=None), problem="unsaved")


def _with_code(form: CodeWordsForm, purpose: str) -> str:
    typed = form.code.data or ""
    if only_changes_language():
        return _ask(form, purpose)
    is_code = bool(readings(typed))
    if not is_code or not form.validate():
        return _ask(form, purpose=purpose, **({"problem": "again"} if is_code else _no_code(typed)))
    # Correct words always open. After many wrong tries, only one attempt runs at a time.
    tries = ("wrong code", address_key(), current_portal.settings.codes_per_address, QUARTER)
    if opened := report_opened_by(typed, slowly=not may_still_try(*tries)):
        return _open(*opened, purpose, typed)
    may_try(*tries)
    return _ask(form, purpose=purpose, problem="no_such")


def _open(thread: Thread, code: tuple[str, ...], purpose: str, typed: str) -> str:
    if purpose == "confirm":
        confirm_code(thread)
        part = alert_part(thread, ticket=write_ticket(code))
        return render_template("reports/confirmed.html", slips=slips(typed, code), again=False, alert=part, files=())
    draft = request.form.get("draft", "")
    form = SayForm(formdata=None, data={"what": draft})
    return _show(thread, code, form)


def show_thread(thread: Thread, code: tuple[str, ...], part: AlertPart) -> str:
    """Return the page of an opened thread, with another part for being told of answers."""
    return _show(thread, code, SayForm(formdata=None), part=part)


def ask_for_words(problem: str, shown: tuple[str, ...] = ()) -> str:
    """Return the page that asks for the code words once more; `shown` are those that still stood on the page."""
    if not shown:
        return _ask(CodeWordsForm(formdata=None), problem=problem)
    form = ConfirmTicketForm(formdata=None)
    form.shown.data = write_words(shown)
    return _ask(form, "confirm", problem=problem, shown=shown)


def _show(
    thread: Thread,
    code: tuple[str, ...],
    form: SayForm,
    said: str = "",
    verdict: VerdictForm | None = None,
    part: AlertPart | None = None,
    told: FilesTold | None = None,
) -> str:
    told = told or FilesTold()
    verdict = verdict or VerdictForm(formdata=None)
    form.ticket.data = verdict.ticket.data = write_ticket(code)
    thread_opened.send(thread.id)
    private = key_of(code)
    return render_template(
        "reports/thread.html",
        thread=thread,
        heads=HEADS,
        messages=opened_by_resident(thread, private),
        is_exchanged=bytes(private.public_key) != thread.public_key or not thread.is_vouched,
        form=form,
        said=said,
        files=told_of_files(told),
        is_lost=told.is_lost,
        urgency=all_urgent(said),
        running=clock(thread),
        parts=PARTS,
        dispositions=DISPOSITIONS,
        who_has_it=holders_sentence(thread),
        kept=kept_longer(thread),
        verdict=verdict if may_say(thread) else None,
        verdicts=VERDICTS,
        alert=alert_part(thread, ticket=write_ticket(code)) if part is None else part,
    )


def _ask(form: CodeWordsForm, purpose: str = "enter", draft: str | None = None, **more: object) -> str:
    told: dict[str, Any] = {"problem": None, "unknown": (), "differ": (), "shown": (), **more}
    words_in = language_of(told["shown"]) if told["shown"] else None
    draft = draft or request.form.get("draft")
    return render_template("reports/follow.html", form=form, purpose=purpose, draft=draft, words_in=words_in, **told)


def _no_code(typed: str) -> dict[str, Any]:
    """Return the template arguments for what is no code. In a whole sentence no single word is pointed out."""
    meant = meant_code(typed)
    wrong, unknown = problem(meant), unknown_words(meant, language())
    is_sentence = wrong is CodeProblem.TOO_MANY and len(unknown) > CODE_WORDS // 2
    return {"problem": wrong, "unknown": () if is_sentence else unknown}


def _wrong(typed: str, code: tuple[str, ...]) -> dict[str, Any]:
    """Return the template arguments for code words that differ from those on the page."""
    meant = meant_code(typed)
    differ = differences(meant, code)
    wrong = "differ" if differ else problem(meant) or "again"
    return {"problem": wrong, "differ": differ, "shown": code}
