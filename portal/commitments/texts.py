"""Wording about promises: states, history, residents' answers, slips and replies to texts."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from portal.commitments.ballots import BallotChoice, shown
from portal.commitments.promise_states import PromiseState, PromiseStep, share_kept
from portal.commitments.promises import Commitment, EvidenceFile, HearingItem, LedgerEntry
from portal.core.clock import today
from portal.core.contact import telephone
from portal.core.files.uploads import facts_of
from portal.core.i18n import date_words, language, speaking
from portal.core.portal import current_portal
from portal.core.slugs import public_address

STANDINGS = {
    PromiseState.LATE: _l("Late"),
    PromiseState.DUE: _l("Still to come"),
    PromiseState.BROKEN: _l("Broken"),
    PromiseState.KEPT: _l("Kept"),
}
STEPS = {
    PromiseStep.MADE: _l("The promise was made public"),
    PromiseStep.MOVED: _l("Another day was named"),
    PromiseStep.REWORDED: _l("The wording was corrected. Before, it said:"),
    PromiseStep.PLANNED: _l("A step on the way was planned"),
    PromiseStep.REACHED: _l("A step on the way was reached"),
    PromiseStep.EVIDENCE: _l("Evidence was added"),
    PromiseStep.WITHDRAWN: _l("A file was taken out"),
    PromiseStep.CLAIMED: _l("The office says it is done"),
    PromiseStep.KEPT: _l("The other side says: kept"),
    PromiseStep.BROKEN: _l("The other side says: broken"),
    PromiseStep.REOPENED: _l("The other side took its word back: it is open again"),
}
SAYS = {
    BallotChoice.KEPT: _l("It was kept"),
    BallotChoice.PARTLY: _l("It was kept in part"),
    BallotChoice.BROKEN: _l("It was not kept"),
    BallotChoice.UNSURE: _l("I don't know"),
}
MISSING = _l("This is still missing.")


class SlipWord(StrEnum):
    COUNTED = "counted"
    UNKNOWN = "unknown"
    TOO_LATE = "too_late"
    WAIT = "wait"


SLIP_ANSWERS = {
    SlipWord.COUNTED: _l("Thank you, your answer is counted. The slip is used up."),
    SlipWord.UNKNOWN: _l("This code opens nothing. Please check it; perhaps it was used already."),
    SlipWord.TOO_LATE: _l("Thank you, but answers are not taken now."),
    SlipWord.WAIT: _l("There were too many tries. Please wait 15 minutes."),
}
AUDITED = {
    "commitment.drafted": _l("wrote down a promise"),
    "commitment.deleted": _l("deleted the draft of a promise"),
    "commitment.deleted_unseen": _l("deleted the draft of a promise"),
    "commitment.made": _l("published a promise"),
    "commitment.moved": _l("named another day for a promise"),
    "commitment.reworded": _l("corrected the words of a promise"),
    "commitment.planned": _l("planned a step of a promise"),
    "commitment.reached": _l("said that a step of a promise was reached"),
    "commitment.evidence": _l("added evidence to a promise"),
    "commitment.withdrawn": _l("took a file out of the evidence of a promise"),
    "commitment.claimed": _l("said for an office that a promise is done"),
    "commitment.kept": _l("judged a promise as kept"),
    "commitment.broken": _l("judged a promise as broken"),
    "commitment.reopened": _l("took back what was said of a promise"),
    "hearing.called": _l("called residents to say what they think of promises"),
    "hearing.printed": _l("printed slips for residents' answers"),
    "commitment": _l("promise"),
    "hearing": _l("residents' answers"),
}
REFUSALS = {
    "commitment_published": _l("A published promise stays as it is. Correct its words or name another day instead."),
    "commitment_gaps": _l("This cannot be published yet: something is missing in one of the languages."),
    "commitment_draft": _l("This promise is still a draft. Publish it first."),
    "commitment_judged": _l("This promise was judged already. The other side can take its word back."),
    "commitment_open": _l("Nobody has judged this promise yet."),
    "commitment_same_day": _l("This is the day that stands there already. Please name another one."),
    "commitment_same_verdict": _l("That is what stands there already."),
    "commitment_files": _l("There are 12 files already. Take one out first, or link to a page that shows the rest."),
    "commitment_milestone": _l("This step was reached already."),
    "hearing_promises": _l("Please choose one to nine promises for the slips."),
    "hearing_days": _l("The last day must lie ahead, and at most 60 days after the first one."),
    "hearing_slips": _l("Slips can be printed until the last day, and at most 500 at once."),
}


def promised(commitment: Commitment) -> str:
    """Return the words of a promise, marked as promised because it is shown together with its state."""
    return str(_("Promised: %(what)s", what=commitment.what[language()]))


def standing_words(commitment: Commitment) -> str:
    """Return how a promise stands, with its day: that of the verdict, or the one on which it is due."""
    day = commitment.told_on if commitment.verdict else commitment.due_on
    return f"{STANDINGS[commitment.standing]} · {date_words(day)}" if day else str(STANDINGS[commitment.standing])


def standing_sentence(commitment: Commitment) -> str:
    """Return since when a promise stands as the badge beside it says."""
    if commitment.due_on is None:
        return ""
    if commitment.verdict is not None:
        judged = date_words(commitment.told_on) if commitment.told_on else ""
        return str(_("The other side said so on %(day)s.", day=judged))
    due, late = date_words(commitment.due_on), (today() - commitment.due_on).days
    if late <= 0:
        return str(_("Due on %(day)s.", day=due))
    return str(
        ngettext("It was due on %(day)s, %(num)s day ago.", "It was due on %(day)s, %(num)s days ago.", late, day=due)
    )


def kept_and_late(counts: dict[PromiseState, int]) -> str:
    numbers = {name.value: counts[name] for name in (PromiseState.KEPT, PromiseState.LATE, PromiseState.BROKEN)}
    words = _("%(all)s in all: %(kept)s kept, %(late)s late, %(broken)s broken.")
    return str(words) % (numbers | {"all": sum(counts.values())})


def share_sentence(counts: dict[PromiseState, int]) -> str:
    """Return how many of a hundred promises were kept; empty while there are too few for that."""
    share = share_kept(counts)
    if share is None:
        return ""
    return str(_("Of every 100 promises whose day has come, %(share)s were kept.", share=share))


def step_title(entry: LedgerEntry) -> str:
    return str(STEPS[entry.step])


def step_text(entry: LedgerEntry) -> str:
    before = date_words(entry.due_before) if entry.due_before else ""
    after = date_words(entry.due_after) if entry.due_after else ""
    days = ""
    if entry.step is PromiseStep.MOVED:
        days = _("From %(before)s to %(after)s.", before=before, after=after)
    elif entry.step in (PromiseStep.MADE, PromiseStep.PLANNED) and after:
        days = _("Due on %(day)s.", day=after)
    return f"{days} {entry.text[language()]}".strip()


def file_facts(file: EvidenceFile) -> str:
    """Return the kind and size of a file, or that it was removed; when and why is in the history."""
    return facts_of(file.kind, file.size) if file.is_there else str(_("was taken out"))


def answers_in_words(item: HearingItem) -> list[tuple[str, str]]:
    """Return the public answers about a promise as (label, count); empty while too few answered."""
    answers = shown(item.counts)
    if answers is None:
        return []
    few = _("too few to show")
    rows = [(str(SAYS[say]), few if count is None else str(count)) for say, count in answers.rows]
    return [*rows, (_("Altogether"), str(answers.total))]


def slip_words(lang: str) -> str:
    with speaking(lang):
        address = public_address("slips.enter", lang=lang).partition("://")[2]
        figures = _("1 kept, 2 in part, 3 not kept, 0 I don't know")
        number = current_portal.settings.sms_number
        by_web = _("%(address)s – for each promise: %(figures)s", address=address, figures=figures)
        by_text = _("By text to %(phone)s: the code and the figures, such as 1 3 0", phone=telephone(number))
        return f"{by_web}. {by_text}" if number else str(by_web)


def slip_answer(word: SlipWord) -> str:
    return str(SLIP_ANSWERS[word])


def how_to_answer(promises: int) -> str:
    """Return the reply to a text with a slip's code, but without one answer for each of its promises."""
    return str(
        ngettext(
            "Send the code, then %(num)d figure: 1 kept, 2 in part, 3 not kept, 0 I don't know.",
            "Send the code, then %(num)d figures: 1 kept, 2 in part, 3 not kept, 0 I don't know.",
            promises,
        )
    )
