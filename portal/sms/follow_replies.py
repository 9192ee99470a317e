"""Texts that ask for news, agree to get it, or name what to follow; no report, and kept apart from any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from portal.core.clock import day_of
from portal.core.i18n import LANGUAGES, speaking
from portal.following.by_text import answer_follow, pending_of, places_by_name
from portal.following.following import followed_by, name_of
from portal.following.notices import stop_one
from portal.following.texts import question_text
from portal.sms.conversations import told_lately
from portal.sms.intake_effects import Incoming, OpenConversation
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, Language, fold, guess, keyword
from portal.sms.reading import NewsQuestion
from portal.sms.rsvp_replies import ask_about_last_meeting, reply
from portal.sms.segments import clean


def follow_places() -> Mapping[str, int]:
    """Return the ids of the places that can be followed by their folded names."""
    return places_by_name(fold)


def news_question_of(number: str) -> NewsQuestion:
    """Return whether a phone's yes or no is about news: it was asked, and told of no meeting on a later day."""
    row = pending_of(number)
    if row is None:
        return NewsQuestion.NONE
    asked_on = day_of(row.asked_at)
    if not told_lately(number, asked_on):
        return NewsQuestion.LAST
    return NewsQuestion.NONE if told_lately(number, asked_on + timedelta(days=1)) else NewsQuestion.SAME_DAY


def take_follow(text: Incoming, talking: OpenConversation) -> bool:
    """Answer a text about following, and return whether the answer asks something."""
    spoken = guess(text.body) or KNOWN_LANGUAGES.get(talking.language) or "en"
    answer = answer_follow(text.sender, fold(clean(text.body)), fold, spoken)
    talking.language = answer.language if answer.language in LANGUAGES else talking.language
    if answer.words:
        reply(text, talking, answer.words)
    return answer.asks


def decline_news(number: str) -> None:
    """End what a phone was asked about last, and does not want."""
    row = pending_of(number)
    if row is not None:
        stop_one(row)


def name_both(text: Incoming, talking: OpenConversation, language: Language) -> None:
    """Name the question about news and the meeting that a yes or no may answer, with the words for each."""
    row = pending_of(text.sender)
    if row is None:
        return
    with speaking(language):
        asked = reply(text, talking, question_text(name_of(followed_by(row))))
        comes = keyword(text.body) is not Keyword.SKIP
        ask_about_last_meeting(text, talking, language, comes=comes, after=asked)
