"""How long sign-ins, invitations and requests are kept: lines of the deletion schedule."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_

from portal.accounts.actions.people import UNDONE_WITHIN, finish_removals
from portal.accounts.models import BeginAnew, Invitation, Removal, SignIn
from portal.accounts.rules.sessions import STAY
from portal.core.purge import Rule

MONTH = timedelta(days=30)
ERASED_OF_ACCOUNTS = (
    Rule(
        "accounts that were ended",
        "1 day, in which that can be undone",
        "the address, password and second factor, and the roles and copies of keys that were set aside",
        Removal,
        lambda now: Removal.removed_at <= now - UNDONE_WITHIN,
        hourly=True,
        before=finish_removals,
    ),
    Rule(
        "sign-ins",
        "45 minutes after the last page, 12 hours in all",
        "with the wrapped key",
        SignIn,
        lambda now: or_(SignIn.created_at <= now - STAY.whole, SignIn.seen_at <= now - STAY.idle),
        hourly=True,
    ),
    Rule(
        "invitations",
        "30 days after they expire",
        "name and address of who was invited",
        Invitation,
        lambda now: Invitation.expires_at <= now - MONTH,
    ),
    Rule(
        "requests to begin a desk anew",
        "30 days after they were made",
        "who asked and who agreed; the audit events stay for their time",
        BeginAnew,
        lambda now: BeginAnew.asked_at <= now - MONTH,
    ),
)
