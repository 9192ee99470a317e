"""The audit log by person, object and day, and as a table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core.audit import AuditEvent, record
from portal.core.clock import now, today
from portal.core.db import db
from tests.conftest import Work
from tests.make import make_member, sign_in
from tests.page import SAME_ORIGIN, Page, Reader


def admin_of(page: Reader, work: Work) -> Reader:
    """A signed-in administrator, and what two people did on two days."""
    with work() as session:
        member = make_member(session, ("administrator",), name="Dana Reed")
        marta = make_member(session, ("organizer",), name="Marta Ruiz", email="marta@x.test")
        record("post.published", "post", 41, marta.id)
        record("post.published", "post", 42, marta.id)
        record("operator.stated", "operator", 1, member.id)
        old = AuditEvent(at=now() - timedelta(days=9), actor_id=marta.id, action="post.drafted")
        old.object_type, old.object_id = "post", "43"
        session.add(old)
    sign_in(page.client, member)
    return page


def rows(page: Page) -> list[str]:
    return [" ".join("".join(row.itertext()).split()) for row in page.find_all("main ul.rows li")]


@pytest.mark.both_databases
def test_it_is_filtered_by_person_object_and_day(page: Reader, work: Work) -> None:
    admin = admin_of(page, work)
    every = admin("/en/audit/")
    assert len(rows(every)) == 5
    form = every.form(method="get")
    people = {option.text: option.get("value", "") for option in every.find_all("#who option")}
    assert list(people) == ["All", "Dana Reed", "Marta Ruiz"]
    assert len(rows(form.submit(who=people["Marta Ruiz"]))) == 3
    assert len(rows(form.submit(who=people["Dana Reed"]))) == 2
    assert len(rows(form.submit(kind="post", which="42"))) == 1
    with admin.client.application.app_context():
        here, before = today(), today() - timedelta(days=9)
    assert len(rows(form.submit(day=here.isoformat()))) == 4
    assert len(rows(form.submit(day=before.isoformat(), kind="post"))) == 1
    assert rows(form.submit(day=(here + timedelta(days=1)).isoformat())) == []


def test_a_day_that_does_not_exist_is_said(page: Reader, work: Work) -> None:
    admin = admin_of(page, work)
    for day in ("2026-02-30", "yesterday", "0001-01-01"):
        found = admin(f"/en/audit/?day={day}")
        assert found.has("#day-error")
        assert found.find("#day").get("value") == day


def test_what_is_filtered_is_downloaded_and_noted(page: Reader, work: Work) -> None:
    admin = admin_of(page, work)
    form = admin("/en/audit/?kind=post&which=42").form(method="post", action="/en/audit/events.csv")
    answer = form.send(headers=SAME_ORIGIN)
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines[0] == "When,Who,What,Kind of thing,Which"
    assert [line.split(",")[1:] for line in lines[1:]] == [["Marta Ruiz", *lines[1].split(",")[2:4], "42"]]
    assert "downloaded the log" in rows(admin("/en/audit/"))[0]


def test_only_administrators_download_it(page: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
    sign_in(page.client, member)
    assert page.client.post("/en/audit/events.csv", headers=SAME_ORIGIN).status_code == 403
    with page.client.application.app_context():
        assert db.session().query(AuditEvent).filter_by(action="audit.taken").count() == 0
