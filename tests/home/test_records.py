"""Demands for records: filed, held, answered with a file, counted in public; and what is never in the file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from portal.core import page_cache
from portal.core.audit import AuditEvent, record
from portal.core.clock import today
from portal.core.portal import Portal
from portal.home.demands import DemandCount, Demands
from portal.home.quarters import Quarter, quarter_of
from portal.home.records import (
    DemandEnd,
    DemandFacts,
    Handout,
    RecordsDemand,
    begin_ledger,
    correct_demand,
    count,
    demands,
    end_demand,
    file_demand,
    kinds_in_words,
)
from portal.home.records_export import EXPORTED, LEFT_OUT, export
from portal.reports.holds import ReportHold
from portal.reports.triage import Category
from tests.conftest import Work
from tests.make import (
    both,
    make_desk,
    make_market,
    make_meeting,
    make_member,
    make_report,
    make_report_back,
    sign_in,
)
from tests.page import Page, Reader

ROOM = "/en/team/records/"
PUBLIC = "/en/who-runs-this/"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page cache looks for a new version at every request."""
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", 0)


@pytest.fixture
def admin(page: Reader, work: Work) -> Reader:
    """A signed-in administrator."""
    with work() as session:
        member = make_member(session, ("administrator",))
    sign_in(page.client, member)
    return page


@pytest.fixture
def day(app: Portal) -> date:
    """Today in the city."""
    with app.app_context():
        return today()


def file_one(admin: Reader, **values: object) -> Page:
    usual: dict[str, object] = {"kind": "court", "about": ["reports"], "reference": "PRR-12"}
    return admin(f"{ROOM}new").form().submit(**(usual | values))


# --- the count ---


def a_demand(kind: str, end: str | None = None, handed: tuple[str, ...] = ()) -> RecordsDemand:
    return RecordsDemand(kind=kind, ended_with=end, handed=list(handed))


def test_the_count_follows_from_what_was_filed(app: Portal) -> None:
    rows = [
        a_demand("court", "refused"),
        a_demand("public", "partly", ("minutes",)),
        a_demand("public", "handed", ("figures", "minutes")),
        a_demand("agency", "nothing"),
        a_demand("agency"),
    ]
    with app.app_context():
        counted = count(rows)
        none = count([])
        assert counted.handed == kinds_in_words(["minutes", "figures"])
    assert (counted.by_court, counted.by_agency, counted.by_public) == (1, 2, 2)
    assert (counted.refused, counted.answered) == (2, 2)
    assert counted.handed.en == "minutes and decisions of meetings, published figures"
    assert none == Demands()


@pytest.mark.both_databases
def test_a_quarter_counts_once_it_is_over_and_none_only_since_all_are_filed(session) -> None:
    member_id = make_member(session, ("administrator",)).id
    now_in = quarter_of(today())
    last, before = now_in.before, now_in.before.before
    session.add(
        DemandCount(year=before.before.year, quarter=before.before.number, by_court=1, by_agency=0, by_public=0,
                    refused=0, answered=0, handed=both("", ""))
    )  # fmt: skip
    assert list(demands()) == [before.before]
    begin_ledger(before, member_id)
    filed = file_demand(DemandFacts("court", last.first_day, ["reports"]), member_id)
    file_demand(DemandFacts("public", today(), ["figures"]), member_id)
    assert list(demands()) == [last, before, before.before]
    assert (demands()[last].by_court, demands()[before].received) == (1, 0)
    correct_demand(filed, DemandFacts("court", last.first_day, ["reports"], may_be_told=False), member_id)
    assert demands()[last].received == 0
    end_demand(filed, DemandEnd.HANDED, ["audit"], member_id)
    correct_demand(filed, DemandFacts("agency", last.last_day, ["audit"]), member_id)
    assert (demands()[last].by_agency, demands()[last].answered) == (1, 1)


# --- the pages ---


