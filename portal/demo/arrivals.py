"""The reports of the demonstration: filed, read and answered by the real actions, then dated back.

What arrives by text really arrives: the conversation, the way back to the phone and the automatic answer are there.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import session
from portal.demo.phones import NUMBERS
from portal.markets.models import Market
from portal.reports import actions
from portal.reports.models import Message, PassedOn, Thread
from portal.reports.queries.referrals import live_referrals, referrals_of
from portal.reports.rules.referrals import Finding, answer_by
from portal.reports.rules.triage import Category, Channel, Disposition, Referral, State
from portal.reports.rules.urgency import urgent
from portal.reports.rules.words import Words
from portal.sms.actions import Incoming, take_in
from portal.sms.queries import talk_of

SPEAKING = ("say", "ask", "answer", "close")
RECEIVING = ("have", "found")
Report = Mapping[str, Any]


def load_reports(reports: Iterable[Report], ids: Mapping[str, int], markets: Mapping[str, Market]) -> dict[str, str]:
    """File them all; returns the code words of those that a visitor may open, by what they are about."""
    codes = {}
    for one in reports:
        market = markets.get(one.get("place", ""))
        market_id = market.id if market else None
        if one["channel"] == Channel.TEXT:
            thread = _by_text(one, market_id, ids["ana"])
        else:
            filed = _by_form(one, market_id)
            thread = filed.thread
            if one.get("show_code"):
                codes[f"{one['language']}, {one['category']}"] = " ".join(filed.code)
        session.flush()
        for step in one.get("steps", ()):
            _do(thread, step, ids.get(step.get("by", ""), 0))
            session.flush()
        _date_back(thread, one)
    return codes


def _by_form(one: Report, market_id: int | None) -> actions.Filed:
    words = Words(one["what"], one.get("where", ""), one.get("when", ""), one.get("looks", ""))
    report = actions.NewReport(
        words=words,
        category=Category(one["category"]),
        channel=Channel(one["channel"]),
        language=one["language"],
        market_id=market_id,
        urgent=urgent(one["what"]) is not None,
    )
    return actions.file_report(report, secrets.token_bytes(32))


def _by_text(one: Report, market_id: int | None, sorter_id: int) -> Thread:
    ours: str = current_app.extensions["settings"].sms_number
    number = NUMBERS[one["phone"]]
    take_in(Incoming(secrets.token_hex(16), number, ours, one["what"]))
    session.flush()
    talk = talk_of(ours, number)
    assert talk is not None
    thread = session.get_one(Thread, talk.thread_id)
    actions.sort(thread, Category(one["category"]), market_id, {}, sorter_id)
    # That conversation is long over: whoever picks up the telephone now begins a new one.
    session.delete(talk)
    return thread


def _do(thread: Thread, step: Mapping[str, Any], member_id: int) -> None:
    match step["do"]:
        case "say":
            actions.add_words(thread, Words(step["text"]))
        case "read":
            actions.mark_read(thread, member_id)
        case "answer":
            actions.answer(thread, step["text"], member_id)
        case "ask":
            actions.ask_more(thread, step["text"], member_id)
        case "pass":
            actions.pass_on(thread, Referral(step["to"]), "", member_id, step.get("readable", ""))
        case "have":
            actions.acknowledge(_last_passed_on(thread), member_id)
        case "found":
            finding = Finding(step["text"], Disposition(step["disposition"]))
            actions.answer_desk(_last_passed_on(thread), finding, member_id)
        case "close":
            actions.close(thread, Disposition(step["disposition"]), step["text"], member_id)


def _last_passed_on(thread: Thread) -> PassedOn:
    return live_referrals(thread.id)[-1]


def _date_back(thread: Thread, one: Report) -> None:
    steps = one.get("steps", ())
    begun = _days_ago(one["begun"])
    days = {step["do"]: _days_ago(step["days_ago"]) for step in steps}
    at_desk = [_days_ago(step["days_ago"]) for step in steps if "by" in step and step["do"] not in RECEIVING]
    thread.received_on = thread.clock_from = begun
    thread.read_on = at_desk[0] if at_desk else None
    thread.passed_on = days.get("pass")
    thread.closed_on = days["close"] if thread.state == State.CLOSED else None
    if thread.waiting_since is not None:
        thread.waiting_since = days.get("found", days.get("say", begun))
    spoken = [begun, *(_days_ago(step["days_ago"]) for step in steps if step["do"] in SPEAKING)]
    messages = session.scalars(select(Message).where(Message.thread_id == thread.id).order_by(Message.position))
    for message, day in zip(messages, spoken, strict=True):
        message.written_on = day
    _date_referrals_back(thread, days)


def _date_referrals_back(thread: Thread, days: Mapping[str, date]) -> None:
    for row in referrals_of(thread.id):
        row.passed_on, row.answer_by = days["pass"], answer_by(thread.clock_from, days["pass"])
        row.acknowledged_on, row.answered_on = days.get("have"), days.get("found")
        row.closed_on = thread.closed_on


def _days_ago(days: int) -> date:
    return today() - timedelta(days=days)
