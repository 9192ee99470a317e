"""The board: who sees which place, what stands first, and what can be done there."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import today, week_of
from portal.core.page_cache import renew_cache_version
from portal.markets import watch
from portal.markets.places import Market, OutreachWeek, Review, Signal
from portal.markets.reviews import SignalKind, review_day
from portal.markets.watch import open_due_reviews
from portal.reports.threads import pass_on
from portal.reports.triage import Category, Referral, TriageState
from tests.make import let_in, make_desk, make_market, make_member, make_report
from tests.page import SAME_ORIGIN, Reader, reader_of

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NOW = datetime.fromisoformat("2026-11-24T15:00:00-05:00")
pytestmark = pytest.mark.time_machine(NOW, tick=False)
TODAY = NOW.date()
NAMES = {"en": "Elm Street", "es": "Calle Elm"}


@pytest.fixture
def enter(app, work):
    """`enter("community_lead")` signs somebody new in and returns their reader."""

    def open_door(*roles: str, owns: int | None = None, stands_in: int | None = None) -> Reader:
        with work() as session:
            member = make_member(session, roles, name="Rosa")
            for column, market_id in (("owner_id", owns), ("deputy_id", stands_in)):
                if market_id is not None:
                    setattr(session.get(Market, market_id), column, member.id)
        reader = reader_of(app, member)
        reader.member_id = member.id
        return reader

    return open_door


@pytest.fixture
def elm(work):
    with work() as session:
        return make_market(session).id


def open_reviews(app):
    with app.app_context():
        open_due_reviews()


def test_lead_sees_every_public_place_and_owner_their_own(enter, work, elm):
    with work() as session:
        make_market(session, "Oak Street")
    for lang in ("en", "es"):
        lead = enter("community_lead")(f"/{lang}/team/board/")
        owner = enter("police_liaison", owns=elm)(f"/{lang}/team/board/")
        assert NAMES[lang] in lead.text
        assert "Oak" in lead.text
        assert NAMES[lang] in owner.text
        assert "Oak" not in owner.text
        assert not enter("organizer")(f"/{lang}/team/board/").has("article")


@pytest.mark.parametrize("seat", ["owns", "stands_in"])
def test_who_has_no_seat_finds_no_board(enter, work, elm, seat):
    with work() as session:
        oak = make_market(session, "Oak Street").id
    reader = enter("organizer", **{seat: elm})
    assert NAMES["en"] in reader(f"/en/team/board/{elm}").text
    reader(f"/en/team/board/{oak}", 404)
    for address in ("sighting", "outreach", "sighting/take-back"):
        token = reader("/en/account/").form("language").values["csrf_token"]
        url = f"/en/team/board/{oak}/{address}"
        assert reader.client.post(url, data={"csrf_token": token}, headers=SAME_ORIGIN).status_code == 404


def test_hidden_place_has_no_board_even_for_those_admitted(enter, work):
    lead = enter("community_lead")
    with work() as session:
        birch = make_market(session, "Birch Street", released=False)
        let_in(session, birch, session.get(Member, lead.member_id))
    for lang in ("en", "es"):
        index = lead(f"/{lang}/team/board/")
        assert "Birch" in index.text
        assert not index.has("article")
        lead(f"/{lang}/team/board/{birch.id}", 404)
        stranger = enter("community_lead")
        assert "Birch" not in stranger(f"/{lang}/team/board/").text
        hidden = stranger.client.get(f"/{lang}/team/board/{birch.id}", headers=SAME_ORIGIN)
        never = stranger.client.get(f"/{lang}/team/board/77", headers=SAME_ORIGIN)
        assert hidden.status_code == never.status_code == 404
        assert hidden.data == never.data


def test_what_is_overdue_stands_first_and_is_named(app, enter, work, elm, time_machine):
    with work() as session:
        oak = make_market(session, "Oak Street").id
    open_reviews(app)
    with work() as session:
        watch.sign_review(
            session.get(Market, elm), review_day(today()), "Quiet.", make_member(session, ["community_lead"]).id
        )
    time_machine.shift(3 * DAY)
    reader = enter("community_lead")
    for lang in ("en", "es"):
        cards = ["".join(one.itertext()) for one in reader(f"/{lang}/team/board/").find_all("article h2")]
        assert ["Oak" in card for card in cards] == [True, False]
        found = reader(f"/{lang}/team/board/{oak}")
        assert found.has(".notice.tone-danger")
        assert {
            "en": "The review due on November 26 was not held.",
            "es": "No se hizo la revisión que tocaba el 26 de noviembre.",
        }[lang] in found.text
        waiting = {"en": "November 26 (overdue)", "es": "26 de noviembre (atrasada)"}[lang]
        assert waiting in found.text and waiting in reader(f"/{lang}/team/board/").text
        assert not reader(f"/{lang}/team/board/{elm}").has(".notice.tone-danger")


def test_clocks_are_counts_and_the_desks_are_for_leads(enter, work, elm, time_machine):
    with work() as session:
        desk = make_member(session)
        make_desk(session, [desk])
        make_desk(session, [make_member(session, ["oversight"])], "oversight")
        new = make_report("Canary words", category=Category.SELLING, market_id=elm).thread
        passed = make_report("Canary words", category=Category.SELLING, market_id=elm).thread
        make_report("Canary words", category=Category.CONDUCT, market_id=elm)
        passed.state, passed.passed_to, passed.passed_on, passed.read_on = (
            TriageState.PASSED,
            Referral.TEAM,
            today(),
            today(),
        )
        ids = new.id, passed.id
    time_machine.shift(8 * DAY)
    lead, owner = enter("community_lead"), enter("police_liaison", owns=elm)
    pages = lead(f"/en/team/board/{elm}"), owner(f"/en/team/board/{elm}")
    assert "2 running, 2 of them overdue" in pages[0].text
    assert "1 running, 1 of them overdue" in pages[1].text
    for found in pages:
        assert "Canary" not in found.response.text
        assert not any(str(number) in found.response.text for number in ids)


def test_what_nobody_has_is_counted_and_not_told(enter, work, elm, time_machine):
    with work() as session:
        desk = make_member(session)
        make_desk(session, [desk])
        for kind, role in (("team", "organizer"), ("police", "police_liaison")):
            reader = make_member(session, [role])
            make_desk(session, [reader], kind)
            let_in(session, session.get(Market, elm), reader)
            thread = make_report("Canary words", category=Category.SELLING, market_id=elm).thread
            pass_on(thread, Referral(kind), "", desk.id, "Canary readable")
    lead, owner = enter("community_lead"), enter("organizer", owns=elm)
    for reader, number in ((lead, 2), (owner, 1)):
        assert f"{number} (overdue: 0)" in reader("/en/team/board/").text
    time_machine.shift(4 * DAY)
    late = enter("community_lead"), enter("organizer", owns=elm)
    for reader, number in zip(late, (2, 1), strict=True):
        for found in (reader("/en/team/board/"), reader(f"/en/team/board/{elm}")):
            assert f"{number} (overdue: {number})" in found.text and "Canary" not in found.response.text
    assert "2 passed on, and nobody has them" in late[0]("/en/team/board/").text
    late[0]("/es/team/board/")
    late[0](f"/es/team/board/{elm}")


def test_weeks_stand_in_table_and_in_drawing_with_words(enter, work, elm):
    with work() as session:
        watch.note_signal(elm, "a", today(), SignalKind.REPORT, checked=True)
        for source in "bcde":
            watch.note_signal(elm, source, today() - WEEK, SignalKind.REPORT, checked=True)
        session.add(OutreachWeek(market_id=elm, week_on=week_of(today())))
    for lang in ("en", "es"):
        found = enter("community_lead")(f"/{lang}/team/board/{elm}")
        rows = [["".join(cell.itertext()) for cell in row] for row in found.find_all("tbody tr")]
        assert rows[0][1:3] == ["1", "1"]
        assert rows[0][0] == {"en": "Nov 23 · outreach", "es": "23 nov · visitas"}[lang]
        assert rows[1][0] == {"en": "Nov 16 · alarm", "es": "16 nov · alarma"}[lang]
        drawing = found.find("svg.chart")
        assert drawing.get("role") == "img"
        assert len([one for one in drawing.iter() if one.get("class") == "chart-bar"]) == 2


def test_a_sighting_is_noted_and_taken_back(enter, work, elm):
    reader = enter("faith_partner", owns=elm)
    found = reader(f"/en/team/board/{elm}").form("sighting").submit(seen_on=TODAY.isoformat())
    assert "It counts once in that week." in found.text
    with work() as session:
        signal = session.scalars(select(Signal)).one()
        assert signal.corroborated
        assert str(reader.member_id) not in signal.source
        # Nothing says who noted it.
        assert session.scalars(select(AuditEvent).where(AuditEvent.object_type == "market")).all() == []
    found.form("take-back").submit()
    with work() as session:
        assert session.scalars(select(Signal)).all() == []


def test_a_day_that_cannot_be_is_said_and_kept(enter, elm):
    reader = enter("community_lead")
    for typed in ("", "2026-11-25", "2026-01-01", "yesterday"):
        found = reader(f"/en/team/board/{elm}").form("sighting").submit(422, seen_on=typed)
        assert found.has("#seen_on-error")
        assert found.find("#seen_on").get("value") == typed
        if not typed:
            assert "Please give a day." in found.text
        assert found.has("[data-errors]")


def test_review_is_signed_by_lead_with_finding(app, enter, work, elm):
    open_reviews(app)
    lead = enter("community_lead")
    form = lead(f"/en/team/board/{elm}").form("review")
    assert form.submit(422, finding=" ").has("#finding-error")
    found = form.submit(finding="Two quiet corners.")
    assert "Two quiet corners." in found.text
    with work() as session:
        review = session.scalars(select(Review)).one()
        assert (review.signed_on, review.signed_by_id) == (today(), lead.member_id)
    assert "review" not in [one.get("action", "").rpartition("/")[2] for one in found.find_all("form")]
    owner = enter("organizer", owns=elm)(f"/en/team/board/{elm}")
    assert not owner.has("#finding")
    assert not owner.has("#quiet")


def test_public_reads_what_was_missed_and_held_late(app, page, enter, work, elm, time_machine):
    address, said = "/en/places/elm-street/", "was not held"
    assert said not in page(address).text
    open_reviews(app)
    assert said not in page(address).text
    time_machine.shift(3 * DAY)
    with work() as session:
        renew_cache_version()
    app.page_cache._pages = {}
    missed = page(address).text
    assert "The weekly review due on November 26 was not held." in missed
    with work() as session:
        lead = make_member(session, ["community_lead"])
        watch.sign_review(session.get(Market, elm), review_day(TODAY), "Canary finding.", lead.id)
    app.page_cache._looked_at = 0
    late = page(address).text
    assert said not in late
    assert "was held late, on November 27" in late
    assert "Canary" not in late
