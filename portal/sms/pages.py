"""Webhooks of the provider for texts and delivery states, and pages: for the public, and for staff about texts sent.

No request of the provider is read before its signature is checked. The staff page shows no number, no text and no day,
and rounds its counts, so that looking twice a day does not show who wrote.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from flask import render_template, request
from flask_babel import LazyString, format_date, format_timedelta, gettext as _, lazy_gettext as _l
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from portal.accounts.roles import Role
from portal.core.clock import now, today
from portal.core.db import db, session
from portal.core.hours import month_after
from portal.core.jobs.outbox import LATE, WAITS_SINCE, MessageKind, OutboundMessage, waits
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.statuses import NotAllowed, Refused
from portal.core.suppression import FEWEST_SHOWN, tens
from portal.core.telephone import signature_valid
from portal.core.web import MACHINES, PUBLIC, AudienceBlueprint, members
from portal.reports.reports import open_for_reports
from portal.sms.deliveries import Count, TextCount, counts_of, delete_later, overdue_copies
from portal.sms.intake import take_in, turn_away
from portal.sms.outgoing import hear_delivery, remember_sender
from portal.sms.turn import Incoming

inbound_blueprint = AudienceBlueprint("sms_inbound", __name__, audience=MACHINES, url_prefix="/sms/twilio")
NOT_OURS = LogEvent(
    "sms.not_ours",
    logging.WARNING,
    "a message came to a number or a channel that the settings do not name; it is not read",
)
NO_DESK = LogEvent("sms.no_desk", logging.ERROR, "a text could not be taken in: no desk is open")

MOST_BYTES = 64 * 1024
MOST_PICTURES = 10
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@inbound_blueprint.before_request
def check_signature() -> None:
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    settings = current_portal.settings
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_old]
    path = request.full_path if request.query_string else request.path
    signature = request.headers.get("X-Twilio-Signature")
    if not signature_valid(tokens, settings.public_url, path, request.form, signature):
        raise NotAllowed


@inbound_blueprint.post("/inbound")
def inbound() -> Response:
    """Take a text in. The response is always the same: our answers go through the outbox."""
    form = request.form
    urls = (form.get(f"MediaUrl{number}", "") for number in range(MOST_PICTURES))
    # City, state and zip of the sender are never read.
    text = Incoming(
        message_id=form.get("MessageSid", ""),
        sender=form.get("From", ""),
        our_number=form.get("To", ""),
        body=form.get("Body", ""),
        picture_urls=tuple(filter(None, urls)),
        provider_did=form.get("OptOutType"),
    )
    done = Response(NOTHING, mimetype="text/xml")
    if not (text.message_id and text.sender):
        return done
    if text.our_number not in current_portal.settings.sms_numbers:
        NOT_OURS.log()
        delete_later(text.message_id, text.picture_urls)
        return done
    try:
        is_new = take_in(text)
    except Refused:
        # An error response would leave the sender without an answer: the provider does not try again.
        NO_DESK.log()
        db.rollback()
        is_new = turn_away(text)
    if is_new:
        remember_sender(text.sender, text.our_number)
        delete_later(text.message_id, text.picture_urls)
    return done


@inbound_blueprint.post("/status/<int:message_id>")
def status(message_id: int) -> Response:
    form = request.form
    state, code = form.get("MessageStatus", ""), form.get("ErrorCode")
    hear_delivery(message_id, form.get("MessageSid", ""), state, code, form.get("To", ""))
    return Response(NOTHING, mimetype="text/xml")


about_blueprint = AudienceBlueprint("sms_page", __name__, audience=PUBLIC)


@about_blueprint.get("/sms")
def about() -> str:
    """Explain texting. Not kept in the page cache: desks open and close without a new cache version."""
    return render_template("sms/about.html", is_open=open_for_reports())


# --- what was sent ---

READERS = frozenset({Role.ADMINISTRATOR, Role.ORGANIZER})
delivery_blueprint = AudienceBlueprint(
    "sms_delivery", __name__, audience=members(*sorted(READERS)), url_prefix="/<lang:lang>/texts-sent"
)

REASONS: Mapping[str, LazyString] = {
    "invalid number": _l("The number does not exist"),
    "region not permitted": _l("Our account may not text that country"),
    "no way to this number": _l("No way leads to that number"),
    "not a mobile number": _l("It is no mobile phone"),
    "too long": _l("The text was too long"),
    "handset unreachable": _l("The phone was off or had no signal"),
    "blocked": _l("The phone or its company blocks us"),
    "unknown handset": _l("The number is not in use any more"),
    "landline or unreachable carrier": _l("It is a landline, or its company does not answer"),
    "filtered by a carrier": _l("A phone company took it for spam: change the words"),
    "sender not registered": _l("Our number is not registered: ask whoever runs the server"),
    "unknown carrier error": _l("The phone company gave no reason"),
    "carrier unavailable": _l("The phone company was down"),
}
"""Why texts fail, by the reasons of `core.telephone`."""
OTHER = _l("Another reason")
ROWS: Mapping[Count, LazyString] = {
    Count.SENT: _l("Handed to the phone companies"),
    Count.DELIVERED: _l("Arrived"),
    Count.FAILED: _l("Did not arrive"),
    Count.STALE: _l("Not sent: it was too late for them"),
    Count.OPT_OUTS: _l("Phones that asked for no more texts"),
}


def are_texts_sent(_member_id: int) -> bool:
    """Return whether there is a number, or something was sent before there was none."""
    return bool(current_portal.settings.sms_numbers) or session.scalar(select(TextCount.what).limit(1)) is not None


@delivery_blueprint.get("/")
def index() -> str:
    months = month_after(today(), 0), month_after(today(), -1)
    counts, reasons = zip(*map(_counts_of, months), strict=True)
    texts = OutboundMessage.kind == MessageKind.TEXT
    oldest, how_many = session.execute(select(func.min(WAITS_SINCE), func.count()).where(texts, waits())).one()
    age = now() - oldest if oldest else timedelta(0)
    return render_template(
        "sms/delivery.html",
        waiting=in_words(how_many),
        how_long=format_timedelta(age, granularity="minute", threshold=2) if how_many else "",
        is_late=age > LATE,
        overdue=overdue_copies(),
        months=[format_date(month, "LLLL y") for month in months],
        rows=[(label, *(in_words(month[what]) for month in counts)) for what, label in ROWS.items()],
        reasons=[(words, in_words(total)) for words, total in reasons[0].most_common()],
        costs=[_cost(month[Count.SEGMENTS]) for month in counts],
        has_number=bool(current_portal.settings.sms_numbers),
    )


def _counts_of(month: date) -> tuple[Counter[str], Counter[str]]:
    """Return a month's counts, and those of its failures by their reasons in words."""
    totals, failures = Counter[str](), Counter[str]()
    for name, total in counts_of(month).items():
        what, _colon, reason = name.partition(":")
        totals[what] += total
        if what == Count.FAILED:
            failures[str(REASONS.get(reason, OTHER))] += total
    return totals, failures


def _cost(segments: int) -> str:
    dollars = segments * current_portal.settings.sms_price
    if not dollars:
        return "$0"
    return str(_("about $%(sum)s", sum=f"{dollars:,.0f}")) if dollars >= 1 else str(_("under $1"))


def in_words(total: int) -> str:
    """Return a count in words, rounded to tens; one too small for that is not told."""
    if 0 < total < FEWEST_SHOWN:
        return str(_("fewer than %(number)s", number=FEWEST_SHOWN))
    shown = tens(total + FEWEST_SHOWN // 2)
    return str(_("about %(number)s", number=f"{shown:,}")) if shown else str(_("none"))
