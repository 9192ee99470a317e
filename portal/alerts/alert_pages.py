"""What residents see of being told of an answer: a part of their report's pages, its buttons, and leaving by a link.

No page shows the number or address again, or tells more than whether the writer of this report is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from wtforms import HiddenField
from wtforms.validators import ValidationError

from portal.alerts.alerts import LEAVE, forget, has_alert, keep_alert, leave
from portal.core.clock import today
from portal.core.forms import PublicForm
from portal.core.i18n import language
from portal.core.jobs.outbox import MessageKind
from portal.core.limits import RateLimit, attempt
from portal.core.portal import current_portal
from portal.core.reading.danger import all_urgent
from portal.core.slugs import id_in
from portal.core.statuses import NotFound, existing
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots
from portal.following.following_pages import HOUR, ContactField
from portal.reports.code import Candidate
from portal.reports.follow_pages import ask_for_words, show_thread
from portal.reports.intake import SHOWN_WORDS, TICKET, key_of, locator_of
from portal.reports.intake_pages import AlertPart, receipt_again
from portal.reports.reports import Thread, opened_by_resident, thread_by_locator
from portal.reports.triage import LAST

CONSENT = _l(
    "The message says only: “There is news on the page you know.” The next one comes after you have looked here. "
    "Whoever sees your phone or mail sees that we wrote, and so does your phone or mail company. We keep the number or "
    "address locked. Nobody at the desk sees it. We erase it four weeks after your report is closed, or when you want. "
    "To stop: answer STOP, or use the link in the mail. A text may cost you money."
)
"""Shown beside the field and kept with the consent, so it must say exactly how the contact is used."""
ASKING = RateLimit(near=60, wide=240, everybody=1_000, reserved=60, seconds=HOUR)
"""An hour. Asking sends nothing; many residents may share the network of a church."""
LABELS = {
    frozenset(MessageKind): _l("Phone or e-mail"),
    frozenset({MessageKind.TEXT}): _l("Phone number"),
    frozenset({MessageKind.MAIL}): _l("E-mail address"),
}
NO_MAIL = _l("Please give a whole phone number with area code. We cannot send e-mail.")


def open_kinds() -> frozenset[MessageKind]:
    return frozenset(kind for kind in MessageKind if kind in current_portal.transports)


class AlertForm(PublicForm):
    """Where to tell of an answer. `ticket` stands for the code words; `shown` does on the page that shows them."""

    ticket = HiddenField()
    shown = HiddenField()
    contact = ContactField(LABELS[frozenset(MessageKind)])

    def __init__(self, carried: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contact.label.text = LABELS.get(open_kinds(), self.contact.label.text)
        for name, value in (carried or {}).items():
            self[name].data = value

    @property
    def is_on_receipt(self) -> bool:
        """Whether the code words still stand on the page."""
        return SHOWN_WORDS.read(self.shown.data) is not None

    @property
    def code(self) -> Candidate | None:
        return SHOWN_WORDS.read(self.shown.data) or TICKET.read(self.ticket.data)

    def validate_contact(self, field: ContactField) -> None:
        if MessageKind.MAIL not in open_kinds() and "@" in (field.data or ""):
            raise ValidationError(str(NO_MAIL))


def part(thread: Thread | None, carried: Mapping[str, str], form: AlertForm | None = None, said: str = "") -> AlertPart:
    """Return what a page of a report shows. `said`: what was just done, or why not."""
    if not open_kinds() or (thread is not None and _is_pointless(thread)):
        return AlertPart()
    form = form or AlertForm(carried, formdata=None)
    values = {"form": form, "said": said, "is_told": thread is not None and has_alert(thread.id), "consent": CONSENT}
    # Both are templates of ours, which escape what is put into them.
    return AlertPart(*(Markup(render_template(f"alerts/_{name}.html", **values)) for name in ("said", "block")))  # noqa: S704


def _is_pointless(thread: Thread) -> bool:
    """Return whether the answers go to a phone already, or nothing is said any more."""
    return thread.texts_back or (thread.closed_on is not None and today() - thread.closed_on > LAST)


blueprint = AudienceBlueprint(
    "alerts", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report/tell", sent_from="reports_follow.enter"
)


@blueprint.post("")
def ask() -> tuple[str, int]:
    form = AlertForm()
    thread = _thread_of(form)
    if thread is None:
        return ask_for_words("ticket"), 422
    if _is_pointless(thread):
        return _page(thread, form), 200
    if not form.validate():
        return _page(thread, form, keeps=True), 422
    if not attempt("answer alert", ASKING).passed:
        return _page(thread, form, "too_many", keeps=True), 429
    keep_alert(thread.id, form.contact.reached, language(), str(CONSENT))
    return _page(thread, form, "told"), 200


@blueprint.post("/forget", endpoint="forget")
def forget_it() -> tuple[str, int]:
    form = AlertForm()
    thread = _thread_of(form)
    if thread is None:
        return ask_for_words("ticket"), 422
    forget(thread.id)
    return _page(thread, form, "forgotten"), 200


@blueprint.keep_words
def unsaved() -> str:
    """Show the code words of a receipt again: they are shown only once."""
    return ask_for_words("unsaved", SHOWN_WORDS.read(request.form.get("shown")) or ())


def _thread_of(form: AlertForm) -> Thread | None:
    """Return the report that a form is about, None if it came too late.

    The words of a receipt count only until they are confirmed: somebody else may be pressing Back.
    """
    thread = thread_by_locator(locator_of(form.code)) if form.code else None
    return None if thread is None or (form.is_on_receipt and thread.code_confirmed) else thread


def _page(thread: Thread, form: AlertForm, said: str = "", *, keeps: bool = False) -> str:
    """Return the page of the report, where the form `keeps` what was typed, or is a new one."""
    code = form.code
    assert code is not None
    carried = {"shown": SHOWN_WORDS.write(code)} if form.is_on_receipt else {"ticket": TICKET.write(code)}
    shown = part(thread, carried, form if keeps else None, said)
    if not form.is_on_receipt:
        return show_thread(thread, code, shown)
    first = opened_by_resident(thread, key_of(code))[0].words
    return receipt_again(thread, code, all_urgent(first.all_text if first else ""), shown)


leave_blueprint = AudienceBlueprint("alerts_leave", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/no-more")


leave_blueprint.after_request(keep_out_robots)


@leave_blueprint.get("/<token>", endpoint="leave")
def ask_to_leave(token: str) -> str:
    """Show the button that ends the mails. The page must not say what they are about."""
    existing(id_in(LEAVE, token))
    return render_template("alerts/leave.html", token=token, has_left=False)


@leave_blueprint.post("/<token>")
def leave_now(token: str) -> str:
    """End the mails: by the button, or by a mail program with one click (RFC 8058)."""
    if not leave(token):
        raise NotFound
    return render_template("alerts/leave.html", token=token, has_left=True)
