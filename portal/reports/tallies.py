"""How many reports came in a month and how many were answered in time, before retention erases them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import func, select

from portal.core.db import session
from portal.core.tallies import Tally
from portal.markets.models import Market
from portal.reports.models import Message, Thread
from portal.reports.rules.triage import CLOSE_WITHIN, READ_WITHIN, Category, is_weekday, next_business_day
from portal.reports.rules.verdict import differs

LANGUAGES = ("en", "es")
CHANNELS = {"web": "web", "relay": "web", "text": "sms"}
"""As figures name them; somebody who files for another one does it on the web."""
Spoken = tuple[int | None, str, str]


def monthly_reports(month_on: date) -> Iterable[Tally]:
    """Reports received in a month and those answered in time, by place, by language and by channel.

    Complaints about the police count nowhere here, the city neither: the city without its places would say how many
    there were. What may be said of them says `complaints.queries`.
    """
    first_answers = (
        select(Message.thread_id, func.min(Message.written_on).label("answered_on"))
        .where(Message.author == "desk")
        .group_by(Message.thread_id)
        .subquery()
    )
    answered_on = first_answers.c.answered_on
    threads = select(Thread, answered_on).outerjoin(first_answers, first_answers.c.thread_id == Thread.id)
    threads = threads.where(Thread.category != Category.CONDUCT)
    next_month = _next(month_on)
    all_, in_time = Counter[Spoken](), Counter[Spoken]()
    for thread, answer in session.execute(
        threads.where(Thread.received_on >= month_on, Thread.received_on < next_month)
    ):
        for place in {None, thread.market_id}:
            for line in ((place, "", ""), (place, thread.language, ""), (place, "", CHANNELS[thread.channel])):
                all_[line] += 1
                in_time[line] += is_in_time(thread.received_on, thread.read_on, answer or thread.closed_on)
    for place in (None, *session.scalars(select(Market.id))):
        for line in _lines(place):
            yield Tally("reports", place, all_[line], *line[1:])
            yield Tally("answered_in_time", place, in_time[line], *line[1:])


def monthly_verdicts(month_on: date) -> Iterable[Tally]:
    """How many residents said in a month whether it is better, and how many saw it otherwise than we, by place."""
    said = select(Thread.market_id, Thread.verdict, Thread.disposition).where(Thread.category != Category.CONDUCT)
    said = said.where(
        Thread.verdict_on >= month_on, Thread.verdict_on < _next(month_on), Thread.disposition.is_not(None)
    )
    all_, otherwise = Counter[int | None](), Counter[int | None]()
    for row in session.execute(said):
        for place in {None, row.market_id}:
            all_[place] += 1
            otherwise[place] += differs(row.verdict, row.disposition)
    for place in (None, *session.scalars(select(Market.id))):
        yield Tally("verdicts", place, all_[place])
        yield Tally("verdicts_differ", place, otherwise[place])


def is_in_time(received_on: date, read_on: date | None, answered_on: date | None) -> bool:
    """Whether a report was read within a business day and answered, or closed, within seven days."""
    if read_on is None or answered_on is None:
        return False
    read_by = next_business_day(received_on, READ_WITHIN, is_weekday)
    return read_on <= read_by and answered_on <= received_on + timedelta(days=CLOSE_WITHIN)


def _next(month_on: date) -> date:
    return (month_on + timedelta(days=31)).replace(day=1)


def _lines(place: int | None) -> Iterable[Spoken]:
    yield place, "", ""
    yield from ((place, language, "") for language in LANGUAGES)
    yield from ((place, "", channel) for channel in sorted(set(CHANNELS.values())))
