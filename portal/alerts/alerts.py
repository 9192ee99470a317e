"""Telling whoever reported by web that there is an answer: the table, asking, forgetting, the message, and the pages.

The address is encrypted and found only by the report that it is told about: there is no hash of it, so without the
server's key two reports of one person cannot be joined, and no follower, opt-out or answer to a meeting with any of
them. No page shows it again, or tells more than whether the writer of this report is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, delete, exists, select
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import HiddenField
from wtforms.validators import ValidationError

from portal.core.clock import today
from portal.core.contact import mailbox_of
from portal.core.crypto import CannotOpen
from portal.core.db import Base, db, random_id, session
from portal.core.forms import PublicForm
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import DeliveryState
from portal.core.limits import RateLimit, attempt, may_write_to
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule, days_ago
from portal.core.reading.danger import all_urgent
from portal.core.slugs import id_in, public_address, token_of
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots
from portal.following.following import FollowWording, channel_of
from portal.following.following_pages import HOUR, ContactField
from portal.following.texts import phones_ring_at
from portal.reports.attachments import FilesTold
from portal.reports.code import Candidate
from portal.reports.follow_pages import ask_for_words, show_thread
from portal.reports.intake import SHOWN_WORDS, TICKET, key_of, locator_of
from portal.reports.intake_pages import AlertPart, receipt_page
from portal.reports.reports import Thread, opened_by_resident, thread_by_locator
from portal.reports.threads import is_due_for_verdict, may_say
from portal.reports.triage import LAST, Channel

SENT_WITHIN = timedelta(days=1)
"""After it was due; the next answer tells of itself."""
MOST_TO_ONE = 3
"""Messages a day to one phone or mailbox, whatever reports name it: it may belong to a stranger."""
LEAVE = "alert leave"
LOST = frozenset({DeliveryState.FAILED, DeliveryState.STALE})


class AnswerAlert(Base):
    """Where the writer of a report wants to be told of an answer, with the record of consent."""

    __tablename__ = "alerts_answer"
    __table_args__ = (CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Stands in the link of a mail, which must lead to no report."""
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), unique=True)
    channel: Mapped[MessageKind]
    contact: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    asked_on: Mapped[date]
    wording: Mapped[str] = mapped_column(ForeignKey("following_wording.version"))
    message_id: Mapped[int | None]
    """The message that was queued since the resident looked last; its row in the outbox may be gone."""


def keep_alert(thread_id: int, address: str, language: str, consent: str) -> None:
    """Tell this phone or mailbox from now on, and no earlier one; `consent`: the words that the person read."""
    # Nothing is sent yet, so that nobody's phone rings because somebody typed its number.
    forget(thread_id)
    # Pressed twice at once: the first one stays.
    db.insert_new(
        AnswerAlert,
        id=random_id(),
        thread_id=thread_id,
        channel=channel_of(address),
        contact=cipher().encrypt(address),
        language=language,
        asked_on=today(),
        wording=FollowWording.keep(consent, language),
        message_id=None,
    )


def has_alert(thread_id: int) -> bool:
    return session.scalar(select(AnswerAlert.id).where(AnswerAlert.thread_id == thread_id)) is not None


def forget(thread_id: int) -> None:
    _erase(session.scalars(select(AnswerAlert).where(AnswerAlert.thread_id == thread_id)).all())


def forget_contact(address: str) -> None:
    """Erase a phone or mailbox that wants no more messages, whatever reports name it."""
    wanted = mailbox_of(address)
    _erase([row for row in session.scalars(select(AnswerAlert)) if wanted == mailbox_of(_address_of(row)) != ""])


def _address_of(row: AnswerAlert) -> str:
    """Return the number or address; empty if no key that we still have opens it."""
    try:
        return cipher().decrypt(row.contact)
    except CannotOpen:
        return ""


def _erase(rows: Sequence[AnswerAlert]) -> None:
    if not rows:
        return
    for row in rows:
        outbox.recall(row.message_id or 0)
    session.execute(delete(AnswerAlert).where(AnswerAlert.id.in_([row.id for row in rows])))
    db.after_commit(db.forget_journal)


def leave_link(row: AnswerAlert) -> str:
    """Return the address at which the owner of a mailbox ends these mails; it leads to nothing else."""
    return public_address("alerts_leave.leave", lang=row.language, token=token_of(LEAVE, row.id))


