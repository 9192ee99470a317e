"""Meetings of Alder Falls: upcoming, cancelled and past ones, with their RSVPs and report-backs; and weekly hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from secrets import token_bytes
from typing import Any

from demo.places import days_ago, morning, pair
from demo.writing import NUMBERS
from portal.core.clock import now, today, zone
from portal.core.db import session
from portal.core.hours import moment_in
from portal.core.i18n import speaking
from portal.markets.places import Market
from portal.meetings import readiness
from portal.meetings.agenda import AgendaPoint, set_agenda
from portal.meetings.busy import add_hours
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.planning import begin_series, cancel_meeting, draft_meeting, publish_meeting, publish_series
from portal.meetings.readiness import AttendeeRole
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone, count_heads, draft_report, publish_report
from portal.meetings.rsvp.answering import Contact, Wish, accept_reminders, file_rsvp, set_seats
from portal.meetings.rsvp.outgoing import agree, remind
from portal.meetings.rsvp.rules import ContactKind, Reminder, ReminderConsent, ReminderWindow, Ride
from portal.meetings.rsvp.texts import Texted, consent_by_text
from portal.meetings.series import Wanted, ahead_of
from portal.meetings.series_rules import rhythm_named
from portal.meetings.venues import keep_venue_of
from portal.organisations.organisations import organisations
from portal.organisations.sides import OrganisationKind

NOTICE_DAYS = 21
REPORT_BACK_DAYS = 14
WEDNESDAY, SUNDAY = 2, 6


def load_meeting(entry: Mapping[str, Any], author_id: int, markets: Mapping[str, Market]) -> None:
    market = markets.get(entry.get("place_slug", ""))
    earliest = days_ago(-entry["in_days"])
    held_on = earliest + timedelta(days=(entry["weekday"] - earliest.weekday()) % 7)
    texts: dict[str, Any] = {name: pair(entry[name]) for name in readiness.TEXTS}
    plan = MeetingPlan(
        **texts,
        **{need: entry[need] for need in readiness.NEEDS},
        address=entry["address"],
        market_id=market.id if market else None,
        report_back_on=max(held_on, today()) + timedelta(days=REPORT_BACK_DAYS),
        starts_at=moment_in(zone(), max(held_on, days_ago(-1)), time.fromisoformat(entry["starts"])),
        ends_at=moment_in(zone(), max(held_on, days_ago(-1)), time.fromisoformat(entry["ends"])),
    )
    meeting = draft_meeting(plan, author_id)
    publish_meeting(meeting, author_id)
    if "agenda" in entry:
        points = [AgendaPoint(what=pair(point), minutes=point["minutes"]) for point in entry["agenda"]]
        set_agenda(meeting, points, author_id)
    if "capacity" in entry:
        set_seats(meeting, entry["capacity"], 0, author_id)
    for answer in entry.get("answers", ()):
        _load_answer(meeting, answer)
    if "cancelled" in entry:
        cancel_meeting(meeting, pair(entry["cancelled"]), author_id)
    _set_back(meeting, held_on)
    if "told" in entry:
        _report_back(meeting, entry["told"], author_id)
    if entry.get("kept"):
        keep_venue_of(meeting, author_id)
    if "repeats" in entry:
        rhythm = rhythm_named(entry["repeats"], held_on)
        assert rhythm is not None
        series = begin_series(meeting, Wanted(rhythm, held_on), author_id)
        publish_series(series, author_id)
        _slot_on, skipped = ahead_of(series)[2]
        cancel_meeting(skipped, pair(entry["skipped"]), author_id)


def _report_back(meeting: Meeting, told: Mapping[str, Any], author_id: int) -> None:
    report = ReportBack(next_steps=pair(told["next_steps"]), minutes=pair(told["minutes"]))
    for line in told["decisions"]:
        by_on = days_ago(-line["in_days"]) if "in_days" in line else None
        report.decisions.append(Decision(what=pair(line["what"]), who=pair(line["who"]), by_on=by_on))
    for line in told["answers"]:
        report.answers.append(SaidAndDone(said=pair(line["said"]), done=pair(line["done"])))
    draft_report(meeting, report, author_id)
    publish_report(meeting, author_id)
    count_heads(meeting, {AttendeeRole(side): count for side, count in told["heads"].items()}, author_id)


def _load_answer(meeting: Meeting, answer: Mapping[str, Any]) -> None:
    """Load an RSVP; one by text consents to reminders, of which the first goes to that telephone at once."""
    language, key = answer["language"], token_bytes(32)
    if "phone" not in answer:
        needs = {name: value for name, value in answer.items() if name != "language"}
        needs |= {"ages": tuple(answer.get("ages", ())), "ride": Ride(answer.get("ride", ""))}
        file_rsvp(meeting, Wish(**needs), language, key)
        return
    contact = Contact(ContactKind.TEXT, NUMBERS[answer["phone"]], ReminderConsent.TEXT)
    rsvp = file_rsvp(meeting, Wish(answer["party"], contact=contact), language, key, quietly=True)
    session.flush()
    with speaking(language):
        agree(rsvp, ReminderConsent.TEXT, consent_by_text(Texted.COUNTED))
    accept_reminders(meeting, rsvp)
    if meeting.starts_at is not None:
        remind(rsvp, meeting, ReminderWindow(Reminder.DAYS, now(), meeting.starts_at))


def _set_back(meeting: Meeting, held_on: date) -> None:
    """Move a meeting's dates into the past, because no action publishes a meeting that is over."""
    days = (meeting.starts_at.astimezone(zone()).date() - held_on).days if meeting.starts_at else 0
    if days and meeting.starts_at and meeting.ends_at and meeting.report_back_on:
        meeting.starts_at -= timedelta(days=days)
        meeting.ends_at -= timedelta(days=days)
        meeting.report_back_on = held_on + timedelta(days=REPORT_BACK_DAYS)
    meeting.created_at = meeting.published_at = morning(min(held_on, today()) - timedelta(days=NOTICE_DAYS))
    meeting.updated_at = min(now(), morning(today())) if meeting.is_cancelled else meeting.published_at


def load_hours(member_id: int) -> None:
    church = next(house for house in organisations() if house.kind == OrganisationKind.CONGREGATION)
    for weekday, starts, ends in (SUNDAY, time(9), time(12, 30)), (WEDNESDAY, time(18, 30), time(20)):
        add_hours(church.id, weekday, starts, ends, member_id=member_id)
