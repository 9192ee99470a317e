"""Actions on hearings: calling one, printing slips, and counting residents' answers.

A slip is a row with the keyed hash of its code. Answering adds one to a count for each promise and deletes the row, in
one transaction: nothing stored says which slip gave which answer, when, or from which phone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from portal.commitments import ballots
from portal.commitments.ballots import BallotChoice
from portal.commitments.promises import BallotSlip, Commitment, Hearing, HearingItem, slip
from portal.commitments.texts import SlipWord, how_to_answer, slip_answer
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import derive, keyed_hash
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.core.texted import SlipAnswer, SlipKind, code_from

CODE_BYTES = 16


def call_hearing(
    title: Bilingual, commitments: Sequence[Commitment], opens_on: date, closes_on: date, author_id: int
) -> Hearing:
    """Let residents answer about these promises between two days. Raises `Refused`."""
    if not 1 <= len(commitments) <= ballots.MOST_PROMISES:
        raise Refused("hearing_promises")
    if not fits(opens_on, closes_on):
        raise Refused("hearing_days")
    hearing = Hearing(title=title, opens_on=opens_on, closes_on=closes_on, author_id=author_id)
    for position, commitment in enumerate(commitments, 1):
        hearing.items.append(HearingItem(position=position, commitment_id=commitment.id))
    session.add(hearing)
    session.flush()
    record("hearing.called", "hearing", hearing.id, author_id)
    return hearing


def fits(opens_on: date, closes_on: date) -> bool:
    return opens_on <= closes_on <= opens_on + ballots.LONGEST and closes_on >= today()


def print_slips(hearing: Hearing, count: int, by_id: int) -> list[str]:
    """Create new slips and return their codes, which are shown once and not stored. Raises `Refused`."""
    if not 1 <= count <= ballots.MOST_SLIPS or today() > hearing.closes_on:
        raise Refused("hearing_slips")
    codes = [code_from(secrets.token_bytes(CODE_BYTES)) for _ in range(count)]
    session.add_all(BallotSlip(code_hash=hash_of(code), hearing_id=hearing.id) for code in codes)
    session.flush()
    record("hearing.printed", "hearing", hearing.id, by_id)
    return codes


def hearing_for(code: str) -> Hearing | None:
    """Return the hearing of a slip, while slips are accepted."""
    unused = slip(hash_of(code))
    hearing = session.get(Hearing, unused.hearing_id) if unused else None
    return hearing if hearing and ballots.is_open(hearing.opens_on, hearing.closes_on, today()) else None


def answer(code: str, says: Mapping[int, BallotChoice]) -> Hearing | None:
    """Count a slip's answers, by the numbers of its promises, and delete it; None if it is not accepted now.

    A promise without an answer counts as "I don't know", so that every slip answers for all.
    """
    used = slip(hash_of(code), to_use=True)
    hearing = hearing_for(code) if used else None
    if used is None or hearing is None:
        return None
    for item in hearing.items:
        choice = says.get(item.position, BallotChoice.UNSURE).value
        # The database increments the count, so that two simultaneous answers are both counted.
        setattr(item, choice, getattr(HearingItem, choice) + 1)
    session.delete(used)
    session.flush()
    return hearing


def hash_of(code: str) -> str:
    """Return the keyed hash by which a slip is found; an attacker with only the database cannot try codes."""
    secret: str = current_portal.settings.secret
    return keyed_hash(derive(secret.encode(), "promise slip"), code)


def _take(code: str, rest: str) -> SlipAnswer | None:
    if slip(hash_of(code)) is None:
        return None
    hearing = hearing_for(code)
    if hearing is None:
        return SlipAnswer(partial(slip_answer, SlipWord.TOO_LATE))
    promises = len(hearing.items)
    says = ballots.says_of(rest, promises)
    if says is None:
        # The slip is valid and only the answers are not: it stays valid, and the text is not taken as a report.
        return SlipAnswer(partial(how_to_answer, promises))
    hearing = answer(code, dict(enumerate(says, 1)))
    return SlipAnswer(partial(slip_answer, SlipWord.COUNTED), is_done=True) if hearing else None


PROMISE_SLIPS = SlipKind(lambda code: slip(hash_of(code)) is not None, _take, ballots.is_only_answers)