def tell(thread_id: int, _answer: str = "") -> None:
    """Queue the message that there is news, unless the resident was told and has not looked since."""
    # A phone that gets the answers themselves is not told of them as well.
    asks = select(AnswerAlert).join(Thread, Thread.id == AnswerAlert.thread_id).where(~Thread.texts_back)
    row = session.scalar(asks.where(AnswerAlert.thread_id == thread_id))
    if row is None:
        return
    state = session.scalar(select(OutboundMessage.state).where(OutboundMessage.id == (row.message_id or 0)))
    if not is_to_be_told(was_told=row.message_id is not None, became=state):
        return
    address = _address_of(row)
    if not address or not may_write_to("answer alert", address, MOST_TO_ONE):
        return
    with speaking(row.language):
        link = leave_link(row)
        body: str | Letter = text_words() if row.channel is MessageKind.TEXT else Letter(*mail_words(link), leave=link)
    due_at = phones_ring_at()
    row.message_id = outbox.put(
        row.channel, address, body, by_day=True, due_at=due_at, send_before=due_at + SENT_WITHIN
    )


def is_to_be_told(*, was_told: bool, became: DeliveryState | None) -> bool:
    """Return whether a message goes out: none was queued since the resident looked last, or it `became` a lost one."""
    # Several answers in a row are one piece of news, and a phone that rings for each would be noticed.
    return not was_told or became in LOST


def text_words() -> str:
    """Return the text message: our name, and nothing that gives a report away."""
    # The Spanish translation avoids á, í, ó and ú: as a text message it would cost more than twice as much.
    return f"{current_portal.settings.site_name}: {_('There is news on the page you know. STOP ends texts.')}"


def mail_words(link: str) -> tuple[str, str]:
    """Return subject and text of the mail; `link` ends such mails."""
    words, site = _("There is news on the page you know."), current_portal.settings.site_name
    return _("There is news"), f"{words}\n\n{site}\n\n{_('No more of these mails: %(link)s', link=link)}\n"


def note_look(thread_id: int) -> None:
    """Record that the resident has the thread open: what is new after this is told again."""
    row = session.scalar(select(AnswerAlert).where(AnswerAlert.thread_id == thread_id))
    if row is not None and row.message_id is not None:
        outbox.recall(row.message_id)
        row.message_id = None


def tell_of_verdicts() -> None:
    """Tell those who wanted to be told that the question "Is it better now?" stands on the page."""
    with db.work():
        due = select(Thread.id).join(AnswerAlert, AnswerAlert.thread_id == Thread.id)
        ids = session.scalars(due.where(is_due_for_verdict(), ~Thread.texts_back)).all()
    each_row(ids, _tell_of_verdict)


def _tell_of_verdict(thread_id: int) -> None:
    thread = session.scalar(select(Thread).where(Thread.id == thread_id).with_for_update())
    if thread is None or thread.verdict_asked_on or not may_say(thread):
        return
    thread.verdict_asked_on = today()
    tell(thread_id)


ERASED_OF_ALERTS = (
    RetentionRule(
        "where to tell of answers",
        f"{LAST.days} days after a report was closed, at the latest with it; at once when somebody asks or texts STOP",
        "the number or address, and its language",
        AnswerAlert,
        lambda _now: exists().where(Thread.id == AnswerAlert.thread_id, Thread.closed_on < days_ago(LAST.days)),
    ),
)


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

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contact.label.text = LABELS.get(open_kinds(), self.contact.label.text)

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
    form = form or AlertForm(formdata=None, data=carried)
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
    """Return the report that a form is about, None if it came too late."""
    thread = thread_by_locator(locator_of(form.code)) if form.code else None
    # The words of a receipt count only until they are confirmed: somebody else may be pressing Back.
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
    urgency = all_urgent(first.all_text if first else "")
    about = {"urgency": urgency, "category": thread.category, "relay": thread.channel is Channel.RELAY}
    return receipt_page(code, shown, FilesTold(), about, **carried)


leave_blueprint = AudienceBlueprint("alerts_leave", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/no-more")


leave_blueprint.after_request(keep_out_robots)


@leave_blueprint.route("/<token>", methods=["GET", "POST"])
def leave(token: str) -> str:
    """Show the button that ends the mails, or one click does (RFC 8058); the page must not say what they are about."""
    row, leaves = session.get(AnswerAlert, existing(id_in(LEAVE, token))), request.method == "POST"
    if row is not None and leaves:
        forget_contact(_address_of(row))
        _erase([row])
    return render_template("alerts/leave.html", token=token, has_left=leaves)
