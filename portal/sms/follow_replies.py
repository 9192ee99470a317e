"""Texts that ask for news, agree to get it, or name what to follow; no report, and kept apart from any."""

from __future__ import annotations

from datetime import timedelta

from portal.core.clock import day_of
from portal.core.i18n import speaking
from portal.following.by_text import answer_follow, close_questions, pending_of
from portal.following.following import followed_by, name_of
from portal.following.texts import left_text, question_text
from portal.sms.conversations import told_lately
from portal.sms.effects import DialogueStep
from portal.sms.keywords import KNOWN_LANGUAGES, Keyword, Language, fold, keyword
from portal.sms.reading import NewsQuestion, Verdict
from portal.sms.rsvp_replies import ask_about_last_meetings, language_for
from portal.sms.turn import TextTurn


def news_question_of(number: str) -> NewsQuestion:
    """Return whether a phone's yes or no is about news: it was asked, and told of no meeting on a later day."""
    row = pending_of(number)
    if row is None:
        return NewsQuestion.NONE
    asked_on = day_of(row.asked_at)
    if not told_lately(number, asked_on):
        return NewsQuestion.LAST
    return NewsQuestion.NONE if told_lately(number, asked_on + timedelta(days=1)) else NewsQuestion.BOTH


def take_follow(turn: TextTurn) -> None:
    """Answer a text about following. What the answer asks is no question about a report."""
    leaves = turn.reading.verdict is Verdict.UNFOLLOW
    answer = answer_follow(turn.text.sender, fold(turn.text.body), fold, turn.language or "en", leaves=leaves)
    if answer.words:
        turn.reply(answer.words)
    language = KNOWN_LANGUAGES.get(answer.language) or turn.talk.language
    turn.move(language=language, step=DialogueStep.ASIDE if answer.asks else DialogueStep.NONE)


def decline_news(turn: TextTurn) -> None:
    """Close every question about news that a phone has not agreed to, and say so of the last one."""
    _close(turn, turn.language or "en")
    turn.move(step=DialogueStep.NONE)


def _close(turn: TextTurn, language: Language) -> None:
    row = pending_of(turn.text.sender)
    if row is not None:
        followed = followed_by(row)
        close_questions(turn.text.sender)
        with speaking(language):
            turn.reply(left_text(name_of(followed)))


def name_both(turn: TextTurn) -> None:
    """Name the question about news and the meetings that a yes or no may answer, with the words for each.

    A no closes the question: it begins nothing, and next time there is only one thing to answer.
    """
    row, language = pending_of(turn.text.sender), language_for(turn)
    if row is None:
        return
    comes = keyword(turn.text.body) is not Keyword.SKIP
    with speaking(language):
        if comes:
            turn.reply(question_text(name_of(followed_by(row))))
        else:
            _close(turn, language)
        ask_about_last_meetings(turn, language, comes=comes)
