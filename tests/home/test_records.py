"""Demands for records: the count that an administrator types for each quarter, and the legal holds on reports."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.home.demands import DemandCount
from portal.home.quarters import last_ended
from portal.reports.holds import ReportHold
from tests.conftest import Work
from tests.make import let_in, make_market, make_member, sign_in
from tests.page import Reader

ROOM = "/en/team/records/"
PUBLIC = "/en/who-runs-this/"
NONE = dict.fromkeys(("by_court", "by_agency", "by_public", "refused", "answered"), "0")


def test_quarter_is_counted_and_corrected_both_on_record(admin: Reader, work: Work) -> None:
    with work():
        day = today()
    last = last_ended(day)
    address = f"{ROOM}{last.year}-{last.number}"
    assert admin(ROOM).has(f'a[href="{address}"]')
    assert "There is no count yet." in admin(PUBLIC).text
    admin(address).form().submit(**NONE)
    assert "None came." in admin(PUBLIC).text and "None came." in admin(ROOM).text
    admin(address).form().submit(by_court="2", refused="1")
    assert "From a court: 2. Refused or contested: 1." in admin(PUBLIC).text
    with work() as session:
        assert session.scalars(select(DemandCount.by_court)).all() == [2]
        assert session.scalars(select(AuditEvent.action)).all().count("demands.counted") == 2


def test_impossible_counts_are_refused_and_kept_in_the_form(admin: Reader, work: Work) -> None:
    cases = [
        ({"by_court": ""}, "by_court"),
        ({"by_court": "-1"}, "by_court"),
        ({"by_court": "many"}, "by_court"),
        ({"refused": "2"}, "refused"),
        ({"answered": "2", "handed_en": "Minutes.", "handed_es": "Actas."}, "answered"),
        ({"answered": "1"}, "handed_en"),
        ({"answered": "1", "handed_en": "Minutes."}, "handed_es"),
    ]
    for values, wrong in cases:
        again = admin(f"{ROOM}2026-1").form().submit(422, **(NONE | {"by_court": "1", "by_public": "0"} | values))
        assert again.has(f"#{wrong}-error") and again.form().values["by_public"] == "0", values
    with work() as session:
        assert session.scalars(select(DemandCount)).all() == []


def test_a_hidden_place_that_the_writer_knows_is_warned_of(page: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("administrator", "organizer"))
        let_in(session, make_market(session, "Umber Alley", released=False), member)
    sign_in(page.client, member)
    counted = NONE | {"by_public": "1", "answered": "1", "handed_en": "Minutes of Umber Alley.", "handed_es": "Actas."}
    assert page(f"{ROOM}2026-1").form().submit(422, **counted).has("#handed_en-error")


def test_a_hold_is_placed_put_off_and_ended(admin: Reader, work: Work) -> None:
    with work():
        day = today()
    late, until = day + timedelta(days=400), day + timedelta(days=30)
    days = {"from_on": str(day), "to_on": str(day)}
    too_long = admin(f"{ROOM}hold").form().submit(409, **days, until_on=str(late))
    assert "half a year" in too_long.text and too_long.form().values["until_on"] == str(late)
    backwards = too_long.form().submit(409, from_on=str(day + timedelta(days=1)), until_on=str(until))
    assert backwards.has("#to_on-error")
    held = backwards.form().submit(**days, until_on=str(until))
    assert "The hold is in force." in held.text and "Legal hold until" in held.text
    assert "kept longer than we promise" in admin(PUBLIC).text
    with work() as session:
        hold = session.scalars(select(ReportHold)).one()
    path = f"{ROOM}hold/{hold.id}"
    changed = admin(path).form(path).submit(until_on=str(until + timedelta(days=30)), forbidden="y")
    assert "Not public" in changed.text and "kept longer than we promise" not in admin(PUBLIC).text
    assert admin(path).form(path).submit(409, until_on=str(late)).has("#until_on-error")
    admin(path).form("/end/").submit()
    assert "Legal hold until" not in admin(ROOM).text
    assert "placed a legal hold on reports" in admin("/en/audit/").text
    with work() as session:
        assert session.scalars(select(ReportHold)).one().ended_on == day
