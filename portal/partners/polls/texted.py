"""Answers by text, for whoever takes texts in: `app.extensions["texted"]` holds functions that know a kind of them."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.commitments.rules.ballots import slip_code
from portal.core.errors import NotFound, Refused
from portal.partners.polls.actions.polls import answer_as_guest, hash_of_code
from portal.partners.polls.queries import guest_found
from portal.partners.polls.rules.texted import read_text
from portal.partners.polls.texts import REFUSALS


def take_text(text: str) -> str | None:
    """Take an answer that came by text; the reply to it, or None when this is not an answer to any poll.

    Whoever calls it limits how often one sender may try: an unknown code is None as well. The number is not asked for.
    """
    read = read_text(text)
    code = read.code if read else slip_code(" ".join(text.casefold().replace("ó", "o").split()))
    found = guest_found(hash_of_code(code)) if code else None
    if found is None:
        return None
    if read is None or len(read.says) != len(found[1].slots):
        count = len(found[1].slots)
        return str(_("There are %(number)d times on your slip. Please send one figure for each.", number=count))
    try:
        answer_as_guest(hash_of_code(read.code), dict(enumerate(read.says, 1)))
    except NotFound:
        return None
    except Refused as error:
        return str(REFUSALS[error.key])
    return str(_("Thank you. Your answer is noted. You can send another until the last day."))
