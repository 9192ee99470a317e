"""Translated names of categories, states, referrals and dispositions, and the messages of refusals and audit events."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.core.reading.reader import After, Meaning
from portal.reports import triage
from portal.reports.triage import Category, Disposition, Referral, TriageState, WhyUnread

CATEGORIES = {
    Category.SELLING: _l("Drugs sold out in the open"),
    Category.HOUSE: _l("Drugs sold in a home"),
    Category.PROPERTY: _l("A building, light, lot or trash"),
    Category.SERVICES: _l("Help: treatment, work, housing"),
    Category.CONDUCT: _l("How the police acted"),
    Category.OTHER: _l("Something else"),
}
DESK_CATEGORIES = {
    Category.UNSORTED: _l("Not sorted yet"),
    Category.SELLING: _l("Selling"),
    Category.HOUSE: _l("Selling in a house"),
    Category.PROPERTY: _l("Property"),
    Category.SERVICES: _l("Needs services"),
    Category.CONDUCT: _l("Police conduct"),
    Category.OTHER: _l("Something else"),
}
CHANNELS = {
    triage.Channel.WEB: _l("Website"),
    triage.Channel.TEXT: _l("Text message"),
    triage.Channel.RELAY: _l("Written for somebody else"),
}
HEADS = {
    TriageState.NEW: _l("We have it. Nobody has read it yet."),
    TriageState.READ: _l("A person has read this."),
    TriageState.ASKED: _l("We need more from you."),
    TriageState.PASSED: _l("It was passed on."),
    TriageState.CLOSED: _l("It is closed."),
}
"""What the resident is told of a report's state."""
REFERRALS = {
    Referral.TEAM: _l("The team that works at this place"),
    Referral.POLICE: _l("The police liaison of this place"),
    Referral.PROPERTY: _l("Property and cleanup"),
    Referral.OUTREACH: _l("Outreach and services"),
    Referral.OVERSIGHT: _l("The oversight contact"),
}
WHY_UNREAD = {
    WhyUnread.NO_MEMBER: _l("Nobody has this role yet. An administrator gives it to somebody on the page “People”."),
    WhyUnread.NO_KEY: _l(
        "Nobody there can open it yet. One of them sets it up, or is let in, on the page “Colleagues”."
    ),
    WhyUnread.NOT_THERE: _l("Nobody who can open it there works at this place. Its owner admits them to the place."),
    WhyUnread.NO_PLACE: _l(
        "Sort it first: the team and the police liaison read only what is sorted to a place of theirs."
    ),
}
"""Why nothing can be passed on to a target now, and who can change that."""
UNREACHED = {
    Referral.TEAM: _l(
        "Nobody can read what the desk passes on to the team of this place. An organizer or a community lead has "
        "to own it, stand in, or be admitted to it, and has to be let in on the page “Colleagues”."
    ),
    Referral.POLICE: _l(
        "Nobody can read what the desk passes on to the police liaison of this place. A police liaison has to be "
        "admitted to it, and has to be let in on the page “Colleagues”."
    ),
}
"""Warnings for the team of a place while no member there can read what is passed on."""
DISPOSITIONS = {
    Disposition.ACTED: _l("We checked and acted."),
    Disposition.NOT_SEEN: _l("We checked and did not see it."),
    Disposition.ONGOING: _l("It is being worked on. We cannot say more."),
    Disposition.PROPERTY: _l("It went to the people for property and cleanup."),
    Disposition.OUTREACH: _l("It went to outreach workers."),
    Disposition.DUPLICATE: _l("We already knew of this from somebody else."),
    Disposition.CANNOT: _l("We cannot act on it. The reason is in our answer."),
    Disposition.NOT_OURS: _l("This is not something this effort does. Our answer says who does."),
    Disposition.NOT_REPORT: _l("It is not a report. Nobody is told."),
}
OUTCOMES = {
    Disposition.ACTED.value: _l("It is done"),
    Disposition.NOT_SEEN.value: _l("We looked and did not see it"),
    Disposition.ONGOING.value: _l("We are working on it"),
    Disposition.CANNOT.value: _l("It cannot be done"),
    triage.NEEDS_MORE: _l("We need to know more first"),
}
"""What receivers answer the desk."""
VERDICTS = {
    triage.ResidentVerdict.BETTER: _l("It is better"),
    triage.ResidentVerdict.SAME: _l("It is the same"),
    triage.ResidentVerdict.WORSE: _l("It is worse"),
}
PASSED = _l("A person has read this and passed it on.")
PARTS = {"what": None, "where": _l("Where"), "when": _l("When"), "looks": _l("What they looked like")}
STEPS = {
    "read": _l("read it"),
    "pass": _l("pass it on"),
    "close": _l("close it with an answer"),
    "have": _l("say that you have it"),
    "answer": _l("answer the desk"),
}
MARK = _l("[left out]")
"""Replaces masked personal details; a test asserts that it contains none itself."""
AUDITED = {
    "report.read": _l("read a report"),
    "report.answered": _l("answered a report"),
    "report.asked": _l("asked for more"),
    "report.passed_on": _l("passed a report on"),
    "report.taken_back": _l("took back what had been passed on of a report"),
    "referral.acknowledged": _l("said that they have what was passed on"),
    "referral.answered": _l("answered the desk about what was passed on"),
    "report.closed": _l("closed a report"),
    "report.reopened": _l("took a report up again"),
    "report.sorted": _l("sorted a report"),
    "report.picture_covered": _l("covered parts of a picture"),
    "report.handed_to_oversight": _l("handed a report to the oversight contact"),
    "report.handed_to_triage": _l("handed a complaint about the police to the desk, as not about the police"),
    "report.doubt_settled": _l("said whether texts are wanted"),
    "report.taken": _l("took a report to work on it"),
    "report.given_back": _l("gave a report back to the desk"),
    "report.noted": _l("wrote a note for the desk on a report"),
    "report.note_erased": _l("erased a note on a report"),
    "report.translated": _l("translated what a report says"),
    "answer.saved": _l("saved an answer of the desk"),
    "answer.erased": _l("erased a saved answer"),
    "saved answer": _l("saved answer"),
    "example.let_go": _l("let an example be learned"),
    "example": _l("example"),
    "thread": _l("report"),
    "referral": _l("what was passed on of a report"),
}
MEANINGS = {
    Meaning.REPORT: _l("A report, or more of one"),
    Meaning.DANGER: _l("Somebody is in danger now"),
    Meaning.CRISIS: _l("An overdose, or thoughts of suicide"),
    Meaning.THREAT: _l("A threat against those who write, or against us"),
    Meaning.NOT_FOR_US: _l("Not for us: a wrong number, a delivery, nonsense"),
    Meaning.OPT_OUT: _l("No more texts"),
    Meaning.OPT_IN: _l("Texts again"),
    Meaning.ERASE: _l("Take it back, or erase it"),
    Meaning.HELP: _l("What can be done here"),
    Meaning.ABOUT: _l("Who we are, and whether it is safe"),
    Meaning.ANSWER: _l("Where the answer is; lost code words"),
    Meaning.TREATMENT: _l("Help to stop using"),
    Meaning.MEETING: _l("When and where people meet"),
    Meaning.HOST: _l("A question for the host of a meeting"),
    Meaning.RSVP_YES: _l("Comes to the meeting"),
    Meaning.RSVP_NO: _l("Does not come to the meeting"),
    Meaning.RSVP_NUMBER: _l("How many come to the meeting"),
    Meaning.RSVP_LATE: _l("Comes late to the meeting"),
    Meaning.FOLLOW: _l("Wants news"),
    Meaning.UNFOLLOW: _l("Wants no more of one kind of news"),
    Meaning.LANG_EN: _l("Wants English"),
    Meaning.LANG_ES: _l("Wants Spanish"),
    Meaning.THANKS: _l("Only thanks"),
    Meaning.GREETING: _l("Only a greeting"),
}
"""What a text may mean, as the examples call it."""
TOLD_BEFORE = {
    After.NOTHING: _l("Nothing from us"),
    After.REMINDER: _l("A reminder of a meeting"),
    After.NEWS: _l("News that it follows"),
    After.QUESTION: _l("Our question where it is"),
    After.ANSWER: _l("Our answer to its report"),
    After.STOPPED: _l("It had texted STOP"),
}
LANGUAGES_OF_TEXTS = {"en": _l("English"), "es": _l("Spanish"), "mix": _l("Both, mixed")}
REFUSALS = {
    "own_example": _l("You wrote this yourself. A colleague at this desk has to read it."),
    "closed": _l("Reports cannot be taken right now, because nobody could read them. Nothing was stored."),
    "wrong_referral": _l("What is said about the police goes to the oversight contact, and nothing else does."),
    "sort_first": _l(
        "Sort it first: say what it is about before anybody else reads it. Any report may be about the police."
    ),
    "not_to_police": _l(
        "Whoever asks for help is not passed on to the police. Is it about something else too? Sort it as that first."
    ),
    "not_to_property": _l(
        "Whoever asks for help is not passed on to property and cleanup. Is it about something else too? "
        "Sort it as that first."
    ),
    "place_first": WHY_UNREAD[WhyUnread.NO_PLACE],
    "services_first": _l("Sort it first: outreach reads only what is sorted as “Needs services”."),
    "nothing_to_read": _l("Please write what they may read. Nothing else of the report reaches them."),
    "nobody_reads": _l("Nobody there can read it, so it was not passed on. Choose somebody else."),
    "reason_missing": _l("Please write the reason to the person before you close it like this."),
    "cover_later": _l("The picture could not be changed right now. It is as it was: please try again in a minute."),
    "nobody_is_told": _l("This way nobody is told anything. First send or erase what you wrote."),
    "already_there": _l("Somebody else has already moved this report. Please look at it again."),
    "translated_meanwhile": _l(
        "Somebody else has just translated it. Your words are still here: "
        "look at theirs, then save yours if they are better."
    ),
    "answer_not_sent": _l(
        "Something that you wrote was not sent or saved yet. Do that first, or empty the field: after this, you cannot "
        "open the report any more."
    ),
    "taken_meanwhile": _l("Somebody else has just taken it."),
    "no_desk": _l("Nobody is at the desk right now who could read this."),
    "not_sure": _l("It was not handed on yet. Please say that you are sure."),
    "no_oversight": _l("There is no oversight desk yet that could read this."),
    "verdict_over": _l("This can be said once, from two to four weeks after a report was closed."),
    "cannot_open": _l("You cannot open every message of this report, so you cannot hand it on."),
}

ANSWER_DELIVERIES = {
    triage.AnswerDelivery.ON_ITS_WAY: _l("Our last text to this phone is on its way."),
    triage.AnswerDelivery.ARRIVED: _l("Our last text to this phone has arrived."),
    triage.AnswerDelivery.FAILED: _l(
        "Our last text to this phone did not arrive. With the code words it can be read here."
    ),
    triage.AnswerDelivery.UNWANTED: _l("Our last text did not go out: this phone wants no texts."),
}
