"""Texts of following and announcements. Those by phone avoid á, í, ó and ú, which more than double the cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from portal.core.clock import now, waking, zone
from portal.core.hours import next_waking
from portal.core.i18n import clock
from portal.core.portal import current_portal
from portal.core.suppression import FEWEST_SHOWN
from portal.core.texted import segments
from portal.following.announcement_rules import AnnouncementState, FilterTrait
from portal.following.follow_words import Subject

MOST_SEGMENTS = 2
SUBJECT_NAMES = {Subject.MEETINGS: _l("all meetings"), Subject.SAFETY: _l("safety in the neighborhood")}
SUBJECT_LABELS = {Subject.MEETINGS: _l("All meetings"), Subject.SAFETY: _l("Safety notices")}
CONSENT = _l(
    "First we ask that phone or mailbox. Then a few messages a month come about each thing you choose; your phone "
    "company may charge for texts. We keep the number or address locked. Nobody here sees it, and we never connect it "
    "with reports or with who comes to meetings. To stop, use the link in any e-mail or answer STOP to a text: then we "
    "erase it."
)
"""Shown beside the field and stored with the consent, so it must say exactly how the contact is used."""


def signed(words: str) -> str:
    """Return a text message with its sender, who is named first."""
    return f"{current_portal.settings.site_name}: {words}"


def question_text(names: Sequence[str]) -> str:
    """Return the words that ask a phone, also kept as its consent; however long, every name: a yes begins all."""
    return str(
        _(
            "News about %(name)s by text, a few a month? To start, answer NEWS. Rates may apply. HELP for help, STOP "
            "to end all texts.",
            name=", ".join(names),
        )
    )


FOLLOWED = _l("You get news about %(name)s, a few texts a month. HELP for help. STOP ends all texts.")
LEFT = _l("You get no more news about %(name)s. STOP ends all texts.")
LEFT_ALL = _l("You get no more news from us. STOP ends all texts.")
WHICH = _l("No more news about what? Answer UNFOLLOW and the name: %(name)s. STOP ends all.")


def fitting(words: LazyString, names: Sequence[str]) -> str:
    """Return the words with as many of the names as two segments hold, at least the first."""
    for count in range(len(names), 0, -1):
        text = str(words) % {"name": ", ".join([*names[:count], *["..."] * (count < len(names))])}
        if segments(signed(text)).segments <= MOST_SEGMENTS:
            break
    return text


def choices_text(names: Sequence[str], *, unknown: bool = False) -> str:
    """Return what can be followed, as many places as two segments hold. `unknown`: the text named something else."""
    lead = str(_("We have no news about that.")) + " " if unknown else ""
    without_places = lead + str(_("News about what? Answer NEWS MEETINGS or NEWS SAFETY."))
    for count in range(len(names), 0, -1):
        places = ", ".join(names[:count])
        text = lead + str(
            _("News about what? Answer NEWS and the name: %(places)s. Or NEWS MEETINGS or NEWS SAFETY.", places=places)
        )
        if segments(signed(text)).segments <= MOST_SEGMENTS:
            return text
    return without_places


def question_mail(names: Sequence[str], link: str, no: str) -> tuple[str, str]:
    lead = _("Somebody asked us to send news about %(name)s to this address.", name=", ".join(names))
    button = _("If it was you, open this page and press the button:")
    other = _("If it was not you, do nothing. We erase the address after two days.")
    never = _("To get no more questions like this, open this page:")
    return _("One more step"), f"{_('Hello.')} {lead}\n\n{button}\n{link}\n\n{other}\n{never}\n{no}\n"


def followed_mail(names: Sequence[str], link: str) -> tuple[str, str]:
    words = _("You get news about %(name)s already.", name=", ".join(names))
    return _("Your news"), f"{_('Hello.')} {words}\n\n{_see_or_stop(link)}\n"


def notice_text(words: str, link: str) -> str:
    return signed(str(_("%(words)s STOP ends texts.", words=f"{words} {link}" if link else words)))


def notice_mail(words: str, link: str, own: str) -> tuple[str, str]:
    """Return subject and body of news by mail; `own`: the address at which the follower sees and ends it."""
    news = f"{words}\n{link}" if link else words
    return _("Your news"), f"{news}\n\n{_see_or_stop(own)}\n"


def _see_or_stop(link: str) -> str:
    return str(_("See or stop what you get: %(link)s", link=link))


STATE_NAMES = {
    AnnouncementState.DRAFT: _l("Draft"),
    AnnouncementState.WAITING: _l("Waits for a second person"),
    AnnouncementState.SENDING: _l("Sent"),
    AnnouncementState.PAUSED: _l("Paused"),
    AnnouncementState.RECALLED: _l("Recalled"),
}
AUDIENCE_NAMES = {
    Subject.MEETINGS: _l("To everybody who follows the meetings"),
    Subject.SAFETY: _l("Safety notice"),
}
WARNINGS = {
    FilterTrait.SHORTENER: _l("A short link, such as bit.ly. Write the whole address."),
    FilterTrait.CAPITALS: _l("Words in capitals look like advertising."),
    FilterTrait.FREE: _l("“Free” and “gratis” look like advertising. Say “no cost”."),
    FilterTrait.DRUGS: _l("A word about drugs, the police or reports. Somebody else may look at the phone, too."),
    FilterTrait.MONEY: _l("Amounts of money and prizes look like advertising."),
    FilterTrait.MARKS: _l("Several exclamation or question marks in a row look like advertising."),
}
REFUSALS = {
    "announcement_gaps": _l("It needs words in both languages before it can be sent."),
    "announcement_late": _l("It is too late: messages go out by day, and the last day is over by then."),
    "announcement_place": _l("This place cannot be announced about."),
    "announcement_long": _l("It is too long for a text message in one of the languages."),
    "announcement_self": _l("Somebody else has to agree: not who wrote it and not who asked."),
    "announcement_step": _l("That is not possible any more. Look at how it stands now."),
}
AUDITED = {
    "announcement.drafted": _l("drafted an announcement"),
    "announcement.edited": _l("changed an announcement"),
    "announcement.deleted": _l("deleted the draft of an announcement"),
    "announcement.deleted_unseen": _l("deleted the draft of an announcement"),
    "announcement.submitted": _l("asked for a second person for an announcement"),
    "announcement.approved": _l("agreed to an announcement"),
    "announcement.sent": _l("sent an announcement"),
    "announcement.taken_back": _l("made an announcement a draft again"),
    "announcement.paused": _l("paused an announcement"),
    "announcement.resumed": _l("let an announcement go on"),
    "announcement.recalled": _l("recalled an announcement"),
    "announcement": _l("announcement"),
}


def phones_ring_at() -> datetime:
    """Return this moment, or the next one at which phones may ring."""
    return next_waking(now(), zone(), waking())


def state_words(state: AnnouncementState, *, under_way: bool) -> str:
    """Return how an announcement stands; `under_way`: something of it is still to go out."""
    if state is not AnnouncementState.SENDING or not under_way:
        return str(STATE_NAMES[state])
    starts_at = phones_ring_at()
    return str(_("Going out")) if starts_at <= now() else str(_("Goes out at %(hour)s", hour=clock(starts_at)))


def goes_out() -> str:
    starts_at = phones_ring_at()
    if starts_at <= now():
        return str(_("It goes out now."))
    return str(_("It goes out at %(hour)s.", hour=clock(starts_at)))


def count_words(shown: int | None) -> str:
    """Return a number of followers in words; `shown` is None for a number that is too small."""
    return str(shown) if shown is not None else str(_("fewer than %(number)s", number=FEWEST_SHOWN))
