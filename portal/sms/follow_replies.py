"""Texts that ask for news, agree to get it, or name what to follow; no report, and kept apart from any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from portal.core.clock import day_of
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs import outbox
from portal.following.by_text import answer_follow, close_questions, pending_of, places_by_name
from portal.following.following import followed_by, follower_at, name_of
from portal.following.texts import left_text, question_text
from portal.sms.conversations import told_lately
from portal.sms.intake_effects import Incoming, OpenConversation
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, Language, fold, guess, keyword
from portal.sms.reading import NewsQuestion
from portal.sms.rsvp_replies import ask_about_last_meetings, reply
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
    return NewsQuestion.NONE if told_lately(number, asked_on + timedelta(days=1)) else NewsQuestion.BOTH


def take_follow(text: Incoming, talking: OpenConversation, *, leaves: bool) -> bool:
    """Answer a text about following, and return whether the answer asks something."""
    spoken = guess(text.body) or KNOWN_LANGUAGES.get(talking.language) or "en"
    answer = answer_follow(text.sender, fold(clean(text.body)), fold, spoken, leaves=leaves)
    talking.language = answer.language if answer.language in LANGUAGES else talking.language
    if answer.words:
        reply(text, talking, answer.words)
    return answer.asks


def decline_news(text: Incoming, talking: OpenConversation, language: Language) -> outbox.Posted | None:
    """Close every question about news that a phone has not agreed to, and say so of the last one."""
    row = pending_of(text.sender)
    if row is None:
        return None
    followed = followed_by(row)
    close_questions(text.sender)
    with speaking(language):
        return reply(text, talking, left_text(name_of(followed)))


def name_both(text: Incoming, talking: OpenConversation, language: Language) -> None:
    """Name the question about news and the meetings that a yes or no may answer, with the words for each.

    A no closes the question: it begins nothing, and next time there is only one thing to answer.
    """
    row = pending_of(text.sender)
    if row is None:
        return
    comes = keyword(text.body) is not Keyword.SKIP
    with speaking(language):
        if comes:
            first = reply(text, talking, question_text(name_of(followed_by(row))))
        else:
            first = decline_news(text, talking, language)
        ask_about_last_meetings(text, talking, language, comes=comes, after=first)


def follows_news(number: str) -> bool:
    """Whether a phone gets news of anything."""
    return follower_at(number) is not None
