"""An invented city, Alder Falls, put into an empty database by the same actions that a real one is made with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Member
from portal.core.clock import now, today, zone
from portal.core.db import Base, session
from portal.core.edition import Edition, publish_edition
from portal.core.hours import moment_in
from portal.core.i18n import Bilingual, speaking
from portal.core.parity import Credit
from portal.core.translated import NOTHING
from portal.demo.arrivals import load_reports
from portal.demo.calendars import load_calendars
from portal.demo.circles import load_circles
from portal.demo.gate import load_gate
from portal.demo.phones import NUMBERS
from portal.demo.promises import load_promises
from portal.demo.sign_ins import Handover
from portal.demo.staff import load_staff
from portal.demo.streets import load_map
from portal.demo.watch import load_watch
from portal.markets.models import CallIn, Market, StatusDecision
from portal.meetings import rules
from portal.meetings.actions import cancel_meeting, draft_meeting, publish_meeting
from portal.meetings.agenda.actions import set_agenda
from portal.meetings.agenda.models import PointLine
from portal.meetings.models import Meeting, Plan
from portal.meetings.report_back.actions import count_heads, draft_report, publish_report
from portal.meetings.report_back.models import Account, AnswerLine, DecisionLine
from portal.meetings.report_back.rules import Side
from portal.meetings.rsvp.actions import Contact, Wish, accept_reminders, agree, file_rsvp, set_seats
from portal.meetings.rsvp.actions.outgoing import remind
from portal.meetings.rsvp.rules.answers import Agreed, ContactKind, Ride
from portal.meetings.rsvp.rules.news import Reminder, Window
from portal.meetings.rsvp.rules.seats import Room
from portal.meetings.rsvp.texts import Texted, consent_by_text
from portal.meetings.series.actions import begin_series, keep_template
from portal.meetings.series.queries import Wanted, ahead_of
from portal.meetings.series.rules import rhythm_named
from portal.news.actions import draft_post, edit_post, publish_post, schedule_post
from portal.news.library.actions import add_tag, draft_guide, load_literature, publish_guide
from portal.news.library.cleaning import clean
from portal.news.library.models import GuideDraft
from portal.news.library.rules import WrittenIn
from portal.news.models import Draft
from portal.news.tags import Tag

TEXTS = Path(__file__).parent / "alder_falls"
PUBLISHED_AT = time(9, 0)
NOTICE_DAYS = 21
REPORT_BACK_DAYS = 14


class NotEmpty(Exception):
    """There is something in the database already."""


def is_empty() -> bool:
    """Whether nobody and nothing is there yet."""
    return session.scalar(select(Member.id).limit(1)) is None and session.scalar(select(Market.id).limit(1)) is None


def load() -> Handover:
    """Fill the database, in the transaction at hand. Raises NotEmpty."""
    if not is_empty():
        raise NotEmpty
    staff = load_staff(read("people")["people"])
    ids = {key: member.id for key, member in staff.members.items()}
    markets = {one["slug"]: load_place(one) for one in read("places")["places"]}
    session.flush()
    load_map(markets)
    load_gate(read("gate")["places"], staff.members, markets)
    news = read("news")
    tags = load_tags(news["tags"], ids["marta"])
    for one in news["posts"]:
        load_post(one, ids, markets, tags)
    load_literature(ids["marta"])
    for one in news["guides"]:
        load_guide(one, ids["marta"], tags)
    for one in read("meetings")["meetings"]:
        load_meeting(one, ids["marta"], markets)
    load_calendars(read("calendars")["calendars"], ids["marta"])
    codes = load_reports(read("reports")["reports"], ids, markets)
    load_watch(read("watch")["places"], ids["ruth"], markets)
    phrases = {**staff.phrases, **load_circles(read("circles"), staff)}
    load_promises(read("promises"), staff, markets)
    publish_edition()
    return Handover(staff.password, staff.sign_ins, phrases, codes)


def empty() -> None:
    """Delete every row of every table; only the edition stays, so that pages kept ready are known to be old."""
    for table in reversed(Base.metadata.sorted_tables):
        if table is not Edition.__table__:
            session.execute(table.delete())
    session.expunge_all()
    publish_edition()


def read(name: str) -> dict[str, Any]:
    """One file of the city's texts."""
    return tomllib.loads((TEXTS / f"{name}.toml").read_text(encoding="utf-8"))


