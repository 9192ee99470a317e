"""What somebody says in an answer, and how it is kept: needs, name and contact under the server's key."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import Refused
from portal.core.i18n import speaking
from portal.core.jobs.outbox import cipher
from portal.meetings.rsvp.actions.consent import agree
from portal.meetings.rsvp.actions.keys import contact_hash
from portal.meetings.rsvp.actions.ledger import forget_told
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import answers_from
from portal.meetings.rsvp.rules.answers import Agreed, ContactKind, Ride, free_letter, write_ages
from portal.meetings.rsvp.texts import CONSENT


@dataclass(frozen=True)
class Contact:
    """Where somebody wants to hear of changes: a number with its country, or an address of mail."""

    kind: ContactKind
    address: str
    agreed: Agreed = Agreed.WEB
    """A number that a text came from is certain; how its owner agrees is in the answer that they get."""


@dataclass(frozen=True)
class Wish:
    """An answer as somebody gives it. Only the number of people is asked for; the rest may be left out."""

    party: int
    ages: tuple[int, ...] = ()
    interpreter: str = ""
    ride: Ride = Ride.NONE
    ride_seats: int = 0
    access_needs: str = ""
    first_name: str = ""
    contact: Contact | None = None
    forget_contact: bool = False


def keep_wish(rsvp: Rsvp, wish: Wish) -> None:
    """Write down everything but the number of people, which is a matter of seats."""
    rsvp.ages = write_ages(wish.ages)
    rsvp.interpreter = wish.interpreter
    rsvp.ride = wish.ride
    rsvp.ride_seats = wish.ride_seats if wish.ride == Ride.OFFERS else 0
    rsvp.access_needs = _hidden(wish.access_needs)
    rsvp.first_name = _hidden(wish.first_name)
    if wish.forget_contact:
        forget_contact(rsvp)
    if wish.contact is not None:
        keep_contact(rsvp, wish.contact)


def keep_contact(rsvp: Rsvp, contact: Contact) -> None:
    """Note where to write. Raises `Refused` when too many families answered from there."""
    hashed = contact_hash(rsvp.meeting_id, contact.address)
    if rsvp.contact_hash == hashed:
        return
    letter = free_letter(one.letter or "" for one in answers_from(rsvp.meeting_id, hashed))
    if letter is None:
        raise Refused("answers_too_many")
    forget_contact(rsvp)
    rsvp.contact_kind, rsvp.contact = contact.kind, cipher().encrypt(contact.address)
    rsvp.contact_hash, rsvp.letter = hashed, letter
    if contact.agreed is Agreed.WEB:
        with speaking(rsvp.language):
            agree(rsvp, Agreed.WEB, str(CONSENT))


def forget_contact(rsvp: Rsvp) -> None:
    """Erase the number or address; what has not gone out to it never does."""
    forget_told(rsvp)
    rsvp.contact_kind = rsvp.contact = rsvp.contact_hash = rsvp.letter = None
    rsvp.agreed_on = rsvp.agreed_how = rsvp.wording = rsvp.proved_on = None


def forget_person(rsvp: Rsvp) -> None:
    """Erase whatever somebody told of themselves; how many they were stays, should they want to come after all."""
    keep_wish(rsvp, Wish(rsvp.party, forget_contact=True))


def read_wish(rsvp: Rsvp) -> Wish:
    """What an answer says, but for the contact. Needs and name are not for the pages that a private link opens."""
    return Wish(
        party=rsvp.party,
        ages=rsvp.child_ages,
        interpreter=rsvp.interpreter,
        ride=Ride(rsvp.ride),
        ride_seats=rsvp.ride_seats,
        access_needs=_shown(rsvp.access_needs),
        first_name=_shown(rsvp.first_name),
    )


def _hidden(text: str) -> bytes | None:
    return cipher().encrypt(text) if text else None


def _shown(kept: bytes | None) -> str:
    return cipher().decrypt(kept) if kept else ""