def test_from_a_demand_to_the_public_count(admin: Reader, work: Work, day: date) -> None:
    assert "cannot say “none” yet" in admin(ROOM).text
    last = quarter_of(day).before
    said = admin(ROOM).form().submit(since=f"{last.year}-{last.number}")
    assert "cannot say" not in said.text and "None came." in said.text
    assert "None came." in admin(PUBLIC).text
    shown = file_one(admin, came_on=last.first_day.isoformat())
    assert "PRR-12" in shown.text and "From a court: 1. Nothing was handed out." in admin(PUBLIC).text
    shown.form("/end").submit(end="partly", handed=["minutes"])
    words = admin(PUBLIC).text
    assert "Refused or contested: 1. Handed out: minutes and decisions of meetings" in words
    assert "actas y decisiones de reuniones" in admin("/es/who-runs-this/").text
    assert "PRR-12" not in words
    acts = ["demands.ledger_begun", "demand.filed", "demand.ended"]
    with work() as session:
        assert [one for one in session.scalars(select(AuditEvent.action)) if one.startswith("demand")] == acts


def test_what_a_court_forbids_is_not_counted_until_it_may_be(admin: Reader, work: Work, day: date) -> None:
    last = quarter_of(day).before
    admin(ROOM).form().submit(since=f"{last.year}-{last.number}")
    shown = file_one(admin, came_on=last.first_day.isoformat(), forbidden="y")
    assert "None came." in admin(PUBLIC).text and "Not public" in admin(ROOM).text
    held = shown.form("/hold").submit(from_on=str(day), to_on=str(day), until_on=str(day))
    assert "The hold is in force." in held.text and "kept longer" not in admin(PUBLIC).text
    with work() as session:
        filed, hold = session.scalars(select(RecordsDemand)).one(), session.scalars(select(ReportHold)).one()
        correct_demand(filed, DemandFacts("court", filed.came_on, filed.about), filed.id)
        assert hold.may_be_told
    assert "From a court: 1." in admin(PUBLIC).text and "kept longer" in admin(PUBLIC).text


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"came_on": str(date(2999, 1, 1))}, "came_on"),
        ({"reference": "call 336-555-0142"}, "reference"),
        ({"about": []}, "about"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_is_kept(
    admin: Reader, work: Work, values: dict[str, object], wrong: str
) -> None:
    usual: dict[str, object] = {"kind": "public", "about": ["figures"], "reference": "PRR-12"}
    again = admin(f"{ROOM}new").form().submit(422, **(usual | values))
    assert again.has(f"#{wrong}-error") and again.form().values["kind"] == "public"
    with work() as session:
        assert session.scalars(select(RecordsDemand)).all() == []


def test_a_hold_is_placed_put_off_and_ended(admin: Reader, work: Work, day: date) -> None:
    shown = file_one(admin)
    late = str(day + timedelta(days=400))
    too_long = shown.form("/hold").submit(409, from_on=str(day), to_on=str(day), until_on=late)
    assert "half a year" in too_long.text and too_long.form("/hold").values["until_on"] == late
    until = day + timedelta(days=30)
    held = too_long.form("/hold").submit(until_on=str(until))
    assert "only the people at the desk can" in held.text
    longer = held.form("/hold/longer").submit(longer_until=str(until + timedelta(days=30)))
    assert "Legal hold until" in admin(ROOM).text
    longer.form("/hold/end").submit()
    assert "Legal hold until" not in admin(ROOM).text
    assert "placed a legal hold on reports" in admin("/en/audit/").text
    with work() as session:
        assert session.scalars(select(ReportHold)).one().ended_on == day


def test_a_second_hold_is_refused_while_there_is_one(admin: Reader, day: date) -> None:
    form = file_one(admin).form("/hold")
    days = {"from_on": str(day), "to_on": str(day), "until_on": str(day)}
    form.submit(**days)
    assert "There is a hold already." in form.submit(409, **days).text


# --- the file ---


def tables(content: bytes) -> dict[str, list[list[str]]]:
    with ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {name: list(csv.reader(io.StringIO(text))) for name, text in texts.items()}


def test_a_file_is_made_noted_and_says_what_is_left_out(admin: Reader, work: Work) -> None:
    with work() as session:
        author = make_member(session, ("organizer",), name="Olive Author")
        meeting = make_meeting(session, author, title=both("Porch evening", "Noche"), slug="porch")
        make_report_back(session, make_meeting(session, author, slug="past"))
        meeting.purpose = both("Call 336-555-0142.", "=1+1")
    shown = file_one(admin, about=["meetings", "minutes"])
    form = shown.form("/file")
    assert form.values.getlist("kinds") == ["meetings", "minutes"]
    answer = form.send(kinds=["meetings", "audit"])
    assert answer.mimetype == "application/zip" and "attachment" in answer.headers["Content-Disposition"]
    found = tables(answer.data)
    assert set(found) == {"READ-ME.txt", "meetings.csv", "audit.csv"}
    assert "336-555-0142" not in str(found) and "Olive Author" not in str(found)
    assert "Call […]." in str(found["meetings.csv"]) and "'=1+1" in str(found["meetings.csv"])
    assert "Left out by rule: who wrote it" in str(found["READ-ME.txt"])
    with work() as session:
        note = session.scalars(select(Handout)).one()
        assert (note.kinds, note.left_out) == (["audit", "meetings"], 1)
        assert note.lines == sum(len(rows) - 1 for name, rows in found.items() if name.endswith(".csv"))
    again = admin(shown.path)
    assert note.digest in again.text and "made a file for a demand for records" in admin("/en/audit/").text


@pytest.mark.both_databases
def test_no_report_no_name_and_no_hidden_place_is_in_any_file(session) -> None:
    ana = make_member(session, name="Ana Triage")
    make_desk(session, [ana])
    admin = make_member(session, ("administrator",), name="Adele Admin")
    hidden = make_market(session, "Umber Alley", released=False)
    make_meeting(session, ana, slug="umber", title=both("Umber evening", "Noche"), market_id=hidden.id)
    filed = make_report("Umber seller", category=Category.SELLING)
    record("report.read", "thread", filed.thread_id, ana.id)
    record("member.signed_in", "member", ana.id, ana.id)
    session.flush()
    found = tables(export([one.value for one in EXPORTED], admin.id).content)
    said = str(found)
    for word in ("Umber", "Ana Triage", "Adele Admin", str(filed.thread_id), str(ana.id), "report", "thread"):
        assert word not in str({name: rows for name, rows in found.items() if name != "READ-ME.txt"}), word
    assert "signed in" in said and "team" in said
    assert set(LEFT_OUT) == set(EXPORTED)


def test_the_same_records_make_the_same_file(session) -> None:
    member = make_member(session, ("administrator",))
    assert export(["meetings"], member.id).digest == export(["meetings"], member.id).digest


def test_only_an_administrator_gets_in(page: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("community_lead",))
    sign_in(page.client, member)
    page(ROOM, 403)


def test_quarters_are_offered_from_now_back(admin: Reader, day: date) -> None:
    offered = [one.get("value") for one in admin(ROOM).find_all("select[name=since] option")]
    first = quarter_of(day)
    assert offered[:2] == [f"{one.year}-{one.number}" for one in (first, first.before)]
    assert Quarter(*map(int, str(offered[-1]).split("-"))) < first


def test_a_demand_before_the_public_list_is_said_not_to_count(admin: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("administrator",))
        begin_ledger(quarter_of(today()), member.id)
        days = (today() - timedelta(days=400), today())
        before, since = (file_demand(DemandFacts("court", day, ["reports"]), member.id).id for day in days)
    assert "it came before the public list begins" in admin(f"{ROOM}{before}").text
    assert "counted when the quarter is over" in admin(f"{ROOM}{since}").text
