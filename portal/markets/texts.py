"""Wording about places, and the check for names of hidden places in typed texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from wtforms import StringField, TextAreaField

from portal.core.clock import now, today
from portal.core.editing import EditorForm
from portal.core.i18n import language
from portal.markets import status as rules
from portal.markets.gate_rules import EvidenceItem, EvidenceState, GateKey, is_public, named_in
from portal.markets.places import Market, StatusDecision, known_markets, known_since
from portal.markets.status import Concern, Lapse, PlaceSeat, Status, Turnover

NAMES = {
    Status.MESSAGE_DELIVERED: _l("The community has spoken with those who sold"),
    Status.HOLDING: _l("Still calm"),
    Status.SLIPPING: _l("It has started again: neighbors noticed"),
    Status.RECOVERING: _l("Recovering"),
    Status.HELD_12: _l("Calm for 12 months"),
    Status.HELD_24: _l("Calm for 24 months"),
    Status.HELD_36: _l("Calm for 36 months"),
    Status.GRADUATED: _l("It stays calm by itself now"),
}
SINCE = {
    Status.MESSAGE_DELIVERED: _l("On %(day)s the community spoke with those who sold"),
    Status.HOLDING: _l("Calm since %(month)s"),
    Status.SLIPPING: _l("Started again in %(month)s"),
    Status.RECOVERING: _l("Recovering since %(month)s"),
    Status.HELD_12: _l("12 months reached in %(month)s"),
    Status.HELD_24: _l("24 months reached in %(month)s"),
    Status.HELD_36: _l("36 months reached in %(month)s"),
    Status.GRADUATED: _l("Calm by itself since %(month)s"),
}


def status_name(status: Status) -> str:
    return str(NAMES[status])


def since_words(decision: StatusDecision, first_day: date | None = None) -> str:
    """Return since when a place has this status, no earlier than `first_day`: "Calm since July"."""
    since = max(decision.since_on, first_day or decision.since_on)
    return str(SINCE[decision.status] % {"day": short_day(since), "month": month(since)})


def review_words(decision: StatusDecision) -> str:
    review = short_day(decision.review_on)
    if decision.review_on < today():
        return str(_("Its review was due on %(day)s", day=review))
    return str(_("Next decision by %(day)s", day=review))


def history(market: Market) -> list[tuple[StatusDecision, date]]:
    """Return the public decisions about a place, the newest first, each with the day the public may read."""
    days = rules.known_days([decision.since_on for decision in market.decisions], known_since(market))
    return list(zip(market.decisions, days, strict=False))


def short_day(day: date) -> str:
    """Return a day in words: "March 3", with the year if it is not the current one."""
    if day.year != today().year:
        return str(format_date(day, "long"))
    return str(format_date(day, "d 'de' MMMM" if language() == "es" else "MMMM d"))


def month(day: date) -> str:
    """Return a month in words: "March", with the year if it is not the current one."""
    if day.year == today().year:
        return str(format_date(day, "MMMM"))
    return str(format_date(day, "MMMM 'de' y" if language() == "es" else "MMMM y"))


# --- for the team ---

ITEM_NAMES = {
    EvidenceItem.STEP_1: _l("1. Crime is mapped and the place is chosen"),
    EvidenceItem.STEP_2: _l("2. Residents and officers are asked what happens there"),
    EvidenceItem.STEP_3: _l("3. Reports and incidents are read through"),
    EvidenceItem.STEP_4: _l("4. Cases are made and kept back"),
    EvidenceItem.STEP_5: _l("5. The community is with us; trust is worked on"),
    EvidenceItem.STEP_6: _l("6. Families and people they listen to are visited"),
    EvidenceItem.STEP_7: _l("7. The call-in is held"),
    EvidenceItem.STEP_8: _l("8. What was promised is done, help and consequences"),
    EvidenceItem.STEP_9: _l("9. The place is looked after, week by week"),
    EvidenceItem.SPONSOR: _l("Somebody at the top stands behind it"),
    EvidenceItem.COMMUNITY_LEAD: _l("A community lead is in place, with time for it"),
    EvidenceItem.TRAINING: _l("Everybody who takes part has been trained"),
    EvidenceItem.COORDINATOR: _l("Somebody coordinates the help that is offered"),
    EvidenceItem.ANALYST: _l("Somebody keeps the numbers"),
}
STATE_NAMES = {
    EvidenceState.OPEN: _l("Not begun"),
    EvidenceState.GOING: _l("Under way"),
    EvidenceState.DONE: _l("Done"),
}
LAPSES = {
    PlaceSeat.OWNER: {
        Lapse.NOBODY: _l("Nobody looks after this place. Name an owner."),
        Lapse.LEFT: _l("The owner has left the team. Name another one."),
        Lapse.ROLE: _l("The owner no longer has a role for this. Name another one."),
        Lapse.OUT: _l("The owner is not admitted here. Admit them or name another one."),
    },
    PlaceSeat.DEPUTY: {
        Lapse.NOBODY: _l("There is no deputy. If the owner falls ill, nobody knows what is open."),
        Lapse.LEFT: _l("The deputy has left the team. Name another one."),
        Lapse.ROLE: _l("The deputy no longer has a role for this. Name another one."),
        Lapse.OUT: _l("The deputy is not admitted here. Admit them or name another one."),
    },
}
WAITING = {
    GateKey.COMMUNITY_LEAD: _l("A community lead still has to confirm."),
    GateKey.POLICE_LIAISON: _l("A police liaison still has to confirm."),
}
GAPS = _l("This is still missing.")
NAMED = _l(
    "This names a place that is not public: %(name)s. Tie it to that place, or take the name out. Only if these words "
    "mean something else here, press the button again."
)
NAMED_IN_FILE = _l(
    "What stands in this file names a place that is not public: %(name)s. Take another file. Only if these words mean "
    "something else here, choose the file once more and press the button again."
)
TELLING = _l("This word tells what the place is thought to be. It would stand in the address and on every phone.")
REFUSALS = {
    "not_draft": _l("Only a draft can be deleted. Make it a draft again first."),
    "place_name": _l("A place needs a name in both languages."),
    "place_telling": TELLING,
    "place_gaps": _l("Both languages must be there: the place is public, or somebody has confirmed its release."),
    "place_people": _l("Only somebody who is admitted to the place can look after it."),
    "place_two_people": _l("Owner and deputy must be two people."),
    "boundary_size": _l("This file is too large. A boundary needs at most 256 KB."),
    "boundary_format": _l("This is not a GeoJSON file. Ask whoever made it for the place's area as GeoJSON."),
    "boundary_count": _l("A boundary is one area. This file has none, or several."),
    "boundary_kind": _l("A boundary is an area. This file has a point or a line."),
    "boundary_shape": _l("The area crosses itself, is empty, or is not in degrees of longitude and latitude (WGS 84)."),
    "people_role": _l("Somebody with this role may not know of a hidden place."),
    "people_last_lead": _l("This is the last community lead here. Admit another one first."),
    "gate_open": _l("The place is public already."),
    "gate_reason": _l("Please say why. It stays with the key."),
    "gate_gaps": _l("The place cannot be released yet: a text is missing in one of the languages."),
    "gate_older": _l(
        "One language is older than the other. Change the older text too, or confirm that both say the same."
    ),
    "gate_key": _l("This key is turned already, or it is not yours to turn."),
    "gate_no_key": _l("You have not turned a key here."),
    "status_order": _l("A place cannot come to stand like this from how it stands now."),
    "status_since": _l("This day is in the future, or before the last decision."),
    "status_months": _l("The place has not held that long yet."),
    "status_review": _l("The next review must be on a later day, within a year."),
    "status_words": _l("Please say in both languages who decided and on what evidence."),
    "evidence_words": _l("To call it done, say what shows it, and since when."),
    "evidence_date": _l("This day is in the future."),
    "evidence_link": _l("Please give a whole address that begins with https://."),
    "call_in_gaps": _l("All three texts must be there in both languages."),
    "call_in_over": _l("The call-in has ended already."),
    "call_in_locked": _l("Both keys must be turned before anything can be shown."),
    "call_in_one_language": _l("Change it in the other language too, or confirm that both say the same."),
    "call_in_soon": _l("The second key was turned less than an hour ago. Either person may still take theirs back."),
}
AUDITED = {
    "market.begun": _l("began a place"),
    "market.described": _l("changed what is said about a place"),
    "market.admitted": _l("admitted somebody to a place"),
    "market.sent_out": _l("took somebody's admission to a place"),
    "market.key_turned": _l("turned a key of a place"),
    "market.key_taken_back": _l("took back a key of a place"),
    "market.key_lapsed": _l("ended a key of a place: whoever turned it holds it no longer"),
    "market.boundary_set": _l("gave a place its boundary"),
    "market.keys_voided": _l("changed texts of a place, so that its keys must be turned again"),
    "market.released": _l("released a place"),
    "market.judged": _l("decided how a place stands"),
    "market.decision_corrected": _l("corrected the words of a decision on a place"),
    "market.evidence_noted": _l("noted evidence about a place"),
    "market.call_in_prepared": _l("changed what is prepared for a call-in"),
    "market.call_in_ended": _l("said that a call-in has ended"),
    "market": _l("place"),
}

CONCERNS = {
    Concern.NO_SPONSOR: _l(
        "Nobody at the top is known to stand behind it. Ask the chief and the mayor's office who answers for it, and "
        "note which office it is. Do not go on with half a promise."
    ),
    Concern.NO_COMMUNITY_LEAD: _l(
        "No community lead is noted as in place. Find somebody whom the neighbors trust and who has time for it, "
        "before anything else is planned."
    ),
    Concern.TURNOVER: _l(
        "People change too often here, or a seat stood empty: %(seats)s. Where that happened, the next ones had other "
        "plans. Go through the nine steps with whoever is new, let them say aloud that they stand behind the plan, "
        "and name a deputy for every seat."
    ),
    Concern.NOT_TRAINED: _l(
        "The people who take part are not noted as trained. Where the plan was not understood, it was not followed: "
        "set a day for training and go through the nine steps together."
    ),
    Concern.OUT_OF_ORDER: _l(
        "A step is called done before an earlier one was: “%(later)s” before “%(earlier)s”. Go back to the earlier "
        "step, or mend the days if they are wrong."
    ),
    Concern.LATE_CALL_IN: _l(
        "The cases were made more than half a year ago and there was no call-in. Set a day for it now, or say openly "
        "that it is put off and why."
    ),
    Concern.REVIEWS_MISSED: _l(
        "Two reviews in a row were missed, and everybody can read that. Hold the next one, if need be by telephone, "
        "and ask what keeps people away."
    ),
    Concern.NO_COORDINATOR: _l(
        "Help is offered, and nobody coordinates it. Name one person with a telephone who answers those who want help."
    ),
    Concern.NO_ANALYST: _l(
        "Nobody keeps the numbers. Ask the police or the university for one person who counts each week."
    ),
}
"""Risks to the work, each with instructions."""
SEAT_NAMES = {
    PlaceSeat.OWNER: _l("Owner"),
    PlaceSeat.DEPUTY: _l("Deputy"),
    PlaceSeat.SPONSOR: _l("Sponsor"),
    PlaceSeat.COMMUNITY_LEAD: _l("Community lead"),
}


def concern_sentences(work: rules.Work, today: date) -> list[str]:
    later, earlier = rules.out_of_order(work) or (EvidenceItem.STEP_2, EvidenceItem.STEP_1)
    gaps = {
        "later": ITEM_NAMES[later],
        "earlier": ITEM_NAMES[earlier],
        "seats": "; ".join(f"{seat} ({changes})" for seat, changes in steadiness(rules.unsteady(work))),
    }
    return [str(CONCERNS[concern]) % gaps for concern in rules.concerns(work, today)]


def steadiness(turnovers: Mapping[PlaceSeat, Turnover]) -> list[tuple[str, str]]:
    """Return each seat with its changes and vacancies of the last twelve months, in words."""
    seats_words = []
    for seat, turnover in turnovers.items():
        changes, days = turnover.changes, turnover.empty_days
        words = str(ngettext("changed %(num)s time", "changed %(num)s times", changes) if changes else _("no change"))
        if days:
            words += ", " + ngettext("empty for %(num)s day", "empty for %(num)s days", days)
        seats_words.append((str(SEAT_NAMES[seat]), words))
    return seats_words


def names_hidden_place(
    form: EditorForm, member_id: int, tied_to: int | None = None, attached: Callable[[], Mapping[str, str]] = dict
) -> bool:
    """Return whether a form would reveal the name of a hidden place that the writer knows, adding errors to its fields.

    Check it before anything is made public. It warns once: "the corner" may be any corner, and sending again lets it
    through. An object tied to that very place stays hidden with it. `attached` returns the texts of attached files by
    field name; it is called only if there is a name to look for.
    """
    names = hidden_names(member_id, besides=tied_to)
    if not names:
        return False
    typed = {field.short_name: field.data or "" for field in form if type(field) in (StringField, TextAreaField)}
    named = {field: name for field, text in (typed | dict(attached())).items() if (name := named_in(text, names))}
    warning = "; ".join(f"{field}: {name}" for field, name in named.items())
    if not named or form.warned.data == warning:
        return False
    form.warned.data = warning
    for field, name in named.items():
        form.complain(field, (NAMED if field in typed else NAMED_IN_FILE) % {"name": name})
    return True


def texts_name_hidden_place(texts: Iterable[str], member_id: int, tied_to: int | None = None) -> bool:
    """Return whether stored texts, typed earlier, contain the name of a hidden place that the member knows."""
    names = hidden_names(member_id, besides=tied_to)
    return any(named_in(text, names) for text in texts)


def hidden_names(member_id: int, besides: int | None = None) -> list[str]:
    """Return every name of the hidden places that a member knows of, except the place `besides`.

    Names of other hidden places are not looked up: a warning would reveal to the writer that there is such a place.
    """
    others = (market for market in known_markets(member_id) if market.id != besides)
    hidden = [market for market in others if not is_public(market.released_at, now())]
    texts = [text for market in hidden for text in (market.name, market.own_name)]
    return list(dict.fromkeys(name for text in texts for name in (text.en, text.es) if name))
