"""Answers by text, for whoever takes texts in: `app.extensions["slips"]` holds what each kind of slip knows."""

from __future__ import annotations

from functools import partial

from portal.core.errors import NotFound, Refused
from portal.core.texted import SlipKind, Told
from portal.partners.polls.actions.polls import answer_as_guest, hash_of_code
from portal.partners.polls.queries import guest_found, takes_answers
from portal.partners.polls.rules.texted import says_of
from portal.partners.polls.texts import how_to_answer, thanks, too_late


def _knows(code: str) -> bool:
    return guest_found(hash_of_code(code)) is not None


def _take(code: str, rest: str) -> Told | None:
    found = guest_found(hash_of_code(code))
    if found is None:
        return None
    count, says = len(found[1].slots), says_of(rest)
    if not takes_answers(found[1]):
        return Told(too_late)
    if says is None or len(says) != count:
        return Told(partial(how_to_answer, count))
    try:
        answer_as_guest(hash_of_code(code), dict(enumerate(says, 1)))
    except NotFound:
        return None
    except Refused:
        return Told(too_late)
    return Told(thanks, is_done=True)


POLL_SLIPS = SlipKind(_knows, _take, lambda rest: says_of(rest) is not None)
