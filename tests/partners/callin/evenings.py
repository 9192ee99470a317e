"""Call-ins for the tests, prepared as the pages would."""

from collections.abc import Mapping
from datetime import date

from portal.accounts.users import Member
from portal.core.clock import today
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInCard, CallInItem, CallInPlan, lines
from portal.partners.callin.evening import OpenedCallIn, open_evening
from portal.partners.callin.evening_rules import Consent, give
from portal.partners.circles import Circle, my_seat, open_text
from tests.make import keys_of

PLAN = {"begins": "18:30", "where": "Hall", "people": "8", "coordinator": "Cora Coordinator", "reach": "desk 4"}
VOICE = {"who": "elder", "point": "harm", "name": "Vera Voice", "asked_by": "Ruth", "rehearsed": "2026-05-01"}
VOICE |= dict.fromkeys(("block", "door", "ride"), "yes")
VOICE |= dict.fromkeys(("interpreter", "support", "safety", "alternate", "notes"), "")


def plan(circle: Circle, lead: Member, held_on: date | None = None, *, run: bool = True, **words: str) -> CallInPlan:
    """A call-in today, with the usual run."""
    seat = my_seat(circle.id, lead)
    found = call_ins.plan_call_in(seat, held_on or today(), {**PLAN, **words}, None)
    if run:
        call_ins.fill_run(seat, found)
    return found


def add_voice(circle: Circle, lead: Member, call_in: CallInPlan, *consents: Consent, **words: str) -> CallInCard:
    """Somebody who agreed today to these things."""
    return call_ins.keep_line(
        my_seat(circle.id, lead), call_in, CallInCard(), with_consents({**VOICE, **words}, consents)
    )


def with_consents(words: Mapping[str, str], consents: tuple[Consent, ...]) -> dict[str, str]:
    found = dict(words)
    for consent in consents:
        found = give(found, consent, today())
    return found


def let_speak(circle: Circle, lead: Member, call_in: CallInPlan, *cards: CallInCard) -> None:
    """Give the voices of the run to these, in their order."""
    seat, keys = my_seat(circle.id, lead), keys_of(lead)
    rows = [(row, open_text(row, keys) or {}) for row in lines(CallInItem, call_in)]
    voices = [(row, words) for row, words in rows if words["part"] == "voice"]
    for (row, words), card in zip(voices, cards, strict=False):
        call_ins.keep_line(seat, call_in, row, {**words, "voice": str(card.id)})


def opened(circle: Circle, member: Member, call_in: CallInPlan) -> OpenedCallIn:
    """What a member sees of it."""
    return open_evening(my_seat(circle.id, member), call_in, keys_of(member))
