"""Webhooks of the provider for texts and delivery states, and the public page about texting.

No request is read before its signature is checked.
"""

from __future__ import annotations

import logging

from flask import render_template, request
from werkzeug.wrappers import Response

from portal.core.db import db
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.sms.twilio import signature_valid
from portal.core.statuses import NotAllowed, Refused
from portal.core.web import MACHINES, PUBLIC, AudienceBlueprint
from portal.reports.reports import open_for_reports
from portal.sms.intake import take_in, turn_away
from portal.sms.outgoing import hear_delivery
from portal.sms.provider_copies import delete_later
from portal.sms.sending import remember_sender
from portal.sms.turn import Incoming

inbound_blueprint = AudienceBlueprint("sms_inbound", __name__, audience=MACHINES, url_prefix="/sms/twilio")
NOT_OURS = LogEvent(
    "sms.not_ours",
    logging.WARNING,
    "a message came to a number or a channel that the settings do not name; it is not read",
)
NO_DESK = LogEvent("sms.no_desk", logging.ERROR, "a text could not be taken in: no desk is open")
SIGNATURE = "X-Twilio-Signature"
MOST_BYTES = 64 * 1024
MOST_PICTURES = 10
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@inbound_blueprint.before_request
def check_signature() -> None:
    """Refuse requests that the provider did not sign."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    settings = current_portal.settings
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_old]
    path, signature = request.full_path if request.query_string else request.path, request.headers.get(SIGNATURE)
    if not signature_valid(tokens, settings.public_url, path, request.form, signature):
        raise NotAllowed


@inbound_blueprint.post("/inbound")
def inbound() -> Response:
    """Take a text in. The response is always the same: our answers go through the outbox."""
    text = _incoming()
    if text is not None and text.our_number not in current_portal.settings.sms_numbers:
        NOT_OURS.log()
        delete_later(text.message_id, text.picture_urls)
    elif text is not None and _is_taken_in(text):
        remember_sender(text.sender, text.our_number)
        delete_later(text.message_id, text.picture_urls)
    return Response(NOTHING, mimetype="text/xml")


def _is_taken_in(text: Incoming) -> bool:
    """Take a text in; return whether it is new."""
    try:
        return take_in(text) is not None
    except Refused:
        # An error response would leave the sender without an answer: the provider does not try again.
        NO_DESK.log()
        db.rollback()
        turn_away(text)
        return True


@inbound_blueprint.post("/status/<int:message_id>")
def status(message_id: int) -> Response:
    """Record the delivery state of one of our texts."""
    form = request.form
    state, code = form.get("MessageStatus", ""), form.get("ErrorCode")
    hear_delivery(message_id, form.get("MessageSid", ""), state, code, form.get("To", ""))
    return Response(NOTHING, mimetype="text/xml")


def _incoming() -> Incoming | None:
    """Return the fields we need; city, state and zip of the sender are never read."""
    form = request.form
    if not form.get("MessageSid") or not form.get("From"):
        return None
    urls = (form.get(f"MediaUrl{number}", "") for number in range(MOST_PICTURES))
    return Incoming(
        message_id=form["MessageSid"],
        sender=form["From"],
        our_number=form.get("To", ""),
        body=form.get("Body", ""),
        picture_urls=tuple(filter(None, urls)),
        provider_did=form.get("OptOutType"),
    )


about_blueprint = AudienceBlueprint("sms_page", __name__, audience=PUBLIC)


@about_blueprint.get("/sms")
def about() -> str:
    """Explain texting. Not kept in the page cache: desks open and close without a new cache version."""
    return render_template("sms/about.html", is_open=open_for_reports())