def load_place(one: Mapping[str, Any]) -> Market:
    """A place and the decisions about it."""
    texts = {name: pair(one[name]) for name in ("own_name", "services", "why_here") if name in one}
    market = Market(slug=one["slug"], name=pair(one["name"]), about=pair(one["about"]), **texts)
    if "released" in one:
        market.released_at = morning(days_ago(one["released"]))
    market.decisions = [
        StatusDecision(
            status=decision["status"],
            since_on=days_ago(decision["since"]),
            review_on=days_ago(-decision["review_in"]),
            decided_by=pair(decision["decided_by"]),
            evidence=pair(decision["evidence"]),
        )
        for decision in one.get("decisions", ())
    ]
    session.add(market)
    if "call_in" in one:
        session.flush()
        load_call_in(market, one["call_in"])
    return market


def load_call_in(market: Market, one: Mapping[str, Any]) -> None:
    """A call-in that is over."""
    texts = {name: pair(one[name]) for name in ("message", "services", "tonight")}
    session.add(CallIn(market_id=market.id, ended_at=morning(days_ago(one["days_ago"])), **texts))


def load_tags(names: Mapping[str, Any], author_id: int) -> dict[str, Tag]:
    """The tags of posts and guides, by their names in addresses."""
    return {slug: add_tag(pair(name), author_id, slug) for slug, name in names.items()}


def load_post(
    one: Mapping[str, Any], ids: Mapping[str, int], markets: Mapping[str, Market], tags: Mapping[str, Tag]
) -> None:
    """A post, published on its day or waiting for it; one that was corrected in one language is older in the other."""
    market = markets.get(one.get("place", ""))
    texts = {name: pair(one[name]) for name in ("title", "summary", "body")}
    credit = Credit(translated_by=one.get("translated_by", ""), reviewed_by=one.get("reviewed_by", ""))
    draft = Draft(
        **texts, market_id=market.id if market else None, tags=[tags[name] for name in one["tags"]], credit=credit
    )
    author_id = ids[one["author"]]
    post = draft_post(draft, author_id)
    if "in_days" in one:
        schedule_post(post, datetime.combine(days_ago(-one["in_days"]), PUBLISHED_AT, zone()), author_id)
        return
    publish_post(post, author_id)
    if "corrected" in one:
        changed: dict[str, Any] = {name: replace(texts[name], **halves) for name, halves in one["corrected"].items()}
        edit_post(post, replace(draft, **changed), author_id)
    post.created_at = post.updated_at = post.published_at = morning(days_ago(one["days_ago"]))


def load_guide(one: Mapping[str, Any], author_id: int, tags: Mapping[str, Tag]) -> None:
    """A guide with files to take along."""
    draft = GuideDraft(
        title=pair(one["title"]),
        about=pair(one["about"]),
        body=NOTHING,
        url="",
        source="",
        year=None,
        written_in=WrittenIn.BOTH,
        tags=[tags[name] for name in one["tags"]],
        files={lang: clean(text.strip().encode()) for lang, text in one["files"].items()},
    )
    publish_guide(draft_guide(draft, author_id), author_id)


def load_meeting(one: Mapping[str, Any], author_id: int, markets: Mapping[str, Market]) -> None:
    """A meeting: to come, called off, or over."""
    market = markets.get(one.get("place_slug", ""))
    held_on = on_weekday(days_ago(-one["in_days"]), one["weekday"])
    texts: dict[str, Any] = {name: pair(one[name]) for name in rules.TEXTS}
    plan = Plan(
        **texts,
        **{need: one[need] for need in rules.NEEDS},
        market_id=market.id if market else None,
        report_back_on=max(held_on, today()) + timedelta(days=REPORT_BACK_DAYS),
        starts_at=moment_in(zone(), max(held_on, days_ago(-1)), time.fromisoformat(one["starts"])),
        ends_at=moment_in(zone(), max(held_on, days_ago(-1)), time.fromisoformat(one["ends"])),
    )
    meeting = draft_meeting(plan, author_id)
    publish_meeting(meeting, author_id)
    if "agenda" in one:
        set_agenda(meeting, [PointLine(pair(point), point["minutes"]) for point in one["agenda"]], author_id)
    load_answers(meeting, one, author_id)
    if "cancelled" in one:
        cancel_meeting(meeting, pair(one["cancelled"]), author_id)
    set_back(meeting, held_on)
    if "told" in one:
        tell(meeting, one["told"], author_id)
    if "template" in one:
        keep_template(meeting, pair(one["template"]), author_id)
    if "repeats" in one:
        repeat(meeting, one, held_on, author_id)


