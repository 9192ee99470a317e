"""What happens to answers: given, changed, taken back, offered a seat, asked again, erased."""

from portal.meetings.rsvp.actions.changes import recall_withdrawn, tell_cancelled, tell_moved, tell_withdrawn
from portal.meetings.rsvp.actions.consent import agree, confirm_rsvp
from portal.meetings.rsvp.actions.deciding import count_in, take_out
from portal.meetings.rsvp.actions.ending import forget_phone, free_text_codes, keep_sums
from portal.meetings.rsvp.actions.hosting import (
    ask_again,
    copy_seats,
    give_seats,
    give_text_code,
    may_be_asked,
    meetings_without_text_code,
    open_seats,
    set_seats,
)
from portal.meetings.rsvp.actions.keys import (
    code_of,
    contact_hash,
    hash_of_code,
    id_in,
    private_link,
    proves_contact,
    rsvp_id_of_contact,
    token_of,
)
from portal.meetings.rsvp.actions.line import (
    answer_again,
    cancel_rsvp,
    change_rsvp,
    file_rsvp,
    settle_seats,
    take_seat,
)
from portal.meetings.rsvp.actions.reminding import (
    accept_reminders,
    decline_reminders,
    queue_reminders,
    set_reminders,
)
from portal.meetings.rsvp.actions.wishes import Contact, Wish, read_wish

__all__ = [
    "Contact",
    "Wish",
    "accept_reminders",
    "agree",
    "answer_again",
    "ask_again",
    "cancel_rsvp",
    "change_rsvp",
    "code_of",
    "confirm_rsvp",
    "contact_hash",
    "copy_seats",
    "count_in",
    "decline_reminders",
    "file_rsvp",
    "forget_phone",
    "free_text_codes",
    "give_seats",
    "give_text_code",
    "hash_of_code",
    "id_in",
    "keep_sums",
    "may_be_asked",
    "meetings_without_text_code",
    "open_seats",
    "private_link",
    "proves_contact",
    "queue_reminders",
    "read_wish",
    "recall_withdrawn",
    "rsvp_id_of_contact",
    "set_reminders",
    "set_seats",
    "settle_seats",
    "take_out",
    "take_seat",
    "tell_cancelled",
    "tell_moved",
    "tell_withdrawn",
    "token_of",
]
