"""Hearings: calling one, printing slips, counting residents' answers, and the words of slips and of replies to texts.

A slip is a row with the keyed hash of its code. Answering adds one to a count for each promise and deletes the row, in
one transaction: nothing stored says which slip gave which answer, when, or from which phone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from portal.commitments import promise_rules
from portal.commitments.promise_rules import BallotChoice
from portal.commitments.promises import BallotSlip, Commitment, Hearing, HearingItem
from portal.core.audit import record
from portal.core.clock import today
from portal.core.contact import telephone
from portal.core.crypto import derive, keyed_hash
from portal.core.db import added, session
from portal.core.i18n import Bilingual, speaking
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.texted import SlipAnswer, SlipKind, code_from

CODE_BYTES = 16

SLIP_COUNTED = _l("Thank you, your answer is counted. The slip is used up.")
SLIP_UNKNOWN = _l("This code opens nothing. Please check it; perhaps it was used already.")
SLIP_TOO_LATE = _l("Thank you, but answers are not taken now.")
SLIP_WAIT = _l("There were too many tries. Please wait 15 minutes.")
REFUSALS = {
    "hearing_promises": _l("Please choose one to nine promises for the slips."),
    "hearing_days": _l("The last day must lie ahead, and at most 60 days after the first one."),
}
AUDITED = {
    "hearing.called": _l("called residents to say what they think of promises"),
    "hearing.printed": _l("printed slips for residents' answers"),
    "hearing": _l("residents' answers"),
}


def call_hearing(
    title: Bilingual, commitments: Sequence[Commitment], opens_on: date, closes_on: date, author_id: int
) -> Hearing:
    """Let residents answer about these promises between two days that fit, see `promise_rules.days_fit`."""
    hearing = Hearing(title=title, opens_on=opens_on, closes_on=closes_on, author_id=author_id)
    for position, commitment in enumerate(commitments, 1):
        hearing.items.append(HearingItem(position=position, commitment_id=commitment.id))
    added(hearing)
    record("hearing.called", "hearing", hearing.id, author_id)
    return hearing


def print_slips(hearing: Hearing, count: int, by_id: int) -> list[str]:
    """Create new slips and return their codes, which are shown once and not stored."""
    codes = [code_from(secrets.token_bytes(CODE_BYTES)) for _number in range(count)]
    session.add_all(BallotSlip(code_hash=hash_of(code), hearing_id=hearing.id) for code in codes)
    session.flush()
    record("hearing.printed", "hearing", hearing.id, by_id)
    return codes


def unused_slip(code: str, *, to_use: bool = False) -> BallotSlip | None:
    """Return an unanswered slip by its code, with `to_use` locked for update."""
    return session.get(BallotSlip, hash_of(code), with_for_update=to_use)


def hearing_for(code: str) -> Hearing | None:
    """Return the hearing of a slip, while slips are accepted."""
    unused = unused_slip(code)
    hearing = session.get(Hearing, unused.hearing_id) if unused else None
    return hearing if hearing and promise_rules.is_open(hearing.opens_on, hearing.closes_on, today()) else None


def answer(code: str, says: Mapping[int, BallotChoice]) -> bool:
    """Count a slip's answers, "I don't know" where one is missing, and delete it; False if it is not accepted now."""
    used = unused_slip(code, to_use=True)
    hearing = hearing_for(code) if used else None
    if used is None or hearing is None:
        return False
    for item in hearing.items:
        choice = says.get(item.position, BallotChoice.UNSURE).value
        # The database increments the count, so that two simultaneous answers are both counted.
        setattr(item, choice, getattr(HearingItem, choice) + 1)
    session.delete(used)
    session.flush()
    return True


def hash_of(code: str) -> str:
    """Return the keyed hash by which a slip is found; an attacker with only the database cannot try codes."""
    secret: str = current_portal.settings.secret
    return keyed_hash(derive(secret.encode(), "promise slip"), code)


def _take(code: str, rest: str) -> SlipAnswer | None:
    if unused_slip(code) is None:
        return None
    hearing = hearing_for(code)
    if hearing is None:
        return SlipAnswer(partial(str, SLIP_TOO_LATE))
    promises = len(hearing.items)
    says = promise_rules.says_of(rest, promises)
    if says is None:
        # The slip is valid and only the answers are not: it stays valid, and the text is not taken as a report.
        return SlipAnswer(partial(how_to_answer, promises))
    is_counted = answer(code, dict(enumerate(says, 1)))
    return SlipAnswer(partial(str, SLIP_COUNTED), is_done=True) if is_counted else None


PROMISE_SLIPS = SlipKind(lambda code: unused_slip(code) is not None, _take, promise_rules.is_only_answers)


def slip_words(lang: str) -> str:
    with speaking(lang):
        address = public_address("slips.enter", lang=lang).partition("://")[2]
        figures = _("1 kept, 2 in part, 3 not kept, 0 I don't know")
        number = current_portal.settings.sms_number
        by_web = _("%(address)s – for each promise: %(figures)s", address=address, figures=figures)
        by_text = _("By text to %(phone)s: the code and the figures, such as 1 3 0", phone=telephone(number))
        return f"{by_web}. {by_text}" if number else str(by_web)


def how_to_answer(promises: int) -> str:
    """Return the reply to a text with a slip's code, but without one answer for each of its promises."""
    return str(
        ngettext(
            "Send the code, then %(num)d figure: 1 kept, 2 in part, 3 not kept, 0 I don't know.",
            "Send the code, then %(num)d figures: 1 kept, 2 in part, 3 not kept, 0 I don't know.",
            promises,
        )
    )
