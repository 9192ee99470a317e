"""How an invitation reaches somebody: the link, and the mail that brings it."""

from __future__ import annotations

from flask import current_app

from portal.accounts.actions.invitations import Invited
from portal.accounts.texts import invitation_mail
from portal.core.addresses import public_address
from portal.core.jobs.outbox import Kind, put


def link_of(made: Invited) -> str:
    """The whole address, in the language of whoever is invited."""
    return public_address("sign_in.accept", lang=made.invitation.language, token=made.token)


def deliver(made: Invited) -> bool:
    """Send the link by mail if the portal can; False if somebody must hand it over."""
    settings = current_app.extensions["settings"]
    if not settings.smtp_url:
        return False
    body = invitation_mail(made.invitation, link_of(made), settings.site_name)
    put(Kind.MAIL, made.invitation.email, body, send_before=made.invitation.expires_at)
    return True