def repeat(meeting: Meeting, one: Mapping[str, Any], held_on: date, author_id: int) -> None:
    """Let a meeting be the first of a series; one of its dates is called off."""
    rhythm = rhythm_named(one["repeats"], held_on)
    assert rhythm is not None
    series = begin_series(meeting, Wanted(rhythm, held_on), author_id)
    _slot_on, skipped = ahead_of(series)[2]
    cancel_meeting(skipped, pair(one["skipped"]), author_id)


def tell(meeting: Meeting, told: Mapping[str, Any], author_id: int) -> None:
    """What came of a meeting that is over, and how many came."""
    decisions = tuple(
        DecisionLine(pair(one["what"]), pair(one["who"]), days_ago(-one["in_days"]) if "in_days" in one else None)
        for one in told["decisions"]
    )
    answers = tuple(AnswerLine(pair(one["said"]), pair(one["done"])) for one in told["answers"])
    draft_report(meeting, Account(decisions, answers, pair(told["next_steps"]), pair(told["minutes"])), author_id)
    publish_report(meeting, author_id)
    count_heads(meeting, {Side(side): count for side, count in told["heads"].items()}, author_id)


def load_answers(meeting: Meeting, one: Mapping[str, Any], author_id: int) -> None:
    """How many seats there are, and who comes; where there are fewer seats than people, some wait."""
    if "capacity" in one:
        set_seats(meeting, Room(one["capacity"], one["reserved"]), 0, author_id)
    for answer in one.get("answers", ()):
        if "phone" in answer:
            answer_by_text(meeting, NUMBERS[answer["phone"]], answer["party"], answer["language"])
            continue
        needs = {key: value for key, value in answer.items() if key != "language"}
        needs |= {"ages": tuple(answer.get("ages", ())), "ride": Ride(answer.get("ride", ""))}
        file_rsvp(meeting, Wish(**needs), answer["language"], token_bytes(32))


def answer_by_text(meeting: Meeting, number: str, party: int, language: str) -> None:
    """Somebody came by text and agreed to reminders; the first of them rings on that telephone at once."""
    wish = Wish(party, contact=Contact(ContactKind.TEXT, number, Agreed.TEXT))
    rsvp = file_rsvp(meeting, wish, language, token_bytes(32), quietly=True)
    session.flush()
    with speaking(language):
        agree(rsvp, Agreed.TEXT, consent_by_text(Texted.COUNTED))
    accept_reminders(meeting, rsvp)
    if meeting.starts_at is not None:
        remind(rsvp, meeting, Window(Reminder.DAYS, now(), meeting.starts_at))


def set_back(meeting: Meeting, held_on: date) -> None:
    """Let a meeting have been planned in good time: no action publishes one that is over."""
    days = (meeting.starts_at.astimezone(zone()).date() - held_on).days if meeting.starts_at else 0
    if days and meeting.starts_at and meeting.ends_at and meeting.report_back_on:
        meeting.starts_at -= timedelta(days=days)
        meeting.ends_at -= timedelta(days=days)
        meeting.report_back_on = held_on + timedelta(days=REPORT_BACK_DAYS)
    meeting.created_at = meeting.published_at = morning(min(held_on, today()) - timedelta(days=NOTICE_DAYS))
    meeting.updated_at = min(now(), morning(today())) if meeting.is_cancelled else meeting.published_at


def on_weekday(earliest: date, weekday: int) -> date:
    """The first such day of the week from `earliest` on; 0 is Monday."""
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def days_ago(days: int) -> date:
    """The date in the city so many days ago."""
    return today() - timedelta(days=days)


def morning(day: date) -> datetime:
    """Nine o'clock in the city, or the midnight before if it is not nine yet."""
    at_nine = datetime.combine(day, PUBLISHED_AT, zone())
    return at_nine if at_nine <= now() else datetime.combine(day, time.min, zone())


def pair(texts: Mapping[str, str]) -> Bilingual:
    """A text of the files, in both languages."""
    return Bilingual(en=texts["en"].strip(), es=texts["es"].strip())
